"""Finds out who asks, before a handler runs: the session of the cookie, or the API key of the header."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kervan.accounts import sessions
from kervan.organisations import keys
from kervan.web import cookies

# The stream of the bell, which an open page asks for again and again: it keeps no session from falling idle.
_BY_ITSELF = "/notifications/stream"


class Visitors(ASGIMiddleware):
    """Puts the caller into the request's state as `who` (`half` while the second factor is owed).

    A request without cookie or key costs nothing here. A cookie whose session is over is taken away; one whose
    person got other rights is exchanged for a new one.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, secure: bool) -> None:
        self.secure = secure

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        token = cookies.read(scope, cookies.SESSION, self.secure)
        if token is None:
            bearer = _bearer(scope) if scope["path"].startswith("/api/") else None
            if bearer is not None:
                scope["state"]["who"] = await keys.find(bearer)
            await next_app(scope, receive, send)
            return
        state = scope["state"]
        found = await sessions.find(token, touch=not scope["path"].endswith(_BY_ITSELF))
        cookie: Cookie | None = None
        if found is None:
            cookie = cookies.written(cookies.SESSION, "", self.secure, 0)
        else:
            state["who" if found.whole else "half"] = found.caller
            # The row, not the token: a form that was open when the token was exchanged still works.
            state["csrf"] = f"session {found.caller.session_id}"
            if found.turn_due and (new := await sessions.exchange(found.caller)) is not None:
                cookie = session_cookie(new, self.secure)
        if cookie is None:
            await next_app(scope, receive, send)
            return
        extra = (b"set-cookie", cookie.to_header(header="").encode())

        async def sending(message: Message) -> None:
            # A handler that set the cookie itself (sign-in, sign-out) knows better.
            if message["type"] == "http.response.start" and not _sets_session(message, self.secure):
                kept = [(key, value) for key, value in message["headers"] if key != b"cache-control"]
                # A shared cache must not hand this cookie to anybody else.
                message["headers"] = [*kept, extra, (b"cache-control", b"private, no-store")]
            await send(message)

        await next_app(scope, receive, sending)


def session_cookie(token: str, secure: bool) -> Cookie:
    """The cookie that carries a session's token."""
    return cookies.written(cookies.SESSION, token, secure, int(sessions.ABSOLUTE.total_seconds()))


def session_cookie_of(connection: ASGIConnection[Any, Any, Any, Any], token: str) -> Cookie:
    """The same for the answer to a request."""
    return session_cookie(token, cookies.secure_of(connection))


def no_session_cookie_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Cookie:
    """The cookie that takes the session away from the browser."""
    return cookies.written(cookies.SESSION, "", cookies.secure_of(connection), 0)


def _bearer(scope: Scope) -> str | None:
    for key, value in scope["headers"]:
        if key == b"authorization":
            kind, _, rest = value.decode("latin-1").partition(" ")
            return rest.strip() if kind.casefold() == "bearer" else None
    return None


def _sets_session(message: Any, secure: bool) -> bool:
    begins = f"{cookies.name(cookies.SESSION, secure)}=".encode()
    headers: list[tuple[bytes, bytes]] = message["headers"]
    return any(key == b"set-cookie" and value.startswith(begins) for key, value in headers)
