"""What the API of meetings takes and gives: without row ids, and contact data only once both agreed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from kervan.meetings.structs import MeetingShown, Row
from kervan.web import openapi
from kervan.web.paging import PageLinks

ID = openapi.in_path("meeting", "The meeting's id.", "t4k7m2p9q3rs", "^[a-z0-9]{12}$")

State = Literal["PROPOSED", "CONFIRMED", "DECLINED", "LAPSED", "CANCELLED", "HELD", "NO_SHOW"]
Side = Literal["EXPORTER", "IMPORTER"]


class TimeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time that is offered, with offsets: 2027-03-04T09:30:00+01:00."""

    starts_at: datetime
    ends_at: datetime


class MeetingWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meeting with one firm."""

    with_: str = msgspec.field(name="with")
    """An exporter's name in addresses (`slug`), or the organisation id of a buyer whom you know."""
    times: tuple[TimeWanted, ...]
    topic: str
    message: str = ""
    language: str | None = None
    """ISO 639-1."""
    zone: str = "UTC"
    """Where your clocks are, IANA."""
    event: str | None = None
    """Id of an event at which both want meetings."""
    room_url: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the offered times: by its start."""

    starts_at: datetime
    version: int | None = None
    room_url: str = ""


class Proposed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other times."""

    times: tuple[TimeWanted, ...]
    zone: str = "UTC"
    message: str = ""
    version: int | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a meeting is declined or cancelled."""

    reason: str = ""
    version: int | None = None


class MeetingState(msgspec.Struct, frozen=True, kw_only=True):
    """Where the meeting stands."""

    id: str
    state: State
    version: int


class FirmOut(msgspec.Struct, frozen=True, kw_only=True):
    """The other firm."""

    name: str
    country: str
    key: str
    """What `with` takes."""


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes for the other side."""

    name: str
    email: str
    phone: str


class TimeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A time on offer."""

    starts_at: datetime
    ends_at: datetime


class MeetingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as your side may see it."""

    id: str
    state: State
    version: int
    side: Side
    """Yours."""
    turn: Side | None
    """Who has to answer."""
    direct: bool
    """Asked for; else part of a day's agenda."""
    other: FirmOut
    starts_at: datetime
    ends_at: datetime
    """Agreed, or the first of the times on offer."""
    zone: str
    times: tuple[TimeOut, ...]
    round: int
    answer_by: datetime | None
    topic: str
    message: str
    language: str | None
    interpreter: str | None
    table: int | None
    place: str
    room_url: str
    """Empty unless agreed."""
    contact: ContactOut | None
    """Null until both agreed."""
    reason: str | None
    followed_by: str | None
    created_at: datetime


class MeetingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting."""

    data: MeetingOut


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting in a list."""

    id: str
    state: State
    side: Side
    turn: Side | None
    other: str
    other_country: str
    starts_at: datetime
    ends_at: datetime
    topic: str
    answer_by: datetime | None
    table: int | None
    place: str


class MeetingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of meetings."""

    data: Sequence[MeetingRow]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


def meeting_of(shown: MeetingShown) -> MeetingOut:
    """A meeting as programs get it."""
    contact = shown.contact
    values = {
        name: getattr(shown, name)
        for name in MeetingOut.__struct_fields__
        if name not in ("id", "other", "times", "table", "contact")
    }
    return MeetingOut(
        id=shown.public_id,
        other=FirmOut(
            name=shown.other.name, country=shown.other.country, key=shown.other.slug or shown.other.org
        ),
        times=tuple(TimeOut(starts_at=time.starts_at, ends_at=time.ends_at) for time in shown.times),
        table=shown.table_no,
        contact=ContactOut(name=contact.name, email=contact.email, phone=contact.phone) if contact else None,
        **values,
    )


def row_of(row: Row) -> MeetingRow:
    """A line of the list as programs get it."""
    values = {
        name: getattr(row, name) for name in MeetingRow.__struct_fields__ if name not in ("id", "table")
    }
    return MeetingRow(id=row.public_id, table=row.table_no, **values)
