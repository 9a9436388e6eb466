"""What the API of a buyer's own requests takes and gives: without row ids."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from kervan.requests.own_queries import CameIn
from kervan.requests.service import Saved
from kervan.requests.structs import Content, EventShown, FileShown, RequestRow, RequestShown, Similar, Spec
from kervan.web import openapi
from kervan.web.paging import PageLinks

ID = openapi.in_path("public_id", "The request's id.", "r6k2m9q4t7bd", "^[a-z0-9]{12}$")


class RequestWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request as its buyer writes it. A draft needs a title only; sending it for review needs more, and says what."""

    title: str = ""
    """Goods, quantity, use: 8 to 120 characters."""
    summary: str = ""
    """One sentence of 20 to 200 characters: who needs what, where, until when. Everybody reads it."""
    description: str = ""
    """What the supplier must be able to deliver; contact data in any of the texts is masked."""
    language: str = "en"
    """Of the texts, ISO 639-1."""
    hs_code: str | None = None
    """4, 6, 8, 10 or 12 digits, with or without dots."""
    sector: str | None = None
    """Slug; by default that of the code."""
    specs: tuple[Spec, ...] = ()
    quantity: int | None = None
    unit: str | None = None
    """UNECE Recommendation 20."""
    budget: Decimal | None = None
    """For everything."""
    target_price: Decimal | None = None
    """Per unit."""
    currency: str | None = None
    """Of both, ISO 4217."""
    country: str | None = None
    """Where the goods go, ISO 3166-1 alpha-2; not Türkiye."""
    place: str = ""
    incoterm: str | None = None
    deadline: date | None = None
    """The last day for answers, 3 to 180 days ahead, in Türkiye."""
    certificates: tuple[str, ...] = ()
    """Slugs as in the facets of the search."""
    sample_wanted: bool = False
    buyer_type: str | None = None
    """IMPORTER, DISTRIBUTOR, RETAILER, MANUFACTURER, HOSPITALITY, ECOMMERCE, PUBLIC or OTHER."""
    languages: tuple[str, ...] = ()
    """In which answers may be written; none: in any."""
    visibility: str = "RELAY"
    """OPEN, RELAY or POST: how exporters reach the buyer."""

    def content(self) -> Content:
        """The same as the room takes it."""
        names = Content.__struct_fields__
        return Content(**{name: getattr(self, name) for name in self.__struct_fields__ if name in names})


class RequestChanged(RequestWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole request anew: what is left out is emptied."""

    version: int | None = None
    """Of the request that was seen; another one is refused (409). None: whatever it is."""


class StepWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step with the version that was seen."""

    version: int | None = None


class SendWanted(StepWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sends a draft for review."""

    seen: bool = False
    """The similar requests of the first refusal were looked at: it is another one."""


class EndWanted(StepWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes a request off the board."""

    reason: str
    """Exporters who answered read it."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A request after it was written or moved on."""

    id: str
    number: str
    state: str
    version: int
    edition: int
    """How many times it was announced."""
    masked: tuple[str, ...] = ()
    """Contact data that was taken out of the texts, word for word."""


class SimilarRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An open request that may be the same one."""

    id: str
    number: str
    title: str
    country: str
    published_at: datetime
    own: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step on the time line."""

    action: str
    state: str
    """After it."""
    side: str
    """IMPORTER, POST, STAFF or SYSTEM."""
    reason: str | None
    edition: int
    at: datetime


class OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment."""

    id: str
    name: str
    content_type: str
    size: int


class OwnRequest(RequestWanted, frozen=True, kw_only=True):
    """One request with where it stands, what came in, and its time line."""

    id: str
    number: str
    state: str
    closed_as: str | None
    """AWARDED, DEADLINE or WITHDRAWN."""
    version: int
    edition: int
    value_eur: Decimal | None
    reason: str | None
    """Why it was sent back, rejected or withdrawn."""
    review_due_at: datetime | None
    created_at: datetime
    published_at: datetime | None
    closed_at: datetime | None
    inquiry: str | None
    """Id of the inquiry that holds its answers: read them at /api/v1/inquiries/{id}."""
    quotes: int
    """That may be taken, or were."""
    unread: int
    """Talks in which there is something to read."""
    invited: int
    views: int
    files: tuple[OwnFile, ...]
    steps: tuple[Step, ...]


class OwnRequestDocument(msgspec.Struct, frozen=True):
    """One of the buyer's requests."""

    data: OwnRequest


class OwnRequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """One of the buyer's requests in a list."""

    id: str
    number: str
    title: str
    state: str
    closed_as: str | None
    hs_code: str | None
    country: str | None
    deadline: date | None
    review_due_at: datetime | None
    created_at: datetime
    published_at: datetime | None
    edition: int
    quotes: int
    unread: int
    invited: int
    views: int


class OwnRequestPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the buyer's requests, the newest first."""

    data: tuple[OwnRequestRow, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


EXAMPLE_WRITTEN: dict[str, Any] = {
    "id": "r6k2m9q4t7bd",
    "number": "RQ26-7H4K-92XQ",
    "state": "DRAFT",
    "version": 1,
    "edition": 0,
    "masked": ["jonas@nordlicht.example"],
}
EXAMPLE_ROW: dict[str, Any] = {
    "id": "r6k2m9q4t7bd",
    "number": "RQ26-7H4K-92XQ",
    "title": "White cotton towels for hotels",
    "state": "PUBLISHED",
    "closed_as": None,
    "hs_code": "630260",
    "country": "DE",
    "deadline": "2026-03-31",
    "review_due_at": None,
    "created_at": "2026-03-01T08:12:00Z",
    "published_at": "2026-03-02T09:30:00Z",
    "edition": 1,
    "quotes": 3,
    "unread": 1,
    "invited": 5,
    "views": 214,
}
EXAMPLE_PAGE: dict[str, Any] = {
    "data": [EXAMPLE_ROW],
    "total": 1,
    "page": 1,
    "pages": 1,
    "per_page": 25,
    "links": {"self": "/api/v1/own-requests", "next": None, "prev": None},
}
EXAMPLE: dict[str, Any] = {
    "data": {
        **EXAMPLE_ROW,
        "summary": "A hotel group in Hamburg looks for white cotton towels, washed once.",
        "description": "Terry towels, double stitched hems.",
        "language": "en",
        "sector": "home-textiles",
        "specs": [{"name": "Weight", "value": "500 g/m²"}],
        "quantity": 400,
        "unit": "C62",
        "budget": None,
        "target_price": "3.80",
        "currency": "EUR",
        "place": "Hamburg",
        "incoterm": "DAP",
        "certificates": ["oeko-tex-100"],
        "sample_wanted": False,
        "buyer_type": "HOSPITALITY",
        "languages": ["en", "de"],
        "visibility": "RELAY",
        "version": 3,
        "value_eur": "1520.00",
        "reason": None,
        "closed_at": None,
        "inquiry": "t4k7m2p9q3rs",
        "files": [],
        "steps": [
            {
                "action": "publish",
                "state": "PUBLISHED",
                "side": "POST",
                "reason": None,
                "edition": 1,
                "at": "2026-03-02T09:30:00Z",
            }
        ],
    }
}


def written_of(saved: Saved) -> Written:
    """A request after it was written, as programs read it."""
    values = {name: getattr(saved, name) for name in Written.__struct_fields__ if name != "id"}
    return Written(id=saved.public_id, **values)


def similar_of(one: Similar) -> SimilarRequest:
    """An open request that may be the same one."""
    return SimilarRequest(
        id=one.public_id, number=one.number, title=one.title, country=one.country, published_at=one.published_at,
        own=one.own,
    )  # fmt: skip


def row_of(row: RequestRow) -> OwnRequestRow:
    """One of the buyer's requests in a list."""
    renamed: dict[str, Any] = {"id": row.public_id, "quotes": row.answers, "unread": row.questions}
    same: dict[str, Any] = {
        name: getattr(row, name) for name in OwnRequestRow.__struct_fields__ if name not in renamed
    }
    return OwnRequestRow(**same, **renamed)


def request_of(shown: RequestShown, came: CameIn, events: list[EventShown]) -> OwnRequest:
    """One of the buyer's requests as a whole."""
    named: dict[str, Any] = {
        "id": shown.public_id,
        "inquiry": shown.inquiry_id,
        "quotes": came.answers,
        "unread": came.questions,
        "invited": came.invited,
        "views": came.views,
        "files": tuple(_file(file) for file in shown.files),
        "steps": tuple(_step(event) for event in events),
    }
    same = {name: getattr(shown, name) for name in OwnRequest.__struct_fields__ if name not in named}
    return OwnRequest(**same, **named)


def _file(file: FileShown) -> OwnFile:
    return OwnFile(id=file.public_id, name=file.name, content_type=file.content_type, size=file.size)


def _step(event: EventShown) -> Step:
    return Step(
        action=event.action, state=event.after, side=event.side, reason=event.reason, edition=event.edition,
        at=event.at,
    )  # fmt: skip
