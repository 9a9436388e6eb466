"""What happens to every request whatever answers it: an id, a log line, metrics, and headers that protect the reader.

These wrap the whole application, unknown addresses included: Litestar's own middleware sees only known routes.
"""

from time import perf_counter
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kervan.settings import Settings
from kervan.web import metrics
from kervan.web.logging import MAILED_TOKEN, request_id, without_tokens

log = structlog.get_logger("kervan.access")

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
}
_PRODUCTION_HEADERS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}

# Asked every few seconds by machines: their lines would bury the others.
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


class Observe(ASGIMiddleware):
    """Gives each request its id, answers HEAD by what GET would say, counts and logs the outcome."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        started = perf_counter()
        id = request_id(_header(scope, b"x-request-id"))
        scope["state"]["request_id"] = id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=id)
        method, path = _method(scope), printable(scope["path"])
        scope["path"] = path
        id_header = (b"x-request-id", id.encode())
        head = method == "HEAD"
        if head:
            scope["method"] = "GET"  # type: ignore[typeddict-unknown-key]  # other scopes have none
        status = 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], id_header]
            elif head and message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                message["body"] = b""
            await send(message)

        try:
            await next_app(scope, receive, observed)
        except Exception:
            log.exception("answer broken off", method=method, path=without_tokens(path))
            raise
        finally:
            seconds = perf_counter() - started
            metrics.count(method, scope.get("path_template") or "none", status, seconds)
            if path not in _QUIET:
                log.info(
                    "request",
                    method=method,
                    path=without_tokens(path),
                    status=status,
                    ms=round(seconds * 1000, 2),
                )


class Secure(ASGIMiddleware):
    """Adds the headers that keep foreign scripts, frames and sniffing away; HSTS in production only.

    An answer that has one of them already keeps its own (a mail that is shown, with its own styles); of two browsers
    would take the last. A page behind a mailed link tells nobody its address, not even this site.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        headers = _HEADERS | (_PRODUCTION_HEADERS if settings.production else {})
        headers |= {"content-security-policy": CONTENT_POLICY}
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        headers |= {"referrer-policy": "no-referrer"}
        self.mailed = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = self.mailed if MAILED_TOKEN.search(scope["path"]) else self.headers

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                own = {name for name, _ in given}
                message["headers"] = [*given, *[header for header in headers if header[0] not in own]]
            await send(message)

        await next_app(scope, receive, secured)


def printable(path: str) -> str:
    """The path with U+FFFD for each NUL, control sign and lone surrogate, which PostgreSQL would fail on."""
    return path if path.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in path)


def _method(scope: Any) -> str:
    return str(scope["method"])


def _header(scope: Any, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""
