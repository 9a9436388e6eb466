"""From the rows of a meeting day to the planner's input, and from its plan back to rows of meetings."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from kervan.db import fetch
from kervan.meetings import day_queries
from kervan.meetings.day_structs import DayShown, Participant
from kervan.meetings.moves import Planned
from kervan.meetings.planner_shapes import Day, Interpreters, Meeting, Pair, Slot, Wish
from kervan.meetings.planner_shapes import Participant as Planned_

HOUSE_LANGUAGES = frozenset({"tr", "en"})
"""Between which and another language interpreters of a day work."""

_MEETINGS = """
SELECT m.state, s.number, m.exporter, m.importer, m.interpreter, m.table_no FROM meeting m
JOIN meeting_slot s ON s.id = m.slot WHERE m.day = $1 AND (m.state IN ('CONFIRMED', 'HELD') OR m.state = 'CANCELLED'
    AND EXISTS (SELECT FROM meeting_step t WHERE t.meeting = m.id AND t.action = 'cancel'))
ORDER BY m.id
"""
# What the people or firms have agreed elsewhere at a slot's time: they cannot sit in two places.
_ELSEWHERE = """
SELECT DISTINCT p.id, s.number FROM day_participant p JOIN meeting_slot s ON s.day = p.day
JOIN meeting m ON m.state = 'CONFIRMED' AND m.day IS DISTINCT FROM p.day AND m.starts_at < s.ends_at
    AND m.ends_at > s.starts_at AND (p.person IN (m.exporter_person, m.importer_person)
        OR (p.organisation = m.exporter AND (m.exporter_person IS NULL OR p.person IS NULL))
        OR (p.organisation = m.importer AND (m.importer_person IS NULL OR p.person IS NULL)))
WHERE p.day = $1
"""
# Firms that were suspended or closed after they had been asked.
_FALLEN = """
SELECT p.id FROM day_participant p JOIN organisation o ON o.id = p.organisation
LEFT JOIN exporter x ON x.organisation = o.id LEFT JOIN importer im ON im.organisation = o.id
WHERE p.day = $1 AND (o.closed_at IS NOT NULL
    OR NOT coalesce(x.verification = 'VERIFIED', im.standing IN ('ACTIVE', 'VERIFIED'), false))
"""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The planner's input, and what its answer is read with."""

    day: Day
    people: Mapping[int, Participant]
    tables: Mapping[Pair, int | None]
    """Where the meetings that stay are held."""


async def of(shown: DayShown, now: datetime) -> Given:
    """What the planner is asked for a day now: slots that have begun are nobody's time any more."""
    people = {one.id: one for one in await day_queries.participants(shown.id)}
    by_firm = {one.organisation: one.id for one in people.values()}
    to_come = {slot.number for slot in shown.slots if slot.starts_at > now}
    elsewhere = {(row["id"], row["number"]) for row in await fetch(_ELSEWHERE, shown.id)}
    fallen = {row["id"] for row in await fetch(_FALLEN, shown.id)}
    kept: list[Meeting] = []
    tables: dict[Pair, int | None] = {}
    blocked: set[Pair] = set()
    for row in await fetch(_MEETINGS, shown.id):
        pair = by_firm.get(row["exporter"]), by_firm.get(row["importer"])
        if pair[0] is None or pair[1] is None:
            continue
        # What one of the two called off is not put before them again.
        if row["state"] != "CANCELLED":
            kept.append(Meeting(row["number"], pair[0], pair[1], row["interpreter"]))
            tables[pair[0], pair[1]] = row["table_no"]
        else:
            blocked.add((pair[0], pair[1]))
    languages = {meeting.interpreter for meeting in kept if meeting.interpreter}
    counts = {**dict.fromkeys(languages, 0), **shown.interpreters}
    day = Day(
        slots=tuple(Slot(slot.number, slot.starts_at, slot.ends_at) for slot in shown.slots),
        participants=tuple(
            Planned_(
                id=one.id,
                side=one.side,
                available=frozenset(
                    number for number in one.slots if number in to_come and (one.id, number) not in elsewhere
                ),
                languages=frozenset(one.languages),
                most=min(one.most_meetings or shown.most_meetings, shown.most_meetings),
                absent=one.state == "ABSENT" or one.id in fallen,
            )
            for one in people.values()
        ),
        wishes=tuple(Wish(**row) for row in await day_queries.wishes(shown.id)),
        tables=shown.tables,
        interpreters=tuple(
            Interpreters(language, HOUSE_LANGUAGES, count) for language, count in sorted(counts.items())
        ),
        kept=tuple(kept),
        blocked=frozenset(blocked - tables.keys()),
    )
    return Given(day=day, people=people, tables=tables)


def rows(shown: DayShown, given: Given, meetings: Sequence[Meeting]) -> list[Planned]:
    """The meetings that are new, each at the first table that is free in its slot."""
    slots = {slot.number: slot for slot in shown.slots}
    taken: dict[int, set[int]] = {}
    for meeting in given.day.kept:
        if (table := given.tables.get(meeting.pair)) is not None:
            taken.setdefault(meeting.slot, set()).add(table)
    found: list[Planned] = []
    for meeting in meetings:
        if meeting.pair in given.tables:
            continue
        exporter, importer = given.people[meeting.exporter], given.people[meeting.importer]
        slot = slots[meeting.slot]
        used = taken.setdefault(meeting.slot, set())
        table = None
        if not shown.online:
            table = next(number for number in range(1, len(used) + 2) if number not in used)
            used.add(table)
        found.append(
            Planned(
                slot=slot.id,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                exporter=exporter.organisation,
                importer=importer.organisation,
                exporter_person=exporter.person,
                importer_person=importer.person,
                language=_spoken(exporter, importer, meeting.interpreter),
                interpreter=meeting.interpreter,
                table_no=table,
            )
        )
    return found


def _spoken(exporter: Participant, importer: Participant, interpreter: str | None) -> str | None:
    """In which language they talk: one of both; with an interpreter that of the side that he translates for."""
    common = set(exporter.languages) & set(importer.languages)
    if interpreter is not None:
        common = (set(exporter.languages) | set(importer.languages)) & HOUSE_LANGUAGES
    order = ("en", "tr", *sorted(common))
    return next((language for language in order if language in common), None)
