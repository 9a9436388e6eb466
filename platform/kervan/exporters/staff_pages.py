"""The reviewers' desk: the queue of exporters, one exporter, and what can be decided about it."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import proof
from kervan.accounts.callers import Caller, holder, signed_in
from kervan.errors import Conflict, Invalid, NotFound
from kervan.exporters import desk_queries, documents, registration, review, rules
from kervan.exporters import registration_forms as typed
from kervan.exporters.access import Seen, for_review, scope
from kervan.exporters.events import DOCUMENT_NAMES, told
from kervan.organisations import roles
from kervan.staff import desk
from kervan.trade import identifiers
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page
from kervan_search.text import fold

PER_PAGE = 25
_STATES = ("waiting", *desk_queries.STATES, "all")
_EVENTS = 60


@get("/staff")
async def staff(request: Request[Any, Any, Any]) -> Page:
    """To the first desk that the caller may open."""
    path = desk.first_desk(signed_in(request))
    if path is None:
        raise NotFound()
    return back(request, path)


@get("/staff/exporters")
async def queue(request: Request[Any, Any, Any]) -> Page:
    """Exporters in the caller's scope: open work by its due date, or those of one state."""
    caller = signed_in(request)
    everything, associations = scope(holder(caller, roles.REVIEW_EXPORTERS))
    ask = _asked(request)
    rows, total = await desk_queries.queue(caller, everything, associations, ask, PER_PAGE)
    language = language_of(request)
    kept = {
        "state": ask.state if ask.state != "waiting" else None,
        "whose": ask.whose if ask.whose != "any" else None,
        "association": ask.association,
        "q": query_of(request).get("q", [""])[-1],
    }
    now = datetime.now(UTC)
    return page(
        request,
        "staff/exporters/queue.html",
        rows=[
            dict(row) | {"waited": rules.working_days(row["opened_at"], now) if row["opened_at"] else None}
            for row in rows
        ],
        total=total,
        ask=ask,
        q=kept["q"],
        states=_STATES,
        counts=await desk_queries.counts(everything, associations),
        associations=await desk_queries.associations() if everything else [],
        me=caller.person,
        limit=rules.REVIEW_WORKING_DAYS,
        sorted_by=lambda sort: address(
            language, "/staff/exporters", **kept, sort=sort if sort != "age" else None
        ),
        paged=lambda page: address(
            language, "/staff/exporters", **kept, sort=ask.sort if ask.sort != "age" else None, page=page
        ),
        number=ask.page,
        last=max(1, -(-total // PER_PAGE)),
        **await desk.frame(request, caller, "queue"),
    )


def _asked(request: Request[Any, Any, Any]) -> desk_queries.Ask:
    query = query_of(request)

    def one(name: str, allowed: tuple[str, ...]) -> str:
        value = query.get(name, [allowed[0]])[-1]
        return value if value in allowed else allowed[0]

    return desk_queries.Ask(
        state=one("state", _STATES),
        whose=one("whose", ("any", "mine", "nobody")),
        association=query.get("association", [""])[-1][:40],
        words=" ".join(fold(query.get("q", [""])[-1][:100]).split()),
        sort=one("sort", ("age", "newest", "name")),
        page=whole_number(query, "page", 1, 1, 10_000),
    )


@get("/staff/exporters/{org:str}")
async def one(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """All that a firm handed in, the checklist, its history, and what can be done now."""
    caller = signed_in(request)
    return await _one(request, caller, await for_review(caller, org), Form(language_of(request)))


async def _one(
    request: Request[Any, Any, Any],
    caller: Caller,
    seen: Seen,
    form: Form,
    status_code: int = 200,
    did: str = "",
) -> Page:
    """`did` is the action whose form was refused."""
    firm, language = seen.firm, language_of(request)
    about, capacity = await registration.texts_of(firm["id"])
    found = await review.open_review(firm["id"])
    ticked = found["ticked"] if found else {}
    handed_in = firm["verification"] != "DRAFT"
    return page(
        request,
        "staff/exporters/exporter.html",
        status_code=status_code,
        firm=firm,
        review=found,
        mine=bool(found and found["assigned_to"] == caller.person),
        proposed_by_me=bool(found and found["rejection_by"] == caller.person),
        checks=[(check, bool(ticked.get(check.key))) for check in review.checks_for(firm)],
        open_points=len(review.unticked(firm, ticked)),
        papers=await documents.of(firm["id"]) if handed_in else [],
        names=DOCUMENT_NAMES,
        needed=rules.documents_needed(firm["kind"]),
        about=about,
        capacity=capacity,
        kind_names=typed.KIND_NAMES,
        model_names=typed.MODEL_NAMES,
        export_names=typed.EXPORT_NAMES,
        masked=identifiers.mask_tckn("") if firm["has_tckn"] else None,
        warning=identifiers.mersis(firm["mersis"], firm["vkn"])[1] if firm["mersis"] else None,
        last=await desk_queries.last_review(firm["id"]),
        events=told(
            language, await desk_queries.events(firm["id"], firm["organisation"], _EVENTS, for_staff=True)
        ),
        today=datetime.now(UTC).date(),
        form=form,
        did=did,
        **await desk.frame(request, caller, "queue"),
    )


_REASONED = {
    "ask": (review.ask_more, "decided"),
    "reject": (review.propose_rejection, "proposed"),
    "return": (review.return_rejection, "saved"),
    "suspend": (review.suspend, "decided"),
    "reinstate": (review.reinstate, "decided"),
}
_PLAIN = {
    "take": (review.take, "assigned"),
    "give-back": (review.give_back, "saved"),
    "verify": (review.verify, "decided"),
    "confirm": (review.confirm_rejection, "decided"),
}


@post("/staff/exporters/{org:str}/{action:str}", status_code=200)
async def act(request: Request[Any, Any, Any], org: FromPath[str], action: FromPath[str]) -> Page:
    """One action of a reviewer; what is refused is said on the same page."""
    caller = signed_in(request)
    seen = await for_review(caller, org)
    form = await forms.read(request)
    said = "saved"
    try:
        if action == "check":
            ticked = {key: True for key in form.several("check")}
            note = form.lines("note", required=False, longest=4000)
            if form.ok:
                await review.tick(caller, seen, ticked, note)
        elif action in _PLAIN:
            deed, said = _PLAIN[action]
            await deed(caller, seen)
        elif action in _REASONED:
            reasoned, said = _REASONED[action]
            reason = form.lines("reason", longest=1000)
            if action == "suspend":
                await proof.asked(request, caller, form)
            if form.ok:
                await reasoned(caller, seen, reason)
        else:
            raise NotFound()
    except (Invalid, Conflict) as error:
        form.take(error)
        status = error.status_code
    else:
        status = 422
    if form.ok:
        return back(request, f"/staff/exporters/{org}", said=said)
    return await _one(request, caller, await for_review(caller, org), form, status, action)


ROUTES: list[ControllerRouterHandler] = [staff, queue, one, act]
