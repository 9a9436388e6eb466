"""A buyer with a product at hand, in a browser: what tests of carts do again and again."""

import re
from html import unescape
from typing import Any

import httpx
import msgspec
from factories import ACTOR, product_input
from ordering import Trade
from people import sign_in, token_of

from kervan.db import fetch, fetchval
from kervan.orders import carts
from kervan.products import service as products
from kervan.web import csrf


async def a_cart(trade: Trade, quantity: int = 100, **fields: Any) -> str:
    """The buyer's cart with so many towels, ready to be sent to Hamburg; other columns by name. Its public id."""
    public_id = await carts.add(trade.buyer, trade.buying, trade.product, quantity)
    delivery = '{"name": "Nordlicht Lager", "street": "Speicherstraße 4", "city": "Hamburg"}'
    values = {"delivery": delivery, "incoterm": "DAP", "place": "Hamburg", **fields}
    columns = ", ".join(f"{name} = ${n + 2}" for n, name in enumerate(values))
    await fetch(f"UPDATE cart SET {columns} WHERE public_id = $1 RETURNING id", public_id, *values.values())
    return public_id


class Buying(msgspec.Struct, frozen=True):
    """The page of a cart in a signed-in browser."""

    client: httpx.AsyncClient
    trade: Trade
    cart: str

    @property
    def path(self) -> str:
        return f"/en/desk/{self.trade.importer_firm.public_id}/carts/{self.cart}"

    async def page(self) -> httpx.Response:
        return await self.client.get(self.path)

    async def fields(self) -> dict[str, str]:
        """The fields of the page as a browser would send them."""
        return fields_of((await self.page()).text)

    async def press(self, button: str, changes: dict[str, str] | None = None) -> httpx.Response:
        """Presses a button of the form after some of its fields were changed."""
        fields = await self.fields()
        return await self.client.post(self.path, data={**fields, "do": button, **(changes or {})})

    async def look(self, changes: dict[str, str] | None = None) -> dict[str, Any]:
        """What the live endpoint says when some fields were changed."""
        fields = await self.fields()
        token = fields.pop(csrf.FIELD)
        answer = await self.client.post(
            f"{self.path}/look", data={**fields, **(changes or {})}, headers={"X-CSRF-Token": token}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def buying(client: httpx.AsyncClient, trade: Trade, quantity: int = 100, **fields: Any) -> Buying:
    """The trade's buyer, signed in, with a cart."""
    cart = await a_cart(trade, quantity, **fields)
    await sign_in(client, trade.buyer.person)
    return Buying(client, trade, cart)


def fields_of(html: str) -> dict[str, str]:
    """Inputs, chosen options and text areas of the form `cart`, by name."""
    form = html[html.index('id="cart"') :]
    form = form[: form.index("</form>")]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        named, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if named and value:
            found[named[1]] = unescape(value[1])
    for name, inner in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', inner)
        found[name] = unescape(chosen[1]) if chosen else ""
    for name, inner in re.findall(r'<textarea\b[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        found[name] = unescape(inner)
    return found


async def change_product(trade: Trade, **fields: Any) -> None:
    """The exporter gives the product other values: a new version of it."""
    await products.save_many(trade.exporter, [product_input("HV-1", **fields)], ACTOR)


async def add_from_page(
    client: httpx.AsyncClient, product: str, fields: dict[str, str], version: str = ""
) -> httpx.Response:
    """Presses "Add to order" on a product's page."""
    page = await client.get(f"/en/products/{product}", follow_redirects=True)
    token = await token_of(client, str(page.url.path))
    query = f"?version={version}" if version else ""
    return await client.post(
        f"{page.url.path}/order{query}", data={csrf.FIELD: token, **fields}, follow_redirects=False
    )


async def lines_of(cart: str) -> list[tuple[int, int, str | None]]:
    """(quantity, seen version, seen price) of a cart's lines."""
    rows = await fetch(
        """SELECT l.quantity, l.seen_version, l.seen_price FROM cart_line l JOIN cart c ON c.id = l.cart
        WHERE c.public_id = $1 ORDER BY l.id""",
        cart,
    )
    return [
        (row["quantity"], row["seen_version"], row["seen_price"] and f"{row['seen_price']:f}") for row in rows
    ]


async def stored(cart: str, column: str) -> Any:
    """A column of a cart."""
    return await fetchval(f"SELECT {column} FROM cart WHERE public_id = $1", cart)
