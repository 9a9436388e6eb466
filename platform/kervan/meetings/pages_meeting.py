"""One meeting at a firm's desk: where it stands, what can be done, who comes, what came of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import signed_in
from kervan.calendars import ics, zones
from kervan.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kervan.meetings import access, direct, fields, invites, outcomes, queries, rooms, states
from kervan.meetings.access import Seat
from kervan.meetings.structs import MeetingShown
from kervan.organisations.desk import frame
from kervan.policies import book
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_LARGEST_ID = 2**62


@get("/desk/{org:str}/meetings/{meeting:str}")
async def show(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """The meeting; with .ics behind its name, as a file for the calendar."""
    name, dot, ending = meeting.partition(".")
    seat = await access.own(signed_in(request), org, name)
    if dot:
        if ending != "ics":
            raise NotFound()
        return await _file(request, seat)
    return await _show(request, seat, Form(language_of(request), {"minutes": "30"}))


async def _file(request: Request[Any, Any, Any], seat: Seat) -> Page:
    [row] = await queries.day_meetings([seat.meeting])
    if row["confirmed_at"] is None:
        raise NotFound(N_("This meeting is not agreed yet."))
    language = language_of(request)
    made = invites.entry(row, seat.side, language, signed_in(request).time_zone)
    headers = {
        "Content-Disposition": 'attachment; filename="meeting.ics"',
        "Cache-Control": "private, no-store",
    }
    content = ics.calendar([made], language=language)
    return Response(content, media_type=ics.MEDIA_TYPE, headers=headers)


async def _show(request: Request[Any, Any, Any], seat: Seat, form: Form, opened: str = "") -> Page:
    caller = signed_in(request)
    language = language_of(request)
    shown = await queries.shown(seat.meeting, seat.side, language)
    now = datetime.now(UTC)
    the_book = await book.refresh()
    return page(
        request,
        "meetings/meeting.html",
        status_code=200 if form.ok else 422,
        meeting=shown,
        form=form,
        opened=opened,
        steps=[
            (step, gettext(language, states.ACTIONS[step.action].done))
            for step in await queries.timeline(seat.meeting, seat.side)
        ],
        may=_may(seat, shown, now),
        over=shown.ends_at <= now,
        begun=shown.starts_at <= now,
        times=the_book.figure("MEETING_PROPOSALS", law.day_of(now)),
        minutes=fields.MINUTES,
        most_rounds=direct.MOST_ROUNDS,
        own_rooms=bool(rooms.own()),
        results=[(code, gettext(language, text)) for code, text in outcomes.RESULTS.items()],
        result_names={code: gettext(language, text) for code, text in outcomes.RESULTS.items()},
        there=zones.city(shown.other_zone, language),
        there_offset=zones.offset(shown.other_zone),
        today=zones.day_of(now, caller.time_zone),
        zone=caller.time_zone,
        city=zones.city(caller.time_zone, language),
        offset=zones.offset(caller.time_zone),
        names={state: gettext(language, name) for state, name in states.NAMES.items()},
        tones=states.TONES,
        followed=await queries.followed(shown),
        **await frame(request, seat.membership, "meetings"),
    )


def _may(seat: Seat, shown: MeetingShown, now: datetime) -> set[str]:
    """What the reader can do now: names of states.ACTIONS, and `outcome`."""
    if not seat.may_act:
        return set()
    found = {action for action in states.ACTIONS if states.may(action, shown.row, seat.side, now)}
    over = shown.state in states.TOLD and shown.ends_at <= now
    return found | ({"outcome"} if over else set())


@post("/desk/{org:str}/meetings/{meeting:str}/accept", status_code=200)
async def accept(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Agrees to one of the times."""

    async def work(seat: Seat, form: Form, version: int | None) -> str | None:
        proposal = form.whole("time", low=1, high=_LARGEST_ID)
        room = form.parsed("room_url", rooms.address, required=False, longest=rooms.LONGEST) or ""
        if not form.ok or proposal is None:
            return None
        await direct.accept(signed_in(request), seat, proposal, room_url=room, version=version)
        return "meeting-accept"

    return await _step(request, org, meeting, "accept", work)


@post("/desk/{org:str}/meetings/{meeting:str}/propose", status_code=200)
async def propose(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Offers other times, also for a meeting that is agreed."""

    async def work(seat: Seat, form: Form, version: int | None) -> str | None:
        caller = signed_in(request)
        most = (await book.refresh()).figure("MEETING_PROPOSALS", law.day_of(datetime.now(UTC)))
        times, rows = fields.times(form, caller.time_zone, most)
        message = form.lines("message", required=False, longest=direct.LONGEST_MESSAGE)
        if not form.ok:
            return None
        await throttle.spend("meeting", request, caller.person)
        try:
            await direct.propose(caller, seat, times, zone=caller.time_zone, message=message, version=version)
        except Invalid as error:
            fields.take(form, error, rows)
            return None
        return "meeting-propose"

    return await _step(request, org, meeting, "propose", work)


@post("/desk/{org:str}/meetings/{meeting:str}/decline", status_code=200)
async def decline(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Does not want to meet, and says why."""

    async def work(seat: Seat, form: Form, version: int | None) -> str | None:
        reason = form.lines("reason", required=False, longest=1000)
        if not form.ok:
            return None
        await direct.decline(signed_in(request), seat, reason, version)
        return "meeting-decline"

    return await _step(request, org, meeting, "decline", work)


@post("/desk/{org:str}/meetings/{meeting:str}/cancel", status_code=200)
async def cancel(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Takes an ask back, or calls off what was agreed."""

    async def work(seat: Seat, form: Form, version: int | None) -> str | None:
        reason = form.lines("reason", required=False, longest=1000)
        if not form.ok:
            return None
        await direct.cancel(signed_in(request), seat, reason, version)
        return "meeting-cancel"

    return await _step(request, org, meeting, "cancel", work)


@post("/desk/{org:str}/meetings/{meeting:str}/room", status_code=200)
async def room(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Says where an agreed meeting is held."""

    async def work(seat: Seat, form: Form, version: int | None) -> str | None:
        url = form.parsed("room_url", rooms.address, longest=rooms.LONGEST)
        if url is None:
            return None
        await direct.give_room(signed_in(request), seat, url, version)
        return "meeting-room"

    return await _step(request, org, meeting, "room", work)


@post("/desk/{org:str}/meetings/{meeting:str}/outcome", status_code=200)
async def outcome(request: Request[Any, Any, Any], org: FromPath[str], meeting: FromPath[str]) -> Page:
    """Writes down what came of the meeting, for the own firm; or that the other side did not come."""

    async def work(seat: Seat, form: Form, _version: int | None) -> str | None:
        caller = signed_in(request)
        result = form.choice("result", outcomes.RESULTS)
        note = form.lines("note", required=False, longest=outcomes.LONGEST_NOTE)
        if not form.ok:
            return None
        await outcomes.tell(seat.meeting, seat.side, result, note, actor=caller.actor, person=caller.person)
        return "meeting-no-show" if result == outcomes.ABSENT else "meeting-outcome"

    return await _step(request, org, meeting, "outcome", work)


async def _step(
    request: Request[Any, Any, Any],
    org: str,
    meeting: str,
    opened: str,
    work: Callable[[Seat, Form, int | None], Awaitable[str | None]],
) -> Page:
    """Carries a step out and goes back to the meeting; a refused one shows it with the form open as it was typed."""
    seat = await access.own(signed_in(request), org, meeting, act=True)
    form = await forms.read(request, {"minutes": "30"})
    version = form.whole("version", low=1, high=2**31 - 1, required=False)
    try:
        said = await work(seat, form, version) if form.ok else None
        if said is not None:
            return back(request, f"/desk/{org}/meetings/{meeting}", said=said)
    except (Invalid, Conflict, Forbidden, TooMany) as error:
        form.take(error)
    return await _show(request, seat, form, opened)


ROUTES: list[ControllerRouterHandler] = [show, accept, propose, decline, cancel, room, outcome]
