"""What the API says and takes about alerts."""

from datetime import datetime
from decimal import Decimal

import msgspec

from kervan.web.paging import PageLinks


class AlertConditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request must be like; lists are OR within, everything else is AND. Empty: every request."""

    text: str = ""
    """Words as in the search of the board; quotes make phrases, a minus excludes."""
    codes: tuple[str, ...] = ()
    """Chapters (2 digits) and headings (4); longer codes count by their heading."""
    countries: tuple[str, ...] = ()
    """Of delivery, ISO 3166-1 alpha-2."""
    sectors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """IMPORTER, ATTACHE or TENDER."""
    buyer_types: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    value_from: Decimal | None = None
    """EUR"""
    value_to: Decimal | None = None
    quantity_from: int | None = None
    quantity_to: int | None = None
    unit: str | None = None
    """UNECE Recommendation 20; needed with a quantity."""


class AlertWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert as it shall be."""

    name: str
    conditions: AlertConditions = msgspec.field(default_factory=AlertConditions)
    frequency: str = "AT_ONCE"
    """Of its mails: AT_ONCE, DAILY or WEEKLY."""
    channels: tuple[str, ...] = ("IN_APP",)
    """MAIL, IN_APP, WEBHOOK; the feed is there in any case."""
    consent: bool = False
    """That whom the key belongs to agrees to mails of this kind; needed for MAIL where it was not given before."""


class AlertChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    name: str | None = None
    conditions: AlertConditions | None = None
    frequency: str | None = None
    channels: tuple[str, ...] | None = None
    consent: bool = False
    version: int | None = None
    """The one that you have seen; refused (409) when there is a newer one."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of whom the key belongs to."""

    id: str
    name: str
    conditions: AlertConditions
    frequency: str
    channels: tuple[str, ...]
    version: int
    matches: int
    """Requests that it found, counted by edition."""
    waiting: int
    """Of them, those that the next mail tells of."""
    last_told: datetime | None
    feed: str
    """Address of its Atom feed; whoever knows it can read it."""
    created_at: datetime
    ended_at: datetime | None


class AlertDocument(msgspec.Struct, frozen=True):
    """One alert."""

    data: Alert


class AlertList(msgspec.Struct, frozen=True):
    """Alerts that are on, newest first."""

    data: tuple[Alert, ...]


class AlertDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger: one edition of a request that the alert fits."""

    request: str
    """The request's id."""
    title: str
    country: str
    edition: int
    state: str
    """QUEUED, TOLD or SKIPPED."""
    mailed: bool
    created_at: datetime
    told_at: datetime | None


class AlertDeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the ledger of an alert, newest first."""

    data: tuple[AlertDelivery, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks
