"""Shapes of registrations: what a firm asks for, what lists and pages show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

LONGEST_NAME = 120
LONGEST_JOB = 80
LONGEST_INTEREST = 600
LONGEST_ANSWER = 1000


class PersonWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who shall come for the firm."""

    name: str
    job: str = ""


Answer = bool | int | str | list[int]
"""A text, yes or no, the number of one option from 0 on, or several."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a firm asks for when it registers. `answers` are by event_question.id."""

    people: tuple[PersonWanted, ...]
    interest: str = ""
    answers: Mapping[int, Answer] = {}
    wants_meetings: bool = False
    agreed: bool = False
    """The organiser may see the names of those who come."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A registration after a step."""

    id: int
    public_id: str
    state: str
    version: int


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes. `ticket` is what the QR holds."""

    id: int
    public_id: str
    name: str
    job: str
    ticket: str
    checked_in_at: datetime | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a registration's time line."""

    action: str
    at: datetime
    reason: str | None
    by: str | None
    """Name of the person; None for the platform itself."""


class RegistrationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A registration as its firm and the organiser see it."""

    id: int
    public_id: str
    event: int
    event_id: str
    organisation: int
    organisation_id: str
    firm: str
    country: str
    side: str
    state: str
    version: int
    queued_at: datetime
    offer_until: datetime | None
    answers: dict[str, Any]
    interest: str
    wants_meetings: bool
    reason: str | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    ahead: int | None = None
    """On the waiting list: how many stand before it."""
    people: tuple[Participant, ...] = ()
    steps: tuple[Step, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A registration in the organiser's list."""

    public_id: str
    organisation_id: str
    firm: str
    country: str
    side: str
    state: str
    queued_at: datetime
    created_at: datetime
    interest: str
    wants_meetings: bool
    people: tuple[str, ...]
    came: int
    """How many of them were checked in."""
    place: int | None
    """Number on the waiting list, from 1 on."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket's page says. `firm` is what stands under the name."""

    participant: str
    """Public id: the code that is typed where no camera is."""
    name: str
    job: str
    firm: str
    ticket: str
    state: str
    removed: bool
    checked_in_at: datetime | None
    event: int
    event_id: str


class Attendee(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list at the door."""

    id: str
    name: str
    job: str
    firm: str
    country: str
    side: str
    at: datetime | None
    """When somebody was checked in."""


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody without an account who asked to be invited."""

    public_id: str
    name: str
    email: str
    firm: str
    country: str
    note: str
    state: str
    reason: str | None
    created_at: datetime
    decided_at: datetime | None
