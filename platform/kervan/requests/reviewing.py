"""The way to whoever reviews a request, with its clock: sent by who wrote it, or again because its goods are others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asyncpg import Connection

from kervan.accounts.callers import Caller
from kervan.importers.queries import reviewing_post
from kervan.organisations import tasks
from kervan.requests import moves
from kervan.requests.access import Seat
from kervan.requests.states import Side
from kervan.requests.structs import Content
from kervan.requests.tables import Source
from kervan.trade import law, working_days


def other_goods(seat: Seat, source: str, before: Content, after: Content) -> bool:
    """Whether an importer makes a request for other goods of one that was reviewed: its heading (4 digits) changes."""
    return (
        seat.side == Side.IMPORTER
        and source == Source.IMPORTER
        and (before.hs_code or "")[:4] != (after.hs_code or "")[:4]
    )


async def send(
    conn: Connection,
    row: Mapping[str, Any],
    action: str,
    seat: Seat,
    caller: Caller,
    now: datetime,
    version: int | None = None,
) -> int:
    """Takes a row of moves.locked to the post of the buyer's country, where there is none to the Ministry.

    The clock runs: REVIEW_DAYS working days of that country. Returns the new version; raises as moves.move.
    """
    own_post = seat.side == Side.POST and seat.buyer_country == seat.membership.country
    # What a post may not publish itself goes to whoever looks after the buyer's country.
    post = None if own_post else await reviewing_post(row["buyer_country"])
    if seat.side == Side.POST and post == seat.membership.organisation:
        post = None
    days = law.current().figure("REVIEW_DAYS", law.day_of(now))
    due = working_days.deadline(now, days, row["buyer_country"] if post else "TR")
    # What a post wrote for a buyer stays with it, whoever reviews it.
    keeps = post if row["source"] == Source.IMPORTER else row["post"]
    new = await moves.move(
        conn, {**dict(row), "post": post}, action, side=seat.side, caller=caller, version=version,
        sets={"post": keeps, "review_due_at": due, "escalated_at": None, "reminded_at": None, "reason": None},
    )  # fmt: skip
    await tasks.open_task(conn, tasks.REQUEST_REVIEW, row["public_id"], post, due)
    return new
