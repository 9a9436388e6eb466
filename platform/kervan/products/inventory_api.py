"""An exporter's own inventory for its programs: read it, create and replace products, publish and archive them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get, post, put
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, caller_of
from kervan.errors import Forbidden, Invalid, SignInNeeded
from kervan.organisations import roles
from kervan.products import desk_queries, editing, rules
from kervan.products.desk_queries import Editable
from kervan.products.inputs import ProductInput, TextInput
from kervan.products.tables import Listing
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, one_of, query_of
from kervan.web.i18n import sentence
from kervan.web.paging import PageLinks, asked, envelope
from kervan.web.programs import answers, private, written

_PATH = "/api/v1/inventory/products"
_SKU = openapi.in_path(
    "sku", "Your own number of the product, without a slash.", "HVL-5090-W", "^[^/]{1,64}$"
)


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name and description in one language."""

    name: str
    description: str = ""


class PriceFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Unit price from a quantity on."""

    from_quantity: int
    unit_price: Decimal


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shipping unit: millimetres and grams."""

    units: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    gross_weight_g: int | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product as it shall be; what is left out is empty afterwards."""

    texts: dict[str, Text]
    """By language; `tr` is always there, it goes on the invoice."""
    origin: str = "TR"
    gtin: str | None = None
    brand: str | None = None
    hs_code: str | None = None
    """12 digits of the GTIP, or 6 of the HS."""
    unit: str = "C62"
    """UNECE Recommendation 20."""
    net_weight_g: int | None = None
    gross_weight_g: int | None = None
    moq: int = 1
    step: int = 1
    currency: str | None = None
    tiers: tuple[PriceFrom, ...] = ()
    """Quantities rising, prices falling; the first from the MOQ on."""
    lead_days: int | None = None
    package: Pack = Pack()
    keywords: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    micro_export_ok: bool = False
    exclusion_reason: Literal["RESTRICTED_GOODS", "TEMPORARY_EXPORT", "FREE_SAMPLE"] | None = None


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A product of one's own, in any state."""

    id: str
    """Public id, as in the addresses of pages."""
    sku: str
    state: str
    texts: dict[str, Text]
    origin: str
    gtin: str | None
    brand: str | None
    hs_code: str | None
    tariff_year: int | None
    unit: str
    net_weight_g: int | None
    gross_weight_g: int | None
    moq: int
    step: int
    currency: str | None
    tiers: tuple[PriceFrom, ...]
    lead_days: int | None
    package: Pack
    keywords: tuple[str, ...]
    certificates: tuple[str, ...]
    micro_export_ok: bool
    exclusion_reason: str | None
    version: int
    """Raised by every change of code, weight, terms or price."""
    updated_at: datetime
    notices: tuple[str, ...] = ()
    """What the rules changed in what was sent: micro-export switched off, and why."""


class OwnDocument(msgspec.Struct, frozen=True):
    """One product of one's own."""

    data: Own


class OwnPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of one's own inventory, in the order in which it was created."""

    data: tuple[Own, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do with a listing."""

    action: Literal["publish", "pause", "archive"]


class StateNow(msgspec.Struct, frozen=True):
    """The state of a listing after a step."""

    sku: str
    state: str


def needs_key(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: SignInNeeded without an API key, Forbidden for one that was not made for products of an exporter."""
    _holder(connection)


def _holder(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[Caller, int]:
    caller = caller_of(connection)
    if caller is None or caller.key is None:
        raise SignInNeeded(N_("Send an API key as Authorization: Bearer ... ."))
    for membership in caller.may(roles.PRODUCTS):
        if membership.exporter is not None:
            return caller, membership.exporter
    raise Forbidden(N_("This key was not made for products."))


def _own(entry: Editable, notices: tuple[str, ...] = ()) -> Own:
    product = entry.product
    return Own(
        id=entry.public_id,
        sku=product.sku,
        state=entry.state,
        texts={language: Text(text.name, text.description) for language, text in product.texts.items()},
        origin=product.origin,
        gtin=product.gtin,
        brand=product.brand,
        hs_code=product.hs_code,
        tariff_year=product.tariff_year,
        unit=product.unit,
        net_weight_g=product.net_weight_g,
        gross_weight_g=product.gross_weight_g,
        moq=product.moq,
        step=product.step,
        currency=product.currency,
        tiers=tuple(PriceFrom(quantity, price) for quantity, price in product.tiers),
        lead_days=product.lead_days,
        package=Pack(
            product.package_units,
            product.package_length_mm,
            product.package_width_mm,
            product.package_height_mm,
            product.package_gross_g,
        ),
        keywords=product.keywords,
        certificates=product.certificates,
        micro_export_ok=product.micro_export_ok,
        exclusion_reason=product.exclusion_reason,
        version=entry.version,
        updated_at=entry.updated_at,
        notices=notices,
    )


def _input(sku: str, wanted: Wanted, year: int | None) -> ProductInput:
    return ProductInput(
        sku=sku,
        texts={language: TextInput(text.name, text.description) for language, text in wanted.texts.items()},
        origin=wanted.origin,
        gtin=wanted.gtin,
        brand=wanted.brand,
        hs_code=wanted.hs_code,
        tariff_year=year if len(wanted.hs_code or "") == 12 else None,
        unit=wanted.unit,
        net_weight_g=wanted.net_weight_g,
        gross_weight_g=wanted.gross_weight_g,
        moq=wanted.moq,
        step=wanted.step,
        currency=wanted.currency,
        tiers=tuple((tier.from_quantity, tier.unit_price) for tier in wanted.tiers),
        lead_days=wanted.lead_days,
        package_units=wanted.package.units,
        package_length_mm=wanted.package.length_mm,
        package_width_mm=wanted.package.width_mm,
        package_height_mm=wanted.package.height_mm,
        package_gross_g=wanted.package.gross_weight_g,
        keywords=wanted.keywords,
        certificates=wanted.certificates,
        micro_export_ok=wanted.micro_export_ok,
        exclusion_reason=wanted.exclusion_reason,
    )


@get(
    "/inventory/products",
    tags=["Inventory"],
    summary="Your products",
    operation_id="getInventory",
    operation_class=openapi.described(
        openapi.choice("state", "Only those in this state.", [str(state) for state in Listing]),
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Products on a page.", 50, 1, 200),
    ),
    responses=openapi.responses(OwnPage, None, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def inventory(request: Request[Any, Any, Any]) -> Response[OwnPage]:
    """Every product of the key's exporter, in all states."""
    _, exporter_id = _holder(request)
    query = query_of(request)
    language = api_language(request, query)
    state = one_of(query, "state", list(Listing))
    page, per_page = asked(query, 50)
    found, total = await desk_queries.inventory(exporter_id, state, per_page, (page - 1) * per_page)
    content = OwnPage(data=tuple(map(_own, found)), **envelope(_PATH, query, page, per_page, total))
    return private(answer(request, content, language))


@get(
    "/inventory/products/{sku:str}",
    tags=["Inventory"],
    summary="One of your products",
    operation_id="getInventoryProduct",
    operation_class=openapi.described(_SKU),
    responses=openapi.responses(OwnDocument, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def one(request: Request[Any, Any, Any], sku: FromPath[str]) -> Response[OwnDocument]:
    """A product of the key's exporter by its SKU, in any state."""
    _, exporter_id = _holder(request)
    language = api_language(request, query_of(request))
    found = await desk_queries.by_sku(exporter_id, sku)
    return private(answer(request, OwnDocument(_own(found)), language))


@put(
    "/inventory/products/{sku:str}",
    tags=["Inventory"],
    summary="Create or replace a product",
    operation_id="putInventoryProduct",
    operation_class=openapi.described(_SKU),
    responses=answers(OwnDocument, 200, 409)
    | {201: ResponseSpec(OwnDocument, generate_examples=False, description="It is new, as a draft.")},
    security=openapi.BEARER,
    guards=[needs_key],
)
async def replace(
    request: Request[Any, Any, Any], sku: FromPath[str], data: JSONBody[Wanted]
) -> Response[OwnDocument]:
    """By the same rules as the form and imports. The same request twice changes nothing; a new product is a draft."""
    caller, exporter_id = _holder(request)
    language = api_language(request, query_of(request))
    year, tariffs = await desk_queries.tariff_of(data.hs_code)
    product = _input(sku, data, year)
    if wrong := rules.check(product, tariffs):
        raise Invalid(fields=wrong)
    product, changed = rules.settle(product, datetime.now(UTC).date())
    _, is_new = await editing.put(caller, exporter_id, product)
    stored = await desk_queries.by_sku(exporter_id, sku)
    document = OwnDocument(_own(stored, tuple(sentence(language, notice) for notice in changed)))
    return written(document, language, 201 if is_new else 200)


@post(
    "/inventory/products/{sku:str}/state",
    status_code=200,
    tags=["Inventory"],
    summary="Publish, pause or archive a product",
    operation_id="postInventoryState",
    operation_class=openapi.described(_SKU),
    responses=answers(StateNow, 200, 404, 409, example={"sku": "HVL-5090-W", "state": "PUBLISHED"}),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def change_state(
    request: Request[Any, Any, Any], sku: FromPath[str], data: JSONBody[Step]
) -> Response[StateNow]:
    """Safe to repeat. Only a verified exporter publishes; an archived product stays archived."""
    caller, exporter_id = _holder(request)
    language = api_language(request, query_of(request))
    return written(
        StateNow(sku, await editing.set_state(caller, exporter_id, sku, data.action)), language, 200
    )


ROUTES: list[ControllerRouterHandler] = [inventory, one, replace, change_state]
