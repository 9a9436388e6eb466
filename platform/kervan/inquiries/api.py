"""Inquiries for programs: ask, look and compare, write, close; safe to send twice."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.conversations import service as conversations
from kervan.conversations.parties import INQUIRY
from kervan.errors import Conflict, NotFound
from kervan.inquiries import access, api_quotes, lists, queries, service
from kervan.inquiries.access import Part
from kervan.inquiries.api_shapes import (
    ID,
    RECIPIENT,
    Created,
    InquiryDocument,
    InquiryPage,
    InquiryWanted,
    MessageMade,
    MessageWanted,
    Why,
    inquiry_of,
    quote_of,
    recipient_of,
)
from kervan.inquiries.lists import Filters
from kervan.inquiries.repeated import answered, made, of_request, own_key
from kervan.orders.api import acts, buys, holder, needs_key
from kervan.orders.api_operations import KEY
from kervan.orders.tables import Side
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, one_of, query_of
from kervan.web.paging import asked, envelope
from kervan.web.programs import answers, answers_made, private, written

_PATH = "/api/v1/inquiries"
_STATES = sorted({state for states in lists.STATES.values() for state in states})


@post(
    "/inquiries",
    status_code=201,
    tags=["Inquiries"],
    summary="Ask exporters for a quote",
    operation_id="postInquiry",
    operation_class=openapi.described(KEY),
    responses=answers_made(Created, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def ask(request: Request[Any, Any, Any], data: JSONBody[InquiryWanted]) -> Response[Created]:
    """To 1 to 10 verified exporters, each of which sees nothing of the others."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))

    status = 200

    async def work() -> Created:
        nonlocal status
        sent = await service.create(caller, membership, data.asked(), own_key(request))
        status = 200 if sent.again else 201
        return Created(id=sent.public_id, number=sent.number)

    content = await of_request(request, membership, data, Created, work)
    return written(msgspec.structs.replace(content, again=status == 200), language, status)


@get(
    "/inquiries",
    tags=["Inquiries"],
    summary="Your inquiries",
    operation_id="getInquiries",
    operation_class=openapi.described(
        openapi.choice("state", "Only those in this state.", _STATES),
        openapi.text("q", "Number, goods, or part of the other firm's name.", "RFQ26-7H4K-92XQ"),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Inquiries on a page.", 25, 1, 200),
    ),
    responses=openapi.responses(InquiryPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def many(request: Request[Any, Any, Any]) -> Response[InquiryPage]:
    """Those that the key's firm sent, or got; the newest first."""
    _, membership = holder(request)
    query = query_of(request)
    language = api_language(request, query)
    state = one_of(query, "state", lists.STATES[membership.kind])
    page, per_page = asked(query, 25)
    firm = membership.exporter if membership.kind == Kind.EXPORTER else membership.importer
    if firm is None:
        raise NotFound()
    filters = Filters(text=query.get("q", [""])[-1][:200], state=state, page=page)
    found, total = await lists.rows(membership.kind, firm, filters, per_page)
    content = InquiryPage(data=tuple(found), **envelope(_PATH, query, page, per_page, total))
    return private(answer(request, content, language))


@get(
    "/inquiries/{inquiry:str}",
    tags=["Inquiries"],
    summary="One inquiry with its quotes",
    operation_id="getInquiry",
    operation_class=openapi.described(ID),
    responses=openapi.responses(InquiryDocument, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def one(request: Request[Any, Any, Any], inquiry: FromPath[str]) -> Response[InquiryDocument]:
    """An importer gets every exporter with its quote, an exporter its own part and nothing of the others."""
    caller, membership = holder(request)
    language = api_language(request, query_of(request))
    if membership.kind == Kind.IMPORTER:
        part = await access.asked(caller, membership.public_id, inquiry)
        shown = inquiry_of(await queries.inquiry(part.inquiry), inquiry)
        found = tuple(recipient_of(one) for one in await queries.recipients(part.inquiry))
        return private(
            answer(request, InquiryDocument(msgspec.structs.replace(shown, recipients=found)), language)
        )
    part = await access.received(caller, membership.public_id, inquiry)
    recipient = _recipient(part)
    shown = inquiry_of(await queries.inquiry(part.inquiry, membership.exporter), inquiry)
    own = tuple(quote_of(quote) for quote in await queries.quotes_to(recipient, Side.EXPORTER))
    whole = msgspec.structs.replace(shown, buyer=await queries.buyer(recipient), quotes=own)
    return private(answer(request, InquiryDocument(whole), language))


def _recipient(part: Part) -> int:
    if part.recipient is None:
        raise NotFound()
    return part.recipient


@post(
    "/inquiries/{inquiry:str}/close",
    status_code=200,
    tags=["Inquiries"],
    summary="Close an inquiry",
    operation_id="postInquiryClose",
    operation_class=openapi.described(ID, KEY),
    responses=answers(Created, 200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def close(
    request: Request[Any, Any, Any], inquiry: FromPath[str], data: JSONBody[Why]
) -> Response[Created]:
    """By the importer: open quotes are declined, the exporters are told."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    part = await access.asked(caller, membership.public_id, inquiry, act=True)

    async def work() -> Created:
        await service.close(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    return await answered(request, membership, data, Created, work)


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/messages",
    status_code=201,
    tags=["Inquiries"],
    summary="Write to an exporter, or to the buyer",
    operation_id="postInquiryMessage",
    operation_class=openapi.described(ID, RECIPIENT, KEY),
    responses=answers_made(MessageMade, 404, 409),
    security=openapi.BEARER,
    guards=[acts],
)
async def write(
    request: Request[Any, Any, Any],
    inquiry: FromPath[str],
    recipient: FromPath[str],
    data: JSONBody[MessageWanted],
) -> Response[MessageMade]:
    """For exporters both ids are that of their part."""
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    if membership.kind == Kind.IMPORTER:
        part = await access.asked(caller, membership.public_id, inquiry, recipient, act=True)
    else:
        part = await access.received(caller, membership.public_id, recipient, act=True)
    if not await queries.talk_open(_recipient(part)):
        raise Conflict(N_("This inquiry is over: nothing can be written any more."))

    async def work() -> MessageMade:
        return MessageMade(
            id=await conversations.post(
                INQUIRY, _recipient(part), part.side, caller, part.membership, data.text
            )
        )

    return await made(request, membership, data, MessageMade, work)


ROUTES: list[ControllerRouterHandler] = [ask, many, one, close, write, *api_quotes.ROUTES]
