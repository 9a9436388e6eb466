"""Any search of events as an Atom feed and as a calendar, and one event as a calendar file: the public part only."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response

from kervan.calendars import ics
from kervan.calendars.shown import span_text
from kervan.discovery import requests
from kervan.discovery.structs import Request as Search
from kervan.discovery.structs import Results
from kervan.events import board, public_queries
from kervan.events.public_queries import Dates
from kervan.events.queries import address_of
from kervan.events.states import KIND_NAMES
from kervan.events.structs import EventCard, EventShown
from kervan.events.tables import EventState
from kervan.events.wording import place
from kervan.trade.errors import N_
from kervan.web import atom
from kervan.web.i18n import translate
from kervan.web.templates import address

MOST_ENTRIES = 50
MOST_IN_CALENDAR = 500
REFRESH = timedelta(hours=6)
_TITLE = N_("Events on Kervan")
_TITLE_OF_SEARCH = N_("Events on Kervan: {choices}")
_CANCELLED = N_("Cancelled: {title}")


async def atom_feed(request: Request[Any, Any, Any], asked: Search) -> Response[bytes]:
    """The feed of a search with an entity tag; 304 for a reader that has it already."""
    found = await _found(
        request, msgspec.structs.replace(asked, sort="newest", page=1, per_page=MOST_ENTRIES)
    )
    site, language = request.app.state.settings.public_url, asked.language
    dates = await public_queries.dates([card.id for card in found.events])
    query = requests.address(asked, sort="relevance", per_page=20)
    cards = [card for card in found.events if card.id in dates]
    body = atom.document(
        site=site,
        language=language,
        title=_title(found),
        page=f"{site}{address(language, '/events')}{query}",
        own=f"{site}{address(language, '/events.atom')}{query}",
        entries=[_entry(site, language, card, dates[card.id]) for card in cards],
    )
    return atom.answer(
        request, body.encode(), atom.MEDIA_TYPE, language, changed=_last_change(dates.values())
    )


async def calendar_feed(request: Request[Any, Any, Any], asked: Search) -> Response[bytes]:
    """The calendar of a search, in a browser a download; cancelled events stay in it and say so."""
    found = await _found(
        request, msgspec.structs.replace(asked, sort="date", page=1, per_page=MOST_IN_CALENDAR)
    )
    site, language = request.app.state.settings.public_url, asked.language
    dates = await public_queries.dates([card.id for card in found.events])
    entries = [_of_card(site, language, card, dates[card.id]) for card in found.events if card.id in dates]
    body = ics.calendar(entries, name=_title(found), language=language, refresh=REFRESH)
    return atom.answer(
        request,
        body,
        ics.MEDIA_TYPE,
        language,
        changed=_last_change(dates.values()),
        headers={"Content-Disposition": 'inline; filename="events.ics"'},
    )


def calendar_file(request: Request[Any, Any, Any], event: EventShown, language: str) -> Response[bytes]:
    """One event as a calendar file."""
    site = request.app.state.settings.public_url
    text, content = event.text(language), event.content
    href = f"{site}{address(language, f'/events/{address_of(text.title, event.public_id)}')}"
    entry = ics.Entry(
        uid=uid(site, event.public_id),
        sequence=event.sequence,
        starts_at=content.starts_at,
        ends_at=content.ends_at,
        zone=content.zone,
        whole_days=content.whole_days,
        summary=text.title,
        description=_description(text.summary, href),
        location=place(
            language, content.format, content.country, content.city, content.venue, content.address
        ),
        url=href,
        status=_status(event.state),
        created_at=event.created_at,
        changed_at=event.changed_at,
        categories=(translate(language, KIND_NAMES[content.kind]),),
    )
    body = ics.calendar([entry], language=text.language)
    name = address_of(text.title, event.public_id)
    return atom.answer(
        request,
        body,
        ics.MEDIA_TYPE,
        language,
        changed=event.changed_at,
        headers={"Content-Disposition": f'attachment; filename="{name}.ics"'},
    )


def uid(site: str, public_id: str) -> str:
    """The name of an event in calendars, for ever."""
    return ics.uid("event", public_id, urlsplit(site).hostname or "localhost")


async def _found(request: Request[Any, Any, Any], asked: Search) -> Results:
    return await board.find(request.app.state.search, asked, for_calendars=True)


def _title(found: Results) -> str:
    asked = found.request
    chosen = [*([f"“{asked.text}”"] if asked.text else []), *(chip.label for chip in found.chips)]
    if not chosen:
        return translate(asked.language, _TITLE)
    return translate(asked.language, _TITLE_OF_SEARCH, choices=", ".join(chosen))


def _last_change(dates: Iterable[Dates]) -> datetime | None:
    return max((one.changed_at for one in dates), default=None)


def _entry(site: str, language: str, card: EventCard, dates: Dates) -> atom.Entry:
    assert card.starts_at is not None
    assert card.ends_at is not None
    when = span_text(language, card.starts_at, card.ends_at, card.zone, card.whole_days)
    where = place(language, card.format, card.country, card.city, card.venue)
    facts = " · ".join(part for part in (translate(language, KIND_NAMES[card.kind]), when, where) if part)
    cancelled = card.state == EventState.CANCELLED
    return atom.Entry(
        id=f"{site}/events/{card.public_id}",
        title=translate(language, _CANCELLED, title=card.title) if cancelled else card.title,
        language=card.language,
        href=_href(site, language, card),
        published=dates.published_at,
        updated=max(dates.published_at, dates.changed_at),
        summary=f"{card.summary} ({facts})" if card.summary else facts,
        category=card.kind,
    )


def _of_card(site: str, language: str, card: EventCard, dates: Dates) -> ics.Entry:
    href = _href(site, language, card)
    return ics.Entry(
        uid=uid(site, card.public_id),
        sequence=dates.sequence,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        zone=card.zone,
        whole_days=card.whole_days,
        summary=card.title,
        description=_description(card.summary, href),
        location=place(language, card.format, card.country, card.city, card.venue),
        url=href,
        status=_status(card.state),
        created_at=dates.created_at,
        changed_at=dates.changed_at,
        categories=(translate(language, KIND_NAMES[card.kind]),),
        # Whoever follows a search goes to few of them.
        busy=False,
    )


def _href(site: str, language: str, card: EventCard) -> str:
    return f"{site}{address(language, f'/events/{card.address}')}"


def _description(summary: str, href: str) -> str:
    return f"{summary}\n\n{href}" if summary else href


def _status(state: str) -> ics.Status:
    return "CANCELLED" if state == EventState.CANCELLED else "CONFIRMED"
