"""The answer from PostgreSQL while the engine is down: every word somewhere in the text, filters, no facets."""

from datetime import UTC, datetime
from decimal import Decimal

from kervan.db import fetch
from kervan.discovery import bands
from kervan.discovery.structs import Request
from kervan.products.queries import FINDABLE
from kervan.trade import nomenclature, rates
from kervan.trade.certificates import standards
from kervan.trade.errors import TradeError
from kervan_search.engine import Hit, Page, Query, Term
from kervan_search.text import fold

_MAX_WORDS = 8

_PRODUCTS = """
FROM product p
JOIN exporter e ON e.id = p.exporter
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
LEFT JOIN unnest($1::text[], $2::numeric[]) AS r (currency, per_unit) ON r.currency = v.currency
"""
_EXPORTERS = "FROM exporter e LEFT JOIN unnest($1::text[], $2::numeric[]) AS r (currency, per_unit) ON false"

_SORTS = {
    "": "{quality} DESC, {table}.id",
    "-published_at": "{published} DESC NULLS LAST, {table}.id",
    "price_eur": "v.price_min * r.per_unit NULLS LAST, p.id",
    "-price_eur": "v.price_min * r.per_unit DESC NULLS LAST, p.id",
    "moq_units": "v.moq, p.id",
    "-products": "(SELECT count(*) FROM product q WHERE q.exporter = e.id AND q.state = 'PUBLISHED') DESC, e.id",
}


class _Conditions:
    """SQL conditions with their arguments; $1 and $2 are the exchange rates."""

    def __init__(self) -> None:
        self.args: list[object] = [*_rates()]
        self.parts: list[str] = []

    def add(self, condition: str, *args: object) -> None:
        """A condition whose {} stand for the arguments in order."""
        places = range(len(self.args) + 1, len(self.args) + len(args) + 1)
        self.args += args
        self.parts.append(condition.format(*(f"${place}" for place in places)))


async def search(request: Request, query: Query) -> Page:
    """Hits by completeness or the asked sort; every word must occur as a part of the folded text."""
    is_products = request.kind == "products"
    table = "p" if is_products else "e"
    where = _Conditions()
    where.parts.append(FINDABLE if is_products else "e.verification = 'VERIFIED'")
    words = fold(query.text).replace('"', " ").split()[:_MAX_WORDS]
    for word in words:
        where.add(f"{table}.search_text LIKE {{}}", f"%{_escaped(_code_or_word(word))}%")
    for name, values in query.filters.items():
        _filter(where, is_products, name, values)
    low, high = query.ranges.get("price_eur", (None, None))
    if low is not None:
        where.add("v.price_min * r.per_unit >= {}::float8::numeric", low)
    if high is not None:
        where.add("v.price_min * r.per_unit <= {}::float8::numeric", high)
    order = _SORTS[query.sort].format(
        table=table,
        quality="p.completeness" if is_products else "e.verified_at",
        published="p.published_at" if is_products else "e.verified_at",
    )
    condition = " AND ".join(where.parts)
    source = _PRODUCTS if is_products else _EXPORTERS
    total = (await fetch(f"SELECT count(*) {source} WHERE {condition}", *where.args))[0][0]
    rows = await fetch(
        f"SELECT {table}.id {source} WHERE {condition} ORDER BY {order}"
        f" LIMIT {int(query.limit)} OFFSET {int(query.offset)}",
        *where.args,
    )
    return Page(
        hits=[Hit(id=str(row["id"]), score=0.0, version=0) for row in rows],
        total=total,
        terms=tuple(Term(word) for word in words),
    )


def _filter(where: _Conditions, is_products: bool, name: str, values: tuple[str, ...]) -> None:
    chosen = list(values)
    if name in ("chapter", "heading"):
        where.add(f"left(v.hs_code, {2 if name == 'chapter' else 4}) = ANY({{}}::text[])", chosen)
    elif name == "section":
        chapters = [code for value in values for code in nomenclature.section(int(value)).chapters]
        where.add("left(v.hs_code, 2) = ANY({}::text[])", chapters)
    elif name == "sector":
        where.add("e.sectors && {}::varchar[]", chosen)
    elif name == "province":
        where.add("e.province = ANY({}::text[])", chosen)
    elif name == "certificate":
        labels = [standards()[value].label if value in standards() else value for value in values]
        held = "p.certificates" if is_products else _HELD
        where.add(f"{held} && {{}}::varchar[]", labels)
    elif name == "brand":
        where.add("p.brand = ANY({}::text[])", chosen)
    elif name == "exporter":
        where.add("e.slug = ANY({}::text[])", chosen)
    elif name == "micro":
        where.parts.append("v.micro_export_ok")
    elif name == "language":
        where.add(_LANGUAGE if is_products else "e.languages && {}::varchar[]", chosen)
    elif name == "business_model":
        where.add("e.business_model = ANY({}::text[])", chosen)
    elif name == "employees":
        where.add("e.employees_band = ANY({}::text[])", chosen)
    elif name == "country":
        where.add("e.export_countries && {}::varchar[]", chosen)
    elif name in _BANDED:
        _bands(where, name, values)


_HELD = "ARRAY(SELECT c.standard FROM certificate c WHERE c.exporter = e.id)"
_LANGUAGE = "EXISTS (SELECT FROM product_text x WHERE x.product = p.id AND x.language = ANY({}::text[]))"
_BANDED = {"price": "v.price_min * r.per_unit", "moq": "v.moq", "lead": "v.lead_days"}


def _bands(where: _Conditions, name: str, values: tuple[str, ...]) -> None:
    chosen = [band for value in values if (band := bands.band(name, value))]
    lows = [band.low for band in chosen]
    highs = [band.high for band in chosen]
    where.add(
        "EXISTS (SELECT FROM unnest({}::numeric[], {}::numeric[]) AS b (low, high)"
        f" WHERE {_BANDED[name]} BETWEEN coalesce(b.low, '-Infinity') AND coalesce(b.high, 'Infinity'))",
        lows,
        highs,
    )


def _rates() -> tuple[list[str], list[object]]:
    today = datetime.now(UTC).date()
    found = {"EUR": Decimal(1)}
    for currency in rates.currencies():
        try:
            found[currency] = 1 / rates.rate_on(currency, today).eur_rate
        except TradeError:
            continue
    return list(found), list(found.values())


def _code_or_word(word: str) -> str:
    """6109.10 is stored as 610910."""
    digits = word.replace(".", "")
    return digits if digits.isdigit() else word


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
