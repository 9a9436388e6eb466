"""Writes of matching: inviting exporters to quote, and an exporter that does not want to be suggested."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from asyncpg import Connection, Record

from kervan import audit, outbox
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, KervanError
from kervan.ids import new_public_id
from kervan.matching import candidates, queries
from kervan.matching.facts import Asked, Firm, Match
from kervan.matching.score import bar, match
from kervan.matching.weights import shipped
from kervan.policies import book
from kervan.requests import moves
from kervan.requests.access import Seat
from kervan.requests.queries import TODAY
from kervan.requests.tables import RequestState
from kervan.trade import law
from kervan.trade.errors import N_

LONGEST_REASON = 300

_BARRED: Mapping[str, str] = {
    "NOT_VERIFIED": N_("{name} is not verified now and cannot be invited."),
    "SUSPENDED": N_("{name} is not verified now and cannot be invited."),
    "OPTED_OUT": N_("{name} does not want to be suggested or invited."),
    "COUNTRY_NOT_SERVED": N_("{name} takes no orders to this country."),
    "NO_GOODS": N_("{name} has no published product that comes near what is asked."),
    "CODE_EXCLUDED": N_("{name} takes no orders for these goods."),
    "PROHIBITED": N_("The goods of {name} may not be exported there."),
}
_FIRMS = """
SELECT e.id, e.slug, e.trade_name, EXISTS (SELECT FROM request_invitation i
        WHERE i.request = $2 AND i.exporter = e.id) AS invited,
    EXISTS (SELECT FROM inquiry n JOIN inquiry_recipient r ON r.inquiry = n.id
        WHERE n.request = $2 AND r.exporter = e.id) AS answered
FROM exporter e WHERE e.slug = ANY($1::text[]) AND e.verification NOT IN ('DRAFT', 'CLOSED') ORDER BY e.id
"""
_INVITE = """
INSERT INTO request_invitation (public_id, request, exporter, organisation, person, edition, score, reasons)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
_DELIVERY = """
INSERT INTO alert_delivery (invitation, request, edition) VALUES ($1, $2, $3) RETURNING id
"""


class Invited(msgspec.Struct, frozen=True):
    """What an invitation did, by slugs: who was invited now, who had been before, who has answered already."""

    invited: tuple[str, ...]
    before: tuple[str, ...]
    answered: tuple[str, ...]
    left: int
    """How many more may be invited."""


async def invite(caller: Caller, seat: Seat, slugs: Sequence[str]) -> Invited:
    """Invites exporters to quote for a published request; whom it invited before, or who answered, stays as it is.

    `seat` is of somebody who may act (requests.access). Raises Conflict for a request that takes no answers now and for
    more exporters than the figure INVITATIONS allows; Invalid beside `exporters` for those that may not be invited.
    """
    wanted = tuple(dict.fromkeys(slugs))
    if not wanted:
        raise Invalid(fields={"exporters": Invalid(N_("Choose at least one exporter."))})
    the_book = await book.refresh()
    today = law.day_of(datetime.now(UTC))
    most = the_book.figure("INVITATIONS", today)
    if len(wanted) > most:
        raise _too_many(most)
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        open_now = await conn.fetchval(f"SELECT $1::date >= {TODAY}", row["deadline"])
        if row["state"] != RequestState.PUBLISHED or not open_now:
            raise Conflict(N_("Exporters can be invited while the request takes answers."))
        firms = await conn.fetch(_FIRMS, list(wanted), seat.request)
        if len(firms) < len(wanted):
            raise Invalid(fields={"exporters": Invalid(N_("There is no such exporter."))})
        fresh = [firm for firm in firms if not firm["invited"] and not firm["answered"]]
        before: int = await conn.fetchval(
            "SELECT count(*) FROM request_invitation WHERE request = $1", seat.request
        )
        if before + len(fresh) > most:
            raise _too_many(most)
        fitting = await _fitting(fresh, seat.request, the_book)
        deliveries = [
            await _invite(conn, caller, seat.membership, row, firm["id"], fitting[firm["id"]])
            for firm in fresh
        ]
        if fresh:
            await audit.record(
                caller.actor, "request.invited", "request", row["public_id"],
                after={"exporters": [firm["slug"] for firm in fresh], "edition": row["edition"]},
            )  # fmt: skip
            await outbox.publish("alerts.deliver", deliveries=deliveries)
    return Invited(
        tuple(firm["slug"] for firm in fresh),
        tuple(firm["slug"] for firm in firms if firm["invited"]),
        tuple(firm["slug"] for firm in firms if firm["answered"] and not firm["invited"]),
        most - before - len(fresh),
    )


def _too_many(most: int) -> KervanError:
    return Conflict(N_("At most {most} exporters can be invited for one request."), most=most)


async def _fitting(fresh: Sequence[Record], request: int, the_book: law.LawBook) -> dict[int, Match]:
    """The match of each exporter by its id. Raises Invalid beside `exporters` for the first that is barred."""
    asked = await queries.asked_of(request)
    names = {firm["id"]: firm["trade_name"] for firm in fresh}
    found: dict[int, Match] = {}
    for firm in await candidates.firms(list(names), asked.code if asked else None):
        fits = None if asked is None else _match(asked, firm, names[firm.id], the_book)
        if fits is None:
            raise _barred("NO_GOODS", names[firm.id])
        found[firm.id] = fits
    return found


def _match(asked: Asked, firm: Firm, name: str, the_book: law.LawBook) -> Match | None:
    today, weights = law.day_of(datetime.now(UTC)), shipped()
    near = msgspec.structs.replace(firm, goods=candidates.nearest(firm.goods, asked.code))
    if (barred := bar(asked, near, the_book, today, weights)) is not None:
        raise _barred(barred.code, name)
    return match(asked, near, the_book, today, weights, record_cases=the_book.figure("RECORD_CASES", today))


def _barred(code: str, name: str) -> Invalid:
    return Invalid(fields={"exporters": Invalid(_BARRED[code], name=name)})


async def _invite(
    conn: Connection, caller: Caller, membership: Membership, row: Record, exporter: int, fits: Match
) -> int:
    """Writes an invitation and its row in the ledger; returns alert_delivery.id."""
    invitation: int = await conn.fetchval(
        _INVITE,
        new_public_id(),
        row["id"],
        exporter,
        membership.organisation,
        caller.person if caller.key is None else None,
        row["edition"],
        fits.score,
        msgspec.json.encode({"reasons": fits.reasons, "missing": fits.missing}).decode(),
    )
    delivery: int = await conn.fetchval(_DELIVERY, invitation, row["id"], row["edition"])
    return delivery


async def left(request: int) -> int:
    """How many exporters may still be invited for a request (trade_request.id)."""
    most = law.current().figure("INVITATIONS", law.day_of(datetime.now(UTC)))
    used: int = await fetchval("SELECT count(*) FROM request_invitation WHERE request = $1", request)
    return max(0, most - used)


class OptedOut(msgspec.Struct, frozen=True):
    """Since when an exporter is not suggested any more, and why, if it said so."""

    since: datetime
    reason: str
    by: str | None


async def opted_out(exporter: int) -> OptedOut | None:
    """Whether the exporter (exporter.id) does not want to be suggested; None when it may be."""
    rows = await fetch(
        """SELECT x.created_at AS since, x.reason, p.name AS by FROM matching_opt_out x
        LEFT JOIN person p ON p.id = x.person WHERE x.exporter = $1""",
        exporter,
    )
    return OptedOut(**rows[0]) if rows else None


async def opt_out(caller: Caller, exporter: int, reason: str = "") -> None:
    """From now on the exporter is neither suggested to requesters nor invited. Twice is once."""
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": Invalid(N_("At most {n} characters."), n=LONGEST_REASON)})
    async with transaction() as tx:
        made = await tx.connection.fetchval(
            """INSERT INTO matching_opt_out (exporter, person, reason) VALUES ($1, $2, $3)
            ON CONFLICT (exporter) DO NOTHING RETURNING id""",
            exporter,
            caller.person,
            reason,
        )
        if made is not None:
            await audit.record(
                caller.actor, "matching.opted-out", "exporter", exporter, after={"reason": reason}
            )


async def opt_in(caller: Caller, exporter: int) -> None:
    """The exporter may be suggested again. Twice is once."""
    async with transaction() as tx:
        gone = await tx.connection.fetchval(
            "DELETE FROM matching_opt_out WHERE exporter = $1 RETURNING id", exporter
        )
        if gone is not None:
            await audit.record(caller.actor, "matching.opted-in", "exporter", exporter)
