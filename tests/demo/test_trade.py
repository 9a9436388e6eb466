"""The demo's trade: an order in every state, and whatever belongs to it is there and agrees with it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from asyncpg import PostgresError
from efatura_kontrol.kontrol import kontrol_et
from emptying import empty_tables, forget_law

from kervan.db import execute, fetch, fetchval, pool
from kervan.demo import house, past, trade, trade_orders
from kervan.demo import load as demo
from kervan.demo.trade_steps import STEPS, Step, Tale, moments
from kervan.documents import differences
from kervan.documents.structs import Kind, Paper
from kervan.exporters import limits
from kervan.files import store
from kervan.inquiries.tables import InquiryState, QuoteState
from kervan.orders.states import CHAIN, ENDED
from kervan.orders.tables import State
from kervan.settings import load
from kervan.trade import law

FIRM = "pamukova-tekstil"
"""Of the accounts exporter@ and orders@."""

_OF_FIRM = "(SELECT id FROM exporter WHERE slug = 'pamukova-tekstil')"


@pytest.fixture(scope="module")
async def told(_migrated: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The whole demo, made once for this file, and the folder of its files; nothing here changes it for long."""
    folder = tmp_path_factory.mktemp("uploads")
    async with pool(5):
        await empty_tables()
        forget_law()
        store.use(folder)
        await demo.load()
        assert await house.settle(load())
        yield folder
        forget_law()


async def rows(sql: str, *asked: object) -> list[dict[str, Any]]:
    return [dict(row) for row in await fetch(sql, *asked)]


async def test_every_state_has_an_order_and_most_are_of_one_exporter(told: Path) -> None:
    found = await rows(f"SELECT state, exporter = {_OF_FIRM} AS own FROM trade_order")
    assert {row["state"] for row in found} == set(State)
    assert {row["state"] for row in found if row["own"]} == set(State)
    assert sum(row["own"] for row in found) > len(found) / 2
    assert len({row["state"] for row in found if not row["own"]}) >= 5


async def test_an_order_was_cancelled_by_each_side_and_by_the_clock(told: Path) -> None:
    found = await rows("SELECT side, reason FROM order_event WHERE action = 'cancel'")
    assert {row["side"] for row in found} == {"EXPORTER", "IMPORTER", "SYSTEM"}
    assert all(row["reason"] for row in found)
    assert await fetchval("SELECT count(*) FROM order_event WHERE action = 'expire' AND side = 'SYSTEM'") == 1


async def test_time_lines_run_forward_and_end_before_now(told: Path) -> None:
    found = await rows(
        """SELECT e."order", e.at, o.submitted_at, o.updated_at, o.ended_at, o.state, e.after, e.id
        FROM order_event e JOIN trade_order o ON o.id = e."order" ORDER BY e."order", e.id"""
    )
    assert all(row["at"] <= datetime.now(UTC) for row in found)
    for before, after in zip(found, found[1:], strict=False):
        if before["order"] == after["order"]:
            # Two steps of one transaction may have the same moment, give or take its length.
            assert before["at"] <= after["at"] + timedelta(seconds=1), after
    last = {row["order"]: row for row in found}
    for row in last.values():
        assert row["after"] == row["state"]
        assert (row["ended_at"] is not None) == (row["state"] in ENDED)
        assert row["ended_at"] is None or row["ended_at"] <= row["at"]
    begun = min(row["submitted_at"] for row in found)
    assert datetime.now(UTC) - begun > timedelta(days=50)


async def test_nobody_traded_before_they_came(told: Path) -> None:
    assert not await rows(
        """SELECT o.number FROM trade_order o JOIN importer i ON i.id = o.importer JOIN person p ON p.id = o.ordered_by
        WHERE o.submitted_at < i.created_at OR o.submitted_at < p.created_at OR o.submitted_at < i.verified_at"""
    )
    assert not await rows(
        """SELECT e.id FROM order_event e JOIN trade_order o ON o.id = e."order" JOIN exporter x ON x.id = o.exporter
        JOIN membership m ON m.person = e.person AND m.organisation = x.organisation WHERE e.at < m.created_at"""
    )


async def test_orders_that_wait_are_not_late_and_one_nearly_is(told: Path) -> None:
    waiting = await rows("SELECT state, answer_by FROM trade_order WHERE answer_by IS NOT NULL")
    now = datetime.now(UTC)
    assert {row["state"] for row in waiting} == {"SUBMITTED", "COUNTERED"}
    assert all(row["answer_by"] > now for row in waiting)
    # Of a weekend the next business day is the nearest there is.
    nearest = min(row["answer_by"] for row in waiting)
    book, day = law.current(), law.day_of(now)
    closed = 0
    while not book.is_business_day(day + timedelta(days=closed)):
        closed += 1
    assert nearest - now < timedelta(days=closed + 1)


async def test_what_a_state_needs_is_there(told: Path) -> None:
    """Every order on the way has the papers, the parcel and the declaration of the steps behind it."""
    found = await rows(
        """SELECT o.id, o.state, d.registered_on, d.closed_on, d.delivered_on, d.id AS shipped,
            ARRAY(SELECT p.kind FROM document p WHERE p."order" = o.id AND p.state = 'ISSUED') AS papers,
            ARRAY(SELECT e.action FROM order_event e WHERE e."order" = o.id) AS actions
        FROM trade_order o LEFT JOIN declaration d ON d."order" = o.id"""
    )
    place = {str(state): number for number, state in enumerate(CHAIN)}
    for row in found:
        far = place.get(row["state"], 9 if row["state"] in ("DISPUTED", "RESOLVED") else -1)
        papers = set(row["papers"])
        assert (far >= place["PROFORMA_SENT"]) <= ("PROFORMA" in papers), row
        assert (far >= place["INVOICED"]) <= ("INVOICE" in papers), row
        assert (far >= place["HANDED_TO_CARRIER"]) <= (
            row["shipped"] is not None and papers >= {"PACKING_LIST", "EXPORT_FORM"}
        ), row
        assert (far >= place["ETGB_REGISTERED"]) <= (row["registered_on"] is not None), row
        assert (far >= place["EXPORTED"]) <= (row["closed_on"] is not None), row
        assert (far >= place["DELIVERED"]) <= (row["delivered_on"] is not None), row
    assert {row["state"] for row in found if "payment" in row["actions"]} >= {"CONFIRMED", "COMPLETED"}
    ticks = await rows('SELECT count(*) AS n FROM vat_step GROUP BY "order"')
    assert {1, 2, 4} <= {row["n"] for row in ticks}
    assert {row["source"] for row in await rows("SELECT source FROM declaration")} == {"TYPED", "API"}


async def test_every_paper_has_its_files_and_says_what_the_record_says(told: Path) -> None:
    found = await rows(
        """SELECT p.*, o.state AS order_state, o.submitted_at, o.number AS order_number FROM document p
        JOIN trade_order o ON o.id = p."order" """
    )
    assert {row["kind"] for row in found} == set(Kind)
    assert {row["state"] for row in found} >= {"ISSUED", "SUPERSEDED"}
    for row in found:
        paper = msgspec.json.decode(row["paper"], type=Paper)
        assert paper.issued_on == law.day_of(row["issued_at"]), row["number"]
        assert paper.ordered_on == law.day_of(row["submitted_at"]), row["number"]
        assert (paper.number, paper.order_number, paper.code) == (
            row["number"],
            row["order_number"],
            row["code"],
        )
        files = await rows("SELECT * FROM document_file WHERE document = $1", row["id"])
        wanted = {("pdf", "tr"), ("pdf", "en")} | ({("xml", "")} if row["kind"] == "INVOICE" else set())
        assert {(file["format"], file["language"]) for file in files} == wanted
        for file in files:
            data = (told / file["path"]).read_bytes()
            assert (len(data), sha256(data).digest()) == (file["size"], file["sha256"])


async def test_proforma_and_invoice_agree_and_no_invoice_number_comes_twice(told: Path) -> None:
    papers = {
        (row["order"], row["kind"]): msgspec.json.decode(row["paper"], type=Paper)
        for row in await fetch("""SELECT "order", kind, paper FROM document WHERE state <> 'SUPERSEDED'""")
    }
    invoices = {order: paper for (order, kind), paper in papers.items() if kind == "INVOICE"}
    assert len(invoices) >= 12
    for order, invoice in invoices.items():
        assert not differences.differences(papers[order, "PROFORMA"], invoice)
    assert len({(paper.seller.vkn, paper.number) for paper in invoices.values()}) == len(invoices)


async def test_gib_finds_nothing_wrong_with_the_demos_invoices(told: Path) -> None:
    drafts = await rows("SELECT path FROM document_file WHERE format = 'xml'")
    assert drafts
    for draft in drafts:
        found = kontrol_et((told / draft["path"]).read_bytes()).bulgular
        assert [each for each in found if each.seviye != "bilgi"] == []


async def test_days_of_the_declaration_are_those_of_the_time_line(told: Path) -> None:
    found = await rows(
        """SELECT d.handed_on, d.registered_on, d.closed_on, d.delivered_on, e.action, e.at
        FROM declaration d JOIN order_event e ON e."order" = d."order"
        WHERE e.action IN ('hand-over', 'register', 'close', 'deliver')"""
    )
    column = {
        "hand-over": "handed_on",
        "register": "registered_on",
        "close": "closed_on",
        "deliver": "delivered_on",
    }
    assert len(found) > 20
    assert all(row[column[row["action"]]] == law.day_of(row["at"]) for row in found)


async def test_terms_were_judged_by_the_law_of_their_day(told: Path) -> None:
    found = await rows("SELECT law_on, rate_date, created_at, verdict FROM order_terms")
    for row in found:
        assert row["law_on"] == row["rate_date"] == law.day_of(row["created_at"])
        assert msgspec.json.decode(row["verdict"])["allowed"]


async def test_two_orders_together_pass_the_limit_and_staff_see_them(told: Path) -> None:
    [flag] = await rows("SELECT * FROM split_flag")
    assert len(flag["orders"]) == 2
    assert flag["gross_weight_g"] > flag["limit_g"]
    assert flag["seen_at"] is None


async def test_an_exporter_is_near_its_own_limits_and_an_order_near_the_laws(told: Path) -> None:
    exporter = await fetchval("SELECT id FROM exporter WHERE slug = $1", FIRM)
    own = await limits.of(exporter, datetime.now(UTC))
    load_row = (await rows("SELECT * FROM exporter_load WHERE exporter = $1", exporter))[0]
    assert own.max_open_orders is not None
    assert own.max_gross_g is not None
    assert 0 < own.max_open_orders - load_row["open_orders"] <= 3
    open_orders = await fetchval(
        "SELECT count(*) FROM trade_order WHERE exporter = $1 AND state <> ALL($2::text[])",
        exporter,
        [str(state) for state in ENDED],
    )
    assert load_row["open_orders"] == open_orders
    heaviest = await fetchval(
        "SELECT max(gross_weight_g) FROM trade_order WHERE exporter = $1 AND state = 'ACCEPTED'", exporter
    )
    assert 0.97 * own.max_gross_g < heaviest <= own.max_gross_g
    regime = law.current().regime_limit(law.ETGB, law.day_of(datetime.now(UTC)))
    most = await fetchval("SELECT max(gross_weight_g) FROM trade_order")
    assert 0.95 * regime.max_gross_g < most <= regime.max_gross_g
    assert load_row["day_orders"] <= 3


async def test_inquiries_stand_in_every_state_that_the_demo_names(told: Path) -> None:
    found = await rows(
        """SELECT i.*, (SELECT count(*) FROM quote q WHERE q.inquiry = i.id AND q.state = 'SENT') AS quotes,
            (SELECT max(revision) FROM quote q WHERE q.inquiry = i.id) AS revision FROM inquiry i
        WHERE i.request IS NULL"""
    )
    by_key = {row["idempotency_key"]: row for row in found}
    compared = by_key["demo-two-quotes"]
    assert (compared["state"], compared["quotes"], compared["revision"]) == ("ANSWERED", 2, 2)
    assert by_key["demo-cart"]["refused"] is not None
    assert by_key["demo-anonymous"]["anonymous"]
    assert by_key["demo-anonymous"]["revealed_at"] is None
    assert by_key["demo-expired"]["state"] == InquiryState.EXPIRED
    assert await fetchval("SELECT count(*) FROM quote WHERE state = $1", QuoteState.EXPIRED) == 1
    assert await fetchval("SELECT count(*) FROM inquiry_recipient WHERE decline_reason IS NOT NULL") == 1
    assert by_key["demo-became-order"]["state"] == by_key["demo-became-deal"]["state"] == "CONVERTED"
    assert await fetchval("SELECT count(*) FROM trade_order WHERE quote IS NOT NULL") == 1
    for row in found:
        assert row["created_at"] < datetime.now(UTC)
        assert row["expires_at"] - row["created_at"] == timedelta(days=90)
    [deal] = await rows("SELECT * FROM deal")
    ticked = msgspec.json.decode(deal["steps"], type=dict[str, datetime])
    assert 4 <= len(ticked) <= 7
    assert all(deal["created_at"] < at < datetime.now(UTC) for at in ticked.values())


async def test_one_cart_fits_and_one_does_not(told: Path) -> None:
    assert await fetchval("SELECT count(*) FROM cart") == 2
    worth = await rows(
        "SELECT sum(l.quantity * l.seen_price) AS eur FROM cart c JOIN cart_line l ON l.cart = c.id GROUP BY c.id"
    )
    limit = law.current().platform_limit("UNVERIFIED", law.day_of(datetime.now(UTC)))
    assert limit is not None
    assert limit.max_value_eur is not None
    assert sorted(row["eur"] > limit.max_value_eur for row in worth) == [False, True]


async def test_both_sides_wrote_and_attached(told: Path) -> None:
    found = await rows(
        """SELECT m.about, m.side, m.read_at, a.content_type, a.path FROM message m
        LEFT JOIN attachment a ON a.message = m.id"""
    )
    assert {(row["about"], row["side"]) for row in found} >= {
        ("ORDER", "EXPORTER"),
        ("ORDER", "IMPORTER"),
        ("INQUIRY", "EXPORTER"),
        ("INQUIRY", "IMPORTER"),
    }
    assert {row["content_type"] for row in found} >= {"application/pdf", "image/png"}
    assert all((told / row["path"]).is_file() for row in found if row["path"])
    assert {row["read_at"] is None for row in found} == {True, False}


async def test_two_administrators_stand_behind_the_carriers(told: Path) -> None:
    found = await rows(
        "SELECT code FROM carrier WHERE proposed_by IS NOT NULL AND approved_by <> proposed_by"
    )
    assert len(found) == 2
    assert await fetchval("SELECT count(*) FROM law_proposal WHERE decided_at IS NULL") == 1


async def test_the_guards_are_in_place_again(told: Path) -> None:
    assert not await rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
    for statement in (
        "UPDATE order_event SET at = now()",
        "UPDATE order_terms SET law_on = current_date",
        "UPDATE trade_order SET submitted_at = now()",
        "UPDATE message SET created_at = now()",
        "UPDATE quote_revision SET valid_until = current_date",
        "UPDATE document SET issued_at = now()",
        "UPDATE document_file SET size = 1",
        "UPDATE declaration SET handed_on = current_date",
        "UPDATE vat_step SET done_on = current_date",
        "UPDATE exporter_limit SET valid_from = now()",
    ):
        with pytest.raises(PostgresError):
            await execute(statement)


async def test_what_is_long_past_is_not_mailed(told: Path) -> None:
    assert await fetchval("SELECT count(*) FROM mail WHERE template = 'order_step'") < 10
    assert not await rows(
        """SELECT o.id FROM outbox o WHERE o.topic = 'mail.send' AND NOT EXISTS (SELECT FROM mail m
            WHERE m.id IN (SELECT jsonb_array_elements_text(o.payload -> 'ids')::bigint))"""
    )


async def test_telling_it_again_changes_nothing(told: Path) -> None:
    tables = (
        "trade_order",
        "order_event",
        "inquiry",
        "quote",
        "message",
        "document",
        "cart",
        "carrier",
        "mail",
    )
    before = [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    person = {
        row["email_key"].partition("@")[0]: row["id"]
        for row in await fetch("SELECT email_key, id FROM person")
    }
    seen: list[tuple[int, int]] = []
    await trade.tell(person, lambda done, total: seen.append((done, total)))
    assert [await fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] == len(seen) - 1


@pytest.mark.parametrize("day", range(7))
def test_steps_are_told_on_business_days_in_order_and_never_ahead(day: int) -> None:
    now = datetime(2026, 11, 16 + day, 9, 30, tzinfo=UTC)
    for tale in (*trade_orders.finished(), *trade_orders.under_way(now), *trade_orders.elsewhere()):
        told = moments(tale, now)
        assert told == sorted(told)
        assert len(told) == len(tale.steps) + 1
        assert told[-1] < now
        if tale.sent_at is None:
            assert all(moment.astimezone(law.TURKIYE).weekday() < 5 for moment in told)
        assert all(step.what in STEPS for step in tale.steps)


@pytest.mark.parametrize("hour", [0, 6, 12, 20])
@pytest.mark.parametrize("day", range(7))
def test_an_order_is_nearly_late_on_any_day_of_the_week(day: int, hour: int) -> None:
    now = datetime(2026, 11, 16 + day, hour, 10, tzinfo=UTC)
    sent = trade_orders.nearly_late(now)
    due = law.current().business_deadline(sent, law.current().figure("ANSWER_HOURS", date(2026, 11, 16)))
    assert timedelta(hours=4) < due - now < timedelta(days=3)


def test_steps_of_today_stay_in_their_order() -> None:
    tale = Tale(key="k", firm=FIRM, buyer="buyer", goods={}, ago=0, steps=(Step(what="accept"),) * 3)
    now = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
    told = moments(tale, now)
    assert told == sorted(set(told))
    assert told[-1] < now


def test_a_mark_begins_now() -> None:
    then = datetime(2026, 1, 5, tzinfo=UTC)
    before = datetime.now(UTC)
    made = past.mark(then)
    assert before <= made.since <= datetime.now(UTC)
    assert made.told == then
