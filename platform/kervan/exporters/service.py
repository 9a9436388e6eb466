"""Writes to the exporter inventory: save a firm, change how far it is verified."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from kervan import audit
from kervan.db import transaction
from kervan.errors import Conflict, NotFound
from kervan.exporters import states
from kervan.exporters.inputs import ExporterInput
from kervan.exporters.tables import Verification
from kervan.ids import new_public_id
from kervan.outbox import publish
from kervan.trade.errors import N_
from kervan_search.text import fold

_COLUMNS = (
    "slug", "kind", "legal_name", "trade_name", "province", "vkn", "tax_office", "mersis", "kep", "association",
    "association_no", "nace", "export_status", "district", "address", "postcode", "sectors", "business_model",
    "export_countries", "languages", "founded", "employees_band", "website", "contact_email", "phone",
    "verification", "verified_by", "verified_at", "verified_until",
)  # fmt: skip

_REGISTERED = N_("This exporter is registered already.")
_TAKEN = {
    "exporter_slug_key": N_("Another exporter has this address already."),
    "exporter_vkn_key": N_("An exporter with this tax number (VKN) is registered already."),
}

VERIFICATION_DAYS = timedelta(days=365)
"""How long a verification holds (domain E1: verified again every 12 months); a rule of the platform, not a law."""


async def create(exporter: ExporterInput, actor: str) -> int:
    """Stores a new exporter, returns its id. Raises Conflict when its slug or VKN is taken."""
    values = {name: getattr(exporter, name) for name in _COLUMNS}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    values["sales_channels"] = msgspec.json.encode(exporter.sales_channels).decode()
    values["search_text"] = _search_text(exporter)
    try:
        async with transaction() as tx:
            values["organisation"] = await tx.connection.fetchval(
                "INSERT INTO organisation (public_id, kind, name, country)"
                " VALUES ($1, 'EXPORTER', $2, 'TR') RETURNING id",
                new_public_id(),
                exporter.legal_name,
            )
            id: int = await tx.connection.fetchval(
                f"INSERT INTO exporter ({', '.join(values)})"
                f" VALUES ({', '.join(f'${n + 1}' for n in range(len(values)))}) RETURNING id",
                *values.values(),
            )
            await _save_details(tx.connection, id, exporter)
            begun = {"slug": exporter.slug, "verification": exporter.verification}
            await audit.record(actor, "exporter.created", "exporter", id, after=begun)
            await publish("exporters.changed", ids=[id])
    except asyncpg.UniqueViolationError as error:
        raise Conflict(_TAKEN.get(error.constraint_name or "", _REGISTERED)) from error
    return id


async def _save_details(conn: asyncpg.Connection, id: int, exporter: ExporterInput) -> None:
    languages = sorted({*exporter.about, *exporter.capacity})
    await conn.executemany(
        "INSERT INTO exporter_text (exporter, language, about, capacity) VALUES ($1, $2, $3, $4)",
        [(id, lang, exporter.about.get(lang, ""), exporter.capacity.get(lang, "")) for lang in languages],
    )
    await conn.executemany(
        "INSERT INTO certificate (exporter, standard, issuer, number, valid_from, valid_until)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(id, c.standard, c.issuer, c.number, c.valid_from, c.valid_until) for c in exporter.certificates],
    )


def _search_text(exporter: ExporterInput) -> str:
    return fold(" ".join((exporter.trade_name, exporter.legal_name, *exporter.about.values())))[:4000]


async def verify(exporter_id: int, by: str, actor: str, today: date | None = None) -> None:
    """Marks an exporter under review as verified by `by` for a year from today."""
    until = (today or datetime.now(UTC).date()) + VERIFICATION_DAYS
    await change_verification(exporter_id, Verification.VERIFIED, actor, verified_by=by, verified_until=until)


async def change_verification(
    exporter_id: int, after: Verification, actor: str, reason: str | None = None, **also: Any
) -> None:
    """Moves an exporter along an arrow of exporters.states, in a transaction of its own; raises as `move`."""
    async with transaction() as tx:
        await move(tx.connection, exporter_id, after, actor, reason, **also)


async def move(
    conn: asyncpg.Connection,
    exporter_id: int,
    after: Verification,
    actor: str,
    reason: str | None = None,
    **also: Any,
) -> None:
    """Moves an exporter along an arrow of exporters.states in the open transaction; its listings come or go with it.

    `also` are columns that change with it. Readers ask the database, so what is no longer verified is hidden at
    once, before the index knows. Raises NotFound, or Conflict when there is no arrow or somebody moved it meanwhile.
    """
    before = await conn.fetchval("SELECT verification FROM exporter WHERE id = $1", exporter_id)
    if before is None:
        raise NotFound(N_("There is no such exporter."))
    states.check(before, after)
    if after == Verification.VERIFIED and before != Verification.SUSPENDED:
        also.setdefault("verified_at", datetime.now(UTC))
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(also))
    moved = await conn.fetchval(
        f"UPDATE exporter SET verification = $3, version = version + 1, updated_at = now(){sets}"
        " WHERE id = $1 AND verification = $2 RETURNING id",
        exporter_id,
        before,
        str(after),
        *also.values(),
    )
    if moved is None:
        raise Conflict(N_("This exporter was changed in the meantime."))
    await audit.record(
        actor,
        "exporter.verification",
        "exporter",
        exporter_id,
        {"verification": before},
        {"verification": str(after)},
        reason,
    )
    await publish("exporters.changed", ids=[exporter_id])
