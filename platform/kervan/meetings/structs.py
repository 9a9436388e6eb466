"""What pages, mails and programs are shown of meetings."""

from datetime import datetime
from typing import Any

import msgspec


class Firm(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two sides, as the other may always know it."""

    id: int
    """organisation.id"""
    org: str
    """Public id of the organisation."""
    name: str
    country: str
    slug: str | None
    """An exporter's, for its public page."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits there for a side and how to reach the firm; told once both agreed. '' where nothing is known."""

    name: str
    email: str
    phone: str


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A time that one side offered (UTC)."""

    id: int
    side: str
    round: int
    starts_at: datetime
    ends_at: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one side says that came of a meeting; nobody else reads it."""

    result: str
    note: str = ""
    at: datetime


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the time line. `who` is '' for the other side's people and for the clock."""

    at: datetime
    action: str
    side: str
    who: str
    reason: str | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in an agenda, as one of the two firms sees it."""

    public_id: str
    state: str
    side: str
    """The reader's."""
    turn: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    topic: str
    other: str
    """Name of the other firm."""
    other_country: str
    answer_by: datetime | None
    times: int
    """How many times are offered."""
    mine: bool
    """The reader sits there."""
    day_name: str | None
    table_no: int | None
    place: str
    room_url: str
    """'' unless both agreed."""
    told: bool
    """The reader's side said what came of it."""

    @property
    def my_turn(self) -> bool:
        """Whether the other side waits for the reader's firm."""
        return self.turn == self.side


class MeetingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as one of the two firms may see it. Times are UTC."""

    id: int
    public_id: str
    state: str
    version: int
    sequence: int
    side: str
    """The reader's: EXPORTER or IMPORTER."""
    turn: str | None
    asked_by: str
    direct: bool
    """Asked for, not part of a day's agenda."""
    own: Firm
    other: Firm
    other_zone: str
    """Where the other side's clocks are, as far as is known."""
    starts_at: datetime
    ends_at: datetime
    zone: str
    topic: str
    message: str
    language: str | None
    interpreter: str | None
    table_no: int | None
    place: str
    online: bool
    """A day's meeting that is held by video."""
    room_url: str
    """'' unless the meeting is agreed."""
    answer_by: datetime | None
    round: int
    times: tuple[Time, ...]
    """Offered last, while an answer is waited for."""
    contact: Contact | None
    """Of the other side; None until both agreed."""
    own_contact: Contact | None
    reason: str | None
    outcome: Outcome | None
    """What the reader's own side said."""
    followed_by: str | None
    day_name: str | None
    event: str | None
    """Public id of the event that it belongs to."""
    event_title: str | None
    confirmed_at: datetime | None
    created_at: datetime
    row: dict[str, Any]
    """What states.may asks for."""

    @property
    def my_turn(self) -> bool:
        """Whether the other side waits for the reader's firm."""
        return self.turn == self.side


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A firm that may be asked for a meeting: how it is named in addresses, and from where one knows it."""

    key: str
    """An exporter's slug, or the public id of an importer's organisation."""
    name: str
    country: str
    why: str
    """INQUIRY, ORDER, MEETING, EVENT or SAVED."""
