"""What publication and material edits leave behind: an edition, an announcement, an inquiry for the answers."""

from datetime import UTC, datetime, timedelta

from asyncpg import Connection, Record

from kervan import outbox
from kervan.ids import new_public_id
from kervan.inquiries.rules import VALID_AFTER_DEADLINE
from kervan.orders.numbers import new_number
from kervan.requests.moves import as_json
from kervan.requests.structs import Content
from kervan.requests.tables import Visibility
from kervan.trade import law
from kervan.trade.certificates import standards

_EDITION = """
INSERT INTO request_edition (request, edition, content, value_eur, person) VALUES ($1, $2, $3, $4, $5)
"""
_INQUIRY = """
INSERT INTO inquiry (public_id, number, importer, person, request, state, text, destination, incoterm, place, currency,
    anonymous, purpose, expires_at, idempotency_key)
VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, $9, $10, $11, 'SALE', $12, $13) RETURNING id
"""
_LINE = """
INSERT INTO inquiry_line (inquiry, number, name, hs_code, quantity, unit, target_price, certificates)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7)
"""
_FOLLOW = """
UPDATE inquiry SET text = $2, destination = $3, incoterm = $4, place = $5, currency = $6, anonymous = $7,
    expires_at = $8, version = version + 1
WHERE request = $1 AND state IN ('OPEN', 'ANSWERED') RETURNING id
"""
_FOLLOW_LINE = """
UPDATE inquiry_line SET name = $2, hs_code = $3, quantity = $4, unit = $5, target_price = $6, certificates = $7
WHERE inquiry = $1 AND number = 1
"""


async def announce(conn: Connection, row: Record, content: Content, edition: int, person: int | None) -> None:
    """Freezes an edition and has every alert that it fits hear of it once the open transaction commits.

    `row` is moves.locked's, its value already that of `content`.
    """
    await conn.execute(_EDITION, row["id"], edition, as_json(content), row["value_eur"], person)
    await conn.execute("INSERT INTO announcement (request, edition) VALUES ($1, $2)", row["id"], edition)
    await outbox.publish("alerts.announce", request=row["id"], edition=edition)


async def open_inquiry(conn: Connection, row: Record, content: Content) -> int:
    """The inquiry that will hold the answers to a request that is being published; inquiry.id."""
    inquiry: int = await conn.fetchval(
        _INQUIRY,
        new_public_id(),
        new_number("RFQ", datetime.now(UTC)),
        row["importer"],
        row["person"],
        row["id"],
        text_of(content),
        content.country,
        content.incoterm,
        content.place,
        content.currency,
        content.visibility != Visibility.OPEN,
        expires_at(content),
        f"request-{row['public_id']}",
    )
    await conn.execute(_LINE, inquiry, *_line(content))
    return inquiry


async def reopen_inquiry(conn: Connection, row: Record, content: Content) -> None:
    """The same for a request that was on the board before and is published again: its inquiry takes answers again."""
    await conn.execute(
        """UPDATE inquiry SET state = 'OPEN', closed_at = NULL, version = version + 1
        WHERE request = $1 AND state = 'EXPIRED'""",
        row["id"],
    )
    await follow(conn, row, content)


async def follow(conn: Connection, row: Record, content: Content) -> None:
    """Makes the inquiry of a published request say what the request says now.

    What was shown to exporters is not hidden again: an inquiry that was open stays open about who asks.
    """
    anonymous = content.visibility != Visibility.OPEN and bool(
        await conn.fetchval("SELECT anonymous FROM inquiry WHERE request = $1", row["id"])
    )
    inquiry = await conn.fetchval(
        _FOLLOW,
        row["id"],
        text_of(content),
        content.country,
        content.incoterm,
        content.place,
        content.currency,
        anonymous,
        expires_at(content),
    )
    if inquiry is not None:
        await conn.execute(_FOLLOW_LINE, inquiry, *_line(content))


def text_of(content: Content) -> str:
    """What the inquiry says beside its goods: summary, description and properties, at most 5,000 characters."""
    specs = "\n".join(f"{spec.name}: {spec.value}" for spec in content.specs)
    return "\n\n".join(part for part in (content.summary, content.description, specs) if part)[:5000]


def expires_at(content: Content) -> datetime:
    """Until when answers can be taken: the end of the deadline in Türkiye and 30 days more, in UTC."""
    if content.deadline is None:
        raise ValueError("A published request has a deadline.")
    last = content.deadline + timedelta(days=VALID_AFTER_DEADLINE + 1)
    return datetime(last.year, last.month, last.day, tzinfo=law.TURKIYE).astimezone(UTC)


def _line(content: Content) -> tuple[object, ...]:
    return (
        content.title,
        content.hs_code,
        content.quantity,
        content.unit,
        content.target_price,
        ", ".join(_label(slug) for slug in content.certificates)[:300],
    )


def _label(certificate: str) -> str:
    known = standards().get(certificate)
    return known.label if known else certificate
