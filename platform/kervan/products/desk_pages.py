"""The desk's list of products: search, filter, sort, many at once, as a file, and the preview of one."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, NotFound
from kervan.exporters import queries as exporters
from kervan.nomenclature.links import steps_to
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.products import access, desk_queries, editing, queries
from kervan.products.desk_queries import Asked
from kervan.products.export import HEADER, cells
from kervan.products.importing.report import harmless
from kervan.products.pages import refusal_sentence
from kervan.products.quantity import calculate, read_quantity
from kervan.products.tables import Listing
from kervan.web import forms
from kervan.web.http import query_of
from kervan.web.i18n import language_of, sentence
from kervan.web.templates import Page, back, page

_MOST_AT_ONCE = 200
_SAID = {"publish": "product-published", "pause": "product-paused", "archive": "product-archived"}


def _asked(request: Request[Any, Any, Any]) -> Asked:
    query = {name: values[-1] for name, values in query_of(request).items()}
    sort = query.get("sort", "-updated")
    name = sort.removeprefix("-")
    number = query.get("page", "1")
    return Asked(
        text=query.get("q", "")[:200],
        state=query["state"] if query.get("state", "") in tuple(Listing) else "",
        sort=name if name in desk_queries.SORTS else "updated",
        descending=sort.startswith("-") or name not in desk_queries.SORTS,
        page=int(number) if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 100_000 else 1,
    )


@get("/desk/{org:str}/products")
async def products(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The firm's products in every state."""
    access.desk(request, org)
    return await _list(request, org)


async def _list(request: Request[Any, Any, Any], org: str, refusal: str = "", status: int = 200) -> Page:
    _, membership, exporter_id = access.desk(request, org)
    asked = _asked(request)
    found, total = await desk_queries.lines(exporter_id, asked, language_of(request))
    by_state = await desk_queries.counts(exporter_id)
    return page(
        request,
        "products/desk/list.html",
        status_code=status,
        lines=found,
        total=total,
        last=max(1, -(-total // desk_queries.PER_PAGE)),
        view=asked,
        by_state=by_state,
        all=sum(by_state.values()),
        left_out=_left_out(request),
        refusal=refusal,
        **await frame(request, membership, "products"),
    )


def _left_out(request: Request[Any, Any, Any]) -> int:
    """How many of the chosen ones a button could do nothing for, as the address says."""
    text = query_of(request).get("left", ["0"])[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


@post("/desk/{org:str}/products", status_code=200)
async def products_at_once(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Publishes, pauses or archives the chosen ones."""
    caller, _, exporter_id = access.desk(request, org)
    form = await forms.read(request)
    action = form.choice("action", editing.ACTIONS)
    chosen = form.several("id", least=1, most=_MOST_AT_ONCE)
    if not form.ok:
        return await _list(request, org, form.errors[0][1], status=422)
    try:
        _, left = await editing.act(caller, exporter_id, chosen, action)
    except Conflict as error:
        return await _list(request, org, sentence(form.language, error), status=422)
    return back(request, f"/desk/{org}/products", said=_SAID[action], left=left or None)


@get("/desk/{org:str}/products.csv")
async def products_as_file(request: Request[Any, Any, Any], org: FromPath[str]) -> Stream:
    """What the list shows, in the columns that an import reads."""
    _, membership, exporter_id = access.desk(request, org)
    today = datetime.now(UTC).date()
    return Stream(
        _csv(exporter_id, _asked(request)),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{membership.exporter_slug}-{today}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def _csv(exporter_id: int, asked: Asked) -> AsyncIterator[bytes]:
    # With the mark, spreadsheets open it as UTF-8.
    yield "\ufeff".encode() + _lines([HEADER])
    async for batch in desk_queries.everything(exporter_id, asked):
        yield _lines([tuple(map(harmless, cells(entry.product))) for entry in batch])


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@get("/desk/{org:str}/products/{product_id:str}/preview")
async def preview(request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]) -> Page:
    """A product as importers see it, also before it is published; for members only."""
    _, membership, exporter_id = access.desk(request, org, roles.VIEW)
    own = await access.product(exporter_id, product_id)
    language = language_of(request)
    found = await queries.preview(exporter_id, product_id, language)
    typed = query_of(request).get("quantity", [""])[-1]
    quantity, refusal = read_quantity(found, typed)
    calculation = calculate(found, quantity, datetime.now(UTC).date())
    refusal = refusal or calculation.refusal
    try:
        firm = await exporters.exporter(found.card.exporter, language)
    except NotFound:
        firm = None  # a firm that is not verified has no page yet
    may_edit = roles.PRODUCTS in membership.rights
    return page(
        request,
        "products/product.html",
        preview={
            "state": own.state,
            "back": f"/desk/{org}/products/{product_id}" if may_edit else f"/desk/{org}",
        },
        product=found,
        calculation=calculation,
        typed=typed[:20] or quantity,
        problem=refusal_sentence(refusal, language),
        exporter=firm,
        more=(),
        steps=steps_to(found.card.hs_code, language),
    )


ROUTES: list[ControllerRouterHandler] = [products, products_at_once, products_as_file, preview]
