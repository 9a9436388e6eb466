"""Answers to requests for programs: an exporter begins one, the requester marks what does not fit; safe to repeat."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.inquiries import access as inquiries
from kervan.inquiries.api_shapes import ID as INQUIRY
from kervan.inquiries.api_shapes import RECIPIENT, Why
from kervan.inquiries.repeated import answered, made
from kervan.orders.api import buys, holder, sells
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests import access, answering, queries
from kervan.requests.api_shapes import ID
from kervan.web import openapi
from kervan.web.programs import answers, answers_made

_EXAMPLE = {"id": "a8d3f6h2j5kx", "request": "r6k2m9q4t7bd", "number": "RQ26-7H4K-92XQ"}


class AnswerBegun(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter's answer to a request. The quote goes to PUT /inquiries/{id}/quote, a question to
    POST /inquiries/{id}/{id}/messages."""

    id: str
    """Of the exporter's part of the inquiry that holds the answers."""
    request: str
    """The request's id."""
    number: str
    """The request's number."""


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """An answer after it was marked as not fitting, or the mark was taken back."""

    id: str
    irrelevant: bool


@post(
    "/requests/{public_id:str}/answers",
    status_code=201,
    tags=["Requests"],
    summary="Begin an answer to a request",
    operation_id="postRequestAnswer",
    operation_class=openapi.described(ID, KEY),
    responses=answers_made(AnswerBegun, 404, 409, example=_EXAMPLE),
    security=openapi.BEARER,
    guards=[sells],
)
async def begin(request: Request[Any, Any, Any], public_id: FromPath[str]) -> Response[AnswerBegun]:
    """By a verified exporter, within its answers of a day and its open ones; invited ones do not count. Who has begun
    already gets the same answer. Once the request is closed, and while the exporter pauses, it is refused (409)."""
    caller, membership = holder(request, roles.ORDERS, kind=Kind.EXPORTER)
    membership = access.answering(caller, membership.public_id)

    async def work() -> AnswerBegun:
        recipient = await answering.begin(caller, membership, public_id)
        return AnswerBegun(
            id=recipient, request=public_id, number=(await queries.by_public_id(public_id)).number
        )

    return await made(request, membership, {}, AnswerBegun, work)


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/irrelevant",
    status_code=200,
    tags=["Requests"],
    summary="Mark an answer as not fitting",
    operation_id="postAnswerIrrelevant",
    operation_class=openapi.described(INQUIRY, RECIPIENT, KEY),
    responses=answers(Marked, 200, 404, 409, example={"id": "a8d3f6h2j5kx", "irrelevant": True}),
    security=openapi.BEARER,
    guards=[buys],
)
async def mark(
    request: Request[Any, Any, Any], inquiry: FromPath[str], recipient: FromPath[str], data: JSONBody[Why]
) -> Response[Marked]:
    """By the requester, with a reason that the exporter reads. An open quote is declined with it. Exporters
    whose answers several buyers mark have to pause."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    part = await inquiries.asked(caller, membership.public_id, inquiry, recipient, act=True)

    async def work() -> Marked:
        await answering.mark_irrelevant(caller, part, data.reason)
        return Marked(id=recipient, irrelevant=True)

    return await answered(request, membership, data, Marked, work)


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/relevant",
    status_code=200,
    tags=["Requests"],
    summary="Take the mark of an answer back",
    operation_id="postAnswerRelevant",
    operation_class=openapi.described(INQUIRY, RECIPIENT, KEY),
    responses=answers(Marked, 200, 404, 409, example={"id": "a8d3f6h2j5kx", "irrelevant": False}),
    security=openapi.BEARER,
    guards=[buys],
)
async def unmark(
    request: Request[Any, Any, Any], inquiry: FromPath[str], recipient: FromPath[str]
) -> Response[Marked]:
    """By the requester. A quote that was declined with it stays declined; the exporter may send a new one."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    part = await inquiries.asked(caller, membership.public_id, inquiry, recipient, act=True)

    async def work() -> Marked:
        await answering.unmark(caller, part)
        return Marked(id=recipient, irrelevant=False)

    return await answered(request, membership, {}, Marked, work)


ROUTES: list[ControllerRouterHandler] = [begin, mark, unmark]
