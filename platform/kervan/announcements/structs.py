"""Shapes of announcements: what is written, about which event, where it stands, and what came of it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kervan.announcements.audience import Audience
from kervan.calendars import shown
from kervan.events.states import FORMAT_NAMES
from kervan.events.structs import in_language
from kervan.products.queries import slug_of
from kervan.web import formats, i18n


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What the mail says in one language, as it was typed: with placeholders and links (announcements.markup)."""

    language: str
    subject: str
    text: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """An event as mails and lists name it. `titles` by language; `country` and the rest None or '' where online."""

    id: int
    public_id: str
    organiser: int
    """organisation.id"""
    organiser_name: str
    state: str
    titles: Mapping[str, str]
    kind: str
    format: str
    country: str | None
    province: str | None
    city: str
    venue: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    whole_days: bool
    registration_closes_at: datetime | None

    @property
    def path(self) -> str:
        """Its public page, without language."""
        return f"/events/{slug_of(in_language(self.titles, 'en'), 'event')}-{self.public_id}"

    def title(self, language: str) -> str:
        """What it is called in a language, else in English."""
        return in_language(dict(self.titles), language)

    def when(self, language: str) -> str:
        """Days or times by the venue's clock, in words."""
        return shown.span_text(language, self.starts_at, self.ends_at, self.zone, self.whole_days)

    def where(self, language: str) -> str:
        """Venue, city and country; the word for online where there is no place."""
        place = self.city or (formats.province(language, self.province) if self.province else "")
        country = formats.country(language, self.country) if self.country else ""
        parts = [part for part in (self.venue, place, country) if part]
        if self.format == "ONLINE" or not parts:
            parts.append(i18n.gettext(language, FORMAT_NAMES["ONLINE"]))
        return ", ".join(dict.fromkeys(parts))

    def over(self, now: datetime) -> bool:
        """Whether its last minute is past."""
        return self.ends_at <= now


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an audience holds: people, each counted once, in the first group that applies."""

    reached: int = 0
    no_consent: int = 0
    suppressed: int = 0
    quiet: int = 0
    """Chose the weekly mail, or to hear nothing of events."""
    often: int = 0
    """Had as many announcements within a month as the consent allows."""

    @property
    def everybody(self) -> int:
        """All whom the choices fit, mailed or not."""
        return self.reached + self.no_consent + self.suppressed + self.quiet + self.often


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as its desk needs it."""

    id: int
    public_id: str
    name: str
    state: str
    version: int
    edition: int
    about: About
    audience: Audience
    expected: int
    texts: tuple[Words, ...]
    organisation: int
    writer: str | None
    approver: str | None
    reason: str | None
    send_at: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    created_at: datetime

    def words(self, language: str) -> Words | None:
        """What a reader of the language gets: that text, else the English one; None while there is none."""
        by = {one.language: one for one in self.texts}
        return by.get(language) or by.get("en")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list."""

    public_id: str
    name: str
    state: str
    edition: int
    event: str
    organisation: str
    expected: int
    sent: int
    rows: int
    send_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an edition's mails. `opened` is of the `countable`: people who agreed to be counted."""

    total: int = 0
    queued: int = 0
    handed: int = 0
    sent: int = 0
    bounced: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    aborted: int = 0
    opened: int = 0
    countable: int = 0
    registered: int = 0

    @property
    def through(self) -> int:
        """Mails that need nothing any more."""
        return self.total - self.queued - self.handed

    @property
    def percent(self) -> int:
        """How much of the edition is through; 100 only when all is."""
        return (
            100 if not self.total or self.through == self.total else min(99, 100 * self.through // self.total)
        )
