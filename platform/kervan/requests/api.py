"""A buyer's own requests for programs: write, send, change, withdraw, look; safe to send twice."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership
from kervan.errors import Invalid, NotFound
from kervan.inquiries.api_shapes import KEY
from kervan.inquiries.repeated import of_request
from kervan.orders.api import buys, holder
from kervan.orders.once import checked
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
from kervan.web.http import answer, api_language, query_of
from kervan.web.i18n import gettext
from kervan.web.paging import asked, envelope, refuse_blank_numbers
from kervan.web.programs import answers, encoded, private, written

_PATH = "/api/v1/own-requests"


def asks(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: Forbidden for a key that is of no importer."""
    holder(connection, kind=Kind.IMPORTER)


def _answers(status: int, *errors: int) -> dict[int, ResponseSpec]:
    found = answers(Written, status, *errors)
    found[status] = openapi.responses(Written, EXAMPLE_WRITTEN)[200]
    return found


@post(
    "/requests",
    status_code=201,
    tags=["Requests"],
    summary="Begin a request",
    operation_id="postRequest",
    operation_class=openapi.described(KEY),
    responses=_answers(201, 409)
    | {
        200: ResponseSpec(
            Written, generate_examples=False, description="The same request had begun it before."
        )
    },
    security=openapi.BEARER,
    guards=[buys],
)
async def begin(request: Request[Any, Any, Any], data: JSONBody[RequestWanted]) -> Response[Written]:
    """As a draft, which nobody else sees. Contact data in its texts is masked; `masked` says what."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    key = checked(request.headers.get("idempotency-key"))
    status = 200

    async def work() -> Written:
        nonlocal status
        if membership.importer is None:
            raise NotFound()
        maker = Maker(side=Side.IMPORTER, importer=membership.importer)
        own_key = f"api-{sha256(key.encode()).hexdigest()[:58]}"
        status = 201
        return written_of(await service.create(caller, maker, data.content(), key=own_key))

    content = await of_request(request, membership, "POST /requests", data, Written, work)
    return written(content, language, status)


async def _seat(request: Request[Any, Any, Any], public_id: str) -> tuple[Caller, Membership, Seat, str]:
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    return caller, membership, await access.own(caller, membership.public_id, public_id, act=True), language


async def _stepped(
    request: Request[Any, Any, Any],
    membership: Membership,
    language: str,
    what: str,
    data: msgspec.Struct,
    work: Callable[[], Awaitable[Saved]],
) -> Response[Written]:
    async def kept() -> Written:
        return written_of(await work())

    return written(await of_request(request, membership, what, data, Written, kept), language)


@put(
    "/requests/{public_id:str}",
    tags=["Requests"],
    summary="Change a request",
    operation_id="putRequest",
    operation_class=openapi.described(ID, KEY),
    responses=_answers(200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def change(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[RequestChanged]
) -> Response[Written]:
    """A draft is written anew. On the board, a change of what is asked for is announced again: `edition` rises."""
    caller, membership, seat, language = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.change(caller, seat, data.content(), data.version)

    return await _stepped(request, membership, language, f"PUT /requests/{public_id}", data, work)


@post(
    "/requests/{public_id:str}/submit",
    status_code=200,
    tags=["Requests"],
    summary="Send a request for review",
    operation_id="postRequestSubmit",
    operation_class=openapi.described(ID, KEY),
    responses=_answers(200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def submit(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[SendWanted]
) -> Response[Any]:
    """What it lacks is told by field. Where there are open requests like it, the answer is 409 with `similar`: send it
    again with `seen` if it is another one."""
    caller, membership, seat, language = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.submit(caller, seat, data.version, seen=data.seen)

    try:
        return await _stepped(request, membership, language, f"POST /requests/{public_id}/submit", data, work)
    except rules.Duplicates as error:
        return _similar(request, error, language)


def _similar(request: Request[Any, Any, Any], error: rules.Duplicates, language: str) -> Response[Any]:
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


@post(
    "/requests/{public_id:str}/take-back",
    status_code=200,
    tags=["Requests"],
    summary="Take a request back from review",
    operation_id="postRequestTakeBack",
    operation_class=openapi.described(ID, KEY),
    responses=_answers(200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def take_back(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[StepWanted]
) -> Response[Written]:
    """It is a draft again."""
    caller, membership, seat, language = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.take_back(caller, seat, data.version)

    return await _stepped(request, membership, language, f"POST /requests/{public_id}/take-back", data, work)


@post(
    "/requests/{public_id:str}/withdraw",
    status_code=200,
    tags=["Requests"],
    summary="Take a request off the board",
    operation_id="postRequestWithdraw",
    operation_class=openapi.described(ID, KEY),
    responses=_answers(200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def withdraw(
    request: Request[Any, Any, Any], public_id: FromPath[str], data: JSONBody[EndWanted]
) -> Response[Written]:
    """Open quotes are declined with the reason, their exporters are told."""
    caller, membership, seat, language = await _seat(request, public_id)

    async def work() -> Saved:
        return await service.withdraw(caller, seat, data.reason, data.version)

    return await _stepped(request, membership, language, f"POST /requests/{public_id}/withdraw", data, work)


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
        tab=_one_of(query, "tab", "all", own_queries.TABS),
        sort=_one_of(query, "sort", "newest", own_queries.SORTS),
        page=page,
    )
    found, total = await own_queries.rows(membership.importer, filters, per_page)
    content = OwnRequestPage(
        data=tuple(row_of(row) for row in found), **envelope(_PATH, query, page, per_page, total)
    )
    return private(answer(request, content, language))


def _one_of(query: dict[str, list[str]], name: str, default: str, known: Any) -> str:
    value = query.get(name, [default])[-1]
    if value not in known:
        raise Invalid(fields={name: Invalid(N_("Choose one of {values}."), values=", ".join(known))})
    return value


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
