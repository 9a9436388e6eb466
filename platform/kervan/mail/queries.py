"""What the admin desk sees of the mails, and what sending has to look up. Never what a mail says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from kervan.db import fetch, fetchval
from kervan.mail.tables import MailState

PAGE_SIZE = 50


class MailRow(msgspec.Struct, frozen=True):
    """One mail without its content; `to` is masked."""

    public_id: str
    template: str
    to: str
    language: str
    purpose: str | None
    state: str
    attempts: int
    last_error: str | None
    subject: str | None
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    again: bool
    """Whether service.retry would queue it once more."""


async def counts() -> Mapping[str, int]:
    """How many mails are in each state, states without mails included."""
    rows = await fetch("SELECT state, count(*) AS n FROM mail GROUP BY state")
    return {state.value: 0 for state in MailState} | {row["state"]: row["n"] for row in rows}


async def mails(state: str | None = None, page: int = 1, size: int = PAGE_SIZE) -> tuple[list[MailRow], bool]:
    """A page of mails, newest first, and whether there is another one behind it."""
    rows = await fetch(
        """
        SELECT public_id, template, to_address, language, purpose, state, attempts, last_error, subject,
            created_at, next_try_at, sent_at, state = 'FAILED' AND context IS NOT NULL AS again
        FROM mail WHERE $1::text IS NULL OR state = $1 ORDER BY id DESC LIMIT $2 OFFSET $3
        """,
        state,
        size + 1,
        (page - 1) * size,
    )
    found = [_row(dict(row)) for row in rows]
    return found[:size], len(found) > size


def _row(found: dict[str, Any]) -> MailRow:
    return MailRow(to=masked(found.pop("to_address")), **found)


def masked(address: str) -> str:
    """The address as logs and lists may hold it: its first letter and the domain."""
    user, _, domain = address.rpartition("@")
    return f"{user[:1]}***@{domain}"


async def public_id_of(person: int) -> str | None:
    """The public id of a person, None when there is none any more."""
    value: str | None = await fetchval("SELECT public_id FROM person WHERE id = $1", person)
    return value


async def suppressed(address_key: str) -> str | None:
    """Why the address is never written to, None when it is."""
    reason: str | None = await fetchval("SELECT reason FROM suppression WHERE address_key = $1", address_key)
    return reason
