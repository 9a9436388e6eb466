"""Writing an event at the organisers' desk: its kind first, then all that it says; nothing that was typed is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, Membership, holder, is_staff, signed_in
from kervan.conversations.compose import CHOOSE_AGAIN
from kervan.errors import Conflict, Invalid, TooMany
from kervan.events import access, fields, files, queries, rules, service, states
from kervan.events import form as written
from kervan.events.access import Seat
from kervan.events.files import LARGEST_BODY, Chosen
from kervan.events.structs import Content, EventShown
from kervan.events.tables import EventKind, EventState
from kervan.ids import new_public_id
from kervan.organisations.roles import EVENTS
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_TEMPLATE = "events/staff_form.html"
_SENT = N_("You have sent this form already, and the event has moved on. Change it on its own page.")
_HELP = ("find", "more_text", "show_kind")
"""Buttons that bring the form back as it is, with more in it."""


def _organisers(caller: Caller) -> list[Membership]:
    """Whose events the caller may make. Raises NotFound for everybody who may make none."""
    return [membership for membership in holder(caller, EVENTS) if is_staff(membership)]


def _organiser(caller: Caller, public_id: str) -> Membership:
    mine = _organisers(caller)
    return access.organiser(caller, public_id) if public_id or not mine else mine[0]


@get("/staff/events/new")
async def new(request: Request[Any, Any, Any]) -> Page:
    """The kinds to choose from; with `kind` the empty form of that kind."""
    caller = signed_in(request)
    query = {name: values[-1] for name, values in query_of(request).items() if values}
    mine = _organisers(caller)
    kind = query.get("kind", "")
    if kind not in tuple(EventKind):
        return page(
            request,
            "events/staff_kind.html",
            kinds=written.kinds(language_of(request)),
            organisers=[(one.public_id, one.name) for one in mine],
            **await frame(request, caller, "events"),
        )
    membership = _organiser(caller, query.get("org", ""))
    values = written.fresh(kind, membership.name, caller.email, caller.name)
    values |= {"key": new_public_id() + new_public_id(), "org": membership.public_id, "kind": kind}
    return await _page(request, caller, Form(language_of(request), values), kind)


async def _page(
    request: Request[Any, Any, Any],
    caller: Caller,
    form: Form,
    kind: str,
    stored: EventShown | None = None,
    *,
    status: int = 0,
    changes: Sequence[tuple[str, str, str]] = (),
) -> Page:
    """The form, empty or refused; `stored` is the event that it changes.

    Its version is the one that was seen, except beside `changes`: those are shown, and the next try replaces them.
    """
    return page(
        request,
        _TEMPLATE,
        status_code=status or (200 if form.ok else 422),
        form=form,
        writing=await written.writing(request, form, kind, files=stored.files if stored else ()),
        stored=stored,
        title=stored.text(form.language).title if stored else "",
        version=(stored.version if changes else form.value("version") or stored.version) if stored else "",
        changes=changes,
        kinds=[(value, name) for value, name, _ in written.kinds(form.language)],
        kind_name=states.KIND_NAMES[kind],
        may_change_kind=stored is not None and stored.state in (EventState.DRAFT, EventState.RETURNED),
        own_kind=_own_kind(caller, stored, form),
        needs_approval=states.needs_approval(kind, _own_kind(caller, stored, form)),
        most_files=files.MOST_DOCUMENTS,
        rules=rules,
        **await frame(request, caller, "events"),
    )


def _own_kind(caller: Caller, stored: EventShown | None, form: Form) -> str:
    """What the organiser's desk organises as (OrganiserKind)."""
    wanted = stored.organiser_id if stored else form.value("org")
    found = next((one for one in _organisers(caller) if one.public_id == wanted), None)
    return access.organises_as(found) if found else (stored.content.organiser_kind if stored else "")


@post("/staff/events/new", status_code=200, request_max_body_size=LARGEST_BODY)
async def create(request: Request[Any, Any, Any]) -> Page:
    """Keeps a draft. Asking for headings or for another language brings the form back as it is."""
    caller = signed_in(request)
    _organisers(caller)
    form = await forms.read(request)
    membership = _organiser(caller, form.value("org"))
    kind = form.value("kind") if form.value("kind") in tuple(EventKind) else ""
    if not kind:
        return back(request, "/staff/events/new")
    if any(form.value(name) for name in _HELP):
        return await _page(request, caller, Form(form.language, None, form.typed), kind)
    content = fields.read(form, kind, organises_as=access.organises_as(membership), own_name=membership.name)
    chosen = await _chosen(request, form)
    status = 0
    if form.ok:
        try:
            if chosen.picture or chosen.documents:
                await throttle.spend("upload", request, caller.person)
            async with files.stored(chosen) as kept:
                saved = await service.create(
                    caller, membership.public_id, content, key=form.value("key") or None
                )
                saved = await _as_typed(caller, saved, content)
                await files.add(caller, saved.id, kept)
            return back(request, f"/staff/events/{saved.public_id}", said="event-saved")
        except Conflict as error:
            status = 409
            form.take(error)
        except (Invalid, TooMany) as error:
            fields.take(form, error, content)
    await _choose_again(request, form)
    return await _page(request, caller, form, kind, status=status)


async def _as_typed(caller: Caller, saved: service.Saved, content: Content) -> service.Saved:
    """The draft with what was typed now: who went back in the browser and changed the form sends the same key.

    Raises Conflict when that one is no draft any more.
    """
    if (await queries.shown(saved.id)).content == content:
        return saved
    if saved.state != EventState.DRAFT:
        raise Conflict(_SENT)
    return await service.change(caller, saved.public_id, content)


async def _own(request: Request[Any, Any, Any], public_id: str) -> tuple[Caller, Seat, EventShown]:
    caller = signed_in(request)
    seat = await access.organised(caller, public_id)
    return caller, seat, await queries.shown(seat.id)


def may_edit(seat: Seat, shown: EventShown) -> bool:
    """Whether the caller may write the event now: its own staff, and the Ministry what is announced."""
    own = seat.membership.organisation == seat.organiser
    return shown.state in states.EDITABLE and (own or seat.ministry)


@get("/staff/events/{id:str}/edit")
async def edit(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The form of an event that is there; one that cannot be changed now leads back to its page."""
    caller, seat, stored = await _own(request, id)
    if not may_edit(seat, stored):
        return back(request, f"/staff/events/{id}")
    language = language_of(request)
    wanted = query_of(request).get("missing", [""])[-1]
    values = {
        **written.initial(stored.content, language),
        "version": str(stored.version),
        "kind": stored.content.kind,
    }
    form = Form(language, values)
    if wanted:
        _note_missing(form, stored)
    return await _page(request, caller, form, stored.content.kind, stored, status=200)


def _note_missing(form: Form, stored: EventShown) -> None:
    """What keeps the event from being announced, each beside its field."""
    fields.note(form, rules.check_complete(stored.content, datetime.now(UTC)), stored.content)


@post("/staff/events/{id:str}/edit", status_code=200, request_max_body_size=LARGEST_BODY)
async def save(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Keeps what was typed; one that is announced must stay complete, and who registered hears of a move."""
    caller, seat, stored = await _own(request, id)
    form = await forms.read(request)
    kind = _kind(form, stored)
    if any(form.value(name) for name in _HELP):
        return await _page(request, caller, Form(form.language, None, form.typed), kind, stored)
    before = fields.with_kind(stored.content, kind)
    own = next((one for one in _organisers(caller) if one.public_id == stored.organiser_id), None)
    content = fields.read(
        form,
        kind,
        organises_as=access.organises_as(own) if own else stored.content.organiser_kind,
        own_name=own.name if own else stored.content.organiser_name,
        before=before,
    )
    version = form.whole("version", low=1, high=10**9, required=False)
    chosen = await _chosen(request, form)
    status, changes = 0, list[tuple[str, str, str]]()
    if form.ok:
        try:
            if chosen.picture or chosen.documents:
                await throttle.spend("upload", request, caller.person)
            async with files.stored(chosen) as kept:
                await service.change(caller, id, content, version)
                await files.add(caller, seat.id, kept)
            return back(request, f"/staff/events/{id}", said="event-saved")
        except Conflict as error:
            status = 409
            form.take(error)
            stored = await queries.shown(seat.id)
            if version != stored.version:
                changes = written.differences(stored.content, content, form.language)
        except (Invalid, TooMany) as error:
            fields.take(form, error, content)
    await _choose_again(request, form)
    return await _page(request, caller, form, kind, stored, status=status, changes=changes)


def _kind(form: Form, stored: EventShown) -> str:
    """The kind that was chosen, as long as nobody has seen the event; else the one that it has."""
    if stored.state in (EventState.DRAFT, EventState.RETURNED) and form.value("kind") in tuple(EventKind):
        return form.value("kind")
    return stored.content.kind


async def _chosen(request: Request[Any, Any, Any], form: Form) -> Chosen:
    """The chosen files; what is wrong with them is noted in the form."""
    try:
        return await files.of_form(request)
    except Invalid as error:
        form.take(error)
        return Chosen()


async def _choose_again(request: Request[Any, Any, Any], form: Form) -> None:
    """Says that files have to be chosen again, when there were some and the form was refused."""
    for field in await files.lost(request):
        if not form.error(field):
            form.refuse(field, CHOOSE_AGAIN)


ROUTES: list[ControllerRouterHandler] = [new, create, edit, save]
