"""The pages on which an exporter writes a product down, changes it, publishes it."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid, TooMany
from kervan.organisations.desk import frame
from kervan.products import access, desk_queries, editing, form, photos, rules
from kervan.products.desk_queries import Editable
from kervan.products.inputs import ProductInput, completeness
from kervan.products.tariff import candidates, headings
from kervan.trade import countries, money, units
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.formats import unit
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_NEW = {"origin": "TR", "unit": "C62", "moq": "1", "step": "1", "currency": "EUR", "micro_export_ok": "1"}

LABELS = {
    "name_tr": N_("Turkish name"),
    "description_tr": N_("Turkish description"),
    "name_en": N_("English name"),
    "description_en": N_("English description"),
    "sku": N_("SKU"),
    "gtin": N_("GTIN"),
    "brand": N_("Brand"),
    "origin": N_("Country of origin"),
    "hs_code": N_("GTIP"),
    "unit": N_("Unit of sale"),
    "net_weight_g": N_("Net weight of one unit"),
    "gross_weight_g": N_("Gross weight of one unit"),
    "moq": N_("Smallest order (MOQ)"),
    "step": N_("Order step"),
    "currency": N_("Currency"),
    "lead_days": N_("Lead time"),
    "package_units": N_("Units in one package"),
    "package_length_mm": N_("Length of the package"),
    "package_width_mm": N_("Width of the package"),
    "package_height_mm": N_("Height of the package"),
    "package_gross_g": N_("Gross weight of the package"),
    "keywords": N_("Search words"),
    "certificates": N_("Certificates"),
    "micro_export_ok": N_("Micro-export"),
}
"""What a field is called, in the form and beside what changed in it."""

EXCLUSIONS = {
    "RESTRICTED_BY_LAW": N_("Goods of this GTIP are restricted by law and cannot leave by micro-export."),
    "RESTRICTED_GOODS": N_("These goods are restricted and cannot leave by micro-export."),
    "TOO_HEAVY": N_("The smallest order is heavier than micro-export allows."),
    "TEMPORARY_EXPORT": N_("Goods that leave for a time only cannot go by micro-export."),
    "FREE_SAMPLE": N_("Free samples cannot go by micro-export."),
    "NOT_CLASSIFIED": N_("Micro-export needs a 12-digit GTIP and a gross weight."),
}


async def _shown(
    request: Request[Any, Any, Any], org: str, filled: Form, stored: Editable | None, **more: Any
) -> Page:
    """The form, its lists, and beside it the photos and the state of what is stored."""
    _, membership, exporter_id = access.desk(request, org)
    language = filled.language
    name = filled.value("name_tr") or filled.value("name_en")
    context: dict[str, Any] = {
        "form": filled,
        "stored": stored,
        "seen": form.seen(stored.product) if stored else "",
        "rows": form.rows(filled),
        "most_rows": rules.MOST_TIERS,
        "countries": countries.countries(language),
        "units": [(code, unit(language, code)) for code in units.units()],
        "currencies": [*form.CURRENCIES, *sorted(money.currencies() - set(form.CURRENCIES))],
        "exclusion": stored and EXCLUSIONS.get(stored.product.exclusion_reason or ""),
        "complete": completeness(stored.product) if stored else 0,
        "lacks": _lacks(stored.product) if stored else [],
        "photos": await photos.of(stored.id) if stored else [],
        "most_photos": photos.MOST,
        "ways": editing.ways(stored.state) if stored else (),
        "is_verified": await desk_queries.verification(exporter_id) == "VERIFIED",
        "offered": [],
        "suggested": await headings(request.app.state.search, name, language)
        if not filled.value("hs_code")
        else [],
        "changes": [],
        "status_code": 422 if not filled.ok else 200,
    }
    return page(
        request, "products/desk/form.html", **context | more, **await frame(request, membership, "products")
    )


def _lacks(product: ProductInput) -> list[str]:
    """What importers ask for and the product does not say, the weightiest first."""
    english = product.texts.get("en")
    wanted = (
        (english is not None, N_("An English name: whoever searches in English finds it by that.")),
        (
            english is not None and len(english.description) >= 80,
            N_("An English description of a few sentences."),
        ),
        (bool(product.tiers), N_("A price: with it importers compare, and see what micro-export allows.")),
        (len(product.hs_code or "") == 12, N_("A 12-digit GTIP: without it nothing can be declared.")),
        (
            product.gross_weight_g is not None,
            N_("The gross weight: it decides about micro-export and freight."),
        ),
        (product.lead_days is not None, N_("The lead time.")),
        (product.package_units is not None, N_("How many units go into a package.")),
        (bool(product.certificates), N_("Certificates that the product has.")),
    )
    return [sentence for there, sentence in wanted if not there]


@get("/desk/{org:str}/products/new")
async def new(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """An empty form."""
    access.desk(request, org)
    return await _shown(request, org, Form(language_of(request), _NEW), None)


@post("/desk/{org:str}/products/new", status_code=200)
async def create(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """A new product, as a draft; `then=publish` also publishes it."""
    caller, _, exporter_id = access.desk(request, org)
    filled = await forms.read(request)
    if filled.value("find"):
        return await _shown(request, org, filled, None, **await _found(request, filled))
    product = await _read(filled, None)
    if product is not None:
        try:
            public_id = await editing.create(caller, exporter_id, product)
            return await _after(request, org, exporter_id, public_id, filled)
        except (Invalid, Conflict, TooMany) as error:
            filled.take(error)
    return await _shown(request, org, filled, None)


@get("/desk/{org:str}/products/{product_id:str}")
async def edit(request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]) -> Page:
    """The form of a product that is there."""
    _, _, exporter_id = access.desk(request, org)
    stored = await desk_queries.editable(exporter_id, product_id)
    language = language_of(request)
    return await _shown(request, org, Form(language, form.initial(stored.product, language)), stored)


@post("/desk/{org:str}/products/{product_id:str}", status_code=200)
async def save(request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]) -> Page:
    """Keeps what was typed; `then=publish` also publishes it."""
    caller, _, exporter_id = access.desk(request, org)
    stored = await desk_queries.editable(exporter_id, product_id)
    filled = await forms.read(request)
    if filled.value("find"):
        found = await _found(request, filled)
        return await _shown(request, org, filled, stored, seen=filled.value("seen"), **found)
    product = await _read(filled, stored.product)
    if product is not None:
        try:
            await editing.change(caller, exporter_id, product_id, product, filled.value("seen"))
            return await _after(request, org, exporter_id, product_id, filled)
        except editing.ChangedMeanwhile as error:
            filled.take(error)
            return await _shown(request, org, filled, stored, changes=_changes(filled, error.stored))
        except (Invalid, Conflict, TooMany) as error:
            filled.take(error)
    return await _shown(request, org, filled, stored, seen=filled.value("seen"))


async def _read(filled: Form, stored: ProductInput | None) -> ProductInput | None:
    code = form.code_of(filled)
    year, tariffs = await desk_queries.tariff_of(code)
    product = form.product_of(filled, stored, year, tariffs)
    return product and rules.settle(product, datetime.now(UTC).date())[0]


async def _after(
    request: Request[Any, Any, Any], org: str, exporter_id: int, public_id: str, filled: Form
) -> Page:
    """The product is stored. When it cannot be published too, its form says why; nothing typed is lost."""
    caller, _, _ = access.desk(request, org)
    said = "product-saved"
    if filled.value("then") == "publish":
        try:
            await editing.act(caller, exporter_id, [public_id], "publish")
            said = "product-published"
        except Conflict:
            said = "product-kept"
    return back(request, f"/desk/{org}/products/{public_id}", said=said)


def _changes(filled: Form, stored: ProductInput) -> list[tuple[str, str, str]]:
    return [
        (_label(name, filled.language), kept, typed) for name, kept, typed in form.differences(filled, stored)
    ]


def _label(name: str, language: str) -> str:
    kind, _, row = name.partition("_")
    if kind in ("price", "from"):
        return gettext(language, N_("Prices")) + f" {row}"
    return gettext(language, LABELS.get(name, name))


async def _found(request: Request[Any, Any, Any], filled: Form) -> dict[str, Any]:
    """What the search button lists without scripts."""
    name = filled.value("name_tr") or filled.value("name_en")
    found = await candidates(request.app.state.search, filled.value("hs_code"), name, filled.language)
    return {"offered": found, "searched": True, "status_code": 200}


@post("/desk/{org:str}/products/{product_id:str}/state", status_code=200)
async def change_state(
    request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]
) -> Page:
    """Publishes, pauses or archives one product."""
    caller, _, exporter_id = access.desk(request, org)
    filled = await forms.read(request)
    action = filled.choice("action", editing.ACTIONS)
    if filled.ok:
        try:
            done, _ = await editing.act(caller, exporter_id, [product_id], action)
            if done:
                said = {
                    "publish": "product-published",
                    "pause": "product-paused",
                    "archive": "product-archived",
                }
                return back(request, f"/desk/{org}/products/{product_id}", said=said[action])
            filled.message = gettext(filled.language, N_("This listing was changed in the meantime."))
        except Conflict as error:
            filled.take(error)
    stored = await desk_queries.editable(exporter_id, product_id)
    shown = Form(filled.language, form.initial(stored.product, filled.language))
    shown.message = filled.message
    return await _shown(request, org, shown, stored)


ROUTES: list[ControllerRouterHandler] = [new, create, edit, save, change_state]
