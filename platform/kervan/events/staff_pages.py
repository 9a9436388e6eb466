"""The organisers' desk for events: the list by tabs, one event with what it lacks and what came of it, its steps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events import (
    access,
    edit_pages,
    file_pages,
    import_pages,
    programme_pages,
    queries,
    question_pages,
    service,
    staff_queries,
    staff_view,
    states,
)
from kervan.events.access import Seat
from kervan.events.staff_queries import Filters, StaffRow
from kervan.events.structs import EventShown
from kervan.files import spreadsheets
from kervan.registrations.states import NAMES as REGISTRATION_STATES
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

_HEADER = (
    "id", "kind", "state", "title", "organiser", "desk", "starts", "ends", "zone", "format", "country", "province",
    "city", "registration", "confirmed", "applied", "views", "submitted", "address",
)  # fmt: skip
_INCOMPLETE = N_("Something is missing yet. It stands below, each with the place where you add it.")


@get("/staff/events")
async def events(request: Request[Any, Any, Any]) -> Page:
    """The events of the caller's organisations by tabs; the Ministry sees those of all."""
    caller = signed_in(request)
    within = staff_queries.scope(caller)
    query, language = query_of(request), language_of(request)
    filters = staff_queries.filters_of(query, whole_number(query, "page", 1, 1, 100_000), within)
    rows, total = await staff_queries.listed(within, filters, language)
    organisers = await staff_queries.organisers(within)
    return page(
        request,
        "events/staff_list.html",
        rows=rows,
        total=total,
        counts=await staff_queries.counts(within),
        filters=filters,
        tabs=tuple(staff_queries.TABS),
        first_tab=staff_queries.filters_of({}, 1, within).tab,
        within=within,
        organisers=organisers,
        kinds=list(states.KIND_NAMES.items()),
        kind_names=states.KIND_NAMES,
        names=states.NAMES,
        tones=states.TONES,
        own=caller.time_zone,
        last=max(1, -(-total // staff_queries.PER_PAGE)),
        paged=partial(address, language, "/staff/events", **_asked(filters)),
        as_file=address(language, "/staff/events.csv", **_asked(filters)),
        **await frame(request, caller, "events"),
    )


def _asked(filters: Filters) -> dict[str, str]:
    return {"tab": filters.tab, "q": filters.text, "kind": filters.kind, "organiser": filters.organiser}


@get("/staff/events.csv")
async def events_as_file(request: Request[Any, Any, Any]) -> Stream:
    """What a tab of the list shows, as a file."""
    caller = signed_in(request)
    within = staff_queries.scope(caller)
    filters = staff_queries.filters_of(query_of(request), 1, within)
    language = language_of(request)
    site = request.app.state.settings.public_url + address(language, "/staff/events/")

    async def cells() -> AsyncIterator[list[tuple[object, ...]]]:
        async for batch in staff_queries.everything(within, filters, language):
            yield [_cells(row, language, site) for row in batch]

    return spreadsheets.streamed(f"events-{filters.tab}", _HEADER, cells())


def _cells(row: StaffRow, language: str, site: str) -> tuple[object, ...]:
    return (
        row.public_id, gettext(language, states.KIND_NAMES[row.kind]), gettext(language, states.NAMES[row.phase]),
        row.title, row.organiser_name, row.desk, row.starts_at, row.ends_at, row.zone,
        gettext(language, states.FORMAT_NAMES[row.format]), row.country, row.province, row.city,
        gettext(language, states.REGISTRATION_NAMES[row.registration]), row.confirmed, row.applied, row.views,
        row.submitted_at, f"{site}{row.public_id}",
    )  # fmt: skip


@get("/staff/events/{id:str}")
async def one(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """An event: where it stands, what it lacks, what came of it, and what can be done with it."""
    caller = signed_in(request)
    seat = await access.organised(caller, id)
    return await _show(request, caller, seat, Form(language_of(request)))


async def _show(
    request: Request[Any, Any, Any],
    caller: Caller,
    seat: Seat,
    form: Form,
    *,
    did: str = "",
    status: int = 200,
) -> Page:
    """`did` is the step whose form was refused."""
    language = language_of(request)
    shown = await queries.shown(seat.id)
    return page(
        request,
        "events/staff_event.html",
        status_code=status,
        shown=shown,
        held=shown.content,
        seat=seat,
        form=form,
        did=did,
        text=shown.text(language),
        address=queries.address_of(shown.text("en").title, shown.public_id),
        steps=staff_view.steps(shown, seat),
        editable=edit_pages.may_edit(seat, shown),
        own_event=seat.membership.organisation == seat.organiser,
        discardable=_discardable(shown),
        missing=staff_view.missing(shown, language),
        needs_approval=staff_view.needs_approval(shown),
        twice=staff_view.twice(shown),
        told=await staff_queries.to_be_told(seat.id),
        figures=await staff_queries.figures(seat.id),
        registration_states=REGISTRATION_STATES,
        timeline=staff_view.timeline(await queries.timeline(seat.id), language),
        names=states.NAMES,
        tones=states.TONES,
        kind_names=states.KIND_NAMES,
        format_names=states.FORMAT_NAMES,
        registration_names=states.REGISTRATION_NAMES,
        own=caller.time_zone,
        **await frame(request, caller, "events"),
    )


def _discardable(shown: EventShown) -> bool:
    return shown.state == "DRAFT" and shown.submitted_at is None and shown.published_at is None


_Step = Callable[[Caller, str, Form, int | None], Awaitable[object]]


async def _submit(caller: Caller, id: str, _form: Form, version: int | None) -> object:
    return await service.submit(caller, id, version)


async def _take_back(caller: Caller, id: str, _form: Form, version: int | None) -> object:
    return await service.take_back(caller, id, version)


async def _approve(caller: Caller, id: str, _form: Form, version: int | None) -> object:
    return await service.approve(caller, id, version)


async def _give_back(caller: Caller, id: str, form: Form, version: int | None) -> object:
    return await service.give_back(caller, id, form.value("reason"), version)


async def _publish(caller: Caller, id: str, _form: Form, version: int | None) -> object:
    return await service.publish(caller, id, version)


async def _cancel(caller: Caller, id: str, form: Form, version: int | None) -> object:
    return await service.cancel(caller, id, form.value("reason"), version)


# What each step does, and what the page says afterwards.
_STEPS: dict[str, tuple[_Step, str]] = {
    "submit": (_submit, "event-submitted"),
    "take-back": (_take_back, "event-taken-back"),
    "approve": (_approve, "event-approved"),
    "return": (_give_back, "event-returned"),
    "publish": (_publish, "event-published"),
    "cancel": (_cancel, "event-cancelled"),
}


@post("/staff/events/{id:str}/steps/{step:str}", status_code=200)
async def take_step(request: Request[Any, Any, Any], id: FromPath[str], step: FromPath[str]) -> Page:
    """Sends an event to the Ministry, decides on it, announces it, cancels it."""
    caller = signed_in(request)
    seat = await access.organised(caller, id)
    if step not in _STEPS:
        raise NotFound()
    act, said = _STEPS[step]
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9, required=False)
    status = 422
    if form.ok:
        try:
            await act(caller, id, form, version)
            return back(request, f"/staff/events/{id}", said=said)
        except Invalid as error:
            if step in ("submit", "publish"):
                # Its fields are on another page: what they lack is listed here with links.
                form.message = gettext(form.language, _INCOMPLETE)
            else:
                form.take(error)
        except (Conflict, Forbidden) as error:
            status = error.status_code
            form.take(error)
    return await _show(request, caller, seat, form, did=step, status=status)


@post("/staff/events/{id:str}/copy", status_code=200)
async def copy(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """A new draft with everything but the days: for the next time."""
    caller = signed_in(request)
    await access.organised(caller, id)
    await forms.read(request)
    saved = await service.copy(caller, id)
    return back(request, f"/staff/events/{saved.public_id}/edit", said="event-copied")


@post("/staff/events/{id:str}/discard", status_code=200)
async def discard(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Throws a draft away that nobody has seen."""
    caller = signed_in(request)
    seat = await access.organised(caller, id)
    form = await forms.read(request)
    try:
        await service.discard(caller, id)
        return back(request, "/staff/events", tab="drafts", said="event-discarded")
    except Conflict as error:
        form.take(error)
        return await _show(request, caller, seat, form, did="discard", status=409)


ROUTES: list[ControllerRouterHandler] = [
    events, events_as_file, one, take_step, copy, discard, *edit_pages.ROUTES, *programme_pages.ROUTES,
    *question_pages.ROUTES, *file_pages.ROUTES, *import_pages.ROUTES,
]  # fmt: skip
