"""What a firm says for a meeting day: when it is free, in which languages, whom it wants to meet; suggestions."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid
from kervan.matching import asking, candidates
from kervan.matching.facts import Asked, Firm, Match
from kervan.matching.score import match
from kervan.matching.sentences import Said, of_match
from kervan.matching.weights import shipped
from kervan.meetings.day_access import Place
from kervan.meetings.day_rules import MOST_LANGUAGES, MOST_SLOTS
from kervan.meetings.day_structs import DayShown, Participant
from kervan.policies import book
from kervan.trade import languages, law
from kervan.trade.errors import N_

CHANGED = N_("A colleague has changed this in the meantime. Look at it again.")
_OVER = N_("Wishes cannot be changed any more: the organiser makes the agenda now.")

_LOCKED = """
SELECT p.id, p.state, p.version, p.side, d.state AS day_state, d.wishes_until, p.day
FROM day_participant p JOIN meeting_day d ON d.id = p.day WHERE p.id = $1 FOR UPDATE OF p
"""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When a firm can come, and how. `slots` are numbers of the day's slots."""

    slots: tuple[int, ...]
    languages: tuple[str, ...]
    most_meetings: int | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A firm's participation after a change: INVITED, READY or ABSENT, and its version."""

    state: str
    version: int


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A participant that fits, with the reasons in the reader's language."""

    participant: Participant
    match: Match
    good: tuple[Said, ...]


async def save_times(
    caller: Caller, place: Place, shown: DayShown, times: Times, version: int | None = None
) -> Standing:
    """Keeps when the firm is free; it takes part from then on.

    Raises Invalid by field, Conflict when it is too late or a colleague was faster.
    """
    wrong: dict[str, Invalid | str] = {}
    numbers = {slot.number for slot in shown.slots}
    if not times.slots:
        wrong["slots"] = N_("Tick at least one time at which you can come.")
    elif not set(times.slots) <= numbers:
        wrong["slots"] = N_("This cannot be chosen here.")
    if not times.languages:
        wrong["languages"] = N_("Choose at least one language that you speak.")
    elif not all(languages.is_language(code) for code in times.languages):
        wrong["languages"] = N_("This cannot be chosen here.")
    elif len(set(times.languages)) > MOST_LANGUAGES:
        wrong["languages"] = Invalid(N_("Choose at most {most}."), most=MOST_LANGUAGES)
    if times.most_meetings is not None and not 1 <= times.most_meetings <= MOST_SLOTS:
        wrong["most_meetings"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=1, high=MOST_SLOTS
        )
    if wrong:
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        await _locked(tx.connection, place, version)
        saved = await tx.connection.fetchrow(
            """UPDATE day_participant SET slots = $2, languages = $3, most_meetings = $4, person = $5, state = 'READY',
                version = version + 1, updated_at = now() WHERE id = $1 RETURNING state, version""",
            place.participant,
            sorted(set(times.slots)),
            list(dict.fromkeys(times.languages)),
            times.most_meetings,
            caller.person,
        )
    return Standing(**saved)


async def save_wishes(place: Place, wanted: Sequence[str], version: int | None = None) -> Standing:
    """Keeps whom the firm wants to meet (public ids of participants), the dearest first.

    Raises Invalid beside `wishes` for more than the law book's MEETING_WISHES, for the firm itself, one of its own
    side, one twice or one that does not take part; Conflict when it is too late or a colleague was faster.
    """
    most = await most_wishes()
    if len(wanted) > most:
        raise _wrong(Invalid(N_("At most {n} wishes: take some away first."), n=most))
    if len(set(wanted)) < len(wanted):
        raise _wrong(N_("You wished for this firm already."))
    async with transaction() as tx:
        row = await _locked(tx.connection, place, version)
        found = {
            one["public_id"]: one
            for one in await tx.connection.fetch(
                "SELECT id, public_id, side, state FROM day_participant WHERE day = $1 AND public_id = ANY($2)",
                place.day,
                list(wanted),
            )
        }
        for one in wanted:
            other = found.get(one)
            if other is None:
                raise _wrong(N_("This firm does not take part in the meeting day."))
            if other["id"] == place.participant:
                raise _wrong(N_("You cannot meet yourself."))
            if other["side"] == row["side"]:
                raise _wrong(N_("Exporters meet importers; this firm is on your own side."))
        await tx.connection.execute("DELETE FROM meeting_wish WHERE participant = $1", place.participant)
        await tx.connection.executemany(
            "INSERT INTO meeting_wish (participant, wanted, rank) VALUES ($1, $2, $3)",
            [(place.participant, found[one]["id"], rank) for rank, one in enumerate(wanted, 1)],
        )
        saved = await tx.connection.fetchrow(
            """UPDATE day_participant SET version = version + 1, updated_at = now() WHERE id = $1
            RETURNING state, version""",
            place.participant,
        )
    return Standing(**saved)


async def withdraw(caller: Caller, place: Place) -> Standing:
    """The firm does not come: nobody is planned to meet it. Before the agenda is made it may come back."""
    async with transaction() as tx:
        await _locked(tx.connection, place, None)
        saved = await tx.connection.fetchrow(
            """UPDATE day_participant SET state = 'ABSENT', version = version + 1, updated_at = now()
            WHERE id = $1 RETURNING state, version""",
            place.participant,
        )
        await audit.record(
            caller.actor, "meeting-day.withdrawn", "meeting_day", place.public_id,
            after={"organisation": place.membership.public_id},
        )  # fmt: skip
    return Standing(**saved)


async def most_wishes() -> int:
    """How many wishes a firm has in a day (law book, MEETING_WISHES)."""
    found = await book.refresh()
    return found.figure("MEETING_WISHES", law.day_of(datetime.now(UTC)))


async def suggestions(
    place: Place, participants: Sequence[Participant], language: str, most: int
) -> list[Suggestion]:
    """Participants of the other side that fit, the best first: the score is the same for both sides of a pair."""
    own = next(one for one in participants if one.id == place.participant)
    others = [one for one in participants if one.side != own.side and one.state != "ABSENT"]
    exporters = [one.entity for one in (*others, own) if one.side == "EXPORTER"]
    importers = [one.entity for one in (*others, own) if one.side == "IMPORTER"]
    firms = {firm.id: firm for firm in await candidates.firms(exporters)}
    interests = await _interests(importers)
    the_law, today, weights = law.current(), law.day_of(datetime.now(UTC)), shipped()
    cases = the_law.figure("RECORD_CASES", today)
    found: list[Suggestion] = []
    for other in others:
        exporter, importer = (own, other) if own.side == "EXPORTER" else (other, own)
        firm = firms.get(exporter.entity)
        if firm is None:
            continue
        # Who takes part in the day wants to be found there.
        here = msgspec.structs.replace(firm, opted_out=False)
        fits = [
            fit
            for asked in interests.get(importer.entity, ())
            if (fit := match(asked, _near(here, asked), the_law, today, weights, record_cases=cases))
        ]
        if best := max(fits, key=lambda fit: fit.score, default=None):
            good, _ = of_match(best, language, "EXPORTER" if own.side == "EXPORTER" else "REQUESTER")
            found.append(Suggestion(participant=other, match=best, good=good))
    return sorted(found, key=lambda one: (-one.match.score, one.participant.id))[:most]


def _near(firm: Firm, asked: Asked) -> Firm:
    return msgspec.structs.replace(firm, goods=candidates.nearest(firm.goods, asked.code))


async def _interests(importers: Sequence[int]) -> dict[int, list[Asked]]:
    rows = await fetch(
        """SELECT id, headings, sectors, country, provinces, languages FROM importer WHERE id = ANY($1::bigint[])""",
        list(importers),
    )
    return {
        row["id"]: asking.of_interests(**{name: value for name, value in row.items() if name != "id"})
        for row in rows
    }


async def _locked(conn: Connection, place: Place, version: int | None) -> Record:
    row = await conn.fetchrow(_LOCKED, place.participant)
    if row["day_state"] != "OPEN" or row["wishes_until"] <= datetime.now(UTC):
        raise Conflict(_OVER)
    if version is not None and version != row["version"]:
        raise Conflict(CHANGED)
    return row


def _wrong(why: Invalid | str) -> Invalid:
    return Invalid(fields={"wishes": why})
