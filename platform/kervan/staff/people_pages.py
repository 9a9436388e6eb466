"""The admin desk's people: found by name or address, looked at, locked out, let in, closed."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan import reasons
from kervan.accounts import proof
from kervan.accounts import queries as accounts
from kervan.accounts import service as account_service
from kervan.accounts.callers import Caller
from kervan.accounts.tables import PersonState
from kervan.errors import Conflict, Invalid
from kervan.organisations.roles import NAMES
from kervan.staff import audit, desk, people, rights
from kervan.staff.access import administrator
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.paging import refuse_too_deep
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25
STATES = tuple(state.value for state in PersonState)
_STATE_NAMES = {
    PersonState.PENDING_EMAIL: N_("E-mail not confirmed"),
    PersonState.ACTIVE: N_("Active"),
    PersonState.SUSPENDED: N_("Suspended"),
    PersonState.CLOSED: N_("Closed"),
}

_ACTIONS: dict[str, tuple[Callable[[Caller, str, str], Awaitable[None]], str]] = {
    "suspend": (people.suspend, "person-suspended"),
    "reinstate": (account_service.reinstate, "person-reinstated"),
    "close": (people.close, "person-closed"),
    "factor": (people.reset_factor, "factor-reset"),
}


@get("/staff/people")
async def everybody(request: Request[Any, Any, Any]) -> Page:
    """People by name, address, state and organisation."""
    caller = administrator(request)
    query = query_of(request)
    text, state, organisation = (query.get(name, [""])[-1][:200] for name in ("q", "state", "organisation"))
    state = state if state in STATES else ""
    number = whole_number(query, "page", 1, 1, 400)
    total, rows = await people.listed(text, state, organisation, number, PER_PAGE)
    last = max(1, -(-total // PER_PAGE))
    refuse_too_deep(number > last)
    return page(
        request,
        "staff/admin/people.html",
        **await desk.frame(request, caller, "people"),
        rows=rows,
        total=total,
        q=text,
        chosen=state,
        organisation=organisation,
        states=STATES,
        state_names=_STATE_NAMES,
        number=number,
        last=last,
        paged=partial(
            address, language_of(request), "/staff/people", q=text, state=state, organisation=organisation
        ),
    )


@get("/staff/people/{person:str}")
async def somebody(request: Request[Any, Any, Any], person: FromPath[str]) -> Page:
    """One person: where they belong, how they sign in, what happened."""
    return await _one(request, person, Form(language_of(request)))


async def _one(request: Request[Any, Any, Any], person: str, form: Form, status: int = 200) -> Page:
    caller = administrator(request)
    found = await people.detail(person)
    action = form.value("action")
    # Whoever sends none of them finds what was typed in the mildest box.
    mildest = {PersonState.SUSPENDED: "reinstate", PersonState.ACTIVE: "suspend"}.get(found["state"], "close")
    return page(
        request,
        "staff/admin/person.html",
        status_code=status,
        **await desk.frame(request, caller, "people"),
        found=found,
        places=await people.places(found["id"]),
        sessions=await accounts.sessions_of(found["id"]),
        entries=await audit.about("person", [found["id"]], f"user:{found['id']}"),
        is_admin=found["public_id"] in {admin.public_id for admin in await rights.admins()},
        is_me=found["id"] == caller.person,
        role_names=NAMES,
        form=form,
        open_action=action if action in _ACTIONS else mildest,
    )


@post("/staff/people/{person:str}/sessions", status_code=200)
async def end_sessions(request: Request[Any, Any, Any], person: FromPath[str]) -> Page:
    """Signs the person out everywhere."""
    caller = administrator(request)
    await people.end_sessions(caller, person)
    return back(request, f"/staff/people/{person}", said="person-signed-out")


@post("/staff/people/{person:str}", status_code=200)
async def act(request: Request[Any, Any, Any], person: FromPath[str]) -> Page:
    """Suspends, reinstates or closes the account, or takes the second factor away; always with a reason."""
    caller = administrator(request)
    form = await forms.read(request)
    action = form.choice("action", _ACTIONS)
    reason = form.lines("reason", longest=reasons.LONGEST)
    await proof.asked(request, caller, form)
    if form.ok:
        work, said = _ACTIONS[action]
        try:
            await work(caller, person, reason)
            return back(request, f"/staff/people/{person}", said=said)
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _one(request, person, form, 422)


ROUTES: list[ControllerRouterHandler] = [everybody, somebody, end_sessions, act]
