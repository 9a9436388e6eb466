"""Events as search documents: one way to build them, for the index and for the answer without it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from functools import cache

import msgspec
from asyncpg import Record

from kervan.calendars.zones import days_of
from kervan.db import connection, fetch
from kervan.events.queries import PUBLIC_STATE
from kervan.events.states import KIND_NAMES, ORGANISER_NAMES
from kervan.events.tables import Format, OrganiserKind, RegistrationBy
from kervan.trade import nomenclature, provinces
from kervan.trade.countries import TURKIYE, country_name
from kervan.trade.errors import TradeError
from kervan.web.i18n import LANGUAGES, translate
from kervan_search.engine import Document

ONLINE = "online"
"""The place of what one can take part in from anywhere."""
_MOST_MONTHS = 24
"""Of an event that goes on for ever its first ones are listed."""

# Never the online address, nor the contact: what is not on the page for everybody is found by no word.
_COLUMNS = """
SELECT e.id, e.version, e.state, e.kind, e.organiser_kind, e.organiser_name, e.format, e.country, e.province, e.city,
    e.venue, e.zone, e.starts_at, e.ends_at, e.sectors, e.headings, e.target_countries, e.languages, e.fee_importers,
    e.registration, e.registration_opens_at, e.registration_closes_at, e.published_at,
    (SELECT jsonb_agg(jsonb_build_array(x.language, x.title, x.summary, x.text) ORDER BY x.id)
        FROM event_text x WHERE x.event = e.id) AS texts,
    (SELECT string_agg(concat_ws(E'\\n', s.title, s.speakers), E'\\n' ORDER BY s.starts_at, s.id)
        FROM event_session s WHERE s.event = e.id) AS programme
FROM trade_event e
"""


def _document(row: Record) -> Document:
    """A public event as the index keeps it. Pure: the same row gives the same document on any day.

    What the clock decides (open, coming, running, over) is asked by numbers, seconds since 1970: no facet of it would
    be true tomorrow.
    """
    texts: list[tuple[str, str, str, str]] = msgspec.json.decode(
        row["texts"], type=list[tuple[str, str, str, str]]
    )
    starts_at, ends_at = row["starts_at"], row["ends_at"]
    facets = {
        "state": (row["state"],),
        "kind": (row["kind"],),
        "month": tuple(months(*days_of(starts_at, ends_at, row["zone"]))),
        "place": tuple(places(row["format"], row["country"], row["province"])),
        "sector": tuple(row["sectors"]),
        "format": (row["format"],),
        "language": tuple(row["languages"]),
        "organiser": (row["organiser_kind"],),
        "free": ("yes",) if row["fee_importers"] == 0 else (),
    }
    said = {
        language: "\n".join(part for part in (summary, text) if part) for language, _, summary, text in texts
    }
    if row["programme"]:
        first = texts[0][0]
        said[first] = f"{said[first]}\n{row['programme']}".strip()
    return Document(
        id=str(row["id"]),
        version=row["version"],
        titles={language: title for language, title, _, _ in texts},
        keywords=tuple(dict.fromkeys(word for word in _keywords(row) if word)),
        texts={language: text for language, text in said.items() if text},
        codes=tuple(row["headings"]),
        facets={name: values for name, values in facets.items() if values},
        numbers=_numbers(row),
        label=texts[0][1],
    )


def _numbers(row: Record) -> dict[str, float]:
    starts_at, ends_at = row["starts_at"], row["ends_at"]
    found = {
        "starts_at": starts_at.timestamp(),
        "ends_at": ends_at.timestamp(),
        "published_at": row["published_at"].timestamp(),
    }
    if row["registration"] != RegistrationBy.NONE:
        # As events.phases.is_open: without an end the window closes when the event begins, never after it is over.
        opens, closes = row["registration_opens_at"], row["registration_closes_at"]
        found["opens_at"] = opens.timestamp() if opens else 0.0
        found["closes_at"] = min(closes or starts_at, ends_at).timestamp()
    return found


def months(first: date, last: date) -> Iterator[str]:
    """The months of days from the first to the last: 2026-12, 2027-01."""
    year, month = first.year, first.month
    for _ in range(_MOST_MONTHS):
        if (year, month) > (last.year, last.month):
            return
        yield f"{year:04}-{month:02}"
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def places(format: str, country: str | None, province: str | None) -> Iterator[str]:
    """Where it is, as the filter has it: online, TR, TR-34, DE; all that are true."""
    if format != Format.ONSITE:
        yield ONLINE
    if format != Format.ONLINE and country:
        yield country
        if country == TURKIYE and province:
            yield f"{TURKIYE}-{province}"


def _keywords(row: Record) -> Iterator[str]:
    yield row["organiser_name"]
    yield row["city"]
    yield row["venue"]
    yield from _names_of_kind(row["kind"], row["organiser_kind"])
    for code in (row["country"], *row["target_countries"]):
        yield from _country_names(code)
    if row["province"]:
        yield _province_name(row["province"])
    for slug in row["sectors"]:
        yield from _sector_names(slug)
    for code in row["headings"]:
        yield from _heading_names(code)


@cache
def _names_of_kind(kind: str, organiser: str) -> tuple[str, ...]:
    """Fuar, Fair: whoever types the word means all of them."""
    names = [KIND_NAMES[kind]]
    if organiser != OrganiserKind.EXTERNAL:
        names.append(ORGANISER_NAMES[organiser])
    return tuple(translate(language.code, name) for name in names for language in LANGUAGES)


@cache
def _country_names(code: str | None) -> tuple[str, ...]:
    if not code:
        return ()
    try:
        return tuple(country_name(code, language.code) for language in LANGUAGES)
    except TradeError:
        return ()


@cache
def _province_name(plate: str) -> str:
    try:
        return provinces.province(plate).name
    except TradeError:
        return ""


@cache
def _sector_names(slug: str) -> tuple[str, ...]:
    try:
        return tuple(nomenclature.sector(slug).names.values())
    except TradeError:
        return ()


@cache
def _heading_names(code: str) -> tuple[str, ...]:
    """The heading's short names; a chapter has none."""
    try:
        return tuple(nomenclature.heading(code).names.values())
    except TradeError:
        return ()


async def events_by_id(ids: Sequence[int]) -> list[Document]:
    """Documents of those of the events that have a public page now."""
    rows = await fetch(f"{_COLUMNS} WHERE e.id = ANY($1::bigint[]) AND {PUBLIC_STATE}", list(ids))
    return [_document(row) for row in rows]


async def all_events(batch: int = 2000) -> AsyncIterator[list[Document]]:
    """Every event with a public page, in batches, from one snapshot of the database."""
    async with connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        cursor = await conn.cursor(f"{_COLUMNS} WHERE {PUBLIC_STATE} ORDER BY e.id")
        while rows := await cursor.fetch(batch):
            yield [_document(row) for row in rows]
