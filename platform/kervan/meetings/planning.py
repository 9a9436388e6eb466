"""Plans of meeting days: asked for by the organiser, made by the worker, published, and made anew after a no-show."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio.to_thread
import msgspec
import structlog
from asyncpg import Connection

from kervan import audit, outbox
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, transaction
from kervan.errors import Conflict, NotFound
from kervan.ids import new_public_id
from kervan.meetings import day_access, day_queries, day_telling, days, moves, plan_input, planner
from kervan.meetings.day_structs import DayShown
from kervan.meetings.plan_input import Given
from kervan.meetings.planner_shapes import Plan
from kervan.meetings.states import Side
from kervan.outbox import Handler
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

TOPIC = "meetings.plan"
GIVEN_UP_AFTER = timedelta(minutes=5)
"""A run that has told nothing for so long is taken for dead: it may be asked for anew."""
_LARGEST_SEED = 2**31 - 1

_CLAIM = f"""
UPDATE meeting_plan SET state = 'RUNNING', began_at = now(), progress = 0 WHERE id = $1 AND (state = 'WAITING'
    OR (state = 'RUNNING' AND began_at < now() - interval '{int(GIVEN_UP_AFTER.total_seconds())} seconds'))
RETURNING day, seed, began_at
"""
_DONE = """
UPDATE meeting_plan SET state = 'DONE', progress = 100, figures = $3, refused = $4, ended_at = now()
WHERE id = $1 AND began_at = $2 AND state = 'RUNNING' RETURNING id
"""
# A reason that firms read beside the words of the mail, in whatever language that is.
_CANNOT_COME = "{name} gelemiyor. / {name} cannot come."
_OUR_FAULT = N_("Something went wrong on our side, and it is noted. Please try again later.")


class StillRunning(RuntimeError):
    """Another worker has this plan; the outbox asks again."""


async def ask(caller: Caller, day: str, *, seed: int = 1, version: int | None = None) -> str:
    """Ends the time for wishes and has a plan made in the background; the plan's public id.

    Raises Conflict while another plan is made, and for a day that is not open, or over.
    """
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        row = await tx.connection.fetchrow("SELECT * FROM meeting_day WHERE id = $1 FOR UPDATE", desk.id)
        if row is None:
            raise NotFound()
        if version is not None and version != row["version"]:
            raise Conflict(days.CHANGED)
        if row["state"] not in ("OPEN", "PLANNED", "PUBLISHED"):
            raise Conflict(N_("This cannot be done with a meeting day in this state."))
        busy = await tx.connection.fetchval(
            """SELECT count(*) FROM meeting_plan WHERE day = $1 AND (state = 'WAITING' OR state = 'RUNNING')
                AND coalesce(began_at, created_at) > now() - $2::interval""",
            desk.id,
            GIVEN_UP_AFTER,
        )
        if busy:
            raise Conflict(N_("A plan is being made already. Wait until it is there."))
        await tx.connection.execute(
            """UPDATE meeting_plan SET state = 'FAILED', problem = $2, ended_at = now()
            WHERE day = $1 AND state IN ('WAITING', 'RUNNING')""",
            desk.id,
            _OUR_FAULT,
        )
        await tx.connection.execute(
            """UPDATE meeting_day SET wishes_until = least(wishes_until, now()), seed = $2, updated_at = now(),
                version = version + 1 WHERE id = $1""",
            desk.id,
            seed,
        )
        public_id = new_public_id()
        plan: int = await tx.connection.fetchval(
            "INSERT INTO meeting_plan (public_id, day, person, seed) VALUES ($1, $2, $3, $4) RETURNING id",
            public_id,
            desk.id,
            caller.person,
            min(max(seed, 0), _LARGEST_SEED),
        )
        await outbox.publish(TOPIC, plan=plan)
        await audit.record(caller.actor, "meeting-day.plan", "meeting_day", day, after={"seed": seed})
    return public_id


def handlers() -> Mapping[str, Handler]:
    """The topic of plans. In a lane of its own: a plan takes seconds of a processor."""

    async def work(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            await carry_out(payload["plan"])

    return {TOPIC: work}


async def carry_out(plan: int) -> None:
    """Makes a plan (meeting_plan.id) and puts its meetings into the day. Doing it again changes nothing.

    Raises StillRunning while another worker is at it.
    """
    rows = await fetch(_CLAIM, plan)
    if not rows:
        states = [row["state"] for row in await fetch("SELECT state FROM meeting_plan WHERE id = $1", plan)]
        if states == ["RUNNING"]:
            raise StillRunning(f"plan {plan}")
        return
    claim = rows[0]
    try:
        kept = False
        while not kept:
            shown = await day_queries.shown(claim["day"])
            given = await plan_input.of(shown, datetime.now(UTC))
            made = await _made(plan, given, claim["seed"])
            kept = await _keep(plan, claim["began_at"], shown, given, made)
    except Exception as error:
        # Kept for the organiser instead of tried for ever: the same input would fail the same way.
        log.exception("planning failed", plan=plan, error=repr(error))
        await execute(
            """UPDATE meeting_plan SET state = 'FAILED', problem = $2, ended_at = now()
            WHERE id = $1 AND state = 'RUNNING'""",
            plan,
            _OUR_FAULT,
        )


async def _made(plan: int, given: Given, seed: int) -> Plan:
    """The plan, made in a thread; how far it is, is written every second."""
    told = [0]

    async def beat() -> None:
        while True:
            await asyncio.sleep(1)
            await execute(
                "UPDATE meeting_plan SET progress = $2 WHERE id = $1 AND state = 'RUNNING'", plan, told[0]
            )

    def tell(percent: int) -> None:
        told[0] = min(percent, 99)

    beating = asyncio.create_task(beat())
    try:
        return await anyio.to_thread.run_sync(lambda: planner.plan(given.day, seed=seed, tell=tell))
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _keep(plan: int, began_at: datetime, shown: DayShown, given: Given, made: Plan) -> bool:
    """Puts the plan into the day; False, and nothing is kept, when somebody dropped out or came after all meanwhile."""
    refused = [
        {
            "by": why.wish.by,
            "wanted": why.wish.wanted,
            "rank": why.wish.rank,
            "why": why.code,
            "params": why.params,
        }
        for why in made.refused
    ]
    figures = {**msgspec.to_builtins(made.figures), "gap": made.figures.gap}
    async with transaction() as tx:
        state = await tx.connection.fetchval(
            "SELECT state FROM meeting_day WHERE id = $1 FOR UPDATE", shown.id
        )
        if await _absent(tx.connection, shown.id) != {
            one.id for one in given.people.values() if one.state == "ABSENT"
        }:
            return False
        done = await tx.connection.fetchval(
            _DONE,
            plan,
            began_at,
            msgspec.json.encode(figures).decode(),
            msgspec.json.encode(refused).decode(),
        )
        if done is None or state not in ("OPEN", "PLANNED", "PUBLISHED"):
            return True
        await moves.drop_planned(tx.connection, shown.id)
        await moves.create_planned(tx.connection, shown.id, plan_input.rows(shown, given, made.meetings))
        if state == "OPEN":
            await tx.connection.execute(
                "UPDATE meeting_day SET state = 'PLANNED', version = version + 1, updated_at = now() WHERE id = $1",
                shown.id,
            )
    return True


async def _absent(conn: Connection, day: int) -> set[int]:
    """day_participant.id of the firms that do not come."""
    rows = await conn.fetch("SELECT id FROM day_participant WHERE day = $1 AND state = 'ABSENT'", day)
    return {row["id"] for row in rows}


class Published(msgspec.Struct, frozen=True):
    """How many meetings were told, and how many clash with one that was agreed elsewhere meanwhile."""

    meetings: int
    clashes: int


async def publish(caller: Caller, day: str, version: int | None = None) -> Published:
    """Makes the agenda known: what was planned is agreed, everybody gets the own agenda by mail and bell.

    Raises Conflict while there is no plan, or a new one is being made.
    """
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        row = await tx.connection.fetchrow("SELECT * FROM meeting_day WHERE id = $1 FOR UPDATE", desk.id)
        if row is None:
            raise NotFound()
        if version is not None and version != row["version"]:
            raise Conflict(days.CHANGED)
        shown = await day_queries.shown(desk.id)
        plan = await day_queries.plan(shown)
        if row["state"] not in ("PLANNED", "PUBLISHED") or plan is None or plan.state != "DONE":
            raise Conflict(N_("There is no finished plan that could be made known."))
        if shown.event_state == "CANCELLED":
            raise Conflict(N_("The event was cancelled."))
        told = await moves.confirm_planned(tx.connection, desk.id, caller.actor)
        await tx.connection.execute(
            """UPDATE meeting_day SET state = 'PUBLISHED', published_at = clock_timestamp(), version = version + 1,
                updated_at = now() WHERE id = $1""",
            desk.id,
        )
        await day_telling.published(tx.connection, desk.id)
        await audit.record(
            caller.actor, "meeting-day.published", "meeting_day", day,
            after={"meetings": len(told.ids), "clashes": len(told.clashes)},
        )  # fmt: skip
    return Published(len(told.ids), len(told.clashes))


async def missing(caller: Caller, day: str, participant: str) -> int:
    """A firm did not come, or will not: its meetings to come are called off, those that began are noted.

    The time of the others is free for a new plan. Returns how many meetings were called off. Raises Conflict.
    """
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        state = await tx.connection.fetchval(
            "SELECT state FROM meeting_day WHERE id = $1 FOR UPDATE", desk.id
        )
        if state not in ("OPEN", "PLANNED", "PUBLISHED"):
            raise Conflict(N_("This cannot be done with a meeting day in this state."))
        row = await tx.connection.fetchrow(
            """UPDATE day_participant p SET state = 'ABSENT', version = p.version + 1, updated_at = now()
            FROM organisation o WHERE o.id = p.organisation AND p.day = $1 AND p.public_id = $2
            RETURNING p.organisation, o.name""",
            desk.id,
            participant,
        )
        if row is None:
            raise Conflict(N_("This firm does not take part in the meeting day."))
        begun = await tx.connection.fetch(
            """SELECT id FROM meeting WHERE day = $1 AND state IN ('CONFIRMED', 'HELD') AND starts_at <= now()
                AND $2 IN (exporter, importer) ORDER BY id""",
            desk.id,
            row["organisation"],
        )
        # What was planned and told to nobody: the agenda that is made known is without it.
        await tx.connection.execute(
            "DELETE FROM meeting WHERE day = $1 AND state = 'PLANNED' AND $2 IN (exporter, importer)",
            desk.id,
            row["organisation"],
        )
        gone = await days.call_off_meetings(
            tx.connection, desk.id, row["organisation"], actor=caller.actor, person=caller.person,
            reason=_CANNOT_COME.format(name=row["name"]),
        )  # fmt: skip
        for meeting in begun:
            # Quiet: the words for it blame who reads them, and one of the two was there.
            await moves.move(
                tx.connection, await moves.locked(tx.connection, meeting["id"]), "no-show", side=Side.STAFF,
                actor=caller.actor, person=caller.person, quiet=True,
            )  # fmt: skip
        await audit.record(
            caller.actor, "meeting-day.missing", "meeting_day", day,
            after={"participant": participant, "called_off": gone, "begun": len(begun)},
        )  # fmt: skip
    return gone


async def present(caller: Caller, day: str, participant: str) -> None:
    """A firm that was noted as missing came after all: it is planned again. Raises NotFound."""
    desk = await day_access.organised(caller, day)
    async with transaction() as tx:
        done = await tx.connection.fetchval(
            """UPDATE day_participant SET state = CASE WHEN slots = '{}' THEN 'INVITED' ELSE 'READY' END,
                version = version + 1, updated_at = now()
            WHERE day = $1 AND public_id = $2 AND state = 'ABSENT' RETURNING id""",
            desk.id,
            participant,
        )
        if done is None:
            raise NotFound()
        await audit.record(
            caller.actor, "meeting-day.present", "meeting_day", day, after={"participant": participant}
        )
