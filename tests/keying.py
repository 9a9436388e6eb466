"""Keys of programs for tests of the API, and the body of an order."""

from typing import Any

from ordering import DELIVERY, Trade
from people import Firm

from kervan import vault
from kervan.db import execute
from kervan.organisations.keys import PREFIX


async def a_key(firm: Firm, person: int, *scopes: str) -> dict[str, str]:
    """The headers of a new key of a firm."""
    key = PREFIX + vault.new_token()
    await execute(
        """INSERT INTO api_key (public_id, key_hash, begins, organisation, name, scopes, created_by, expires_at)
        VALUES ($1, $2, $3, $4, 'Tests', $5, $6, now() + interval '1 day')""",
        vault.new_token()[:12], vault.token_hash(key), key[:11], firm.id, list(scopes), person,
    )  # fmt: skip
    return {"authorization": f"Bearer {key}"}


async def buying(trade: Trade) -> dict[str, str]:
    return await a_key(trade.importer_firm, trade.buyer.person, "view", "buy")


async def selling(trade: Trade) -> dict[str, str]:
    return await a_key(trade.exporter_firm, trade.seller.person, "view", "orders")


def an_order_body(trade: Trade, **changes: Any) -> dict[str, Any]:
    return {
        "lines": [{"product": trade.product, "quantity": 100, "version": 1, "price": "4.20"}],
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        "delivery": {"name": DELIVERY.name, "street": DELIVERY.street, "city": DELIVERY.city},
        "charges": {"FREIGHT": "10.00"},
        "note": "Ring",
        "payment_terms": "In advance",
        "currency": "EUR",
        "purpose": "SALE",
        **changes,
    }
