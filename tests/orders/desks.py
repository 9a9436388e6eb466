"""Two firms, an order between them, and a browser."""

from typing import Any

import httpx
import people
from ordering import Trade

from kervan.db import fetchval


class Desk:
    """Two firms, an order between them, and a browser that one of them uses."""

    def __init__(self, client: httpx.AsyncClient, trade: Trade, order: str) -> None:
        self.client, self.trade, self.order = client, trade, order

    @property
    def selling(self) -> str:
        return f"/en/desk/{self.trade.exporter_firm.public_id}/orders"

    @property
    def buying(self) -> str:
        return f"/en/desk/{self.trade.importer_firm.public_id}/orders"

    async def as_seller(self) -> str:
        await people.sign_in(self.client, self.trade.seller.person)
        return f"{self.selling}/{self.order}"

    async def as_buyer(self) -> str:
        await people.sign_in(self.client, self.trade.buyer.person)
        return f"{self.buying}/{self.order}"

    async def step(self, page: str, action: str, version: int, **fields: Any) -> httpx.Response:
        return await people.post_form(
            self.client, f"{page}/step", {"action": action, "version": str(version), **fields}, of=page
        )

    async def state(self) -> str:
        found: str = await fetchval("SELECT state FROM trade_order WHERE public_id = $1", self.order)
        return found
