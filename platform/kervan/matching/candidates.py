"""Exporters that may fit, with the facts that they are judged by: bounded, whatever the inventory holds."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from asyncpg import Record

from kervan.db import fetch
from kervan.matching import words
from kervan.matching.facts import Asked, Firm, Goods
from kervan.matching.weights import Weights
from kervan.products.queries import FINDABLE
from kervan.trade.certificates import find_standard, standards
from kervan.trade.own_limits import OwnLimits

MOST_FIRMS = 120
"""Exporters that are judged one by one; which ones, a rough sum in SQL says."""
FEW_FIRMS = 40
"""With fewer of the same heading those of the same chapter are looked at as well."""
MOST_GOODS = 40
"""Products of an exporter that are looked at, those with the lowest ids."""
MOST_OF_CODE = 4000
"""Versions of products of a heading or chapter that are looked at; of a heading those of the same six digits first."""
MOST_OWN = 2000
"""Products of one exporter that are held against all open requests."""

_GOODS = """
    p.id, p.exporter, v.hs_code AS code, v.unit, v.moq, v.lead_days, v.net_weight_g AS net_g,
    v.gross_weight_g AS gross_g, p.certificates
"""
# Index product_version_code finds the versions; what can be told from them chooses among too many. OFFSET 0 keeps
# PostgreSQL from reading all products for the sake of some.
_OF_CODE = f"""
SELECT {_GOODS} FROM ({{versions}} LIMIT {MOST_OF_CODE}) v
JOIN LATERAL (SELECT * FROM product WHERE id = v.product OFFSET 0) p ON p.current_version = v.number
JOIN LATERAL (SELECT * FROM exporter WHERE id = p.exporter OFFSET 0) e ON true
WHERE {FINDABLE}
"""
_HEADING = _OF_CODE.format(
    versions="""
    SELECT * FROM product_version v WHERE left(v.hs_code, 4) = left($1, 4)
    ORDER BY left(v.hs_code, 6) = left($1, 6) DESC, coalesce(v.unit = $4 AND v.moq <= $5, false) DESC, v.product
    """
)
# As a range, because the index holds headings. A chapter's last heading is below its number and a letter.
_CHAPTER = (
    _OF_CODE.format(
        versions="""
    SELECT * FROM product_version v
    WHERE left(v.hs_code, 4) > left($1, 2) AND left(v.hs_code, 4) < left($1, 2) || 'a'
    ORDER BY left(v.hs_code, 4), v.product
    """
    )
    + " AND p.exporter <> ALL($2::bigint[])"
)
_NAMES = """
    (SELECT string_agg(x.name, ' ' ORDER BY x.language) FROM product_text x WHERE x.product = g.id)
    || ' ' || array_to_string((SELECT keywords FROM product WHERE id = g.id), ' ')
"""
_FACTS = """
    e.id, e.verification, e.province, e.export_countries, e.languages, x.id IS NOT NULL AS opted_out,
    coalesce(r.cases, 0) AS cases, coalesce(r.answered, 0) AS answered,
    (SELECT jsonb_agg(jsonb_build_array(c.standard, c.valid_until)) FROM certificate c WHERE c.exporter = e.id)
        AS certificates,
    (SELECT to_jsonb(l) FROM exporter_limit l WHERE l.exporter = e.id AND l.valid_from <= now()
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1) AS own
"""
_OF_FIRM = """
LEFT JOIN matching_opt_out x ON x.exporter = e.id
LEFT JOIN response_record r ON r.organisation = e.organisation
"""
# The rough sum is of what a row says at a glance; all of it is counted anew by score.match.
_CANDIDATES = f"""
WITH near AS MATERIALIZED ({{near}}),
chosen AS (
    SELECT n.exporter, max((left(n.code, 6) = left($1, 6))::int * $3
            + coalesce((n.unit = $4 AND n.moq <= $5)::int, 0) * $6 + (n.certificates && $7)::int * $8)
        + (e.export_countries @> ARRAY[$9]::varchar[])::int * $10 + (e.languages && $11)::int * $12 AS rough
    FROM near n JOIN exporter e ON e.id = n.exporter
    WHERE NOT EXISTS (SELECT FROM matching_opt_out o WHERE o.exporter = e.id) AND e.id <> ALL($2::bigint[])
    GROUP BY n.exporter, e.id ORDER BY rough DESC, n.exporter LIMIT {MOST_FIRMS}
),
shown AS (
    SELECT g.exporter, jsonb_agg(to_jsonb(g) || jsonb_build_object('names', {_NAMES}) ORDER BY g.id) AS goods FROM (
        SELECT n.*, row_number() OVER (PARTITION BY n.exporter ORDER BY n.id) AS place
        FROM near n WHERE n.exporter IN (SELECT exporter FROM chosen)) g
    WHERE g.place <= {MOST_GOODS} GROUP BY g.exporter
)
SELECT {_FACTS}, shown.goods FROM shown JOIN exporter e ON e.id = shown.exporter {_OF_FIRM}
"""
_OWN = f"""
SELECT {_FACTS}, (
    SELECT jsonb_agg(to_jsonb(g) || jsonb_build_object('names', {_NAMES}) ORDER BY g.id) FROM (
        SELECT {_GOODS} FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version
        WHERE p.exporter = e.id AND p.state = 'PUBLISHED' AND v.hs_code IS NOT NULL
            AND ($2::text[] IS NULL OR left(v.hs_code, 2) = ANY($2))
        ORDER BY p.id LIMIT {MOST_OWN}) g
) AS goods
FROM exporter e {_OF_FIRM} WHERE e.id = ANY($1::bigint[])
"""


class _Goods(msgspec.Struct):
    id: int
    code: str
    unit: str
    moq: int
    lead_days: int | None
    net_g: int | None
    gross_g: int | None
    certificates: list[str]
    names: str | None


async def of(asked: Asked, weights: Weights) -> list[Firm]:
    """The exporters with published goods of the same heading, and where these are few, of the same chapter."""
    found: list[Firm] = []
    if len(asked.code) >= 4:
        found = await _near(_HEADING, asked, weights, ())
    if len(found) < FEW_FIRMS:
        found += await _near(_CHAPTER, asked, weights, [firm.id for firm in found])
    return found


async def _near(near: str, asked: Asked, weights: Weights, but: Sequence[int]) -> list[Firm]:
    rows = await fetch(_CANDIDATES.format(near=near), *_values(asked, weights, but))
    return [_firm(row) for row in rows]


def _values(asked: Asked, weights: Weights, but: Sequence[int]) -> tuple[object, ...]:
    return (
        asked.code,
        list(but),
        weights.hs6 - weights.hs4,
        asked.unit,
        asked.quantity,
        weights.quantity,
        [label for slug in asked.certificates for label in _labels(slug)],
        weights.certificate + weights.certificate_of_product,
        asked.country,
        weights.country,
        list(asked.languages),
        weights.language,
    )


async def firms(ids: Sequence[int], code: str | None = None) -> list[Firm]:
    """These exporters, in whatever state, with their published goods; of the chapter of `code` where it is given."""
    rows = await fetch(_OWN, list(ids), None if code is None else [code[:2]])
    return [_firm(row) for row in rows]


def nearest(goods: Sequence[Goods], code: str) -> tuple[Goods, ...]:
    """Those of an exporter's goods that are held against a code: of the heading, of the chapter where it has none.

    The same as the search for exporters takes, so that both sides see the same score.
    """
    of_heading = [one for one in goods if one.code[:4] == code[:4]] if len(code) >= 4 else []
    found = of_heading or [one for one in goods if one.code[:2] == code[:2]]
    return tuple(found[:MOST_GOODS])


def _firm(row: Record) -> Firm:
    return Firm(
        id=row["id"],
        verification=row["verification"],
        province=row["province"],
        opted_out=row["opted_out"],
        goods=tuple(_of_goods(one) for one in msgspec.json.decode(row["goods"] or "[]", type=list[_Goods])),
        countries=frozenset(row["export_countries"]),
        languages=frozenset(row["languages"]),
        certificates=_held(
            msgspec.json.decode(row["certificates"] or "[]", type=list[tuple[str, dt.date | None]])
        ),
        own=_own(row["own"]),
        cases=row["cases"],
        answered=row["answered"],
    )


def _of_goods(one: _Goods) -> Goods:
    return Goods(
        id=one.id,
        code=one.code,
        unit=one.unit,
        moq=one.moq,
        words=words.of_goods(one.names or ""),
        lead_days=one.lead_days,
        net_g=one.net_g,
        gross_g=one.gross_g,
        certificates=frozenset(map(_slug, one.certificates)),
    )


@lru_cache(maxsize=8192)
def _slug(label: str) -> str:
    standard = find_standard(label)
    return standard.slug if standard else label


def _labels(slug: str) -> tuple[str, ...]:
    standard = standards().get(slug)
    return (slug, standard.label) if standard else (slug,)


def _held(rows: Sequence[tuple[str, dt.date | None]]) -> Mapping[str, dt.date | None]:
    """The last day of each certificate; of several of one standard the one that holds longest."""
    found: dict[str, dt.date | None] = {}
    for label, until in rows:
        slug = _slug(label)
        known = found.get(slug)
        if slug not in found or (known is not None and (until is None or until > known)):
            found[slug] = until
    return found


def _own(row: str | None) -> OwnLimits:
    if row is None:
        return OwnLimits()
    values: dict[str, Any] = msgspec.json.decode(row)
    kept = {name: values[name] for name in OwnLimits.__struct_fields__}
    return msgspec.convert(kept, OwnLimits, strict=False)
