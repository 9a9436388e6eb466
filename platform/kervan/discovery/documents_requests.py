"""Requests as search documents: one way to build them, for the index, the alerts and their audit."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from asyncpg import Record

from kervan.db import connection, fetch
from kervan.discovery import bands
from kervan.requests.queries import CONTENT, OPEN, content_of
from kervan.requests.structs import Content
from kervan.trade import codes, nomenclature
from kervan.trade.certificates import standards
from kervan.trade.countries import country_name
from kervan.trade.errors import TradeError
from kervan_search.engine import Document

_COLUMNS = f"SELECT q.id, q.version, q.value_eur, q.published_at, {CONTENT} FROM trade_request q"


def request_document(
    id: int, version: int, content: Content, value_eur: Decimal | None, published_at: datetime
) -> Document:
    """A published request (one edition of it) as the index keeps it and as alerts look at it.

    Pure: the same arguments give the same document on any day. What visitors may not know is found by no word: the
    buyer, the place and where the notice stands are left out. `value_eur` is the budget, or price times quantity.
    """
    code = content.hs_code
    facets = {
        "section": (str(codes.section_of(code)),) if code else (),
        "chapter": (code[:2],) if code else (),
        "heading": (code[:4],) if code and len(code) >= 4 else (),
        "sector": _one(content.sector or _sector(code)),
        "country": _one(content.country),
        "certificate": content.certificates,
        "buyer_type": _one(content.buyer_type),
        "source": _one(content.source),
        "language": _one(content.language),
        "unit": _one(content.unit),
        "quantity": _one(bands.quantity_of(content.quantity, content.unit)),
        "deadline": _one(content.deadline.isoformat() if content.deadline else None),
    }
    numbers = {
        "value_eur": None if value_eur is None else float(value_eur),
        "quantity": None if content.quantity is None else float(content.quantity),
        "deadline": None if content.deadline is None else day_number(content.deadline),
        "published_at": published_at.timestamp(),
    }
    said = (content.summary, content.description, *(f"{spec.name} {spec.value}" for spec in content.specs))
    return Document(
        id=str(id),
        version=version,
        titles={content.language: content.title},
        keywords=(
            *_code_names(code),
            *_country_names(content.country),
            *(standards()[slug].label for slug in content.certificates if slug in standards()),
        ),
        texts={content.language: "\n".join(part for part in said if part)},
        codes=(code,) if code else (),
        facets={name: values for name, values in facets.items() if values},
        numbers={name: number for name, number in numbers.items() if number is not None},
        label=content.title,
    )


def day_number(day: date) -> float:
    """The day as the index counts it: days since 1970-01-01."""
    return float((day - date(1970, 1, 1)).days)


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


@cache
def _sector(code: str | None) -> str | None:
    found = nomenclature.sector_of_chapter(code[:2]) if code else None
    return found.slug if found else None


@cache
def _code_names(code: str | None) -> tuple[str, ...]:
    """The heading's short names, Turkish and English."""
    if not code:
        return ()
    try:
        return tuple(nomenclature.heading(code[:4]).names.values())
    except TradeError:
        return ()


@cache
def _country_names(code: str | None) -> tuple[str, ...]:
    """Turkish and English, for who types `Almanya havlu`."""
    if not code:
        return ()
    try:
        return tuple(dict.fromkeys(country_name(code, language) for language in ("tr", "en")))
    except TradeError:
        return ()


def _document(row: Record) -> Document:
    return request_document(row["id"], row["version"], content_of(row), row["value_eur"], row["published_at"])


async def requests_by_id(ids: Sequence[int]) -> list[Document]:
    """Documents of those of the requests that are open now."""
    rows = await fetch(f"{_COLUMNS} WHERE q.id = ANY($1::bigint[]) AND {OPEN}", list(ids))
    return [_document(row) for row in rows]


async def all_requests(batch: int = 2000) -> AsyncIterator[list[Document]]:
    """Every open request, in batches, from one snapshot of the database."""
    async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        cursor = await conn.cursor(f"{_COLUMNS} WHERE {OPEN} ORDER BY q.id")
        while rows := await cursor.fetch(batch):
            yield [_document(row) for row in rows]
