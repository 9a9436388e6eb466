"""Atom feeds (RFC 4287), and how all feeds answer."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from litestar import Request, Response

from kervan.web.http import conditional

MEDIA_TYPE = "application/atom+xml"
SECONDS = 300
"""For how long anybody may keep a public feed."""

# What XML 1.0 cannot hold, not even escaped.
_UNFIT = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `id` is the same in every language of the pages and whatever the title becomes."""

    id: str
    title: str
    language: str
    """Of the title."""
    href: str
    published: datetime
    updated: datetime
    summary: str
    category: str = ""


def document(*, site: str, language: str, title: str, page: str, own: str, entries: Sequence[Entry]) -> str:
    """The feed as XML. `page` and `own` are the addresses of what it shows for people and of itself."""
    # Of a feed without entries: any day in the past will do, so long as it stays the same.
    updated = max((entry.updated for entry in entries), default=datetime(2026, 1, 1, tzinfo=UTC))
    return "".join(
        (
            '<?xml version="1.0" encoding="utf-8"?>\n',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">\n',
            f"<id>{_text(page)}</id>\n",
            f"<title>{_text(title)}</title>\n",
            f"<updated>{_time(updated)}</updated>\n",
            f'<link rel="self" type="{MEDIA_TYPE}" href={_value(own)}/>\n',
            f'<link rel="alternate" type="text/html" href={_value(page)}/>\n',
            f"<author><name>Kervan</name><uri>{_text(site)}</uri></author>\n",
            *(_entry(entry) for entry in entries),
            "</feed>\n",
        )
    )


def _entry(entry: Entry) -> str:
    return "".join(
        (
            "<entry>\n",
            f"<id>{_text(entry.id)}</id>\n",
            f"<title xml:lang={_value(entry.language)}>{_text(entry.title)}</title>\n",
            f'<link rel="alternate" type="text/html" href={_value(entry.href)}/>\n',
            f"<published>{_time(entry.published)}</published>\n",
            f"<updated>{_time(entry.updated)}</updated>\n",
            f"<category term={_value(entry.category)}/>\n" if entry.category else "",
            f"<summary>{_text(entry.summary)}</summary>\n",
            "</entry>\n",
        )
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(text: str) -> str:
    return escape(_UNFIT.sub("\ufffd", text))


def _value(text: str) -> str:
    return quoteattr(_UNFIT.sub("\ufffd", text))


def answer(
    request: Request[Any, Any, Any],
    body: bytes,
    media_type: str,
    language: str,
    *,
    cache: str = f"public, max-age={SECONDS}",
    changed: datetime | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """A feed with an entity tag; 304 for a reader that has it already."""
    plain = media_type.partition(";")[0]
    return conditional(
        request,
        body,
        # Litestar writes the charset of text/... itself.
        plain if plain.startswith("text/") else f"{plain}; charset=utf-8",
        language=language,
        cache=cache,
        changed=changed,
        headers={"X-Robots-Tag": "noindex", **(headers or {})},
    )
