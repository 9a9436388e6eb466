"""An importer's carts: the list, the cart with its gauges, and what becomes of it when it is sent."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.inquiries import service as inquiries
from kervan.orders import carts, carts_forms, carts_look, carts_queries, deadlines, rules, service
from kervan.orders.access import buyer
from kervan.orders.carts import Draft
from kervan.orders.carts_queries import Cart
from kervan.orders.errors import Changed, Refused
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.trade import law
from kervan.trade.verdict import Verdict
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import answer
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


@get("/carts")
async def my_carts(request: Request[Any, Any, Any]) -> Page:
    """To the carts of the firm for which the caller worked last. Not for who buys for none."""
    caller = signed_in(request)
    firms = caller.may(roles.BUY)
    if not firms:
        raise NotFound()
    firm = await carts_queries.touched_last(caller.person, firms)
    return back(request, f"/desk/{firm.public_id}/carts")


@get("/desk/{org:str}/carts")
async def all_carts(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The caller's carts for a firm."""
    caller = signed_in(request)
    membership = buyer(caller, org)
    importer = _importer(membership)
    return page(
        request,
        "orders/carts.html",
        rows=await carts_queries.rows(caller.person, importer, language_of(request)),
        most=carts.MOST_CARTS,
        **await frame(request, membership, "carts"),
    )


@get("/desk/{org:str}/carts/{cart:str}")
async def one_cart(request: Request[Any, Any, Any], org: FromPath[str], cart: FromPath[str]) -> Page:
    """A cart; one that was sent leads to what became of it."""
    caller = signed_in(request)
    membership = buyer(caller, org)
    found = await _own(request, caller, membership, cart)
    if found is None:
        return await _sent(request, membership, cart)
    form = Form(language_of(request), carts_forms.initial(found, language_of(request)))
    return await _show(request, membership, found, carts.draft_of(found), form)


@post("/desk/{org:str}/carts/{cart:str}", status_code=200)
async def change_cart(request: Request[Any, Any, Any], org: FromPath[str], cart: FromPath[str]) -> Page:
    """Keeps what was typed, then does what the pressed button says: update, remove a line, send, ask instead."""
    caller = signed_in(request)
    membership = buyer(caller, org)
    found = await _own(request, caller, membership, cart)
    if found is None:
        return await _sent(request, membership, cart)
    form = await forms.read(request)
    draft = carts_forms.read(form, found)
    await carts.keep(found, draft)
    pressed = form.value("do")
    if product := form.value("remove"):
        await carts.remove_line(found, product)
        return await _updated(request, caller, membership, cart, form, "line-removed")
    if pressed == "take":
        await carts.take(found, carts_forms.versions(form, found))
    if pressed in ("send", "take"):
        return await _send(request, caller, membership, cart, form, draft)
    if pressed == "inquire":
        return await _inquire(request, caller, membership, cart, form, draft)
    return await _updated(request, caller, membership, cart, form, "saved")


@post("/desk/{org:str}/carts/{cart:str}/look", status_code=200)
async def look_at_cart(
    request: Request[Any, Any, Any], org: FromPath[str], cart: FromPath[str]
) -> Response[carts_look.Look]:
    """What the cart comes to with what stands in its form now, which is kept; for cart.js."""
    caller = signed_in(request)
    membership = buyer(caller, org)
    language = language_of(request)
    found = await _own(request, caller, membership, cart)
    if found is None:
        raise NotFound()
    form = await forms.read(request)
    draft = carts_forms.read(form, found)
    await carts.keep(found, draft)
    found = await _own(request, caller, membership, cart) or found
    _check(form, found, draft)
    look, _ = await carts_look.look(_importer(membership), found, draft, language)
    for field, problem in look.problems.items():
        form.refuse(field, problem)
    made: Response[Any] = answer(request, carts_look.with_problems(look, dict(form.errors)), language)
    made.headers["Cache-Control"] = "private, no-store"
    return made


@post("/desk/{org:str}/carts/{cart:str}/remove", status_code=200)
async def remove_cart(request: Request[Any, Any, Any], org: FromPath[str], cart: FromPath[str]) -> Page:
    """Throws a cart away."""
    caller = signed_in(request)
    membership = buyer(caller, org)
    found = await _own(request, caller, membership, cart)
    if found is None:
        raise NotFound()
    await carts.remove(found)
    return back(request, f"/desk/{org}/carts", said="cart-removed")


async def _own(
    request: Request[Any, Any, Any], caller: Caller, membership: Membership, cart: str
) -> Cart | None:
    return await carts_queries.one(caller.person, _importer(membership), cart, language_of(request))


def _importer(membership: Membership) -> int:
    if membership.importer is None:
        raise NotFound()
    return membership.importer


async def _sent(request: Request[Any, Any, Any], membership: Membership, cart: str) -> Page:
    """To the order or inquiry that a cart has become: a second click, a page that was left open. Raises NotFound."""
    key, importer = carts.key_of(cart), _importer(membership)
    if order := await carts_queries.order_of(importer, key):
        return back(request, f"/desk/{membership.public_id}/orders/{order}", said="order-sent-before")
    if inquiry := await carts_queries.inquiry_of(importer, key):
        return back(request, f"/desk/{membership.public_id}/inquiries/{inquiry}", said="inquiry-sent-before")
    raise NotFound()


async def _updated(
    request: Request[Any, Any, Any],
    caller: Caller,
    membership: Membership,
    cart: str,
    form: Form,
    said: str,
) -> Page:
    """Back to the cart when everything could be kept, else the form once more with what is wrong."""
    found = await _own(request, caller, membership, cart)
    if found is None:
        return await _sent(request, membership, cart)
    draft = carts_forms.read(form, found)
    _check(form, found, draft)
    look, _ = await carts_look.look(_importer(membership), found, draft, form.language)
    if form.ok and not look.problems:
        return back(request, f"/desk/{membership.public_id}/carts/{cart}", said=said)
    return await _show(request, membership, found, draft, form, status_code=422)


def _check(form: Form, cart: Cart, draft: Draft) -> None:
    """Notes what is wrong about what was typed; what is not filled in yet is asked for when it is sent."""
    for field, problem in rules.check(carts.wanted(cart, draft)).items():
        if form.value(field):
            form.refuse(field, problem)


async def _send(
    request: Request[Any, Any, Any],
    caller: Caller,
    membership: Membership,
    cart: str,
    form: Form,
    draft: Draft,
) -> Page:
    # Read again: what was typed is in it, and the versions that were just agreed to.
    found = await _own(request, caller, membership, cart)
    if found is None:
        return await _sent(request, membership, cart)
    if not form.ok:
        return await _show(request, membership, found, draft, form, status_code=422)
    try:
        sent = await service.submit(caller, membership, carts.wanted(found, draft), found.key, cart=found.id)
    except Refused as error:
        return await _show(request, membership, found, draft, form, error.verdict, status_code=422)
    except Changed as error:
        return await _show(request, membership, found, draft, form, status_code=error.status_code)
    except (Invalid, Conflict) as error:
        # Somebody may have sent it from another page in between.
        if await carts_queries.order_of(found.importer, found.key):
            return await _sent(request, membership, cart)
        return await _show(
            request, membership, found, draft, form, error=error, status_code=error.status_code
        )
    said = "order-sent-before" if sent.again else "order-sent"
    return back(request, f"/desk/{membership.public_id}/orders/{sent.public_id}", said=said)


async def _inquire(
    request: Request[Any, Any, Any],
    caller: Caller,
    membership: Membership,
    cart: str,
    form: Form,
    draft: Draft,
) -> Page:
    found = await _own(request, caller, membership, cart)
    if found is None:
        return await _sent(request, membership, cart)
    _, verdict = await carts_look.look(_importer(membership), found, draft, language_of(request))
    try:
        made = await inquiries.from_cart(
            caller, membership, cart, verdict if verdict is not None else (), found.key
        )
    except (Invalid, Conflict) as error:
        return await _show(
            request, membership, found, draft, form, error=error, status_code=error.status_code
        )
    return back(request, f"/desk/{membership.public_id}/inquiries/{made.public_id}", said="cart-inquired")


async def _show(
    request: Request[Any, Any, Any],
    membership: Membership,
    cart: Cart,
    draft: Draft,
    form: Form,
    refused: Verdict | None = None,
    error: KervanError | None = None,
    status_code: int = 200,
) -> Page:
    language = language_of(request)
    look, _ = await carts_look.look(_importer(membership), cart, draft, language, refused)
    for field, problem in look.problems.items():
        form.refuse(field, problem)
    if error is not None:
        form.take(error)
    return page(
        request,
        "orders/cart.html",
        status_code=status_code,
        cart=cart,
        form=form,
        look=look,
        lines=list(zip(cart.lines, look.lines, strict=True)),
        refused=refused is not None,
        answer_hours=law.current().figure("ANSWER_HOURS", deadlines.today()),
        **carts_forms.choices(language),
        **await frame(request, membership, "carts"),
    )


ROUTES: list[ControllerRouterHandler] = [
    my_carts,
    all_carts,
    one_cart,
    change_cart,
    look_at_cart,
    remove_cart,
]
