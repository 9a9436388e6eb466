"""An importer's desk: how the firm stands and what comes next, and the form of the firm."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.answers import refused
from kervan.accounts.callers import Membership, signed_in
from kervan.errors import Conflict, Invalid, KervanError
from kervan.importers import access, fields, saved, service
from kervan.importers.structs import Importer
from kervan.importers.tables import Standing
from kervan.orders.desk_pages import waiting_card
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.queries import member_count
from kervan.requests import desk_cards
from kervan.trade import nomenclature
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_TEMPLATE = "importers/company.html"


async def overview(request: Request[Any, Any, Any], membership: Membership, **context: Any) -> Page:
    """The first page of an importer's desk; organisations.pages leads here."""
    caller = signed_in(request)
    importer = await access.of_membership(membership)
    return page(
        request,
        "importers/overview.html",
        importer=importer,
        asks=importer.standing == Standing.ACTIVE and importer.review_asked_at is None,
        may_change=roles.PROFILE in membership.rights,
        kept=await saved.numbers(caller.person),
        members=await member_count(membership.organisation),
        headings=[(code, nomenclature.name(code, language_of(request))) for code in importer.headings],
        scheme=fields.scheme_name(importer.number_scheme, importer.country, language_of(request)),
        **await waiting_card(membership, language_of(request)),
        **await desk_cards.waiting_card(membership, language_of(request)),
        **await frame(request, membership, "overview"),
        **context,
    )


@post("/desk/{org:str}/ask-verification", status_code=200)
async def ask_verification(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Asks the post of the firm's country, or the Ministry, to verify the firm."""
    caller = signed_in(request)
    membership, importer = await access.own(caller, org, roles.PROFILE)
    try:
        await service.ask_verification(caller, importer)
    except Conflict as error:
        form = Form(language_of(request))
        form.take(error)
        return await overview(request, membership, problem=form.message)
    return back(request, f"/desk/{org}", said="verification-asked")


@get("/desk/{org:str}/company")
async def company(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The firm as its people may change it."""
    membership, importer = await access.own(signed_in(request), org, roles.PROFILE)
    form = Form(language_of(request), {**fields.initial(importer), "version": str(importer.version)})
    return page(request, _TEMPLATE, form=form, **await _context(request, membership, importer, form))


@post("/desk/{org:str}/company", status_code=200)
async def save_company(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Stores the firm; a verified one that became another one is told what that means."""
    caller = signed_in(request)
    membership, importer = await access.own(caller, org, roles.PROFILE)
    form = await forms.read(request)
    if form.value("find"):
        headings, candidates = await fields.headings(request, form)
        kept = Form(form.language, None, form.typed)
        if not headings and not candidates:
            kept.refuse("heading_words", fields.NOTHING_FITS)
        found = await _context(request, membership, importer, kept, headings, candidates)
        return page(request, _TEMPLATE, form=kept, **found)
    firm = fields.read(form)
    headings, candidates = await fields.headings(request, form)
    version = form.whole("version", low=1, high=10**12)
    error: KervanError | None = None
    if form.ok and firm is not None and version is not None:
        try:
            firm = msgspec.structs.replace(firm, headings=headings)
            ended = await service.change(caller, importer, firm, version)
            return back(request, f"/desk/{org}", said="verify-anew" if ended else "saved")
        except (Invalid, Conflict) as problem:
            error = problem
    context = await _context(request, membership, importer, form, headings, candidates)
    return refused(request, _TEMPLATE, form, error, **context)


async def _context(
    request: Request[Any, Any, Any],
    membership: Membership,
    importer: Importer,
    form: Form,
    headings: tuple[str, ...] | None = None,
    candidates: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "importer": importer,
        **fields.context(form, language_of(request), candidates, headings),
        **await frame(request, membership, "company"),
    }


ROUTES: list[ControllerRouterHandler] = [ask_verification, company, save_company]
