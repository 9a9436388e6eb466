"""The cookies of the house: their names, and how they are set and taken away."""

from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

SESSION = "session"
VISITOR = "visitor"


def name(which: str, secure: bool) -> str:
    """The cookie's own name. `__Host-` (over https) keeps other hosts of the domain from setting it (RFC 6265bis)."""
    return f"__Host-kervan-{which}" if secure else f"kervan-{which}"


def read(scope: Mapping[str, Any], which: str, secure: bool) -> str | None:
    """The value of a cookie of ours; None when it is not there. Of two with one name neither counts."""
    wanted = name(which, secure).encode()
    found: list[bytes] = []
    for key, value in scope["headers"]:
        if key == b"cookie" and wanted in value:
            for part in value.split(b";"):
                cookie, _, content = part.strip().partition(b"=")
                if cookie == wanted:
                    found.append(content)
    return found[0].decode("latin-1") if len(found) == 1 else None


def written(which: str, value: str, secure: bool, max_age: int) -> Cookie:
    """The cookie to set: HttpOnly, SameSite=Lax, whole site, Secure over https; an age of 0 takes it away."""
    return Cookie(
        key=name(which, secure),
        value=value,
        path="/",
        max_age=max_age,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def secure_of(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether this site's cookies are Secure: whenever its public address is https, so always in production."""
    secure: bool = connection.app.state.settings.secure_cookies
    return secure
