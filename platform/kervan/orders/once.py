"""Requests of programs that may come twice: the same key and body get the first answer again (domain 4.7, 14)."""

from hashlib import sha256
from typing import Any

import msgspec
from asyncpg import Connection

from kervan.db import execute
from kervan.errors import Conflict, Invalid
from kervan.trade.errors import N_

LONGEST_KEY = 64

_CLAIM = """
INSERT INTO idempotency_key (organisation, key, what, body_hash) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT idempotency_key_unique DO NOTHING RETURNING id
"""


def checked(key: str | None) -> str:
    """The key of a request's Idempotency-Key header. Raises Invalid without one, or for one that is none."""
    text = (key or "").strip()
    if not text:
        raise Invalid(N_("Send the header Idempotency-Key with a value of your own, a UUID for example."))
    if len(text) > LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise Invalid(N_("An Idempotency-Key has at most {n} letters, digits and signs."), n=LONGEST_KEY)
    return text


def own(key: str) -> str:
    """The key under which what a program sends is kept, never one that a cart or a quote has."""
    return f"api {sha256(key.encode()).hexdigest()[:60]}"


async def once(conn: Connection, organisation: int, key: str, what: str, body: bytes) -> Any | None:
    """The stored answer to this key, or None when it is new: then do it, and `keep` the answer in this transaction.

    Two at the same time: the second waits for the first one's end. Raises Conflict for the same key with another
    body or another request.
    """
    digest = sha256(body).digest()
    if await conn.fetchval(_CLAIM, organisation, key, what, digest) is not None:
        return None
    row = await conn.fetchrow(
        "SELECT what, body_hash, answer FROM idempotency_key WHERE organisation = $1 AND key = $2",
        organisation,
        key,
    )
    if row is None or row["what"] != what or row["body_hash"] != digest:
        raise Conflict(N_("This Idempotency-Key was used for another request. Choose a new one."))
    return msgspec.json.decode(row["answer"]) if row["answer"] else None


async def keep(conn: Connection, organisation: int, key: str, answer: object) -> None:
    """Keeps the answer for whoever asks again."""
    await conn.execute(
        "UPDATE idempotency_key SET answer = $3 WHERE organisation = $1 AND key = $2",
        organisation,
        key,
        msgspec.json.encode(answer).decode(),
    )


async def forget_old() -> int:
    """Forgets keys of more than 30 days ago; returns how many."""
    tag = await execute("DELETE FROM idempotency_key WHERE created_at < now() - interval '30 days'")
    return int(tag.rpartition(" ")[2])
