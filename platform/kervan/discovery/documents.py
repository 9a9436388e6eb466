"""Rows of the inventory as search documents: what is findable about a product, an exporter, a heading."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import msgspec
from asyncpg import Record

from kervan.db import connection, fetch
from kervan.discovery import bands
from kervan.products.queries import FINDABLE
from kervan.trade import codes, nomenclature, provinces, rates
from kervan.trade.certificates import find_standard
from kervan.trade.errors import TradeError
from kervan_search.engine import Document

_PRODUCT_COLUMNS = """
SELECT p.id, p.version + e.version AS version, p.sku, p.gtin, p.brand, p.keywords, p.certificates,
    p.completeness, p.published_at, e.slug AS exporter, e.trade_name, e.province, e.sectors,
    v.hs_code, v.price_min, v.currency, v.moq, v.lead_days, v.micro_export_ok,
    (SELECT jsonb_agg(jsonb_build_array(x.language, x.name, x.description) ORDER BY x.language)
        FROM product_text x WHERE x.product = p.id) AS texts
FROM product p
JOIN exporter e ON e.id = p.exporter
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
"""

_EXPORTER_COLUMNS = """
SELECT e.id, e.version, e.slug, e.trade_name, e.legal_name, e.vkn, e.province, e.sectors, e.business_model,
    e.languages, e.employees_band, e.export_countries, e.founded, e.verified_at,
    (SELECT array_agg(DISTINCT c.standard) FROM certificate c WHERE c.exporter = e.id
        AND (c.valid_until IS NULL OR c.valid_until >= current_date)) AS certificates,
    (SELECT count(*) FROM product p WHERE p.exporter = e.id AND p.state = 'PUBLISHED') AS products,
    (SELECT jsonb_agg(jsonb_build_array(x.language, x.about, x.capacity) ORDER BY x.language)
        FROM exporter_text x WHERE x.exporter = e.id) AS texts
FROM exporter e
"""


def certificate_value(label: str) -> str:
    """The facet value of a certificate: its slug when the standard is known, else the text itself."""
    standard = find_standard(label)
    return standard.slug if standard else label


_certificate_value = cache(certificate_value)


def product_document(row: Record, today: date) -> Document:
    """A product as the index keeps it. Prices are EUR at the latest rate: good for finding, never for trading."""
    texts = msgspec.json.decode(row["texts"])
    price = _price_eur(row["price_min"], row["currency"], today)
    code = row["hs_code"]
    published = row["published_at"]
    facets = {
        **_code_facets(code),
        "sector": _sectors(code, tuple(row["sectors"])),
        "province": (row["province"],),
        "certificate": tuple(_certificate_value(label) for label in row["certificates"]),
        "brand": _one(row["brand"]),
        "price": _one(bands.band_of(bands.PRICE, price)),
        "moq": _one(bands.band_of(bands.MOQ, row["moq"])),
        "lead": _one(bands.band_of(bands.LEAD, row["lead_days"])),
        "micro": ("yes",) if row["micro_export_ok"] else (),
        "language": tuple(language for language, _, _ in texts),
        "exporter": (row["exporter"],),
    }
    numbers = {
        "price_eur": None if price is None else float(price),
        "moq_units": float(row["moq"]),
        "lead_days": None if row["lead_days"] is None else float(row["lead_days"]),
        "published_at": published.timestamp() if published else 0.0,
    }
    titles = {language: name for language, name, _ in texts}
    return Document(
        id=str(row["id"]),
        version=row["version"],
        titles=titles,
        keywords=(
            *_one(row["brand"]),
            row["trade_name"],
            *row["keywords"],
            *_code_words(code),
            provinces.province(row["province"]).name,
        ),
        texts=_with_chapter(
            code, {language: description for language, _, description in texts if description}
        ),
        codes=tuple(value for value in (code, row["gtin"], row["sku"]) if value),
        facets=facets,
        numbers={name: value for name, value in numbers.items() if value is not None},
        quality=row["completeness"] / 100,
        label=titles.get("en") or titles["tr"],
    )


def exporter_document(row: Record) -> Document:
    """An exporter as the index keeps it."""
    texts = msgspec.json.decode(row["texts"] or "[]")
    sectors = tuple(row["sectors"])
    certificates = tuple(row["certificates"] or ())
    facets = {
        "sector": sectors,
        "province": (row["province"],),
        "certificate": tuple(_certificate_value(label) for label in certificates),
        "business_model": _one(row["business_model"]),
        "language": tuple(row["languages"]),
        "employees": _one(row["employees_band"]),
        "country": tuple(row["export_countries"]),
    }
    numbers = {
        "products": float(row["products"]),
        "published_at": row["verified_at"].timestamp() if row["verified_at"] else 0.0,
        "founded": float(row["founded"] or 0),
    }
    sector_names = [
        name for sector in nomenclature.sectors() if sector.slug in sectors for name in sector.names.values()
    ]
    return Document(
        id=str(row["id"]),
        version=row["version"],
        titles={"": row["trade_name"]},
        keywords=(row["legal_name"], *sector_names, *certificates, provinces.province(row["province"]).name),
        texts={language: f"{about} {capacity}" for language, about, capacity in texts},
        codes=_one(row["vkn"]),
        facets=facets,
        numbers=numbers,
        quality=min(1.0, 0.2 + 0.04 * row["products"] + 0.1 * len(certificates)),
        label=row["trade_name"],
    )


@cache
def heading_documents() -> tuple[Document, ...]:
    """Every heading of the HS with its short names, legal texts down to six digits, and everyday synonyms."""
    words: dict[str, list[str]] = {}
    for group in nomenclature.synonym_groups():
        for code in group.headings:
            words.setdefault(code[:4], []).extend(group.terms)
    documents = []
    for chapter in nomenclature.chapters():
        for code in nomenclature.children(chapter.code):
            heading = nomenclature.heading(code)
            legal = [nomenclature.legal_text_en(hs6) for hs6 in nomenclature.children(code)]
            documents.append(
                Document(
                    id=code,
                    version=1,
                    titles={language: heading.names[language] for language in ("tr", "en")},
                    keywords=(*words.get(code, ()),),
                    texts={
                        "en": " ".join((nomenclature.legal_text_en(code), *legal)),
                        "tr": chapter.names["tr"],
                    },
                    codes=(code, *nomenclature.children(code)),
                    facets={
                        "section": (str(codes.section_of(code)),),
                        "chapter": (chapter.code,),
                        "level": ("4",),
                    },
                    quality=0.5,
                    label=heading.names["en"],
                )
            )
    return tuple(documents)


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


@cache
def _code_facets(code: str | None) -> dict[str, tuple[str, ...]]:
    if not code:
        return {}
    return {"section": (str(codes.section_of(code)),), "chapter": (code[:2],), "heading": (code[:4],)}


@cache
def _code_words(code: str | None) -> tuple[str, ...]:
    """The heading's short names, Turkish and English."""
    if not code:
        return ()
    try:
        return tuple(nomenclature.heading(code[:4]).names.values())
    except TradeError:
        return ()


def _with_chapter(code: str | None, texts: dict[str, str]) -> dict[str, str]:
    """The texts and, in languages that have none, the chapter's name: who types Teppiche finds chapter 57.

    Not behind a text that is there: the heading's own name is a keyword already, and a short text that many
    documents share is analysed once.
    """
    for language, name in _chapter_names(code):
        texts.setdefault(language, name)
    return texts


@cache
def _chapter_names(code: str | None) -> tuple[tuple[str, str], ...]:
    return tuple(nomenclature.chapter(code[:2]).names.items()) if code else ()


@cache
def _sectors(code: str | None, of_exporter: tuple[str, ...]) -> tuple[str, ...]:
    """The exporter's sectors that hold this chapter, else the chapter's own, else all of the exporter's."""
    if not code:
        return of_exporter
    known = {sector.slug: sector.chapters for sector in nomenclature.sectors()}
    fitting = tuple(slug for slug in of_exporter if code[:2] in known.get(slug, ()))
    if fitting:
        return fitting
    own = nomenclature.sector_of_chapter(code[:2])
    return (own.slug,) if own else of_exporter


def _price_eur(price: Decimal | None, currency: str | None, today: date) -> Decimal | None:
    if price is None or currency is None:
        return None
    return price if currency == "EUR" else _per_euro(price, currency, today)


def _per_euro(price: Decimal, currency: str, today: date) -> Decimal | None:
    try:
        return rates.to_eur(price, currency, today).eur
    except TradeError:
        return None  # a currency without ECB rate: findable by everything but its price


async def products_by_id(ids: Sequence[int]) -> list[Document]:
    """Documents of those of the products that are findable now."""
    rows = await fetch(f"{_PRODUCT_COLUMNS} WHERE p.id = ANY($1::bigint[]) AND {FINDABLE}", list(ids))
    today = datetime.now(UTC).date()
    return [product_document(row, today) for row in rows]


async def exporters_by_id(ids: Sequence[int]) -> list[Document]:
    """Documents of those of the exporters that are verified now."""
    rows = await fetch(
        f"{_EXPORTER_COLUMNS} WHERE e.id = ANY($1::bigint[]) AND e.verification = 'VERIFIED'", list(ids)
    )
    return [exporter_document(row) for row in rows]


async def all_products(batch: int = 2000) -> AsyncIterator[list[Document]]:
    """Every findable product, in batches, from one snapshot of the database; memory stays bounded."""
    today = datetime.now(UTC).date()
    async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        cursor = await conn.cursor(f"{_PRODUCT_COLUMNS} WHERE {FINDABLE} ORDER BY p.id")
        while rows := await cursor.fetch(batch):
            yield [product_document(row, today) for row in rows]


async def all_exporters(batch: int = 2000) -> AsyncIterator[list[Document]]:
    """Every verified exporter, in batches, from one snapshot of the database."""
    async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        cursor = await conn.cursor(f"{_EXPORTER_COLUMNS} WHERE e.verification = 'VERIFIED' ORDER BY e.id")
        while rows := await cursor.fetch(batch):
            yield [exporter_document(row) for row in rows]
