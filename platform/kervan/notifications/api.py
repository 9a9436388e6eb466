"""Notifications for programs: list them, and mark them as read."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.errors import Forbidden, Invalid
from kervan.notifications import queries, service, texts
from kervan.notifications.structs import (
    Notification,
    NotificationPage,
    NotificationsMarked,
    NotificationsRead,
)
from kervan.organisations.roles import VIEW
from kervan.settings import Settings
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of, whole_number
from kervan.web.paging import links, refuse_blank_numbers
from kervan.web.programs import answers, private, written

_PATH = "/api/v1/notifications"
_MOST_IDS = 200


def needs_caller(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: SignInNeeded for who has neither an API key nor a session, Forbidden for a key that may not read."""
    caller = signed_in(connection)
    if caller.key is not None and not caller.may(VIEW):
        raise Forbidden(N_("This key was not made for reading."))


@get(
    "/notifications",
    tags=["Account"],
    summary="Your notifications",
    operation_id="getNotifications",
    operation_class=openapi.described(
        openapi.choice("show", "Only those that are not read.", ["unread"]),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Notifications on a page.", 25, 1, 100),
    ),
    responses=openapi.responses(NotificationPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_caller],
)
async def all_notifications(request: Request[Any, Any, Any]) -> Response[NotificationPage]:
    """Newest first. A key sees what its maker is told about the key's organisation, and nothing else."""
    reader = queries.reader_of(signed_in(request))
    query = query_of(request)
    refuse_blank_numbers(query)
    language = api_language(request, query)
    shown = query.get("show", [""])[-1]
    if shown not in ("", "unread"):
        raise Invalid(fields={"show": Invalid(N_("Choose one of {values}."), values="unread")})
    page = whole_number(query, "page", 1, 1, 100_000)
    per_page = whole_number(query, "per_page", 25, 1, 100)
    unread_only = shown == "unread"
    total = await queries.count(reader, unread_only=unread_only)
    found = await queries.listed(
        reader, unread_only=unread_only, limit=per_page, offset=(page - 1) * per_page
    )
    pages = max(1, -(-total // per_page))
    settings: Settings = request.app.state.settings
    site = f"{settings.public_url}/{language}"
    content = NotificationPage(
        data=tuple(_shown(language, site, told) for told in found),
        unread=await queries.unread(reader),
        total=total,
        page=page,
        pages=pages,
        per_page=per_page,
        links=links(_PATH, query, page, pages),
    )
    return private(answer(request, content, language))


def _shown(language: str, site: str, told: queries.Told) -> Notification:
    return Notification(
        id=told.public_id,
        kind=told.kind,
        text=texts.sentence(language, told.kind, told.data),
        data=told.data,
        url=site if told.path == "/" else site + told.path,
        organisation=told.organisation,
        created_at=told.created_at,
        read_at=told.read_at,
    )


@post(
    "/notifications/read",
    status_code=200,
    tags=["Account"],
    summary="Mark notifications as read",
    operation_id="postNotificationsRead",
    operation_class=openapi.described(),
    responses=answers(NotificationsMarked),
    security=openapi.BEARER,
    guards=[needs_caller],
)
async def mark_read(
    request: Request[Any, Any, Any], data: JSONBody[NotificationsRead]
) -> Response[NotificationsMarked]:
    """Either `ids` or `all`. Ids that are read already, or are not yours, are passed over: safe to repeat."""
    reader = queries.reader_of(signed_in(request))
    if (data.ids is None) == (not data.all):
        raise Invalid(fields={"ids": N_("Send either ids or all.")})
    if data.ids is not None and len(data.ids) > _MOST_IDS:
        raise Invalid(fields={"ids": Invalid(N_("At most {n} at once."), n=_MOST_IDS)})
    marked = await service.mark_read(reader, data.ids)
    content = NotificationsMarked(marked=marked, unread=await queries.unread(reader))
    return written(content, api_language(request, query_of(request)))


ROUTES: list[ControllerRouterHandler] = [all_notifications, mark_read]
