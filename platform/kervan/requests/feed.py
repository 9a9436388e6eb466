"""Any search of the board as an Atom feed: the newest first, nothing but the public part."""

from typing import Any

import msgspec
from litestar import Request, Response

from kervan.accounts.callers import caller_of
from kervan.discovery import requests
from kervan.discovery.structs import Request as Search
from kervan.requests import board
from kervan.requests.structs import RequestCard
from kervan.trade.countries import country_name
from kervan.trade.errors import N_
from kervan.web import atom, formats
from kervan.web.i18n import translate
from kervan.web.templates import address

MOST_ENTRIES = 50
_TITLE = N_("Requests on Kervan")
_TITLE_OF_SEARCH = N_("Requests on Kervan: {choices}")
_FACTS = N_("{country} · answers until {date}")
_FACTS_WITH_QUANTITY = N_("{quantity} · {country} · answers until {date}")


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
    if caller is None:
        return atom.answer(request, body, atom.MEDIA_TYPE, language)
    return atom.answer(request, body, atom.MEDIA_TYPE, language, cache="private, no-cache")


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
    return atom.document(
        site=site,
        language=language,
        title=title,
        page=f"{site}{address(language, page or '/requests')}{query}",
        own=f"{site}{address(language, own or '/requests.atom')}{query}",
        entries=[_entry(site, language, card) for card in cards],
    )


def _entry(site: str, language: str, card: RequestCard) -> atom.Entry:
    facts = {
        "country": country_name(card.country, language),
        "date": formats.day(language, card.deadline),
    }
    if card.quantity and card.unit:
        quantity = formats.unit_count(language, card.quantity, card.unit)
        said = translate(language, _FACTS_WITH_QUANTITY, quantity=quantity, **facts)
    else:
        said = translate(language, _FACTS, **facts)
    return atom.Entry(
        id=f"{site}/requests/{card.public_id}",
        title=card.title,
        language=card.language,
        href=f"{site}{address(language, f'/requests/{card.slug}-{card.public_id}')}",
        published=card.published_at,
        updated=card.edited_at or card.published_at,
        summary=f"{card.summary} ({said})",
        category=card.hs_code[:4],
    )
