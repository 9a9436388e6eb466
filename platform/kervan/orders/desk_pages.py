"""Orders as both sides work on them: the list, the list as a file, one order, and the steps that are one button."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership, signed_in
from kervan.conversations import compose
from kervan.conversations import queries as talks
from kervan.conversations.files import LARGEST_BODY
from kervan.conversations.parties import ORDER
from kervan.declarations import queries as shipments
from kervan.declarations import vat
from kervan.documents import desk as papers
from kervan.documents import shelf
from kervan.documents.desk import Opened
from kervan.documents.structs import Kind
from kervan.errors import KervanError
from kervan.orders import as_csv, desk_queries, lists, now, order_look, queries, rules, states, steps
from kervan.orders.access import trader
from kervan.orders.deadlines import today
from kervan.orders.lists import Filter
from kervan.orders.tables import Side, State
from kervan.organisations.desk import frame
from kervan.trade import countries, law
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_SOON = timedelta(hours=24)
"""From here on a deadline is told in colour."""


def _asked(query: Mapping[str, Sequence[str]], tab: str = "all") -> Filter:
    """What a list is asked for; what cannot be is as if it were not asked."""
    one = {name: values[-1] for name, values in query.items()}
    group = one.get("tab", "")
    group = group if group in lists.GROUPS else tab
    state = one.get("state", "")
    country = one.get("country", "")
    sort = one.get("sort", "")
    return Filter(
        group=group,
        state=state if state in tuple(State) else "",
        q=" ".join(one.get("q", "")[:100].replace("\0", "").split()),
        country=country if countries.is_country(country) else "",
        since=_day(one.get("since", "")),
        until=_day(one.get("until", "")),
        sort=sort if sort in lists.SORTS else "due" if group == "waiting" else "updated",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None


@get("/desk/{org:str}/orders")
async def orders(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The firm's orders: what waits for it, what is open, what has ended."""
    membership = trader(signed_in(request), org)
    query = query_of(request)
    counts = await lists.counts(membership)
    wanted = _asked(query, next((tab for tab in ("waiting", "open") if counts[tab]), "all"))
    number = query.get("page", ["1"])[-1]
    at = int(number) if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 100_000 else 1
    found, total = await lists.rows(membership, wanted, at, language=language_of(request))
    moment = datetime.now(UTC)
    return page(
        request,
        "orders/list.html",
        rows=found,
        total=total,
        at=at,
        last=max(1, -(-total // lists.PER_PAGE)),
        view=wanted,
        counts=counts,
        full=await desk_queries.fullness([row.public_id for row in found]),
        destinations=await desk_queries.destinations(membership),
        narrowed=bool(wanted.q or wanted.state or wanted.country or wanted.since or wanted.until),
        waits=lists.WAITING[lists.side_of(membership)],
        names=states.NAMES,
        tones=now.TONES,
        moment=moment,
        soon=moment + _SOON,
        side=lists.side_of(membership),
        **await frame(request, membership, "orders"),
    )


@get("/desk/{org:str}/orders.csv")
async def orders_as_file(request: Request[Any, Any, Any], org: FromPath[str]) -> Stream:
    """What the list shows, all pages of it, for a spreadsheet."""
    membership = trader(signed_in(request), org)
    wanted = _asked(query_of(request))
    language = language_of(request)
    return Stream(
        as_csv.lines(lists.in_file(membership, wanted, language), language),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="orders-{today()}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


@get("/desk/{org:str}/orders/{order:str}")
async def one_order(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """An order for one of its two sides, with the step that comes next."""
    return await _show(request, await papers.opened(request, org, order, act=False))


async def _show(
    request: Request[Any, Any, Any],
    here: Opened,
    *,
    form: Form | None = None,
    talk: Form | None = None,
    payment: Form | None = None,
    status_code: int = 200,
) -> Page:
    """The page of an order; the forms are those that were refused."""
    language = language_of(request)
    order, party = here.order, here.party
    events = await queries.timeline(order.id)
    documents = await shelf.of_order(order.id)
    messages = await talks.thread(ORDER, order.id, party.side)
    if party.may_act:
        # Who only looks takes no message away from the colleagues who answer.
        await talks.mark_read(ORDER, order.id, party.side)
    mine = party.side is Side.EXPORTER
    possible = states.steps(order.state, party.side) if party.may_act else ()
    first = states.NEXT[party.side].get(State(order.state))
    proforma = next((one for one in documents if one.kind == Kind.PROFORMA and one.holds), None)
    agreed = await shelf.live(order.id, Kind.PROFORMA) if proforma else None
    return page(
        request,
        "orders/order.html",
        status_code=status_code,
        order=order,
        here=here.path,
        side=party.side,
        mine=mine,
        may_act=party.may_act,
        other=order.importer if mine else order.exporter,
        standing=now.STANDING[party.side][order.state],
        first=first if first in possible else None,
        beside=_beside(possible, first),
        actions=states.ACTIONS,
        meanings=now.MEANINGS,
        pages=now.PAGES,
        names=states.NAMES,
        tones=now.TONES,
        moment=datetime.now(UTC),
        soon=datetime.now(UTC) + _SOON,
        complete_days=law.current().figure("COMPLETE_DAYS", today()),
        way=order_look.way(order, events, language),
        happened=order_look.happenings(order, events, language),
        limits=order_look.limits(order.terms, language),
        rate=order_look.rate_sentence(order.terms, language),
        compared=order_look.comparison(order.terms, order.offered, language) if order.offered else (),
        documents=documents,
        proforma=proforma.version if proforma else "",
        # The proforma may name what the order left open.
        payment_terms=agreed.paper.payment_terms if agreed else order.terms.payment_terms,
        packs=mine and party.may_act and order.state in (State.CONFIRMED, State.INVOICED),
        shipment=await shipments.of_order(order.id),
        vat=await vat.of_order(order.id) if mine and order.state in vat.OPEN_IN else (),
        messages=messages,
        charges=rules.CHARGES,
        form=form or Form(language),
        talk=talk or Form(language),
        payment=payment or Form(language, {"payment_note": order.payment_note}),
        **await frame(request, party.membership, "orders"),
    )


def _beside(possible: Sequence[str], first: str | None) -> list[str]:
    """The other steps that are shown: who can still decline or withdraw needs no second way to say no."""
    no = "cancel" if {"decline", "withdraw"} & set(possible) else ""
    return [action for action in possible if action not in (first, no)]


@post("/desk/{org:str}/orders/{order:str}/step", status_code=200)
async def take_step(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Takes a step that needs nothing but, some of them, a reason; refused ones show the order as it is now."""
    here = await papers.opened(request, org, order)
    form = await forms.read(request)
    action = form.choice("action", [one for one in steps.PLAIN if one not in now.PAGES])
    seen = form.value("seen")
    if not form.ok:
        return await _show(request, here, form=form, status_code=422)
    try:
        await steps.take(
            here.caller,
            here.party,
            action,
            papers.seen_version(form),
            reason=form.lines("reason", required=False, longest=20_000),
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else None,
        )
    except KervanError as error:
        papers.take_refusal(form, error)
        again = await papers.opened(request, org, order)
        return await _show(request, again, form=form, status_code=error.status_code)
    return back(request, here.path, said=f"order-{action}")


@post("/desk/{org:str}/orders/{order:str}/payment", status_code=200)
async def note_payment(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Keeps the exporter's note about the payment, which goes on outside the platform."""
    here = await papers.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    text = form.lines("payment_note", required=False, longest=steps.LONGEST_PAYMENT_NOTE)
    if not form.ok:
        return await _show(request, here, payment=form, status_code=422)
    if text != here.order.payment_note:
        await steps.note_payment(here.caller, here.party, text)
    return back(request, here.path, said="saved")


@post("/desk/{org:str}/orders/{order:str}/messages", status_code=200, request_max_body_size=LARGEST_BODY)
async def write(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Sends a message with its files to the other side."""
    here = await papers.opened(request, org, order)
    form = await forms.read(request)
    side = str(here.party.side)
    if await compose.send(request, form, ORDER, here.order.id, side, here.caller, here.party.membership):
        return back(request, here.path, said="message-sent")
    return await _show(request, here, talk=form, status_code=422)


async def waiting_card(membership: Membership, language: str) -> dict[str, Any]:
    """Context of orders/_waiting.html on a firm's first page: the orders that wait for it, due ones first."""
    found, total = await desk_queries.waiting(membership, language)
    moment = datetime.now(UTC)
    return {
        "orders_waiting": found,
        "orders_waiting_count": total,
        "order_names": states.NAMES,
        "order_tones": now.TONES,
        "moment": moment,
        "soon": moment + _SOON,
    }


ROUTES: list[ControllerRouterHandler] = [orders, orders_as_file, one_order, take_step, note_payment, write]
