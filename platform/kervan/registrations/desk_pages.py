"""A firm's events on its desk: what it is registered for, what would fit it, one registration with its tickets."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.events import queries as events
from kervan.events.queries import address_of as event_address
from kervan.events.states import KIND_NAMES
from kervan.organisations.desk import frame
from kervan.registrations import access, answers, form, places, queries, service, states
from kervan.registrations.access import Seat
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_FITTING = 6


@get("/desk/{org:str}/events")
async def own_events(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Coming events that the firm is registered for, those that would fit, and those that are over."""
    membership = access.firm(signed_in(request), org)
    language = language_of(request)
    coming = await queries.mine(membership.organisation)
    past = await queries.mine(membership.organisation, coming=False)
    fitting = await queries.fitting(membership.organisation, _FITTING)
    ids = [*(one.event for one in coming), *(one.event for one in past), *fitting]
    cards = {card.id: card for card in await events.cards(ids, language)}
    return page(
        request,
        "registrations/desk_list.html",
        coming=[(one, cards[one.event]) for one in coming],
        past=[(one, cards[one.event]) for one in past],
        fitting=[(cards[id], event_address(cards[id].title, cards[id].public_id)) for id in fitting],
        names=states.NAMES,
        tones=states.TONES,
        kinds=KIND_NAMES,
        may_act=access.may_register(membership),
        **await frame(request, membership, "events"),
    )


@get("/desk/{org:str}/events/{registration:str}")
async def own_event(request: Request[Any, Any, Any], org: FromPath[str], registration: FromPath[str]) -> Page:
    """One registration: where it stands, who comes with which ticket, what can be done now."""
    seat = await access.own(signed_in(request), org, registration)
    return await _page(request, seat, Form(language_of(request)))


async def _page(request: Request[Any, Any, Any], seat: Seat, shown_form: Form, status: int = 200) -> Page:
    language = language_of(request)
    shown = await queries.shown(seat.registration)
    event = await events.shown(seat.event)
    text = event.text(language)
    over = event.phase == "DONE"
    return page(
        request,
        "registrations/desk_one.html",
        status_code=status,
        registration=shown,
        event=event,
        content=event.content,
        title=text.title,
        event_path=f"/events/{event_address(text.title, event.public_id)}",
        over=over,
        can_cancel=seat.may_act and not over and states.may("cancel", shown.state, "FIRM"),
        can_answer=seat.may_act and shown.state == "OFFERED" and event.state == "PUBLISHED",
        can_change=seat.may_act and not over and shown.state in states.STANDING,
        can_again=seat.may_act and shown.state == "CANCELLED" and events.is_open(event),
        has_tickets=shown.state in ("CONFIRMED", "ATTENDED"),
        capacity=places.capacity(
            {
                "capacity_exporters": event.content.capacity_exporters,
                "capacity_importers": event.content.capacity_importers,
            },
            shown.side,
        ),
        answers=await answers.in_words(event.id, shown.answers, language),
        done={action: arrow.done for action, arrow in states.ACTIONS.items()},
        names=states.NAMES,
        tones=states.TONES,
        form=shown_form,
        **await frame(request, seat.membership, "events"),
    )


@post("/desk/{org:str}/events/{registration:str}/cancel", status_code=200)
async def cancel(request: Request[Any, Any, Any], org: FromPath[str], registration: FromPath[str]) -> Page:
    """Gives the registration up."""
    typed = await forms.read(request)
    caller = signed_in(request)
    seat = await access.own(caller, org, registration, act=True)
    try:
        await service.cancel(
            caller, org, registration, reason=typed.lines("reason", required=False, longest=1000)
        )
    except (Invalid, Conflict) as error:
        typed.take(error)
        return await _page(request, seat, typed, error.status_code)
    return back(request, f"/desk/{org}/events/{registration}", said="registration-cancelled")


@post("/desk/{org:str}/events/{registration:str}/answer", status_code=200)
async def answer(request: Request[Any, Any, Any], org: FromPath[str], registration: FromPath[str]) -> Page:
    """Takes the offered place (`answer=take`) or leaves it."""
    typed = await forms.read(request)
    caller = signed_in(request)
    seat = await access.own(caller, org, registration, act=True)
    takes = typed.choice("answer", ("take", "leave")) == "take"
    if typed.ok:
        try:
            await service.answer_offer(caller, org, registration, takes)
            said = "event-confirmed" if takes else "event-declined"
            return back(request, f"/desk/{org}/events/{registration}", said=said)
        except (Invalid, Conflict, Forbidden) as error:
            typed.take(error)
            return await _page(request, seat, typed, error.status_code)
    return await _page(request, seat, typed, 422)


@post("/desk/{org:str}/events/{registration:str}/people", status_code=200)
async def people(request: Request[Any, Any, Any], org: FromPath[str], registration: FromPath[str]) -> Page:
    """Says anew who comes."""
    typed = await forms.read(request)
    caller = signed_in(request)
    seat = await access.own(caller, org, registration, act=True)
    event = await events.shown(seat.event)
    wanted = form.people_in(typed, event.content.people_per_firm)
    status = 422
    if typed.ok:
        try:
            await service.change_people(caller, org, registration, wanted)
            return back(request, f"/desk/{org}/events/{registration}", said="event-people")
        except (Invalid, Conflict) as error:
            status = error.status_code
            typed.take(error)
    return await _page(request, seat, typed, status)


ROUTES: list[ControllerRouterHandler] = [own_events, own_event, cancel, answer, people]
