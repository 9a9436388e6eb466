"""What a person keeps: the buttons that keep and drop, and the page of everything kept."""

from functools import partial
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.discovery import requests
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters import queries as exporters_of
from kervan.importers import saved
from kervan.products import queries as products_of
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

_KINDS = ("products", "exporters", "searches")


@get("/saved")
async def saved_things(request: Request[Any, Any, Any]) -> Page:
    """Everything that the caller keeps: products, exporters or searches."""
    return await _saved(request, Form(language_of(request)))


async def _saved(
    request: Request[Any, Any, Any], form: Form, kind: str = "", status_code: int = 200, about: str = ""
) -> Page:
    """`about` is the kept search whose new name was refused."""
    caller = signed_in(request)
    language = language_of(request)
    query = query_of(request)
    kind = kind or query.get("kind", ["products"])[-1]
    if kind not in _KINDS:
        raise NotFound()
    number = whole_number(query, "page", 1, 1, 10**6)
    numbers = await saved.numbers(caller.person)
    context: dict[str, Any] = {"kept": [], "cards": {}, "searches": []}
    if kind == "products":
        kept = await saved.products(caller.person, language, number)
        cards = await products_of.cards([one.id for one in kept if one.public], language)
        context |= {"kept": kept, "cards": {card.id: card for card in cards}}
    elif kind == "exporters":
        kept = await saved.exporters(caller.person, number)
        firms = await exporters_of.cards([one.id for one in kept if one.public], language)
        context |= {"kept": kept, "cards": {firm.slug: firm for firm in firms}}
    else:
        context["searches"] = await saved.searches(caller.person)
    return page(
        request,
        "importers/saved.html",
        status_code=status_code,
        form=form,
        about=about,
        kind=kind,
        numbers=numbers,
        number=number,
        last=max(1, -(-getattr(numbers, kind) // saved.PER_PAGE)),
        most_searches=saved.MOST_SEARCHES,
        paged=partial(address, language, "/saved", kind=kind),
        **context,
    )


@post("/saved/products/{id:str}", status_code=200)
async def keep_product(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Keeps a product, or drops it with drop=1; back to where the button was."""
    caller = signed_in(request)
    form = await forms.read(request)
    if form.value("drop"):
        await saved.drop_product(caller.person, id)
        return back(request, _from(form, "/saved"), said="dropped")
    try:
        await saved.keep_product(caller.person, id)
    except Conflict as error:
        form.take(error)
        return await _saved(request, form, "products", 409)
    return back(request, _from(form, "/saved"), said="kept")


@post("/saved/exporters/{slug:str}", status_code=200)
async def keep_exporter(request: Request[Any, Any, Any], slug: FromPath[str]) -> Page:
    """Keeps an exporter, or drops it with drop=1; back to where the button was."""
    caller = signed_in(request)
    form = await forms.read(request)
    if form.value("drop"):
        await saved.drop_exporter(caller.person, slug)
        return _to_kind(request, form, "exporters", "dropped")
    try:
        await saved.keep_exporter(caller.person, slug)
    except Conflict as error:
        form.take(error)
        return await _saved(request, form, "exporters", 409)
    return _to_kind(request, form, "exporters", "kept")


def _to_kind(request: Request[Any, Any, Any], form: Form, kind: str, said: str) -> Page:
    to = _from(form, "/saved")
    return back(request, to, said=said, kind=kind if to == "/saved" else None)


def _from(form: Form, otherwise: str) -> str:
    """The page where the button was: a product's or an exporter's of ours, nothing else."""
    asked = form.value("from")
    known = asked.startswith(("/products/", "/exporters/")) and asked.isprintable() and len(asked) < 300
    return asked if known and "?" not in asked and "#" not in asked and "//" not in asked else otherwise


@post("/saved/searches", status_code=200)
async def keep_search(request: Request[Any, Any, Any]) -> Page:
    """Keeps a search of products or exporters under a name."""
    caller = signed_in(request)
    form = await forms.read(request)
    kind = form.choice("kind", requests.KEPT)
    name = form.text("name", longest=120)
    if form.ok:
        try:
            typed = parse_qs(form.value("query").lstrip("?")[:4000], max_num_fields=200)
            await saved.keep_search(caller.person, requests.parse(kind, language_of(request), typed), name)
            return back(request, "/saved", said="kept", kind="searches")
        except (Invalid, Conflict) as error:
            form.take(error)
        except ValueError:
            form.take(Invalid())
    return await _saved(request, form, "searches", 422)


@post("/saved/searches/{id:str}", status_code=200)
async def change_search(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Gives a kept search another name, or drops it with drop=1."""
    caller = signed_in(request)
    form = await forms.read(request)
    if form.value("drop"):
        await saved.drop_search(caller.person, id)
        return back(request, "/saved", said="dropped", kind="searches")
    name = form.text("name", longest=120)
    if not form.ok:
        return await _saved(request, form, "searches", 422, id)
    await saved.rename_search(caller.person, id, name)
    return back(request, "/saved", said="renamed", kind="searches")


ROUTES: list[ControllerRouterHandler] = [
    saved_things,
    keep_product,
    keep_exporter,
    keep_search,
    change_search,
]
