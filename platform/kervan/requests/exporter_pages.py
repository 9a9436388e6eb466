"""The exporter's desk for requests: what fits it and why, what it was invited to, what it answers."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership, member, signed_in
from kervan.errors import Conflict, Forbidden, NotFound
from kervan.inquiries.states import QUOTE_NAMES, TONES
from kervan.matching import fits
from kervan.matching import queries as matching
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.requests import access, answering, board, exporter_queries, queries, reading, records
from kervan.requests.states import PUBLIC
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

TABS = {
    "fitting": N_("Fitting your products"),
    "invited": N_("Invitations"),
    "answers": N_("Your answers"),
}
_PER_PAGE = exporter_queries.PER_PAGE


def _firm(request: Request[Any, Any, Any], org: str) -> tuple[Membership, int]:
    membership = member(signed_in(request), org, roles.VIEW, Kind.EXPORTER)
    if membership.exporter is None:
        raise NotFound()
    return membership, membership.exporter


def _asked(request: Request[Any, Any, Any]) -> tuple[str, int]:
    query = query_of(request)
    tab = query.get("tab", [""])[-1]
    number = query.get("page", ["1"])[-1]
    fits = number.isascii() and number.isdigit() and 0 < int(number[:6]) < 10_000
    return tab if tab in TABS else next(iter(TABS)), int(number) if fits else 1


@get("/desk/{org:str}/board")
async def listed(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """One of three lists: fitting requests with their reasons, invitations, own answers."""
    membership, exporter = _firm(request, org)
    tab, number = _asked(request)
    verified = membership.standing == "VERIFIED"
    fitting: list[matching.SuggestedRequest] = []
    counts = {"fitting": 0, **await exporter_queries.counts(exporter)}
    if verified:
        fitting, counts["fitting"] = await matching.for_exporter(
            exporter, number if tab == "fitting" else 1, language_of(request), _PER_PAGE
        )
    invited_at: dict[int, datetime] = {}
    if tab == "fitting":
        cards = await queries.cards([found.request for found in fitting])
    elif tab == "invited":
        cards, invited_at = await exporter_queries.invited(exporter, number)
    else:
        cards = await exporter_queries.answered(exporter, number)
    if not verified:
        # What a request is worth is for verified exporters.
        cards = [msgspec.structs.replace(card, value_eur=None) for card in cards]
    return page(
        request,
        "requests/exporter/list.html",
        tab=tab,
        tabs=[(code, gettext(language_of(request), name), counts[code]) for code, name in TABS.items()],
        cards=cards,
        fits={found.request: found for found in fitting},
        invited_at=invited_at,
        stands=await exporter_queries.stands(exporter, [card.id for card in cards]),
        names=QUOTE_NAMES,
        tones=TONES,
        number=number,
        last=max(1, -(-counts[tab] // _PER_PAGE)),
        total=counts[tab],
        verified=verified,
        may_register=roles.PROFILE in membership.rights,
        may_act=roles.ORDERS in membership.rights,
        room=await answering.room(exporter),
        today=board.today(),
        **await frame(request, membership, "board"),
    )


@get("/desk/{org:str}/board/{wanted:str}")
async def one(request: Request[Any, Any, Any], org: FromPath[str], wanted: FromPath[str]) -> Page:
    """A request as a whole, why it fits, what is missing, and where the own answer stands."""
    return await _one(request, org, wanted, Form(language_of(request)))


@get("/desk/{org:str}/board/{wanted:str}/answer", sync_to_thread=False)
def answer_here(request: Request[Any, Any, Any], org: FromPath[str], wanted: FromPath[str]) -> Page:
    """The way from the public board: to the page on which an answer is begun."""
    _firm(request, org)
    return back(request, f"/desk/{org}/board/{wanted}")


@post("/desk/{org:str}/board/{wanted:str}/answer", status_code=200)
async def answer(request: Request[Any, Any, Any], org: FromPath[str], wanted: FromPath[str]) -> Page:
    """Begins an answer: on to the quote, or to the question."""
    caller = signed_in(request)
    form = await forms.read(request)
    try:
        membership = access.answering(caller, org)
        recipient = await answering.begin(caller, membership, wanted)
    except (Conflict, Forbidden) as error:
        form.take(error)
        return await _one(request, org, wanted, form, error.status_code)
    path = f"/desk/{org}/inquiries/{recipient}"
    if form.value("with") != "question":
        return back(request, f"{path}/quote")
    talk = back(request, path)
    # A path would have it escaped.
    talk.headers["Location"] += "#messages"
    return talk


async def _one(request: Request[Any, Any, Any], org: str, wanted: str, form: Form, status: int = 200) -> Page:
    membership, exporter = _firm(request, org)
    language = language_of(request)
    shown = await queries.by_public_id(wanted)
    cards = await queries.cards([shown.id])
    if shown.state not in PUBLIC or not cards:
        raise NotFound()
    verified = membership.standing == "VERIFIED"
    reader = reading.reader_of(signed_in(request), shown) if verified else reading.reader_of(None, shown)
    return page(
        request,
        "requests/exporter/one.html",
        status_code=status,
        shown=shown,
        card=cards[0] if verified else msgspec.structs.replace(cards[0], value_eur=None),
        form=form,
        contact=await reading.contact(shown, reader),
        reader=reader,
        shows_source=reading.shows_source(shown, reader),
        verified=verified,
        may_register=roles.PROFILE in membership.rights,
        may_act=roles.ORDERS in membership.rights,
        fit=await fits.of_exporter(exporter, shown.id, language) if verified else None,
        stand=(await exporter_queries.stands(exporter, [shown.id])).get(shown.id),
        invited_at=await exporter_queries.invited_at(exporter, shown.id),
        names=QUOTE_NAMES,
        tones=TONES,
        room=await answering.room(exporter),
        record=await records.of_buyer(shown.id) if verified else None,
        today=board.today(),
        **await frame(request, membership, "board"),
    )


ROUTES: list[ControllerRouterHandler] = [listed, one, answer_here, answer]
