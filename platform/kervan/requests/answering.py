"""Answers to requests: an exporter begins one within its limits; the requester marks what does not fit."""

from datetime import UTC, datetime, timedelta

import msgspec
from asyncpg import Connection

from kervan import audit, reasons
from kervan.accounts.callers import Caller, Membership
from kervan.db import connection, transaction
from kervan.errors import Conflict, NotFound
from kervan.ids import new_public_id
from kervan.inquiries import endings, telling
from kervan.inquiries.access import Part
from kervan.policies import book
from kervan.requests.queries import OPEN
from kervan.trade import law
from kervan.trade.errors import N_

_REQUEST = f"""
SELECT q.id, q.public_id, q.state, {OPEN} AS open, i.id AS inquiry FROM trade_request q
LEFT JOIN inquiry i ON i.request = q.id WHERE q.public_id = $1 AND q.state IN ('PUBLISHED', 'CLOSED')
FOR SHARE OF q
"""
_MARKS = """
SELECT count(DISTINCT i.importer) AS marks, max(r.irrelevant_at) AS last
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
WHERE r.exporter = $1 AND r.irrelevant_at > now() - make_interval(days => $2)
"""
# Open: it may still come to a trade. An answer that was marked, declined or decided is none.
_BEGUN = """
SELECT count(*) FILTER (WHERE (r.created_at AT TIME ZONE 'Europe/Istanbul')::date = $2) AS today,
    count(*) FILTER (WHERE i.state IN ('OPEN', 'ANSWERED') AND i.expires_at > now() AND r.declined_at IS NULL
        AND r.irrelevant_at IS NULL) AS open
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry AND i.request IS NOT NULL
WHERE r.exporter = $1
"""


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers an exporter may still begin, and until when it pauses."""

    left_today: int
    a_day: int
    open: int
    most_open: int
    paused_until: datetime | None
    """None: it does not pause."""

    @property
    def free(self) -> bool:
        """Whether it may begin one now."""
        return self.paused_until is None and self.left_today > 0 and self.open < self.most_open


async def room(exporter: int) -> Room:
    """How much room an exporter (exporter.id) has for new answers."""
    async with connection() as conn:
        return await _room(conn, exporter)


async def _room(conn: Connection, exporter: int) -> Room:
    now = datetime.now(UTC)
    today = law.day_of(now)
    figure = law.current().figure
    marks = await conn.fetchrow(_MARKS, exporter, figure("IRRELEVANT_DAYS", today))
    until = None
    if marks["marks"] >= figure("IRRELEVANT_MARKS", today):
        until = marks["last"] + timedelta(days=figure("PAUSE_DAYS", today))
    begun = await conn.fetchrow(_BEGUN, exporter, today)
    a_day = figure("ANSWERS_A_DAY", today)
    return Room(
        left_today=max(0, a_day - begun["today"]),
        a_day=a_day,
        open=begun["open"],
        most_open=figure("OPEN_ANSWERS", today),
        paused_until=until if until is not None and until > now else None,
    )


async def begin(caller: Caller, membership: Membership, request: str) -> str:
    """Begins an exporter's answer to a request (public id): a quote or a question follows in it.

    Returns the public id of the inquiry_recipient; who has begun already gets the same one. Raises NotFound for a
    request that nobody can see, and Conflict with the reason once it takes no answers any more, while the exporter
    pauses, and above its answers of a day or its open ones. An invited exporter is not held up by the numbers.
    """
    exporter = membership.exporter
    if exporter is None:
        raise NotFound()
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        # The request before the exporter, as where a quote is accepted.
        row = await conn.fetchrow(_REQUEST, request)
        if row is None or row["inquiry"] is None:
            raise NotFound()
        # One after the other: two tabs do not pass the limit together.
        standing = await conn.fetchval("SELECT verification FROM exporter WHERE id = $1 FOR UPDATE", exporter)
        known: str | None = await conn.fetchval(
            "SELECT public_id FROM inquiry_recipient WHERE inquiry = $1 AND exporter = $2",
            row["inquiry"],
            exporter,
        )
        if known is not None:
            return known
        if not row["open"]:
            raise Conflict(N_("This request is closed: it takes no answers any more."))
        if standing != "VERIFIED":
            raise Conflict(N_("Only verified firms send quotes. Yours is not verified at present."))
        invited = await conn.fetchval(
            "SELECT EXISTS (SELECT FROM request_invitation WHERE request = $1 AND exporter = $2)",
            row["id"],
            exporter,
        )
        _check(await _room(conn, exporter), bool(invited))
        public_id = new_public_id()
        await conn.execute(
            "INSERT INTO inquiry_recipient (public_id, inquiry, exporter, opened_at) VALUES ($1, $2, $3, now())",
            public_id,
            row["inquiry"],
            exporter,
        )
        await audit.record(
            caller.actor, "request.answer_begun", "request", row["public_id"], after={"exporter": exporter}
        )
        return public_id


def _check(found: Room, invited: bool) -> None:
    if found.paused_until is not None:
        raise Conflict(
            N_("Several buyers marked your answers as not fitting. You can answer again from {date}."),
            date=law.day_of(found.paused_until),
        )
    if invited:
        return
    if found.left_today <= 0:
        raise Conflict(
            N_("You have begun {n} answers today, the most for one day. Go on tomorrow."), n=found.a_day
        )
    if found.open >= found.most_open:
        raise Conflict(
            N_("You have {n} open answers, the most at a time. Withdraw those that you no longer stand by."),
            n=found.most_open,
        )


async def mark_irrelevant(caller: Caller, part: Part, reason: str) -> None:
    """The requester, or the post that speaks for it, says that an answer does not fit; the exporter reads why.

    Its open quote is declined with the same reason. Raises Invalid beside `reason`, NotFound for an inquiry that
    belongs to no request, Conflict when it was marked already or its quote was accepted.
    """
    if part.recipient is None:
        raise NotFound()
    reason = reasons.needed(reason)
    async with transaction() as tx:
        conn = tx.connection
        if not await conn.fetchval(
            "SELECT request IS NOT NULL FROM inquiry WHERE id = $1 FOR UPDATE", part.inquiry
        ):
            raise NotFound()
        if await conn.fetchval(
            "SELECT EXISTS (SELECT FROM quote WHERE recipient = $1 AND state = 'ACCEPTED')", part.recipient
        ):
            raise Conflict(N_("You have accepted a quote of this exporter."))
        public_id = await conn.fetchval(
            """UPDATE inquiry_recipient SET irrelevant_at = now(), irrelevant_reason = $2
            WHERE id = $1 AND irrelevant_at IS NULL RETURNING public_id""",
            part.recipient,
            reason,
        )
        if public_id is None:
            raise Conflict(N_("This answer is marked already."))
        await conn.execute(
            """UPDATE quote SET state = CASE WHEN state = 'DRAFT' THEN 'WITHDRAWN' ELSE 'DECLINED' END,
                version = version + 1, decided_at = now(), updated_at = now(),
                decline_reason = CASE WHEN state <> 'DRAFT' THEN $2 END
            WHERE recipient = $1 AND state IN ('DRAFT', 'SENT', 'REVISED')""",
            part.recipient,
            reason,
        )
        await endings.reopen(conn, part.inquiry)
        await audit.record(
            caller.actor, "request.answer_irrelevant", "inquiry_recipient", public_id, reason=reason
        )
        about = await telling.recipient(conn, part.recipient)
        await telling.exporter(conn, about, "answer_irrelevant", reason=reason)


async def unmark(caller: Caller, part: Part) -> None:
    """Takes the mark back; a quote that was declined with it stays declined. Marking nothing changes nothing."""
    async with transaction() as tx:
        public_id = await tx.connection.fetchval(
            """UPDATE inquiry_recipient SET irrelevant_at = NULL, irrelevant_reason = NULL
            WHERE id = $1 AND irrelevant_at IS NOT NULL RETURNING public_id""",
            part.recipient,
        )
        if public_id is not None:
            await audit.record(caller.actor, "request.answer_unmarked", "inquiry_recipient", public_id)
