"""Meeting days for programs: when the firm can come, whom it wants to meet, what came of it; safe to send twice."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Request, Response, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller
from kervan.inquiries.repeated import answered
from kervan.meetings import day_access, day_firm, day_queries, wishes
from kervan.meetings.day_access import Place
from kervan.meetings.day_api_shapes import (
    ID,
    DayAgendaDocument,
    DayChanged,
    DayFirms,
    DayTimesDocument,
    DayTimesWanted,
    DayWishes,
    DayWishesDocument,
    DayWishesWanted,
    MeetingDayDocument,
    MeetingDayPage,
    agenda_of,
    changed_of,
    day_of,
    day_row,
    firm_of,
    firms_of,
    times_of,
)
from kervan.meetings.day_structs import NAMES
from kervan.meetings.wishes import Standing, Times
from kervan.orders.api import acts, holder, needs_key
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.web import openapi
from kervan.web.http import answer, api_language, one_of, query_of
from kervan.web.paging import asked, envelope, refuse_blank_numbers
from kervan.web.programs import answers, private

Method = TypeVar("Method", put, post)

_PATH = "/api/v1/meeting-days"
_STATES = tuple(state for state in NAMES if state != "DRAFT")
_TAGS = ["Meetings"]
_PER_PAGE = 25
_CHANGED = {"id": "d4k7m2p9q3rs", "own_state": "READY", "version": 2}
_FIRM = {"id": "f6k2m9q4t7bd", "name": "Ayşe Havlu", "country": "TR", "slug": "ayse-havlu"}
_FIRMS = {"data": [_FIRM], "suggestions": [{**_FIRM, "reasons": ["Makes what you look for."]}]}


def _reading(part: str, summary: str, operation: str, shape: type[Any], example: object | None = None) -> get:
    return get(
        f"/meeting-days/{{day:str}}{part}",
        tags=_TAGS,
        summary=summary,
        operation_id=operation,
        operation_class=openapi.described(ID),
        responses=openapi.responses(shape, example, 401, 403, 404),
        security=openapi.BEARER,
        guards=[needs_key],
    )


def _changing(method: type[Method], part: str, summary: str, operation: str) -> Method:
    return method(
        f"/meeting-days/{{day:str}}{part}",
        status_code=200,
        tags=_TAGS,
        summary=summary,
        operation_id=operation,
        operation_class=openapi.described(ID, KEY),
        responses=answers(DayChanged, 200, 404, 409, example=_CHANGED),
        security=openapi.BEARER,
        guards=[acts],
    )


async def _place(request: Request[Any, Any, Any], day: str) -> tuple[Caller, Place, str]:
    caller, membership = holder(request)
    language = api_language(request, query_of(request))
    return caller, await day_access.invited(caller, membership.public_id, day), language


@get(
    "/meeting-days",
    tags=_TAGS,
    summary="Your meeting days",
    operation_id="getMeetingDays",
    operation_class=openapi.described(
        openapi.choice("state", "Only those in this state.", _STATES),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Days on a page.", _PER_PAGE, 1, 200),
    ),
    responses=openapi.responses(MeetingDayPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def many(request: Request[Any, Any, Any]) -> Response[MeetingDayPage]:
    """Those to which the key's firm was asked, whether it takes part or not; the latest first."""
    _, membership = holder(request)
    query = query_of(request)
    language = api_language(request, query)
    refuse_blank_numbers(query)
    page, per_page = asked(query, _PER_PAGE)
    state = one_of(query, "state", _STATES)
    rows, total = await day_queries.of_firm(membership.organisation, language, state, page, per_page)
    content = MeetingDayPage(data=tuple(map(day_row, rows)), **envelope(_PATH, query, page, per_page, total))
    return private(answer(request, content, language))


@_reading("", "One meeting day", "getMeetingDay", MeetingDayDocument)
async def one(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[MeetingDayDocument]:
    """With its slots and breaks; days to which your firm was not asked are not found."""
    _, place, language = await _place(request, day)
    content = MeetingDayDocument(data=day_of(await day_firm.seen(place, language)))
    return private(answer(request, content, language))


@_reading("/times", "When your firm can come", "getMeetingDayTimes", DayTimesDocument)
async def times(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[DayTimesDocument]:
    """And in which languages it can talk; empty until it was said for the first time."""
    _, place, language = await _place(request, day)
    content = DayTimesDocument(data=times_of((await day_firm.seen(place, language)).own))
    return private(answer(request, content, language))


@_reading("/wishes", "Whom your firm wants to meet", "getMeetingDayWishes", DayWishesDocument)
async def wanted(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[DayWishesDocument]:
    """The dearest first. Nobody else reads them."""
    _, place, language = await _place(request, day)
    seen = await day_firm.seen(place, language)
    content = DayWishes(
        wishes=tuple(map(firm_of, seen.wishes)), most=await wishes.most_wishes(), version=seen.own.version
    )
    return private(answer(request, DayWishesDocument(data=content), language))


@_reading("/participants", "Whom your firm can wish for", "getMeetingDayParticipants", DayFirms, _FIRMS)
async def participants(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[DayFirms]:
    """The firms of the other side, and which of them fit yours and why."""
    _, place, language = await _place(request, day)
    seen = await day_firm.seen(place, language)
    content = firms_of(seen, await day_firm.suggested(place, seen, language))
    return private(answer(request, content, language))


@_reading("/agenda", "Your firm's agenda of a meeting day", "getMeetingDayAgenda", DayAgendaDocument)
async def agenda(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[DayAgendaDocument]:
    """Its meetings, and why each other wish could not be met; empty until the organiser makes the agenda known."""
    caller, place, language = await _place(request, day)
    seen = await day_firm.seen(place, language)
    content = agenda_of(seen, await day_firm.meetings(caller, place), await day_firm.unmet(seen, language))
    return private(answer(request, DayAgendaDocument(data=content), language))


async def _stepped(
    request: Request[Any, Any, Any],
    day: str,
    body: object,
    work: Callable[[Caller, Place], Awaitable[Standing]],
) -> Response[DayChanged]:
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    place = await day_access.invited(caller, membership.public_id, day, act=True)

    async def kept() -> DayChanged:
        return changed_of(day, await work(caller, place))

    return await answered(request, membership, body, DayChanged, kept)


@_changing(put, "/times", "Say when your firm can come", "putMeetingDayTimes")
async def put_times(
    request: Request[Any, Any, Any], day: FromPath[str], data: JSONBody[DayTimesWanted]
) -> Response[DayChanged]:
    """At least one slot and one language. Who had said that it does not come takes part again. Refused (409) once the
    time for wishes is over."""

    async def work(caller: Caller, place: Place) -> Standing:
        said = Times(slots=data.slots, languages=data.languages, most_meetings=data.most_meetings)
        return await wishes.save_times(caller, place, await day_queries.shown(place.day), said, data.version)

    return await _stepped(request, day, data, work)


@_changing(put, "/wishes", "Say whom your firm wants to meet", "putMeetingDayWishes")
async def put_wishes(
    request: Request[Any, Any, Any], day: FromPath[str], data: JSONBody[DayWishesWanted]
) -> Response[DayChanged]:
    """The whole list, the dearest first, at most `most` of it. Refused (422) for your own firm, one of your own side,
    one twice and one that does not take part; 409 once the time for wishes is over."""

    async def work(_: Caller, place: Place) -> Standing:
        return await wishes.save_wishes(place, data.wishes, data.version)

    return await _stepped(request, day, data, work)


@_changing(post, "/withdraw", "Say that your firm does not come", "postMeetingDayWithdraw")
async def withdraw(request: Request[Any, Any, Any], day: FromPath[str]) -> Response[DayChanged]:
    """Nobody is planned to meet it. Until the wishes end it can come back by its times. Later (409) tell the
    organiser."""
    return await _stepped(request, day, {}, wishes.withdraw)


ROUTES: list[ControllerRouterHandler] = [
    many, one, times, wanted, participants, agenda, put_times, put_wishes, withdraw,
]  # fmt: skip
