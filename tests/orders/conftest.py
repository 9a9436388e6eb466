"""An order of two firms that a test looks at in a browser."""

import httpx
import pytest
from ordering import a_trade, an_order
from orders.desks import Desk


@pytest.fixture
async def desk(client: httpx.AsyncClient) -> Desk:
    trade = await a_trade()
    return Desk(client, trade, (await an_order(trade)).public_id)
