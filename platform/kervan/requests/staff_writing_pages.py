"""Requests that a post writes for a buyer: the buyer chosen or registered, the form with the evidence of consent."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.answers import languages
from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.conversations import files
from kervan.conversations.compose import CHOOSE_AGAIN
from kervan.conversations.files import LARGEST_BODY
from kervan.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.importers import fields as firm_fields
from kervan.policies import book
from kervan.requests import access, buyers, on_behalf, queries, rules, service, staff_queries, states, wording
from kervan.requests import form as asked_form
from kervan.requests.buyers import Buyer
from kervan.requests.structs import RequestShown
from kervan.requests.tables import Source
from kervan.staff.desk import frame
from kervan.trade import emails, law
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import form_data, query_of
from kervan.web.i18n import BY_CODE, gettext, language_of
from kervan.web.templates import Page, back, page

_WRITE = "requests/staff_write.html"
_SOURCES = {
    Source.ATTACHE: N_("A buyer told us what it needs"),
    Source.TENDER: N_("A public tender"),
}


def _post(request: Request[Any, Any, Any], caller: Caller, asked: str = "") -> Membership:
    """The post that is meant: the one that was asked for, else the caller's first. Raises NotFound without one."""
    found = on_behalf.posts(caller)
    asked = asked or query_of(request).get("post", [""])[-1]
    if asked and asked not in {post.public_id for post in found}:
        raise NotFound()
    return next((post for post in found if post.public_id == asked), found[0])


@get("/staff/requests/new")
async def new(request: Request[Any, Any, Any]) -> Page:
    """First the buyer: one that is known, or a new one; then the form."""
    caller = signed_in(request)
    unit = _post(request, caller)
    query = query_of(request)
    if chosen := query.get("buyer", [""])[-1]:
        buyer = await buyers.one(unit, chosen)
        language = language_of(request)
        values = asked_form.fresh(
            language, buyer.country, key=new_public_id() + new_public_id(), source=Source.ATTACHE
        )
        return await _form(request, caller, unit, buyer, Form(language, values))
    text = query.get("q", [""])[-1].strip()[:100]
    return page(
        request,
        "requests/staff_new.html",
        unit=unit,
        units=on_behalf.posts(caller),
        text=text,
        found=await buyers.find(unit, text),
        most=buyers.MOST_FOUND,
        **await frame(request, caller, "requests"),
    )


@get("/staff/requests/new/buyer")
async def new_buyer(request: Request[Any, Any, Any]) -> Page:
    """The form of a buyer that is not on the platform."""
    caller = signed_in(request)
    unit = _post(request, caller)
    form = Form(language_of(request), {"country": unit.country, "language": "en"})
    return await _buyer(request, caller, unit, form)


async def _buyer(
    request: Request[Any, Any, Any],
    caller: Caller,
    unit: Membership,
    form: Form,
    headings: tuple[str, ...] | None = None,
    candidates: tuple[str, ...] = (),
) -> Page:
    return page(
        request,
        "requests/staff_buyer.html",
        status_code=200 if form.ok else 422,
        unit=unit,
        form=form,
        languages_offered=languages(),
        **firm_fields.context(form, form.language, candidates, headings),
        **await frame(request, caller, "requests"),
    )


@post("/staff/requests/new/buyer", status_code=200)
async def save_buyer(request: Request[Any, Any, Any]) -> Page:
    """Registers the buyer, mails its person an invitation when an address was given, and goes on to the form."""
    caller = signed_in(request)
    form = await forms.read(request)
    unit = _post(request, caller, form.value("post"))
    company = firm_fields.read(form)
    email = form.parsed("email", emails.address, required=False)
    language = form.choice("language", BY_CODE) if email else ""
    headings, candidates = await firm_fields.headings(request, form)
    if form.ok and company is not None:
        try:
            public_id = await buyers.register(caller, unit, company)
            if email is not None:
                await buyers.invite(caller, await buyers.one(unit, public_id), email, language)
            said = "buyer-invited" if email else "buyer-registered"
            return back(request, "/staff/requests/new", said=said, buyer=public_id, post=unit.public_id)
        except (Invalid, Conflict, TooMany) as error:
            form.take(error)
    return await _buyer(request, caller, unit, form, headings, candidates)


@post("/staff/requests/buyers/{id:str}/invite", status_code=200)
async def invite(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Mails somebody of the buyer a link by which the firm becomes theirs."""
    caller = signed_in(request)
    form = await forms.read(request)
    unit = _post(request, caller, form.value("post"))
    buyer = await buyers.one(unit, id)
    email = form.parsed("email", emails.address)
    language = form.choice("language", BY_CODE)
    if form.ok and email is not None:
        try:
            await buyers.invite(caller, buyer, email, language)
            return back(request, "/staff/requests/new", said="buyer-invited", buyer=id, post=unit.public_id)
        except (Invalid, Conflict, TooMany) as error:
            form.take(error)
    values = asked_form.fresh(
        form.language, buyer.country, key=new_public_id() + new_public_id(), source=Source.ATTACHE
    )
    return await _form(request, caller, unit, buyer, Form(form.language, values), inviting=form, status=422)


async def _form(
    request: Request[Any, Any, Any],
    caller: Caller,
    unit: Membership,
    buyer: Buyer | None,
    form: Form,
    stored: RequestShown | None = None,
    *,
    status: int = 0,
    find: bool = False,
    inviting: Form | None = None,
    changes: Sequence[tuple[str, str, str]] = (),
) -> Page:
    """The form, empty or refused: for a `buyer` that is chosen, or of a request that is `stored`."""
    await book.refresh()
    country = buyer.country if buyer else stored.buyer_country if stored else ""
    return page(
        request,
        _WRITE,
        status_code=status or (200 if form.ok else 422),
        unit=unit,
        buyer=buyer,
        form=form,
        asking=await asked_form.asking(
            request, form, published=_published(stored), kept=stored.files if stored else (), find=find
        ),
        stored=stored,
        version=(stored.version if changes else form.value("version") or stored.version) if stored else "",
        changes=changes,
        inviting=inviting or Form(form.language, {"language": "en"}),
        languages_offered=languages(),
        sources=[(code, gettext(form.language, name)) for code, name in _SOURCES.items()],
        ways=[(code, gettext(form.language, name)) for code, name in rules.CONSENT_WAYS.items()],
        hidden=on_behalf.HIDDEN,
        abroad=country != unit.country,
        on_board=stored is not None and stored.state == "PUBLISHED",
        queued=stored is not None and stored.state == "SUBMITTED",
        behalf=stored is None or on_behalf.is_on_behalf(stored),
        most_editions=rules.MOST_EDITIONS,
        today=datetime.now(UTC).date(),
        **await frame(request, caller, "requests"),
    )


def _published(shown: RequestShown | None) -> date | None:
    return law.day_of(shown.published_at) if shown and shown.published_at else None


@post("/staff/requests/new", status_code=200, request_max_body_size=LARGEST_BODY)
async def create(request: Request[Any, Any, Any]) -> Page:
    """Keeps it as a draft; `then` publishes it at once, or sends it for review where the post may not publish."""
    caller = signed_in(request)
    form = await forms.read(request)
    unit = _post(request, caller, form.value("post"))
    buyer = await buyers.one(unit, form.value("buyer"))
    if form.value("find") or form.value("more"):
        again = Form(form.language, None, form.typed)
        return await _form(request, caller, unit, buyer, again, find=bool(form.value("find")))
    await book.refresh()
    source = form.choice("source", tuple(_SOURCES)) or Source.ATTACHE
    content = asked_form.read(form, source=source)
    consent = on_behalf.consent_of(form, law.day_of(datetime.now(UTC)))
    uploads = await _uploads(request, form)
    if form.ok:
        try:
            await throttle.spend("inquiry", request, caller.person)
            saved = await on_behalf.create(
                caller, unit, buyer, content, consent, key=form.value("key") or None, uploads=uploads
            )
            return await _after(request, caller, saved.public_id, saved.version, form)
        except (Invalid, Conflict, TooMany) as error:
            asked_form.take(form, error)
    await _choose_again(request, form)
    return await _form(request, caller, unit, buyer, form)


async def _after(
    request: Request[Any, Any, Any],
    caller: Caller,
    public_id: str,
    version: int,
    form: Form,
    said: str = "request-saved",
) -> Page:
    """Where it goes on after it was stored: what `then` asks for is tried; what it lacks stands on its page."""
    here = f"/staff/requests/{public_id}"
    then = form.value("then")
    if then not in ("publish", "submit"):
        return back(request, here, said=said)
    seat = await access.handled(caller, public_id)
    try:
        if then == "publish":
            await service.publish(caller, seat, version)
            return back(request, here, said="request-published")
        await service.submit(caller, seat, version)
        return back(request, here, said="request-for-review")
    except (rules.Duplicates, Invalid, Forbidden, Conflict):
        # Stored it is; the page says what stands in the way and offers the next step.
        return back(request, here, said="request-kept", stopped=then)


@get("/staff/requests/{id:str}/edit")
async def edit(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The form of a request that staff may write; any other leads back to its page."""
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    stored = await queries.shown(seat.request)
    if not staff_queries.is_editable(stored.state, stored.source, bool(stored.gate)):
        return back(request, f"/staff/requests/{id}")
    values = asked_form.initial(stored, language_of(request)) | {"version": str(stored.version)}
    if stored.consent:
        values |= {
            "consent_who": stored.consent.who, "consent_when": stored.consent.when.isoformat(),
            "consent_how": stored.consent.how, "consent_note": stored.consent.note,
        }  # fmt: skip
    return await _form(request, caller, seat.membership, None, Form(language_of(request), values), stored)


@post("/staff/requests/{id:str}/edit", status_code=200, request_max_body_size=LARGEST_BODY)
async def save(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Keeps what was typed; a request on the board is announced anew when what it asks for changes."""
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    stored = await queries.shown(seat.request)
    if not staff_queries.is_editable(stored.state, stored.source, bool(stored.gate)):
        return back(request, f"/staff/requests/{id}")
    form = await forms.read(request)
    if form.value("find") or form.value("more"):
        again = Form(form.language, None, form.typed)
        return await _form(
            request, caller, seat.membership, None, again, stored, find=bool(form.value("find"))
        )
    await book.refresh()
    content = asked_form.read(form, source=stored.source, published=_published(stored))
    consent = (
        on_behalf.consent_of(form, law.day_of(datetime.now(UTC))) if on_behalf.is_on_behalf(stored) else None
    )
    version = form.whole("version", low=1, high=10**9, required=False)
    uploads = await _uploads(request, form)
    status, changes = 0, list[tuple[str, str, str]]()
    if form.ok:
        try:
            saved = await on_behalf.change(
                caller, seat, stored, content, consent, version, uploads=uploads,
                removed=form.several("removed", most=50),
            )  # fmt: skip
            said = "request-kept"
            if stored.state not in (*states.EDITABLE, "SUBMITTED"):
                said = "request-announced" if saved.edition > stored.edition else "request-corrected"
            return await _after(request, caller, id, saved.version, form, said)
        except Conflict as error:
            status = 409
            asked_form.take(form, error)
            stored = await queries.shown(seat.request)
            if version != stored.version:
                changes = wording.differences(stored, content, form.language)
        except (Invalid, TooMany) as error:
            asked_form.take(form, error)
    await _choose_again(request, form)
    return await _form(
        request, caller, seat.membership, None, form, stored, status=status, changes=changes
    )  # fmt: skip


async def _uploads(request: Request[Any, Any, Any], form: Form) -> list[Upload]:
    """The chosen files; what is wrong with them is noted in the form."""
    try:
        return await files.of_form(request)
    except Invalid as error:
        asked_form.take(form, error)
        return []


async def _choose_again(request: Request[Any, Any, Any], form: Form) -> None:
    """Says that files have to be chosen again, when there were some and the form was refused."""
    data = await form_data(request)
    if not form.error("files") and any(isinstance(value, UploadFile) for value in data.getall("files", [])):
        form.refuse("files", CHOOSE_AGAIN)


ROUTES: list[ControllerRouterHandler] = [new, create, new_buyer, save_buyer, invite, edit, save]
