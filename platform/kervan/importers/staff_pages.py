"""The verifiers' desk for importers: the queue of a post's country or of all, one importer, and what is decided."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import proof
from kervan.accounts.answers import refused
from kervan.accounts.callers import Caller, signed_in
from kervan.errors import Conflict, Invalid, KervanError
from kervan.importers import access, fields, queries, verification
from kervan.importers.structs import Importer
from kervan.importers.tables import Standing
from kervan.organisations import tasks
from kervan.staff.desk import frame
from kervan.trade import countries, nomenclature
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number, with_query
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

_TEMPLATE = "staff/importers/importer.html"
_REASON = 1000


@get("/staff/importers")
async def importers(request: Request[Any, Any, Any]) -> Page:
    """Importers that wait for a look, the oldest first; or all that the caller may see."""
    caller = signed_in(request)
    allowed = access.countries(caller)
    query = query_of(request)
    number = whole_number(query, "page", 1, 1, 10**6)
    wanted = {name: query.get(name, [""])[-1].strip()[:100] for name in ("q", "standing", "country")}
    waiting = query.get("list", ["waiting"])[-1] != "all"
    total, found = await queries.listed(
        allowed,
        waiting=waiting,
        standing=wanted["standing"],
        country=wanted["country"],
        text=wanted["q"],
        page=number,
    )
    language = language_of(request)
    here = address(language, "/staff/importers")
    chosen = countries.countries(language) if allowed is None else [
        (code, countries.country_name(code, language)) for code in sorted(allowed)
    ]  # fmt: skip
    return page(
        request,
        "staff/importers/importers.html",
        importers=found,
        total=total,
        waiting=waiting,
        wanted=wanted,
        countries=[pair for pair in chosen if pair[0] != countries.TURKIYE],
        standings=[standing.value for standing in Standing],
        paged=lambda page: with_query(here, query, page=page),
        number=number,
        last=max(1, -(-total // queries.PER_PAGE)),
        **await frame(request, caller, "importers"),
    )


@get("/staff/importers/{id:str}")
async def importer(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """One importer with what there is to check, and what was done so far."""
    caller = signed_in(request)
    _, found = await access.for_verifier(caller, id)
    return page(request, _TEMPLATE, form=Form(language_of(request)), **await _context(request, caller, found))


async def _context(
    request: Request[Any, Any, Any],
    caller: Caller,
    found: Importer,
    did: str = "",
    refused_form: Form | None = None,
) -> dict[str, Any]:
    language = language_of(request)
    verifying = refused_form if did == "verify" else None
    return {
        "importer": found,
        "did": did,
        "verifying": verifying or Form(language, {"looked_at": found.looked_at}),
        "alike": await queries.alike(found.id),
        "reachable": access.countries(caller),
        "owners": await queries.owner_addresses(found.organisation),
        "scheme": fields.scheme_name(found.number_scheme, found.country, language),
        "headings": [(code, nomenclature.name(code, language)) for code in found.headings],
        "looked_at": [(name, gettext(language, shown)) for name, shown in verification.LOOKED_AT.items()],
        "mine": found.reviewer_id == caller.person,
        "steps_shown": [
            (
                step.at,
                step.who,
                gettext(language, verification.STEPS.get(step.action, step.action)),
                step.reason,
            )
            for step in await queries.steps(found.public_id)
        ],
        **await frame(request, caller, "importers"),
    }


async def _refused(
    request: Request[Any, Any, Any],
    caller: Caller,
    found: Importer,
    form: Form,
    error: KervanError | None,
    did: str,
) -> Page:
    """`did` is the action whose form was refused."""
    return refused(request, _TEMPLATE, form, error, **await _context(request, caller, found, did, form))


@post("/staff/importers/{id:str}/take", status_code=200)
async def take(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Takes the task, so that no colleague does the same work; or gives it back."""
    caller = signed_in(request)
    _, found = await access.for_verifier(caller, id)
    form = await forms.read(request)
    try:
        await tasks.assign(caller, tasks.IMPORTER_REVIEW, id, None if form.value("back") else caller.person)
    except Conflict as error:
        return await _refused(request, caller, found, form, error, "take")
    return back(request, f"/staff/importers/{id}", said=None if form.value("back") else "assigned")


@post("/staff/importers/{id:str}/verify", status_code=200)
async def verify(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Verifies the firm on what was looked at and what was found."""
    caller = signed_in(request)
    by, found = await access.for_verifier(caller, id)
    form = await forms.read(request)
    looked_at = form.several("looked_at", verification.LOOKED_AT)
    if not looked_at:
        form.refuse("looked_at", verification.NOTHING_TICKED)
    evidence = form.lines("evidence", longest=4000, shortest=10)
    version = form.whole("version", low=1, high=10**12)
    error: KervanError | None = None
    if form.ok and version is not None:
        try:
            await verification.verify(caller, by, found, looked_at, evidence, version)
            return back(request, f"/staff/importers/{id}", said="decided")
        except (Invalid, Conflict) as problem:
            error = problem
    return await _refused(request, caller, found, form, error, "verify")


_DECISIONS = {
    "refuse": verification.refuse,
    "suspend": verification.suspend,
    "reinstate": verification.reinstate,
}


@post("/staff/importers/{id:str}/refuse", status_code=200)
async def refuse(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Does not verify the firm, with a reason that it reads."""
    return await _decided(request, id, "refuse")


@post("/staff/importers/{id:str}/suspend", status_code=200)
async def suspend(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Suspends the firm, with a reason that it reads."""
    return await _decided(request, id, "suspend")


@post("/staff/importers/{id:str}/reinstate", status_code=200)
async def reinstate(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Ends the suspension."""
    return await _decided(request, id, "reinstate")


async def _decided(request: Request[Any, Any, Any], id: str, decision: str) -> Page:
    caller = signed_in(request)
    _, found = await access.for_verifier(caller, id)
    form = await forms.read(request)
    reason = form.lines("reason", longest=_REASON, shortest=3)
    if decision == "suspend":
        await proof.asked(request, caller, form)
    error: KervanError | None = None
    if form.ok:
        try:
            await _DECISIONS[decision](caller, found, reason)
            return back(request, f"/staff/importers/{id}", said="decided")
        except (Invalid, Conflict) as problem:
            error = problem
    return await _refused(request, caller, found, form, error, decision)


ROUTES: list[ControllerRouterHandler] = [importers, importer, take, verify, refuse, suspend, reinstate]
