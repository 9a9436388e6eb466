"""What is kept about a person, what they agreed to, and whether it still holds."""

from datetime import datetime
from typing import Any

import msgspec

from kervan.db import fetch, fetchval

_ALL = """
SELECT purpose, text_version, language, given_at, evidence, withdrawn_at, withdrawal
FROM consent WHERE person = $1 ORDER BY given_at DESC, id DESC
"""


_KNOWN = """
SELECT p.name, p.email, p.language, p.time_zone, p.created_at, p.seen_at, p.email_confirmed_at,
    p.totp_confirmed_at IS NOT NULL AS factor,
    (SELECT count(*) FROM session s WHERE s.person = p.id AND s.expires_at > now()) AS sessions,
    (SELECT count(*) FROM membership m WHERE m.person = p.id AND m.ended_at IS NULL) AS memberships,
    (SELECT count(*) FROM saved_product s WHERE s.person = p.id) AS products,
    (SELECT count(*) FROM saved_exporter s WHERE s.person = p.id) AS exporters,
    (SELECT count(*) FROM saved_search s WHERE s.person = p.id) AS searches,
    (SELECT count(*) FROM mail l WHERE l.person = p.id) AS mails,
    (SELECT count(*) FROM exporter_document d WHERE d.uploaded_by = p.id AND d.removed_at IS NULL) AS documents,
    (SELECT count(*) FROM audit_entry a WHERE a.actor = 'user:' || p.id) AS audit
FROM person p WHERE p.id = $1
"""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept about a person: the values that they can see at once, and how many there are of the others."""

    name: str
    email: str
    language: str
    time_zone: str
    created_at: datetime
    seen_at: datetime | None
    email_confirmed_at: datetime | None
    factor: bool
    sessions: int
    memberships: int
    products: int
    exporters: int
    searches: int
    mails: int
    documents: int
    audit: int


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A consent with its evidence; `withdrawn_at` is None while it holds."""

    purpose: str
    text_version: str
    language: str
    given_at: datetime
    evidence: dict[str, Any]
    withdrawn_at: datetime | None
    withdrawal: dict[str, Any] | None


async def has_consent(person: int, purpose: str) -> bool:
    """Whether the person has a live consent for the purpose."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT FROM consent WHERE person = $1 AND purpose = $2 AND withdrawn_at IS NULL)",
        person,
        purpose,
    )
    return found


async def consents_of(person: int) -> list[Given]:
    """Every consent that the person ever gave, newest first."""
    return [
        Given(
            **{
                **dict(row),
                "evidence": msgspec.json.decode(row["evidence"]),
                "withdrawal": msgspec.json.decode(row["withdrawal"]) if row["withdrawal"] else None,
            }
        )
        for row in await fetch(_ALL, person)
    ]


async def known(person: int) -> Known:
    """What is kept about the person, in short."""
    return Known(**(await fetch(_KNOWN, person))[0])
