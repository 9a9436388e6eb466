"""Inquiries and quotes for programs: ask, answer, compare, take; safe to send twice."""

from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership
from kervan.conversations import service as conversations
from kervan.conversations.parties import INQUIRY
from kervan.errors import Conflict, Invalid, NotFound
from kervan.inquiries import accepting, access, lists, queries, quotes, recipients, service
from kervan.inquiries.access import Part
from kervan.inquiries.api_shapes import (
    Acceptance,
    Became,
    Created,
    InquiryDocument,
    InquiryPage,
    InquiryWanted,
    MessageMade,
    MessageWanted,
    QuoteMade,
    QuoteWanted,
    Why,
    inquiry_of,
    quote_of,
    recipient_of,
)
from kervan.inquiries.lists import Filters
from kervan.inquiries.repeated import of_request
from kervan.orders.api import acts, buys, holder, needs_key, sells
from kervan.orders.once import checked
from kervan.orders.tables import Side
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of, whole_number
from kervan.web.paging import links
from kervan.web.programs import answers, private, written

_PATH = "/api/v1/inquiries"
_ID = openapi.in_path(
    "inquiry", "The inquiry's id; for exporters that of their part.", "t4k7m2p9q3rs", "^[a-z0-9]{12}$"
)
_RECIPIENT = openapi.in_path(
    "recipient", "The id of one exporter's part of the inquiry.", "a8d3f6h2j5kx", "^[a-z0-9]{12}$"
)
_KEY = openapi.header("Idempotency-Key", "A value of your own, the same for the same request sent again.")
_STATES = sorted({state for states in lists.STATES.values() for state in states})


@post(
    "/inquiries",
    status_code=201,
    tags=["Inquiries"],
    summary="Ask exporters for a quote",
    operation_id="postInquiry",
    operation_class=openapi.described(_KEY),
    responses=answers(Created, 201, 409)
    | {
        200: ResponseSpec(
            Created, generate_examples=False, description="The same request had sent it before."
        )
    },
    security=openapi.BEARER,
    guards=[buys],
)
async def ask(request: Request[Any, Any, Any], data: JSONBody[InquiryWanted]) -> Response[Created]:
    """To 1 to 10 verified exporters, each of which sees nothing of the others."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    key = checked(request.headers.get("idempotency-key"))

    status = 200

    async def work() -> Created:
        nonlocal status
        own_key = f"api-{sha256(key.encode()).hexdigest()[:58]}"
        made = await service.create(caller, membership, data.asked(), own_key)
        status = 200 if made.again else 201
        return Created(id=made.public_id, number=made.number)

    content = await of_request(request, membership, "POST /inquiries", data, Created, work)
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
    state = query.get("state", [""])[-1]
    if "state" in query and state not in lists.STATES[membership.kind]:
        raise Invalid(
            fields={
                "state": Invalid(
                    N_("Choose one of {values}."), values=", ".join(lists.STATES[membership.kind])
                )
            }
        )
    page = whole_number(query, "page", 1, 1, 100_000)
    per_page = whole_number(query, "per_page", 25, 1, 200)
    firm = membership.exporter if membership.kind == Kind.EXPORTER else membership.importer
    if firm is None:
        raise NotFound()
    filters = Filters(text=query.get("q", [""])[-1][:200], state=state, page=page)
    found, total = await lists.rows(membership.kind, firm, filters, per_page)
    pages = max(1, -(-total // per_page))
    content = InquiryPage(
        data=tuple(found),
        total=total,
        page=page,
        pages=pages,
        per_page=per_page,
        links=links(_PATH, query, page, pages),
    )
    return private(answer(request, content, language))


@get(
    "/inquiries/{inquiry:str}",
    tags=["Inquiries"],
    summary="One inquiry with its quotes",
    operation_id="getInquiry",
    operation_class=openapi.described(_ID),
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
    operation_class=openapi.described(_ID, _KEY),
    responses=answers(Created, 200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def close(
    request: Request[Any, Any, Any], inquiry: FromPath[str], data: JSONBody[Why]
) -> Response[Created]:
    """By the importer: open quotes are declined, the exporters are told."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    part = await access.asked(caller, membership.public_id, inquiry, act=True)

    async def work() -> Created:
        await service.close(caller, part, data.reason)
        return Created(id=inquiry, number=(await queries.inquiry(part.inquiry)).number)

    content = await of_request(request, membership, f"POST /inquiries/{inquiry}/close", data, Created, work)
    return written(content, language)


@post(
    "/inquiries/{inquiry:str}/decline",
    status_code=200,
    tags=["Inquiries"],
    summary="Decline an inquiry",
    operation_id="postInquiryDecline",
    operation_class=openapi.described(_ID, _KEY),
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
    operation_class=openapi.described(_ID, _KEY),
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
    operation_class=openapi.described(_ID, _KEY),
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
    operation_class=openapi.described(_ID, _RECIPIENT, _KEY),
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
    operation_class=openapi.described(_ID, _RECIPIENT, _KEY),
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


@post(
    "/inquiries/{inquiry:str}/{recipient:str}/messages",
    status_code=201,
    tags=["Inquiries"],
    summary="Write to an exporter, or to the buyer",
    operation_id="postInquiryMessage",
    operation_class=openapi.described(_ID, _RECIPIENT, _KEY),
    responses=answers(MessageMade, 201, 404, 409)
    | {
        200: ResponseSpec(
            MessageMade, generate_examples=False, description="The same request had sent it before."
        )
    },
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
    language = api_language(request, query_of(request))
    if membership.kind == Kind.IMPORTER:
        part = await access.asked(caller, membership.public_id, inquiry, recipient, act=True)
    else:
        part = await access.received(caller, membership.public_id, recipient, act=True)
    if not await queries.talk_open(_recipient(part)):
        raise Conflict(N_("This inquiry is over: nothing can be written any more."))

    status = 200

    async def work() -> MessageMade:
        nonlocal status
        made = await conversations.post(
            INQUIRY, _recipient(part), part.side, caller, part.membership, data.text
        )
        status = 201
        return MessageMade(id=made)

    what = f"POST /inquiries/{inquiry}/{recipient}/messages"
    content = await of_request(request, membership, what, data, MessageMade, work)
    return written(content, language, status)


ROUTES: list[ControllerRouterHandler] = [
    ask, many, one, close, decline, put_quote, withdraw, decline_quote, accept, write,
]  # fmt: skip
