"""Reading queries and writing JSON answers: one parse in, one encode out, entity tags."""

import ipaddress
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.types import Empty
from litestar.utils.scope.state import ScopeState

from kervan.errors import Invalid, NotFound
from kervan.trade.errors import N_
from kervan.web import bodies, i18n

T = TypeVar("T")

JSON = "application/json"
NOT_KEPT: Mapping[str, str] = {"Cache-Control": "private, no-store"}
"""Of what a page asks for behind the sign-in: neither a browser nor anything between keeps it."""
_MOST_PARAMETERS = 200
_encoder = msgspec.json.Encoder(decimal_format="string")


def query_of(connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, list[str]]:
    """The parameters of the query with all their values, decoded; NUL and bytes that are no UTF-8 become U+FFFD.

    Raises Invalid above 200 parameters.
    """
    text = connection.scope["query_string"]
    if not text:
        return {}
    try:
        pairs = parse_qsl(
            text.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as error:
        raise Invalid(N_("This address has too many parameters.")) from error
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        # PostgreSQL fails on NUL.
        found.setdefault(name, []).append(value.replace("\x00", "\ufffd"))
    return found


async def form_data(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The fields and files of a form. Raises Invalid when the body cannot be read as one (web.bodies)."""
    # Where Litestar looks for a form that was parsed already, and for files to close after the answer.
    state = ScopeState.from_scope(request.scope)
    if state.form is Empty:
        state.form = await bodies.fields(request)
    return await request.form()


def api_language(connection: ASGIConnection[Any, Any, Any, Any], query: dict[str, list[str]]) -> str:
    """The language of an API answer: `lang` of the query, else Accept-Language. Invalid for one we do not have."""
    asked = query.get("lang")
    if asked is None:
        return i18n.preferred(connection.headers.get("accept-language", ""))
    if asked[-1] not in i18n.BY_CODE:
        raise Invalid(fields={"lang": Invalid(N_("Choose one of {values}."), values=", ".join(i18n.BY_CODE))})
    return asked[-1]


def whole_number(query: dict[str, list[str]], name: str, default: int, low: int, high: int) -> int:
    """The whole number of a parameter. Invalid when it is none or outside low..high."""
    text = query.get(name, [str(default)])[-1]
    if text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high:
        return int(text)
    raise Invalid(
        fields={name: Invalid(N_("Enter a whole number from {low} to {high}."), low=low, high=high)}
    )


def one_of(query: dict[str, list[str]], name: str, known: Collection[str], default: str = "") -> str:
    """The value of a parameter that is one of a few; the default when it is not given. Raises Invalid."""
    if name not in query:
        return default
    value = query[name][-1]
    if value not in known:
        raise Invalid(fields={name: Invalid(N_("Choose one of {values}."), values=", ".join(known))})
    return value


def is_local(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the request comes from this very machine.

    Behind a proxy every peer is the proxy, often on loopback: a forwarded request is never a local one.
    """
    if "x-forwarded-for" in connection.headers or "forwarded" in connection.headers:
        return False
    peer = connection.scope.get("client")
    try:
        return peer is not None and ipaddress.ip_address(peer[0]).is_loopback
    except ValueError:
        return False


def row_id(number: int) -> int:
    """The number of a path as the id of a row. Raises NotFound for one that no row can have."""
    if not 0 < number < 2**63:
        raise NotFound()
    return number


def answer(request: Request[Any, Any, Any], content: T, language: str, max_age: int = 0) -> Response[T]:
    """The content as JSON with a weak entity tag; 304 without a body when the caller has it already."""
    body = _encoder.encode(content)
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache",
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    known = request.headers.get("if-none-match")
    status = 304 if known is not None and _knows(known, tag) else 200
    return cast(
        "Response[T]",
        Response(b"" if status == 304 else body, status_code=status, media_type=JSON, headers=headers),
    )


def conditional(
    request: Request[Any, Any, Any],
    body: bytes,
    media_type: str,
    *,
    language: str,
    cache: str,
    changed: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """The bytes with an entity tag; 304 without them when the reader has them already. `cache` is Cache-Control."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    found = {"ETag": tag, "Content-Language": language, "Cache-Control": cache, **(headers or {})}
    if changed is not None:
        found["Last-Modified"] = format_datetime(changed.astimezone(UTC).replace(microsecond=0), usegmt=True)
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Response(b"", status_code=304, media_type=media_type, headers=found)
    return Response(body, media_type=media_type, headers=found)


def _knows(header: str, tag: str) -> bool:
    """Whether If-None-Match names the tag, by weak comparison (RFC 9110, 13.1.2)."""
    strong = tag.removeprefix("W/")
    return header.strip() == "*" or any(
        part.strip().removeprefix("W/") == strong for part in header.split(",")
    )


def with_query(path: str, query: dict[str, list[str]], **changes: object) -> str:
    """The path with the query, some parameters replaced: for the links to other pages of an answer."""
    changed = {name: values for name, values in query.items() if name not in changes}
    changed |= {name: [str(value)] for name, value in changes.items()}
    return f"{path}?{urlencode(changed, doseq=True)}" if changed else path
