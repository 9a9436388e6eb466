"""Staff's watch over orders: what looks split, complaints, suspended firms, and any order by its number."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller
from kervan.conversations import queries as talks
from kervan.conversations.parties import ORDER
from kervan.declarations import queries as shipments
from kervan.documents import shelf
from kervan.documents.desk import seen_version
from kervan.documents.labels import TITLES
from kervan.errors import Conflict, Invalid
from kervan.orders import now, order_look, queries, rules, states, steps, watching
from kervan.orders.access import watched
from kervan.orders.tables import Side
from kervan.staff import desk
from kervan.staff.access import administrator
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


@get("/staff/orders")
async def watch(request: Request[Any, Any, Any]) -> Page:
    """What staff have to look at, and an order by its number."""
    return await _watch(request, administrator(request), Form(language_of(request)))


async def _watch(
    request: Request[Any, Any, Any], caller: Caller, form: Form, flag: str = "", status_code: int = 200
) -> Page:
    query = query_of(request)
    seen = query.get("flags", [""])[-1] == "seen"
    q = query.get("q", [""])[-1][:60].replace("\0", "").strip()
    waiting, looked_at = await watching.flag_counts()
    return page(
        request,
        "staff/orders.html",
        status_code=status_code,
        q=q,
        found=await watching.by_number(q) if q else (),
        seen=seen,
        flags=await watching.flags(seen=seen),
        waiting=waiting,
        looked_at=looked_at,
        disputes=await watching.disputes(),
        suspended=await watching.of_suspended(),
        form=form,
        refused=flag,
        names=states.NAMES,
        tones=now.TONES,
        **await desk.frame(request, caller, "orders"),
    )


@post("/staff/orders/flags/{flag:str}", status_code=200)
async def look_at_flag(request: Request[Any, Any, Any], flag: FromPath[str]) -> Page:
    """Notes what was found about orders that look split."""
    caller = administrator(request)
    form = await forms.read(request)
    note = form.lines("note", longest=watching.LONGEST_NOTE)
    if form.ok:
        try:
            await watching.note_seen(caller, flag, note)
            return back(request, "/staff/orders", said="flag-seen")
        except (Invalid, Conflict) as error:
            form.take(error)
            return await _watch(request, caller, form, flag, error.status_code)
    return await _watch(request, caller, form, flag, 422)


@get("/staff/orders/{order:str}")
async def one(request: Request[Any, Any, Any], order: FromPath[str]) -> Page:
    """An order as staff see it: everything, and nothing to change but a complaint that waits for a finding."""
    return await _one(request, administrator(request), order, Form(language_of(request)))


async def _one(
    request: Request[Any, Any, Any], caller: Caller, order_id: str, form: Form, status_code: int = 200
) -> Page:
    found = await queries.detail(await watched(caller, order_id))
    language = language_of(request)
    events = await queries.timeline(found.id)
    return page(
        request,
        "staff/order.html",
        status_code=status_code,
        order=found,
        form=form,
        resolves=states.may("resolve", found.state, Side.STAFF),
        way=order_look.way(found, events, language),
        happened=order_look.happenings(found, events, language),
        limits=order_look.limits(found.terms, language),
        rate=order_look.rate_sentence(found.terms, language),
        documents=await shelf.of_order(found.id),
        titles=TITLES,
        shipment=await shipments.of_order(found.id),
        messages=await talks.thread(ORDER, found.id, Side.STAFF),
        charges=rules.CHARGES,
        names=states.NAMES,
        tones=now.TONES,
        **await desk.frame(request, caller, "orders"),
    )


@post("/staff/orders/{order:str}/resolve", status_code=200)
async def resolve(request: Request[Any, Any, Any], order: FromPath[str]) -> Page:
    """Closes a complaint with what was found; both sides read it."""
    caller = administrator(request)
    order_id = await watched(caller, order)
    form = await forms.read(request)
    try:
        finding = form.lines("reason", required=False, longest=20_000)
        await steps.resolve(caller, order_id, seen_version(form), finding)
    except (Invalid, Conflict) as error:
        form.take(error)
        return await _one(request, caller, order, form, error.status_code)
    return back(request, "/staff/orders", said="order-resolved")


ROUTES: list[ControllerRouterHandler] = [watch, look_at_flag, one, resolve]
