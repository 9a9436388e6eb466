"""Reads of the exporter inventory. Visitors only ever get verified exporters."""

from collections.abc import Sequence

import msgspec
from asyncpg import Record

from kervan.db import fetch, fetchval
from kervan.errors import NotFound
from kervan.exporters.structs import ExporterCard, ExporterDetail, SalesChannel
from kervan.products.queries import held_certificates
from kervan.requests import records
from kervan.trade.errors import N_

_CARD = """
    e.id, e.slug, e.trade_name, e.province, e.sectors, e.business_model, e.founded, e.employees_band, e.languages,
    e.logo, e.verified_at, e.verified_by,
    (SELECT array_agg(DISTINCT c.standard ORDER BY c.standard) FROM certificate c WHERE c.exporter = e.id
        AND (c.valid_until IS NULL OR c.valid_until >= current_date)) AS certificates,
    (SELECT count(*) FROM product p WHERE p.exporter = e.id AND p.state = 'PUBLISHED') AS products,
    (SELECT ARRAY[x.about, x.capacity] FROM exporter_text x WHERE x.exporter = e.id
        ORDER BY (x.language = $1) DESC, (x.language = 'en') DESC, (x.language = 'tr') DESC LIMIT 1) AS texts
"""


def _card(row: Record) -> ExporterCard:
    return ExporterCard(
        slug=row["slug"],
        name=row["trade_name"],
        province=row["province"],
        sectors=tuple(row["sectors"]),
        business_model=row["business_model"],
        founded=row["founded"],
        employees_band=row["employees_band"],
        languages=tuple(row["languages"]),
        certificates=tuple(row["certificates"] or ()),
        products=row["products"],
        about=(row["texts"] or ("", ""))[0],
        logo=row["logo"],
        verified_at=row["verified_at"],
        verified_by=row["verified_by"],
    )


async def cards(ids: Sequence[int], language: str) -> list[ExporterCard]:
    """Cards of the exporters with these ids, in this order; those not verified now are left out."""
    if not ids:
        return []
    rows = await fetch(
        f"SELECT {_CARD} FROM exporter e WHERE e.id = ANY($2::bigint[]) AND e.verification = 'VERIFIED'",
        language,
        list(ids),
    )
    found = {row["id"]: row for row in rows}
    return [_card(found[id]) for id in ids if id in found]


async def names(ids: Sequence[int]) -> list[tuple[str, str]]:
    """(slug, trade name) of the exporters with these ids, in this order; those not verified now are left out."""
    if not ids:
        return []
    rows = await fetch(
        "SELECT id, slug, trade_name FROM exporter WHERE id = ANY($1::bigint[]) AND verification = 'VERIFIED'",
        list(ids),
    )
    found = {row["id"]: (row["slug"], row["trade_name"]) for row in rows}
    return [found[id] for id in ids if id in found]


async def newest(language: str, limit: int) -> list[ExporterCard]:
    """The exporters verified last."""
    rows = await fetch(
        f"""SELECT {_CARD} FROM exporter e WHERE e.verification = 'VERIFIED'
        ORDER BY e.verified_at DESC NULLS LAST, e.id DESC LIMIT $2""",
        language,
        limit,
    )
    return [_card(row) for row in rows]


async def exporter(slug: str, language: str) -> ExporterDetail:
    """The whole of a verified exporter as visitors may know it. Raises NotFound for anything else."""
    rows = await fetch(
        f"""SELECT {_CARD}, e.organisation, e.legal_name, e.kind, e.association, e.association_no, e.district,
            e.sales_channels, e.export_countries, e.export_status, e.website, e.verified_until, e.version, e.updated_at,
            (SELECT jsonb_agg(jsonb_build_array(c.standard, c.issuer, c.number, c.valid_until) ORDER BY c.standard)
                FROM certificate c WHERE c.exporter = e.id
                AND (c.valid_until IS NULL OR c.valid_until >= current_date)) AS held
        FROM exporter e WHERE e.slug = $2 AND e.verification = 'VERIFIED'""",
        language,
        slug,
    )
    if not rows:
        raise NotFound(N_("This exporter is not on the platform, or not any more."))
    row = rows[0]
    return ExporterDetail(
        card=_card(row),
        legal_name=row["legal_name"],
        kind=row["kind"],
        association=row["association"],
        association_no=row["association_no"],
        district=row["district"],
        sales_channels=msgspec.json.decode(row["sales_channels"], type=tuple[SalesChannel, ...]),
        export_countries=tuple(row["export_countries"]),
        export_status=row["export_status"],
        capacity=(row["texts"] or ("", ""))[1],
        website=row["website"],
        certificates=held_certificates(row),
        response=await records.of(row["organisation"]) if row["organisation"] is not None else None,
        verified_until=row["verified_until"],
        version=row["version"],
        updated_at=row["updated_at"],
    )


async def id_of(slug: str) -> int:
    """The id of an exporter in any state, for commands of staff. Raises NotFound."""
    id: int | None = await fetchval("SELECT id FROM exporter WHERE slug = $1", slug)
    if id is None:
        raise NotFound(N_("There is no exporter with the address name {slug}."), slug=slug)
    return id
