"""The audit trail: one append-only row for every change, written in the change's own transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from kervan.db import connection, current

_INSERT = """
INSERT INTO audit_entry (actor, action, entity, entity_id, before, after, reason, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def record(
    actor: str,
    action: str,
    entity: str,
    entity_id: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Writes who did what. `actor` is `system:<command>` or `user:<id>`; never put a TCKN or secret in here.

    Raises RuntimeError outside a transaction: an audit row must live and die with its change.
    """
    if current() is None:
        raise RuntimeError("audit.record() needs an open transaction")
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    async with connection() as conn:
        await conn.execute(
            _INSERT, actor, action, entity, str(entity_id), _json(before), _json(after), reason, request_id
        )


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
