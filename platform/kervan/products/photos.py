"""Photos of a product: at most eight, three sizes each, in the order that the exporter gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Connection

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, NotFound
from kervan.files import gone, images, store
from kervan.files.routes import FOLDER
from kervan.outbox import publish
from kervan.trade.errors import N_

MOST = 8
LONGEST_ALT = 200

_TOO_MANY = N_("A product has at most {most} photos. Take one away first.")
_GONE = N_("There is no such photo any more.")


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """One photo as its owner sees it; `path` and `path_320` lie under the uploads folder."""

    id: int
    path: str
    path_320: str
    width: int
    height: int
    alt: str


async def of(product_id: int) -> list[Photo]:
    """The photos of a product in their order."""
    rows = await fetch(
        """SELECT id, path, coalesce(path_320, path_800, path) AS path_320, width, height, alt
        FROM product_image WHERE product = $1 ORDER BY position""",
        product_id,
    )
    return [Photo(**dict(row)) for row in rows]


async def add(caller: Caller, product_id: int, pictures: Sequence[bytes]) -> int:
    """Stores pictures as photos behind those that are there, all or none; returns how many.

    Raises TradeError for what is no picture of at most 5 MB, Conflict when it would be more than eight.
    """
    # The work and the files come first: a transaction waits for no disk.
    made = [await images.three_sizes(data) for data in pictures]
    kept: list[str] = []
    try:
        for picture in made:
            for size in (picture.large, picture.medium, picture.small):
                kept.append(await store.put(FOLDER, size.data, "webp"))
        await _insert(caller, product_id, [picture.large for picture in made], kept)
    except BaseException:
        for path in kept:
            await store.delete(path)
        raise
    return len(made)


async def _insert(
    caller: Caller, product_id: int, measures: Sequence[images.Picture], paths: Sequence[str]
) -> None:
    async with transaction() as tx:
        present = await _locked(tx.connection, product_id)
        if len(present) + len(measures) > MOST:
            raise Conflict(_TOO_MANY, most=MOST)
        first = max(present.values(), default=0) + 1
        await tx.connection.executemany(
            """INSERT INTO product_image (product, position, path, path_800, path_320, width, height)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            [
                (product_id, first + n, *paths[3 * n : 3 * n + 3], picture.width, picture.height)
                for n, picture in enumerate(measures)
            ],
        )
        await _changed(tx.connection, caller, product_id, "product.photos_added", {"photos": len(measures)})


async def describe(caller: Caller, product_id: int, photo: int, alt: str) -> None:
    """Says what a photo shows, for those who cannot see it. Raises NotFound."""
    async with transaction() as tx:
        await _locked(tx.connection, product_id)
        done = await tx.connection.fetchval(
            "UPDATE product_image SET alt = $3 WHERE id = $2 AND product = $1 RETURNING id",
            product_id,
            photo,
            alt[:LONGEST_ALT],
        )
        if done is None:
            raise NotFound(_GONE)
        await _changed(
            tx.connection, caller, product_id, "product.photo_described", {"photo": photo, "alt": alt}
        )


async def shift(caller: Caller, product_id: int, photo: int, by: int) -> None:
    """Moves a photo one place forward (-1) or back (1); at either end it stays. Raises NotFound."""
    async with transaction() as tx:
        present = await _locked(tx.connection, product_id)
        order = list(present)
        if photo not in order:
            raise NotFound(_GONE)
        at = order.index(photo)
        to = at + (1 if by > 0 else -1)
        if not 0 <= to < len(order):
            return
        order[at], order[to] = order[to], order[at]
        # Out of the way first: no two photos of a product may have one place, not even in between.
        await tx.connection.execute(
            "UPDATE product_image SET position = -position WHERE product = $1", product_id
        )
        await tx.connection.executemany(
            "UPDATE product_image SET position = $2 WHERE id = $1",
            list(zip(order, range(1, len(order) + 1), strict=True)),
        )
        await _changed(tx.connection, caller, product_id, "product.photos_ordered", {"photos": order})


async def remove(caller: Caller, product_id: int, photo: int) -> None:
    """Takes a photo away; its files are deleted after the commit. Raises NotFound."""
    async with transaction() as tx:
        await _locked(tx.connection, product_id)
        row = await tx.connection.fetchrow(
            "DELETE FROM product_image WHERE id = $2 AND product = $1 RETURNING path, path_800, path_320",
            product_id,
            photo,
        )
        if row is None:
            raise NotFound(_GONE)
        await gone.forget(row)
        await _changed(tx.connection, caller, product_id, "product.photo_removed", {"photo": photo})


async def _locked(conn: Connection, product_id: int) -> dict[int, int]:
    """Photo -> position, in order; two changes of one product's photos follow each other."""
    await conn.execute("SELECT FROM product WHERE id = $1 FOR UPDATE", product_id)
    rows = await conn.fetch(
        "SELECT id, position FROM product_image WHERE product = $1 ORDER BY position", product_id
    )
    return {row["id"]: row["position"] for row in rows}


async def _changed(
    conn: Connection, caller: Caller, product_id: int, action: str, after: Mapping[str, Any]
) -> None:
    await conn.execute(
        "UPDATE product SET version = version + 1, updated_at = now() WHERE id = $1", product_id
    )
    await audit.record(caller.actor, action, "product", product_id, after=after)
    await publish("products.changed", ids=[product_id])
