"""What people keep for later: products, exporters, searches. Keeping twice and dropping twice change nothing."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kervan.db import execute, fetch, fetchval, transaction
from kervan.discovery import requests
from kervan.discovery.structs import Request as Search
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.products.queries import FINDABLE
from kervan.trade.errors import N_

MOST_SEARCHES = 50
MOST_KEPT = 500
"""Products, and exporters as well, that one person can keep."""
PER_PAGE = 25
_LONGEST_QUERY = 1000

_KEEP_PRODUCT = f"""
INSERT INTO saved_product (person, product)
SELECT $1, p.id FROM product p JOIN exporter e ON e.id = p.exporter WHERE p.public_id = $2 AND {FINDABLE}
ON CONFLICT (person, product) DO UPDATE SET person = excluded.person RETURNING id
"""
_KEEP_EXPORTER = """
INSERT INTO saved_exporter (person, exporter)
SELECT $1, id FROM exporter WHERE slug = $2 AND verification = 'VERIFIED'
ON CONFLICT (person, exporter) DO UPDATE SET person = excluded.person RETURNING id
"""
_PRODUCTS = f"""
SELECT s.product AS id, p.public_id, s.created_at, {FINDABLE} AS public,
    (SELECT x.name FROM product_text x WHERE x.product = p.id
     ORDER BY (x.language = $2) DESC, (x.language = 'en') DESC, (x.language = 'tr') DESC LIMIT 1) AS name
FROM saved_product s JOIN product p ON p.id = s.product JOIN exporter e ON e.id = p.exporter
WHERE s.person = $1 ORDER BY s.id DESC LIMIT {PER_PAGE} OFFSET $3
"""
_EXPORTERS = f"""
SELECT s.exporter AS id, e.slug AS public_id, s.created_at, e.verification = 'VERIFIED' AS public, e.trade_name AS name
FROM saved_exporter s JOIN exporter e ON e.id = s.exporter
WHERE s.person = $1 ORDER BY s.id DESC LIMIT {PER_PAGE} OFFSET $2
"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A product or exporter that was kept; `public` is False when visitors cannot see it any more."""

    id: int
    public_id: str
    """A product's public id, an exporter's slug."""
    name: str
    """As it was called last; only shown to who kept it while it was public."""
    public: bool
    created_at: datetime


class KeptSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A search that was named; `query` is what follows the path, '' or '?...'."""

    public_id: str
    kind: str
    query: str
    name: str
    created_at: datetime


class Numbers(msgspec.Struct, frozen=True):
    """How much a person keeps."""

    products: int
    exporters: int
    searches: int


async def numbers(person: int) -> Numbers:
    """How many products, exporters and searches the person keeps."""
    row = (
        await fetch(
            """SELECT (SELECT count(*) FROM saved_product WHERE person = $1) AS products,
                (SELECT count(*) FROM saved_exporter WHERE person = $1) AS exporters,
                (SELECT count(*) FROM saved_search WHERE person = $1) AS searches""",
            person,
        )
    )[0]
    return Numbers(**row)


async def products(person: int, language: str, page: int = 1) -> Sequence[Kept]:
    """The products that the person keeps, the newest first, 25 a page."""
    rows = await fetch(_PRODUCTS, person, language, max(0, page - 1) * PER_PAGE)
    return [Kept(**{**dict(row), "name": row["name"] or ""}) for row in rows]


async def exporters(person: int, page: int = 1) -> Sequence[Kept]:
    """The exporters that the person keeps, the newest first, 25 a page."""
    return [Kept(**row) for row in await fetch(_EXPORTERS, person, max(0, page - 1) * PER_PAGE)]


async def searches(person: int) -> Sequence[KeptSearch]:
    """The searches that the person keeps, the newest first."""
    rows = await fetch(
        "SELECT public_id, kind, query, name, created_at FROM saved_search WHERE person = $1 ORDER BY id DESC",
        person,
    )
    return [KeptSearch(**row) for row in rows]


async def keeps_product(person: int, public_id: str) -> bool:
    """Whether the person keeps the product."""
    found: bool = await fetchval(
        """SELECT EXISTS (SELECT FROM saved_product s JOIN product p ON p.id = s.product
        WHERE s.person = $1 AND p.public_id = $2)""",
        person,
        public_id,
    )
    return found


async def keeps_exporter(person: int, slug: str) -> bool:
    """Whether the person keeps the exporter."""
    found: bool = await fetchval(
        """SELECT EXISTS (SELECT FROM saved_exporter s JOIN exporter e ON e.id = s.exporter
        WHERE s.person = $1 AND e.slug = $2)""",
        person,
        slug,
    )
    return found


async def keep_product(person: int, public_id: str) -> None:
    """Keeps a product. Raises NotFound for one that visitors cannot see, Conflict above 500."""
    await _keep(person, "saved_product", _KEEP_PRODUCT, public_id)


async def keep_exporter(person: int, slug: str) -> None:
    """Keeps an exporter. Raises NotFound for one that visitors cannot see, Conflict above 500."""
    await _keep(person, "saved_exporter", _KEEP_EXPORTER, slug)


async def _keep(person: int, table: str, statement: str, name: str) -> None:
    async with transaction() as tx:
        conn = tx.connection
        # Two tabs at once count one after the other.
        await conn.execute("SELECT FROM person WHERE id = $1 FOR UPDATE", person)
        if await conn.fetchval(statement, person, name) is None:
            raise NotFound()
        if await conn.fetchval(f"SELECT count(*) FROM {table} WHERE person = $1", person) > MOST_KEPT:
            raise Conflict(N_("You keep {n} already. Remove some first."), n=MOST_KEPT)


async def drop_product(person: int, public_id: str) -> None:
    """Keeps the product no longer, whether it is public or not."""
    await execute(
        "DELETE FROM saved_product s USING product p WHERE p.id = s.product AND s.person = $1 AND p.public_id = $2",
        person,
        public_id,
    )


async def drop_exporter(person: int, slug: str) -> None:
    """Keeps the exporter no longer, whether it is public or not."""
    await execute(
        "DELETE FROM saved_exporter s USING exporter e WHERE e.id = s.exporter AND s.person = $1 AND e.slug = $2",
        person,
        slug,
    )


async def keep_search(person: int, search: Search, name: str) -> None:
    """Keeps a search under a name; the same search again gets the new name.

    Raises Invalid for a search without any condition or one that is too long, Conflict above 50.
    """
    query = requests.address(msgspec.structs.replace(search, page=1, per_page=20))
    if not query:
        raise Invalid(N_("Type something or choose a filter first: this search finds everything."))
    if len(query) > _LONGEST_QUERY:
        raise Invalid(N_("This search has too many choices to be kept."))
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM person WHERE id = $1 FOR UPDATE", person)
        await conn.execute(
            """INSERT INTO saved_search (public_id, person, kind, query, name) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (person, kind, query) DO UPDATE SET name = excluded.name""",
            new_public_id(),
            person,
            search.kind,
            query,
            name,
        )
        if await conn.fetchval("SELECT count(*) FROM saved_search WHERE person = $1", person) > MOST_SEARCHES:
            raise Conflict(N_("You keep {n} searches already. Remove one first."), n=MOST_SEARCHES)


async def rename_search(person: int, public_id: str, name: str) -> None:
    """Gives a kept search another name. Raises NotFound for somebody else's."""
    done = await fetchval(
        "UPDATE saved_search SET name = $3 WHERE person = $1 AND public_id = $2 RETURNING id",
        person,
        public_id,
        name,
    )
    if done is None:
        raise NotFound()


async def drop_search(person: int, public_id: str) -> None:
    """Keeps the search no longer; nothing happens to somebody else's."""
    await execute("DELETE FROM saved_search WHERE person = $1 AND public_id = $2", person, public_id)
