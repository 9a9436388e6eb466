"""A request ends because one of its answers was accepted."""

from asyncpg import Connection

from kervan.accounts.callers import Caller
from kervan.errors import Conflict
from kervan.requests import moves
from kervan.requests.states import PUBLIC, Side
from kervan.requests.tables import ClosedAs
from kervan.trade.errors import N_


async def hold(conn: Connection, inquiry: int) -> None:
    """Locks the request whose answers the inquiry (inquiry.id) holds, if there is one, until the transaction ends.

    To be called before the inquiry is locked: who withdraws or edits a request takes the two in this order.
    """
    await conn.execute(
        """SELECT FROM trade_request WHERE id = (SELECT request FROM inquiry WHERE id = $1) FOR UPDATE""",
        inquiry,
    )


async def awarded(conn: Connection, inquiry: int, caller: Caller, *, by_post: bool) -> None:
    """Closes the request whose answers the inquiry (inquiry.id) holds, in the transaction that took one of them.

    Nothing happens for an inquiry that belongs to no request, and to a request that was withdrawn. Raises Conflict for
    one that is off the board for a review: its goods may become others.
    """
    request = await conn.fetchval("SELECT request FROM inquiry WHERE id = $1", inquiry)
    if request is None:
        return
    row = await moves.locked(conn, request)
    if row["closed_as"] in (ClosedAs.AWARDED, ClosedAs.WITHDRAWN):
        return
    if row["state"] not in PUBLIC:
        raise Conflict(
            N_("This request is off the board while it is reviewed. Accept a quote when it is back.")
        )
    await moves.move(conn, row, "award", side=Side.POST if by_post else Side.IMPORTER, caller=caller)
