"""Writes to the product inventory: save many at once, change a listing's state."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.db import transaction
from kervan.errors import Conflict, NotFound
from kervan.ids import new_public_id
from kervan.outbox import publish
from kervan.products import states
from kervan.products.inputs import ProductInput, completeness
from kervan.products.searchtext import search_text
from kervan.products.tables import Listing
from kervan.trade.errors import N_

VERSIONED = (
    "hs_code",
    "tariff_year",
    "unit",
    "net_weight_g",
    "gross_weight_g",
    "moq",
    "step",
    "currency",
    "lead_days",
    "package_units",
    "package_length_mm",
    "package_width_mm",
    "package_height_mm",
    "package_gross_g",
    "micro_export_ok",
    "exclusion_reason",
)
"""What makes a new version when it changes: whatever a price, a weight or the law hangs on."""

PLAIN = ("gtin", "brand", "origin", "picture", "tint")
"""What belongs to the product itself; a change makes no new version."""

_EXISTING = f"""
SELECT p.id, p.sku, p.state, p.current_version, p.keywords, p.certificates, p.published_at,
    {", ".join(f"p.{name}" for name in PLAIN)}, {", ".join(f"v.{name}" for name in VERSIONED)},
    (SELECT coalesce(array_agg(t.from_quantity ORDER BY t.from_quantity), '{{}}') FROM price_tier t
        WHERE t.version = v.id) AS quantities,
    (SELECT coalesce(array_agg(t.unit_price ORDER BY t.from_quantity), '{{}}') FROM price_tier t
        WHERE t.version = v.id) AS prices,
    (SELECT jsonb_object_agg(x.language, jsonb_build_array(x.name, x.description)) FROM product_text x
        WHERE x.product = p.id) AS texts
FROM product p
JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.exporter = $1 AND p.sku = ANY($2)
FOR UPDATE OF p
"""


class SaveCounts(msgspec.Struct):
    """What a save did, in products."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


async def save_many(exporter_id: int, products: Sequence[ProductInput], actor: str) -> SaveCounts:
    """Creates or updates an exporter's products by SKU, all or none; the index hears of it by the outbox.

    A change of code, weight, quantity terms or price makes a new version. The state of a listing that is
    already there is left alone: publishing and pausing are steps of their own. Raises NotFound for an unknown
    exporter and Conflict when a SKU comes twice.
    """
    if not products:
        return SaveCounts()
    async with transaction() as tx:
        await lock(tx.connection, exporter_id)
        return await store(tx.connection, exporter_id, products, actor)


async def lock(conn: Connection, exporter_id: int) -> None:
    """Makes the changes of one firm's inventory follow each other until the transaction ends. Raises NotFound."""
    if await conn.fetchval("SELECT id FROM exporter WHERE id = $1 FOR UPDATE", exporter_id) is None:
        raise NotFound(N_("There is no such exporter."))


async def store(
    conn: Connection, exporter_id: int, products: Sequence[ProductInput], actor: str
) -> SaveCounts:
    """What save_many() does, inside a transaction that holds the lock()."""
    by_sku = {product.sku: product for product in products}
    if len(by_sku) != len(products):
        raise Conflict(N_("The same SKU comes twice in one save."))
    existing = {row["sku"]: row for row in await conn.fetch(_EXISTING, exporter_id, list(by_sku))}
    fresh = [product for sku, product in by_sku.items() if sku not in existing]
    changed = [await _update(conn, existing[sku], by_sku[sku], actor) for sku in existing]
    ids = await _create(conn, exporter_id, fresh, actor)
    ids += [id for id in changed if id is not None]
    if ids:
        await publish("products.changed", ids=ids)
    updated = sum(id is not None for id in changed)
    return SaveCounts(created=len(fresh), updated=updated, unchanged=len(existing) - updated)


async def _create(
    conn: Connection, exporter_id: int, products: Sequence[ProductInput], actor: str
) -> list[int]:
    """COPY into the five tables: about ten times as fast as one INSERT a row."""
    if not products:
        return []
    count = len(products)
    ids = await _sequence(conn, "product_id_seq", count)
    version_ids = await _sequence(conn, "product_version_id_seq", count)
    now = datetime.now(UTC)
    await conn.copy_records_to_table(
        "product",
        columns=[
            "id", "public_id", "exporter", "sku", *PLAIN, "state", "current_version", "keywords", "certificates",
            "completeness", "published_at", "version", "search_text", "created_at", "updated_at",
        ],
        records=[
            (
                id, new_public_id(), exporter_id, p.sku, *(getattr(p, name) for name in PLAIN), p.state, 1,
                list(p.keywords), list(p.certificates), completeness(p), _published_at(p, now), 1, search_text(p),
                now, now,
            )
            for id, p in zip(ids, products, strict=True)
        ],
    )  # fmt: skip
    await _copy_texts(conn, list(zip(ids, products, strict=True)))
    await _copy_versions(
        conn, [(v, id, 1, p) for v, id, p in zip(version_ids, ids, products, strict=True)], now
    )
    await conn.copy_records_to_table(
        "audit_entry",
        columns=["at", "actor", "action", "entity", "entity_id", "after"],
        records=[
            (now, actor, "product.created", "product", str(id), f'{{"sku": {_quoted(p.sku)}, "version": 1}}')
            for id, p in zip(ids, products, strict=True)
        ],
    )
    return ids


async def _update(conn: Connection, row: Record, product: ProductInput, actor: str) -> int | None:
    """Brings one stored product to what is wanted; None when nothing differs."""
    # Who does not name a picture keeps the one that is there: files and forms have no column for it.
    product = msgspec.structs.replace(
        product, picture=product.picture or row["picture"], tint=product.tint or row["tint"]
    )
    before = _snapshot_of_row(row)
    after = _snapshot_of_input(product)
    if before == after:
        return None
    number = row["current_version"]
    id: int = row["id"]
    now = datetime.now(UTC)
    if before["terms"] != after["terms"]:
        number += 1
        [version_id] = await _sequence(conn, "product_version_id_seq", 1)
        await _copy_versions(conn, [(version_id, id, number, product)], now)
    if before["texts"] != after["texts"]:
        await conn.execute("DELETE FROM product_text WHERE product = $1", id)
        await _copy_texts(conn, [(id, product)])
    await conn.execute(
        """UPDATE product SET gtin = $2, brand = $3, origin = $4, picture = $5, tint = $6, current_version = $7,
            keywords = $8, certificates = $9, completeness = $10, search_text = $11, version = version + 1,
            updated_at = $12
        WHERE id = $1""",
        id, *(getattr(product, name) for name in PLAIN), number, list(product.keywords),
        list(product.certificates), completeness(product), search_text(product), now,
    )  # fmt: skip
    changes = {key for key in after if before[key] != after[key]}
    await audit.record(
        actor,
        "product.updated",
        "product",
        id,
        before={key: before[key] for key in changes},
        after={key: after[key] for key in changes} | {"version": number},
    )
    return id


def _snapshot_of_row(row: Record) -> dict[str, Any]:
    texts: Mapping[str, Sequence[str]] = msgspec.json.decode(row["texts"] or "{}")
    tiers = [[q, str(p.normalize())] for q, p in zip(row["quantities"], row["prices"], strict=True)]
    return {
        "terms": {**{name: row[name] for name in VERSIONED}, "tiers": tiers},
        "texts": {language: list(text) for language, text in texts.items()},
        "plain": {name: row[name] for name in PLAIN},
        "keywords": list(row["keywords"]),
        "certificates": list(row["certificates"]),
    }


def _snapshot_of_input(product: ProductInput) -> dict[str, Any]:
    tiers = [[quantity, str(price.normalize())] for quantity, price in product.tiers]
    return {
        "terms": {**{name: getattr(product, name) for name in VERSIONED}, "tiers": tiers},
        "texts": {language: [text.name, text.description] for language, text in product.texts.items()},
        "plain": {name: getattr(product, name) for name in PLAIN},
        "keywords": list(product.keywords),
        "certificates": list(product.certificates),
    }


async def _copy_texts(conn: Connection, products: Sequence[tuple[int, ProductInput]]) -> None:
    await conn.copy_records_to_table(
        "product_text",
        columns=["product", "language", "name", "description"],
        records=[
            (id, language, text.name, text.description)
            for id, product in products
            for language, text in product.texts.items()
        ],
    )


async def _copy_versions(
    conn: Connection, versions: Sequence[tuple[int, int, int, ProductInput]], now: datetime
) -> None:
    await conn.copy_records_to_table(
        "product_version",
        columns=["id", "product", "number", *VERSIONED, "price_min", "price_max", "created_at"],
        records=[
            (
                version_id, id, number, *(getattr(p, name) for name in VERSIONED),
                min((price for _, price in p.tiers), default=None),
                max((price for _, price in p.tiers), default=None), now,
            )
            for version_id, id, number, p in versions
        ],
    )  # fmt: skip
    await conn.copy_records_to_table(
        "price_tier",
        columns=["version", "from_quantity", "unit_price"],
        records=[
            (version_id, quantity, price) for version_id, _, _, p in versions for quantity, price in p.tiers
        ],
    )


async def _sequence(conn: Connection, name: str, count: int) -> list[int]:
    rows = await conn.fetch("SELECT nextval($1::regclass) AS id FROM generate_series(1, $2)", name, count)
    return [row["id"] for row in rows]


def _published_at(product: ProductInput, now: datetime) -> datetime | None:
    if product.state != Listing.PUBLISHED:
        return None
    return product.published_at or now


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


async def rename(conn: Connection, product_id: int, product: ProductInput, actor: str) -> None:
    """Gives a stored product the SKU of `product`, which must be free, inside a transaction that holds the lock()."""
    before = await conn.fetchval("SELECT sku FROM product WHERE id = $1", product_id)
    await conn.execute(
        "UPDATE product SET sku = $2, search_text = $3, version = version + 1, updated_at = now() WHERE id = $1",
        product_id,
        product.sku,
        search_text(product),
    )
    await audit.record(actor, "product.renamed", "product", product_id, {"sku": before}, {"sku": product.sku})
    await publish("products.changed", ids=[product_id])


async def change_state(product_id: int, after: Listing, actor: str, reason: str | None = None) -> None:
    """Moves a listing along an arrow of products.states. Raises NotFound, or Conflict when there is no arrow
    or somebody moved it in the meantime."""
    async with transaction() as tx:
        await move(tx.connection, product_id, after, actor, reason)


async def move(
    conn: Connection, product_id: int, after: Listing, actor: str, reason: str | None = None
) -> None:
    """What change_state() does, inside an open transaction."""
    before = await conn.fetchval("SELECT state FROM product WHERE id = $1", product_id)
    if before is None:
        raise NotFound(N_("There is no such product."))
    states.check(before, after)
    moved = await conn.fetchval(
        """UPDATE product SET state = $3::varchar, state_reason = $4, version = version + 1, updated_at = now(),
            published_at = CASE WHEN $3::varchar = 'PUBLISHED' THEN coalesce(published_at, now())
                ELSE published_at END
        WHERE id = $1 AND state = $2 RETURNING id""",
        product_id,
        before,
        str(after),
        reason,
    )
    if moved is None:
        raise Conflict(N_("This listing was changed in the meantime."))
    await audit.record(
        actor, "product.state", "product", product_id, {"state": before}, {"state": str(after)}, reason
    )
    await publish("products.changed", ids=[product_id])
