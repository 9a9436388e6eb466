"""The pages of the law: every row with its history, what is proposed, and the decision of a second administrator."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan import reasons
from kervan.accounts import proof
from kervan.accounts.callers import Caller
from kervan.errors import Conflict, Invalid, NotFound
from kervan.policies import book, queries, service
from kervan.policies.checks import TITLES
from kervan.policies.queries import Proposal
from kervan.policies.tables import Kind
from kervan.staff import desk, law_fields
from kervan.staff.access import administrator
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise NotFound() from None


@get("/staff/law")
async def law(request: Request[Any, Any, Any]) -> Page:
    """The rows of one kind, those that wait for a decision, and what was decided."""
    return await _list(request)


async def _list(
    request: Request[Any, Any, Any],
    status: int = 200,
    about: str = "",
    did: str = "",
    refusal: Form | None = None,
) -> Page:
    """`refusal` is the form that was to decide (`did`) about the proposal `about`, and was refused itself."""
    caller = administrator(request)
    query = query_of(request)
    kind = _kind(query.get("kind", [Kind.REGIME_LIMIT])[-1])
    number = whole_number(query, "page", 1, 1, 400)
    language, today = language_of(request), service.today()
    await book.refresh()
    entries = await queries.entries(kind, today)
    # Of holidays the coming ones are wanted, soonest first; the history is behind a link.
    shown = entries
    if kind is Kind.PUBLIC_HOLIDAY and "past" not in query:
        shown = [entry for entry in reversed(entries) if entry.state != "PAST"]
    decided = await queries.proposals(decided=True, page=number, size=PER_PAGE + 1)
    return page(
        request,
        "staff/admin/law.html",
        status_code=status,
        **await desk.frame(request, caller, "law"),
        kind=kind,
        kinds=[(one, gettext(language, title)) for one, title in TITLES.items()],
        lead=law_fields.LEADS[kind],
        entries=[(entry, law_fields.cells(kind, entry.row, language)) for entry in shown],
        hidden=len(entries) - len(shown),
        certain=law_fields.CERTAINTIES,
        open_proposals=[
            (one, one.may_decide(caller), _told(one, language))
            for one in await queries.proposals(decided=False)
        ],
        decided=[(one, _told(one, language)) for one in decided[:PER_PAGE]],
        titles=TITLES,
        number=number,
        last=number + (len(decided) > PER_PAGE),
        paged=partial(address, language, "/staff/law", kind=str(kind)),
        me=caller.person,
        about=about,
        did=did,
        refusal=refusal,
    )


def _told(one: Proposal, language: str) -> dict[str, Any]:
    """A proposal in words: what it is about, and what changes."""
    row = one.row or one.before
    fixed = [field for field in law_fields.FIELDS[one.kind] if field.fixed][:1]
    name = law_fields.shown(fixed[0], getattr(row, fixed[0].name), language) if row and fixed else ""
    changes: Sequence[tuple[str, str, str]] = ()
    if one.row is not None:
        changes = law_fields.changes(one.kind, one.before, one.row, language)
    return {"name": name, "changes": changes, "ends_on": one.change.get("valid_to") if one.ends else None}


@get("/staff/law/{kind:str}/new")
async def new_row(request: Request[Any, Any, Any], kind: FromPath[str]) -> Page:
    """The form of a new row; with `of` filled like the row that it would follow."""
    found = _kind(kind)
    administrator(request)
    entry = await _followed(request, found)
    language = language_of(request)
    form = Form(language, law_fields.initial(entry.row if entry else None, found, language))
    return await _form(request, found, entry, form)


async def _followed(request: Request[Any, Any, Any], kind: Kind) -> queries.Entry | None:
    public_id = query_of(request).get("of", [""])[-1]
    return await queries.entry(kind, public_id, service.today()) if public_id else None


async def _form(
    request: Request[Any, Any, Any],
    kind: Kind,
    entry: queries.Entry | None,
    form: Form,
    status: int = 200,
    ending: Form | None = None,
) -> Page:
    """`entry` is the row that a new one would follow; `ending` the form that was to end it, and was refused."""
    caller = administrator(request)
    language = language_of(request)
    return page(
        request,
        "staff/admin/law_row.html",
        status_code=status,
        **await desk.frame(request, caller, "law"),
        kind=kind,
        title=TITLES[kind],
        fields=law_fields.FIELDS[kind],
        common=law_fields.COMMON,
        entry=entry,
        facts=[
            (
                gettext(language, field.label),
                law_fields.shown(field, getattr(entry.row, field.name), language),
            )
            for field in law_fields.fields_of(kind)
            if getattr(entry.row, field.name) not in (None, "")
        ]
        if entry
        else [],
        certain=law_fields.CERTAINTIES,
        form=form,
        ending=ending or Form(language),
        today=service.today(),
        can_end=entry is not None and kind != Kind.PUBLIC_HOLIDAY and entry.row.valid_to is None,
    )


@post("/staff/law/{kind:str}/new", status_code=200)
async def propose(request: Request[Any, Any, Any], kind: FromPath[str]) -> Page:
    """Notes a new row as a proposal."""
    found, caller = _kind(kind), administrator(request)
    form = await forms.read(request)
    change = law_fields.read(form, found)
    reason = form.lines("reason", longest=reasons.LONGEST)
    await proof.asked(request, caller, form)
    if form.ok:
        try:
            await service.propose(caller, found, change, reason)
            return back(request, "/staff/law", kind=str(found), said="proposed")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _form(request, found, await _followed(request, found), form, 422)


@post("/staff/law/{kind:str}/{row:str}/end", status_code=200)
async def end(request: Request[Any, Any, Any], kind: FromPath[str], row: FromPath[str]) -> Page:
    """Notes as a proposal that a row shall end."""
    found, caller = _kind(kind), administrator(request)
    form = await forms.read(request)
    last_day = form.day("ends_on")
    legal_ref = form.text("ends_by", longest=300)
    reason = form.lines("ends_why", longest=reasons.LONGEST)
    await proof.asked(request, caller, form)
    if form.ok and last_day is not None:
        try:
            await service.propose_end(caller, found, row, last_day, reason, legal_ref)
            return back(request, "/staff/law", kind=str(found), said="proposed")
        except Invalid as error:
            for name, why in error.fields.items():
                form.refuse({"valid_to": "ends_on", "legal_ref": "ends_by"}.get(name, "ends_why"), why)
        except Conflict as error:
            form.take(error)
    language = language_of(request)
    entry = await queries.entry(found, row, service.today())
    shown = Form(language, law_fields.initial(entry.row if entry else None, found, language))
    return await _form(request, found, entry, shown, 422, form)


@post("/staff/law/proposals/{proposal:str}/{decision:str}", status_code=200)
async def decide(request: Request[Any, Any, Any], proposal: FromPath[str], decision: FromPath[str]) -> Page:
    """Approves or refuses a colleague's proposal, or withdraws one's own."""
    caller = administrator(request)
    form = await forms.read(request)
    work = _work(caller, proposal, decision, form)
    if decision == "approve":
        await proof.asked(request, caller, form)
    status = 422
    if form.ok:
        try:
            await work()
            return back(
                request,
                "/staff/law",
                kind=query_of(request).get("kind", [Kind.REGIME_LIMIT])[-1],
                said=f"law-{decision}",
            )
        except (Conflict, Invalid) as error:
            form.take(error)
            status = error.status_code
    return await _list(request, status, proposal, decision, form)


def _work(caller: Caller, proposal: str, decision: str, form: Form) -> Callable[[], Awaitable[None]]:
    reason = form.lines("reason", required=decision == "refuse", longest=reasons.LONGEST)
    work: dict[str, Callable[[], Awaitable[None]]] = {
        "approve": lambda: service.approve(caller, proposal),
        "refuse": lambda: service.refuse(caller, proposal, reason),
        "withdraw": lambda: service.withdraw(caller, proposal),
    }
    if decision not in work:
        raise NotFound()
    return work[decision]


ROUTES: list[ControllerRouterHandler] = [law, new_row, propose, end, decide]
