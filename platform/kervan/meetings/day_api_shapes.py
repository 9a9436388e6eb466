"""What the API of meeting days takes and gives: a firm's own part, of others no more than their names."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from kervan.meetings import day_rules
from kervan.meetings.api_shapes import MeetingRow, Side, TimeOut, row_of
from kervan.meetings.day_firm import Seen
from kervan.meetings.day_reasons import Unmet
from kervan.meetings.day_structs import Participant
from kervan.meetings.structs import Row
from kervan.meetings.wishes import Standing, Suggestion
from kervan.web import openapi
from kervan.web.paging import PageLinks

ID = openapi.in_path("day", "The meeting day's id.", "d4k7m2p9q3rs", "^[a-z0-9]{12}$")

DayState = Literal["OPEN", "PLANNED", "PUBLISHED", "DONE", "CANCELLED"]
OwnState = Literal["INVITED", "READY", "ABSENT"]
_MOST_REASONS = 4


class MeetingDayRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting day in a list."""

    id: str
    name: str
    state: DayState
    day: date
    """On the clocks of `zone`."""
    zone: str
    """IANA."""
    starts_at: datetime
    ends_at: datetime
    wishes_until: datetime
    """Until then your firm says when it can come and whom it wants to meet."""
    organiser: str
    event: str | None
    """Id of the event inside which it is held."""
    event_title: str | None
    online: bool
    place: str
    side: Side
    """Yours."""
    own_state: OwnState
    """INVITED: your firm has not answered yet. READY: it takes part. ABSENT: it does not come."""


class MeetingDayPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of meeting days."""

    data: Sequence[MeetingDayRow]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class SlotOut(msgspec.Struct, frozen=True, kw_only=True):
    """A time at which meetings are held; `number` is what `slots` takes."""

    number: int
    starts_at: datetime
    ends_at: datetime


class MeetingDayOut(MeetingDayRow, frozen=True, kw_only=True):
    """A meeting day with its times."""

    slots: tuple[SlotOut, ...]
    breaks: tuple[TimeOut, ...]
    """Gaps between slots that are longer than the usual pause."""
    takes_wishes: bool
    """Whether times and wishes can be changed now."""
    most_meetings: int
    """Of one firm."""
    published_at: datetime | None
    """When the agenda was made known last."""


class MeetingDayDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting day."""

    data: MeetingDayOut


class DayTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When your firm can come, and how."""

    own_state: OwnState
    slots: tuple[int, ...]
    """Numbers of the day's slots."""
    languages: tuple[str, ...]
    """ISO 639-1."""
    most_meetings: int | None
    """Null: as many as the organiser allows."""
    version: int
    """Of your firm's participation; raised by every change of times and wishes."""


class DayTimesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Your firm's times."""

    data: DayTimes


class DayTimesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When your firm can come: replaces what was said before. It takes part from then on."""

    slots: tuple[int, ...]
    languages: tuple[str, ...]
    most_meetings: int | None = None
    version: int | None = None
    """Of the participation that was seen; another one is refused (409). None: whatever it is."""


class DayFirm(msgspec.Struct, frozen=True, kw_only=True):
    """A firm of the other side that takes part."""

    id: str
    """Of its participation: what `wishes` takes."""
    name: str
    country: str
    slug: str | None
    """Of an exporter's public page."""


class DayWishes(msgspec.Struct, frozen=True, kw_only=True):
    """Whom your firm wants to meet."""

    wishes: tuple[DayFirm, ...]
    """The dearest first."""
    most: int
    """How many there may be."""
    version: int


class DayWishesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Your firm's wishes."""

    data: DayWishes


class DayWishesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole list anew, the dearest first; an empty one takes all wishes back."""

    wishes: tuple[str, ...]
    """Ids of participants."""
    version: int | None = None


class DayChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Your firm's participation after a change."""

    id: str
    """Of the meeting day."""
    own_state: OwnState
    version: int


class DaySuggestion(DayFirm, frozen=True, kw_only=True):
    """A firm that fits yours."""

    reasons: tuple[str, ...]


class DayFirms(msgspec.Struct, frozen=True, kw_only=True):
    """Whom your firm can wish for."""

    data: tuple[DayFirm, ...]
    """By name, without those that are wished for already."""
    suggestions: tuple[DaySuggestion, ...]
    """Those of them that fit by what both offer and look for, the best first; none once wishes are over."""


class UnmetWish(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that the agenda does not meet."""

    firm: DayFirm
    rank: int
    code: str
    reason: str


class DayAgenda(msgspec.Struct, frozen=True, kw_only=True):
    """What came of your firm's wishes; empty until the organiser makes the agenda known."""

    published_at: datetime | None
    meetings: tuple[MeetingRow, ...]
    """By time, also those that were called off since. Who sits there: `GET /meetings/{meeting}`."""
    unmet: tuple[UnmetWish, ...]


class DayAgendaDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Your firm's agenda of a day."""

    data: DayAgenda


def day_row(row: Mapping[str, Any]) -> MeetingDayRow:
    """A line of the list (a row of day_queries.of_firm)."""
    return MeetingDayRow(
        id=row["public_id"],
        organiser=row["organiser_name"],
        event=row["event_id"],
        **{
            name: row[name]
            for name in MeetingDayRow.__struct_fields__
            if name not in ("id", "organiser", "event")
        },
    )


def day_of(day: Seen) -> MeetingDayOut:
    """A day as programs of one of its firms get it."""
    shown = day.shown
    _, breaks = day_rules.gaps([(slot.starts_at, slot.ends_at) for slot in shown.slots])
    return msgspec.convert(
        {
            **msgspec.structs.asdict(shown),
            "id": shown.public_id,
            "starts_at": shown.starts_at,
            "ends_at": shown.ends_at,
            "organiser": shown.organiser_name,
            "event": shown.event_id,
            "side": day.own.side,
            "own_state": day.own.state,
            "takes_wishes": day.takes,
            "slots": [msgspec.structs.asdict(slot) for slot in shown.slots],
            "breaks": [{"starts_at": from_, "ends_at": until} for from_, until in breaks],
        },
        MeetingDayOut,
    )


def times_of(own: Participant) -> DayTimes:
    """When a firm can come."""
    return msgspec.convert({**msgspec.structs.asdict(own), "own_state": own.state}, DayTimes)


def changed_of(day: str, now: Standing) -> DayChanged:
    """Where a firm stands after a change."""
    return msgspec.convert({"id": day, "own_state": now.state, "version": now.version}, DayChanged)


def firm_of(one: Participant) -> DayFirm:
    """A participant, as the other side may see it."""
    return DayFirm(id=one.public_id, name=one.name, country=one.country, slug=one.slug)


def firms_of(day: Seen, suggested: Sequence[Suggestion]) -> DayFirms:
    """Whom a firm can wish for, with those that fit."""
    return DayFirms(
        data=tuple(map(firm_of, day.others)),
        suggestions=tuple(
            DaySuggestion(
                **msgspec.structs.asdict(firm_of(one.participant)),
                reasons=tuple(said.text for said in one.good[:_MOST_REASONS]),
            )
            for one in suggested
        ),
    )


def agenda_of(day: Seen, meetings: Sequence[Row], unmet: Sequence[Unmet]) -> DayAgenda:
    """A firm's agenda with what could not be met."""
    return DayAgenda(
        published_at=day.shown.published_at,
        meetings=tuple(map(row_of, meetings)),
        unmet=tuple(
            UnmetWish(firm=firm_of(one.wanted), rank=one.rank, code=one.code, reason=one.text)
            for one in unmet
        ),
    )
