"""Shapes of events: what an organiser writes, what lists and pages show."""

import datetime as dt
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from kervan.calendars.zones import days_of
from kervan.products.drawings import picture_of_sector, tint_of
from kervan.products.queries import slug_of


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is called and says in one language."""

    language: str
    title: str
    summary: str = ""
    text: str = ""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the programme; times are UTC."""

    starts_at: datetime
    ends_at: datetime
    title: str
    speakers: tuple[str, ...] = ()
    place: str = ""
    language: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the organiser to who registers."""

    kind: str
    """TEXT, YES_NO, ONE_OF or SOME_OF."""
    label: dict[str, str]
    """Language -> words; a reader of another language gets English, else the first."""
    side: str = "BOTH"
    """EXPORTER, IMPORTER or BOTH."""
    options: tuple[dict[str, str], ...] = ()
    required: bool = False
    id: int | None = None
    """event_question.id; None for one that was just written."""

    def words(self, language: str) -> str:
        """The question in a language."""
        return in_language(self.label, language)


def in_language(words: Mapping[str, str], language: str) -> str:
    """The words in a language, else in English, else in the first one that there is."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that an organiser writes about an event; the same names as the columns of trade_event.

    `starts_at` and `ends_at` are UTC; where `whole_days`, midnight by the venue's clock of the first day and of the day
    after the last one. Capacities None: no limit; 0: this side cannot register. Fees are per firm; 0: free.
    """

    kind: str
    texts: tuple[Text, ...] = ()
    organiser_kind: str = "ASSOCIATION"
    organiser_name: str = ""
    format: str = "ONSITE"
    country: str | None = None
    province: str | None = None
    city: str = ""
    venue: str = ""
    address: str = ""
    online_url: str = ""
    zone: str = "Europe/Istanbul"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    whole_days: bool = False
    sectors: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    target_countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    capacity_exporters: int | None = None
    capacity_importers: int | None = None
    people_per_firm: int = 2
    fee_exporters: Decimal | None = None
    fee_importers: Decimal | None = None
    fee_currency: str | None = None
    registration: str = "NONE"
    registration_url: str = ""
    registration_opens_at: datetime | None = None
    registration_closes_at: datetime | None = None
    reviewed: bool = False
    support_reference: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    external_url: str = ""
    sessions: tuple[Session, ...] = ()
    questions: tuple[Question, ...] = ()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A document of an event, or its picture."""

    public_id: str
    use: str
    name: str
    content_type: str
    path: str
    size: int


class EventCard(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a list, in the reader's language."""

    id: int
    public_id: str
    kind: str
    state: str
    phase: str
    """events.phases: DRAFT … REG_OPEN, REG_CLOSED, LIVE, DONE, CANCELLED."""
    title: str
    summary: str
    language: str
    """That title and summary are written in."""
    organiser_name: str
    format: str
    country: str | None
    province: str | None
    city: str
    venue: str
    zone: str
    starts_at: datetime | None
    ends_at: datetime | None
    whole_days: bool
    sectors: tuple[str, ...]
    languages: tuple[str, ...]
    target_countries: tuple[str, ...]
    registration: str
    registration_closes_at: datetime | None
    free: bool
    """No fee for importers."""
    picture: str | None = None
    """Public id of its picture (event_file)."""

    @property
    def first_day(self) -> dt.date | None:
        """The first day by the venue's clock."""

        return self.starts_at.astimezone(ZoneInfo(self.zone)).date() if self.starts_at else None

    @property
    def last_day(self) -> dt.date | None:
        """The last day by the venue's clock."""
        if self.starts_at is None or self.ends_at is None:
            return None
        return days_of(self.starts_at, self.ends_at, self.zone)[1]

    @property
    def address(self) -> str:
        """The last part of its address: /events/{address}."""
        return f"{slug_of(self.title, 'event')}-{self.public_id}"

    @property
    def drawing(self) -> str:
        """The drawn picture of its first sector."""
        return picture_of_sector(self.sectors[0] if self.sectors else None)

    @property
    def tint(self) -> str:
        """The tint of the picture, always the same one."""
        return tint_of(self.public_id)


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """An event as its page and its desk need it."""

    id: int
    public_id: str
    organiser: int
    """organisation.id"""
    organiser_id: str
    """public id of the organisation that looks after it"""
    content: Content
    state: str
    phase: str
    version: int
    sequence: int
    reason: str | None
    published_at: datetime | None
    approved_at: datetime | None
    submitted_at: datetime | None
    cancelled_at: datetime | None
    changed_at: datetime
    created_at: datetime
    updated_at: datetime
    source: str
    source_url: str | None
    files: tuple[File, ...] = ()

    def text(self, language: str) -> Text:
        """Its words in a language, else in English, else in the first one that there is."""
        by = {text.language: text for text in self.content.texts}
        return by.get(language) or by.get("en") or self.content.texts[0]

    @property
    def picture(self) -> File | None:
        """The picture, where there is one."""
        return next((file for file in self.files if file.use == "PICTURE"), None)

    @property
    def documents(self) -> tuple[File, ...]:
        """What visitors can download."""
        return tuple(file for file in self.files if file.use == "DOCUMENT")
