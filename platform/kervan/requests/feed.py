"""Any search of the board as an Atom feed (RFC 4287): the newest first, nothing but the public part."""

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from litestar import Request, Response

from kervan.accounts.callers import caller_of
from kervan.discovery import requests
from kervan.discovery.structs import Request as Search
from kervan.requests import board
from kervan.requests.structs import RequestCard
from kervan.trade.countries import country_name
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import translate
from kervan.web.templates import address

MOST_ENTRIES = 50
MEDIA_TYPE = "application/atom+xml"
_SECONDS = 300
_TITLE = N_("Requests on Kervan")
_TITLE_OF_SEARCH = N_("Requests on Kervan: {choices}")
_FACTS = N_("{country} · answers until {date}")
_FACTS_WITH_QUANTITY = N_("{quantity} · {country} · answers until {date}")

# What XML 1.0 cannot hold, not even escaped.
_UNFIT = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


async def answer(request: Request[Any, Any, Any], asked: Search) -> Response[bytes]:
    """The feed of a search with an entity tag; 304 for a reader that has it already.

    Raises Invalid as board.find.
    """
    asked = msgspec.structs.replace(asked, sort="newest", page=1, per_page=MOST_ENTRIES)
    caller = caller_of(request)
    found = await board.find(request.app.state.search, asked, caller)
    site = request.app.state.settings.public_url
    chosen = [*([f"“{asked.text}”"] if asked.text else []), *(chip.label for chip in found.chips)]
    language = asked.language
    title = (
        translate(language, _TITLE_OF_SEARCH, choices=", ".join(chosen))
        if chosen
        else translate(language, _TITLE)
    )
    query = requests.address(asked, sort="relevance", per_page=20)
    body = document(site, language, title, query, found.requests).encode()
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Content-Language": language,
        "Cache-Control": f"public, max-age={_SECONDS}" if caller is None else "private, no-cache",
        "X-Robots-Tag": "noindex",
    }
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(b"", status_code=304, media_type=MEDIA_TYPE, headers=headers)
    return Response(body, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def document(
    site: str,
    language: str,
    title: str,
    query: str,
    cards: tuple[RequestCard, ...] | list[RequestCard],
    *,
    page: str = "",
    own: str = "",
) -> str:
    """The feed as XML. `query` is '' or '?...', the search that it shows.

    `page` and `own` are the paths, without language, of a feed that stands elsewhere than beside the board.
    """
    page = f"{site}{address(language, page or '/requests')}{query}"
    own = f"{site}{address(language, own or '/requests.atom')}{query}"
    # Of a feed without entries: any day in the past will do, so long as it stays the same.
    updated = max((_changed(card) for card in cards), default=datetime(2026, 1, 1, tzinfo=UTC))
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
            *(_entry(site, language, card) for card in cards),
            "</feed>\n",
        )
    )


def _entry(site: str, language: str, card: RequestCard) -> str:
    href = f"{site}{address(language, f'/requests/{card.slug}-{card.public_id}')}"
    facts = {
        "country": country_name(card.country, language),
        "date": formats.day(language, card.deadline),
    }
    if card.quantity and card.unit:
        quantity = formats.unit_count(language, card.quantity, card.unit)
        said = translate(language, _FACTS_WITH_QUANTITY, quantity=quantity, **facts)
    else:
        said = translate(language, _FACTS, **facts)
    return "".join(
        (
            "<entry>\n",
            # The same in every language of the pages and whatever the title becomes.
            f"<id>{_text(f'{site}/requests/{card.public_id}')}</id>\n",
            f"<title xml:lang={_value(card.language)}>{_text(card.title)}</title>\n",
            f'<link rel="alternate" type="text/html" href={_value(href)}/>\n',
            f"<published>{_time(card.published_at)}</published>\n",
            f"<updated>{_time(_changed(card))}</updated>\n",
            f"<category term={_value(card.hs_code[:4])}/>\n",
            f"<summary>{_text(f'{card.summary} ({said})')}</summary>\n",
            "</entry>\n",
        )
    )


def _changed(card: RequestCard) -> datetime:
    return card.edited_at or card.published_at


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(text: str) -> str:
    return escape(_UNFIT.sub("\ufffd", text))


def _value(text: str) -> str:
    return quoteattr(_UNFIT.sub("\ufffd", text))
