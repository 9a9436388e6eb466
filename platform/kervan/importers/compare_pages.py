"""Up to four products side by side; the address holds them, so it can be shared and needs no account."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import caller_of
from kervan.errors import NotFound
from kervan.importers import saved
from kervan.products import queries
from kervan.products.structs import ProductCard, ProductDetail
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, page

MOST = 4
_ID = re.compile(r"[a-z0-9]{12}$")


class Compared(msgspec.Struct, frozen=True):
    """One column; `without` is the address of the comparison without it."""

    product: ProductDetail
    without: str


@get("/compare")
async def compare(request: Request[Any, Any, Any]) -> Page:
    """The products named by p= beside each other; those that visitors cannot see are counted, not named."""
    language = language_of(request)
    asked = [found for typed in query_of(request).get("p", ()) if (found := _id(typed))]
    unique = list(dict.fromkeys(asked))
    products: list[ProductDetail] = []
    missing = 0
    for id in unique[:MOST]:
        try:
            products.append(await queries.product(id, language))
        except NotFound:
            missing += 1
    ids = [product.card.id for product in products]
    columns = [
        Compared(product, address(language, "/compare", p=[id for id in ids if id != product.card.id]))
        for product in products
    ]
    return page(
        request,
        "importers/compare.html",
        columns=columns,
        differs=differences(products),
        ids=ids,
        missing=missing,
        left_out=max(0, len(unique) - MOST),
        most=MOST,
        offered=await _offered(request, ids) if len(ids) < MOST else [],
    )


def _id(typed: str) -> str:
    """The public id at the end of what was typed: an id, or the address of a product's page."""
    found = _ID.search(typed.strip().split("?")[0].split("#")[0].rstrip("/")[-300:])
    return found[0] if found else ""


async def _offered(request: Request[Any, Any, Any], ids: Sequence[str]) -> list[ProductCard]:
    """Kept products of the caller that could stand beside the others."""
    caller = caller_of(request)
    if caller is None:
        return []
    language = language_of(request)
    kept = await saved.products(caller.person, language)
    cards = await queries.cards([one.id for one in kept if one.public], language)
    return [card for card in cards if card.id not in ids][:12]


def differences(products: Sequence[ProductDetail]) -> dict[str, bool]:
    """Of each line of the table whether the products differ in it; nothing differs from nothing."""
    values: dict[str, list[object]] = {
        "price": [
            [(t.from_quantity, t.unit_price, p.card.currency, p.card.unit) for t in p.tiers] for p in products
        ],
        "moq": [(p.card.moq, p.card.unit) for p in products],
        "step": [p.step for p in products],
        "lead": [p.card.lead_days for p in products],
        "hs": [p.card.hs_code and p.card.hs_code[:6] for p in products],
        "certificates": [sorted({held.standard for held in p.certificates}) for p in products],
        "weight": [(p.net_weight_g, p.gross_weight_g) for p in products],
        "pack": [p.package for p in products],
        "micro": [p.card.micro_export_ok for p in products],
        "origin": [p.origin for p in products],
        "brand": [p.card.brand for p in products],
        "exporter": [p.card.exporter for p in products],
        "province": [p.card.province for p in products],
    }
    return {name: any(value != column[0] for value in column) for name, column in values.items()}


ROUTES: list[ControllerRouterHandler] = [compare]
