"""What writers of requests hand in and readers get: shapes shared by pages, the API, alerts and matching."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from kervan.products.drawings import picture_of, tint_of
from kervan.requests.tables import RequestState


class Spec(msgspec.Struct, frozen=True):
    """A property that the goods must have: `Weight`, `500 g/m²`."""

    name: str
    value: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says: as it is typed, kept in drafts, and frozen in each edition.

    Everything but the title may be missing in a draft; requests.rules.check_complete says what publishing needs.
    """

    title: str = ""
    summary: str = ""
    """One sentence, at most 200 characters: what visitors read."""
    description: str = ""
    language: str = "en"
    """Of the texts, ISO 639-1."""
    hs_code: str | None = None
    """4, 6, 8, 10 or 12 digits."""
    sector: str | None = None
    """Slug; taken from the code where it is not given."""
    specs: tuple[Spec, ...] = ()
    quantity: int | None = None
    unit: str | None = None
    """UNECE Recommendation 20."""
    budget: Decimal | None = None
    """For everything, in `currency`."""
    target_price: Decimal | None = None
    """Per unit, in `currency`."""
    currency: str | None = None
    country: str | None = None
    """Where the goods go, ISO 3166-1 alpha-2."""
    place: str = ""
    incoterm: str | None = None
    deadline: date | None = None
    """The last day on which answers are taken."""
    certificates: tuple[str, ...] = ()
    """Slugs of trade.certificates."""
    sample_wanted: bool = False
    buyer_type: str | None = None
    languages: tuple[str, ...] = ()
    """In which answers may be written; empty: in any."""
    visibility: str = "RELAY"
    source: str = "IMPORTER"
    source_url: str | None = None
    source_ref: str | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that a buyer agreed to be asked for by a post."""

    who: str
    """Name and role of who agreed."""
    when: date
    how: str
    """EMAIL, LETTER, PHONE or MEETING."""
    note: str = ""


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment of a request."""

    public_id: str
    name: str
    content_type: str
    size: int


class RequestShown(Content, frozen=True, kw_only=True):
    """A whole request with where it stands, for those who may see all of it."""

    id: int
    public_id: str
    number: str
    importer: int
    buyer_name: str
    buyer_country: str
    buyer_organisation: str
    """Public id of the importer's organisation."""
    buyer_verified: bool
    represented: bool
    """A post speaks for the buyer: nobody of the firm is on the platform."""
    post: int | None
    """organisation.id of the post that looks after it."""
    post_id: str | None
    """Its public id."""
    post_name: str | None
    person: int | None
    state: str
    """CLOSED as soon as its last day is over."""
    closed_as: str | None
    version: int
    edition: int
    value_eur: Decimal | None
    value_on: date | None
    consent: Consent | None
    reason: str | None
    submitted_at: datetime | None
    review_due_at: datetime | None
    escalated_at: datetime | None
    published_at: datetime | None
    edited_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    gate: tuple[dict[str, Any], ...] = ()
    inquiry: int | None = None
    """inquiry.id that holds its answers, from publication on."""
    inquiry_id: str | None = None
    """Its public id."""
    files: tuple[FileShown, ...] = ()

    @property
    def content(self) -> Content:
        """What it says, without where it stands."""
        return Content(**{name: getattr(self, name) for name in Content.__struct_fields__})

    @property
    def is_open(self) -> bool:
        """Whether answers are taken now."""
        return self.state == RequestState.PUBLISHED


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """A step on the time line of a request."""

    action: str
    before: str | None
    after: str
    side: str
    by: str | None
    reason: str | None
    edition: int
    at: datetime


class RequestCard(msgspec.Struct, frozen=True, kw_only=True):
    """A request in a list of the board: nothing in it that a visitor may not read."""

    id: int
    public_id: str
    number: str
    slug: str
    """Of the title, for the address: /requests/{slug}-{public_id}."""
    title: str
    summary: str
    language: str
    hs_code: str
    sector: str | None
    quantity: int | None
    unit: str | None
    value_eur: Decimal | None
    country: str
    deadline: date
    buyer_type: str | None
    source: str
    post_name: str | None
    buyer_verified: bool
    certificates: tuple[str, ...]
    published_at: datetime
    edited_at: datetime | None
    edition: int
    state: str
    answers: int
    """Quotes that may be taken now: how many, never whose."""

    @property
    def picture(self) -> str:
        """The drawn picture of its sector."""
        return picture_of(self.hs_code)

    @property
    def tint(self) -> str:
        """The tint of the picture, always the same one."""
        return tint_of(self.public_id)


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A request in a list of its requester or of a post's desk."""

    public_id: str
    number: str
    title: str
    state: str
    closed_as: str | None
    source: str
    buyer_name: str
    country: str | None
    hs_code: str | None
    deadline: date | None
    review_due_at: datetime | None
    created_at: datetime
    published_at: datetime | None
    edition: int
    answers: int
    """Quotes that are live or were taken."""
    questions: int
    """Talks in which the requester has something to read."""
    invited: int
    views: int


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """An open request that may be the same one."""

    public_id: str
    number: str
    title: str
    country: str
    published_at: datetime
    own: bool
    """Of the same buyer."""
