"""The desk for announcements: the list, one with its way and its numbers, and every step that people take."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.announcements import access, claims, fields, queries, service, states, writing_pages
from kervan.announcements.access import Seat
from kervan.announcements.structs import Announcement, Numbers
from kervan.calendars import zones
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.staff.desk import frame
from kervan.web import formats, forms
from kervan.web.forms import Form
from kervan.web.http import NOT_KEPT, query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

REFRESH_SECONDS = 5
"""How often the page of an announcement under way is loaded anew where there are no scripts."""
_UNDER_WAY = ("SCHEDULED", "SENDING")
_COUNTED = ("DRAFT", "SUBMITTED", "APPROVED", "SCHEDULED")
"""States in which it is of interest how many the audience holds now; afterwards the rows say it."""


@get("/staff/announcements")
async def announcements(request: Request[Any, Any, Any]) -> Page:
    """The announcements that the caller looks after, what was touched last on top."""
    caller = signed_in(request)
    within = access.scope(caller)
    query = query_of(request)
    language = language_of(request)
    tab = query.get("tab", ["open"])[-1]
    tab = tab if tab in queries.TABS else "open"
    text = query.get("q", [""])[-1].strip()[:100]
    event = query.get("event", [""])[-1][:12]
    number = whole_number(query, "page", 1, 1, 100_000)
    rows, total = await queries.listed(within, tab, text, event, number, language)
    return page(
        request,
        "announcements/list.html",
        rows=rows,
        total=total,
        tab=tab,
        tabs=tuple(queries.TABS),
        counts=await queries.counts(within, event),
        text=text,
        event=event,
        names=states.NAMES,
        tones=states.TONES,
        several=within is None or len(within) > 1,
        page_number=number,
        last=max(1, -(-total // queries.PER_PAGE)),
        paged=partial(address, language, "/staff/announcements", tab=tab, q=text, event=event),
        **await frame(request, caller, "announcements"),
    )


@get("/staff/announcements/{id:str}")
async def one(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """An announcement: what it says and to whom, how far it is, what came of it, and what can be done."""
    caller = signed_in(request)
    return await _show(request, caller, await access.handled(caller, id), Form(language_of(request)))


async def _show(
    request: Request[Any, Any, Any],
    caller: Caller,
    seat: Seat,
    form: Form,
    *,
    did: str = "",
    status: int = 200,
) -> Page:
    language = language_of(request)
    found = await queries.one(seat.id)
    numbers = await queries.numbers(found.id, found.about.id, found.edition)
    reach = None
    if found.state in _COUNTED:
        reach = await queries.reach(found.audience, found.id, found.about.id, found.edition)
    writers = await queries.writers(found.id)
    timing = form if did == "schedule" else Form(language, fields.time_values(found, _zone(caller, found)))
    return page(
        request,
        "announcements/one.html",
        status_code=status,
        found=found,
        about=found.about,
        audience=fields.told(found.audience, language),
        words=found.words(language),
        reach=reach,
        numbers=numbers,
        why=_why(await queries.why(found.id, found.edition), language),
        form=form,
        timing=timing,
        did=did,
        steps=_steps(found, caller, writers),
        own=caller.person in writers,
        names=states.NAMES,
        tones=states.TONES,
        actions=states.ACTIONS,
        track_of=_track(found),
        timeline=_timeline(await queries.timeline(found.id), language),
        zones=zones.choices(language, also=timing.value("zone")),
        now=datetime.now(UTC),
        refresh=REFRESH_SECONDS if found.state in _UNDER_WAY and not did else None,
        **await frame(request, caller, "announcements"),
    )


def _zone(caller: Caller, found: Announcement) -> str:
    return caller.time_zone if caller.time_zone != "UTC" else found.about.zone


def _steps(found: Announcement, caller: Caller, writers: frozenset[int]) -> tuple[str, ...]:
    """What the caller can do now. Who wrote on it cannot decide about it."""
    own = caller.person in writers
    barred = {"approve", "give-back"} if own else set()
    if not own and found.state == "SUBMITTED":
        # Who decides about it gives it back, with a reason.
        barred = {"take-back"}
    return tuple(step for step in states.possible(found.state) if step not in barred)


_WAY = ("DRAFT", "SUBMITTED", "APPROVED", "SCHEDULED", "SENDING", "SENT")
_PLACE: Mapping[str, int] = {
    "DRAFT": 0, "SUBMITTED": 1, "APPROVED": 2, "SCHEDULED": 3, "SENDING": 4, "PAUSED": 4, "SENT": 5, "ABORTED": 4,
}  # fmt: skip


def _track(found: Announcement) -> list[tuple[str, str]]:
    """(state, done | current | coming | bad) along the way."""
    place = _PLACE[found.state]
    way = [
        (state, "done" if number < place else "current" if number == place else "coming")
        for number, state in enumerate(_WAY)
    ]
    if found.state == "SENT":
        way[-1] = ("SENT", "done")
    if found.state in ("PAUSED", "ABORTED"):
        way[place] = (found.state, "bad" if found.state == "ABORTED" else "current")
    return way


def _why(rows: list[queries.Why], language: str) -> list[tuple[str, str, int]]:
    """State, its words, how many: what was said of mails that did not arrive."""
    return [
        (row.state, gettext(language, claims.WITHHELD.get(row.detail, row.detail)), row.n) for row in rows
    ]


def _timeline(steps: list[queries.Step], language: str) -> list[tuple[str, str, str, str]]:
    return [
        (
            formats.moment(language, step.at),
            step.by or "",
            _done(step, language),
            gettext(language, step.reason or ""),
        )
        for step in steps
    ]


def _done(step: queries.Step, language: str) -> str:
    arrow = states.ACTIONS.get(step.action)
    return gettext(language, arrow.done if arrow else states.WRITING.get(step.action, step.action))


class Progress(msgspec.Struct, frozen=True):
    """How far an announcement is, for the page that asks."""

    state: str
    percent: int
    numbers: Numbers
    version: int


@get("/staff/announcements/{id:str}/progress.json", response_headers=NOT_KEPT)
async def progress(request: Request[Any, Any, Any], id: FromPath[str]) -> Progress:
    """How far it is; asked every few seconds by the page."""
    seat = await access.handled(signed_in(request), id)
    found = await queries.one(seat.id)
    numbers = await queries.progress(found.id, found.edition)
    return Progress(found.state, numbers.percent, numbers, found.version)


_Step = Callable[[Caller, Seat, Form, int], Awaitable[object]]


async def _schedule(caller: Caller, seat: Seat, form: Form, version: int) -> None:
    at = fields.time(form, await queries.one(seat.id))
    if form.ok:
        await service.schedule(caller, seat, version, at)


async def _discard(caller: Caller, seat: Seat, _: Form, version: int) -> None:
    await service.discard(caller, seat, version)


def _plain(act: Callable[[Caller, Seat, int], Awaitable[None]]) -> _Step:
    async def step(caller: Caller, seat: Seat, _: Form, version: int) -> None:
        await act(caller, seat, version)

    return step


def _with_reason(act: Callable[[Caller, Seat, int, str], Awaitable[None]]) -> _Step:
    async def step(caller: Caller, seat: Seat, form: Form, version: int) -> None:
        await act(caller, seat, version, form.lines("reason", longest=1000, required=False))

    return step


_STEPS: Mapping[str, _Step] = {
    "submit": _plain(service.submit),
    "approve": _plain(service.approve),
    "give-back": _with_reason(service.give_back),
    "take-back": _plain(service.take_back),
    "schedule": _schedule,
    "hold": _plain(service.hold),
    "pause": _plain(service.pause),
    "resume": _plain(service.resume),
    "abort": _with_reason(service.abort),
    "new-edition": _plain(service.new_edition),
    "discard": _discard,
}


@post("/staff/announcements/{id:str}/{step:str}", status_code=200)
async def take_step(request: Request[Any, Any, Any], id: FromPath[str], step: FromPath[str]) -> Page:
    """Takes a step; what refuses it is said on the page, and what was typed stays."""
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    form = await forms.read(request)
    if step not in _STEPS:
        raise NotFound()
    version = form.whole("version", low=1, high=10**9)
    status = 422
    if form.ok and version is not None:
        try:
            await _STEPS[step](caller, seat, form, version)
            if form.ok:
                path = "/staff/announcements" if step == "discard" else f"/staff/announcements/{id}"
                return back(request, path, said=f"announcement-{step}")
        except (Invalid, Conflict, Forbidden) as error:
            status = error.status_code
            form.take(error)
    return await _show(request, caller, seat, form, did=step, status=status)


ROUTES: list[ControllerRouterHandler] = [
    *writing_pages.ROUTES, announcements, one, progress, take_step,
]  # fmt: skip
