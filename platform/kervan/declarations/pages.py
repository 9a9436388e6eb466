"""The pages of an order's way out: hand-over, ETGB, closing, arrival, the VAT checklist."""

from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.declarations import queries, service, vat
from kervan.declarations.port import port_of
from kervan.declarations.service import Correction, HandOver
from kervan.declarations.shipments import LONGEST_WAYBILL, Shipment
from kervan.documents import desk, shelf
from kervan.documents.desk import Opened
from kervan.documents.structs import Kind
from kervan.errors import Conflict, KervanError
from kervan.orders.deadlines import today
from kervan.orders.tables import Side, State
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.formats import weight
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back

_NOT_YET = N_("This order is not with a carrier yet.")


@get("/desk/{org:str}/orders/{order:str}/hand-over")
async def hand_over(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """To which carrier the goods go, with how many packages, of what weight."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    if here.order.state != State.INVOICED:
        return back(request, here.path)
    language = language_of(request)
    packed = await shelf.live(here.order.id, Kind.PACKING_LIST)
    carriers = await queries.carriers(today())
    values = {
        "carrier": carriers[0].code if len(carriers) == 1 else "",
        "day": today().isoformat(),
        "packages": str(packed.paper.packages) if packed else "",
        "gross_g": weight(language, packed.paper.gross_g if packed else here.order.terms.gross_weight_g),
    }
    for line in here.order.terms.lines:
        values[f"shipped_{line.number}"] = str(line.quantity)
    return await _hand_over(request, here, Form(language, values))


async def _hand_over(
    request: Request[Any, Any, Any], here: Opened, form: Form, refusal: KervanError | None = None
) -> Page:
    return await desk.form_page(
        request,
        "declarations/hand_over.html",
        here,
        form,
        refusal=refusal,
        carriers=[(one.code, one.name) for one in await queries.carriers(today())],
        books=port_of(request.app.state.settings.carrier_port) is not None,
        today=today(),
    )


@post("/desk/{org:str}/orders/{order:str}/hand-over", status_code=200)
async def send_hand_over(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Notes that the goods are with the carrier."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    port = port_of(request.app.state.settings.carrier_port)
    carrier = form.text("carrier", longest=20)
    number = form.text("waybill", required=port is None, longest=LONGEST_WAYBILL + 20)
    day = form.day("day")
    packages = form.whole("packages", low=1, high=service.MOST_PACKAGES)
    gross = desk.grams(form, "gross_g")
    shipped = {
        line.number: form.whole(f"shipped_{line.number}", low=0, high=line.quantity)
        for line in here.order.terms.lines
    }
    refusal: KervanError | None = None
    if form.ok and day is not None and packages is not None:
        wanted = HandOver(
            carrier=carrier,
            waybill=number,
            day=day,
            packages=packages,
            gross_g=gross,
            shipped={line: count for line, count in shipped.items() if count is not None},
        )
        try:
            await service.hand_over(here.caller, here.party, desk.seen_version(form), wanted, port)
            return back(request, here.path, said="handed-over")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _hand_over(request, here, form, refusal)


async def _shipment(here: Opened) -> Shipment:
    """The order's shipment. Raises Conflict before the hand-over."""
    found = await queries.of_order(here.order.id)
    if found is None:
        raise Conflict(_NOT_YET)
    return found


@get("/desk/{org:str}/orders/{order:str}/etgb")
async def etgb(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Where the number and the day of the declaration are entered, or corrected later."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    shipment = await _shipment(here)
    values = {
        "etgb_number": shipment.etgb_number or "",
        "registered_on": _iso(shipment.registered_on),
        "closed_on": _iso(shipment.closed_on),
        "delivered_on": _iso(shipment.delivered_on),
    }
    if shipment.registered_on is None:
        values["registered_on"] = today().isoformat()
    return await _etgb(request, here, shipment, Form(language_of(request), values))


async def _etgb(
    request: Request[Any, Any, Any],
    here: Opened,
    shipment: Shipment,
    form: Form,
    refusal: KervanError | None = None,
) -> Page:
    return await desk.form_page(
        request,
        "declarations/etgb.html",
        here,
        form,
        refusal=refusal,
        shipment=shipment,
        corrects=shipment.registered_on is not None,
        today=today(),
    )


@post("/desk/{org:str}/orders/{order:str}/etgb", status_code=200)
async def send_etgb(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Enters the declaration; one that is there already is corrected, with a reason."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    shipment = await _shipment(here)
    form = await forms.read(request)
    number = form.text("etgb_number", longest=40)
    day = form.day("registered_on")
    closed = form.day("closed_on", required=False)
    delivered = form.day("delivered_on", required=False)
    reason = form.lines("reason", required=False, longest=500)
    refusal: KervanError | None = None
    if form.ok and day is not None:
        version = desk.seen_version(form)
        try:
            if shipment.registered_on is None:
                await service.register(here.caller, here.party, version, number, day)
                return back(request, here.path, said="etgb-registered")
            wanted = Correction(
                etgb_number=number, registered_on=day, closed_on=closed, delivered_on=delivered
            )
            await service.correct(here.caller, here.party, version, wanted, reason)
            return back(request, here.path, said="etgb-corrected")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _etgb(request, here, shipment, form, refusal)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


@get("/desk/{org:str}/orders/{order:str}/close")
async def close(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """On which day the declaration was closed (intaç)."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = Form(language_of(request), {"closed_on": today().isoformat()})
    return await _day(request, here, form, "close")


@post("/desk/{org:str}/orders/{order:str}/close", status_code=200)
async def send_close(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Enters the closing."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    day = form.day("closed_on")
    refusal: KervanError | None = None
    if day is not None:
        try:
            await service.close(here.caller, here.party, desk.seen_version(form), day)
            return back(request, here.path, said="etgb-closed")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _day(request, here, form, "close", refusal)


@get("/desk/{org:str}/orders/{order:str}/deliver")
async def deliver(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """On which day the goods arrived; both sides may say so."""
    here = await desk.opened(request, org, order)
    form = Form(language_of(request), {"delivered_on": today().isoformat()})
    return await _day(request, here, form, "deliver")


@post("/desk/{org:str}/orders/{order:str}/deliver", status_code=200)
async def send_deliver(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Enters the arrival."""
    here = await desk.opened(request, org, order)
    form = await forms.read(request)
    day = form.day("delivered_on")
    refusal: KervanError | None = None
    if day is not None:
        try:
            await service.deliver(here.caller, here.party, desk.seen_version(form), day)
            return back(request, here.path, said="goods-arrived")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _day(request, here, form, "deliver", refusal)


async def _day(
    request: Request[Any, Any, Any],
    here: Opened,
    form: Form,
    step: str,
    refusal: KervanError | None = None,
) -> Page:
    return await desk.form_page(
        request,
        "declarations/day.html",
        here,
        form,
        refusal=refusal,
        shipment=await _shipment(here),
        step=step,
        today=today(),
    )


@get("/desk/{org:str}/orders/{order:str}/vat")
async def checklist(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """The four steps of the VAT refund."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    return await _vat(request, here, Form(language_of(request), {"day": today().isoformat()}))


async def _vat(
    request: Request[Any, Any, Any], here: Opened, form: Form, refusal: KervanError | None = None
) -> Page:
    return await desk.form_page(
        request,
        "declarations/vat.html",
        here,
        form,
        refusal=refusal,
        shipment=await _shipment(here),
        steps=await vat.of_order(here.order.id),
        today=today(),
    )


@post("/desk/{org:str}/orders/{order:str}/vat", status_code=200)
async def send_vat(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Ticks the next step off."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    step = form.choice("step", tuple(vat.STEPS))
    day = form.day("day")
    refusal: KervanError | None = None
    if form.ok and day is not None:
        try:
            await vat.tick(here.caller, here.party, step, day)
            return back(request, f"{here.path}/vat", said="vat-ticked")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _vat(request, here, form, refusal)


ROUTES: list[ControllerRouterHandler] = [
    hand_over, send_hand_over, etgb, send_etgb, close, send_close, deliver, send_deliver, checklist, send_vat,
]  # fmt: skip
