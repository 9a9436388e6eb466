"""What happens to registrations by the clock: offers lapse, places are given, reminders go out, lists are forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from asyncpg import Connection, Record

from kervan import audit
from kervan.db import fetch, transaction
from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.policies import book
from kervan.registrations import guests, happening, moves, people, places, service, surveys, telling
from kervan.registrations.limits import kept_months
from kervan.registrations.states import Side

log = structlog.get_logger(__name__)

BLANK = "—"
SURVEY = "SURVEY"
NO_SHOW_AFTER = "24 hours"
"""Devices of the door that had no line get so long to send their scans."""
SURVEY_FOR = "14 days"
"""Nobody is asked about what lies further back, when the platform was away."""

_OVER = (
    "SELECT DISTINCT event FROM registration WHERE state = 'OFFERED' AND offer_until <= now() ORDER BY event"
)
_LAPSED = """
SELECT * FROM registration WHERE event = $1 AND state = 'OFFERED' AND offer_until <= now() ORDER BY queued_at, id
"""
_WAITED_FOR = """
SELECT DISTINCT r.event FROM registration r JOIN trade_event e ON e.id = r.event
WHERE r.state = 'WAITLISTED' AND e.state = 'PUBLISHED' AND e.starts_at > now() ORDER BY r.event
"""
_CLOSED_FIRMS = """
SELECT r.id, r.event FROM registration r JOIN organisation o ON o.id = r.organisation
JOIN trade_event e ON e.id = r.event
WHERE o.closed_at IS NOT NULL AND r.state IN ('APPLIED', 'WAITLISTED', 'OFFERED', 'CONFIRMED') AND e.ends_at > now()
ORDER BY r.id LIMIT 500
"""
# The stage that is due now: the shortest that covers the time left. Who registered later than a stage began is not
# told at once of what he has just read; 7 days and 1 day are left out then, the last hour never is.
_STAGES: Sequence[tuple[str, str]] = (("1H", "1 hour"), ("1D", "1 day"), ("7D", "7 days"))
_DUE = """
SELECT r.id, r.event, s.stage FROM registration r JOIN trade_event e ON e.id = r.event
JOIN LATERAL (SELECT stage, span FROM unnest($1::text[], $2::text[]::interval[]) AS t (stage, span)
    WHERE e.starts_at - now() <= span ORDER BY span LIMIT 1) s ON true
WHERE r.state = 'CONFIRMED' AND e.state = 'PUBLISHED' AND e.starts_at > now()
    AND e.starts_at <= now() + interval '7 days'
    AND (s.stage = '1H' OR r.confirmed_at < e.starts_at - s.span)
    AND NOT EXISTS (SELECT FROM registration_reminder m
        WHERE m.registration = r.id AND m.stage = s.stage AND m.about = e.starts_at)
ORDER BY e.starts_at, r.id LIMIT 2000
"""
_ONCE = """
INSERT INTO registration_reminder (registration, stage, about) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING id
"""
# Where nobody was checked in, nobody kept a list: then who was there is not known, and stays so.
_MISSED = f"""
SELECT r.id, r.event FROM registration r JOIN trade_event e ON e.id = r.event
WHERE r.state = 'CONFIRMED' AND e.state = 'PUBLISHED' AND e.ends_at < now() - interval '{NO_SHOW_AFTER}'
    AND EXISTS (SELECT FROM registration a WHERE a.event = r.event AND a.state = 'ATTENDED')
ORDER BY r.id LIMIT 1000
"""
_TO_SURVEY = f"""
SELECT r.id, r.event FROM registration r JOIN trade_event e ON e.id = r.event
WHERE r.state IN ('ATTENDED', 'CONFIRMED') AND e.state = 'PUBLISHED'
    AND e.ends_at < now() - interval '{NO_SHOW_AFTER}' AND e.ends_at > now() - interval '{SURVEY_FOR}'
    AND (r.state = 'ATTENDED' OR NOT EXISTS (
        SELECT FROM registration a WHERE a.event = r.event AND a.state IN ('ATTENDED', 'NO_SHOW')))
    AND NOT EXISTS (SELECT FROM registration_reminder m WHERE m.registration = r.id AND m.stage = 'SURVEY')
ORDER BY r.id LIMIT 1000
"""
_OLD = """
SELECT id, public_id FROM trade_event e WHERE coalesce(e.ends_at, e.created_at) < now() - make_interval(months => $1)
    AND (EXISTS (SELECT FROM registration r JOIN registration_participant p ON p.registration = r.id
            WHERE r.event = e.id AND p.name <> '—')
        OR EXISTS (SELECT FROM registration r WHERE r.event = e.id AND (r.answers <> '{}' OR r.interest <> ''))
        OR EXISTS (SELECT FROM event_guest g WHERE g.event = e.id AND g.name <> '—'))
ORDER BY id LIMIT 200
"""
_FORGET = (
    """UPDATE registration SET answers = '{}', interest = '' WHERE event = $1""",
    """UPDATE event_survey s SET text = '' FROM registration r WHERE r.id = s.registration AND r.event = $1""",
    """UPDATE event_guest SET name = '—', email = '—', email_key = '—' || id, firm = '', note = '', reason = NULL
    WHERE event = $1""",
)


async def give_places() -> int:
    """Ends offers that nobody answered and gives every free place to who waits; returns how many moved."""
    await book.refresh()
    done = 0
    for found in await fetch(_OVER):
        async with transaction() as tx:
            event = await places.locked(tx.connection, found["event"])
            for row in await tx.connection.fetch(_LAPSED, event["id"]):
                await moves.move(tx.connection, event, row, "lapse", side=Side.SYSTEM)
                done += 1
            done += await moves.fill(tx.connection, event)
    for found in await fetch(_CLOSED_FIRMS):
        async with transaction() as tx:
            event = await places.locked(tx.connection, found["event"])
            row = await tx.connection.fetchrow("SELECT * FROM registration WHERE id = $1", found["id"])
            if row["state"] in ("APPLIED", "WAITLISTED", "OFFERED", "CONFIRMED"):
                await moves.move(tx.connection, event, row, "cancel", side=Side.SYSTEM)
                done += 1 + await moves.fill(tx.connection, event)
    for found in await fetch(_WAITED_FOR):
        done += await service.promote(found["event"])
    await guests.mark_joined()
    if done:
        log.info("places of events given", moved=done)
    return done


async def remind() -> int:
    """Reminds confirmed firms 7 days, a day and an hour before, once each and start; returns how many were reminded."""
    done = 0
    stages = [stage for stage, _ in _STAGES]
    for due in await fetch(_DUE, stages, [s for _, s in _STAGES]):
        async with transaction() as tx:
            event = await places.locked(tx.connection, due["event"])
            row = await tx.connection.fetchrow("SELECT * FROM registration WHERE id = $1", due["id"])
            still = row["state"] == "CONFIRMED" and event["state"] == "PUBLISHED"
            if still and await _once(tx.connection, due["id"], due["stage"], event["starts_at"]):
                await _remind(tx.connection, event, row, due["stage"])
                done += 1
    if done:
        log.info("reminders of events sent", count=done)
    return done


async def _once(conn: Connection, registration: int, stage: str, about: datetime) -> bool:
    return await conn.fetchval(_ONCE, registration, stage, about) is not None


async def _remind(conn: Connection, event: Record, row: Record, stage: str) -> None:
    org = await conn.fetchval("SELECT public_id FROM organisation WHERE id = $1", row["organisation"])
    go = f"/desk/{org}/events/{row['public_id']}"
    told = await telling.firm(conn, row)
    for person in told:
        language = person["language"]
        await send(
            "registration_reminder", person["email"], language, person=person["id"], name=person["name"], go=go,
            stage=stage, title=happening.title(event, language),
            when=happening.when(event, language, person["time_zone"]), place=happening.place(event, language),
            online=event["online_url"] if stage == "1H" else "",
        )  # fmt: skip
    await _bell(conn, told, "registration_reminder", event, stage, go, row)


async def _bell(
    conn: Connection,
    told: Sequence[Mapping[str, Any]],
    kind: str,
    event: Record,
    stage: str,
    go: str,
    row: Record,
) -> None:
    for person in told:
        await notifications.tell(
            conn, [person["id"]], kind, {"stage": stage, "title": happening.title(event, person["language"])}, go,
            f"{kind}-{row['public_id']}-{stage}-{event['starts_at']:%Y%m%d%H%M}", row["organisation"],
        )  # fmt: skip


async def end_attendance() -> int:
    """A day after an event at which people were checked in, who was not is NO_SHOW; returns how many firms."""
    done = 0
    for found in await fetch(_MISSED):
        async with transaction() as tx:
            event = await places.locked(tx.connection, found["event"])
            row = await tx.connection.fetchrow("SELECT * FROM registration WHERE id = $1", found["id"])
            if row["state"] == "CONFIRMED":
                await moves.move(tx.connection, event, row, "miss", side=Side.SYSTEM)
                done += 1
    return done


async def ask_surveys() -> int:
    """Asks firms that came how it was, once, a day after the event; returns how many."""
    done = 0
    for found in await fetch(_TO_SURVEY):
        async with transaction() as tx:
            conn = tx.connection
            event = await places.locked(conn, found["event"])
            row = await conn.fetchrow("SELECT * FROM registration WHERE id = $1", found["id"])
            if not await _once(conn, row["id"], SURVEY, event["starts_at"]):
                continue
            told = await telling.firm(conn, row)
            go = f"/survey/{surveys.token(row['public_id'])}"
            for person in told:
                await send(
                    "event_survey", person["email"], person["language"], person=person["id"], name=person["name"],
                    go=go, title=happening.title(event, person["language"]),
                )  # fmt: skip
            await _bell(conn, told, "event_survey", event, SURVEY, go, row)
            done += 1
    return done


async def forget_lists() -> int:
    """Takes the names out of lists of events that were EVENT_LIST_MONTHS ago; counts stay. Returns how many events."""
    await book.refresh()
    done = 0
    for found in await fetch(_OLD, kept_months()):
        async with transaction() as tx:
            conn = tx.connection
            for row in await conn.fetch(
                """SELECT p.id, p.public_id FROM registration_participant p JOIN registration r ON r.id = p.registration
                WHERE r.event = $1 AND p.name <> '—'""",
                found["id"],
            ):
                # Another ticket, so that the old one's address leads nowhere.
                await conn.execute(
                    "UPDATE registration_participant SET name = $2, job = '', ticket = $3 WHERE id = $1",
                    row["id"],
                    BLANK,
                    people.new_ticket(row["public_id"]),
                )
            for statement in _FORGET:
                await conn.execute(statement, found["id"])
            await audit.record("system:registrations", "event.list_forgotten", "event", found["public_id"])
            done += 1
    if done:
        log.info("lists of events forgotten", events=done)
    return done
