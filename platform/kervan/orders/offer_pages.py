"""The form in which an exporter offers other terms for an order."""

from decimal import Decimal
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.documents import desk as papers
from kervan.documents.desk import Opened
from kervan.errors import KervanError
from kervan.orders import offers, order_look, rules, states
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.offers import LONGEST_LEAD, Offer, OfferedLine
from kervan.orders.pricing import MOST
from kervan.orders.tables import Side
from kervan.organisations.desk import frame
from kervan.trade.money import exponent
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_MOST_AMOUNT = Decimal(10_000_000)


@get("/desk/{org:str}/orders/{order:str}/offer")
async def offer(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """The terms in force, to be changed; back to the order when no other terms can be offered."""
    here = await papers.opened(request, org, order, Side.EXPORTER)
    if not states.may("counter", here.order.state, here.party.side):
        return back(request, here.path)
    language = language_of(request)
    return await _form(request, here, Form(language, order_look.typed(here.order, language)))


@post("/desk/{org:str}/orders/{order:str}/offer", status_code=200)
async def send_offer(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Offers the terms; what was typed is kept when they are refused."""
    here = await papers.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    wanted = _read(form, here)
    if not form.ok:
        return await _form(request, here, form, 422)
    try:
        await offers.counter(here.caller, here.party, papers.seen_version(form), wanted)
    except KervanError as error:
        papers.take_refusal(form, error)
        here = await papers.opened(request, org, order, Side.EXPORTER)
        return await _form(request, here, form, error.status_code)
    return back(request, here.path, said="order-counter")


def _read(form: Form, here: Opened) -> Offer:
    currency = here.order.terms.currency
    digits = exponent(currency)
    none = Decimal(0)
    lines = tuple(
        OfferedLine(
            number=line.number,
            quantity=form.whole(f"quantity.{line.number}", low=0, high=MOST) or 0,
            unit_price=form.decimal(f"price.{line.number}", low=none, high=_MOST_AMOUNT, places=4) or none,
            discount=form.decimal(
                f"discount.{line.number}", low=none, high=_MOST_AMOUNT, places=digits, required=False
            )
            or none,
        )
        for line in here.order.terms.lines
    )
    charges = {
        kind: amount
        for kind in rules.CHARGES
        if (
            amount := form.decimal(
                f"charges.{kind}", low=none, high=_MOST_AMOUNT, places=digits, required=False
            )
        )
    }
    return Offer(
        lines=lines,
        incoterm=form.choice("incoterm", tuple(INCOTERMS)),
        place=form.text("place", required=False, longest=120),
        charges=charges,
        lead_days=form.whole("lead_days", low=0, high=LONGEST_LEAD, required=False),
        payment_terms=form.text("payment_terms", required=False, longest=300),
        note=form.lines("note", required=False, longest=2000),
    )


async def _form(request: Request[Any, Any, Any], here: Opened, form: Form, status_code: int = 200) -> Page:
    language = form.language
    terms = here.order.terms
    verdict = order_look.verdict_of(terms)
    return page(
        request,
        "orders/offer.html",
        status_code=status_code,
        form=form,
        order=here.order,
        here=here.path,
        version=here.order.version,
        terms=terms,
        open=states.may("counter", here.order.state, here.party.side),
        verdict=verdict,
        limits=[one for one in order_look.limits(terms, language) if one.binds],
        most=order_look.ceilings(verdict),
        incoterms=[(code, f"{code}, {gettext(language, name)}") for code, name in INCOTERMS.items()],
        charges=rules.CHARGES,
        names=states.NAMES,
        **await frame(request, here.party.membership, "orders"),
    )


ROUTES: list[ControllerRouterHandler] = [offer, send_offer]
