"""Alerts for programs: list, make, change and end those of whom the key belongs to, and read their ledger."""

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, caller_of
from kervan.alerts import queries, service
from kervan.alerts.api_structs import (
    Alert,
    AlertChange,
    AlertConditions,
    AlertDelivery,
    AlertDeliveryPage,
    AlertDocument,
    AlertList,
    AlertWanted,
)
from kervan.alerts.conditions import Conditions
from kervan.alerts.pages import feed_path
from kervan.alerts.structs import AlertShown, Wish
from kervan.errors import Forbidden, Invalid, NotFound, SignInNeeded
from kervan.organisations.roles import ORDERS, VIEW
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of, whole_number
from kervan.web.paging import links
from kervan.web.programs import answers, private, written
from kervan.web.templates import address

_PATH = "/api/v1/alerts"
_ID = openapi.in_path("alert", "The alert's id.", "a4k7m2p9q3rs", "^[a-z0-9]{12}$")
_WHERE = "API"


def reads(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: SignInNeeded without an API key, Forbidden for one that may not read, or that is not an exporter's."""
    _holder(connection, VIEW)


def writes(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: as reads, and Forbidden for a key that may not answer orders and inquiries."""
    _holder(connection, ORDERS)


def _holder(connection: ASGIConnection[Any, Any, Any, Any], right: str) -> tuple[Caller, Membership]:
    caller = caller_of(connection)
    if caller is None or caller.key is None:
        raise SignInNeeded(N_("Send an API key as Authorization: Bearer ... ."))
    for membership in caller.may(right):
        if membership.kind in service.KINDS:
            return caller, membership
    raise Forbidden(N_("This key was not made for alerts."))


def _shown(request: Request[Any, Any, Any], alert: AlertShown) -> Alert:
    site: str = request.app.state.settings.public_url
    language = api_language(request, query_of(request))
    return Alert(
        id=alert.public_id,
        name=alert.name,
        conditions=msgspec.convert(msgspec.to_builtins(alert.conditions), AlertConditions),
        frequency=alert.frequency,
        channels=alert.channels,
        version=alert.version,
        matches=alert.matches,
        waiting=alert.waiting,
        last_told=alert.last_told,
        feed=f"{site}{address(language, feed_path(alert.feed_token))}",
        created_at=alert.created_at,
        ended_at=alert.ended_at,
    )


def _conditions(given: AlertConditions) -> Conditions:
    return Conditions(**msgspec.structs.asdict(given))


def _by_field(error: Invalid) -> Invalid:
    """The refusal with the fields as the API calls them."""
    names = set(AlertConditions.__struct_fields__)
    renamed = {"agree": "consent"} | {name: f"conditions.{name}" for name in names}
    return Invalid(fields={renamed.get(name, name): why for name, why in error.fields.items()})


def _written(request: Request[Any, Any, Any], content: Any, status: int) -> Response[Any]:
    return written(content, api_language(request, query_of(request)), status)


@get(
    "/alerts",
    tags=["Requests"],
    summary="Your alerts",
    operation_id="getAlerts",
    operation_class=openapi.described(),
    responses=openapi.responses(AlertList, None, 401, 403),
    security=openapi.BEARER,
    guards=[reads],
)
async def all_alerts(request: Request[Any, Any, Any]) -> Response[AlertList]:
    """Alerts of the person who made the key, for the key's organisation."""
    caller, _ = _holder(request, VIEW)
    found = await queries.own(caller)
    content = AlertList(tuple(_shown(request, alert) for alert in found))
    return private(answer(request, content, api_language(request, query_of(request))))


@post(
    "/alerts",
    status_code=201,
    tags=["Requests"],
    summary="Make an alert",
    operation_id="postAlert",
    operation_class=openapi.described(),
    responses=answers(AlertDocument, 201, 409),
    security=openapi.BEARER,
    guards=[writes],
)
async def make(request: Request[Any, Any, Any], data: JSONBody[AlertWanted]) -> Response[AlertDocument]:
    """It hears of what is published from now on. Fifty alerts at most."""
    caller, membership = _holder(request, ORDERS)
    wish = Wish(
        name=data.name,
        conditions=_conditions(data.conditions),
        frequency=data.frequency,
        channels=data.channels,
    )
    try:
        made = await service.create(
            caller,
            membership,
            wish,
            language=api_language(request, query_of(request)),
            agreed=data.consent,
            where=_WHERE,
        )
    except Invalid as error:
        raise _by_field(error) from error
    return _written(request, AlertDocument(_shown(request, await queries.one(caller, made))), 201)


@get(
    "/alerts/{alert:str}",
    tags=["Requests"],
    summary="One of your alerts",
    operation_id="getAlert",
    operation_class=openapi.described(_ID),
    responses=openapi.responses(AlertDocument, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[reads],
)
async def one(request: Request[Any, Any, Any], alert: FromPath[str]) -> Response[AlertDocument]:
    """An alert by its id, also one that has ended."""
    caller, _ = _holder(request, VIEW)
    content = AlertDocument(_shown(request, await queries.one(caller, alert)))
    return private(answer(request, content, api_language(request, query_of(request))))


@patch(
    "/alerts/{alert:str}",
    tags=["Requests"],
    summary="Change an alert",
    operation_id="patchAlert",
    operation_class=openapi.described(_ID),
    responses=answers(AlertDocument, 200, 404, 409),
    security=openapi.BEARER,
    guards=[writes],
)
async def change(
    request: Request[Any, Any, Any], alert: FromPath[str], data: JSONBody[AlertChange]
) -> Response[AlertDocument]:
    """What is left out stays as it is; conditions are replaced as a whole. It holds for what comes from now on."""
    caller, _ = _holder(request, ORDERS)
    found = await queries.one(caller, alert)
    if found.ended_at is not None:
        raise NotFound()
    wish = Wish(
        name=found.name if data.name is None else data.name,
        conditions=found.conditions if data.conditions is None else _conditions(data.conditions),
        frequency=found.frequency if data.frequency is None else data.frequency,
        channels=found.channels if data.channels is None else data.channels,
    )
    try:
        await service.change(
            caller,
            alert,
            wish,
            version=found.version if data.version is None else data.version,
            language=api_language(request, query_of(request)),
            agreed=data.consent,
            where=_WHERE,
        )
    except Invalid as error:
        raise _by_field(error) from error
    return _written(request, AlertDocument(_shown(request, await queries.one(caller, alert))), 200)


@delete(
    "/alerts/{alert:str}",
    status_code=204,
    tags=["Requests"],
    summary="End an alert",
    operation_id="deleteAlert",
    operation_class=openapi.described(
        _ID, openapi.choice("reason", "Why; NOT_WANTED unless given.", list(service.REASONS))
    ),
    responses={
        204: ResponseSpec(None, generate_examples=False, description="It has ended."),
        **{code: spec for code, spec in answers(AlertDocument, 200, 404).items() if code != 200},
    },
    security=openapi.BEARER,
    guards=[writes],
)
async def end(request: Request[Any, Any, Any], alert: FromPath[str]) -> None:
    """What it found stays in its ledger; what was not told yet is not told any more."""
    caller, _ = _holder(request, ORDERS)
    await service.end(caller, alert, query_of(request).get("reason", ["NOT_WANTED"])[-1])


@get(
    "/alerts/{alert:str}/deliveries",
    tags=["Requests"],
    summary="What an alert found",
    operation_id="getAlertDeliveries",
    operation_class=openapi.described(
        _ID,
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Rows on a page.", 50, 1, 200),
    ),
    responses=openapi.responses(AlertDeliveryPage, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[reads],
)
async def deliveries(request: Request[Any, Any, Any], alert: FromPath[str]) -> Response[AlertDeliveryPage]:
    """Its rows in the ledger: one for each edition of each request that it fitted, and what became of it."""
    caller, _ = _holder(request, VIEW)
    query = query_of(request)
    found = await queries.one(caller, alert)
    page = whole_number(query, "page", 1, 1, 100_000)
    per_page = whole_number(query, "per_page", 50, 1, 200)
    lines = await queries.deliveries(found.id, per_page, (page - 1) * per_page)
    pages = max(1, -(-found.matches // per_page))
    content = AlertDeliveryPage(
        data=tuple(
            AlertDelivery(
                request=line.request,
                title=line.title,
                country=line.country,
                edition=line.edition,
                state=line.state,
                mailed=line.mailed,
                created_at=line.created_at,
                told_at=line.told_at,
            )
            for line in lines
        ),
        total=found.matches,
        page=page,
        pages=pages,
        per_page=per_page,
        links=links(f"{_PATH}/{alert}/deliveries", query, page, pages),
    )
    return private(answer(request, content, api_language(request, query)))


ROUTES: list[ControllerRouterHandler] = [all_alerts, make, one, change, end, deliveries]
