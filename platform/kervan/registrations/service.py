"""What a firm does with its registration: takes it, cancels it, answers an offer, says who comes.

Each function is one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.events import phases
from kervan.events.queries import question_of
from kervan.events.structs import Question
from kervan.events.tables import EventState, RegistrationBy
from kervan.ids import new_public_id
from kervan.policies import book
from kervan.registrations import access, guests, moves, places, rules, states
from kervan.registrations.people import write_people
from kervan.registrations.states import Side
from kervan.registrations.structs import PersonWanted, Registered, Wanted
from kervan.registrations.tables import RegistrationState as S
from kervan.trade.errors import N_

_INSERT = """
INSERT INTO registration (public_id, event, organisation, person, side, state, answers, interest, wants_meetings,
    queued_at, confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6::text, $7, $8, $9, clock_timestamp(), CASE WHEN $6::text = 'CONFIRMED' THEN now() END)
RETURNING *
"""
_AGAIN = """
UPDATE registration SET person = $2, side = $3, state = $4::text, answers = $5, interest = $6, wants_meetings = $7,
    queued_at = clock_timestamp(), offer_until = NULL, reason = NULL, cancelled_at = NULL,
    confirmed_at = CASE WHEN $4::text = 'CONFIRMED' THEN now() END, version = version + 1, updated_at = now()
WHERE id = $1 RETURNING *
"""
_QUESTIONS = """
SELECT id, kind, label, side, options, required FROM event_question
WHERE event = $1 AND side IN ($2, 'BOTH') AND retired_at IS NULL ORDER BY position, id
"""
_LAST_DECISION = """
SELECT action FROM registration_step WHERE registration = $1 AND action IN ('remove', 'confirm', 'hold')
ORDER BY id DESC LIMIT 1
"""


async def register(caller: Caller, org: str, event: str, wanted: Wanted) -> Registered:
    """Registers a firm (public id) for an event (public id); a full event puts it on the waiting list.

    Raises NotFound for strangers and for events that are not announced, Forbidden without the right, Invalid by field
    (people, interest, agreed, question-<id>), Conflict when it cannot register or is registered already.
    """
    membership = access.registers(caller, org)
    side = access.side_of(membership)
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        row = await places.locked_by_public_id(conn, event)
        refuse(row, membership)
        wanted = rules.checked(wanted, await _questions(conn, row["id"], side), row["people_per_firm"])
        earlier = await conn.fetchrow(
            "SELECT * FROM registration WHERE event = $1 AND organisation = $2",
            row["id"],
            membership.organisation,
        )
        if earlier is not None and earlier["state"] == S.REJECTED:
            raise Conflict(N_("The organiser did not accept this registration. Write to the organiser."))
        if earlier is not None and earlier["state"] != S.CANCELLED:
            raise Conflict(N_("{name} is registered for this event already."), name=membership.name)
        # Who waits already goes first, also when places were added a moment ago.
        await moves.fill(conn, row)
        action = await _how(conn, row, side, earlier)
        after = states.check(action, earlier["state"] if earlier else None, Side.FIRM)
        new = await _write(conn, caller, row, membership, side, earlier, str(after), wanted)
        await write_people(conn, new["id"], wanted.people)
        await moves.written(
            conn,
            row,
            new,
            action,
            before=earlier["state"] if earlier else None,
            side=Side.FIRM,
            caller=caller,
        )
        await guests.joined(conn, caller.person)
        return _registered(new)


def refuse(event: Mapping[str, Any], membership: Membership) -> None:
    """Raises NotFound for an event without a public page, and Conflict with a sentence for a firm that cannot register.

    `event` is a row of places.EVENT.
    """
    if event["state"] not in (EventState.PUBLISHED, EventState.CANCELLED) or event["published_at"] is None:
        raise NotFound()
    if event["state"] == EventState.CANCELLED:
        raise Conflict(N_("This event was cancelled."))
    if event["registration"] != RegistrationBy.PLATFORM:
        raise Conflict(N_("One does not register for this event here."))
    _refuse_time(event, datetime.now(UTC))
    side = access.side_of(membership)
    if places.capacity(event, side) == 0:
        raise Conflict(
            N_("This event is for importers only.")
            if side == places.EXPORTER
            else N_("This event is for exporters only.")
        )
    targets = event["target_countries"]
    if side == places.IMPORTER and targets and membership.country not in targets:
        raise Conflict(N_("This event is for importers of other countries than yours."))


def _refuse_time(event: Mapping[str, Any], now: datetime) -> None:
    opens, closes = event["registration_opens_at"], event["registration_closes_at"]
    if phases.is_open(
        event["state"], event["starts_at"], event["ends_at"], event["registration"], opens, closes, now
    ):
        return
    if opens is not None and opens > now:
        raise Conflict(N_("Registration has not begun yet."))
    raise Conflict(N_("Registration is over."))


async def _how(conn: Connection, event: Record, side: str, earlier: Record | None) -> str:
    """Which arrow a new registration takes. Whom the organiser took off decides about himself no more, whatever he did
    since: not before the organiser has let him in again."""
    removed = earlier is not None and await conn.fetchval(_LAST_DECISION, earlier["id"]) == "remove"
    if event["reviewed"] or removed:
        return "apply"
    # Behind those who wait: a place that is free while somebody waits is not for who comes last.
    waiting = await places.first_waiting(conn, event["id"], side) is not None
    return "register" if not waiting and await places.is_free(conn, event, side) else "queue"


async def _write(
    conn: Connection,
    caller: Caller,
    event: Record,
    membership: Membership,
    side: str,
    earlier: Record | None,
    state: str,
    wanted: Wanted,
) -> Record:
    answers = msgspec.json.encode({str(id): value for id, value in wanted.answers.items()}).decode()
    values = (side, state, answers, wanted.interest, wanted.wants_meetings)
    if earlier is not None:
        return await conn.fetchrow(_AGAIN, earlier["id"], caller.person, *values)
    return await conn.fetchrow(
        _INSERT, new_public_id(), event["id"], membership.organisation, caller.person, *values
    )


async def _questions(conn: Connection, event: int, side: str) -> Sequence[Question]:
    return [question_of(row) for row in await conn.fetch(_QUESTIONS, event, side)]


async def cancel(
    caller: Caller, org: str, registration: str, version: int | None = None, reason: str = ""
) -> Registered:
    """Gives a registration up; whoever waits longest is offered the place. Possible until the event is over.

    Raises NotFound for strangers, Forbidden without the right, Conflict for one that is over.
    """
    seat = await access.own(caller, org, registration, act=True)
    await book.refresh()
    async with transaction() as tx:
        event = await places.locked(tx.connection, seat.event)
        if event["ends_at"] <= datetime.now(UTC):
            raise Conflict(N_("This event is over."))
        row = await moves.of_event(tx.connection, seat.event, registration)
        new = await moves.move(
            tx.connection, event, row, "cancel", side=Side.FIRM, caller=caller, version=version, reason=reason
        )
        await moves.fill(tx.connection, event)
        return _registered(new)


async def answer_offer(
    caller: Caller, org: str, registration: str, accept: bool, version: int | None = None
) -> Registered:
    """Takes the place that a waiting firm was offered, or leaves it to the next one.

    Raises NotFound and Forbidden as `cancel`, Forbidden also for a firm that may not register at present and wants the
    place, Conflict when nothing is offered any more.
    """
    seat = await access.own(caller, org, registration, act=True)
    if accept:
        access.registers(caller, org)
    await book.refresh()
    async with transaction() as tx:
        event = await places.locked(tx.connection, seat.event)
        row = await moves.of_event(tx.connection, seat.event, registration)
        if accept and event["state"] == EventState.CANCELLED:
            raise Conflict(N_("This event was cancelled."))
        if row["state"] == S.OFFERED and row["offer_until"] <= datetime.now(UTC):
            raise Conflict(N_("The time to answer is over. The place went to the next firm."))
        action = "accept" if accept else "decline"
        new = await moves.move(
            tx.connection, event, row, action, side=Side.FIRM, caller=caller, version=version
        )
        await moves.fill(tx.connection, event)
        return _registered(new)


async def change_people(
    caller: Caller, org: str, registration: str, people: Sequence[PersonWanted]
) -> Registered:
    """Says anew who comes for the firm; tickets of those who stay hold, others end. Possible until the event is over.

    Raises NotFound and Forbidden as `cancel`, Invalid beside `people`, Conflict for a registration that is over.
    """
    seat = await access.own(caller, org, registration, act=True)
    async with transaction() as tx:
        event = await places.locked(tx.connection, seat.event)
        row = await moves.of_event(tx.connection, seat.event, registration)
        if row["state"] not in states.STANDING or event["ends_at"] <= datetime.now(UTC):
            raise Conflict(N_("This cannot be done with a registration in this state."))
        wrong: dict[str, KervanError | str] = {}
        found = rules.people(people, event["people_per_firm"], wrong)
        if wrong:
            raise Invalid(fields=wrong)
        await write_people(tx.connection, row["id"], found)
        return _registered(row)


def _registered(row: Mapping[str, Any]) -> Registered:
    return Registered(id=row["id"], public_id=row["public_id"], state=row["state"], version=row["version"])


async def promote(event: int) -> int:
    """Gives free places of an event (trade_event.id) to who waits; returns how many. Safe to repeat."""
    await book.refresh()
    async with transaction() as tx:
        return await moves.fill(tx.connection, await places.locked(tx.connection, event))


def firms(caller: Caller) -> list[Membership]:
    """The caller's firms that could register somewhere: importers, and exporters whoever verified them or not."""
    return [m for m in caller.memberships if access.may_register(m)]


async def check(event: str, membership: Membership) -> None:
    """Raises what `register` would for this firm before anything is typed: NotFound, or Conflict with a sentence."""
    rows = await fetch(f"{places.EVENT} WHERE e.public_id = $1", event)
    if not rows:
        raise NotFound()
    refuse(rows[0], membership)
    earlier = await registered(rows[0]["id"], membership.organisation)
    if earlier is not None and earlier.state == S.REJECTED:
        raise Conflict(N_("The organiser did not accept this registration. Write to the organiser."))


async def registered(event: int, organisation: int) -> Registered | None:
    """A firm's registration for an event, whatever became of it."""
    rows = await fetch(
        "SELECT id, public_id, state, version FROM registration WHERE event = $1 AND organisation = $2",
        event,
        organisation,
    )
    return _registered(rows[0]) if rows else None
