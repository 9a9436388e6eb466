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
    KEY,
    RECIPIENT,
    Acceptance,
    Became,
    Created,
    QuoteMade,
    QuoteWanted,
    Why,
)
from kervan.inquiries.repeated import of_request
from kervan.orders.api import buys, holder, sells
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.web import openapi
from kervan.web.http import api_language, query_of
from kervan.web.programs import answers, written


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
    caller, membership, part, language = await _as_exporter(request, inquiry)

    async def work() -> Created:
        await recipients.decline(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    content = await of_request(request, membership, f"POST /inquiries/{inquiry}/decline", data, Created, work)
    return written(content, language)


async def _as_exporter(
    request: Request[Any, Any, Any], recipient: str
) -> tuple[Caller, Membership, Part, str]:
    caller, membership = holder(request, roles.ORDERS, kind=Kind.EXPORTER)
    language = api_language(request, query_of(request))
    return (
        caller,
        membership,
        await access.received(caller, membership.public_id, recipient, act=True),
        language,
    )


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
    caller, membership, part, language = await _as_exporter(request, inquiry)

    async def work() -> QuoteMade:
        saved = await quotes.save(caller, part, data.offered(), send=not data.draft, version=data.version)
        return QuoteMade(
            id=saved.public_id,
            number=saved.number,
            state=saved.state,
            version=saved.version,
            revision=saved.revision,
        )

    content = await of_request(request, membership, f"PUT /inquiries/{inquiry}/quote", data, QuoteMade, work)
    return written(content, language)


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
    caller, membership, part, language = await _as_exporter(request, inquiry)

    async def work() -> Created:
        await quotes.withdraw(caller, part)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    content = await of_request(
        request, membership, f"POST /inquiries/{inquiry}/quote/withdraw", {}, Created, work
    )
    return written(content, language)


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
    caller, membership, part, language = await _as_importer(request, inquiry, recipient)

    async def work() -> Created:
        await quotes.decline(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    what = f"POST /inquiries/{inquiry}/{recipient}/decline"
    return written(await of_request(request, membership, what, data, Created, work), language)


async def _as_importer(
    request: Request[Any, Any, Any], inquiry: str, recipient: str
) -> tuple[Caller, Membership, Part, str]:
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    part = await access.asked(caller, membership.public_id, inquiry, recipient, act=True)
    return caller, membership, part, language


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
    caller, membership, part, language = await _as_importer(request, inquiry, recipient)

    async def work() -> Became:
        made = await accepting.accept(caller, part, data.revision, data.delivery)
        return Became(order=made.order, deal=made.deal, number=made.number)

    what = f"POST /inquiries/{inquiry}/{recipient}/accept"
    return written(await of_request(request, membership, what, data, Became, work), language)


ROUTES: list[ControllerRouterHandler] = [decline, put_quote, withdraw, decline_quote, accept]
