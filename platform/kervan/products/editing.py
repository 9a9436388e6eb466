"""Writes of an exporter's own hand: one product from its form or a program, and what is done with listings."""

from collections.abc import Mapping, Sequence

import msgspec

from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.products import desk_queries, service
from kervan.products.form import seen
from kervan.products.inputs import ProductInput
from kervan.products.tables import Listing
from kervan.trade.errors import N_

NOT_VERIFIED = N_(
    "Your firm is not verified yet. The product is kept as a draft; publish it as soon as the firm is verified."
)
_TAKEN = N_("You have another product with this SKU already.")

# What a button asks for -> the states that a listing passes, from where it stands.
_WAYS: Mapping[str, Mapping[str, tuple[Listing, ...]]] = {
    "publish": {
        "DRAFT": (Listing.IN_REVIEW, Listing.PUBLISHED),
        "PAUSED": (Listing.PUBLISHED,),
    },
    "pause": {"PUBLISHED": (Listing.PAUSED,)},
    "archive": {
        "DRAFT": (Listing.ARCHIVED,),
        "REJECTED": (Listing.ARCHIVED,),
        "PUBLISHED": (Listing.ARCHIVED,),
        "PAUSED": (Listing.ARCHIVED,),
    },
}
ACTIONS = tuple(_WAYS)


class ChangedMeanwhile(Conflict):
    """Somebody else saved the product after the form was opened; `stored` is how it is now."""

    def __init__(self, stored: ProductInput) -> None:
        super().__init__(N_("Somebody changed this product after you opened it. Compare, then save again."))
        self.stored = stored


def ways(state: str) -> tuple[str, ...]:
    """What may be done with a listing in this state: publish, pause, archive."""
    return tuple(action for action, begins in _WAYS.items() if state in begins)


async def create(caller: Caller, exporter_id: int, product: ProductInput) -> str:
    """Stores a new product as a draft; returns its public id. Raises Invalid when its SKU is taken."""
    async with transaction() as tx:
        await service.lock(tx.connection, exporter_id)
        if await _id_of(exporter_id, product.sku) is not None:
            raise Invalid(fields={"sku": _TAKEN})
        draft = msgspec.structs.replace(product, state=Listing.DRAFT)
        await service.store(tx.connection, exporter_id, [draft], caller.actor)
        public_id: str = await tx.connection.fetchval(
            "SELECT public_id FROM product WHERE exporter = $1 AND sku = $2", exporter_id, product.sku
        )
        return public_id


async def change(
    caller: Caller, exporter_id: int, public_id: str, product: ProductInput, filled_with: str
) -> None:
    """Stores what the form says. A changed code, price or weight makes a new version.

    Raises ChangedMeanwhile when the product is not what the form was filled with (`form.seen`) any more, Invalid
    when the SKU is taken, Conflict for an archived product, NotFound.
    """
    async with transaction() as tx:
        await service.lock(tx.connection, exporter_id)
        stored = await desk_queries.editable(exporter_id, public_id)
        if stored.state == Listing.ARCHIVED:
            raise Conflict(N_("This product is archived and cannot be changed any more."))
        if seen(stored.product) != filled_with:
            raise ChangedMeanwhile(stored.product)
        if stored.product.sku != product.sku:
            if await _id_of(exporter_id, product.sku) is not None:
                raise Invalid(fields={"sku": _TAKEN})
            await service.rename(tx.connection, stored.id, product, caller.actor)
        await service.store(tx.connection, exporter_id, [product], caller.actor)


async def put(caller: Caller, exporter_id: int, product: ProductInput) -> tuple[str, bool]:
    """Creates or replaces the product with this SKU; returns its public id and whether it is new.

    A new one is a draft. Raises Conflict for an archived product.
    """
    async with transaction() as tx:
        await service.lock(tx.connection, exporter_id)
        rows = await fetch(
            "SELECT public_id, state FROM product WHERE exporter = $1 AND sku = $2", exporter_id, product.sku
        )
        if rows and rows[0]["state"] == Listing.ARCHIVED:
            raise Conflict(N_("This product is archived and cannot be changed any more."))
        draft = msgspec.structs.replace(product, state=Listing.DRAFT)
        await service.store(tx.connection, exporter_id, [draft], caller.actor)
        if rows:
            return rows[0]["public_id"], False
        public_id: str = await tx.connection.fetchval(
            "SELECT public_id FROM product WHERE exporter = $1 AND sku = $2", exporter_id, product.sku
        )
        return public_id, True


async def _id_of(exporter_id: int, sku: str) -> int | None:
    rows = await fetch("SELECT id FROM product WHERE exporter = $1 AND sku = $2", exporter_id, sku)
    return rows[0]["id"] if rows else None


async def act(caller: Caller, exporter_id: int, public_ids: Sequence[str], action: str) -> tuple[int, int]:
    """Publishes, pauses or archives listings of this exporter; returns how many went and how many could not.

    There is no moderation queue yet: a draft of a verified firm passes IN_REVIEW and PUBLISHED in one transaction,
    both steps audited. Raises Conflict when a firm that is not verified publishes, NotFound when one listing is not
    of this exporter: then nothing is changed.
    """
    done = 0
    async with transaction() as tx:
        await service.lock(tx.connection, exporter_id)
        if action == "publish":
            await _require_verified(exporter_id)
        rows = await fetch(
            "SELECT id, state FROM product WHERE exporter = $1 AND public_id = ANY($2) ORDER BY id",
            exporter_id,
            list(public_ids),
        )
        if len(rows) != len(set(public_ids)):
            raise NotFound(N_("There is no such product."))
        for row in rows:
            steps = _WAYS[action].get(row["state"], ())
            for step in steps:
                await service.move(tx.connection, row["id"], step, caller.actor)
            done += bool(steps)
    return done, len(rows) - done


async def set_state(caller: Caller, exporter_id: int, sku: str, action: str) -> str:
    """The same for one listing by its SKU; returns the state it has now. Safe to repeat.

    Raises NotFound, and Conflict when there is no way from where it stands.
    """
    wanted = {"publish": Listing.PUBLISHED, "pause": Listing.PAUSED, "archive": Listing.ARCHIVED}[action]
    rows = await fetch(
        "SELECT public_id, state FROM product WHERE exporter = $1 AND sku = $2", exporter_id, sku
    )
    if not rows:
        raise NotFound(N_("There is no such product."))
    if rows[0]["state"] == wanted:
        return wanted
    done, _ = await act(caller, exporter_id, [rows[0]["public_id"]], action)
    if not done:
        raise Conflict(
            N_("A listing that is {before} cannot become {after}."), before=rows[0]["state"], after=wanted
        )
    return wanted


async def _require_verified(exporter_id: int) -> None:
    rows = await fetch("SELECT verification FROM exporter WHERE id = $1", exporter_id)
    if rows[0]["verification"] != "VERIFIED":
        raise Conflict(NOT_VERIFIED)
