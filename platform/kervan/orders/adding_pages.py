"""From a product's page into a cart, or to a question about it; visitors sign in on the way and lose nothing."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.errors import Conflict, Forbidden
from kervan.orders import carts
from kervan.orders.access import buyer
from kervan.orders.purchasing import purchase
from kervan.organisations import roles
from kervan.products import queries
from kervan.products.quantity import calculate, read_quantity
from kervan.products.structs import ProductDetail
from kervan.web import forms
from kervan.web.http import query_of
from kervan.web.i18n import language_of, sentence
from kervan.web.templates import Page, back, page

_ID_LENGTH = 12
_LONGEST_TYPED = 20


@get("/products/{address_name:str}/order")
async def to_order(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """Where a visitor's button leads: over the sign-in back to the product with the quantity."""
    signed_in(request)
    product = await queries.product(address_name[-_ID_LENGTH:], language_of(request))
    return back(request, _path(product), quantity=_typed(query_of(request).get("quantity", [""])[-1]))


@post("/products/{address_name:str}/order", status_code=200)
async def order_product(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """Puts a quantity of the product into the caller's cart; who buys for several firms is asked for which."""
    caller = signed_in(request)
    _may_buy(caller)
    form = await forms.read(request)
    language = language_of(request)
    product = await queries.product(address_name[-_ID_LENGTH:], language)
    typed = _typed(form.value("quantity"))
    quantity, refusal = read_quantity(product, typed)
    refusal = refusal or calculate(product, quantity, datetime.now(UTC).date()).refusal
    if refusal is not None or not product.tiers:
        return back(request, _path(product), quantity=typed)
    firm = _firm(caller, form.value("org"))
    seen = query_of(request).get("version", [""])[-1]
    if firm is None:
        return _which(request, caller, product, quantity, "order", version=seen)
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    try:
        cart = await carts.add(caller, firm, product.card.id, quantity, version)
    except Conflict as error:
        return page(
            request,
            "orders/full.html",
            status_code=error.status_code,
            why=sentence(language, error),
            product=product,
            carts=f"/desk/{firm.public_id}/carts",
            quantity=quantity,
        )
    return back(request, f"/desk/{firm.public_id}/carts/{cart}", said="added-to-cart")


@get("/products/{address_name:str}/ask")
async def ask_about(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page:
    """To the form of an inquiry about the product, in the desk of the firm that asks."""
    caller = signed_in(request)
    _may_buy(caller)
    product = await queries.product(address_name[-_ID_LENGTH:], language_of(request))
    query = query_of(request)
    quantity, _ = read_quantity(product, _typed(query.get("quantity", [""])[-1]))
    firm = _firm(caller, query.get("org", [""])[-1])
    if firm is None:
        return _which(request, caller, product, quantity, "ask")
    return back(request, f"/desk/{firm.public_id}/inquiries/new", product=product.card.id, quantity=quantity)


def _typed(text: str) -> str:
    return text.strip()[:_LONGEST_TYPED]


def _path(product: ProductDetail) -> str:
    return f"/products/{product.card.slug}-{product.card.id}"


def _may_buy(caller: Caller) -> None:
    found = purchase(caller)
    if not found.firms:
        raise Forbidden(found.why, **found.params)


def _firm(caller: Caller, org: str) -> Membership | None:
    """The firm that was chosen, or the only one; None when the caller must be asked. Raises NotFound."""
    if org:
        return buyer(caller, org)
    firms = caller.may(roles.BUY)
    return firms[0] if len(firms) == 1 else None


def _which(
    request: Request[Any, Any, Any],
    caller: Caller,
    product: ProductDetail,
    quantity: int,
    way: str,
    version: str = "",
) -> Page:
    return page(
        request,
        "orders/which.html",
        product=product,
        quantity=quantity,
        way=way,
        version=version,
        firms=caller.may(roles.BUY),
    )


ROUTES: list[ControllerRouterHandler] = [to_order, order_product, ask_about]
