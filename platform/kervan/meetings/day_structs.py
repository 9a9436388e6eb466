"""Shapes of meeting days: what their pages show."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from kervan.calendars import zones
from kervan.meetings.planner_shapes import Side
from kervan.trade.errors import N_

NAMES: Mapping[str, str] = {
    "DRAFT": N_("Draft"),
    "OPEN": N_("Open for wishes"),
    "PLANNED": N_("Planned"),
    "PUBLISHED": N_("Published"),
    "DONE": N_("Past"),
    "CANCELLED": N_("Cancelled"),
}
TONES: Mapping[str, str] = {
    "OPEN": "brand",
    "PLANNED": "near",
    "PUBLISHED": "ok",
    "CANCELLED": "bad",
}
PARTICIPANT_NAMES: Mapping[str, str] = {
    "INVITED": N_("Has not answered"),
    "READY": N_("Takes part"),
    "ABSENT": N_("Does not come"),
}


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A time of a day; `id` is meeting_slot.id."""

    id: int
    number: int
    starts_at: datetime
    ends_at: datetime


class DayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting day as its pages need it."""

    id: int
    public_id: str
    organiser: int
    organiser_name: str
    name: str
    state: str
    version: int
    day: date
    zone: str
    wishes_until: datetime
    tables: int | None
    interpreters: Mapping[str, int]
    most_meetings: int
    online: bool
    place: str
    seed: int
    published_at: datetime | None
    event: int | None
    event_id: str | None
    event_title: str | None
    event_state: str | None
    slots: tuple[Slot, ...]

    @property
    def starts_at(self) -> datetime:
        return self.slots[0].starts_at

    @property
    def ends_at(self) -> datetime:
        return self.slots[-1].ends_at

    def takes_wishes(self, now: datetime) -> bool:
        """Whether firms can still say when they are free and whom they want to meet."""
        return self.state == "OPEN" and now < self.wishes_until

    def clock(self, number: int) -> str:
        """When a slot begins, by the day's own clock: 09:30."""
        found = next((slot for slot in self.slots if slot.number == number), None)
        return f"{zones.local(found.starts_at, self.zone):%H:%M}" if found else ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting day in a list."""

    public_id: str
    name: str
    state: str
    day: date
    zone: str
    wishes_until: datetime
    organiser_name: str
    event_title: str | None
    ready: int
    firms: int
    meetings: int


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A firm that takes part. `id` is day_participant.id."""

    id: int
    public_id: str
    organisation: int
    org: str
    name: str
    country: str
    slug: str | None
    """Of an exporter's public page."""
    entity: int
    """exporter.id or importer.id"""
    side: Side
    state: str
    version: int
    slots: tuple[int, ...]
    languages: tuple[str, ...]
    most_meetings: int | None
    person: int | None
    wishes: int
    wanted_by: int
    meetings: int


class PlanShown(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the planner."""

    id: int
    public_id: str
    state: str
    progress: int
    problem: str | None
    figures: Mapping[str, Any]
    refused: Sequence[Mapping[str, Any]]
    created_at: datetime
    began_at: datetime | None
    ended_at: datetime | None

    @property
    def under_way(self) -> bool:
        return self.state in ("WAITING", "RUNNING")


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting of the day as its organiser sees it."""

    public_id: str
    number: int
    state: str
    exporter: str
    importer: str
    table_no: int | None
    language: str | None
    interpreter: str | None
