"""An offline deal with its checklist, for its two sides."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.errors import Conflict, Invalid
from kervan.inquiries import access, deals, queries
from kervan.inquiries.access import Part
from kervan.inquiries.checklist import CODES, STEPS
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.rules import CHARGES
from kervan.orders.tables import Side
from kervan.organisations.desk import frame
from kervan.policies import sentences
from kervan.trade.verdict import Refusal
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


@get("/desk/{org:str}/deals/{deal:str}")
async def show(request: Request[Any, Any, Any], org: FromPath[str], deal: FromPath[str]) -> Page:
    """What was agreed, why it is no order, and what is done of the classic export's steps."""
    part, deal_id = await access.deal(signed_in(request), org, deal)
    return await _page(request, part, deal_id, Form(language_of(request)))


async def _page(
    request: Request[Any, Any, Any], part: Part, deal_id: int, form: Form, status: int = 200
) -> Page:
    shown = await queries.deal(deal_id)
    language = language_of(request)
    exporter = part.side is Side.EXPORTER
    return page(
        request,
        "inquiries/deal.html",
        status_code=status,
        deal=shown,
        form=form,
        steps=STEPS,
        done=set(form.values("steps")) if form.typed is not None else set(shown.steps),
        why=[sentences.refusal(msgspec.convert(one, Refusal), language) for one in shown.refused],
        charges=CHARGES,
        incoterms=INCOTERMS,
        exporter=exporter,
        may_tick=exporter and part.may_act and shown.state == "OPEN",
        talk=shown.recipient if exporter else f"{shown.inquiry}/{shown.recipient}",
        **await frame(request, part.membership, "inquiries"),
    )


@post("/desk/{org:str}/deals/{deal:str}/steps", status_code=200)
async def tick(request: Request[Any, Any, Any], org: FromPath[str], deal: FromPath[str]) -> Page:
    """Notes which steps are done."""
    caller = signed_in(request)
    part, deal_id = await access.deal(caller, org, deal, act=True)
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9)
    done = form.several("steps", CODES)
    status = 422
    if form.ok and version is not None:
        try:
            await deals.tick(caller, part, deal_id, done, version)
            return back(request, f"/desk/{org}/deals/{deal}", said="saved")
        except (Invalid, Conflict) as error:
            status = error.status_code
            form.take(error)
    return await _page(request, part, deal_id, form, status)


@post("/desk/{org:str}/deals/{deal:str}/end", status_code=200)
async def end(request: Request[Any, Any, Any], org: FromPath[str], deal: FromPath[str]) -> Page:
    """Closes the deal: the goods were sold, or nothing came of it."""
    caller = signed_in(request)
    part, deal_id = await access.deal(caller, org, deal, act=True)
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9)
    how = form.choice("how", deals.ENDS)
    status = 422
    if form.ok and version is not None:
        try:
            await deals.end(caller, part, deal_id, how, version)
            return back(request, f"/desk/{org}/deals/{deal}", said="saved")
        except (Invalid, Conflict) as error:
            status = error.status_code
            form.take(error)
    return await _page(request, part, deal_id, Form(form.language), status)


ROUTES: list[ControllerRouterHandler] = [show, tick, end]
