"""Every state, step and side: what the law's text allows, and nothing else; and what time does to orders."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

import people
import pytest
from msgspec.structs import replace
from ordering import Trade, a_trade, an_order, side_of

from kervan.db import connection, execute, fetchval, transaction
from kervan.errors import Conflict, Invalid
from kervan.ids import new_public_id
from kervan.orders import deadlines, moves, offers, queries, rounds, states, steps
from kervan.orders.errors import Refused
from kervan.orders.now import MEANINGS, PAGES, STANDING
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.tables import Side, State
from kervan.policies import book
from kervan.trade import law

# Domain 4.5, written out by hand: step, states before it, state after it, who takes it. E exporter, I importer,
# S staff, C carrier, P the platform itself.
ARROWS = """
accept    | SUBMITTED | ACCEPTED | E P
decline   | SUBMITTED | DECLINED | E
counter   | SUBMITTED ACCEPTED | COUNTERED | E
agree     | COUNTERED | SUBMITTED | I
withdraw  | SUBMITTED | WITHDRAWN | I
expire    | SUBMITTED | EXPIRED | P
proforma  | ACCEPTED | PROFORMA_SENT | E
confirm   | PROFORMA_SENT | CONFIRMED | I
invoice   | CONFIRMED | INVOICED | E
hand-over | INVOICED | HANDED_TO_CARRIER | E
register  | HANDED_TO_CARRIER | ETGB_REGISTERED | E C
close     | ETGB_REGISTERED | EXPORTED | E C
deliver   | EXPORTED | DELIVERED | E I C
complete  | DELIVERED | COMPLETED | I P
dispute   | DELIVERED | DISPUTED | I
resolve   | DISPUTED | RESOLVED | S
return    | HANDED_TO_CARRIER ETGB_REGISTERED EXPORTED DELIVERED | RETURNED | E
cancel    | SUBMITTED COUNTERED ACCEPTED PROFORMA_SENT CONFIRMED INVOICED | CANCELLED | E I S P
"""
_LETTERS = {"E": Side.EXPORTER, "I": Side.IMPORTER, "S": Side.STAFF, "C": Side.CARRIER, "P": Side.SYSTEM}


def allowed() -> dict[tuple[str, State, Side], State]:
    """(step, state before, side) -> state after."""
    found = {}
    for line in ARROWS.strip().splitlines():
        step, before, after, sides = (part.strip() for part in line.split("|"))
        for state, letter in product(before.split(), sides.split()):
            found[step, State(state), _LETTERS[letter]] = State(after)
    return found


def test_invariant_14_every_step_from_every_state_by_every_side() -> None:
    known = allowed()
    assert set(states.ACTIONS) == {step for step, _, _ in known}
    for step, state, side in product(states.ACTIONS, State, Side):
        expected = known.get((step, state, side))
        assert states.may(step, state, side) is (expected is not None), (step, state, side)
        if expected is None:
            with pytest.raises(Conflict):
                states.check(step, state, side)
        else:
            assert states.check(step, state, side).after == expected, (step, state, side)


def test_ends_are_ends_and_every_other_state_leads_on() -> None:
    for state in State:
        onward = [step for step, side in product(states.ACTIONS, Side) if states.may(step, state, side)]
        assert bool(onward) is (state not in states.ENDED), state


def test_nobody_is_led_to_a_step_that_he_may_not_take() -> None:
    for side, first in states.NEXT.items():
        for state, step in first.items():
            assert states.may(step, state, side), (side, state, step)
            assert states.steps(state, side)[0] == step


def test_both_sides_are_told_something_in_every_state() -> None:
    for side in (Side.EXPORTER, Side.IMPORTER):
        assert set(STANDING[side]) == set(State)
        for state in State:
            for step in states.steps(state, side)[1:]:
                assert step in MEANINGS or step in PAGES, (side, state, step)


@pytest.fixture
async def trade(db: None) -> Trade:
    return await a_trade()


async def one(trade: Trade, state: State | None = None, key: str = "k-1") -> tuple[int, str]:
    """(id, public id) of an order, put into a state by force."""
    public_id = (await an_order(trade, key)).public_id
    order_id = await fetchval("SELECT id FROM trade_order WHERE public_id = $1", public_id)
    if state is not None:
        await execute("UPDATE trade_order SET state = $2 WHERE id = $1", order_id, state)
    return order_id, public_id


async def state_of(order_id: int) -> State:
    return State(await fetchval("SELECT state FROM trade_order WHERE id = $1", order_id))


async def test_invariant_14_the_database_follows_the_arrows_and_nothing_else(trade: Trade) -> None:
    """One order, put into each state in turn; each of the 18 x 18 x 5 steps is tried for real and taken back."""
    order_id, _ = await one(trade)
    known = allowed()
    for state in State:
        await execute("UPDATE trade_order SET state = $2, answer_by = NULL WHERE id = $1", order_id, state)
        events = await people.count("order_event")
        for step, side in product(states.ACTIONS, Side):
            expected = known.get((step, state, side))
            after: str | None = None
            try:
                async with transaction() as tx:
                    after = await moves.move(
                        tx.connection,
                        order_id,
                        step,
                        side=side,
                        version=None,
                        reason="As a test of every step.",
                    )
                    raise _Back
            except _Back:
                pass
            except Conflict:
                assert expected is None, (step, state, side)
            assert after == expected, (step, state, side)
        assert await state_of(order_id) == state
        assert await people.count("order_event") == events


class _Back(Exception):
    """Takes a transaction back."""


async def test_a_step_writes_the_time_line_the_audit_trail_and_the_next_version(trade: Trade) -> None:
    order_id, public_id = await one(trade)
    _, selling = await side_of(trade, public_id, "EXPORTER")
    await steps.take(trade.seller, selling, "decline", 1, reason="We are full until May.")
    last = (await queries.timeline(order_id))[-1]
    assert (last.action, last.before, last.after, last.reason, last.by) == (
        "decline", "SUBMITTED", "DECLINED", "We are full until May.", "Elif Kaya",
    )  # fmt: skip
    assert (trade.seller.actor, "order.decline") in await people.audited(public_id)
    assert await queries.version_of(order_id) == 2
    with pytest.raises(Conflict):
        await steps.take(trade.seller, selling, "accept", 1)


@pytest.mark.parametrize("reason", [None, "", "   ", "no", "x" * 1001])
@pytest.mark.parametrize(
    ("step", "state", "side"),
    [
        ("decline", State.SUBMITTED, "EXPORTER"),
        ("cancel", State.CONFIRMED, "IMPORTER"),
        ("dispute", State.DELIVERED, "IMPORTER"),
        ("return", State.EXPORTED, "EXPORTER"),
    ],
)
async def test_steps_that_hurt_need_a_reason(
    trade: Trade, step: str, state: State, side: str, reason: str | None
) -> None:
    order_id, public_id = await one(trade, state)
    caller, party = await side_of(trade, public_id, side)
    with pytest.raises(Invalid) as refused:
        await steps.take(caller, party, step, 1, reason=reason)
    assert list(refused.value.fields) == ["reason"]
    assert await state_of(order_id) == state


# Time


def at(text: str) -> datetime:
    """A moment in Türkiye, three hours before UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=law.TURKIYE)


@pytest.mark.parametrize(
    ("sent", "closed", "until"),
    [
        # Monday noon: Tuesday, Wednesday, Thursday noon.
        ("2026-02-02T12:00", (), "2026-02-05T12:00"),
        # Thursday noon: Friday, then the weekend does not count.
        ("2026-02-05T12:00", (), "2026-02-10T12:00"),
        # 23 April, a Thursday, is a public holiday.
        ("2026-04-22T12:00", (), "2026-04-28T12:00"),
        # The exporter's own holidays do not count either.
        ("2026-02-02T12:00", (("2026-02-03", "2026-02-04"),), "2026-02-09T12:00"),
    ],
)
async def test_72_hours_are_three_business_days_of_the_exporter(
    trade: Trade, sent: str, closed: tuple[tuple[str, str], ...], until: str
) -> None:
    for first, last in closed:
        await execute(
            """INSERT INTO exporter_holiday (public_id, exporter, first_day, last_day, note)
            VALUES ($4, $1, $2, $3, '')""",
            trade.exporter,
            date.fromisoformat(first),
            date.fromisoformat(last),
            new_public_id(),
        )
    async with connection() as conn:
        found = await deadlines.answer_by(conn, trade.exporter, State.SUBMITTED, at(sent))
    assert found is not None
    assert found.astimezone(law.TURKIYE) == at(until)


async def test_an_importer_has_its_hours_on_every_day(trade: Trade) -> None:
    async with connection() as conn:
        friday = at("2026-02-06T12:00")
        found = await deadlines.answer_by(conn, trade.exporter, State.COUNTERED, friday)
        nobody = await deadlines.answer_by(conn, trade.exporter, State.CONFIRMED, friday)
    assert found == friday + timedelta(hours=law.current().figure("COUNTER_HOURS", friday.date()))
    assert nobody is None


async def test_an_order_that_nobody_answers_expires_and_gives_its_place_back(trade: Trade) -> None:
    order_id, public_id = await one(trade)
    assert await rounds.expire_due() == 0
    await execute("UPDATE trade_order SET answer_by = now() - interval '1 second' WHERE id = $1", order_id)
    caller, party = await side_of(trade, public_id, "EXPORTER")
    with pytest.raises(Conflict) as late:
        await steps.take(caller, party, "accept", 1)
    assert "The time to answer this order is over." in str(late.value)
    assert await rounds.expire_due() == 1
    assert await state_of(order_id) == State.EXPIRED
    assert await rounds.expire_due() == 0
    assert await fetchval("SELECT open_orders FROM exporter_load") == 0
    told = [mail for mail in await people.mails() if mail["context"]["action"] == "expire"]
    assert {mail["to_address"] for mail in told} == {
        "elif@ayse-havlu.example", "jan-ayse-havlu@nordlicht.example",
    }  # fmt: skip


async def test_offered_terms_that_are_not_answered_end_the_order(trade: Trade) -> None:
    order_id, public_id = await one(trade)
    caller, party = await side_of(trade, public_id, "EXPORTER")
    offer = Offer(lines=(OfferedLine(number=1, quantity=80, unit_price=Decimal("4.20")),), incoterm="DAP")
    await offers.counter(caller, party, 1, offer)
    await execute("UPDATE trade_order SET answer_by = now() - interval '1 second' WHERE id = $1", order_id)
    assert await rounds.expire_due() == 1
    assert await state_of(order_id) == State.CANCELLED
    last = (await queries.timeline(order_id))[-1]
    assert (last.side, last.by, last.reason) == (
        Side.SYSTEM, None, "The offered terms were not answered in time.",
    )  # fmt: skip


async def test_a_delivery_that_nobody_complains_of_completes_by_itself(trade: Trade) -> None:
    order_id, _ = await one(trade, State.DELIVERED)
    days = law.current().figure("COMPLETE_DAYS", deadlines.today())
    await execute(
        "UPDATE trade_order SET updated_at = now() - make_interval(days => $2) + interval '1 minute' WHERE id = $1",
        order_id,
        days,
    )
    assert await rounds.complete_delivered() == 0
    await execute(
        "UPDATE trade_order SET updated_at = updated_at - interval '2 minutes' WHERE id = $1", order_id
    )
    assert await rounds.complete_delivered() == 1
    assert await state_of(order_id) == State.COMPLETED


# The law and orders that were sent


async def lower_the_law(grams: int) -> None:
    """From today on one shipment weighs at most so much."""
    shipped = law.shipped()
    today = deadlines.today()
    now = shipped.regime_limit(law.ETGB, today)
    law.use(
        replace(
            shipped,
            regime=(
                *(one for one in shipped.regime if one is not now),
                replace(now, valid_to=today - timedelta(days=1)),
                replace(now, valid_from=today, valid_to=None, max_gross_g=grams),
            ),
        )
    )


async def test_invariant_4_a_sent_order_keeps_its_limits_and_a_new_action_does_not(
    trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45.5 kg were sent under the old row; the new one allows 40."""
    order_id, public_id = await one(trade)
    before = (await queries.detail(order_id)).terms.verdict
    yesterday = deadlines.today() - timedelta(days=1)
    await execute("ALTER TABLE order_terms DISABLE TRIGGER USER")
    await execute('UPDATE order_terms SET law_on = $2 WHERE "order" = $1', order_id, yesterday)
    await execute("ALTER TABLE order_terms ENABLE TRIGGER USER")

    async def as_it_is() -> law.LawBook:
        return law.current()

    monkeypatch.setattr(book, "refresh", as_it_is)
    await lower_the_law(40_000)
    caller, party = await side_of(trade, public_id, "EXPORTER")
    with pytest.raises(Refused):
        await offers.counter(
            caller,
            party,
            1,
            Offer(lines=(OfferedLine(number=1, quantity=90, unit_price=Decimal("4.20")),), incoterm="DAP"),
        )
    assert await steps.take(caller, party, "accept", 1) == State.ACCEPTED
    assert (await queries.detail(order_id)).terms.verdict == before
