"""The address from which calendar programs read a person's agenda."""

from hashlib import sha256
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.calendars import ics
from kervan.errors import NotFound
from kervan.meetings import feed


@get("/agenda/{token:str}", include_in_schema=False)
async def calendar(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[bytes]:
    """The calendar under its unguessable name; programs that have it already get 304."""
    name, _, ending = token.rpartition(".")
    if ending != "ics" or not 20 <= len(name) <= 32:
        raise NotFound()
    content, language = await feed.opened(name)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": tag,
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
        "Content-Language": language,
        "Content-Disposition": 'inline; filename="kervan.ics"',
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, media_type=ics.MEDIA_TYPE, headers=headers)
    return Response(content, media_type=ics.MEDIA_TYPE, headers=headers)


ANYWHERE: list[ControllerRouterHandler] = [calendar]
"""Mounted without a language in front."""
