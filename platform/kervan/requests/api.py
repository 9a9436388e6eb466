"""A buyer's own requests for programs: write, send, change, withdraw, look; safe to send twice."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership
from kervan.errors import NotFound
from kervan.inquiries.repeated import answered, made, own_key
from kervan.orders.api import buys, holder
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests import access, own_queries, queries, rules, service
from kervan.requests.access import Seat
from kervan.requests.api_shapes import (
    EXAMPLE,
    EXAMPLE_PAGE,
    EXAMPLE_WRITTEN,
    ID,
    EndWanted,
    OwnRequestDocument,
    OwnRequestPage,
    RequestChanged,
    RequestWanted,
    SendWanted,
    StepWanted,
    Written,
    request_of,
    row_of,
    similar_of,
    written_of,
)
from kervan.requests.own_queries import Filters
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.errors import PROBLEM
from kervan.web.http import answer, api_language, one_of, query_of
from kervan.web.i18n import gettext
from kervan.web.paging import asked, envelope, refuse_blank_numbers
from kervan.web.programs import answers, answers_made, encoded, private

Method = TypeVar("Method", put, post)

_PATH = "/api/v1/own-requests"


def asks(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: Forbidden for a key that is of no importer."""
    holder(connection, kind=Kind.IMPORTER)


@post(
    "/requests",
    status_code=201,
    tags=["Requests"],
    summary="Begin a request",
    operation_id="postRequest",
    operation_class=openapi.described(KEY),
    responses=answers_made(Written, 409, example=EXAMPLE_WRITTEN),
    security=openapi.BEARER,
    guards=[buys],
)
async def begin(request: Request[Any, Any, Any], data: JSONBody[RequestWanted]) -> Response[Written]:
    """As a draft, which nobody else sees. Contact data in its texts is masked; `masked` says what."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)

    async def work() -> Written:
        if membership.importer is None:
            raise NotFound()
        maker = Maker(side=Side.IMPORTER, importer=membership.importer)
        return written_of(await service.create(caller, maker, data.content(), key=own_key(request)))

    return await made(request, membership, data, Written, work)


def _changing(method: type[Method], part: str, summary: str, operation: str) -> Method:
    return method(
        f"/requests/{{public_id:str}}{part}",
        status_code=200,
        tags=["Requests"],
        summary=summary,
        operation_id=operation,
        operation_class=openapi.described(ID, KEY),
        responses=answers(Written, 200, 404, 409, example=EXAMPLE_WRITTEN),
        security=openapi.BEARER,
        guards=[buys],
    )


async def _seat(request: Request[Any, Any, Any], public_id: str) -> tuple[Caller, Membership, Seat]:
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    return caller, membership, await access.own(caller, membership.public_id, public_id, act=True)


async def _stepped(
    request: Request[Any, Any, Any],
    membership: Membership,
    data: msgspec.Struct,
    work: Callable[[], Awaitable[Saved]],
) -> Response[Written]:
    async def kept() -> Written:
        return written_of(await work())

    return await answered(request, membership, data, Written, kept)


@_changing(put, "", "Change a request", "putRequest")
async def change(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[RequestChanged]
) -> Response[Written]:
    """A draft is written anew. On the board, a change of what is asked for is announced again: `edition` rises."""
    caller, membership, seat = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.change(caller, seat, data.content(), data.version)

    return await _stepped(request, membership, data, work)


@_changing(post, "/submit", "Send a request for review", "postRequestSubmit")
async def submit(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[SendWanted]
) -> Response[Any]:
    """What it lacks is told by field. Where there are open requests like it, the answer is 409 with `similar`: send it
    again with `seen` if it is another one."""
    caller, membership, seat = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.submit(caller, seat, data.version, seen=data.seen)

    try:
        return await _stepped(request, membership, data, work)
    except rules.Duplicates as error:
        return _similar(request, error)


def _similar(request: Request[Any, Any, Any], error: rules.Duplicates) -> Response[Any]:
    language = api_language(request, query_of(request))
    body = {
        "type": "about:blank",
        "title": gettext(language, N_("Is it one of these?")),
        "status": error.status_code,
        "detail": gettext(language, error.title),
        "instance": request.scope["path"][:500],
        "request_id": request.scope["state"].get("request_id", ""),
        "code": "similar",
        "similar": [similar_of(one) for one in error.similar],
    }
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return Response(encoded(body), status_code=error.status_code, media_type=PROBLEM, headers=headers)


@_changing(post, "/take-back", "Take a request back from review", "postRequestTakeBack")
async def take_back(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[StepWanted]
) -> Response[Written]:
    """It is a draft again."""
    caller, membership, seat = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.take_back(caller, seat, data.version)

    return await _stepped(request, membership, data, work)


@_changing(post, "/withdraw", "Take a request off the board", "postRequestWithdraw")
async def withdraw(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[EndWanted]
) -> Response[Written]:
    """Open quotes are declined with the reason, their exporters are told."""
    caller, membership, seat = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.withdraw(caller, seat, data.reason, data.version)

    return await _stepped(request, membership, data, work)


@get(
    "/own-requests",
    tags=["Requests"],
    summary="Your requests",
    operation_id="getOwnRequests",
    operation_class=openapi.described(
        openapi.choice(
            "tab", "Only drafts, those under review, open or closed ones.", list(own_queries.TABS)
        ),
        openapi.text("q", "Number, or words of title and sentence.", "RQ26-7H4K-92XQ"),
        openapi.choice("sort", "The order; newest first by default.", list(own_queries.SORTS)),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Requests on a page.", 25, 1, 200),
    ),
    responses=openapi.responses(OwnRequestPage, EXAMPLE_PAGE, 401, 403),
    security=openapi.BEARER,
    guards=[asks],
)
async def many(request: Request[Any, Any, Any]) -> Response[OwnRequestPage]:
    """Those of the key's firm in whatever state."""
    _, membership = holder(request, kind=Kind.IMPORTER)
    query = query_of(request)
    language = api_language(request, query)
    refuse_blank_numbers(query)
    page, per_page = asked(query, 25)
    if membership.importer is None:
        raise NotFound()
    filters = Filters(
        text=query.get("q", [""])[-1][:200],
        tab=one_of(query, "tab", own_queries.TABS, "all"),
        sort=one_of(query, "sort", own_queries.SORTS, "newest"),
        page=page,
    )
    found, total = await own_queries.rows(membership.importer, filters, per_page)
    content = OwnRequestPage(
        data=tuple(row_of(row) for row in found), **envelope(_PATH, query, page, per_page, total)
    )
    return private(answer(request, content, language))


@get(
    "/own-requests/{public_id:str}",
    tags=["Requests"],
    summary="One of your requests",
    operation_id="getOwnRequest",
    operation_class=openapi.described(ID),
    responses=openapi.responses(OwnRequestDocument, EXAMPLE, 401, 403, 404),
    security=openapi.BEARER,
    guards=[asks],
)
async def one(request: Request[Any, Any, Any], public_id: FromPath[str]) -> Response[OwnRequestDocument]:
    """With where it stands, what came in and its time line."""
    caller, membership = holder(request, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    seat = await access.own(caller, membership.public_id, public_id)
    whole = request_of(
        await queries.shown(seat.request),
        await own_queries.came_in(seat.request),
        await queries.timeline(seat.request),
    )
    return private(answer(request, OwnRequestDocument(whole), language))


ROUTES: list[ControllerRouterHandler] = [begin, change, submit, take_back, withdraw, many, one]
