"""The numbered invariants of domain 4.7 about who may do what with orders and quotes, who sees them, and what stays."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import product
from pathlib import Path

import asyncpg
import httpx
import people
import pytest
from asking import ask, make_world, quote, recipient_of
from httpx import AsyncClient
from ordering import a_trade, an_order, caller_of, side_of
from papering import a_proforma, handed_over, invoiced, registered

from kervan.db import execute, fetchval
from kervan.documents import service as documents
from kervan.documents import shelf
from kervan.errors import Conflict
from kervan.exporters import service as exporters
from kervan.exporters.tables import Verification
from kervan.files import store
from kervan.inquiries import states
from kervan.inquiries.tables import InquiryState, QuoteState
from kervan.orders import offers, queries, rounds, steps, watching
from kervan.orders.offers import Offer, OfferedLine
from kervan.orders.tables import Side, State
from kervan.organisations import keys, roles
from kervan.privacy import erasure

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _store(tmp_path: Path) -> None:
    """Files of documents go to a folder of the test."""
    store.use(tmp_path / "uploads")


HALF = {"gross_weight_g": 1000, "net_weight_g": 1000, "moq": 1, "step": 1, "tiers": ((1, Decimal("50.00")),)}
"""One piece weighs 1 kg and costs EUR 50: 300 of them are half of both limits of today."""


async def flags() -> int:
    return await people.count("split_flag")


async def test_invariant_10_two_orders_exactly_on_the_limit_are_not_flagged_and_one_piece_more_is() -> None:
    trade = await a_trade(**HALF)
    for n in range(2):
        await an_order(trade, f"k-{n}", quantity=300)
    assert await flags() == 0
    third = await an_order(trade, "k-3", quantity=1)
    assert await flags() == 1
    assert await fetchval("SELECT gross_weight_g FROM split_flag") == 601_000
    assert await fetchval("SELECT total_eur FROM split_flag") == Decimal(30_050)
    assert (
        await fetchval("SELECT state FROM trade_order WHERE public_id = $1", third.public_id) == "SUBMITTED"
    )


async def test_invariant_10_the_value_alone_is_enough() -> None:
    trade = await a_trade(**{**HALF, "gross_weight_g": 10, "net_weight_g": 10})
    for n in range(3):
        await an_order(trade, f"k-{n}", quantity=201)
    assert await flags() == 1


@pytest.mark.parametrize(
    ("change", "flagged"),
    [
        ("submitted_at = submitted_at - interval '7 days' + interval '1 minute'", 1),
        ("submitted_at = submitted_at - interval '7 days' - interval '1 minute'", 0),
        ("destination = 'FR'", 0),
        ("state = 'CANCELLED'", 0),
        ("state = 'WITHDRAWN'", 0),
        ("state = 'COMPLETED'", 1),
    ],
)
async def test_invariant_10_what_is_added_up(change: str, flagged: int) -> None:
    """The week before, to the same country, whatever came of it unless nothing left."""
    trade = await a_trade(**HALF)
    await an_order(trade, quantity=400)
    await execute("ALTER TABLE trade_order DISABLE TRIGGER USER")
    await execute(f"UPDATE trade_order SET {change}")
    await execute("ALTER TABLE trade_order ENABLE TRIGGER USER")
    await an_order(trade, "k-2", quantity=400)
    assert await flags() == flagged


async def test_invariant_10_other_firms_are_not_added_up() -> None:
    trade = await a_trade(**HALF)
    await an_order(trade, quantity=400)
    other = await a_trade("baska-havlu", **HALF)
    await an_order(other, quantity=400)
    assert await flags() == 0


async def test_invariant_11_open_orders_of_a_suspended_exporter_go_on_to_their_end_and_new_ones_do_not() -> (
    None
):
    trade = await a_trade()
    await registered(trade.exporter)
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    await steps.take(seller, selling, "accept", 1)
    assert await watching.of_suspended() == []
    await exporters.change_verification(
        trade.exporter, Verification.SUSPENDED, "system:test", reason="complaint"
    )
    with pytest.raises(Conflict):
        await an_order(trade, "k-2")
    assert [one.number for one in await watching.of_suspended()] == [sent.number]
    await documents.issue_proforma(seller, selling, 2, a_proforma())
    await steps.take(buyer, buying, "confirm", 3, seen=1)
    assert (await queries.detail(buying.order_id)).state == State.CONFIRMED
    await steps.take(buyer, buying, "cancel", 4, reason="We found another firm.")
    assert await watching.of_suspended() == []
    await exporters.change_verification(
        trade.exporter, Verification.VERIFIED, "system:test", reason="settled"
    )
    await an_order(trade, "k-2")


async def key_of(person: int, *scopes: str) -> dict[str, str]:
    caller = await caller_of(person)
    token = await keys.create(caller, caller.memberships[0], "Tests", scopes, 30)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": f"k-{person}"}


async def an_owner(firm: people.Firm, name: str) -> int:
    person = await people.make_person(name)
    await people.make_member(firm, person, "OWNER")
    return person


async def test_invariant_13_no_exporter_learns_of_anothers_quote(client: AsyncClient) -> None:
    """Both are asked, both quote; what Can's people and programs can open never holds a word of Ayşe's quote."""
    world = await make_world()
    inquiry = await ask(world)
    secret = {"payment_terms": "Ninety days, for you alone", "line": {"unit_price": Decimal("3.1337")}}
    saved = await quote(inquiry, world.ayse, world.towel, **secret)
    await quote(inquiry, world.can, world.oil)
    number = await fetchval("SELECT number FROM quote WHERE public_id = $1", saved.public_id)
    hers, his = await recipient_of(inquiry, world.ayse), await recipient_of(inquiry, world.can)
    key = await key_of(await an_owner(world.can.firm, "Can Demir Usta"), roles.VIEW, roles.ORDERS)
    await people.sign_in(client, world.can.person)
    seen = []
    for path in (f"/en/desk/{world.can.org}/inquiries", f"/en/desk/{world.can.org}/inquiries/{his}"):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        seen.append(answer.text)
    people.sign_out(client)
    for path in ("/api/v1/inquiries", f"/api/v1/inquiries/{his}"):
        answer = await client.get(path, headers=key)
        assert answer.status_code == 200, path
        seen.append(answer.text)
    for text in seen:
        for word in (number, "3.1337", "3,1337", "Ninety days", "Ayşe", hers, saved.public_id):
            assert word not in text
    for path in (hers, inquiry):
        assert (await client.get(f"/api/v1/inquiries/{path}", headers=key)).status_code == 404
    withdrawn = await client.post(f"/api/v1/inquiries/{hers}/quote/withdraw", headers=key)
    assert withdrawn.status_code == 404
    assert await fetchval("SELECT state FROM quote WHERE public_id = $1", saved.public_id) == "SENT"


# Domain 4.6, written out by hand: step, states before it, state after it, who takes it (see test_states).
INQUIRY = """
answer  | OPEN ANSWERED | ANSWERED | E
reopen  | ANSWERED | OPEN | E I P
convert | OPEN ANSWERED | CONVERTED | I
close   | OPEN ANSWERED | CLOSED | I
expire  | OPEN ANSWERED | EXPIRED | P
"""
QUOTE = """
send     | DRAFT REVISED | SENT | E
revise   | SENT REVISED | REVISED | E
discard  | REVISED | SENT | E
withdraw | DRAFT SENT REVISED | WITHDRAWN | E P
accept   | SENT REVISED | ACCEPTED | I
decline  | SENT REVISED | DECLINED | I P
expire   | SENT REVISED | EXPIRED | P
"""
_LETTERS = {"E": Side.EXPORTER, "I": Side.IMPORTER, "P": Side.SYSTEM}


@pytest.mark.parametrize(
    ("arrows", "text", "kinds"),
    [(states.INQUIRY, INQUIRY, InquiryState), (states.QUOTE, QUOTE, QuoteState)],
    ids=["inquiry", "quote"],
)
async def test_invariant_14_inquiries_and_quotes_follow_their_arrows_only(
    arrows: Mapping[str, states.Arrow], text: str, kinds: type[InquiryState] | type[QuoteState]
) -> None:
    known = {}
    for line in text.strip().splitlines():
        step, before, after, sides = (part.strip() for part in line.split("|"))
        for state, letter in product(before.split(), sides.split()):
            known[step, state, _LETTERS[letter]] = after
    assert set(arrows) == {step for step, _, _ in known}
    for step, state, side in product(arrows, kinds, Side):
        expected = known.get((step, str(state), side))
        if expected is None:
            with pytest.raises(Conflict):
                states.check(arrows, step, state, side)
        else:
            assert states.check(arrows, step, state, side) == expected, (step, state, side)


async def test_invariant_14_nobody_answers_after_the_time_has_run_out() -> None:
    """Nor in the minutes before the worker comes round to end the order."""
    late = "UPDATE trade_order SET answer_by = now() - interval '1 second'"
    trade = await a_trade()
    sent = await an_order(trade)
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    buyer, buying = await side_of(trade, sent.public_id, "IMPORTER")
    line = OfferedLine(number=1, quantity=90, unit_price=Decimal(4))
    offer = Offer(lines=(line,), incoterm="DAP")
    before = await fetchval("SELECT answer_by FROM trade_order")
    await execute(late)
    with pytest.raises(Conflict, match="is over"):
        await steps.take(seller, selling, "accept", 1)
    with pytest.raises(Conflict, match="is over"):
        await offers.counter(seller, selling, 1, offer)
    await execute("UPDATE trade_order SET answer_by = $1", before)
    await offers.counter(seller, selling, 1, offer)
    await execute(late)
    with pytest.raises(Conflict, match="is over"):
        await steps.take(buyer, buying, "agree", 2)
    assert (await queries.detail(buying.order_id)).state == State.COUNTERED
    await rounds.expire_due()
    assert (await queries.detail(buying.order_id)).state == State.CANCELLED


async def test_invariant_14_the_database_itself_holds_one_accepted_quote_of_an_inquiry() -> None:
    world = await make_world()
    inquiry = await ask(world)
    for side, goods in ((world.ayse, world.towel), (world.can, world.oil)):
        await quote(inquiry, side, goods)
    with pytest.raises(asyncpg.UniqueViolationError):
        await execute("UPDATE quote SET state = 'ACCEPTED'")


CHANGES = {
    "order_terms": (
        "revision = revision + 1", "side = 'EXPORTER'", "incoterm = 'EXW'", "place = 'Bremen'", "lead_days = 1",
        "payment_terms = 'Later'", "note = 'x'", "currency = 'USD'", "goods_total = goods_total + 1",
        "discount_total = 1", "invoice_total = 1", "gross_weight_g = 1", "total_eur = 1", "eur_rate = 2",
        "rate_date = current_date", "rate_source = 'x'", "law_on = current_date", "verdict = '{}'",
    ),
    "order_line": ("quantity = 1", "unit_price = 1", "name_tr = 'x'", "gtip = '630260000012'"),
    "order_charge": ("amount = 1", "kind = 'INSURANCE'"),
    "order_event": ("action = 'accept'", "after = 'ACCEPTED'", "reason = 'x'", "data = '{}'", "at = now()"),
    "trade_order": (
        "number = 'KV26-0000-0000'", "exporter = exporter", "importer = importer", "destination = 'FR'",
        "submitted_at = now()", "body_hash = ''",
    ),
    "document": ("number = 'x'", "kind = 'INVOICE'", "paper = '{}'", "code = 'x'", "issued_at = now()"),
    "document_file": ("sha256 = 'x'",),
    "invoice_number": ("number = 'x'",),
    "declaration": ("waybill = 'x'", "handed_on = current_date", "gross_weight_g = 1"),
    "audit_entry": ("actor = 'user:0'", "after = '{}'", "at = now()"),
}  # fmt: skip


async def test_invariant_17_what_was_agreed_printed_and_noted_never_changes_at_the_database() -> None:
    case = await handed_over()
    await an_order(case.trade, "k-2", charges={"FREIGHT": Decimal(9)})
    for table, changes in CHANGES.items():
        assert await people.count(table), table
        for statement in (f"DELETE FROM {table}", *(f"UPDATE {table} SET {change}" for change in changes)):
            with pytest.raises(asyncpg.RestrictViolationError):
                await execute(statement)
                pytest.fail(statement)


async def test_invariant_17_an_erased_seller_leaves_the_papers_and_no_name(client: httpx.AsyncClient) -> None:
    """Commercial papers are kept for ten years; who of the firm pressed the button is forgotten."""
    case = await invoiced()
    await execute("UPDATE trade_order SET state = 'COMPLETED'")
    colleague = await an_owner(case.trade.exporter_firm, "Zeynep Ak")
    before = await shelf.of_order(case.id)
    assert await erasure.ask(case.seller.person, people.PASSWORD)
    after = await shelf.of_order(case.id)
    assert [one.public_id for one in after] == [one.public_id for one in before]
    for one in after:
        data, _, _ = await shelf.file(case.id, one.public_id, "pdf-tr")
        assert data.startswith(b"%PDF")
    assert [event.by for event in await queries.timeline(case.id) if event.side == Side.EXPORTER] == [
        None
    ] * 3
    await people.sign_in(client, colleague)
    page = await client.get(f"/en/desk/{case.trade.exporter_firm.public_id}/orders/{case.public_id}")
    assert page.status_code == 200
    assert "Elif Kaya" not in page.text
    assert case.trade.seller.actor in [actor for actor, _ in await people.audited(case.public_id)]


async def test_invariant_17_an_erasure_waits_until_the_open_order_has_ended() -> None:
    trade = await a_trade()
    sent = await an_order(trade)
    await an_owner(trade.importer_firm, "Greta Hansen")
    assert not await erasure.ask(trade.buyer.person, people.PASSWORD)
    assert await erasure.carry_out_deferred() == 0
    assert await fetchval("SELECT state FROM person WHERE id = $1", trade.buyer.person) == "ACTIVE"
    seller, selling = await side_of(trade, sent.public_id, "EXPORTER")
    await steps.take(seller, selling, "decline", 1, reason="We are full until May.")
    assert await erasure.carry_out_deferred() == 1
    assert await fetchval("SELECT state FROM person WHERE id = $1", trade.buyer.person) == "CLOSED"
    order = await queries.detail(selling.order_id)
    assert (order.ordered_by, order.delivery.city) == (None, "Hamburg")
