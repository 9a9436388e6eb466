"""What was typed into a form that came too late: kept for the page that says so, from which it can be sent again.

That page's button is pressed by the reader and carries a new token, so nothing is carried out that nobody wanted.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.enums import RequestEncodingType

from kervan.errors import Forbidden
from kervan.trade.errors import N_
from kervan.web import i18n
from kervan.web.http import form_data

MOST_BYTES = 50_000
_SECRET = frozenset({"password", "old", "code", "offer"})
"""Fields that are never sent back: passwords, and what belongs to a second factor."""

_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)
"""A form that takes files and got none is a form of texts."""

OVER = N_("Your session has ended, or this form lay open for too long. Nothing was saved.")
TOO_OLD = N_("This form is too old, or cookies are switched off. Load the page again and send it anew.")


class TooLate(Forbidden):
    """A form without a session or with a token that is over."""

    title = N_("This form came too late")


async def keep(request: Request[Any, Any, Any], token_field: str) -> None:
    """Notes the fields of a form of ours for kept(): only texts, at most 50 KB of them, and none that is secret.

    Called when another site was ruled out as far as the browser tells; one that tells nothing is not trusted.
    """
    headers = request.headers
    ours = headers.get("sec-fetch-site") == "same-origin" or headers.get("origin", "null") != "null"
    size = headers.get("content-length", "")
    small = size.isascii() and size.isdigit() and int(size) <= MOST_BYTES
    if not ours or not small or request.content_type[0] not in _FORMS:
        return
    fields = [
        (name, value) for name, value in (await form_data(request)).multi_items() if name != token_field
    ]
    if fields and not any(name in _SECRET or not isinstance(value, str) for name, value in fields):
        request.scope["state"]["typed"] = fields


def kept(request: Request[Any, Any, Any]) -> Sequence[tuple[str, str]] | None:
    """Names and values in their order; None when there is nothing that may be shown again."""
    found: Sequence[tuple[str, str]] | None = request.scope["state"].get("typed")
    return found


def came_from(request: Request[Any, Any, Any]) -> str | None:
    """The path, without language, of the page of ours that held the form; None when it is not known."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return None
    return i18n.split_path(parts.path)[1][:500]
