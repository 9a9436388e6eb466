"""What time does to verifications: they end after a year, and their owners are reminded before."""

from datetime import UTC, date, datetime

from kervan import audit
from kervan.db import fetch, transaction
from kervan.exporters import letters, rules, service
from kervan.exporters.access import COLUMNS
from kervan.exporters.tables import Verification as V

ACTOR = "system:rounds"

_ENDED = f"""
SELECT {COLUMNS}, EXISTS (SELECT FROM exporter_review r WHERE r.exporter = e.id AND r.decided_at IS NULL) AS waiting
FROM exporter e JOIN organisation o ON o.id = e.organisation
WHERE e.verification = 'VERIFIED' AND e.verified_until < $1 ORDER BY e.id
"""
# Whoever was reminded of this end at this distance has an audit row that says so.
_ENDING = f"""
SELECT {COLUMNS} FROM exporter e JOIN organisation o ON o.id = e.organisation
WHERE e.verification = 'VERIFIED' AND e.verified_until BETWEEN $1 AND $1 + $2::int
    AND NOT EXISTS (SELECT FROM exporter_review r WHERE r.exporter = e.id AND r.decided_at IS NULL)
    AND NOT EXISTS (SELECT FROM audit_entry a WHERE a.entity_id = e.id::text AND a.entity = 'exporter'
        AND a.action = 'exporter.reminded' AND a.after->>'until' = e.verified_until::text
        AND (a.after->>'days')::int <= $2)
ORDER BY e.id
"""
_STILL = """
SELECT NOT EXISTS (SELECT FROM audit_entry a WHERE a.entity_id = $1::bigint::text AND a.entity = 'exporter'
    AND a.action = 'exporter.reminded' AND a.after->>'until' = $2::date::text AND (a.after->>'days')::int <= $3)
"""


async def expire_verifications(today: date | None = None) -> int:
    """Ends verifications whose year is over and reminds owners before; returns how many ended. Once a day or oftener.

    A firm that asked for its renewal in time goes into the queue as submitted, without having to ask again.
    """
    today = today or datetime.now(UTC).date()
    ended = 0
    for row in await fetch(_ENDED, today):
        firm = dict(row)
        async with transaction() as tx:
            # Renewed or suspended since we looked: nothing ends.
            still = await tx.connection.fetchval(
                """SELECT 1 FROM exporter WHERE id = $1 AND verification = 'VERIFIED' AND verified_until < $2
                FOR UPDATE""",
                firm["id"],
                today,
            )
            if not still:
                continue
            await service.move(tx.connection, firm["id"], V.EXPIRED, ACTOR)
            if firm["waiting"]:
                await service.move(tx.connection, firm["id"], V.SUBMITTED, ACTOR)
            await letters.tell_owners(tx.connection, firm, "exporter_expired", "/registration")
        ended += 1
    await _remind(today)
    return ended


async def _remind(today: date) -> None:
    # The nearest first: who is told that 7 days are left need not hear of 30 as well.
    for days in sorted(rules.REMINDER_DAYS):
        for row in await fetch(_ENDING, today, days):
            firm = dict(row)
            until: date = firm["verified_until"]
            async with transaction() as tx:
                # Another process may be at the same round: whoever locks the row first writes.
                await tx.connection.execute("SELECT 1 FROM exporter WHERE id = $1 FOR UPDATE", firm["id"])
                if not await tx.connection.fetchval(_STILL, firm["id"], until, days):
                    continue
                await audit.record(
                    ACTOR, "exporter.reminded", "exporter", firm["id"], after={"until": until, "days": days}
                )
                await letters.tell_owners(
                    tx.connection,
                    firm,
                    "exporter_expiring",
                    "/registration",
                    until=until,
                    days=(until - today).days,
                )
