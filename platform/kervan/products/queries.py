"""Reads of the product inventory. Visitors only ever get published products of verified exporters."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.files import routes as photos
from kervan.products.drawings import picture_of, tint_of
from kervan.products.structs import (
    HeldCertificate,
    Package,
    Photo,
    ProductCard,
    ProductDetail,
    TextOf,
    Tier,
)
from kervan.trade.errors import N_
from kervan_search.text import fold

FINDABLE = "p.state = 'PUBLISHED' AND e.verification = 'VERIFIED'"
"""The one condition under which a visitor may see a product; `p` and `e` are product and exporter."""

# The reader's language (mostly there: one probe of an index), else English, else Turkish, else whatever there is.
_NAME = """
    coalesce(
        (SELECT ARRAY[x.name, x.language] FROM product_text x WHERE x.product = p.id AND x.language = {language}),
        (SELECT ARRAY[x.name, x.language] FROM product_text x WHERE x.product = p.id
         ORDER BY (x.language = 'en') DESC, (x.language = 'tr') DESC, x.language LIMIT 1)
    )
"""

_CARD = f"""
    p.id, p.public_id, p.brand, p.certificates, p.picture, p.tint, p.published_at,
    e.slug AS exporter, e.trade_name, e.province,
    v.hs_code, v.micro_export_ok, v.price_min, v.price_max, v.currency, v.unit, v.moq, v.lead_days,
    {_NAME.format(language="$1")} AS name,
    (SELECT ARRAY[coalesce(i.path_800, i.path), coalesce(i.path_320, i.path_800, i.path)]
        FROM product_image i WHERE i.product = p.id ORDER BY i.position LIMIT 1) AS image
"""

_FROM = """
FROM product p
JOIN exporter e ON e.id = p.exporter
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
"""

# OFFSET 0 keeps PostgreSQL from reading all exporters for the sake of twenty products.
_CARDS_BY_ID = f"""
SELECT {_CARD}
FROM product p
JOIN LATERAL (SELECT * FROM exporter WHERE id = p.exporter OFFSET 0) e ON true
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.id = ANY($2::bigint[]) AND {FINDABLE}
"""

_WORD = re.compile(r"[A-Za-z0-9]+")


@lru_cache(maxsize=50_000)
def slug_of(name: str, otherwise: str = "product") -> str:
    """A name as part of an address: folded words joined by hyphens, at most 60 characters.

    `otherwise` stands for a name without letters that addresses can hold.
    """
    slug = ""
    for word in _WORD.findall(fold(name)):
        if len(slug) + len(word) >= 60:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug or otherwise


def _card(row: Record) -> ProductCard:
    name, language = row["name"]
    medium, small = row["image"] or (None, None)
    return ProductCard(
        id=row["public_id"],
        slug=slug_of(name),
        name=name,
        name_language=language,
        exporter=row["exporter"],
        exporter_name=row["trade_name"],
        province=row["province"],
        brand=row["brand"],
        hs_code=row["hs_code"],
        certificates=tuple(row["certificates"]),
        micro_export_ok=row["micro_export_ok"],
        price_min=row["price_min"],
        price_max=row["price_max"],
        currency=row["currency"],
        unit=row["unit"],
        moq=row["moq"],
        lead_days=row["lead_days"],
        picture=row["picture"] or picture_of(row["hs_code"]),
        tint=row["tint"] or tint_of(row["public_id"]),
        image=medium and photos.address(medium),
        image_small=small and photos.address(small),
        published_at=row["published_at"],
    )


async def cards(ids: Sequence[int], language: str) -> list[ProductCard]:
    """Cards of the products with these ids, in this order; what is not findable now is left out."""
    if not ids:
        return []
    found = {row["id"]: row for row in await fetch(_CARDS_BY_ID, language, list(ids))}
    return [_card(found[id]) for id in ids if id in found]


async def names(ids: Sequence[int], language: str) -> list[tuple[str, str]]:
    """(public id, name) of the products with these ids, in this order; what is not findable now is left out."""
    if not ids:
        return []
    rows = await fetch(
        f"""SELECT p.id, p.public_id, {_NAME.format(language="$1")} AS name
        FROM product p JOIN exporter e ON e.id = p.exporter WHERE p.id = ANY($2::bigint[]) AND {FINDABLE}""",
        language,
        list(ids),
    )
    found = {row["id"]: (row["public_id"], row["name"][0]) for row in rows}
    return [found[id] for id in ids if id in found]


async def newest(language: str, limit: int) -> list[ProductCard]:
    """The products published last, at most two of one exporter, so that no single firm fills the page."""
    rows = await fetch(
        f"""SELECT {_CARD} {_FROM} WHERE p.id IN (
            SELECT id FROM (
                SELECT p.id, p.published_at,
                    row_number() OVER (PARTITION BY p.exporter ORDER BY p.published_at DESC) AS n
                FROM (SELECT p.* FROM product p JOIN exporter e ON e.id = p.exporter WHERE {FINDABLE}
                      ORDER BY p.published_at DESC LIMIT 500) p
            ) recent WHERE n <= 2 ORDER BY published_at DESC LIMIT $2)
        ORDER BY p.published_at DESC, p.id""",
        language,
        limit,
    )
    return [_card(row) for row in rows]


async def more_from(exporter: str, language: str, limit: int, except_id: str) -> list[ProductCard]:
    """Other products of an exporter (by slug), newest first, without the one with public id `except_id`."""
    rows = await fetch(
        f"""SELECT {_CARD} {_FROM} WHERE e.slug = $2 AND p.public_id <> $3 AND {FINDABLE}
        ORDER BY p.published_at DESC, p.id LIMIT $4""",
        language,
        exporter,
        except_id,
        limit,
    )
    return [_card(row) for row in rows]


_DETAIL = f"""
SELECT {_CARD}, p.sku, p.gtin, p.origin, p.keywords, p.version, p.updated_at, p.current_version,
    v.tariff_year, v.net_weight_g, v.gross_weight_g, v.step, v.exclusion_reason,
    v.package_units, v.package_length_mm, v.package_width_mm, v.package_height_mm, v.package_gross_g,
    (SELECT array_agg(ARRAY[t.from_quantity::numeric, t.unit_price] ORDER BY t.from_quantity)
        FROM price_tier t WHERE t.version = v.id) AS tiers,
    (SELECT jsonb_agg(jsonb_build_array(x.language, x.name, x.description)
        ORDER BY (x.language = $1) DESC, (x.language = 'en') DESC, (x.language = 'tr') DESC, x.language)
        FROM product_text x WHERE x.product = p.id) AS texts,
    (SELECT jsonb_agg(jsonb_build_array(c.standard, c.issuer, c.number, c.valid_until) ORDER BY c.standard)
        FROM certificate c WHERE c.exporter = e.id AND c.standard = ANY(p.certificates)
        AND (c.valid_until IS NULL OR c.valid_until >= current_date)) AS held,
    (SELECT jsonb_agg(jsonb_build_array(i.path, coalesce(i.path_800, i.path),
            coalesce(i.path_320, i.path_800, i.path), i.width, i.height, i.alt) ORDER BY i.position)
        FROM product_image i WHERE i.product = p.id) AS images
{_FROM}
WHERE p.public_id = $2
"""


async def product(public_id: str, language: str) -> ProductDetail:
    """The whole of a findable product. Raises NotFound for anything else, whatever the reason."""
    rows = await fetch(f"{_DETAIL} AND {FINDABLE}", language, public_id)
    if not rows:
        raise NotFound(N_("This product is not on the platform, or not any more."))
    return _detail(rows[0])


async def preview(exporter_id: int, public_id: str, language: str) -> ProductDetail:
    """A product of this exporter in any state, as importers would see it. Raises NotFound."""
    rows = await fetch(f"{_DETAIL} AND p.exporter = $3", language, public_id, exporter_id)
    if not rows:
        raise NotFound(N_("There is no such product."))
    return _detail(rows[0])


def _detail(row: Record) -> ProductDetail:
    return ProductDetail(
        card=_card(row),
        sku=row["sku"],
        gtin=row["gtin"],
        origin=row["origin"],
        tariff_year=row["tariff_year"],
        net_weight_g=row["net_weight_g"],
        gross_weight_g=row["gross_weight_g"],
        step=row["step"],
        tiers=_tiers(row["tiers"] or []),
        package=Package(
            units=row["package_units"],
            length_mm=row["package_length_mm"],
            width_mm=row["package_width_mm"],
            height_mm=row["package_height_mm"],
            gross_weight_g=row["package_gross_g"],
        ),
        texts=tuple(TextOf(*text) for text in msgspec.json.decode(row["texts"])),
        certificates=held_certificates(row),
        exclusion_reason=row["exclusion_reason"],
        keywords=tuple(row["keywords"]),
        images=tuple(_photo(*values) for values in msgspec.json.decode(row["images"] or "[]")),
        version=row["version"],
        version_number=row["current_version"],
        updated_at=row["updated_at"],
    )


def _photo(large: str, medium: str, small: str, width: int, height: int, alt: str) -> Photo:
    return Photo(
        large=photos.address(large),
        medium=photos.address(medium),
        small=photos.address(small),
        width=width,
        height=height,
        alt=alt,
    )


def _tiers(pairs: Sequence[Sequence[Any]]) -> tuple[Tier, ...]:
    starts = [int(quantity) for quantity, _ in pairs]
    ends = [*(start - 1 for start in starts[1:]), None]
    return tuple(Tier(start, end, price) for start, end, (_, price) in zip(starts, ends, pairs, strict=False))


def held_certificates(row: Mapping[str, Any]) -> tuple[HeldCertificate, ...]:
    """The certificates of a row's `held` column (JSON lists: standard, issuer, number, valid_until)."""
    held = msgspec.json.decode(row["held"] or "[]")
    return tuple(msgspec.convert(dict(zip(_HELD, values, strict=True)), HeldCertificate) for values in held)


_HELD = ("standard", "issuer", "number", "valid_until")
