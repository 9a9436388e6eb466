"""Reads beside an inquiry: an exporter's own products and prices for its quote, exporters that can be asked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from kervan.db import fetch, fetchval
from kervan.orders.pricing import tier_price
from kervan.products.queries import FINDABLE
from kervan.trade.provinces import province
from kervan_search.text import fold

_OWN_PRICES = """
SELECT l.number, l.quantity, p.sku, v.currency, v.lead_days, v.moq,
    (SELECT array_agg(ARRAY[t.from_quantity::numeric, t.unit_price] ORDER BY t.from_quantity)
        FROM price_tier t WHERE t.version = v.id) AS tiers
FROM inquiry_line l JOIN product p ON p.id = l.product AND p.exporter = $2
JOIN product_version v ON v.product = p.id AND v.number = p.current_version WHERE l.inquiry = $1
"""
_MOST_FOUND = 8
_MOST_SKUS = 300


class OwnPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter's own listing says of a line that is asked for."""

    sku: str
    currency: str | None
    unit_price: Decimal | None
    lead_days: int | None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter that can be asked."""

    slug: str
    name: str
    province: str


class Wished(msgspec.Struct, frozen=True, kw_only=True):
    """A product from whose page somebody comes."""

    public_id: str
    name: str
    unit: str
    moq: int
    currency: str | None
    exporter: str
    """Slug."""


async def town(exporter: int) -> str:
    """The exporter's province by its name; '' when it is not known."""
    plate = await fetchval("SELECT province FROM exporter WHERE id = $1", exporter)
    return province(plate).name if plate else ""


async def own_prices(inquiry: int, exporter: int) -> Mapping[int, OwnPrice]:
    """By the line's number, for the lines that ask for products of this exporter."""
    return {
        row["number"]: OwnPrice(
            sku=row["sku"],
            currency=row["currency"],
            unit_price=tier_price(row["tiers"], row["quantity"] or row["moq"]),
            lead_days=row["lead_days"],
        )
        for row in await fetch(_OWN_PRICES, inquiry, exporter)
    }


async def by_sku(exporter: int, skus: Sequence[str]) -> Mapping[str, str]:
    """Public ids of the exporter's own products by SKU."""
    rows = await fetch(
        "SELECT sku, public_id FROM product WHERE exporter = $1 AND sku = ANY($2::text[]) AND state <> 'ARCHIVED'",
        exporter,
        list(skus),
    )
    return {row["sku"]: row["public_id"] for row in rows}


async def all_skus(exporter: int, language: str) -> list[tuple[str, str]]:
    """(SKU, name) of the exporter's published products, to choose from while typing."""
    rows = await fetch(
        f"""SELECT p.sku, coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
            (SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = 'tr'), p.sku) AS name
        FROM product p WHERE p.exporter = $1 AND p.state = 'PUBLISHED' ORDER BY p.sku LIMIT {_MOST_SKUS}""",
        exporter,
        language,
    )
    return [(row["sku"], row["name"]) for row in rows]


async def exporters(slugs: Sequence[str]) -> list[Choice]:
    """The verified exporters of these slugs, in this order."""
    rows = await fetch(
        """SELECT slug, trade_name AS name, province FROM exporter
        WHERE slug = ANY($1::text[]) AND verification = 'VERIFIED'""",
        list(slugs),
    )
    found = {row["slug"]: Choice(**dict(row)) for row in rows}
    return [found[slug] for slug in dict.fromkeys(slugs) if slug in found]


async def find_exporters(text: str) -> list[Choice]:
    """Verified exporters whose name or goods hold every word; the most fitting names first."""
    words = fold(text[:200]).split()[:6]
    if not words:
        return []
    patterns = [
        "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for word in words
    ]
    rows = await fetch(
        f"""SELECT slug, trade_name AS name, province FROM exporter
        WHERE verification = 'VERIFIED' AND search_text LIKE ALL($1::text[])
        ORDER BY similarity(search_text, $2) DESC, id LIMIT {_MOST_FOUND}""",
        patterns,
        " ".join(words),
    )
    return [Choice(**dict(row)) for row in rows]


async def saved_exporters(person: int) -> list[Choice]:
    """The verified exporters that somebody has saved, the newest first."""
    rows = await fetch(
        """SELECT e.slug, e.trade_name AS name, e.province FROM saved_exporter s JOIN exporter e ON e.id = s.exporter
        WHERE s.person = $1 AND e.verification = 'VERIFIED' ORDER BY s.id DESC LIMIT 12""",
        person,
    )
    return [Choice(**dict(row)) for row in rows]


async def wished(public_ids: Sequence[str], language: str) -> list[Wished]:
    """The products of these public ids that visitors may see, in this order."""
    rows = await fetch(
        f"""SELECT p.public_id, v.unit, v.moq, v.currency, e.slug AS exporter,
            coalesce((SELECT x.name FROM product_text x WHERE x.product = p.id AND x.language = $2),
                (SELECT x.name FROM product_text x WHERE x.product = p.id
                    ORDER BY x.language = 'en' DESC, x.language LIMIT 1)) AS name
        FROM product p JOIN exporter e ON e.id = p.exporter
        JOIN product_version v ON v.product = p.id AND v.number = p.current_version
        WHERE p.public_id = ANY($1::text[]) AND {FINDABLE}""",
        list(public_ids),
        language,
    )
    found = {row["public_id"]: Wished(**dict(row)) for row in rows}
    return [found[id] for id in dict.fromkeys(public_ids) if id in found]


async def certificates(exporter: int) -> list[str]:
    """The certificates of the exporter (exporter.id) that hold today, by the name of their standard."""
    rows = await fetch(
        """SELECT DISTINCT standard FROM certificate
        WHERE exporter = $1 AND (valid_until IS NULL OR valid_until >= current_date) ORDER BY standard""",
        exporter,
    )
    return [row["standard"] for row in rows]
