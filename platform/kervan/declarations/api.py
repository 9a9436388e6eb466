"""Shipments of orders for programs: hand-over, declaration, closing, arrival; safe to send twice."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.declarations import queries, service
from kervan.declarations.port import port_of
from kervan.declarations.service import Correction, HandOver
from kervan.declarations.shipments import Shipment, ShippedLine
from kervan.documents.api import repeatable
from kervan.errors import NotFound
from kervan.orders.api import acts, needs_key, party_of, sells
from kervan.orders.api_operations import reading, stepping
from kervan.orders.repeating import Keep, Outcome
from kervan.trade.errors import N_
from kervan.web.http import answer
from kervan.web.programs import private


class ShipmentShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order's parcel is; weights in grams."""

    order: str
    carrier: str
    """Code of the carrier."""
    carrier_name: str
    waybill: str
    tracking: str | None
    handed_on: date
    packages: int
    gross_weight_g: int
    etgb_number: str | None
    registered_on: date | None
    closed_on: date | None
    delivered_on: date | None
    source: str
    """Who said the last of it: TYPED, CSV or API."""
    lines: tuple[ShippedLine, ...]


class ShipmentDocument(msgspec.Struct, frozen=True):
    """An order's shipment."""

    data: ShipmentShown


class HandOverBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was handed to a carrier."""

    version: int
    """The order's version that was seen."""
    carrier: str
    """Code of a carrier that is authorised on the day."""
    waybill: str = ""
    day: date
    packages: int
    gross_g: int
    shipped: dict[int, int] = {}
    """Quantity by line number; a line that is not named went as it was ordered."""


class DeclarationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customs declaration; with a reason it corrects what was entered."""

    version: int
    etgb_number: str
    registered_on: date
    closed_on: date | None = None
    """Only in a correction, when the closing was entered before."""
    delivered_on: date | None = None
    """Only in a correction, when the arrival was entered before."""
    reason: str | None = None


class DayBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day of a step."""

    version: int
    day: date


@reading("/shipment", "Where the parcel is", "getOrderShipment", ShipmentDocument, needs_key)
async def shipment(request: Request[Any, Any, Any], order: FromPath[str]) -> Response[ShipmentDocument]:
    """Carrier, waybill and declaration; 404 before the hand-over."""
    _, party, language = await party_of(request, order)
    found = await queries.of_order(party.order_id)
    if found is None:
        raise NotFound(N_("This order is not with a carrier yet."))
    return private(answer(request, ShipmentDocument(_shown(found)), language))


def _shown(found: Shipment) -> ShipmentShown:
    values = msgspec.structs.asdict(found)
    known = {name: values[name] for name in ShipmentShown.__struct_fields__ if name in values}
    return ShipmentShown(**known, carrier=found.carrier_code)


@stepping("/hand-over", "Hand over to the carrier", "postOrderHandOver", sells)
async def hand_over(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[HandOverBody]
) -> Response[Outcome]:
    """By the exporter, of an invoiced order."""
    caller, party, language = await party_of(request, order, act=True)
    wanted = HandOver(
        carrier=data.carrier,
        waybill=data.waybill,
        day=data.day,
        packages=data.packages,
        gross_g=data.gross_g,
        shipped=data.shipped,
    )
    port = port_of(request.app.state.settings.carrier_port)
    return await repeatable(
        request,
        party,
        language,
        lambda keep: service.hand_over(caller, party, data.version, wanted, port, keep),
    )


@stepping("/declaration", "Enter the ETGB", "postOrderDeclaration", sells)
async def declaration(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[DeclarationBody]
) -> Response[Outcome]:
    """By the exporter, after the hand-over."""
    caller, party, language = await party_of(request, order, act=True)

    async def work(keep: Keep) -> None:
        if data.reason is None:
            await service.register(caller, party, data.version, data.etgb_number, data.registered_on, keep)
            return
        wanted = Correction(
            etgb_number=data.etgb_number,
            registered_on=data.registered_on,
            closed_on=data.closed_on,
            delivered_on=data.delivered_on,
        )
        await service.correct(caller, party, data.version, wanted, data.reason, keep)

    return await repeatable(request, party, language, work)


@stepping("/closing", "Enter the closing of the ETGB", "postOrderClosing", sells)
async def closing(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[DayBody]
) -> Response[Outcome]:
    """By the exporter, after the registration (intaç)."""
    caller, party, language = await party_of(request, order, act=True)
    return await repeatable(
        request, party, language, lambda keep: service.close(caller, party, data.version, data.day, keep)
    )


@stepping("/arrival", "Enter the arrival", "postOrderArrival", acts)
async def arrival(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[DayBody]
) -> Response[Outcome]:
    """By either party, after the closing."""
    caller, party, language = await party_of(request, order, act=True)
    return await repeatable(
        request, party, language, lambda keep: service.deliver(caller, party, data.version, data.day, keep)
    )


ROUTES: list[ControllerRouterHandler] = [shipment, hand_over, declaration, closing, arrival]
