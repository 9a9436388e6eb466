"""The admin desk's organisations: found, looked at, stopped with a reason; associations, posts and units founded."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import proof
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.organisations import queries
from kervan.organisations.roles import NAMES
from kervan.organisations.tables import Kind
from kervan.staff import audit, desk, organisations
from kervan.staff.access import administrator
from kervan.trade.countries import TURKIYE, countries
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.paging import refuse_too_deep
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25
KINDS = {
    Kind.EXPORTER.value: N_("Exporter"),
    Kind.IMPORTER.value: N_("Importer"),
    Kind.POST.value: N_("Post"),
    Kind.ASSOCIATION.value: N_("Association"),
    Kind.MINISTRY.value: N_("Ministry"),
}
_FOUNDED = {
    Kind.ASSOCIATION.value: (
        N_("Exporters' association"),
        N_("Its staff review the exporters that name it, and send their members links."),
    ),
    Kind.POST.value: (
        N_("Post abroad"),
        N_("Its counsellors and attachés verify the importers of their country."),
    ),
    Kind.MINISTRY.value: (
        N_("Unit of the Ministry"),
        N_("Its people get admin rights by two administrators."),
    ),
}
_ACTIONS: dict[str, tuple[Callable[[Caller, str, str], Awaitable[None]], str]] = {
    "suspend": (organisations.suspend, "firm-suspended"),
    "reinstate": (organisations.reinstate, "firm-reinstated"),
}


@get("/staff/organisations")
async def everything(request: Request[Any, Any, Any]) -> Page:
    """Organisations by name, number, kind and country."""
    caller = administrator(request)
    query = query_of(request)
    text, kind, country = (query.get(name, [""])[-1][:200] for name in ("q", "kind", "country"))
    kind = kind if kind in KINDS else ""
    number = whole_number(query, "page", 1, 1, 400)
    total, rows = await organisations.listed(text, kind, country, number, PER_PAGE)
    last = max(1, -(-total // PER_PAGE))
    refuse_too_deep(number > last)
    return page(
        request,
        "staff/admin/organisations.html",
        **await desk.frame(request, caller, "organisations"),
        rows=rows,
        total=total,
        q=text,
        kind=kind,
        country=country,
        kinds=KINDS,
        countries=await organisations.countries(),
        number=number,
        last=last,
        paged=partial(
            address, language_of(request), "/staff/organisations", q=text, kind=kind, country=country
        ),
    )


@get("/staff/organisations/new")
async def new_organisation(request: Request[Any, Any, Any]) -> Page:
    """What to found."""
    kind = query_of(request).get("kind", [""])[-1]
    return await _new(request, Form(language_of(request), {"kind": kind if kind in _FOUNDED else ""}))


async def _new(request: Request[Any, Any, Any], form: Form, status: int = 200) -> Page:
    caller = administrator(request)
    return page(
        request,
        "staff/admin/new_organisation.html",
        status_code=status,
        **await desk.frame(request, caller, "organisations"),
        kinds=[(value, name, meaning) for value, (name, meaning) in _FOUNDED.items()],
        countries=[pair for pair in countries(language_of(request)) if pair[0] != TURKIYE],
        form=form,
    )  # fmt: skip


@post("/staff/organisations/new", status_code=200)
async def found(request: Request[Any, Any, Any]) -> Page:
    """Founds an association, a post or a unit of the Ministry."""
    caller = administrator(request)
    form = await forms.read(request)
    kind = form.choice("kind", _FOUNDED)
    name = form.text("name", longest=200, shortest=3)
    country = form.text("country", required=False, longest=2)
    association = form.text("association", required=False, longest=40)
    if form.ok:
        try:
            public_id = await organisations.found(caller, kind, name, country, association or None)
            way = "organisations" if kind == Kind.MINISTRY else "posts"
            return back(request, f"/staff/{way}/{public_id}", said="organisation-founded")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _new(request, form, 422)


@get("/staff/organisations/{organisation:str}")
async def one_organisation(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Page:
    """One organisation: its people, how far it is verified, what happened."""
    return await _one(request, organisation, Form(language_of(request)))


async def _one(request: Request[Any, Any, Any], organisation: str, form: Form, status: int = 200) -> Page:
    caller = administrator(request)
    seen = await organisations.detail(organisation)
    entity, ids = {
        Kind.EXPORTER: ("exporter", [seen["exporter"]]),
        Kind.IMPORTER: ("importer", [seen["importer_id"]]),
    }.get(Kind(seen["kind"]), ("organisation", [seen["public_id"]]))
    return page(
        request,
        "staff/admin/organisation.html",
        status_code=status,
        **await desk.frame(request, caller, "organisations"),
        seen=seen,
        kind_name=KINDS[seen["kind"]],
        members=await queries.members(seen["id"], 1, 100),
        entries=await audit.about(entity, ids),
        entity=entity,
        entity_id=ids[0],
        role_names=NAMES,
        form=form,
    )


@post("/staff/organisations/{organisation:str}", status_code=200)
async def act(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Page:
    """Suspends or reinstates an exporter or importer."""
    caller = administrator(request)
    form = await forms.read(request)
    action = form.choice("action", _ACTIONS)
    reason = form.lines("reason", longest=1000)
    await proof.asked(request, caller, form)
    if form.ok:
        work, said = _ACTIONS[action]
        try:
            await work(caller, organisation, reason)
            return back(request, f"/staff/organisations/{organisation}", said=said)
        except (Conflict, Invalid, Forbidden) as error:
            form.take(error)
    return await _one(request, organisation, form, 422)


ROUTES: list[ControllerRouterHandler] = [everything, new_organisation, found, one_organisation, act]
