"""What was told just now, moved to the days on which it is said to have happened.

The services that make the demo's trade stamp everything with the real clock, and guards (m0006 and those after it)
keep anybody from changing such rows. Here, and nowhere else, the guards of the tables concerned are put aside: inside
one transaction, by the owner of the tables, and only for rows that the demo has just written. The audit trail is left
as it is: it says when the demo was made, which is the truth. Papers are not touched either: they were printed with the
day on which they are said to be (orders.deadlines.told_on), so that print, hash and record agree.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
from asyncpg import Connection

from kervan.db import transaction
from kervan.orders import deadlines
from kervan.orders.tables import State
from kervan.trade.law import current, day_of

_GUARDS = """
SELECT c.relname AS table, t.tgname AS guard FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND c.relname = ANY($1::text[])
    AND c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname, t.tgname
"""

# A moment of the real clock as the moment that its step is told at; what is not of these steps stays.
_AT = """coalesce((SELECT {at} + (m.told - m.since) FROM unnest($2::timestamptz[], $3::timestamptz[]) AS m (since, told)
    WHERE m.since <= {at} ORDER BY m.since DESC LIMIT 1), {at})"""

_ORDER: Sequence[tuple[str, Sequence[str], str]] = (
    ("trade_order", ("submitted_at", "accepted_at", "ended_at", "updated_at"), "t.id = $1"),
    ("order_terms", ("created_at",), 't."order" = $1'),
    ("order_event", ("at",), 't."order" = $1'),
    ("message", ("created_at", "read_at"), "t.about = 'ORDER' AND t.subject = $1"),
    ("document", ("issued_at", "superseded_at"), 't."order" = $1'),
    ("document_file", ("created_at",), 't.document IN (SELECT id FROM document WHERE "order" = $1)'),
    ("declaration", ("created_at", "updated_at"), 't."order" = $1'),
    ("vat_step", ("created_at",), 't."order" = $1'),
    ("split_flag", ("created_at",), 't."order" = $1'),
)
_RECIPIENTS = "SELECT id FROM inquiry_recipient WHERE inquiry = $1"
_INQUIRY: Sequence[tuple[str, Sequence[str], str]] = (
    ("inquiry", ("created_at", "closed_at", "revealed_at"), "t.id = $1"),
    (
        "inquiry_recipient",
        ("created_at", "opened_at", "answered_at", "declined_at"),
        "t.inquiry = $1",
    ),
    ("quote", ("created_at", "sent_at", "decided_at", "updated_at"), "t.inquiry = $1"),
    (
        "quote_revision",
        ("created_at", "sent_at"),
        "t.quote IN (SELECT id FROM quote WHERE inquiry = $1)",
    ),
    (
        "message",
        ("created_at", "read_at"),
        f"(t.about = 'RFQ' AND t.subject = $1) OR (t.about = 'INQUIRY' AND t.subject IN ({_RECIPIENTS}))",
    ),
    ("deal", ("created_at", "ended_at"), "t.inquiry = $1"),
)


class Mark(msgspec.Struct, frozen=True):
    """What was written from `since` (the real clock) on, up to the next mark, happened at `told`."""

    since: datetime
    told: datetime


def mark(told: datetime) -> Mark:
    """A mark that begins now."""
    return Mark(datetime.now(UTC), told)


async def order(order_id: int, marks: Sequence[Mark], *, waits: bool = False) -> None:
    """Moves an order and all that belongs to it; doing it twice changes nothing.

    With `waits` the time to answer runs from the step that led to its state: only for an order that waits for an
    answer. The law's day and the rate's move along: the demo orders in EUR, whose rate is the same every day.
    """
    async with _unguarded(_ORDER) as conn:
        await _move(conn, _ORDER, order_id, marks)
        await conn.execute(
            """UPDATE order_terms SET law_on = d.day, rate_date = d.day
            FROM (SELECT id, (created_at AT TIME ZONE 'Europe/Istanbul')::date AS day FROM order_terms) AS d
            WHERE d.id = order_terms.id AND "order" = $1 AND currency = 'EUR'""",
            order_id,
        )
        if waits:
            row = await conn.fetchrow(
                """SELECT o.exporter, o.state, (SELECT max(e.at) FROM order_event e
                    WHERE e."order" = o.id AND e.before IS DISTINCT FROM e.after) AS since
                FROM trade_order o WHERE o.id = $1""",
                order_id,
            )
            answer_by = await deadlines.answer_by(conn, row["exporter"], State(row["state"]), row["since"])
            await conn.execute("UPDATE trade_order SET answer_by = $2 WHERE id = $1", order_id, answer_by)
        await _forget_mails(conn, marks)
        await _move_bells(conn, marks)


async def inquiry(inquiry_id: int, marks: Sequence[Mark], *, quotes_too: bool = False) -> None:
    """Moves an inquiry with its quotes, messages and deal; `quotes_too`: the last day of its quotes as well."""
    async with _unguarded(_INQUIRY) as conn:
        await _move(conn, _INQUIRY, inquiry_id, marks)
        days = current().figure("INQUIRY_DAYS", day_of(marks[0].told))
        await conn.execute(
            "UPDATE inquiry SET expires_at = created_at + make_interval(days => $2) WHERE id = $1",
            inquiry_id,
            days,
        )
        if quotes_too:
            back = (marks[0].since - marks[0].told).days
            for table, which in (
                ("quote", "inquiry = $1"),
                ("quote_revision", "quote IN (SELECT id FROM quote WHERE inquiry = $1)"),
            ):
                await conn.execute(
                    f"UPDATE {table} SET valid_until = valid_until - $2::int WHERE {which}", inquiry_id, back
                )
        await _forget_mails(conn, marks)
        await _move_bells(conn, marks)


_REQUEST: Sequence[tuple[str, Sequence[str], str]] = (
    (
        "trade_request",
        ("created_at", "submitted_at", "published_at", "closed_at", "updated_at", "review_due_at"),
        "t.id = $1",
    ),
    ("request_event", ("at",), "t.request = $1"),
    ("request_edition", ("published_at",), "t.request = $1"),
    ("announcement", ("announced_at",), "t.request = $1"),
)


async def request(request_id: int, marks: Sequence[Mark]) -> None:
    """Moves a request with its time line, and its answers where there are any (their deadline stays)."""
    async with _unguarded((*_REQUEST, *_INQUIRY)) as conn:
        await _move(conn, _REQUEST, request_id, marks)
        inquiry_id = await conn.fetchval("SELECT id FROM inquiry WHERE request = $1", request_id)
        if inquiry_id is not None:
            await _move(conn, _INQUIRY, inquiry_id, marks)
        await _forget_mails(conn, marks)
        await _move_bells(conn, marks)


_EVENT: Sequence[tuple[str, Sequence[str], str]] = (
    (
        "trade_event",
        (
            "created_at",
            "submitted_at",
            "approved_at",
            "published_at",
            "cancelled_at",
            "changed_at",
            "updated_at",
        ),
        "t.id = $1",
    ),
    ("event_step", ("at",), "t.event = $1"),
    ("registration", ("created_at", "queued_at", "confirmed_at", "updated_at"), "t.event = $1"),
    ("registration_step", ("at",), "t.registration IN (SELECT id FROM registration WHERE event = $1)"),
)


async def event(event_id: int, marks: Sequence[Mark]) -> None:
    """Moves an event's time line and its registrations; the days on which it is held stay."""
    async with _unguarded(_EVENT) as conn:
        await _move(conn, _EVENT, event_id, marks)
        await _forget_mails(conn, marks)
        await _move_bells(conn, marks)


async def ticked(deal_id: int, step: str, told: datetime) -> None:
    """Lets a step of a deal's checklist have been ticked at this moment."""
    async with transaction() as tx:
        await tx.connection.execute(
            "UPDATE deal SET steps = steps || jsonb_build_object($2::text, $3::text) WHERE id = $1",
            deal_id,
            step,
            f"{told:%Y-%m-%dT%H:%M:%SZ}",
        )


async def limits(exporter_id: int, since: datetime) -> None:
    """Lets an exporter's newest limits hold since a day in the past."""
    async with _unguarded((("exporter_limit", (), ""),)) as conn:
        await conn.execute(
            """UPDATE exporter_limit SET valid_from = $2
            WHERE id = (SELECT max(id) FROM exporter_limit WHERE exporter = $1)""",
            exporter_id,
            since,
        )


async def begun_before(organisations: Sequence[int], days: int) -> None:
    """Lets firms and their people have come so many days before: earlier than their first order.

    Of people who are here for long already nothing is changed, nor of exporters: the fixtures say since when those are.
    """
    async with transaction() as tx:
        conn, back = tx.connection, timedelta(days=days)
        for statement in (
            """UPDATE person SET created_at = created_at - $2::interval WHERE created_at > now() - interval '1 day'
                AND id IN (SELECT person FROM membership WHERE organisation = ANY($1::bigint[]))""",
            """UPDATE importer SET created_at = created_at - $2::interval, verified_at = verified_at - $2::interval,
                verified_until = (verified_until - $2::interval)::date
            WHERE created_at > now() - interval '1 day' AND organisation = ANY($1::bigint[])""",
            """UPDATE organisation SET created_at = created_at - $2::interval
            WHERE created_at > now() - interval '1 day' AND id = ANY($1::bigint[])""",
            """UPDATE membership SET created_at = created_at - $2::interval,
                valid_from = (valid_from - $2::interval)::date
            WHERE created_at > now() - interval '1 day' AND organisation = ANY($1::bigint[])""",
        ):
            await conn.execute(statement, list(organisations), back)


async def tidy() -> None:
    """Counts as every exporter's orders of today those that are said to have come today, and takes out of the outbox
    the errands of mails that are not sent."""
    async with transaction() as tx:
        await tx.connection.execute(
            """DELETE FROM outbox o WHERE o.topic = 'mail.send' AND NOT EXISTS (SELECT FROM mail m
                WHERE m.id IN (SELECT jsonb_array_elements_text(o.payload -> 'ids')::bigint))"""
        )
        await tx.connection.execute(
            """UPDATE exporter_load l SET day_orders = (SELECT count(*) FROM trade_order t WHERE t.exporter = l.exporter
                AND (t.submitted_at AT TIME ZONE 'Europe/Istanbul')::date = l.day)"""
        )


async def _move(
    conn: Connection,
    tables: Sequence[tuple[str, Sequence[str], str]],
    subject: int,
    marks: Sequence[Mark],
) -> None:
    bounds = [each.since for each in marks], [each.told for each in marks]
    for table, columns, which in tables:
        new = ", ".join(f"{column} = {_AT.format(at=f't.{column}')}" for column in columns)
        await conn.execute(f"UPDATE {table} t SET {new} WHERE {which}", subject, *bounds)


async def _forget_mails(conn: Connection, marks: Sequence[Mark]) -> None:
    """What was mailed days ago was read days ago: it is not sent when the demo starts."""
    await conn.execute(
        """DELETE FROM mail WHERE state = 'QUEUED' AND created_at >= $1 AND (
            SELECT m.told FROM unnest($2::timestamptz[], $3::timestamptz[]) AS m (since, told)
            WHERE m.since <= mail.created_at ORDER BY m.since DESC LIMIT 1) < now() - interval '1 day'""",
        marks[0].since,
        [each.since for each in marks],
        [each.told for each in marks],
    )


async def _move_bells(conn: Connection, marks: Sequence[Mark]) -> None:
    """What was told under the bell days ago was read a few hours later; what came within a day is not read yet."""
    await conn.execute(
        """UPDATE notification n SET created_at = moved.told,
            read_at = CASE WHEN moved.told < now() - interval '1 day' THEN moved.told + interval '3 hours' END
        FROM (SELECT b.id, b.created_at + (m.told - m.since) AS told FROM notification b, LATERAL (
                SELECT since, told FROM unnest($2::timestamptz[], $3::timestamptz[]) AS m (since, told)
                WHERE m.since <= b.created_at ORDER BY m.since DESC LIMIT 1) AS m
            WHERE b.created_at >= $1) AS moved
        WHERE moved.id = n.id""",
        marks[0].since,
        [each.since for each in marks],
        [each.told for each in marks],
    )


@asynccontextmanager
async def _unguarded(tables: Sequence[tuple[str, Sequence[str], str]]) -> AsyncIterator[Connection]:
    """A transaction in which the guards of these tables, and no others, are put aside; it ends with them in place."""
    async with transaction() as tx:
        conn = tx.connection
        guards = await conn.fetch(_GUARDS, [table for table, _, _ in tables])
        for guard in guards:
            await conn.execute(f"ALTER TABLE {guard['table']} DISABLE TRIGGER {guard['guard']}")
        yield conn
        for guard in guards:
            await conn.execute(f"ALTER TABLE {guard['table']} ENABLE TRIGGER {guard['guard']}")
