"""What anybody may ask of an issued document: whether the code on the paper is one of ours."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kervan.db import fetch

LONGEST = 64


class Status(StrEnum):
    """What a stranger is told of a document."""

    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"
    """Void, or its order was cancelled."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A genuine document, as far as strangers may know it: whose, whether it holds, of when (domain 3.1, V3)."""

    company: str
    status: Status
    issued_at: datetime


_BY_CODE = """
SELECT e.legal_name, d.state, d.issued_at, o.state = 'CANCELLED' AS cancelled
FROM document d JOIN trade_order o ON o.id = d."order" JOIN exporter e ON e.id = o.exporter
WHERE d.code = $1
"""


async def by_code(code: str) -> Verified | None:
    """The document with this code, however it was typed; None when there is none. Every code costs one look."""
    rows = await fetch(_BY_CODE, tidied(code))
    if not rows:
        return None
    row = rows[0]
    status = Status.VALID if row["state"] == "ISSUED" else Status.SUPERSEDED
    if row["cancelled"] or row["state"] == "VOID":
        status = Status.CANCELLED
    return Verified(
        company=row["legal_name"],
        status=status,
        issued_at=row["issued_at"],
    )


def tidied(code: str) -> str:
    """A code as it is kept: capitals and digits only, the letters that it never holds as the digits they look like."""
    kept = "".join(sign for sign in code[:LONGEST] if sign.isascii() and sign.isalnum())
    return kept.upper().translate(str.maketrans("ILO", "110"))  # ascii
