"""What the worker asks carriers by the clock: how far the parcels are that are under way."""

import structlog

from kervan.db import execute, transaction
from kervan.declarations import queries, service
from kervan.declarations.port import CarrierPort, port_of
from kervan.declarations.shipments import Shipment, steps
from kervan.errors import KervanError
from kervan.orders.deadlines import today
from kervan.orders.tables import Side
from kervan.settings import load

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200


async def ask_carriers() -> int:
    """Asks the connected carrier about the parcels under way and takes the steps that follow; returns how many moved.

    Nothing happens where no carrier is connected.
    """
    port = port_of(load().carrier_port)
    return 0 if port is None else await ask(port)


async def ask(port: CarrierPort) -> int:
    """The same with this port. A parcel about which the carrier says what cannot be is logged and left."""
    moved = 0
    for shipment in await queries.under_way(MOST_AT_ONCE):
        try:
            moved += await _one(port, shipment)
        except (KervanError, OSError) as error:
            log.warning("a carrier's answer was not taken", waybill=shipment.waybill, error=repr(error))
        await execute("UPDATE declaration SET updated_at = now() WHERE id = $1", shipment.id)
    return moved


async def _one(port: CarrierPort, shipment: Shipment) -> bool:
    said = await port.status(shipment.carrier_code, shipment.waybill, shipment.handed_on)
    async with transaction() as tx:
        now = await queries.locked(tx.connection, shipment.order_id)
        if now is None:
            return False
        found = steps(now, said, today())
        await service.apply(tx.connection, now, found, side=Side.CARRIER, source="API")
    return bool(found)
