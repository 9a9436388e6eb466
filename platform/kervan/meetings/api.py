"""Meetings in the API: look, ask, accept, offer other times, decline, cancel; safe to send twice."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller
from kervan.errors import Invalid, KervanError
from kervan.inquiries.repeated import answered, of_request, own_key
from kervan.meetings import access, day_api, direct, queries
from kervan.meetings.access import Seat
from kervan.meetings.api_shapes import (
    ID,
    Accepted,
    Ended,
    MeetingDocument,
    MeetingPage,
    MeetingState,
    MeetingWanted,
    Proposed,
    TimeWanted,
    meeting_of,
    row_of,
)
from kervan.meetings.direct import Saved, Wanted
from kervan.meetings.tables import MeetingState as State
from kervan.meetings.times import Span
from kervan.orders.api import acts, holder, needs_key
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.trade import time_zones
from kervan.trade.errors import N_, TradeError
from kervan.web import openapi
from kervan.web.http import answer, api_language, one_of, query_of
from kervan.web.paging import asked, envelope
from kervan.web.programs import answers, answers_made, private, written

_PATH = "/api/v1/meetings"
_STATES = sorted(state for state in State if state is not State.PLANNED)
_TAGS = ["Meetings"]


@get(
    "/meetings",
    tags=_TAGS,
    summary="Your meetings",
    operation_id="getMeetings",
    operation_class=openapi.described(
        openapi.choice("state", "Only those in this state.", _STATES),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Meetings on a page.", 25, 1, 200),
    ),
    responses=openapi.responses(MeetingPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def many(request: Request[Any, Any, Any]) -> Response[MeetingPage]:
    """Those of the key's firm; the latest first."""
    caller, membership = holder(request)
    query = query_of(request)
    language = api_language(request, query)
    state = one_of(query, "state", _STATES)
    page, per_page = asked(query, 25)
    wanted = [state] if state else []
    rows, total = await queries.listed(membership.organisation, caller.person, wanted, page, per_page)
    content = MeetingPage(
        data=tuple(row_of(row) for row in rows), **envelope(_PATH, query, page, per_page, total)
    )
    return private(answer(request, content, language))


@get(
    "/meetings/{meeting:str}",
    tags=_TAGS,
    summary="One meeting",
    operation_id="getMeeting",
    operation_class=openapi.described(ID),
    responses=openapi.responses(MeetingDocument, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def one(request: Request[Any, Any, Any], meeting: FromPath[str]) -> Response[MeetingDocument]:
    """With the times on offer; with the contact data of the other side once both agreed."""
    caller, membership = holder(request)
    language = api_language(request, query_of(request))
    seat = await access.own(caller, membership.public_id, meeting)
    shown = await queries.shown(seat.meeting, seat.side, language)
    return private(answer(request, MeetingDocument(data=meeting_of(shown)), language))


@post(
    "/meetings",
    status_code=201,
    tags=_TAGS,
    summary="Ask for a meeting",
    operation_id="postMeeting",
    operation_class=openapi.described(KEY),
    responses=answers_made(MeetingState, 404, 409),
    security=openapi.BEARER,
    guards=[acts],
)
async def ask(request: Request[Any, Any, Any], data: JSONBody[MeetingWanted]) -> Response[MeetingState]:
    """Buyers ask any verified exporter, exporters the buyers whom they know; 1 to 5 times of 15 minutes to 4 hours."""
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    language = api_language(request, query_of(request))
    wanted = Wanted(
        times=_spans(data.times),
        zone=_zone(data.zone),
        topic=data.topic,
        message=data.message,
        language=data.language,
        event=data.event,
        room_url=data.room_url,
    )
    status = 200

    async def work() -> MeetingState:
        nonlocal status
        await throttle.spend("meeting", request, caller.person)
        made = await direct.ask(caller, membership, data.with_, wanted, own_key(request))
        status = 200 if made.again else 201
        return _state(made)

    content = await of_request(request, membership, data, MeetingState, work)
    return written(content, language, status)


def _step(path: str, summary: str, operation: str, name: str) -> post:
    return post(
        f"/meetings/{{meeting:str}}/{path}",
        status_code=200,
        tags=_TAGS,
        summary=summary,
        operation_id=operation,
        operation_class=openapi.described(ID, KEY),
        responses=answers(MeetingState, 200, 404, 409),
        security=openapi.BEARER,
        guards=[acts],
        name=name,
    )


@_step("accept", "Accept one of the times", "postMeetingAccept", "api-meeting-accept")
async def accept(
    request: Request[Any, Any, Any], meeting: FromPath[str], data: JSONBody[Accepted]
) -> Response[MeetingState]:
    """Both get each other's contact data, and an invitation for their calendars."""

    async def work(caller: Caller, seat: Seat) -> Saved:
        proposal = await queries.proposal(seat.meeting, _aware(data.starts_at, "starts_at"))
        return await direct.accept(caller, seat, proposal, room_url=data.room_url, version=data.version)

    return await _carried_out(request, meeting, data, work)


@_step("propose", "Offer other times", "postMeetingPropose", "api-meeting-propose")
async def propose(
    request: Request[Any, Any, Any], meeting: FromPath[str], data: JSONBody[Proposed]
) -> Response[MeetingState]:
    """The turn goes to the other side; an agreed meeting is open again until one of the times is accepted."""

    async def work(caller: Caller, seat: Seat) -> Saved:
        times, zone = _spans(data.times), _zone(data.zone)
        await throttle.spend("meeting", request, caller.person)
        return await direct.propose(
            caller, seat, times, zone=zone, message=data.message, version=data.version
        )

    return await _carried_out(request, meeting, data, work)


@_step("decline", "Decline a meeting", "postMeetingDecline", "api-meeting-decline")
async def decline(
    request: Request[Any, Any, Any], meeting: FromPath[str], data: JSONBody[Ended]
) -> Response[MeetingState]:
    """With a reason that the other side reads."""

    async def work(caller: Caller, seat: Seat) -> Saved:
        return await direct.decline(caller, seat, data.reason, data.version)

    return await _carried_out(request, meeting, data, work)


@_step("cancel", "Take a meeting back, or cancel it", "postMeetingCancel", "api-meeting-cancel")
async def cancel(
    request: Request[Any, Any, Any], meeting: FromPath[str], data: JSONBody[Ended]
) -> Response[MeetingState]:
    """What is agreed is cancelled with a reason, and both calendars are told."""

    async def work(caller: Caller, seat: Seat) -> Saved:
        return await direct.cancel(caller, seat, data.reason, data.version)

    return await _carried_out(request, meeting, data, work)


async def _carried_out(
    request: Request[Any, Any, Any],
    meeting: str,
    data: msgspec.Struct,
    work: Callable[[Caller, Seat], Awaitable[Saved]],
) -> Response[MeetingState]:
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    seat = await access.own(caller, membership.public_id, meeting, act=True)

    async def carried_out() -> MeetingState:
        return _state(await work(caller, seat))

    return await answered(request, membership, data, MeetingState, carried_out)


def _state(saved: Saved) -> MeetingState:
    return msgspec.convert(
        {"id": saved.public_id, "state": saved.state, "version": saved.version}, MeetingState
    )


def _spans(times: tuple[TimeWanted, ...]) -> tuple[Span, ...]:
    return tuple(
        Span(_aware(time.starts_at, f"times.{n}"), _aware(time.ends_at, f"times.{n}"))
        for n, time in enumerate(times, start=1)
    )


def _aware(moment: datetime, field: str) -> datetime:
    if moment.tzinfo is None:
        raise Invalid(fields={field: N_("Give times with their offset: 2027-03-04T09:30:00+01:00.")})
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(fields={field: N_("Propose a time within a year.")}) from error


def _zone(text: str) -> str:
    try:
        return time_zones.zone(text)
    except TradeError as error:
        raise Invalid(fields={"zone": KervanError(error.message, **error.params)}) from error


ROUTES: list[ControllerRouterHandler] = [many, one, ask, accept, propose, decline, cancel, *day_api.ROUTES]
