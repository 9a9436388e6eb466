"""The page of admin rights: who has them, what is proposed, and the decision of a second administrator."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan import reasons
from kervan.accounts import proof
from kervan.accounts import queries as accounts
from kervan.errors import Conflict, Invalid, NotFound
from kervan.staff import desk, rights
from kervan.staff.access import administrator
from kervan.trade import emails
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25


@get("/staff/rights")
async def all_rights(request: Request[Any, Any, Any]) -> Page:
    """Administrators, open proposals and decided ones."""
    query = query_of(request)
    email, change = query.get("email", [""])[-1][:320], query.get("change", [""])[-1]
    initial = {"email": email, "change": change if change in rights.RIGHT else rights.GIVE}
    return await _all(request, Form(language_of(request), initial))


async def _all(
    request: Request[Any, Any, Any],
    form: Form,
    status: int = 200,
    about: str = "",
    did: str = "",
    refusal: Form | None = None,
) -> Page:
    """`refusal` is the form that was to decide (`did`) about the proposal `about`, and was refused itself."""
    caller = administrator(request)
    number = whole_number(query_of(request), "page", 1, 1, 400)
    decided = await rights.proposals(decided=True, page=number, size=PER_PAGE + 1)
    return page(
        request,
        "staff/admin/rights.html",
        status_code=status,
        **await desk.frame(request, caller, "rights"),
        admins=await rights.admins(),
        open_proposals=[
            (one, one.may_decide(caller)) for one in await rights.proposals(decided=False, size=100)
        ],
        decided=decided[:PER_PAGE],
        number=number,
        last=number + (len(decided) > PER_PAGE),
        paged=partial(address, language_of(request), "/staff/rights"),
        changes=list(rights.RIGHT.items()),
        change_names=rights.RIGHT,
        fewest=rights.FEWEST,
        me=caller.person,
        form=form,
        about=about,
        did=did,
        refusal=refusal,
    )


@post("/staff/rights", status_code=200)
async def propose(request: Request[Any, Any, Any]) -> Page:
    """Notes a proposal about the person of an address."""
    caller = administrator(request)
    form = await forms.read(request)
    email = form.parsed("email", emails.address)
    change = form.choice("change", rights.RIGHT)
    reason = form.lines("reason", longest=reasons.LONGEST)
    await proof.asked(request, caller, form)
    if form.ok and email is not None:
        person = await accounts.person_by_key(email.key)
        if person is None:
            form.refuse("email", N_("Nobody has this address. Only somebody with an account can get rights."))
            return await _all(request, form, 422)
        try:
            await rights.propose(caller, person.public_id, change, reason)
            return back(request, "/staff/rights", said="proposed")
        except (Conflict, Invalid, NotFound) as error:
            form.take(error)
    return await _all(request, form, 422)


@post("/staff/rights/{proposal:str}/{decision:str}", status_code=200)
async def decide(request: Request[Any, Any, Any], proposal: FromPath[str], decision: FromPath[str]) -> Page:
    """Approves or refuses a colleague's proposal, or withdraws one's own."""
    caller = administrator(request)
    form = await forms.read(request)
    reason = form.lines("reason", required=decision == "refuse", longest=reasons.LONGEST)
    work: dict[str, Callable[[], Awaitable[None]]] = {
        "approve": lambda: rights.approve(caller, proposal),
        "refuse": lambda: rights.refuse(caller, proposal, reason),
        "withdraw": lambda: rights.withdraw(caller, proposal),
    }
    if decision not in work:
        raise NotFound()
    if decision == "approve":
        await proof.asked(request, caller, form)
    status = 422
    if form.ok:
        try:
            await work[decision]()
            return back(request, "/staff/rights", said=f"rights-{decision}")
        except (Conflict, Invalid) as error:
            form.take(error)
            status = error.status_code
    # The page's own form is the one that proposes: nothing of this one belongs into it.
    own = Form(language_of(request), {"change": rights.GIVE})
    return await _all(request, own, status, proposal, decision, form)


ROUTES: list[ControllerRouterHandler] = [all_rights, propose, decide]
