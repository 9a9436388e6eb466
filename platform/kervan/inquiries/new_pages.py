"""Writing an inquiry: from a product, from an exporter, or from nothing."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Membership, signed_in
from kervan.conversations import files
from kervan.conversations.compose import CHOOSE_AGAIN
from kervan.conversations.files import LARGEST_BODY
from kervan.errors import Conflict, Invalid, TooMany
from kervan.ids import new_public_id
from kervan.inquiries import access, fields, queries_own, rules, service
from kervan.inquiries.queries_own import Choice
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.once import checked
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.products.quantity import MOST
from kervan.trade import countries, units
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.formats import unit
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_TEMPLATE = "inquiries/new.html"
_MOST_PRODUCTS = 20


@get("/ask")
async def ask(request: Request[Any, Any, Any]) -> Page:
    """From a product or an exporter to the form at the desk of the reader's firm; who has none is told what to do."""
    caller = signed_in(request)
    query = query_of(request)
    firms = [m for m in caller.may(roles.BUY) if m.kind == Kind.IMPORTER]
    passed: dict[str, Any] = {
        name: values[:_MOST_PRODUCTS]
        for name, values in query.items()
        if name in ("product", "exporter", "quantity")
    }
    if len(firms) == 1:
        return back(request, f"/desk/{firms[0].public_id}/inquiries/new", **passed)
    return page(
        request,
        "inquiries/ask.html",
        firms=[(m.public_id, m.name) for m in firms],
        passed=passed,
        looks_on=any(m.kind == Kind.IMPORTER for m in caller.memberships),
    )


@get("/desk/{org:str}/inquiries/new")
async def new(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The form, filled with what one came from."""
    membership = access.buyer(signed_in(request), org)
    language = language_of(request)
    query = query_of(request)
    products = await queries_own.wished(query.get("product", [])[:_MOST_PRODUCTS], language)
    quantities = query.get("quantity", [])
    values: dict[str, Any] = {"key": new_public_id() + new_public_id(), "currency": "EUR"}
    for n, product in enumerate(products, start=1):
        typed = quantities[n - 1] if n <= len(quantities) else ""
        values[f"product_{n}"] = product.public_id
        values[f"name_{n}"] = product.name
        values[f"quantity_{n}"] = (
            typed if typed.isascii() and typed.isdigit() and 0 < int(typed[:12]) <= MOST else ""
        )
        values[f"unit_{n}"] = product.unit
        values["currency"] = product.currency or values["currency"]
    asked = [*query.get("exporter", []), *(product.exporter for product in products)]
    values["exporters"] = list(dict.fromkeys(asked))[: rules.MOST_RECIPIENTS]
    return await _form(request, membership, Form(language, values))


@post("/desk/{org:str}/inquiries/new", status_code=200, request_max_body_size=LARGEST_BODY)
async def send(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Sends the inquiry; looking for exporters and another line come back with everything that was typed."""
    caller = signed_in(request)
    membership = access.buyer(caller, org)
    form = await forms.read(request)
    if form.value("find"):
        found = await queries_own.find_exporters(form.value("find_exporter"))
        kept = Form(form.language, None, form.typed)
        if not found:
            kept.refuse("find_exporter", N_("No verified exporter was found. Try another word."))
        return await _form(request, membership, kept, found)
    if form.value("more"):
        return await _form(request, membership, Form(form.language, None, form.typed))
    asked, numbers = fields.read(form)
    uploads = []
    if form.ok:
        try:
            await throttle.spend("inquiry", request, caller.person)
            uploads = await files.of_form(request)
            key = checked(form.value("key"))
            made = await service.create(caller, membership, asked, key, uploads)
            return back(request, f"/desk/{org}/inquiries/{made.public_id}", said="inquiry-sent")
        except (Invalid, Conflict, TooMany) as error:
            fields.take(form, error, numbers)
    if uploads and not form.error("files"):
        form.refuse("files", CHOOSE_AGAIN)
    return await _form(request, membership, form)


async def _form(
    request: Request[Any, Any, Any], membership: Membership, form: Form, found: list[Choice] | None = None
) -> Page:
    language = language_of(request)
    chosen = await queries_own.exporters(form.values("exporters")[: rules.MOST_RECIPIENTS + 1])
    saved = await queries_own.saved_exporters(signed_in(request).person)
    known = {choice.slug for choice in chosen}
    others = {choice.slug: choice for choice in [*(found or []), *saved] if choice.slug not in known}
    numbers = fields.rows(form)
    return page(
        request,
        _TEMPLATE,
        status_code=200 if form.ok else 422,
        form=form,
        numbers=numbers,
        chosen=chosen,
        others=list(others.values()),
        found=found is not None,
        units=[(code, unit(language, code)) for code in units.units()],
        countries=[entry for entry in countries.countries(language) if entry[0] != "TR"],
        currencies=fields.currencies(),
        incoterms=list(INCOTERMS.items()),
        most=rules.MOST_RECIPIENTS,
        **await frame(request, membership, "inquiries"),
    )


ROUTES: list[ControllerRouterHandler] = [ask, new, send]
