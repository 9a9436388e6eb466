"""Forged requests are refused: every unsafe request shows a token that only our own pages can know.

The token is a MAC over the session (or over a visitor's random cookie), masked anew in every page so that
compression tells nothing about it. Litestar's own CSRF middleware is not used: it sets its cookie on every page
of every visitor, and its token outlives a change of session (docs/decisions/0006).
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from markupsafe import Markup

from kervan import vault
from kervan.errors import Forbidden, SignInNeeded
from kervan.trade.errors import N_
from kervan.web import again, cookies
from kervan.web.http import form_data

FIELD = "_token"
HEADER = "x-csrf-token"
VISITOR_SECONDS = 12 * 3600

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LENGTH = 16
_VISITOR = "visitor "


def _binding(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """What a token is bound to: the session, else the visitor's cookie; None for a visitor who has none yet."""
    bound: str | None = connection.scope["state"].get("csrf")
    if bound is not None:
        return bound
    value = cookies.read(connection.scope, cookies.VISITOR, cookies.secure_of(connection))
    # Never a text that could be read as a session: the cookie's value is the browser's own choice.
    return f"{_VISITOR}{value}" if value and len(value) <= 100 else None


def _mac(binding: str) -> bytes:
    return urlsafe_b64decode(vault.sign(binding, "csrf") + "==")[:_LENGTH]


def token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """A token for a form of this page. A visitor gets a cookie for it: see new_cookie()."""
    state = connection.scope["state"]
    binding = _binding(connection)
    if binding is None:
        state["csrf_cookie"] = value = secrets.token_urlsafe(18)
        binding = f"{_VISITOR}{value}"
    state["csrf"] = binding  # the page is for this reader only: web.templates.page
    mask = secrets.token_bytes(_LENGTH)
    masked = bytes(a ^ b for a, b in zip(mask, _mac(binding), strict=True))
    return urlsafe_b64encode(mask + masked).decode()


def field(connection: ASGIConnection[Any, Any, Any, Any]) -> Markup:
    """The hidden input that every form with method=post holds."""
    return Markup(f'<input type="hidden" name="{FIELD}" value="{token(connection)}">')


def new_cookie(connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie | None:
    """The cookie that a page needs because a token was written into it; None when there is none."""
    value = connection.scope["state"].get("csrf_cookie")
    if value is None:
        return None
    return cookies.written(cookies.VISITOR, value, cookies.secure_of(connection), VISITOR_SECONDS)


async def check(request: Request[Any, Any, Any]) -> None:
    """Raises Forbidden for an unsafe request that did not come from a page of ours; `before_request` of all pages.

    Routes with `opt={"csrf": False}` look after themselves (one-click unsubscribe: RFC 8058 sends no cookies).
    """
    if request.method in _SAFE or request.route_handler.opt.get("csrf") is False:
        return
    _check_origin(request)
    binding = _binding(request)
    fits = binding is not None and _fits(await _given(request, binding), binding)
    # Without a session a page that needs one refuses the form later: errors.handle asks for what was typed.
    if (not fits or "csrf" not in request.scope["state"]) and HEADER not in request.headers:
        await again.keep(request, FIELD)
    if not fits:
        raise again.TooLate(again.TOO_OLD if again.kept(request) is None else again.OVER)


async def _given(request: Request[Any, Any, Any], binding: str) -> str:
    given = request.headers.get(HEADER)
    if given is not None:
        return given
    # Forms with files are for people who are signed in: of a visitor's fifty megabytes nothing is read.
    if binding.startswith(_VISITOR) and request.content_type[0] == RequestEncodingType.MULTI_PART:
        return ""
    value = (await form_data(request)).get(FIELD)
    return value if isinstance(value, str) else ""


async def check_api(request: Request[Any, Any, Any]) -> None:
    """The same for the API: a key in the header cannot be forged by another site, a session's cookie can."""
    if request.method in _SAFE:
        return
    # A browser may send an Authorization of its own (https://name:word@...): where a session was found, it counts.
    if request.headers.get("authorization") and "csrf" not in request.scope["state"]:
        return
    _check_origin(request)
    binding = _binding(request)
    if binding is None or not _fits(request.headers.get(HEADER, ""), binding):
        raise SignInNeeded(N_("Send an API key as Authorization: Bearer ... ."))


def _fits(given: str, binding: str) -> bool:
    try:
        raw = urlsafe_b64decode(given.encode("ascii", "replace"))
    except (Error, ValueError):
        return False
    if len(raw) != 2 * _LENGTH:
        return False
    return secrets.compare_digest(
        bytes(a ^ b for a, b in zip(raw[:_LENGTH], raw[_LENGTH:], strict=True)), _mac(binding)
    )


def _check_origin(request: Request[Any, Any, Any]) -> None:
    """What browsers say themselves about where a request comes from; older ones say nothing."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = (
        origin is not None and origin != "null" and urlsplit(origin).netloc != request.headers.get("host")
    )
    if site not in ("same-origin", "none") or (foreign and not _public(request, origin or "")):
        raise Forbidden(N_("This request came from another site and was not carried out."))


def _public(request: Request[Any, Any, Any], origin: str) -> bool:
    public: str = request.app.state.settings.public_url
    return urlsplit(public).netloc == urlsplit(origin).netloc
