"""The page of a product."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, caller_of
from kervan.errors import NotFound
from kervan.exporters import queries as exporters
from kervan.exporters import statistics
from kervan.importers import saved
from kervan.nomenclature.links import steps_to
from kervan.orders.purchasing import purchase
from kervan.products import queries
from kervan.products.linked_data import linked_data
from kervan.products.quantity import Refusal, calculate, read_quantity
from kervan.web import csrf
from kervan.web.http import query_of
from kervan.web.i18n import figure, language_of, translate
from kervan.web.templates import Page, address, page

_ID_LENGTH = 12
_MORE = 4


@get("/products/{address_name:str}")
async def product(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page | Redirect:
    """A product by the id at the end of its address; another name before it leads to the right address."""
    language = language_of(request)
    caller = caller_of(request)
    found = await queries.product(_id_of(address_name), language)
    path = f"/products/{found.card.slug}-{found.card.id}"
    if path != f"/products/{address_name}":
        return Redirect(address(language, path, **query_of(request)), status_code=301)
    statistics.viewed(request, found.card.id, found.card.exporter)
    typed = query_of(request).get("quantity", [""])[-1]
    quantity, refusal = read_quantity(found, typed)
    calculation = calculate(found, quantity, datetime.now(UTC).date())
    refusal = refusal or calculation.refusal
    return page(
        request,
        "products/product.html",
        status_code=422 if refusal else 200,
        canonical=path,
        product=found,
        calculation=calculation,
        typed=typed[:20] or quantity,
        problem=refusal_sentence(refusal, language),
        exporter=await exporters.exporter(found.card.exporter, language),
        more=await queries.more_from(found.card.exporter, language, _MORE, found.card.id),
        steps=steps_to(found.card.hs_code, language),
        linked_data=linked_data(found, request.app.state.settings.public_url, language),
        kept=await saved.keeps_product(caller.person, found.card.id) if caller else None,
        order=_order(request, caller),
    )


def _order(request: Request[Any, Any, Any], caller: Caller | None) -> dict[str, Any]:
    """What stands under the price: the way to sign in, the button that orders, or why there is none."""
    if caller is None:
        return {"token": "", "why": "", "open": True}
    found = purchase(caller)
    why = translate(language_of(request), found.why, **found.params) if found.why else ""
    # In the button, not in a hidden field: the same form is sent with GET to calculate, and no address holds a token.
    return {"token": csrf.token(request) if found.firms else "", "why": why, "open": bool(found.firms)}


def _id_of(name: str) -> str:
    if len(name) < _ID_LENGTH:
        raise NotFound
    return name[-_ID_LENGTH:]


def refusal_sentence(refusal: Refusal | None, language: str) -> str:
    """Why a quantity cannot be ordered, in the language; '' when it can."""
    if refusal is None:
        return ""
    return translate(language, refusal.message, **{n: figure(v, language) for n, v in refusal.params.items()})


ROUTES: list[ControllerRouterHandler] = [product]
