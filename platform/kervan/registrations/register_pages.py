"""Registering a firm for an event, and asking to be invited without an account."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.accounts.throttle import address_of
from kervan.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kervan.events import queries as events
from kervan.events.queries import address_of as event_address
from kervan.events.structs import EventShown
from kervan.policies import book
from kervan.registrations import access, desk_pages, form, guests, places, queries, service
from kervan.registrations.limits import guest_asks, kept_months
from kervan.trade import countries, emails
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of, sentence
from kervan.web.templates import Page, back, page

_SAID = {"CONFIRMED": "event-confirmed", "APPLIED": "event-applied", "WAITLISTED": "event-waits"}
_ID_LENGTH = 12


async def _event(name: str) -> EventShown:
    if len(name) < _ID_LENGTH:
        raise NotFound()
    return await events.public(name[-_ID_LENGTH:])


def _firm(caller: Caller, request: Request[Any, Any, Any]) -> tuple[Membership | None, list[Membership]]:
    """The firm that `?org=` names, or the only one; and all that the caller could register."""
    mine = service.firms(caller)
    org = query_of(request).get("org", [""])[-1]
    if org:
        return access.firm(caller, org), mine
    return (mine[0] if len(mine) == 1 else None), mine


async def _page(
    request: Request[Any, Any, Any],
    event: EventShown,
    membership: Membership | None,
    mine: list[Membership],
    shown: Form,
    *,
    status: int = 200,
    refusal: str = "",
) -> Page:
    side = access.side_of(membership) if membership else places.IMPORTER
    most = event.content.people_per_firm
    await book.refresh()
    members = await queries.people_of(membership.organisation) if membership else []
    room = await queries.room(event.id, side)
    return page(
        request,
        "registrations/register.html",
        status_code=status,
        event=event,
        content=event.content,
        title=event.text(language_of(request)).title,
        event_path=f"/events/{event_address(event.text(language_of(request)).title, event.public_id)}",
        firm=membership,
        firms=mine,
        side=side,
        form=shown,
        refusal=refusal,
        questions=[q for q in event.content.questions if q.side in (side, "BOTH")],
        members=members,
        most=most,
        room=room,
        list_months=kept_months(),
        headers={"X-Robots-Tag": "noindex"},
    )


@get("/events/{address_name:str}/register")
async def register_page(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """The form for the firm that is chosen; one that is registered already is led to its registration."""
    caller = signed_in(request)
    event = await _event(address_name)
    membership, mine = _firm(caller, request)
    language = language_of(request)
    empty = Form(language)
    if membership is None:
        return await _page(request, event, None, mine, empty)
    earlier = await service.registered(event.id, membership.organisation)
    if earlier is not None and earlier.state != "CANCELLED":
        return back(request, f"/desk/{membership.public_id}/events/{earlier.public_id}")
    try:
        access.registers(caller, membership.public_id)
        await service.check(event.public_id, membership)
    except (Conflict, Forbidden) as error:
        return await _page(request, event, membership, mine, empty, refusal=sentence(language, error))
    initial = await form.fresh(membership, language, caller.name)
    return await _page(request, event, membership, mine, Form(language, initial))


@post("/events/{address_name:str}/register", status_code=200)
async def register(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """Registers; what is wrong comes back beside its field with everything that was typed."""
    caller = signed_in(request)
    event = await _event(address_name)
    membership, mine = _firm(caller, request)
    if membership is None:
        raise NotFound()
    typed = await forms.read(request)
    side = access.side_of(membership)
    asked = [q for q in event.content.questions if q.side in (side, "BOTH")]
    wanted = form.read(typed, asked, event.content.people_per_firm)
    status = 422
    if typed.ok:
        try:
            done = await service.register(caller, membership.public_id, event.public_id, wanted)
            path = f"/desk/{membership.public_id}/events/{done.public_id}"
            return back(request, path, said=_SAID[done.state])
        except (Invalid, Conflict, Forbidden) as error:
            status = error.status_code
            typed.take(error)
    return await _page(request, event, membership, mine, typed, status=status)


@get("/events/{address_name:str}/guest")
async def guest_page(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """Where somebody without an account asks to be invited."""
    await book.refresh()
    return _guest(request, await _event(address_name), Form(language_of(request)))


@post("/events/{address_name:str}/guest", status_code=200)
async def ask(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """Notes it. The answer is the same for an address that asked before, or that has an account."""
    event = await _event(address_name)
    await book.refresh()
    typed = await forms.read(request)
    email = typed.parsed("email", emails.address)
    asking = guests.Asking(
        name=typed.text("name", longest=120, shortest=2),
        email=email.shown if email else "",
        firm=typed.text("firm", longest=guests.LONGEST_FIRM, shortest=2),
        country=typed.choice("country", countries.country_codes()),
        note=typed.lines("note", required=False, longest=guests.LONGEST_NOTE),
    )
    status = 422
    if typed.ok:
        try:
            await guest_asks().take(address_of(request))
            await guests.ask(event.public_id, asking, language_of(request))
            return _guest(request, event, typed, done=True)
        except (Invalid, Conflict, TooMany) as error:
            status = error.status_code
            typed.take(error)
    return _guest(request, event, typed, status=status)


def _guest(
    request: Request[Any, Any, Any], event: EventShown, shown: Form, *, status: int = 200, done: bool = False
) -> Page:
    language = language_of(request)
    text = event.text(language)
    return page(
        request,
        "registrations/guest.html",
        status_code=status,
        event=event,
        content=event.content,
        title=text.title,
        event_path=f"/events/{event_address(text.title, event.public_id)}",
        is_open=events.is_open(event),
        form=shown,
        done=done,
        countries=countries.countries(language),
        list_months=kept_months(),
        headers={"X-Robots-Tag": "noindex"},
    )


ROUTES: list[ControllerRouterHandler] = [register_page, register, guest_page, ask, *desk_pages.ROUTES]
