"""The bell's pages: all notifications, the newest for the header, the way on from one, and the live stream."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.account_pages import frame
from kervan.accounts.callers import signed_in
from kervan.errors import NotFound, TooMany
from kervan.notifications import queries, service, show
from kervan.notifications.bells import Bells
from kervan.notifications.stream import events
from kervan.trade.errors import N_
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import HTML, Page, address, back, page

_PER_PAGE = 25
_IN_HEADER = 5
_EVENTS = "text/event-stream"
_STREAMING = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
"""Neither kept nor held back by a proxy."""

_TOO_MANY = N_("Your bell is open in too many windows. Close some of them.")


@get("/notifications")
async def notifications(request: Request[Any, Any, Any]) -> Page:
    """All of the reader's, newest first; `show=unread` leaves out what is read."""
    caller = signed_in(request)
    query, language = query_of(request), language_of(request)
    unread_only = query.get("show", [""])[-1] == "unread"
    reader = queries.reader_of(caller)
    total = await queries.count(reader, unread_only=unread_only)
    pages = max(1, -(-total // _PER_PAGE))
    number = min(whole_number(query, "page", 1, 1, 100_000), pages)
    found = await queries.listed(
        reader, unread_only=unread_only, limit=_PER_PAGE, offset=(number - 1) * _PER_PAGE
    )
    shown = "unread" if unread_only else None
    return page(
        request,
        "notifications/notifications.html",
        lines=[show.line(language, told, markup=True) for told in found],
        unread_only=unread_only,
        total=total,
        number=number,
        pages=pages,
        page_address=lambda page: address(
            language, "/notifications", show=shown, page=page if page > 1 else None
        ),
        many_firms=len(caller.memberships) > 1,
        **frame(request, caller, "/notifications"),
    )


@get("/notifications/latest")
async def latest(request: Request[Any, Any, Any]) -> Page:
    """The newest five, as a piece of a page: what the bell in the header opens."""
    caller = signed_in(request)
    found = await queries.listed(queries.reader_of(caller), limit=_IN_HEADER)
    language = language_of(request)
    return page(
        request,
        "notifications/_latest.html",
        lines=[show.line(language, told, markup=True) for told in found],
        many_firms=len(caller.memberships) > 1,
    )


@get("/notifications/stream", sync_to_thread=False)
def stream(request: Request[Any, Any, Any]) -> Response[Any]:
    """Server-sent events with the count, for what asks for them; anybody else is led to the page.

    Raises TooMany when the person has five streams open already.
    """
    caller = signed_in(request)
    language = language_of(request)
    if _EVENTS not in request.headers.get("accept", ""):
        return back(request, "/notifications")
    bells: Bells = request.app.state.bells
    if bells.full(caller.person):
        raise TooMany(_TOO_MANY, retry_after=60)
    return Stream(events(bells, caller, language), media_type=_EVENTS, headers=_STREAMING)


@post("/notifications/read", status_code=200)
async def read_all(request: Request[Any, Any, Any]) -> Page:
    """Marks all of them as read."""
    caller = signed_in(request)
    await service.mark_read(queries.reader_of(caller))
    return back(request, "/notifications", said="all-read")


@get("/notifications/{notification:str}")
async def notification(request: Request[Any, Any, Any], notification: FromPath[str]) -> Response[bytes]:
    """Marks one as read and leads to what it is about. NotFound for those of others."""
    reader = queries.reader_of(signed_in(request))
    found = await queries.one(reader, notification)
    if found is None:
        raise NotFound()
    # A browser that only looks ahead has not read it.
    if found.read_at is None and "prefetch" not in request.headers.get("sec-purpose", ""):
        await service.mark_read(reader, [found.public_id])
    to = f"/{language_of(request)}{found.path if found.path != '/' else ''}"
    headers = {"Location": to, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, media_type=HTML, headers=headers)


ROUTES: list[ControllerRouterHandler] = [notifications, latest, stream, read_all, notification]
