"""What search engines of the world are told: robots.txt, and sitemaps streamed from the database."""

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.nomenclature.queries import product_counts
from kervan.products.queries import FINDABLE, slug_of
from kervan.requests.queries import OPEN
from kervan.trade import nomenclature
from kervan.web import i18n

XML = "application/xml"
MOST_ADDRESSES = 50_000
"""Of one file, by the protocol of sitemaps.org."""
_LANGUAGES = tuple(language.code for language in i18n.LANGUAGES)
_IDS = MOST_ADDRESSES // len(_LANGUAGES)
"""Ids of one file: by ranges of ids, so that a product stays in its file and no file needs a long skip."""

_ROWS = 1000
_INDEX_SECONDS = 600.0
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_URLSET = (
    f'{_HEAD}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
_FILE_NAME = re.compile(r"(products|exporters|requests|events)-([1-9][0-9]{0,6})\.xml|browse\.xml")
_CACHE = {"Cache-Control": "public, max-age=3600"}

_FINDABLE_IDS = {
    "products": f"FROM product p JOIN exporter e ON e.id = p.exporter WHERE {FINDABLE}",
    "exporters": "FROM exporter p WHERE p.verification = 'VERIFIED'",
    "requests": f"FROM trade_request p WHERE {OPEN.replace('q.', 'p.')}",
    # Also those that are over: they are kept. What was cancelled is not to be found any more.
    "events": "FROM trade_event p WHERE p.state = 'PUBLISHED'",
}


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots(request: Request[Any, Any, Any]) -> Response[str]:
    """What robots may read: all pages; the API is for programs that mean it."""
    lines = (
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /metrics",
        "",
        f"Sitemap: {_site(request)}/sitemap.xml",
        "",
    )
    return Response("\n".join(lines), media_type="text/plain", headers=_CACHE)


@get("/sitemap.xml", include_in_schema=False)
async def index(request: Request[Any, Any, Any]) -> Response[str]:
    """The list of sitemap files with the day of their last change."""
    site = _site(request)
    entries = [
        f"<sitemap><loc>{escape(f'{site}/sitemaps/{name}.xml')}</loc>{_changed(day)}</sitemap>\n"
        for name, day in await _files(request)
    ]
    text = f'{_HEAD}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{"".join(entries)}</sitemapindex>\n'
    return Response(text, media_type=XML, headers=_CACHE)


@get("/sitemaps/{name:str}", include_in_schema=False)
async def file(request: Request[Any, Any, Any], name: FromPath[str]) -> Stream:
    """One sitemap file: up to 50,000 addresses, each with its other languages."""
    match = _FILE_NAME.fullmatch(name)
    if match is None or name.removesuffix(".xml") not in {known for known, _ in await _files(request)}:
        raise NotFound()
    kind, number = match.groups()
    site = _site(request)
    lines = _browse(site) if kind is None else _inventory(site, kind, int(number))
    return Stream(_whole(lines), media_type=XML, headers=_CACHE)


async def _files(request: Request[Any, Any, Any]) -> list[tuple[str, datetime | None]]:
    """Names of the files and their last change; counted anew every ten minutes, for it reads the whole inventory."""
    state = request.app.state
    known: tuple[float, list[tuple[str, datetime | None]]] | None = state.get("sitemap_files")
    if known is not None and time.monotonic() - known[0] < _INDEX_SECONDS:
        return known[1]
    found: list[tuple[str, datetime | None]] = [("browse", None)]
    for kind, source in _FINDABLE_IDS.items():
        rows = await fetch(
            f"SELECT (p.id - 1) / $1 + 1 AS file, max(p.updated_at) AS changed {source} GROUP BY 1 ORDER BY 1",
            _IDS,
        )
        found += [(f"{kind}-{row['file']}", row["changed"]) for row in rows]
    state.sitemap_files = (time.monotonic(), found)
    return found


async def _whole(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    yield _URLSET
    async for text in lines:
        yield text
    yield "</urlset>\n"


async def _inventory(site: str, kind: str, number: int) -> AsyncIterator[str]:
    """The products, exporters, requests or events of one range of ids. No connection waits for a slow reader."""
    last, end = (number - 1) * _IDS, number * _IDS
    while rows := await fetch(_PAGE[kind], last, end, _ROWS, list(_LANGUAGES)):
        yield "".join(_urls(site, _paths(kind, row), row["updated_at"]) for row in rows)
        last = rows[-1]["id"]


_PAGE = {
    # The name in each language of the pages as its readers see it: their own, else English, else Turkish.
    "products": f"""
        SELECT p.id, p.public_id, p.updated_at, ARRAY(
            SELECT (SELECT x.name FROM product_text x WHERE x.product = p.id
                ORDER BY (x.language = l.code) DESC, (x.language = 'en') DESC, (x.language = 'tr') DESC, x.language
                LIMIT 1)
            FROM unnest($4::text[]) WITH ORDINALITY AS l(code, n) ORDER BY l.n) AS names
        {_FINDABLE_IDS["products"]} AND p.id > $1 AND p.id <= $2 ORDER BY p.id LIMIT $3""",
    "exporters": f"""
        SELECT p.id, p.slug, p.updated_at, $4::text[] AS languages
        {_FINDABLE_IDS["exporters"]} AND p.id > $1 AND p.id <= $2 ORDER BY p.id LIMIT $3""",
    "requests": f"""
        SELECT p.id, p.public_id, p.updated_at, array_fill(p.title::text, ARRAY[cardinality($4::text[])]) AS names
        {_FINDABLE_IDS["requests"]} AND p.id > $1 AND p.id <= $2 ORDER BY p.id LIMIT $3""",
    "events": f"""
        SELECT p.id, p.public_id, p.updated_at, ARRAY(
            SELECT (SELECT x.title FROM event_text x WHERE x.event = p.id
                ORDER BY (x.language = l.code) DESC, (x.language = 'en') DESC, x.id LIMIT 1)
            FROM unnest($4::text[]) WITH ORDINALITY AS l(code, n) ORDER BY l.n) AS names
        {_FINDABLE_IDS["events"]} AND p.id > $1 AND p.id <= $2 ORDER BY p.id LIMIT $3""",
}


def _paths(kind: str, row: Any) -> dict[str, str]:
    if kind == "exporters":
        return {language: f"/exporters/{row['slug']}" for language in _LANGUAGES}
    return {
        language: f"/{kind}/{slug_of(name, kind.removesuffix('s'))}-{row['public_id']}"
        for language, name in zip(_LANGUAGES, row["names"], strict=True)
    }


async def _browse(site: str) -> AsyncIterator[str]:
    """The pages that are always there, the sections and chapters, and the headings that have products."""
    counts = await product_counts()
    paths = ["", "/products", "/exporters", "/requests", "/events", "/browse", "/help", "/about"]
    paths += [f"/browse/section-{section.number}" for section in nomenclature.sections()]
    paths += [f"/browse/{chapter}" for chapter in nomenclature.children("")]
    paths += [f"/browse/{code}" for code in sorted(counts) if len(code) == 4]
    yield "".join(_urls(site, dict.fromkeys(_LANGUAGES, path), None) for path in paths)


def _urls(site: str, paths: dict[str, str], changed: datetime | None) -> str:
    addresses = {language: escape(f"{site}/{language}{path}") for language, path in paths.items()}
    others = "".join(_alternate(language, address) for language, address in addresses.items())
    return "".join(_url(address, _changed(changed), others) for address in addresses.values())


def _alternate(language: str, address: str) -> str:
    return f'<xhtml:link rel="alternate" hreflang="{language}" href="{address}"/>'


def _url(address: str, changed: str, others: str) -> str:
    return f"<url><loc>{address}</loc>{changed}{others}</url>\n"


def _changed(day: datetime | None) -> str:
    return "" if day is None else f"<lastmod>{day.astimezone(UTC).date().isoformat()}</lastmod>"


def _site(request: Request[Any, Any, Any]) -> str:
    site: str = request.app.state.settings.public_url
    return site


ROUTES: list[ControllerRouterHandler] = [robots, index, file]
