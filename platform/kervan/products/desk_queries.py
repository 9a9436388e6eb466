"""Reads of an exporter's own inventory: every state, for the desk and for the firm's programs."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.products import service
from kervan.products.drawings import picture_of, tint_of
from kervan.products.inputs import ProductInput, TextInput
from kervan.products.rules import Tariffs
from kervan.trade.errors import N_
from kervan_search.text import fold

PER_PAGE = 25
SORTS: Mapping[str, str] = {
    "updated": "p.updated_at",
    "name": "name",
    "sku": "p.sku",
    "price": "v.price_min",
    "complete": "p.completeness",
}
"""What the list can be sorted by; the newest change stands first unless asked otherwise."""
_MOST_WORDS = 8

# Names in the reader's language sort as text; ties by id, so that pages never overlap.
_LIST = """
SELECT p.id, p.public_id, p.sku, p.state, p.completeness, p.updated_at, p.picture, p.tint,
    v.hs_code, v.price_min, v.price_max, v.currency, v.unit, v.moq, v.micro_export_ok, v.exclusion_reason,
    coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
        (SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = 'tr')) AS name,
    (SELECT coalesce(i.path_320, i.path_800, i.path) FROM product_image i WHERE i.product = p.id
        ORDER BY i.position LIMIT 1) AS photo
FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.exporter = $1 AND p.search_text LIKE ALL($3::text[]) AND ($4::text = '' OR p.state = $4)
    AND ($4::text <> '' OR p.state <> 'ARCHIVED')
"""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One product in the list of its own firm."""

    id: str
    """Public id."""
    name: str
    sku: str
    state: str
    hs_code: str | None
    price_min: Decimal | None
    price_max: Decimal | None
    currency: str | None
    unit: str
    moq: int
    micro_export_ok: bool
    completeness: int
    """0-100: how much of what importers ask for is filled in."""
    updated_at: datetime
    photo: str | None
    """Path of the first photo under the uploads folder."""
    picture: str
    tint: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the inventory is asked for; without a state all but the archived."""

    text: str = ""
    state: str = ""
    sort: str = "updated"
    descending: bool = True
    page: int = 1


class Editable(msgspec.Struct, frozen=True, kw_only=True):
    """A product as its owner may change it."""

    id: int
    public_id: str
    state: str
    state_reason: str | None
    product: ProductInput
    version: int
    """Number of the version that holds today's code, weights and prices."""
    updated_at: datetime


def _patterns(text: str) -> list[str]:
    words = fold(text[:200]).split()[:_MOST_WORDS]
    escaped = (word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words)
    return [f"%{word}%" for word in escaped]


async def lines(
    exporter_id: int, asked: Asked, language: str, per_page: int = PER_PAGE
) -> tuple[list[Line], int]:
    """One page of the inventory, and how many products there are in all pages."""
    order = SORTS.get(asked.sort, SORTS["updated"])
    way = "DESC NULLS LAST" if asked.descending else "ASC NULLS LAST"
    args = (exporter_id, language, _patterns(asked.text), asked.state)
    rows = await fetch(
        f"SELECT *, count(*) OVER () AS total FROM ({_LIST}) AS p"
        f" ORDER BY {order.replace('v.', 'p.')} {way}, p.id DESC LIMIT $5 OFFSET $6",
        *args,
        per_page,
        (asked.page - 1) * per_page,
    )
    if not rows and asked.page > 1:
        [counted] = await fetch(f"SELECT count(*) AS total FROM ({_LIST}) AS p", *args)
        return [], counted["total"]
    return [_line(row) for row in rows], rows[0]["total"] if rows else 0


def _line(row: Record) -> Line:
    return Line(
        id=row["public_id"],
        picture=row["picture"] or picture_of(row["hs_code"]),
        tint=row["tint"] or tint_of(row["public_id"]),
        **{
            name: row[name]
            for name in (
                "name", "sku", "state", "hs_code", "price_min", "price_max", "currency", "unit", "moq",
                "micro_export_ok", "completeness", "updated_at", "photo",
            )
        },
    )  # fmt: skip


async def counts(exporter_id: int) -> dict[str, int]:
    """How many products of the firm are in each state."""
    rows = await fetch(
        "SELECT state, count(*) AS n FROM product WHERE exporter = $1 GROUP BY state", exporter_id
    )
    return {row["state"]: row["n"] for row in rows}


_EDITABLE = f"""
SELECT p.id, p.public_id, p.sku, p.state, p.state_reason, p.current_version, p.keywords, p.certificates,
    p.published_at, p.updated_at,
    {", ".join(f"p.{name}" for name in service.PLAIN)}, {", ".join(f"v.{name}" for name in service.VERSIONED)},
    (SELECT array_agg(ARRAY[t.from_quantity::numeric, t.unit_price] ORDER BY t.from_quantity)
        FROM price_tier t WHERE t.version = v.id) AS tiers,
    (SELECT jsonb_agg(jsonb_build_array(x.language, x.name, x.description) ORDER BY x.language)
        FROM product_text x WHERE x.product = p.id) AS texts
FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.exporter = $1
"""


async def editable(exporter_id: int, public_id: str) -> Editable:
    """A product of this exporter in any state. Raises NotFound for those of others."""
    rows = await fetch(f"{_EDITABLE} AND p.public_id = $2", exporter_id, public_id)
    if not rows:
        raise NotFound(N_("There is no such product."))
    return _editable(rows[0])


async def by_sku(exporter_id: int, sku: str) -> Editable:
    """The same by the firm's own number."""
    rows = await fetch(f"{_EDITABLE} AND p.sku = $2", exporter_id, sku)
    if not rows:
        raise NotFound(N_("There is no such product."))
    return _editable(rows[0])


async def inventory(exporter_id: int, state: str, limit: int, offset: int) -> tuple[list[Editable], int]:
    """A part of the inventory in the order in which it was created, and how many products there are in all."""
    condition = "AND ($2::text = '' OR p.state = $2)"
    rows = await fetch(
        f"{_EDITABLE} {condition} ORDER BY p.id LIMIT $3 OFFSET $4", exporter_id, state, limit, offset
    )
    [counted] = await fetch(
        f"SELECT count(*) AS n FROM product p WHERE p.exporter = $1 {condition}", exporter_id, state
    )
    return [_editable(row) for row in rows], counted["n"]


async def everything(exporter_id: int, asked: Asked, batch: int = 1000) -> AsyncIterator[list[Editable]]:
    """Every product that the list would show, in batches: memory stays bounded."""
    last = 0
    while True:
        rows = await fetch(
            f"""{_EDITABLE} AND p.search_text LIKE ALL($2::text[]) AND ($3::text = '' OR p.state = $3)
                AND ($3::text <> '' OR p.state <> 'ARCHIVED') AND p.id > $4 ORDER BY p.id LIMIT $5""",
            exporter_id,
            _patterns(asked.text),
            asked.state,
            last,
            batch,
        )
        if not rows:
            return
        last = rows[-1]["id"]
        yield [_editable(row) for row in rows]


def _editable(row: Record) -> Editable:
    texts: Sequence[Sequence[Any]] = msgspec.json.decode(row["texts"] or "[]")
    names = (*service.PLAIN, *service.VERSIONED)
    product = ProductInput(
        sku=row["sku"],
        texts={language: TextInput(name, description) for language, name, description in texts},
        tiers=tuple((int(quantity), price.normalize()) for quantity, price in row["tiers"] or ()),
        keywords=tuple(row["keywords"]),
        certificates=tuple(row["certificates"]),
        published_at=row["published_at"],
        state=row["state"],
        **{name: row[name] for name in names},
    )
    return Editable(
        id=row["id"],
        public_id=row["public_id"],
        state=row["state"],
        state_reason=row["state_reason"],
        product=product,
        version=row["current_version"],
        updated_at=row["updated_at"],
    )


async def tariff_of(code: str | None) -> tuple[int | None, Tariffs]:
    """The newest tariff year that is loaded, and what the rules need of it to judge this one code."""
    rows = await fetch(
        """SELECT l.tariff_year,
            EXISTS (SELECT FROM gtip g WHERE g.tariff_year = l.tariff_year AND g.code = $1) AS known
        FROM (SELECT DISTINCT tariff_year FROM nomenclature_load) l ORDER BY 1""",
        code or "",
    )
    known = {row["tariff_year"]: ((code,) if code and row["known"] else ()) for row in rows}
    return max(known, default=None), known


async def verification(exporter_id: int) -> str:
    """How far the platform vouches for the firm now."""
    [row] = await fetch("SELECT verification FROM exporter WHERE id = $1", exporter_id)
    return str(row["verification"])
