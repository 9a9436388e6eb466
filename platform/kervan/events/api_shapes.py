"""Events as the API shows them: what everybody may know. Where an online event is held is told to nobody here."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from kervan.discovery.answers import FoundPage
from kervan.events.structs import EventCard


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a list."""

    id: str
    slug: str
    kind: str
    """FAIR, TRADE_MISSION, BUYING_MISSION, VIRTUAL_MISSION or TRAINING."""
    phase: str
    """PUBLISHED (announced), REG_OPEN, REG_CLOSED, LIVE, DONE or CANCELLED."""
    title: str
    summary: str
    language: str
    """Of title and summary, ISO 639-1: the one asked for, else English, else the first one."""
    organiser: str
    format: str
    """ONSITE, ONLINE or HYBRID."""
    country: str | None
    province: str | None
    """Plate code of the province, in Türkiye."""
    city: str
    venue: str
    starts_at: datetime | None
    ends_at: datetime | None
    """Where `whole_days`: the first instant after the last day."""
    whole_days: bool
    """Announced by days, without times."""
    time_zone: str
    """IANA name of the venue's clock."""
    sectors: tuple[str, ...]
    languages: tuple[str, ...]
    """In which it is held, ISO 639-1."""
    target_countries: tuple[str, ...]
    """Whose importers it is for; none: everybody's."""
    registration: str
    """NONE, PLATFORM or EXTERNAL (at the organiser's own address)."""
    registration_closes_at: datetime | None
    free: bool
    """Importers pay nothing."""
    picture: str | None
    ics: str
    """The event for calendar programs."""
    html: str
    """The page for people, in the language of the answer."""


class EventPage(FoundPage, frozen=True, kw_only=True):
    """One page of events."""

    data: tuple[Event, ...]


class EventText(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says in one language."""

    language: str
    title: str
    summary: str
    text: str


class EventSession(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the programme."""

    starts_at: datetime
    ends_at: datetime
    title: str
    speakers: tuple[str, ...]
    place: str
    language: str | None


class EventFile(msgspec.Struct, frozen=True, kw_only=True):
    """A document for visitors."""

    id: str
    name: str
    content_type: str
    size: int
    href: str


class EventSide(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a side."""

    fee: Decimal | None
    """Per firm, in `fee_currency`; null: nothing is said; 0: free."""
    capacity: int | None
    """Firms; null: as many as come. 0: this side cannot register."""
    left: int | None
    """Places that nobody has; null without a capacity."""


class EventDetail(Event, frozen=True, kw_only=True):
    """One event."""

    texts: tuple[EventText, ...]
    address: str
    headings: tuple[str, ...]
    """HS headings of 4 digits, or chapters of 2."""
    importers: EventSide
    exporters: EventSide
    fee_currency: str | None
    people_per_firm: int
    registration_open: bool
    registration_opens_at: datetime | None
    registration_url: str | None
    """Where the organiser registers, when it does so itself."""
    support_reference: str
    contact_name: str
    contact_email: str
    contact_phone: str
    external_url: str | None
    cancelled_because: str | None
    sequence: int
    """Counts the changes of time, place, title and state, as SEQUENCE of calendars does."""
    published_at: datetime | None
    changed_at: datetime
    sessions: tuple[EventSession, ...]
    files: tuple[EventFile, ...]


class EventDocument(msgspec.Struct, frozen=True):
    """One event."""

    data: EventDetail


def of_card(card: EventCard, site: str, language: str) -> dict[str, Any]:
    """The fields of Event from a card."""
    html = f"{site}/{language}/events/{card.address}"
    same = (
        "kind", "phase", "title", "summary", "language", "format", "country", "province", "city", "venue", "starts_at",
        "ends_at", "whole_days", "sectors", "languages", "target_countries", "registration", "registration_closes_at",
        "free",
    )  # fmt: skip
    return {name: getattr(card, name) for name in same} | {
        "id": card.public_id,
        "slug": card.address.removesuffix(f"-{card.public_id}"),
        "organiser": card.organiser_name,
        "time_zone": card.zone,
        "picture": f"{html}/picture?v={card.picture}" if card.picture else None,
        "ics": f"{html}.ics",
        "html": html,
    }


EXAMPLE = {
    "data": [
        {
            "id": "e6k2m9q4t7bd",
            "slug": "home-textile-fair-denizli",
            "kind": "FAIR",
            "phase": "REG_OPEN",
            "title": "Home textile fair Denizli",
            "summary": "Two hundred makers of towels and bed linen show their new collections.",
            "language": "en",
            "organiser": "Denizli exporters' association",
            "format": "ONSITE",
            "country": "TR",
            "province": "20",
            "city": "Denizli",
            "venue": "Fair hall",
            "starts_at": "2026-12-14T07:00:00Z",
            "ends_at": "2026-12-16T16:00:00Z",
            "whole_days": False,
            "time_zone": "Europe/Istanbul",
            "sectors": ["home-textiles"],
            "languages": ["en", "tr"],
            "target_countries": [],
            "registration": "PLATFORM",
            "registration_closes_at": "2026-12-10T21:00:00Z",
            "free": True,
            "picture": None,
            "ics": "https://kervan.example/en/events/home-textile-fair-denizli-e6k2m9q4t7bd.ics",
            "html": "https://kervan.example/en/events/home-textile-fair-denizli-e6k2m9q4t7bd",
        }
    ],
    "total": 1,
    "total_exact": True,
    "page": 1,
    "pages": 1,
    "per_page": 20,
    "facets": [
        {
            "name": "kind",
            "title": "Kind of event",
            "values": [{"value": "FAIR", "label": "Fair", "count": 1, "chosen": False}],
        }
    ],
    "marks": [{"text": "textile", "prefix": True, "stem": True}],
    "corrected": None,
    "synonyms": [],
    "dropped": [],
    "fallback": False,
    "links": {"self": "/api/v1/events?q=textile", "next": None, "prev": None},
}
