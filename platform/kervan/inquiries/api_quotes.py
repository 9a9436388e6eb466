"""Quotes for programs: send, revise or withdraw one, decline an inquiry, take or decline a quote."""

from typing import Any

from litestar import Request, Response, post, put
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership
from kervan.inquiries import accepting, access, queries, quotes, recipients
from kervan.inquiries.access import Part
from kervan.inquiries.api_shapes import (
    ID,
    RECIPIENT,
    Acceptance,
    Became,
    Created,
    QuoteMade,
    QuoteWanted,
    Why,
)
from kervan.inquiries.repeated import answered
from kervan.orders.api import buys, holder, sells
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.web import openapi
from kervan.web.programs import answers


@post(
    "/inquiries/{inquiry:str}/decline",
    status_code=200,
    tags=["Inquiries"],
    summary="Decline an inquiry",
    operation_id="postInquiryDecline",
    operation_class=openapi.described(ID, KEY),
    responses=answers(Created, 200, 404, 409),
    security=openapi.BEARER,
    guards=[sells],
)
async def decline(
    request: Request[Any, Any, Any], inquiry: FromPath[str], data: JSONBody[Why]
) -> Response[Created]:
    """By an exporter, with a reason that the importer reads."""
    caller, membership, part = await _as_exporter(request, inquiry)

    async def work() -> Created:
        await recipients.decline(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    return await answered(request, membership, data, Created, work)


async def _as_exporter(request: Request[Any, Any, Any], recipient: str) -> tuple[Caller, Membership, Part]:
    caller, membership = holder(request, roles.ORDERS, kind=Kind.EXPORTER)
    return caller, membership, await access.received(caller, membership.public_id, recipient, act=True)


@put(
    "/inquiries/{inquiry:str}/quote",
    tags=["Inquiries"],
    summary="Send or revise your quote",
    operation_id="putQuote",
    operation_class=openapi.described(ID, KEY),
    responses=answers(QuoteMade, 200, 404, 409),
    security=openapi.BEARER,
    guards=[sells],
)
async def put_quote(
    request: Request[Any, Any, Any], inquiry: FromPath[str], data: JSONBody[QuoteWanted]
) -> Response[QuoteMade]:
    """By a verified exporter: the first one, or a new revision of the one that is open. What was sent never changes."""
    caller, membership, part = await _as_exporter(request, inquiry)

    async def work() -> QuoteMade:
        saved = await quotes.save(caller, part, data.offered(), send=not data.draft, version=data.version)
        return QuoteMade(
            id=saved.public_id,
            number=saved.number,
            state=saved.state,
            version=saved.version,
            revision=saved.revision,
        )

    return await answered(request, membership, data, QuoteMade, work)


@post(
    "/inquiries/{inquiry:str}/quote/withdraw",
    status_code=200,
    tags=["Inquiries"],
    summary="Withdraw your quote",
    operation_id="postQuoteWithdraw",
    operation_class=openapi.described(ID, KEY),
    responses=answers(Created, 200, 404, 409),
    security=openapi.BEARER,
    guards=[sells],
)
async def withdraw(request: Request[Any, Any, Any], inquiry: FromPath[str]) -> Response[Created]:
    """By its exporter; the importer is told when it had got it."""
    caller, membership, part = await _as_exporter(request, inquiry)

    async def work() -> Created:
        await quotes.withdraw(caller, part)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    return await answered(request, membership, {}, Created, work)


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/decline",
    status_code=200,
    tags=["Inquiries"],
    summary="Decline a quote",
    operation_id="postQuoteDecline",
    operation_class=openapi.described(ID, RECIPIENT, KEY),
    responses=answers(Created, 200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def decline_quote(
    request: Request[Any, Any, Any], inquiry: FromPath[str], recipient: FromPath[str], data: JSONBody[Why]
) -> Response[Created]:
    """By the importer, with a reason that this exporter reads."""
    caller, membership, part = await _as_importer(request, inquiry, recipient)

    async def work() -> Created:
        await quotes.decline(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    return await answered(request, membership, data, Created, work)


async def _as_importer(
    request: Request[Any, Any, Any], inquiry: str, recipient: str
) -> tuple[Caller, Membership, Part]:
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    part = await access.asked(caller, membership.public_id, inquiry, recipient, act=True)
    return caller, membership, part


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/accept",
    status_code=200,
    tags=["Inquiries"],
    summary="Accept a quote",
    operation_id="postQuoteAccept",
    operation_class=openapi.described(ID, RECIPIENT, KEY),
    responses=answers(Became, 200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def accept(
    request: Request[Any, Any, Any],
    inquiry: FromPath[str],
    recipient: FromPath[str],
    data: JSONBody[Acceptance],
) -> Response[Became]:
    """By the importer, one of an inquiry (409 for the next): it becomes an order within the limits, else a deal."""
    caller, membership, part = await _as_importer(request, inquiry, recipient)

    async def work() -> Became:
        made = await accepting.accept(caller, part, data.revision, data.delivery)
        return Became(order=made.order, deal=made.deal, number=made.number)

    return await answered(request, membership, data, Became, work)


ROUTES: list[ControllerRouterHandler] = [decline, put_quote, withdraw, decline_quote, accept]
