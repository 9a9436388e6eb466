"""Offline deals: the exporter ticks off the steps of the classic export, both see them."""

from collections.abc import Collection
from datetime import UTC, datetime

import msgspec

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.inquiries.access import Part
from kervan.inquiries.checklist import CODES
from kervan.orders.tables import Side
from kervan.trade.errors import N_

_CHANGED = N_("This was changed in the meantime. Look at it again.")
_OVER = N_("This deal is closed.")
ENDS = ("DONE", "LOST")


async def tick(caller: Caller, part: Part, deal: int, done: Collection[str], version: int) -> None:
    """Sets which steps are done; those that were done keep their time. Only the exporter does.

    Raises Forbidden for the importer, Invalid for an unknown step, Conflict when it was changed or is closed.
    """
    _exporters_only(part)
    if not set(done) <= CODES:
        raise Invalid(fields={"steps": Invalid(N_("This cannot be chosen here."))})
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow(
            "SELECT public_id, state, version, steps FROM deal WHERE id = $1 FOR UPDATE", deal
        )
        _check(row["state"], row["version"], version)
        before = msgspec.json.decode(row["steps"], type=dict[str, datetime])
        now = datetime.now(UTC).replace(microsecond=0)
        after = {code: before.get(code, now) for code in sorted(done)}
        await conn.execute(
            "UPDATE deal SET steps = $2, version = version + 1 WHERE id = $1",
            deal,
            msgspec.json.encode(after).decode(),
        )
        await audit.record(
            caller.actor,
            "deal.steps",
            "deal",
            row["public_id"],
            {"done": sorted(before)},
            {"done": sorted(after)},
        )


async def end(caller: Caller, part: Part, deal: int, how: str, version: int) -> None:
    """Closes a deal: DONE when the goods were sold, LOST when nothing came of it. Raises as `tick`."""
    _exporters_only(part)
    if how not in ENDS:
        raise Invalid(fields={"how": Invalid(N_("This cannot be chosen here."))})
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow("SELECT public_id, state, version FROM deal WHERE id = $1 FOR UPDATE", deal)
        _check(row["state"], row["version"], version)
        await conn.execute(
            "UPDATE deal SET state = $2, ended_at = now(), version = version + 1 WHERE id = $1", deal, how
        )
        await audit.record(
            caller.actor, "deal.ended", "deal", row["public_id"], {"state": "OPEN"}, {"state": how}
        )


def _exporters_only(part: Part) -> None:
    if part.side is not Side.EXPORTER:
        raise Forbidden(N_("The exporter ticks off the steps."))


def _check(state: str, version: int, seen: int) -> None:
    if state != "OPEN":
        raise Conflict(_OVER)
    if version != seen:
        raise Conflict(_CHANGED)
