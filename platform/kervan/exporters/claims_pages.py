"""Claims of firms: made by whoever says that a firm is theirs, decided by its reviewers."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, holder, signed_in
from kervan.errors import Conflict, Invalid, NotFound, TooMany
from kervan.exporters import claims, registration, rules
from kervan.exporters import registration_forms as typed
from kervan.exporters.access import scope
from kervan.exporters.rules import Identity
from kervan.exporters.tables import Kind
from kervan.files import answers, store, uploads
from kervan.files.documents import LARGEST_DOCUMENT, Accepted, accept
from kervan.organisations import roles, tasks
from kervan.staff import desk
from kervan.trade import identifiers
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import form_data, query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25


@get("/claim-company")
async def open_claim(request: Request[Any, Any, Any]) -> Page:
    """The form for somebody whose firm is on the platform already."""
    signed_in(request)
    return page(request, "exporters/desk/claim.html", form=Form(language_of(request)), held=False)


@post("/claim-company", status_code=200)
async def make_claim(request: Request[Any, Any, Any]) -> Page:
    """Hands a claim to who reviews the firm."""
    caller = signed_in(request)
    form = await forms.read(request)
    exporter = claims.unseal(caller, form.value("about")) if form.value("about") else None
    held = exporter is not None
    if exporter is None:
        exporter = await _by_number(request, caller, form)
    message = form.lines("message", longest=1000, shortest=20)
    if form.ok and exporter is not None:
        try:
            await throttle.spend("document", request, caller.person)
            await claims.make(caller, exporter, message, await _paper(request))
            return back(request, "/desk", said="claimed")
        except TradeError as error:
            form.refuse("file", error)
        except (Invalid, Conflict, TooMany) as error:
            form.take(error)
    return page(
        request, "exporters/desk/claim.html", status_code=422, form=typed.without_tckn(form), held=held
    )


async def _by_number(request: Request[Any, Any, Any], caller: Caller, form: Form) -> int | None:
    number = form.text("number", longest=40)
    if not number:
        return None
    try:
        tckn = identifiers.tckn(number) if rules.looks_like_tckn(number) else None
        identity = Identity(Kind.SOLE_TRADER, None if tckn else identifiers.vkn(number), tckn)
        await throttle.spend("registration", request, caller.person)
    except (TradeError, TooMany) as error:
        form.refuse("number", error)
        return None
    exporter = await registration.held_by(identity)
    if exporter is None:
        form.refuse("number", N_("This number is not registered yet. Register the firm yourself."))
    return exporter


async def _paper(request: Request[Any, Any, Any]) -> Accepted | None:
    """The paper of a claim, if there is one: it is optional."""
    form = await form_data(request)
    if not any(getattr(value, "filename", "") for value in form.getall("file", [])):
        return None
    upload = await uploads.one(request, "file", LARGEST_DOCUMENT)
    return await accept(upload.data, upload.name)


@get("/staff/claims")
async def staff_claims(request: Request[Any, Any, Any]) -> Page:
    """The claims in the caller's scope, open ones by age."""
    caller = signed_in(request)
    everything, associations = scope(holder(caller, roles.REVIEW_EXPORTERS))
    query = query_of(request)
    decided = query.get("state", [""])[-1] == "decided"
    number = whole_number(query, "page", 1, 1, 10_000)
    rows, total = await claims.of_reviewer(caller, everything, associations, decided, number, PER_PAGE)
    language = language_of(request)
    return page(
        request,
        "staff/exporters/claims.html",
        rows=rows,
        total=total,
        decided=decided,
        paged=lambda page: address(
            language, "/staff/claims", state="decided" if decided else None, page=page
        ),
        number=number,
        last=max(1, -(-total // PER_PAGE)),
        **await desk.frame(request, caller, "claims"),
    )


@get("/staff/claims/{claim:str}")
async def staff_claim(request: Request[Any, Any, Any], claim: FromPath[str]) -> Page:
    """One claim with what its person says, and the firm that it is about."""
    return await _claim(request, signed_in(request), claim, Form(language_of(request)))


async def _claim(
    request: Request[Any, Any, Any],
    caller: Caller,
    public_id: str,
    form: Form,
    status_code: int = 200,
    did: str = "",
) -> Page:
    """`did` is the action whose form was refused."""
    found = await claims.for_review(caller, public_id)
    return page(
        request,
        "staff/exporters/claim.html",
        status_code=status_code,
        claim=found.claim,
        mine=found.claim["assigned_to"] == caller.person,
        form=form,
        did=did,
        **await desk.frame(request, caller, "claims"),
    )


@post("/staff/claims/{claim:str}/{action:str}", status_code=200)
async def decide_claim(request: Request[Any, Any, Any], claim: FromPath[str], action: FromPath[str]) -> Page:
    """Takes a claim, accepts it, or refuses it with a reason."""
    caller = signed_in(request)
    found = await claims.for_review(caller, claim)
    form = await forms.read(request)
    try:
        if action == "take":
            await tasks.assign(caller, tasks.EXPORTER_CLAIM, claim, caller.person)
            return back(request, f"/staff/claims/{claim}", said="assigned")
        if action not in ("accept", "refuse"):
            raise NotFound()
        reason = form.lines("reason", required=action == "refuse", longest=1000)
        if form.ok:
            await claims.decide(caller, found, action == "accept", reason)
            return back(request, "/staff/claims", said="decided")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await _claim(request, caller, claim, form, 422, action)


@get("/staff/claims/{claim:str}/document")
async def claim_document(request: Request[Any, Any, Any], claim: FromPath[str]) -> Response[bytes]:
    """The paper of a claim, as a file to keep."""
    found = (await claims.for_review(signed_in(request), claim)).claim
    if found["document_path"] is None:
        raise NotFound()
    data = await store.read(found["document_path"])
    return answers.download(data, found["document_name"], found["document_type"])


ROUTES: list[ControllerRouterHandler] = [
    open_claim,
    make_claim,
    staff_claims,
    staff_claim,
    decide_claim,
    claim_document,
]
