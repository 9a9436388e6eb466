"""Meetings that two firms agree between themselves: ask, accept, offer other times, decline, take back, cancel."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.ids import new_public_id
from kervan.meetings import moves, parties, rooms, states, telling
from kervan.meetings import times as times_of
from kervan.meetings.access import Seat, side_of
from kervan.meetings.queries import WHOLE
from kervan.meetings.states import Side
from kervan.meetings.times import Span
from kervan.policies import book
from kervan.requests.masking import mask
from kervan.trade import law
from kervan.trade.errors import N_, TradeError
from kervan.trade.languages import is_language

MOST_ROUNDS = 10
LONGEST_TOPIC, LONGEST_MESSAGE = 200, 1000

_INSERT = """
INSERT INTO meeting (public_id, event, exporter, importer, exporter_person, importer_person, asked_by, state, turn,
    answer_by, starts_at, ends_at, zone, topic, message, language, room_url, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'PROPOSED', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id
"""
_PROPOSE = """
INSERT INTO meeting_proposal (meeting, side, round, starts_at, ends_at)
SELECT $1, $2, $3, t.starts_at, t.ends_at FROM unnest($4::timestamptz[], $5::timestamptz[]) AS t (starts_at, ends_at)
"""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting that is asked for."""

    times: tuple[Span, ...]
    zone: str
    """Where the asker's clocks are."""
    topic: str
    message: str = ""
    language: str | None = None
    event: str | None = None
    """Public id."""
    room_url: str = ""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """Where a meeting stands after a step."""

    public_id: str
    state: str
    version: int
    masked: bool = False
    """Contact data was taken out of what was written."""
    again: bool = False
    """The same request had made it before."""


async def ask(caller: Caller, membership: Membership, key: str, wanted: Wanted, once: str) -> Saved:
    """Asks a firm (parties.wanted has the key) for a meeting; the same `once` again finds the first.

    Raises what parties.wanted does, Invalid by field (times.1 is the first time), Conflict when the two talk about a
    meeting already or too many of the firm's wait for an answer.
    """
    if (earlier := await _earlier(membership, once)) is not None:
        return earlier
    party = await parties.wanted(membership, key)
    the_book = await book.refresh()
    now = datetime.now(UTC)
    today = law.day_of(now)
    most = the_book.figure("MEETINGS_OPEN", today)
    side = side_of(membership)
    topic, message, masked = _texts(wanted)
    times = times_of.checked(wanted.times, the_book.figure("MEETING_PROPOSALS", today), now)
    mine, theirs = membership.organisation, party.organisation
    exporter, importer = (mine, theirs) if side is Side.EXPORTER else (theirs, mine)
    async with transaction() as tx:
        conn = tx.connection
        await moves.lock(conn, [mine, theirs])
        await moves.lock(conn, [], [caller.person])
        if (earlier := await _earlier(membership, once)) is not None:
            return earlier
        await _limits(conn, membership, exporter, importer, party.name, most)
        await _free(conn, caller.person, membership.organisation, times)
        first = min(times, key=times_of.start)
        event = await _event(conn, wanted.event, party, membership)
        public_id = new_public_id()
        id = await conn.fetchval(
            _INSERT, public_id, event, exporter, importer,
            caller.person if side is Side.EXPORTER else None, caller.person if side is Side.IMPORTER else None,
            str(side), str(states.other(side)), times_of.answer_by(times, now, the_book, today), first.starts_at,
            first.ends_at, wanted.zone, topic, message, wanted.language, wanted.room_url, _own(side, once),
        )  # fmt: skip
        await _offer(conn, id, side, 1, times)
        row = await conn.fetchrow(f"{WHOLE} WHERE m.id = $1", id)
        await moves.note(conn, row, "ask", "PROPOSED", side=side, actor=caller.actor, person=_person(caller))
        await telling.step(conn, row, "ask", side, "")
    return Saved(public_id=public_id, state="PROPOSED", version=1, masked=masked)


async def accept(
    caller: Caller, seat: Seat, proposal: int, *, room_url: str = "", version: int | None = None
) -> Saved:
    """Agrees to one of the offered times (meeting_proposal.id): from now on both sides know how to reach each other.

    Who accepts sits there. Raises Invalid beside `time` for a time that is not on offer or past, Conflict when one of
    the two people has another meeting then, or a firm cannot meet any more.
    """
    room = _room(room_url)
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.meeting, [caller.person])
        now = datetime.now(UTC)
        states.check("accept", row, seat.side, now)
        _in_time(row, now)
        time = await conn.fetchrow(
            """SELECT starts_at, ends_at FROM meeting_proposal WHERE id = $1 AND meeting = $2 AND side <> $3
                AND round = (SELECT max(round) FROM meeting_proposal WHERE meeting = $2)""",
            proposal,
            row["id"],
            str(seat.side),
        )
        if time is None:
            raise Invalid(fields={"time": N_("Choose one of the times.")})
        if time["starts_at"] <= now:
            raise Invalid(fields={"time": N_("This time is over. Propose another one.")})
        await parties.both_stand(conn, row)
        mine, theirs = _columns(seat.side)
        own_firm, sits = seat.membership.organisation, _sits(row, mine, caller)
        if await moves.busy(conn, [sits], [own_firm], time["starts_at"], time["ends_at"], row["id"]):
            raise Conflict(N_("You have another meeting at that time. Choose another time."))
        if await moves.busy(
            conn, [row[f"{theirs}_person"]], [row[theirs]], time["starts_at"], time["ends_at"], row["id"]
        ):
            raise Conflict(
                N_(
                    "The other side has another meeting at that time by now. Choose another time, or propose one."
                )
            )
        fresh = await moves.move(
            conn, row, "accept", side=seat.side, actor=caller.actor, person=_person(caller), version=version,
            sets={
                "starts_at": time["starts_at"], "ends_at": time["ends_at"], f"{mine}_person": sits,
                "room_url": room or row["room_url"] or rooms.own(),
            },
        )  # fmt: skip
        return _saved(fresh)


async def propose(
    caller: Caller,
    seat: Seat,
    times: Sequence[Span],
    *,
    zone: str,
    message: str = "",
    version: int | None = None,
) -> Saved:
    """Offers other times: the turn goes to the other side. An agreed meeting is open again, until one is accepted.

    Raises Invalid by field (times.1), Conflict when it is not this side's turn, after ten rounds, and when one of the
    firms cannot meet any more.
    """
    the_book = await book.refresh()
    now = datetime.now(UTC)
    today = law.day_of(now)
    checked = times_of.checked(times, the_book.figure("MEETING_PROPOSALS", today), now)
    if len(message.strip()) > LONGEST_MESSAGE:
        raise Invalid(fields={"message": Invalid(N_("At most {n} characters."), n=LONGEST_MESSAGE)})
    masked = mask(message.strip())
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.meeting, [caller.person])
        action = "move" if row["state"] == "CONFIRMED" else "propose"
        states.check(action, row, seat.side, now)
        _in_time(row, now)
        rounds: int = await conn.fetchval(
            "SELECT coalesce(max(round), 0) FROM meeting_proposal WHERE meeting = $1", row["id"]
        )
        if rounds >= MOST_ROUNDS:
            raise Conflict(
                N_("Times went back and forth {n} times. Accept one of those on offer, or decline."),
                n=MOST_ROUNDS,
            )
        await parties.both_stand(conn, row)
        mine, _ = _columns(seat.side)
        sits = _sits(row, mine, caller)
        await _free(conn, sits, seat.membership.organisation, checked, row["id"])
        first = min(checked, key=times_of.start)
        await _offer(conn, row["id"], seat.side, rounds + 1, checked)
        # What was agreed already is known to both: only before that contact data is taken out.
        said = message.strip() if row["confirmed_at"] is not None else masked.text
        fresh = await moves.move(
            conn, row, action, side=seat.side, actor=caller.actor, person=_person(caller), version=version,
            reason=said,
            sets={
                "turn": str(states.other(seat.side)), "answer_by": times_of.answer_by(checked, now, the_book, today),
                "starts_at": first.starts_at, "ends_at": first.ends_at, "zone": zone,
                f"{mine}_person": sits,
            },
        )  # fmt: skip
        return _saved(fresh, masked=said == masked.text and bool(masked.found))


def _in_time(row: Mapping[str, Any], now: datetime) -> None:
    """Raises Conflict for an ask whose time to answer is over, also before the clock's round has ended it."""
    if row["answer_by"] is not None and row["answer_by"] <= now:
        raise Conflict(N_("The time to answer is over: nothing was agreed. Ask for a new meeting."))


async def decline(caller: Caller, seat: Seat, reason: str, version: int | None = None) -> Saved:
    """Does not want to meet, with a reason that the other side reads; contact data in it is masked."""
    return await _end(caller, seat, "decline", reason, version)


async def cancel(caller: Caller, seat: Seat, reason: str = "", version: int | None = None) -> Saved:
    """Takes an ask back, or calls off what was agreed (then with a reason): both calendars hear of it."""
    return await _end(caller, seat, "cancel", reason, version)


async def _end(caller: Caller, seat: Seat, action: str, reason: str, version: int | None) -> Saved:
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.meeting)
        if action == "cancel" and row["state"] == "PROPOSED":
            action = "withdraw"
        said = reason if row["confirmed_at"] is not None else mask(reason).text
        fresh = await moves.move(
            tx.connection, row, action, side=seat.side, actor=caller.actor, person=_person(caller), version=version,
            reason=said,
        )  # fmt: skip
        return _saved(fresh, masked=said != reason)


async def give_room(caller: Caller, seat: Seat, room_url: str, version: int | None = None) -> Saved:
    """Says where an agreed meeting is held, or that it is elsewhere now: both calendars are corrected."""
    room = _room(room_url, required=True)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.meeting)
        fresh = await moves.move(
            tx.connection, row, "room", side=seat.side, actor=caller.actor, person=_person(caller), version=version,
            sets={"room_url": room},
        )  # fmt: skip
        return _saved(fresh)


def _saved(row: Mapping[str, Any], masked: bool = False) -> Saved:
    return Saved(public_id=row["public_id"], state=row["state"], version=row["version"], masked=masked)


def _columns(side: Side) -> tuple[str, str]:
    """Names of the own and of the other side's column."""
    return ("exporter", "importer") if side is Side.EXPORTER else ("importer", "exporter")


def _person(caller: Caller) -> int | None:
    return caller.person if caller.key is None else None


def _own(side: Side, once: str) -> str:
    """The key by side: two firms that ask each other may choose the same one."""
    return f"{side[0]} {once}"[:64]


def _sits(row: Mapping[str, Any], mine: str, caller: Caller) -> int:
    """person.id of who sits there for the own side: who acts, until it is agreed; from then on calendars name him."""
    known: int | None = row[f"{mine}_person"] if row["confirmed_at"] is not None else None
    return known or caller.person


async def _earlier(membership: Membership, once: str) -> Saved | None:
    side = side_of(membership)
    column, _ = _columns(side)
    rows = await fetch(
        f"SELECT public_id, state, version FROM meeting WHERE {column} = $1 AND idempotency_key = $2",
        membership.organisation,
        _own(side, once),
    )
    return Saved(**rows[0], again=True) if rows else None


def _texts(wanted: Wanted) -> tuple[str, str, bool]:
    """Topic and message without contact data. Raises Invalid by field."""
    wrong: dict[str, KervanError | str] = {}
    topic, message = " ".join(wanted.topic.split()), wanted.message.strip()
    if len(topic) < 3:
        wrong["topic"] = N_("Say in a few words what you want to talk about.")
    elif len(topic) > LONGEST_TOPIC:
        wrong["topic"] = Invalid(N_("At most {n} characters."), n=LONGEST_TOPIC)
    if len(message) > LONGEST_MESSAGE:
        wrong["message"] = Invalid(N_("At most {n} characters."), n=LONGEST_MESSAGE)
    if wanted.language is not None and not is_language(wanted.language):
        wrong["language"] = N_("Please choose one.")
    try:
        _room(wanted.room_url)
    except Invalid as error:
        wrong.update(error.fields)
    if wrong:
        raise Invalid(fields=wrong)
    clean, said = mask(topic), mask(message)
    return clean.text[:LONGEST_TOPIC], said.text[:LONGEST_MESSAGE], bool(clean.found or said.found)


async def _limits(
    conn: Connection, membership: Membership, exporter: int, importer: int, name: str, most: int
) -> None:
    side = side_of(membership)
    column, _ = _columns(side)
    waiting = await conn.fetchval(
        f"SELECT count(*) FROM meeting WHERE {column} = $1 AND state = 'PROPOSED' AND asked_by = $2",
        membership.organisation,
        str(side),
    )
    if waiting >= most:
        raise Conflict(N_("{n} meetings that you asked for wait for an answer. Wait for some first."), n=most)
    if await conn.fetchval(
        """SELECT EXISTS (SELECT FROM meeting WHERE exporter = $1 AND importer = $2 AND state = 'PROPOSED')""",
        exporter,
        importer,
    ):
        raise Conflict(
            N_("You and {name} talk about a meeting already. Answer there, or take it back first."), name=name
        )


async def _free(
    conn: Connection, person: int, organisation: int, times: Sequence[Span], but: int = 0
) -> None:
    """Raises Invalid beside a time at which the one who offers it has another meeting."""
    wrong: dict[str, KervanError | str] = {
        f"times.{n}": N_("You have another meeting at that time.")
        for n, time in enumerate(times, start=1)
        if await moves.busy(conn, [person], [organisation], time.starts_at, time.ends_at, but)
    }
    if wrong:
        raise Invalid(fields=wrong)


async def _event(
    conn: Connection, event: str | None, party: parties.Party, membership: Membership
) -> int | None:
    """trade_event.id. Raises Invalid beside `event` unless both firms are there and want meetings."""
    if not event:
        return None
    if event not in [found for found, _ in await parties.events(membership, party, "en")]:
        raise Invalid(fields={"event": N_("Not both of you take part in this event and want meetings.")})
    found: int | None = await conn.fetchval("SELECT id FROM trade_event WHERE public_id = $1", event)
    if found is None:
        raise NotFound()
    return found


async def _offer(conn: Connection, meeting: int, side: Side, round: int, times: Sequence[Span]) -> None:
    await conn.execute(
        _PROPOSE,
        meeting,
        str(side),
        round,
        [time.starts_at for time in times],
        [time.ends_at for time in times],
    )


def _room(text: str, *, required: bool = False) -> str:
    if not text.strip() and not required:
        return ""
    try:
        return rooms.address(text)
    except TradeError as error:
        raise Invalid(fields={"room_url": KervanError(error.message, **error.params)}) from error
