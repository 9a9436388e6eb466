"""The registration of an exporter, screen by screen: begun, left, resumed, handed in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, signed_in
from kervan.errors import CommandError, Conflict, Invalid, NotFound, TooMany
from kervan.exporters import claims, desk_queries, documents, registration, rules
from kervan.exporters import registration_forms as typed
from kervan.exporters.access import Row, Seen, for_member
from kervan.exporters.events import DOCUMENT_NAMES, STEP_NAMES
from kervan.exporters.review_tables import DocumentKind
from kervan.files import answers, store, uploads
from kervan.files.documents import LARGEST_DOCUMENT, accept
from kervan.organisations import roles
from kervan.trade import identifiers, languages, nomenclature, provinces
from kervan.trade.errors import TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

REFUSALS = (Invalid, Conflict, TooMany, CommandError)
SCREENS = (*rules.STEPS, "review")


def _wizard(
    request: Request[Any, Any, Any],
    step: str,
    firm: Row | None,
    form: Form,
    status_code: int = 200,
    **context: Any,
) -> Page:
    language = language_of(request)
    root = f"/desk/{firm['public_id']}/registration" if firm else ""
    screens = [
        (gettext(language, STEP_NAMES[name]), address(language, f"{root}/{name}") if firm else None)
        for name in SCREENS
    ]
    number = SCREENS.index(step)
    return page(
        request,
        f"exporters/desk/{step}.html",
        status_code=status_code,
        screens=screens,
        step=number + 1,
        leave=address(language, f"/desk/{firm['public_id']}" if firm else "/desk"),
        before=address(language, f"{root}/{SCREENS[number - 1]}") if firm and number else None,
        firm=firm,
        form=form,
        **context,
    )


def _on(request: Request[Any, Any, Any], form: Form, firm_id: str, step: str) -> Page:
    """To the next screen, or to the desk when "Save and leave" was pressed."""
    if form.value("leave"):
        return back(request, f"/desk/{firm_id}", said="step-saved")
    return back(request, f"/desk/{firm_id}/registration/{SCREENS[SCREENS.index(step) + 1]}")


@get("/desk/new-exporter")
async def begin(request: Request[Any, Any, Any]) -> Page:
    """The first screen of a new registration."""
    signed_in(request)
    return _identity(request, None, Form(language_of(request), typed.identity_initial(None)))


def _identity(request: Request[Any, Any, Any], firm: Row | None, form: Form, status_code: int = 200) -> Page:
    language = language_of(request)
    kinds = [
        (kind, gettext(language, name), gettext(language, hint))
        for kind, (name, hint) in typed.KIND_NAMES.items()
    ]
    return _wizard(
        request,
        "identity",
        firm,
        typed.without_tckn(form),
        status_code,
        kinds=kinds,
        own_number=gettext(language, typed.OWN_NUMBER),
        masked=identifiers.mask_tckn("") if firm and firm["has_tckn"] else None,
        fixed=bool(firm and firm["verified_at"]),
    )


@post("/desk/new-exporter", status_code=200)
async def begun(request: Request[Any, Any, Any]) -> Page:
    """Makes the firm a draft of which the caller is the owner; a number that is taken leads to the claim."""
    caller = signed_in(request)
    form = await forms.read(request)
    identity, legal_name, trade_name = typed.identity(form, None)
    if form.ok and identity is not None:
        try:
            public_id = await registration.start(caller, identity, legal_name, trade_name)
            return _on(request, form, public_id, "identity")
        except registration.Held as held:
            return await _held(request, caller, held)
        except REFUSALS as error:
            form.take(error)
    return _identity(request, None, form, 422)


async def _held(request: Request[Any, Any, Any], caller: Caller, held: registration.Held) -> Page:
    """The own firm is opened; any other can be claimed. How often somebody asks is counted."""
    own = next((m for m in caller.memberships if m.exporter == held.exporter), None)
    if own is not None:
        return back(request, f"/desk/{own.public_id}/registration")
    await throttle.spend("registration", request, caller.person)
    form = Form(language_of(request), {"about": claims.seal(caller, held.exporter)})
    return page(request, "exporters/desk/claim.html", status_code=409, form=form, held=True)


@get("/desk/{org:str}/registration")
async def resume(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """To the first screen that is not done yet."""
    seen = await for_member(signed_in(request), org, roles.PROFILE)
    firm = seen.firm
    if firm["verification"] in registration.EDITABLE:
        step = next((name for name in rules.STEPS if name not in firm["steps_done"]), "review")
    elif documents.may_change(firm, date.today()):
        step = "documents"
    else:
        step = "review"
    return back(request, f"/desk/{org}/registration/{step}")


@get("/desk/{org:str}/registration/{step:str}")
async def screen(request: Request[Any, Any, Any], org: FromPath[str], step: FromPath[str]) -> Page:
    """One screen as it was saved."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    if step not in SCREENS:
        raise NotFound()
    if step not in ("review", "documents") and seen.firm["verification"] not in registration.EDITABLE:
        return back(request, f"/desk/{org}/registration/review")
    return await _screen(request, caller, seen, step)


async def _screen(
    request: Request[Any, Any, Any],
    caller: Caller,
    seen: Seen,
    step: str,
    form: Form | None = None,
    status_code: int = 200,
    **context: Any,
) -> Page:
    language, firm = language_of(request), seen.firm
    if step == "identity":
        return _identity(request, firm, form or Form(language, typed.identity_initial(firm)), status_code)
    if step == "company":
        known = await desk_queries.associations()
        form = form or Form(language, typed.company_initial(firm))
        if firm["association"] and firm["association"] not in {short for short, _ in known}:
            known.append((firm["association"], ""))
        context |= {
            "associations": [(short, f"{short} · {name}" if name else short) for short, name in known],
            "models": [(key, gettext(language, name)) for key, name in typed.MODEL_NAMES.items()],
            "employees": [(band, band) for band in rules.EMPLOYEES],
        }
        context.setdefault("warning", _mersis_warning(firm))
    elif step == "address":
        form = form or Form(language, typed.address_initial(firm))
        context["provinces"] = [(entry.plate, entry.name) for entry in provinces.provinces()]
    elif step == "trade":
        form = form or Form(language, typed.trade_initial(firm, language))
        context |= {
            "sectors": [(entry.slug, entry.names[language]) for entry in nomenclature.sectors()],
            "spoken": languages.languages(language),
            "exports": [(key, gettext(language, name)) for key, name in typed.EXPORT_NAMES.items()],
        }
    elif step == "contact":
        form = form or Form(language, typed.contact_initial(firm, caller.name, caller.email))
    elif step == "documents":
        context |= {"papers": await documents.of(firm["id"]), "names": DOCUMENT_NAMES}
        context["needed"] = rules.documents_needed(firm["kind"])
        context["open"] = documents.may_change(firm, date.today())
    elif step == "texts":
        form = form or Form(language, typed.texts_initial(*await registration.texts_of(firm["id"])))
        context |= {"longest": typed.LONGEST_ABOUT, "longest_capacity": typed.LONGEST_CAPACITY}
    elif step == "declarations":
        given = registration.declarations_of(firm)
        form = form or Form(language, {key: "1" for key in rules.DECLARATIONS if key in given})
        context["versions"] = rules.DECLARATIONS
    else:
        context |= await _review(seen)
    return _wizard(request, step, firm, form or Form(language), status_code, org=firm["public_id"], **context)


def _mersis_warning(firm: Row) -> str | None:
    return identifiers.mersis(firm["mersis"], firm["vkn"])[1] if firm["mersis"] else None


async def _review(seen: Seen) -> dict[str, Any]:
    firm, today = seen.firm, date.today()
    about, capacity = await registration.texts_of(firm["id"])
    papers = await documents.of(firm["id"])
    gaps = rules.missing(firm, about, papers, today)
    if not rules.declared(registration.declarations_of(firm)):
        gaps.append(("declarations", registration.DECLARATIONS_MISSING))
    return {
        "gaps": gaps,
        "papers": papers,
        "names": DOCUMENT_NAMES,
        "about": about,
        "capacity": capacity,
        "kind_names": typed.KIND_NAMES,
        "model_names": typed.MODEL_NAMES,
        "export_names": typed.EXPORT_NAMES,
        "masked": identifiers.mask_tckn("") if firm["has_tckn"] else None,
        "warning": _mersis_warning(firm),
        "editable": firm["verification"] in registration.EDITABLE,
        "may_send": firm["verification"] in ("DRAFT", "NEEDS_INFO")
        or rules.may_renew(firm["verification"], firm["verified_until"], today),
        "owner": seen.membership.role == "OWNER",
        "last": await desk_queries.last_review(firm["id"]),
    }


@post("/desk/{org:str}/registration/{step:str}", status_code=200)
async def save(request: Request[Any, Any, Any], org: FromPath[str], step: FromPath[str]) -> Page:
    """Saves one step and goes on to the next; the last one hands the registration in."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    if step not in SCREENS:
        raise NotFound()
    form = await forms.read(request)
    warning: str | None = None
    try:
        warning = await _save(caller, seen, step, form)
    except registration.Held as held:
        return await _held(request, caller, held)
    except REFUSALS as error:
        form.take(error)
    if not form.ok:
        return await _screen(request, caller, seen, step, form, 422)
    if step == "review":
        return back(request, f"/desk/{org}", said="submitted")
    if warning is not None and form.value("seen") != form.value("mersis"):
        # Saved already; shown once, so that a slip is noticed before the reviewer notices it.
        return await _screen(request, caller, seen, step, form, warning=warning, saved=True)
    return _on(request, form, org, step)


async def _save(caller: Caller, seen: Seen, step: str, form: Form) -> str | None:
    """Reads and stores a step; refusals are noted in the form. What comes back is odd without being wrong (msgid)."""
    firm = seen.firm
    values: Mapping[str, Any] = {}
    warning: str | None = None
    if step == "identity":
        identity, legal_name, trade_name = typed.identity(form, firm)
        if form.ok:
            await registration.change_identity(caller, seen, identity, legal_name, trade_name)
        return None
    if step == "review":
        await registration.submit(caller, seen)
        return None
    if step == "texts":
        about, capacity = typed.texts(form)
        if form.ok:
            await registration.save_texts(caller, seen, about, capacity)
        return None
    if step == "company":
        known = [short for short, _ in await desk_queries.associations()]
        values, warning = typed.company(form, firm, known)
    elif step == "address":
        values = typed.address(form)
    elif step == "trade":
        values = typed.trade(form)
    elif step == "contact":
        values = typed.contact(form)
    elif step == "declarations":
        values = {"declarations": msgspec.json.encode(typed.declarations(form)).decode()}
    if form.ok and not (step == "documents" and firm["verification"] == "VERIFIED"):
        await registration.save_step(caller, seen, step, values)
    return warning


@post("/desk/{org:str}/documents", status_code=200)
async def add_document(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Keeps one paper: what it is by its content, never by its name."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    form = await forms.read(request)
    kind = form.choice("kind", tuple(DocumentKind))
    expires_on = form.day("expires_on", required=False, first=date.today())
    if form.ok:
        try:
            await throttle.spend("document", request, caller.person)
            upload = await uploads.one(request, "file", LARGEST_DOCUMENT)
            paper = await accept(upload.data, upload.name)
            await documents.add(caller, seen, kind, paper, expires_on)
            return back(request, f"/desk/{org}/registration/documents", said="document-added")
        except TradeError as error:
            form.refuse("file", error)
        except REFUSALS as error:
            form.take(error)
    return await _screen(request, caller, seen, "documents", form, 422)


@post("/desk/{org:str}/documents/{document:str}/remove", status_code=200)
async def remove_document(
    request: Request[Any, Any, Any], org: FromPath[str], document: FromPath[str]
) -> Page:
    """Takes one paper away."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    await documents.remove(caller, seen, document)
    return back(request, f"/desk/{org}/registration/documents", said="document-removed")


@get("/desk/{org:str}/documents/{document:str}")
async def download(
    request: Request[Any, Any, Any], org: FromPath[str], document: FromPath[str]
) -> Response[bytes]:
    """A paper, as a file to keep: for members and for who reviews the firm."""
    paper = await documents.one(signed_in(request), org, document)
    return answers.download(await store.read(paper["path"]), paper["name"], paper["content_type"])


ROUTES: list[ControllerRouterHandler] = [
    begin,
    begun,
    resume,
    screen,
    save,
    add_document,
    remove_document,
    download,
]
