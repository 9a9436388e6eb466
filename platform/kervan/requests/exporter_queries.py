"""What an exporter sees of requests at its desk: those it was invited to, those it answers, and where it stands."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from kervan.db import fetch, fetchval
from kervan.requests import queries
from kervan.requests.queries import NOW, NOW_CLOSED_AS, OPEN, TODAY
from kervan.requests.structs import RequestCard
from kervan.requests.tables import RequestState

PER_PAGE = 20

_OPEN_INVITATIONS = f"""
FROM request_invitation v JOIN trade_request q ON q.id = v.request
WHERE v.exporter = $1 AND {OPEN} AND NOT EXISTS (SELECT FROM inquiry i JOIN inquiry_recipient r ON r.inquiry = i.id
    WHERE i.request = q.id AND r.exporter = v.exporter)
"""
_ANSWERS = """
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN trade_request q ON q.id = i.request
WHERE r.exporter = $1 AND q.state IN ('PUBLISHED', 'CLOSED')
"""
_INVITED = f"""
SELECT v.request, v.created_at {_OPEN_INVITATIONS} ORDER BY q.deadline, v.id LIMIT {PER_PAGE} OFFSET $2
"""
_ANSWERED = f"SELECT i.request {_ANSWERS} ORDER BY r.id DESC LIMIT {PER_PAGE} OFFSET $2"
_COUNTS = f"SELECT (SELECT count(*) {_OPEN_INVITATIONS}) AS invited, (SELECT count(*) {_ANSWERS}) AS answers"
# The newest quote of the exporter says where its answer stands.
_STANDS = f"""
SELECT i.request, r.public_id AS recipient, r.created_at, r.irrelevant_at, r.irrelevant_reason, r.declined_at,
    t.number, t.decline_reason,
    CASE WHEN t.state IN ('SENT', 'REVISED') AND t.valid_until < {TODAY} THEN 'EXPIRED' ELSE t.state END AS state,
    (SELECT count(*) FROM message m WHERE m.about = 'INQUIRY' AND m.subject = r.id AND m.side <> 'EXPORTER'
        AND m.read_at IS NULL) AS unread
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
LEFT JOIN LATERAL (SELECT * FROM quote WHERE recipient = r.id ORDER BY id DESC LIMIT 1) t ON true
WHERE r.exporter = $1 AND i.request = ANY($2::bigint[])
"""
_OF_RECIPIENT = f"""
SELECT q.public_id, q.number, q.title, q.language, q.deadline, {NOW} AS state, {NOW_CLOSED_AS} AS closed_as,
    r.irrelevant_at, r.irrelevant_reason
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN trade_request q ON q.id = i.request WHERE r.id = $1
"""


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where an exporter's answer to a request stands."""

    recipient: str
    """Public id of its part of the inquiry: /desk/{org}/inquiries/{recipient}."""
    created_at: datetime
    irrelevant_reason: str | None
    """Why the requester says that it does not fit."""
    declined: bool
    """The exporter itself stepped back."""
    number: str | None
    state: str | None
    """Of its newest quote; None when it has only asked."""
    decline_reason: str | None
    unread: int


class Answering(msgspec.Struct, frozen=True, kw_only=True):
    """The request of the board that an exporter's part of an inquiry answers."""

    public_id: str
    number: str
    title: str
    language: str
    """That the title is written in."""
    deadline: date
    state: str
    closed_as: str | None
    irrelevant_at: datetime | None
    """The requester said that the answer does not fit, and why."""
    irrelevant_reason: str | None

    @property
    def takes_quotes(self) -> bool:
        """Whether this exporter may still send or change a quote to it."""
        return self.state == RequestState.PUBLISHED and self.irrelevant_at is None


async def invited(exporter: int, page: int = 1) -> tuple[list[RequestCard], dict[int, datetime]]:
    """Open requests to which the exporter (exporter.id) was invited and has not answered, the soonest to close first.

    With when it was invited by trade_request.id.
    """
    rows = await fetch(_INVITED, exporter, (page - 1) * PER_PAGE)
    cards = await queries.cards([row["request"] for row in rows])
    return cards, {row["request"]: row["created_at"] for row in rows}


async def answered(exporter: int, page: int = 1) -> list[RequestCard]:
    """Requests that the exporter answers or has answered, the newest answer first."""
    rows = await fetch(_ANSWERED, exporter, (page - 1) * PER_PAGE)
    return await queries.cards([row["request"] for row in rows])


async def counts(exporter: int) -> dict[str, int]:
    """How many open invitations (`invited`) and own answers (`answers`) there are."""
    return dict((await fetch(_COUNTS, exporter))[0])


async def invited_at(exporter: int, request: int) -> datetime | None:
    """When the exporter was invited to quote for a request (trade_request.id)."""
    found: datetime | None = await fetchval(
        "SELECT min(created_at) FROM request_invitation WHERE exporter = $1 AND request = $2",
        exporter,
        request,
    )
    return found


async def of_recipient(recipient: int) -> Answering | None:
    """The request that a part of an inquiry (inquiry_recipient.id) answers; None where it answers none."""
    rows = await fetch(_OF_RECIPIENT, recipient)
    return Answering(**rows[0]) if rows else None


async def stands(exporter: int, requests: Sequence[int]) -> dict[int, Stand]:
    """The exporter's answers to these requests (trade_request.id)."""
    return {
        row["request"]: Stand(
            recipient=row["recipient"],
            created_at=row["created_at"],
            irrelevant_reason=row["irrelevant_reason"] if row["irrelevant_at"] else None,
            declined=row["declined_at"] is not None,
            number=row["number"],
            state=row["state"],
            decline_reason=row["decline_reason"],
            unread=row["unread"],
        )
        for row in await fetch(_STANDS, exporter, list(requests))
    }


async def work(exporter: int) -> int:
    """How many invitations wait for the exporter's answer."""
    found: int = await fetchval(f"SELECT count(*) {_OPEN_INVITATIONS}", exporter)
    return found
