"""Orders that take whatever steps chance has for them: what must hold after each of them, taken or refused."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import people
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ordering import Trade, a_trade, an_order, side_of

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import KervanError
from kervan.orders import moves, offers, rounds, states, steps
from kervan.orders.access import Party
from kervan.orders.deadlines import today
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.tables import Side, State
from kervan.trade import law
from kervan.trade.money import quantize

REASON = "As chance has it."


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt: a step, by a side, with the version that it saw less `behind`."""

    step: str
    side: Side
    behind: int = 0
    quantity: int = 100
    price: Decimal = Decimal("4.20")
    off: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)


WHATEVER = st.builds(
    Try,
    step=st.sampled_from([*states.ACTIONS, "late", "weeks-later", "payment"]),
    side=st.sampled_from(list(Side)),
    behind=st.sampled_from([0, 0, 0, 1]),
)
OFFERS = st.builds(
    Try,
    step=st.just("counter"),
    side=st.just(Side.EXPORTER),
    # Up to twice the law's weight and value, so that some offers are refused.
    quantity=st.integers(0, 2_700),
    price=st.decimals("0.0001", "12", places=4),
    off=st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("33.33")]),
    freight=st.sampled_from([Decimal(0), Decimal("12.50"), Decimal("15000.00"), Decimal("29600.00")]),
)
ONWARD = st.just(-1)
"""The step that leads on from wherever the order stands, by the side that may take it."""
ALLOWED = st.integers(0, 20)
"""One of the steps that lead away from where the order stands, by a side that may take it."""
WALKS = st.lists(st.one_of(WHATEVER, OFFERS, ALLOWED, ONWARD), min_size=3, max_size=9)


class Walk:
    """One order under way with both its parties."""

    def __init__(self, trade: Trade, order: int, sides: dict[Side, Party]) -> None:
        self.trade, self.order, self.sides = trade, order, sides
        self.notes = 0
        self.kept: dict[str, str] = {}
        """The terms, lines and charges as they were first seen, by row."""

    async def row(self) -> dict[str, Any]:
        return dict((await fetch("SELECT * FROM trade_order WHERE id = $1", self.order))[0])

    async def attempt(self, one: Try, version: int) -> None:
        """Raises KervanError where it is refused."""
        party = self.sides.get(one.side)
        caller = self.trade.seller if one.side is Side.EXPORTER else self.trade.buyer
        if one.step == "late":
            await execute("UPDATE trade_order SET answer_by = answer_by - interval '30 days'")
            await rounds.expire_due()
        elif one.step == "weeks-later":
            await execute("UPDATE trade_order SET updated_at = updated_at - interval '30 days'")
            await rounds.complete_delivered()
        elif one.step == "payment":
            await steps.note_payment(caller, self.sides[Side.EXPORTER], "Half is paid.")
            self.notes += 1
        elif one.step == "counter" and party is not None:
            line = OfferedLine(number=1, quantity=one.quantity, unit_price=one.price, discount=one.off)
            charges = {"FREIGHT": one.freight} if one.freight else {}
            await offers.counter(
                caller, party, version, Offer(lines=(line,), incoterm="DAP", charges=charges)
            )
        elif one.step in steps.PLAIN and one.step != "confirm" and party is not None:
            await steps.take(caller, party, one.step, version, reason=REASON)
        else:
            # Steps whose papers and parcels are other rooms', and sides that have no desk.
            async with transaction() as tx:
                await moves.move(
                    tx.connection, self.order, one.step, side=one.side, version=version, reason=REASON
                )

    async def check(self, before: dict[str, Any], one: Try) -> None:
        """What must hold, whatever happened since `before`."""
        row = await self.row()
        events = await fetch('SELECT * FROM order_event WHERE "order" = $1 ORDER BY id', self.order)
        assert len(events) == row["version"] + self.notes
        # Along the arrows, one after the other, up to the state that the order is in.
        state: str | None = None
        for event in events:
            assert event["before"] == state
            if event["action"] not in ("submit", "payment"):
                arrow = states.ACTIONS[event["action"]]
                assert (event["before"] in arrow.before, event["side"] in arrow.sides) == (True, True)
                assert event["after"] == arrow.after
            state = event["after"]
        assert row["state"] == state
        taken = events[before["version"] + self.notes - (one.step == "payment") :]
        assert row["version"] == before["version"] + len([e for e in taken if e["action"] != "payment"])
        # Agreeing to offered terms accepts the order at once; everything else is one step or none.
        assert [e["action"] for e in taken] in (
            [],
            [taken[0]["action"]] if taken else [],
            ["agree", "accept"],
        )
        audited = await fetchval(
            "SELECT count(*) FROM audit_entry WHERE entity = 'order' AND entity_id = $1", row["public_id"]
        )
        assert audited == len(events)
        assert (row["ended_at"] is not None) == (row["state"] in states.ENDED)
        # What was agreed to last is what holds.
        offered = [json.loads(e["data"])["revision"] for e in events if e["action"] == "counter"]
        agreed = [e["action"] for e in events].count("agree")
        assert row["offered"] == (None if len(offered) == agreed else offered[-1])
        assert row["terms"] == (offered[agreed - 1] if agreed else 1)
        await self._counted()
        await self._terms(row)

    async def _counted(self) -> None:
        is_open = await fetchval(
            "SELECT count(*) FROM trade_order WHERE exporter = $1 AND NOT state = ANY($2::text[])",
            self.trade.exporter,
            list(states.ENDED),
        )
        load = "SELECT open_orders FROM exporter_load WHERE exporter = $1"
        assert await fetchval(load, self.trade.exporter) == is_open

    async def _terms(self, row: dict[str, Any]) -> None:
        limit = law.current().regime_limit(law.ETGB, today())
        found = await fetch('SELECT * FROM order_terms WHERE "order" = $1 ORDER BY revision', self.order)
        assert [terms["revision"] for terms in found] == list(range(1, len(found) + 1))
        for terms in found:
            lines = await fetch("SELECT * FROM order_line WHERE terms = $1 ORDER BY number", terms["id"])
            charges = await fetch("SELECT * FROM order_charge WHERE terms = $1 ORDER BY id", terms["id"])
            for one in (terms, *lines, *charges):
                text = str(one)
                assert self.kept.setdefault(f"{len(one)}-{one['id']}", text) == text
            assert lines
            for line in lines:
                whole = line["quantity"] * line["unit_price"] - line["discount"]
                assert line["amount"] == quantize(whole, terms["currency"])
            goods, added = sum(line["amount"] for line in lines), sum(one["amount"] for one in charges)
            assert (terms["goods_total"], terms["charges_total"]) == (goods, added)
            assert terms["invoice_total"] == goods + added
            assert terms["gross_weight_g"] == sum(line["gross_weight_g"] for line in lines)
            assert terms["gross_weight_g"] <= limit.max_gross_g
            assert terms["total_eur"] <= limit.max_value_eur
        now = found[row["terms"] - 1]
        for name in ("goods_total", "invoice_total", "total_eur", "gross_weight_g", "currency"):
            assert row[name] == now[name], name
        assert (row["offered"] is not None) or row["state"] != State.COUNTERED


_numbers = count()


@asynccontextmanager
async def a_walk(trade: Trade) -> AsyncIterator[Walk]:
    """An order; the one of the walk before is still there, in whatever state it was left."""
    sent = await an_order(trade, f"walk-{next(_numbers)}")
    sides = {side: (await side_of(trade, sent.public_id, side))[1] for side in (Side.EXPORTER, Side.IMPORTER)}
    yield Walk(trade, sides[Side.EXPORTER].order_id, sides)


def chosen(number: int, state: str) -> Try | None:
    """What ONWARD or ALLOWED mean in this state; None where nothing leads on."""
    if number < 0:
        ways = [
            (first[State(state)], side)
            for side, first in states.NEXT.items()
            if State(state) in first and side is not Side.STAFF
        ]
    else:
        ways = [(step, side) for side in Side for step in states.ACTIONS if states.may(step, state, side)]
    if not ways:
        return None
    step, side = ways[max(number, 0) % len(ways)]
    return Try(step=step, side=side)


@pytest.fixture
async def trade(db: None) -> Trade:
    return await a_trade()


@given(far=st.integers(0, 9), walk=WALKS)
@settings(
    max_examples=90,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_invariants_hold_after_every_step_of_any_walk(
    trade: Trade, far: int, walk: list[Try | int]
) -> None:
    """`far` steps along the way that goes well, and then whatever comes."""
    async with a_walk(trade) as order:
        before = await order.row()
        await order.check(before, Try(step="submit", side=Side.IMPORTER))
        for one in [-1] * far + walk:
            tried = one if isinstance(one, Try) else chosen(one, before["state"])
            if tried is None:
                continue
            refused = True
            with suppress(KervanError):
                await order.attempt(tried, before["version"] - tried.behind)
                refused = False
            await order.check(before, tried)
            after = await order.row()
            if refused or tried.behind and tried.step in states.ACTIONS:
                assert after == before, tried
            elif tried.step in states.ACTIONS:
                assert after["version"] > before["version"]
            before = after


async def test_the_walk_along_the_chain_passes_every_state(trade: Trade) -> None:
    """So that the walks of chance have where to go: the steps that lead on do lead to the end."""
    async with a_walk(trade) as order:
        seen = []
        while (tried := chosen(-1, (row := await order.row())["state"])) is not None:
            await order.attempt(tried, row["version"])
            await order.check(row, tried)
            seen.append(row["state"])
        assert (*seen, (await order.row())["state"]) == states.CHAIN
        assert await people.count("order_event") == len(states.CHAIN)
