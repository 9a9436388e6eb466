"""Trade attacked: steps out of turn, replays, races, parcels, texts for the other side, lists, and the law."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from asking import make_world
from keying import a_key, buying, selling
from litestar import Litestar
from ordering import a_trade, an_order, side_of
from papering import a_carrier, a_hand_over, a_proforma, accepted, etgb, invoiced, registered
from people import (
    count,
    mails,
    make_member,
    make_ministry,
    make_person,
    post_form,
    sign_in,
    sign_out,
    token_of,
)

from kervan.db import execute, fetch, fetchval, transaction
from kervan.declarations import service as declarations
from kervan.documents import service as documents
from kervan.errors import Conflict, Invalid
from kervan.mail.compose import compose
from kervan.orders import steps
from kervan.orders.deadlines import today
from kervan.orders.rounds import expire_due
from kervan.orders.states import ACTIONS
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")
API = "/api/v1"


# Who reads what


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: where a session comes along, a key is not looked at."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


# Steps out of turn


_STATES = (
    "SUBMITTED", "COUNTERED", "ACCEPTED", "PROFORMA_SENT", "CONFIRMED", "INVOICED", "DECLINED", "EXPORTED",
)  # fmt: skip
_FORMS: dict[str, dict[str, Any]] = {
    "step": {"action": "complete", "reason": "It is as it is"},
    "proforma": {"valid_until": today().isoformat(), "city": "Hamburg", "transport_mode": "4"},
    "invoice": {"number": f"ABC{today().year}000000001", "issued_on": today().isoformat(), "try_rate": "55.90"},
    "packing": {"packages": "2", "gross_g": "46", "package_kind": "CT", "transport_mode": "4"},
    "hand-over": {
        "carrier": "HIZLI", "waybill": "HK1234567890", "day": today().isoformat(), "packages": "2", "gross_g": "46",
    },
    "etgb": {"etgb_number": etgb(), "registered_on": today().isoformat()},
    "close": {"closed_on": today().isoformat()},
    "delivered": {"delivered_on": today().isoformat()},
}  # fmt: skip


async def test_14_no_form_moves_an_order_before_its_turn(client: httpx.AsyncClient) -> None:
    """Every form of an order, in every state, by both sides, with the right version: only the arrows move it."""
    trade = await a_trade()
    await registered(trade.exporter)
    await a_carrier()
    made = await an_order(trade)
    base = f"/orders/{made.public_id}"
    wrong = []
    for person, org, side in (
        (trade.seller.person, trade.exporter_firm.public_id, "EXPORTER"),
        (trade.buyer.person, trade.importer_firm.public_id, "IMPORTER"),
    ):
        await sign_in(client, person)
        token = await token_of(client, f"/en/desk/{org}{base}")
        for state in _STATES:
            for form, fields in _FORMS.items():
                async with transaction() as tx:
                    await tx.connection.execute("SET LOCAL session_replication_role = replica")
                    await tx.connection.execute("UPDATE trade_order SET state = $1, version = 7", state)
                answer = await client.post(
                    f"/en/desk/{org}{base}/{form}",
                    data={csrf.FIELD: token, "version": "7", **fields},
                )
                after, version = (await fetch("SELECT state, version FROM trade_order"))[0]
                if answer.status_code >= 500 or (after, version) != (state, 7):
                    wrong.append(f"{side} {state} {form}: {answer.status_code}, {after}")
    # Without an invoice and a parcel no arrow but a proforma of an accepted order leads on; packing is no arrow.
    assert wrong == [
        "EXPORTER ACCEPTED proforma: 303, PROFORMA_SENT",
        "EXPORTER CONFIRMED packing: 303, CONFIRMED",
        "EXPORTER INVOICED packing: 303, INVOICED",
    ]


async def test_14_a_replayed_form_changes_nothing(client: httpx.AsyncClient) -> None:
    case = await accepted()
    await sign_in(client, case.seller.person)
    page = f"/en/desk/{case.trade.exporter_firm.public_id}/orders/{case.public_id}"
    form = {csrf.FIELD: await token_of(client, page), "action": "accept", "version": "1"}
    for _ in range(3):
        answer = await client.post(f"{page}/step", data=form)
        assert answer.status_code == 409
    form = {**form, "action": "cancel", "reason": "We have none left", "version": str(await case.version())}
    first = await client.post(f"{page}/step", data=form)
    again = await client.post(f"{page}/step", data=form)
    assert (first.status_code, again.status_code) == (303, 409)
    assert [row["action"] for row in await fetch("SELECT action FROM order_event ORDER BY id")].count(
        "cancel"
    ) == 1


async def test_14_accepting_withdrawing_and_running_out_at_once_end_in_one_state() -> None:
    trade = await a_trade()
    for number in range(6):
        made = await an_order(trade, f"k-{number}")
        seller, selling_ = await side_of(trade, made.public_id, "EXPORTER")
        buyer, buying_ = await side_of(trade, made.public_id, "IMPORTER")
        if number % 2:
            async with transaction() as tx:
                await tx.connection.execute("SET LOCAL session_replication_role = replica")
                await tx.connection.execute(
                    "UPDATE trade_order SET answer_by = now() - interval '1 minute' WHERE public_id = $1",
                    made.public_id,
                )
        done = await asyncio.gather(
            steps.take(seller, selling_, "accept", 1),
            steps.take(buyer, buying_, "withdraw", 1),
            steps.take(seller, selling_, "decline", 1, reason="No goods left"),
            expire_due(),
            return_exceptions=True,
        )
        assert all(not isinstance(one, BaseException) or isinstance(one, Conflict) for one in done), done
        events = await fetch(
            """SELECT e.after FROM order_event e JOIN trade_order o ON o.id = e."order"
            WHERE o.public_id = $1 AND e.before = 'SUBMITTED'""",
            made.public_id,
        )
        assert len(events) == 1
        state = await fetchval("SELECT state FROM trade_order WHERE public_id = $1", made.public_id)
        assert state == events[0]["after"]
        if number % 2:
            assert state != "ACCEPTED", "its time was over"
    open_orders = await fetchval("SELECT open_orders FROM exporter_load")
    assert open_orders == await fetchval("SELECT count(*) FROM trade_order WHERE ended_at IS NULL")


async def test_every_action_is_tried_by_programs_in_the_first_state(client: httpx.AsyncClient) -> None:
    trade = await a_trade()
    made = await an_order(trade)
    for key, allowed in (
        (await selling(trade), {"accept", "decline", "cancel"}),
        (await buying(trade), {"withdraw", "cancel"}),
    ):
        for action in (*ACTIONS, "nonsense"):
            if action in allowed:
                continue
            answer = await client.post(
                f"{API}/orders/{made.public_id}/steps",
                json={"action": action, "version": 1, "reason": "Just because of it"},
                headers=key,
            )
            assert answer.status_code in (400, 409, 422), (action, answer.text)
    assert await fetchval("SELECT version FROM trade_order") == 1


# The parcel


@pytest.mark.parametrize("gross_g", [1, 44_999])
async def test_a_parcel_cannot_weigh_less_than_its_goods(gross_g: int) -> None:
    case = await invoiced()
    await a_carrier()
    net = (await case.detail()).terms.net_weight_g
    with pytest.raises(Invalid) as refused:
        await declarations.hand_over(
            case.seller, case.selling, await case.version(), a_hand_over(gross_g=min(gross_g, net - 1))
        )
    assert set(refused.value.fields) == {"gross_g"}
    assert await case.state() == "INVOICED"


async def test_a_print_that_would_never_end_is_refused_before_it_begins() -> None:
    """A text of 100,000 letters kept the only printer busy for a minute: nobody else got a document meanwhile."""
    case = await accepted()
    for fields in ({"payment_terms": "x" * 100_000}, {"note": "x" * 100_000}, {"lead_days": 10**30}):
        with pytest.raises(Invalid):
            await documents.issue_proforma(
                case.seller, case.selling, await case.version(), a_proforma(**fields)
            )
    assert await count("document") == 0


async def test_what_is_read_by_the_other_side_turns_no_text_round(client: httpx.AsyncClient) -> None:
    case = await accepted()
    key = await selling(case.trade)
    bad = "Pay\u202e txt.exe"
    for below, body in (
        ("steps", {"action": "cancel", "version": 2, "reason": bad}),
        ("proforma", {"version": 2, "valid_until": today().isoformat(), "note": bad}),
    ):
        answer = await client.post(
            f"{API}/orders/{case.public_id}/{below}", json=body, headers={**key, "idempotency-key": below}
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["detail"].startswith("This holds characters")
    assert await case.state() == "ACCEPTED"


@pytest.mark.alone
async def test_a_body_of_many_texts_is_refused_quickly(client: httpx.AsyncClient) -> None:
    key = await buying(await a_trade())
    for content, status in (
        (b"[" + b'"",' * 600_000 + b'""]', {400, 422}),
        (b'"' + b"x" * 3_000_000 + b'"', {413, 422}),
    ):
        began = time.perf_counter()
        answer = await client.post(
            f"{API}/orders", content=content, headers={**key, "content-type": "application/json"}
        )
        assert answer.status_code in status, answer.text
        assert time.perf_counter() - began < 3


# What reaches spreadsheets and mails


async def test_goods_in_words_are_no_formula_and_no_header(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    world = await make_world()
    key = await a_key(world.buyer.firm, world.buyer.person, "view", "buy")
    name = '=HYPERLINK("http://x.example","Towel")'
    body = {
        "exporters": ["ayse-havlu"],
        "lines": [{"name": name, "quantity": 10}],
        "text": "Subject: x\nBcc: everybody@x.example",
    }
    made = await client.post(f"{API}/inquiries", json=body, headers={**key, "idempotency-key": "1"})
    assert made.status_code == 201, made.text
    body["lines"] = [{"name": "Towel\r\nBcc: everybody@x.example", "quantity": 10}]
    made = await client.post(f"{API}/inquiries", json=body, headers={**key, "idempotency-key": "2"})
    assert made.status_code in (201, 422), made.text
    for side in (world.ayse, world.buyer):
        await sign_in(client, side.person)
        file = (await client.get(f"/en/desk/{side.org}/inquiries.csv")).text
        assert "HYPERLINK" in file
        assert not re.search(r'(^|[,;])"?=HYPERLINK', file, re.MULTILINE)
    templates = fresh_app.state.templates
    for mail in await mails():
        composed = compose(templates, mail["language"], mail["template"], mail["context"])
        assert "\n" not in composed.subject
        assert "Bcc" not in composed.subject


_LISTS = ("orders", "orders.csv", "inquiries", "inquiries.csv", "declarations", "webhooks")


async def test_lists_answer_whatever_their_address_says(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    trade = await a_trade()
    await an_order(trade)
    keys = {"EXPORTER": await selling(trade), "IMPORTER": await buying(trade)}
    queries = (
        "q=%00&page=0", "page=99999999999999999999", "page=-1&per_page=10000", "q=%25%5C_%27%22&state=NOPE", "lang=xx",
        "since=9999-12-31&until=9999-12-31&tab=nope&country=XX&sort=drop", "since=0001-01-01&until=2026-02-30",
        "q=" + "x" * 5000, "q=%F0%28%8C%BC", "page=%EF%BC%91", "group=x&state=SUBMITTED&state=x", "phase=%27&q=%C4%B0",
    )  # fmt: skip
    wrong = []
    for side, person, org in (
        ("EXPORTER", trade.seller.person, trade.exporter_firm.public_id),
        ("IMPORTER", trade.buyer.person, trade.importer_firm.public_id),
    ):
        await sign_in(client, person)
        paths = [f"/en/desk/{org}/{name}" for name in _LISTS]
        for path in (*paths, f"{API}/orders", f"{API}/inquiries"):
            asks = (program, keys[side]) if path.startswith(API) else (client, {})
            for query in queries:
                answer = await asks[0].get(f"{path}?{query}", headers=asks[1])
                if answer.status_code >= 500:
                    wrong.append(f"{path}?{query[:60]}: {answer.status_code}")
    assert wrong == []


# The law


async def test_17_no_key_and_no_second_role_lets_one_administrator_change_the_law(
    client: httpx.AsyncClient,
) -> None:
    ministry = await make_ministry()
    admin = await make_person("Ada Admin")
    await make_member(ministry, admin, "ADMIN")
    await make_member(await make_ministry(), admin, "ADMIN")
    await sign_in(client, admin)
    form = {
        "code": "YENI", "name": "Yeni Kargo", "valid_from": today().isoformat(), "legal_ref": "RG 1",
        "certainty": "PUBLISHED", "reason": "New carrier",
    }  # fmt: skip
    made = await post_form(client, "/en/staff/law/carrier/new", form)
    assert made.status_code == 303, made.text
    proposal = await fetchval("SELECT public_id FROM law_proposal")
    approve = f"/en/staff/law/proposals/{proposal}/approve"
    for language in ("en", "tr"):
        # The second session of the same person, and the other language's page.
        await sign_in(client, admin)
        answer = await post_form(client, approve.replace("/en", f"/{language}", 1), of="/en/privacy")
        assert answer.status_code in (409, 422), answer.text
    key = await a_key(ministry, admin, "view", "administer")
    sign_out(client)
    for path in (approve, "/en/staff/law/carrier/new", f"{API}/staff/law"):
        answer = await client.post(path, headers=key, data=form)
        assert answer.status_code in (303, 403, 404, 405), path
    assert await fetchval("SELECT count(*) FROM carrier WHERE code = 'YENI'") == 0
    assert await fetchval("SELECT outcome FROM law_proposal") is None
    for statement in (
        "UPDATE law_proposal SET decided_by = proposed_by, decided_at = now(), outcome = 'APPROVED'",
        "UPDATE regime_limit SET max_value_eur = 1000000",
        "DELETE FROM regime_limit",
        "UPDATE regime_limit SET valid_to = '2027-01-01' WHERE valid_to IS NOT NULL",
    ):
        rows_before = await fetch("SELECT * FROM regime_limit ORDER BY id")
        with pytest.raises(Exception, match=r"law|append|never|two|violates|change"):
            await execute(statement)
        assert await fetch("SELECT * FROM regime_limit ORDER BY id") == rows_before
