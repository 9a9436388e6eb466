"""Orders for programs: judge, send, look, take steps, offer other terms; safe to send twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, caller_of
from kervan.errors import Forbidden, Invalid, SignInNeeded
from kervan.orders import access, lists, offers, once, queries, service, states, steps
from kervan.orders.api_operations import KEY, KEY_IF_WANTED, reading, stepping
from kervan.orders.api_shapes import (
    OfferWanted,
    Order,
    OrderDocument,
    OrderPage,
    OrderWanted,
    Sent,
    StateNow,
    StepWanted,
    VerdictShown,
    order_of,
    verdict_of,
)
from kervan.orders.errors import Changed, Refused
from kervan.orders.looking import look
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.repeating import Keep, Outcome, only_once
from kervan.orders.structs import Wanted, WantedLine
from kervan.orders.tables import Side, State
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.policies import sentences
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.errors import PROBLEM
from kervan.web.http import answer, api_language, query_of
from kervan.web.i18n import gettext, sentence
from kervan.web.paging import asked, envelope
from kervan.web.programs import answers, encoded, private, written

_PATH = "/api/v1/orders"


def needs_key(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: SignInNeeded without an API key, Forbidden for one that is of no trading firm."""
    holder(connection)


def buys(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: Forbidden for a key that was not made for an importer's orders."""
    holder(connection, roles.BUY, kind=Kind.IMPORTER)


def sells(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: Forbidden for a key that was not made for an exporter's orders."""
    holder(connection, roles.ORDERS, kind=Kind.EXPORTER)


def acts(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: Forbidden for a key that may only look."""
    holder(connection, roles.BUY, roles.ORDERS)


def holder(
    connection: ASGIConnection[Any, Any, Any, Any], *rights: str, kind: Kind | None = None
) -> tuple[Caller, Membership]:
    """The key's holder and firm, with one of the rights if any are asked for. Raises SignInNeeded and Forbidden."""
    caller = caller_of(connection)
    if caller is None or caller.key is None:
        raise SignInNeeded(N_("Send an API key as Authorization: Bearer ... ."))
    for membership in caller.memberships:
        if membership.kind not in (Kind.EXPORTER, Kind.IMPORTER) or (kind and membership.kind != kind):
            continue
        if not rights or membership.rights & set(rights):
            return caller, membership
    raise Forbidden(N_("This key was not made for this."))


async def _told(
    request: Request[Any, Any, Any], language: str, work: Callable[[], Awaitable[Response[Any]]]
) -> Response[Any]:
    """What `work` answers; a refusal of the law as a problem with its verdict, moved prices with their differences."""
    extra: dict[str, Any]
    try:
        return await work()
    except Refused as error:
        status, title = 422, gettext(language, error.title)
        detail = sentences.say(error.verdict, language)
        extra = {"code": "refused", "verdict": verdict_of(error.verdict, language)}
    except Changed as changed:
        status, title = 409, gettext(language, changed.title)
        detail = sentence(language, changed)
        extra = {"code": "changed", "differences": changed.differences}
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.scope["path"][:500],
        "request_id": request.scope["state"].get("request_id", ""),
        **extra,
    }
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return Response(encoded(body), status_code=status, media_type=PROBLEM, headers=headers)


async def _wanted(data: OrderWanted) -> Wanted:
    """The order for the exporter of its first product: all lines must be of that one (pricing refuses others)."""
    if not data.lines:
        raise Invalid(fields={"lines": Invalid(N_("There is nothing in this order yet."))})
    exporter = await queries.exporter_of(data.lines[0].product)
    if exporter is None:
        raise Invalid(
            fields={
                f"quantity.{data.lines[0].product}": Invalid(
                    N_("This product is no longer offered. Take it out.")
                )
            }
        )
    return Wanted(
        exporter=exporter,
        lines=tuple(
            WantedLine(
                product=line.product, quantity=line.quantity, seen_version=line.version, seen_price=line.price
            )
            for line in data.lines
        ),
        destination=data.destination,
        incoterm=data.incoterm,
        place=data.place,
        delivery=data.delivery,
        charges=data.charges,
        purpose=data.purpose,
        note=data.note,
        payment_terms=data.payment_terms,
        currency=data.currency,
    )


@post(
    "/orders/verdict",
    status_code=200,
    tags=["Orders"],
    summary="Judge an order without sending it",
    operation_id="postOrderVerdict",
    operation_class=openapi.described(),
    responses=answers(VerdictShown),
    security=openapi.BEARER,
    guards=[buys],
)
async def judge(request: Request[Any, Any, Any], data: JSONBody[OrderWanted]) -> Response[VerdictShown]:
    """Every limit that the order is compared with, what is left under each, and why it is not possible if it is not."""
    _, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    judged = await look(membership, await _wanted(data), language)
    return written(verdict_of(judged.verdict, language), language)


@post(
    "/orders",
    status_code=201,
    tags=["Orders"],
    summary="Send an order",
    operation_id="postOrder",
    operation_class=openapi.described(KEY),
    responses=answers(Sent, 201, 409)
    | {200: ResponseSpec(Sent, generate_examples=False, description="The same request had sent it before.")},
    security=openapi.BEARER,
    guards=[buys],
)
async def send(request: Request[Any, Any, Any], data: JSONBody[OrderWanted]) -> Response[Sent]:
    """Within the limits only: above them nothing is written, and the answer has the verdict."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    key = once.own(once.checked(request.headers.get("idempotency-key")))

    async def work() -> Response[Any]:
        sent = await service.submit(caller, membership, await _wanted(data), key)
        content = Sent(id=sent.public_id, number=sent.number, again=sent.again)
        return written(content, language, 200 if sent.again else 201)

    return await _told(request, language, work)


@get(
    "/orders",
    tags=["Orders"],
    summary="Your orders",
    operation_id="getOrders",
    operation_class=openapi.described(
        openapi.choice("group", "What waits for you, what is open, what has ended, or all.", lists.GROUPS),
        openapi.choice("state", "Only those in this state.", [str(state) for state in State]),
        openapi.text(
            "q", "Number, or part of the other firm's or the goods' name.", "KV26-7H4K-92XQ", longest=100
        ),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Orders on a page.", 25, 1, 200),
    ),
    responses=openapi.responses(OrderPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def many(request: Request[Any, Any, Any]) -> Response[OrderPage]:
    """Those that the key's firm sent or got, the last changed first."""
    _, membership = holder(request)
    query = query_of(request)
    language = api_language(request, query)
    group, state = query.get("group", ["all"])[-1], query.get("state", [""])[-1]
    wrong = {
        name: Invalid(N_("Choose one of {values}."), values=", ".join(values))
        for name, value, values in (("group", group, lists.GROUPS), ("state", state, tuple(State)))
        if name in query and value not in values
    }
    if wrong:
        raise Invalid(fields=wrong)
    page, per_page = asked(query, 25)
    wanted = lists.Filter(group=group, state=state, q=query.get("q", [""])[-1][:100])
    found, total = await lists.rows(membership, wanted, page, per_page)
    content = OrderPage(data=tuple(found), **envelope(_PATH, query, page, per_page, total))
    shown = answer(request, content, language)
    return private(shown)


async def party_of(
    request: Request[Any, Any, Any], order: str, *, act: bool = False
) -> tuple[Caller, access.Party, str]:
    """The key's holder, its firm's place in the order, and the answer's language. NotFound for orders of others."""
    caller, membership = holder(request)
    language = api_language(request, query_of(request))
    return caller, await access.party(caller, membership.public_id, order, act=act), language


@reading("", "One order", "getOrder", OrderDocument, needs_key)
async def one(request: Request[Any, Any, Any], order: FromPath[str]) -> Response[OrderDocument]:
    """With its terms, its time line, and what may be done next."""
    _, party, language = await party_of(request, order)
    shown = answer(request, OrderDocument(await _shown(party)), language)
    return private(shown)


async def _shown(party: access.Party) -> Order:
    detail = await queries.detail(party.order_id)
    return order_of(detail, await queries.timeline(party.order_id), states.steps(detail.state, party.side))


@stepping("/steps", "Take a step of an order", "postOrderStep", acts, StateNow, KEY_IF_WANTED)
async def step(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[StepWanted]
) -> Response[StateNow]:
    """Safe to repeat: with an Idempotency-Key the first answer comes again, without one a second finds another version
    and changes nothing (409)."""
    caller, party, language = await party_of(request, order, act=True)

    async def work() -> Response[Any]:
        now = await _repeatable(
            request,
            party,
            lambda keep: steps.take(
                caller, party, data.action, data.version, reason=data.reason, seen=data.proforma, keep=keep
            ),
        )
        return written(StateNow(id=order, state=now.state, version=now.version), language)

    return await _told(request, language, work)


@stepping("/offer", "Offer other terms", "postOrderOffer", sells, StateNow, KEY_IF_WANTED)
async def offer(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[OfferWanted]
) -> Response[StateNow]:
    """By the exporter; they hold once the importer agrees. An offer never breaks a limit."""
    caller, party, language = await party_of(request, order, act=True)
    if party.side is not Side.EXPORTER:
        raise Forbidden(N_("Only the exporter offers other terms."))

    async def work() -> Response[Any]:
        wanted = Offer(
            lines=tuple(OfferedLine(**msgspec.structs.asdict(line)) for line in data.lines),
            incoterm=data.incoterm,
            place=data.place,
            charges=data.charges,
            lead_days=data.lead_days,
            payment_terms=data.payment_terms,
            note=data.note,
        )
        now = await _repeatable(
            request, party, lambda keep: offers.counter(caller, party, data.version, wanted, keep)
        )
        return written(StateNow(id=order, state=now.state, version=now.version), language)

    return await _told(request, language, work)


async def _repeatable(
    request: Request[Any, Any, Any], party: access.Party, work: Callable[[Keep | None], Awaitable[State]]
) -> Outcome:
    """Where the order stands after a step, which a program may send twice when it gives an Idempotency-Key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        state = await work(None)
        return Outcome(state=state, version=await queries.version_of(party.order_id))
    return await only_once(
        party.membership.organisation,
        party.order_id,
        once.checked(key),
        f"POST {request.scope['path']}"[-80:],
        await request.body(),
        work,
    )


ROUTES: list[ControllerRouterHandler] = [judge, send, many, one, step, offer]
