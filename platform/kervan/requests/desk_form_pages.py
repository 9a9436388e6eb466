"""Writing a request at the buyer's desk: begun, changed, sent for review; nothing that was typed is lost."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Membership, signed_in
from kervan.conversations import files
from kervan.conversations.compose import CHOOSE_AGAIN
from kervan.conversations.files import LARGEST_BODY
from kervan.errors import Conflict, Invalid, NotFound, TooMany
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.importers.queries import reviewing_post
from kervan.inquiries import access as buying
from kervan.organisations.desk import frame
from kervan.policies import book
from kervan.requests import access, masking, queries, rules, service, states, wording
from kervan.requests import form as asked_form
from kervan.requests.access import Seat
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.requests.structs import Content, RequestShown
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import form_data
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_TEMPLATE = "requests/desk/form.html"
_SENT = N_("You have sent this form already, as request {number}. Take it back there to change it.")
_KEPT = N_("Saved as a draft. What is marked below is still missing before it can be sent.")


def _importer(membership: Membership) -> int:
    if membership.importer is None:
        raise NotFound()
    return membership.importer


def _published(shown: RequestShown | None) -> date | None:
    return law.day_of(shown.published_at) if shown and shown.published_at else None


async def _page(
    request: Request[Any, Any, Any],
    membership: Membership,
    form: Form,
    stored: RequestShown | None = None,
    *,
    status: int = 0,
    find: bool = False,
    changes: Sequence[tuple[str, str, str]] = (),
    masked: Sequence[str] = (),
) -> Page:
    """The form, empty or refused; `stored` is the request that it changes.

    Its version is the one that was seen, except beside `changes`: those are shown, and the next try replaces them.
    """
    await book.refresh()
    shown = await asked_form.asking(
        request,
        form,
        published=_published(stored),
        post=await reviewing_post(membership.country) is not None,
        kept=stored.files if stored else (),
        find=find,
    )
    return page(
        request,
        _TEMPLATE,
        status_code=status or (200 if form.ok else 422),
        form=form,
        asking=shown,
        stored=stored,
        version=(stored.version if changes else form.value("version") or stored.version) if stored else "",
        changes=changes,
        masked=[gettext(form.language, wording.MASKED[kind]) for kind in masked],
        most_editions=rules.MOST_EDITIONS,
        review_days=law.current().figure("REVIEW_DAYS", law.day_of(datetime.now(UTC))),
        on_board=stored is not None and stored.state not in states.EDITABLE,
        names=states.NAMES,
        tones=states.TONES,
        **await frame(request, membership, "requests"),
    )


@get("/desk/{org:str}/requests/new")
async def new(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """An empty form."""
    membership = buying.buyer(signed_in(request), org)
    values = asked_form.fresh(language_of(request), membership.country, key=new_public_id() + new_public_id())
    return await _page(request, membership, Form(language_of(request), values))


@post("/desk/{org:str}/requests/new", status_code=200, request_max_body_size=LARGEST_BODY)
async def create(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Keeps it as a draft; `then=submit` also sends it. Asking for codes or rows brings the form back as it is."""
    caller = signed_in(request)
    membership = buying.buyer(caller, org)
    form = await forms.read(request)
    if form.value("find") or form.value("more"):
        return await _page(
            request, membership, Form(form.language, None, form.typed), find=bool(form.value("find"))
        )
    await book.refresh()
    content = asked_form.read(form)
    uploads = await _uploads(request, form)
    status = 0
    if form.ok:
        try:
            await throttle.spend("inquiry", request, caller.person)
            maker = Maker(side=Side.IMPORTER, importer=_importer(membership))
            saved = await service.create(
                caller, maker, content, key=form.value("key") or None, uploads=uploads
            )
            seat = await access.own(caller, org, saved.public_id, act=True)
            saved = await _as_typed(request, seat, saved, content, uploads)
            return await _after(request, seat, saved, form)
        except Conflict as error:
            status = 409
            asked_form.take(form, error)
        except (Invalid, TooMany) as error:
            asked_form.take(form, error)
    await _choose_again(request, form)
    return await _page(request, membership, form, status=status)


async def _as_typed(
    request: Request[Any, Any, Any], seat: Seat, saved: Saved, content: Content, uploads: Sequence[Upload]
) -> Saved:
    """The draft with what was typed now: who went back in the browser and changed the form sends the same key.

    Raises Conflict when that one is no draft any more.
    """
    shown = await queries.shown(seat.request)
    wanted, _ = masking.mask_content(content)
    if shown.content == wanted:
        return saved
    if shown.state not in states.EDITABLE:
        raise Conflict(_SENT, number=saved.number)
    return await service.change(signed_in(request), seat, content, uploads=uploads)


@get("/desk/{org:str}/requests/{public_id:str}/edit")
async def edit(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """The form of a request that is there; one that cannot be changed now leads back to its page."""
    seat = await access.own(signed_in(request), org, public_id, act=True)
    stored = await queries.shown(seat.request)
    if not _changes(stored):
        return back(request, f"/desk/{org}/requests/{public_id}")
    return await _page(request, seat.membership, _filled(stored, language_of(request)), stored)


def _changes(stored: RequestShown) -> bool:
    return stored.state in states.EDITABLE or states.may("edit", stored.state, Side.IMPORTER)


def _filled(stored: RequestShown, language: str) -> Form:
    return Form(language, {**asked_form.initial(stored, language), "version": str(stored.version)})


@post("/desk/{org:str}/requests/{public_id:str}/edit", status_code=200, request_max_body_size=LARGEST_BODY)
async def save(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """Keeps what was typed; a request on the board is announced anew when what it asks for changes."""
    caller = signed_in(request)
    seat = await access.own(caller, org, public_id, act=True)
    stored = await queries.shown(seat.request)
    form = await forms.read(request)
    if form.value("find") or form.value("more"):
        again = Form(form.language, None, form.typed)
        return await _page(request, seat.membership, again, stored, find=bool(form.value("find")))
    await book.refresh()
    content = asked_form.read(form, published=_published(stored))
    version = form.whole("version", low=1, high=10**9, required=False)
    uploads = await _uploads(request, form)
    status, changes = 0, list[tuple[str, str, str]]()
    if form.ok:
        try:
            saved = await service.change(
                caller, seat, content, version, uploads=uploads, removed=form.several("removed", most=50)
            )
            return await _after(request, seat, saved, form, stored)
        except Conflict as error:
            status = 409
            asked_form.take(form, error)
            stored = await queries.shown(seat.request)
            if version != stored.version:
                changes = wording.differences(stored, content, form.language)
        except (Invalid, TooMany) as error:
            asked_form.take(form, error)
    await _choose_again(request, form)
    return await _page(request, seat.membership, form, stored, status=status, changes=changes)


async def _after(
    request: Request[Any, Any, Any], seat: Seat, saved: Saved, form: Form, before: RequestShown | None = None
) -> Page:
    """Where it goes on after it was stored."""
    masked = wording.kinds(saved.masked)
    if form.value("then") == "submit" and saved.state in states.EDITABLE:
        return await send(request, seat, saved.version, masked=masked)
    said = "request-saved" if saved.state in states.EDITABLE else None
    if before is not None and before.state not in states.EDITABLE:
        said = "request-announced" if saved.edition > before.edition else "request-corrected"
        if saved.state != before.state:
            said = "request-again"
    path = f"/desk/{seat.membership.public_id}/requests/{saved.public_id}"
    return back(request, path, said=said, masked=masked)


async def send(
    request: Request[Any, Any, Any],
    seat: Seat,
    version: int | None,
    *,
    seen: bool = False,
    masked: Sequence[str] = (),
) -> Page:
    """Sends a draft for review. What it lacks stands in its form, similar open requests are shown first.

    Raises Conflict for a request in another state, or changed since `version`.
    """
    org = seat.membership.public_id
    try:
        saved = await service.submit(signed_in(request), seat, version, seen=seen)
        return back(
            request, f"/desk/{org}/requests/{saved.public_id}", said="request-sent", masked=list(masked)
        )
    except rules.Duplicates as error:
        return await _similar(request, seat, error)
    except Invalid as error:
        stored = await queries.shown(seat.request)
        form = _filled(stored, language_of(request))
        asked_form.take(form, error)
        form.message = gettext(form.language, _KEPT)
        return await _page(request, seat.membership, form, stored, masked=masked)


async def _similar(request: Request[Any, Any, Any], seat: Seat, error: rules.Duplicates) -> Page:
    return page(
        request,
        "requests/desk/similar.html",
        status_code=409,
        shown=await queries.shown(seat.request),
        similar=error.similar,
        **await frame(request, seat.membership, "requests"),
    )


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


ROUTES: list[ControllerRouterHandler] = [new, create, edit, save]
