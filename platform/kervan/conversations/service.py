"""Writing a message: kept with its files, told to the other side by mail and webhook."""

from collections.abc import Sequence

from asyncpg import Connection

from kervan import audit
from kervan.accounts.callers import Caller, Membership
from kervan.conversations import files, parties
from kervan.conversations.files import Kept
from kervan.conversations.parties import ORDER, RFQ, Parties
from kervan.db import transaction
from kervan.errors import Invalid
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.orders import letters
from kervan.orders.tables import Side
from kervan.trade.errors import N_
from kervan.webhooks import service as webhooks

LONGEST_TEXT = 5000
_EXCERPT = 600
"""Characters of a message that its mail repeats."""

_INSERT = """
INSERT INTO message (public_id, about, subject, side, person, organisation, text)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""
# One mail for a message that opens a conversation anew, not one for each line that follows it at once.
_MAILED_LATELY = """
SELECT EXISTS (SELECT FROM message WHERE about = $1 AND subject = $2 AND side = $3 AND read_at IS NULL
    AND created_at > now() - interval '10 minutes')
"""


async def post(
    about: str,
    subject: int,
    side: str,
    caller: Caller,
    membership: Membership,
    text: str,
    uploads: Sequence[Upload] = (),
) -> str:
    """Writes a message in a transaction of its own; returns its public id. Raises Invalid as `write` and files.kept."""
    check(text, len(uploads))
    async with files.kept(uploads) as kept, transaction() as tx:
        return await write(tx.connection, about, subject, side, caller, membership, text, kept)


async def write(
    conn: Connection,
    about: str,
    subject: int,
    side: str,
    caller: Caller,
    membership: Membership,
    text: str,
    uploads: Sequence[Kept] = (),
    *,
    told: bool = False,
) -> str:
    """Writes a message about an order (trade_order.id) or to one exporter of an inquiry (inquiry_recipient.id).

    In an open transaction; files were checked and stored before (files.kept). The other side gets a mail, unless it
    has one of the last ten minutes to read or is `told` by another one, and its webhooks hear of messages about orders.
    Returns the public id. Raises Invalid beside `text` for a text that is too long and for an empty message without a
    file.
    """
    check(text, len(uploads))
    both = None if about == RFQ or told else await parties.of(conn, about, subject)
    mailed = await conn.fetchval(_MAILED_LATELY, about, subject, side)
    public_id = new_public_id()
    message: int = await conn.fetchval(
        _INSERT, public_id, about, subject, side, caller.person, membership.organisation, text.strip()
    )
    await files.attach(conn, message, uploads)
    await audit.record(
        caller.actor, "message.written", "message", public_id,
        after={"about": about, "subject": subject, "side": side, "files": [file.sha256 for file in uploads]},
    )  # fmt: skip
    if both is not None:
        await _tell(conn, both, about, side, public_id, membership, text.strip(), len(uploads), bool(mailed))
    return public_id


def check(text: str, files: int) -> None:
    """Raises Invalid beside `text` when nothing can be sent: too long, or neither text nor file."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            fields={
                "text": Invalid(
                    N_("At most {longest} characters; these are {n}."), longest=LONGEST_TEXT, n=len(text)
                )
            }
        )
    if not text and not files:
        raise Invalid(fields={"text": Invalid(N_("Write something, or attach a file."))})


async def _tell(
    conn: Connection,
    told: Parties,
    about: str,
    side: str,
    message: str,
    membership: Membership,
    text: str,
    files: int,
    mailed: bool,
) -> None:
    for other in (Side.EXPORTER, Side.IMPORTER):
        if other == side:
            continue
        organisation = told.exporter if other == Side.EXPORTER else told.importer
        if about == ORDER:
            data = {"order": told.public_id, "number": told.number, "message": message, "side": side}
            await webhooks.tell([organisation], "order.message", data, event_id=f"msg_{message}")
        if mailed:
            continue
        if side == Side.STAFF:
            who = membership.name
        elif side == Side.IMPORTER:
            who = "" if told.hidden else told.importer_name
        else:
            who = told.exporter_name
        await letters.tell(
            conn, organisation, "message_received", told.path(about, other),
            source=f"message {message}", number=told.number, who=who, country=told.country, text=_excerpt(text),
            files=files,
        )  # fmt: skip


def _excerpt(text: str) -> str:
    tidy = "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
    return tidy if len(tidy) <= _EXCERPT else tidy[: _EXCERPT - 1].rstrip() + "…"
