"""How fast and how often firms and posts answer: counted anew every night over 12 months, shown from five cases on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import structlog

from kervan.db import fetch, transaction
from kervan.policies import book
from kervan.trade import law

log = structlog.get_logger(__name__)

# A case is something that waits for an answer: (organisation, when it came, when it was first answered or NULL).
# What came in the last three days still has time, unless it was answered.
_CASES = """
WITH exporter_cases AS (
    SELECT e.organisation, r.created_at AS came, least(
        (SELECT min(t.sent_at) FROM quote t WHERE t.recipient = r.id),
        (SELECT min(m.created_at) FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id
            AND m.side = 'EXPORTER'),
        r.declined_at) AS answered
    FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry AND i.request IS NULL
    JOIN exporter e ON e.id = r.exporter
    WHERE r.created_at > now() - interval '12 months'
    UNION ALL
    SELECT e.organisation, v.created_at, least(
        (SELECT min(t.sent_at) FROM quote t JOIN inquiry i ON i.id = t.inquiry
            WHERE i.request = v.request AND t.exporter = v.exporter),
        (SELECT min(m.created_at) FROM message m JOIN inquiry_recipient r ON r.id = m.subject
            JOIN inquiry i ON i.id = r.inquiry
            WHERE m.about = 'INQUIRY' AND m.side = 'EXPORTER' AND i.request = v.request AND r.exporter = v.exporter))
    FROM request_invitation v JOIN exporter e ON e.id = v.exporter
    WHERE v.created_at > now() - interval '12 months'
), importer_cases AS (
    SELECT CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
            ELSE im.organisation END AS organisation, t.sent_at AS came, least(
        t.decided_at, r.irrelevant_at,
        (SELECT min(a.at) FROM audit_entry a WHERE a.entity = 'quote' AND a.entity_id = t.public_id
            AND a.action = 'quote.shortlisted'),
        (SELECT min(m.created_at) FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id AND m.side = 'IMPORTER'
            AND m.created_at > t.sent_at)) AS answered
    FROM quote t JOIN inquiry_recipient r ON r.id = t.recipient JOIN inquiry i ON i.id = t.inquiry
    JOIN importer im ON im.id = i.importer LEFT JOIN trade_request q ON q.id = i.request
    WHERE t.sent_at > now() - interval '12 months' AND t.state NOT IN ('WITHDRAWN', 'EXPIRED')
    UNION ALL
    SELECT CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
            ELSE im.organisation END, t.sent_at, NULL
    FROM quote t JOIN inquiry i ON i.id = t.inquiry JOIN importer im ON im.id = i.importer
    LEFT JOIN trade_request q ON q.id = i.request
    WHERE t.sent_at > now() - interval '12 months' AND t.state = 'EXPIRED'
), post_cases AS (
    SELECT q.post AS organisation, v.at AS came, (SELECT min(d.at) FROM request_event d
        WHERE d.request = v.request AND d.id > v.id AND d.action IN ('publish', 'return', 'reject')) AS answered
    FROM request_event v JOIN trade_request q ON q.id = v.request
    WHERE v.action = 'submit' AND v.side = 'IMPORTER' AND q.post IS NOT NULL AND v.at > now() - interval '12 months'
), cases AS (
    SELECT * FROM exporter_cases UNION ALL SELECT * FROM importer_cases UNION ALL SELECT * FROM post_cases
)
INSERT INTO response_record (organisation, cases, answered, median_hours, counted_at)
SELECT organisation, count(*), count(answered),
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered - came))
        FILTER (WHERE answered IS NOT NULL) / 3600)::numeric(10, 2), now()
FROM cases WHERE answered IS NOT NULL OR came < now() - interval '3 days'
GROUP BY organisation
ON CONFLICT (organisation) DO UPDATE SET cases = excluded.cases, answered = excluded.answered,
    median_hours = excluded.median_hours, counted_at = excluded.counted_at
"""
_GONE = "DELETE FROM response_record WHERE counted_at < $1"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How an organisation answered in 12 months; only there from RECORD_CASES cases on."""

    cases: int
    answered: int
    median_hours: Decimal | None
    """To the first answer; None when nothing was answered."""
    counted_at: datetime

    @property
    def rate(self) -> Decimal:
        """Share of cases that were answered, 0 to 1."""
        return Decimal(self.answered) / self.cases


async def count() -> int:
    """Counts all records anew; returns how many there are. Called every night."""
    async with transaction() as tx:
        began = await tx.connection.fetchval("SELECT now()")
        tag = await tx.connection.execute(_CASES)
        await tx.connection.execute(_GONE, began)
    counted = int(tag.rpartition(" ")[2])
    log.info("response records counted", organisations=counted)
    return counted


async def of(organisation: int) -> Record | None:
    """The record of an organisation (organisation.id); None below five cases."""
    return (await of_many([organisation])).get(organisation)


async def of_buyer(request: int) -> Record | None:
    """How quotes to a request (trade_request.id) are usually answered: by the post where it speaks for the buyer."""
    rows = await fetch(
        """SELECT CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
            ELSE im.organisation END AS organisation
        FROM trade_request q JOIN importer im ON im.id = q.importer WHERE q.id = $1""",
        request,
    )
    return await of(rows[0]["organisation"]) if rows else None


async def of_many(organisations: Sequence[int]) -> Mapping[int, Record]:
    """The records of those of the organisations that have enough cases."""
    await book.refresh()
    least = law.current().figure("RECORD_CASES", law.day_of(datetime.now(UTC)))
    rows = await fetch(
        """SELECT organisation, cases, answered, median_hours, counted_at FROM response_record
        WHERE organisation = ANY($1::bigint[]) AND cases >= $2""",
        list(organisations),
        least,
    )
    return {
        row["organisation"]: Record(
            cases=row["cases"],
            answered=row["answered"],
            median_hours=row["median_hours"],
            counted_at=row["counted_at"],
        )
        for row in rows
    }
