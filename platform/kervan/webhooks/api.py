"""Webhooks for programs: list, make, change and remove them, look at their deliveries, send one again."""

from typing import Any

from litestar import Request, Response, delete, get, patch, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, caller_of
from kervan.errors import Forbidden, Invalid, SignInNeeded
from kervan.organisations.roles import WEBHOOKS
from kervan.settings import Settings
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import asked, envelope
from kervan.web.programs import answers, private, written
from kervan.webhooks import queries, service
from kervan.webhooks.structs import (
    Webhook,
    WebhookChange,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookDocument,
    WebhookList,
    WebhookMade,
    WebhookMadeDocument,
    WebhookSecret,
    WebhookSent,
    WebhookWanted,
)
from kervan.webhooks.tables import DeliveryState

_PATH = "/api/v1/webhooks"
_ID = openapi.in_path("hook", "The webhook's id.", "h4k7m2p9q3rs", "^[a-z0-9]{12}$")
_DELIVERY = openapi.in_path("delivery", "The delivery's id.", "d4k7m2p9q3rs", "^[a-z0-9]{12}$")


def needs_key(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: SignInNeeded without an API key, Forbidden for one that was not made for webhooks."""
    _holder(connection)


def _holder(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[Caller, Membership]:
    caller = caller_of(connection)
    if caller is None or caller.key is None:
        raise SignInNeeded(N_("Send an API key as Authorization: Bearer ... ."))
    for membership in caller.may(WEBHOOKS):
        return caller, membership
    raise Forbidden(N_("This key was not made for webhooks."))


def _shown(hook: queries.Hook) -> Webhook:
    return Webhook(**_fields(hook))


def _fields(hook: queries.Hook) -> dict[str, Any]:
    return {
        "id": hook.public_id,
        "name": hook.name,
        "url": hook.url,
        "events": hook.events,
        "active": hook.active,
        "paused_reason": hook.paused_reason,
        "failures": hook.failures,
        "waiting": hook.waiting,
        "created_at": hook.created_at,
    }


def _local(request: Request[Any, Any, Any]) -> bool:
    settings: Settings = request.app.state.settings
    return settings.webhooks_local


def _written(request: Request[Any, Any, Any], content: Any, status: int) -> Response[Any]:
    return written(content, api_language(request, query_of(request)), status)


@get(
    "/webhooks",
    tags=["Webhooks"],
    summary="Your webhooks",
    operation_id="getWebhooks",
    operation_class=openapi.described(),
    responses=openapi.responses(WebhookList, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def all_webhooks(request: Request[Any, Any, Any]) -> Response[WebhookList]:
    """Every webhook of the key's organisation, paused ones too; secrets are never shown again."""
    _, membership = _holder(request)
    found = await queries.of(membership.organisation)
    return private(
        answer(request, WebhookList(tuple(map(_shown, found))), api_language(request, query_of(request)))
    )


@post(
    "/webhooks",
    status_code=201,
    tags=["Webhooks"],
    summary="Make a webhook",
    operation_id="postWebhook",
    operation_class=openapi.described(),
    responses=answers(WebhookMadeDocument, 201, 409),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def make(
    request: Request[Any, Any, Any], data: JSONBody[WebhookWanted]
) -> Response[WebhookMadeDocument]:
    """The answer holds the secret with which the receiver checks signatures: the only time that it is shown.

    Ten webhooks at most. The host name must lead to public addresses only.
    """
    caller, membership = _holder(request)
    hook, secret = await service.create(
        caller, membership, data.name, data.url, data.events, local=_local(request)
    )
    made = await queries.one(membership.organisation, hook)
    return _written(request, WebhookMadeDocument(WebhookMade(**_fields(made), secret=secret)), 201)


@get(
    "/webhooks/{hook:str}",
    tags=["Webhooks"],
    summary="One of your webhooks",
    operation_id="getWebhook",
    operation_class=openapi.described(_ID),
    responses=openapi.responses(WebhookDocument, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def one(request: Request[Any, Any, Any], hook: FromPath[str]) -> Response[WebhookDocument]:
    """A webhook of the key's organisation by its id."""
    _, membership = _holder(request)
    found = await queries.one(membership.organisation, hook)
    return private(answer(request, WebhookDocument(_shown(found)), api_language(request, query_of(request))))


@patch(
    "/webhooks/{hook:str}",
    tags=["Webhooks"],
    summary="Change, pause or resume a webhook",
    operation_id="patchWebhook",
    operation_class=openapi.described(_ID),
    responses=answers(WebhookDocument, 200, 404, 409),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def change(
    request: Request[Any, Any, Any], hook: FromPath[str], data: JSONBody[WebhookChange]
) -> Response[WebhookDocument]:
    """What is left out stays as it is. Safe to repeat."""
    caller, membership = _holder(request)
    found = await queries.one(membership.organisation, hook)
    if (data.name, data.url, data.events) != (None, None, None):
        await service.change(
            caller,
            membership,
            hook,
            found.name if data.name is None else data.name,
            found.url if data.url is None else data.url,
            found.events if data.events is None else data.events,
            version=found.version,
            local=_local(request),
        )
    if data.active is not None:
        await (service.resume if data.active else service.pause)(caller, membership, hook)
    now = await queries.one(membership.organisation, hook)
    return _written(request, WebhookDocument(_shown(now)), 200)


@delete(
    "/webhooks/{hook:str}",
    status_code=204,
    tags=["Webhooks"],
    summary="Remove a webhook",
    operation_id="deleteWebhook",
    operation_class=openapi.described(_ID),
    responses={
        204: ResponseSpec(None, generate_examples=False, description="It is removed."),
        **{code: spec for code, spec in answers(WebhookDocument, 200, 404).items() if code != 200},
    },
    security=openapi.BEARER,
    guards=[needs_key],
)
async def remove(request: Request[Any, Any, Any], hook: FromPath[str]) -> None:
    """Its secret, its address and its log are forgotten."""
    caller, membership = _holder(request)
    await service.remove(caller, membership, hook)


@post(
    "/webhooks/{hook:str}/secret",
    status_code=200,
    tags=["Webhooks"],
    summary="A new secret",
    operation_id="postWebhookSecret",
    operation_class=openapi.described(_ID),
    responses=answers(WebhookSecret, 200, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def new_secret(request: Request[Any, Any, Any], hook: FromPath[str]) -> Response[WebhookSecret]:
    """For 24 hours every request is signed with the new secret and with the one before."""
    caller, membership = _holder(request)
    return _written(request, WebhookSecret(await service.rotate(caller, membership, hook)), 200)


@post(
    "/webhooks/{hook:str}/ping",
    status_code=202,
    tags=["Webhooks"],
    summary="Send a trial",
    operation_id="postWebhookPing",
    operation_class=openapi.described(_ID),
    responses=answers(WebhookSent, 202, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def ping(request: Request[Any, Any, Any], hook: FromPath[str]) -> Response[WebhookSent]:
    """One try of the event `ping`, to a paused webhook too; five a minute at most."""
    caller, membership = _holder(request)
    return _written(request, WebhookSent(await service.ping(caller, membership, hook)), 202)


@get(
    "/webhooks/{hook:str}/deliveries",
    tags=["Webhooks"],
    summary="What was delivered",
    operation_id="getWebhookDeliveries",
    operation_class=openapi.described(
        _ID,
        openapi.choice("state", "Only those in this state.", [str(state) for state in DeliveryState]),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Deliveries on a page.", 50, 1, 200),
    ),
    responses=openapi.responses(WebhookDeliveryPage, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def deliveries(request: Request[Any, Any, Any], hook: FromPath[str]) -> Response[WebhookDeliveryPage]:
    """The log of a webhook: each event with how often it was tried and what your server said last."""
    _, membership = _holder(request)
    query = query_of(request)
    found = await queries.one(membership.organisation, hook)
    state = query.get("state", [""])[-1]
    if state and state not in tuple(DeliveryState):
        raise Invalid(
            fields={"state": Invalid(N_("Choose one of {values}."), values=", ".join(DeliveryState))}
        )
    page, per_page = asked(query, 50)
    lines, total = await queries.deliveries(found.id, state, per_page, (page - 1) * per_page)
    around = envelope(f"{_PATH}/{hook}/deliveries", query, page, per_page, total)
    content = WebhookDeliveryPage(data=tuple(map(_line, lines)), **around)
    return private(answer(request, content, api_language(request, query)))


def _line(line: queries.Delivery) -> WebhookDelivery:
    return WebhookDelivery(
        id=line.public_id,
        event=line.event,
        event_id=line.event_id,
        state=line.state,
        attempts=line.attempts,
        next_try_at=line.next_try_at if line.state == DeliveryState.QUEUED else None,
        last_status=line.last_status,
        last_error=line.last_error,
        last_answer=line.last_answer,
        duration_ms=line.duration_ms,
        created_at=line.created_at,
        delivered_at=line.delivered_at,
    )


@post(
    "/webhooks/{hook:str}/deliveries/{delivery:str}/redeliver",
    status_code=202,
    tags=["Webhooks"],
    summary="Send one again",
    operation_id="postWebhookRedeliver",
    operation_class=openapi.described(_ID, _DELIVERY),
    responses=answers(WebhookSent, 202, 404, 409),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def redeliver(
    request: Request[Any, Any, Any], hook: FromPath[str], delivery: FromPath[str]
) -> Response[WebhookSent]:
    """Under the same event id, signed anew. Refused (409) while it is on its way or the webhook is paused."""
    caller, membership = _holder(request)
    await service.redeliver(caller, membership, hook, delivery)
    return _written(request, WebhookSent(delivery), 202)


ROUTES: list[ControllerRouterHandler] = [
    all_webhooks,
    make,
    one,
    change,
    remove,
    new_secret,
    ping,
    deliveries,
    redeliver,
]
