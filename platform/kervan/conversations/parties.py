"""The two sides of what a conversation is about, and who may open its files."""

from collections.abc import Mapping

import msgspec
from asyncpg import Connection

from kervan.accounts.callers import Membership
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.trade.errors import N_

ORDER, INQUIRY, RFQ = "ORDER", "INQUIRY", "RFQ"

# An anonymous buyer is hidden until it shows itself, and from the exporter whose quote it accepted no longer.
HIDDEN = """
i.anonymous AND i.revealed_at IS NULL
    AND NOT EXISTS (SELECT FROM quote a WHERE a.recipient = r.id AND a.state = 'ACCEPTED')
"""

_PARTIES: Mapping[str, str] = {
    ORDER: """
SELECT t.public_id, t.public_id AS thread, t.number, e.organisation AS exporter, im.organisation AS importer,
    e.trade_name AS exporter_name,
    im.legal_name AS importer_name, im.country, false AS hidden
FROM trade_order t JOIN exporter e ON e.id = t.exporter
JOIN importer im ON im.id = t.importer
WHERE t.id = $1
""",
    INQUIRY: f"""
SELECT i.public_id, r.public_id AS thread, coalesce(q.number, i.number) AS number, e.organisation AS exporter,
    CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
        ELSE im.organisation END AS importer,
    e.trade_name AS exporter_name,
    im.legal_name AS importer_name, im.country, {HIDDEN} AS hidden
FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry JOIN exporter e ON e.id = r.exporter
JOIN importer im ON im.id = i.importer LEFT JOIN trade_request q ON q.id = i.request
WHERE r.id = $1
""",
}

_ATTACHMENT = """
SELECT a.name, a.content_type, a.path FROM attachment a JOIN message m ON m.id = a.message
WHERE a.public_id = $1 AND (
    (m.about = 'ORDER' AND EXISTS (SELECT FROM trade_order t WHERE t.id = m.subject
        AND (t.exporter = $2 OR t.importer = $3)))
    OR (m.about = 'INQUIRY' AND EXISTS (SELECT FROM inquiry_recipient r JOIN inquiry i ON i.id = r.inquiry
        LEFT JOIN trade_request q ON q.id = i.request
        WHERE r.id = m.subject AND (r.exporter = $2 OR i.importer = $3 OR q.post = $4)))
    OR (m.about = 'RFQ' AND EXISTS (SELECT FROM inquiry i WHERE i.id = m.subject
        AND (i.importer = $3 OR EXISTS (SELECT FROM inquiry_recipient r WHERE r.inquiry = i.id AND r.exporter = $2))))
)
"""


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Both firms of an order or of an exporter's part of an inquiry."""

    public_id: str
    """Of the order or the inquiry."""
    thread: str
    """Public id of the recipient for inquiries, of the order else."""
    number: str
    """Of the order, the inquiry, or the request on the board that is answered."""
    exporter: int
    """organisation.id"""
    importer: int
    """organisation.id"""
    exporter_name: str
    importer_name: str
    country: str
    """Of the importer."""
    hidden: bool
    """The exporter does not learn the importer's name."""

    def path(self, about: str, side: str) -> str:
        """The page of the conversation behind the desk of a side."""
        if about == ORDER:
            return f"/orders/{self.public_id}"
        if side == "EXPORTER":
            return f"/inquiries/{self.thread}"
        return f"/inquiries/{self.public_id}/{self.thread}"


class Opened(msgspec.Struct, frozen=True):
    """A file that the caller may have."""

    name: str
    content_type: str
    path: str


async def of(conn: Connection, about: str, subject: int) -> Parties:
    """The parties of what is talked about: a trade_order.id or an inquiry_recipient.id. Raises NotFound."""
    row = await conn.fetchrow(_PARTIES[about], subject)
    if row is None:
        raise NotFound()
    return Parties(**dict(row))


async def attachment(membership: Membership, public_id: str) -> Opened:
    """A file of a conversation in which the membership's firm is one of the two sides. Raises NotFound for others."""
    rows = await fetch(
        _ATTACHMENT, public_id, membership.exporter, membership.importer,
        membership.organisation if membership.kind == "POST" else None,
    )  # fmt: skip
    if not rows:
        raise NotFound(N_("There is no such file."))
    return Opened(**dict(rows[0]))
