"""The page of an order: who may open it, what it says, and that nobody else learns of it."""

import re
from html import escape
from pathlib import Path

import httpx
import people
import pytest
from desk import flat
from ordering import a_trade, an_order, side_of
from orders.desks import Desk
from papering import confirmed, handed_over

from kervan.db import execute, fetch, fetchval
from kervan.orders import steps
from kervan.orders.tables import State
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")


async def test_the_exporter_sees_what_waits_and_the_one_step_that_comes_next(desk: Desk) -> None:
    page = await desk.as_seller()
    listed = flat(await desk.client.get(desk.selling))
    assert "Nordlicht Handel GmbH" in listed
    assert "Waiting for you" in listed
    assert re.search(r"Answer <bdi>in \d+ (hours|days)", listed)
    shown = await desk.client.get(page)
    text = flat(shown)
    assert shown.status_code == 200
    assert "Answer this order" in text
    now = text.partition('aria-labelledby="now"')[2].partition("</section>")[0]
    assert now.count("button-main") == 1
    assert "Accept the order" in now
    assert "Speicherstraße 4" in text
    assert "6302.60.00.00.11" in text


async def test_the_importer_waits_and_can_take_the_order_back(desk: Desk) -> None:
    page = await desk.as_buyer()
    text = flat(await desk.client.get(page))
    assert "<bdi>Ayşe Havlu Sanayi A.Ş.</bdi> looks at your order" in text
    assert "Accept the order" not in text
    taken = await desk.step(page, "withdraw", 1)
    assert taken.headers["location"].endswith("said=order-withdraw")
    assert await desk.state() == State.WITHDRAWN


async def test_accepting_is_one_button_and_the_other_side_gets_a_mail(desk: Desk) -> None:
    page = await desk.as_seller()
    done = await desk.step(page, "accept", 1)
    assert done.status_code == 303
    assert await desk.state() == State.ACCEPTED
    assert [mail["context"]["action"] for mail in await people.mails("jan-ayse-havlu@nordlicht.example")] == [
        "accept"
    ]
    assert "Issue the proforma" in flat(await desk.client.get(page))


async def test_a_refusal_without_a_reason_keeps_the_box_open(desk: Desk) -> None:
    page = await desk.as_seller()
    refused = await desk.step(page, "decline", 1, reason="no")
    assert refused.status_code == 422
    assert "Say why, in a few words" in flat(refused)
    assert re.search(r'<details class="confirm"\s+open>', refused.text)
    assert await desk.state() == State.SUBMITTED


async def test_invariant_14_an_older_version_is_409_with_the_order_as_it_is_and_what_was_typed(
    desk: Desk,
) -> None:
    page = await desk.as_seller()
    await steps.take(desk.trade.buyer, (await side_of(desk.trade, desk.order, "IMPORTER"))[1], "withdraw", 1)
    late = await desk.step(page, "decline", 1, reason="We have no more of this cloth.")
    assert late.status_code == 409
    text = flat(late)
    assert "This order was changed in the meantime" in text
    assert "We have no more of this cloth." in text
    assert "took this order back" in text
    assert await desk.state() == State.WITHDRAWN


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999", "-1"])
async def test_a_version_that_is_none_changes_nothing(desk: Desk, version: str) -> None:
    page = await desk.as_seller()
    answer = await people.post_form(
        desk.client, f"{page}/step", {"action": "accept", "version": version}, of=page
    )
    assert answer.status_code == 409
    assert await desk.state() == State.SUBMITTED


@pytest.mark.parametrize("action", ["", "invoice", "expire", "resolve", "register", "x" * 500])
async def test_only_the_plain_steps_can_be_taken_here(desk: Desk, action: str) -> None:
    page = await desk.as_seller()
    assert (await desk.step(page, action, 1)).status_code == 422
    assert await desk.state() == State.SUBMITTED


async def test_invariant_13_nobody_else_learns_that_an_order_exists(desk: Desk) -> None:
    stranger = await a_trade("baska-havlu")
    other_order = (await an_order(stranger)).public_id
    page = await desk.as_seller()
    for path in ("", "/offer", "/messages", "/step", "/payment"):
        foreign = f"{desk.selling}/{other_order}{path}"
        assert (await desk.client.get(foreign)).status_code in (404, 405), path
    token = await people.token_of(desk.client, page)
    for path in ("/offer", "/messages", "/step", "/payment"):
        sent = await desk.client.post(f"{desk.selling}/{other_order}{path}", data={csrf.FIELD: token})
        assert sent.status_code == 404, path
    # Nor by another firm's desk.
    theirs = f"/en/desk/{stranger.exporter_firm.public_id}/orders"
    assert (await desk.client.get(theirs)).status_code == 404
    assert (await desk.client.get(f"{theirs}.csv")).status_code == 404
    assert (await desk.client.get(f"/en/staff/orders/{desk.order}")).status_code == 404
    assert (await desk.client.get("/en/staff/orders")).status_code == 404


async def test_a_colleague_without_the_right_looks_and_may_not_act(desk: Desk) -> None:
    viewer = await people.make_person("Deniz Ak")
    await people.make_member(desk.trade.exporter_firm, viewer, "VIEWER")
    await people.sign_in(desk.client, viewer)
    page = f"{desk.selling}/{desk.order}"
    shown = await desk.client.get(page)
    assert shown.status_code == 200
    assert "Accept the order" not in shown.text
    token = await people.token_of(desk.client, "/en/account")
    for path in ("/step", "/messages", "/payment", "/offer"):
        sent = await desk.client.post(
            f"{page}{path}", data={csrf.FIELD: token, "action": "accept", "version": "1"}
        )
        assert sent.status_code == 403, path
    assert await desk.state() == State.SUBMITTED


async def test_only_the_exporter_offers_terms_and_notes_payments(desk: Desk) -> None:
    page = await desk.as_buyer()
    assert (await desk.client.get(f"{page}/offer")).status_code == 404
    for path in ("/offer", "/payment"):
        sent = await people.post_form(desk.client, f"{page}{path}", {"payment_note": "x"}, of=page)
        assert sent.status_code == 404, path


def an_offer(**changes: str) -> dict[str, str]:
    return {
        "version": "1",
        "quantity.1": "120",
        "price.1": "4.00",
        "discount.1": "",
        "charges.FREIGHT": "50.00",
        "incoterm": "DAP",
        "place": "Hamburg",
        "lead_days": "12",
        "payment_terms": "",
        "note": "We have only these.",
        **changes,
    }


async def test_other_terms_are_shown_side_by_side_and_agreed_to(desk: Desk) -> None:
    page = await desk.as_seller()
    form = await desk.client.get(f"{page}/offer")
    assert 'value="100"' in form.text
    assert 'value="4.20"' in form.text
    sent = await people.post_form(desk.client, f"{page}/offer", an_offer())
    assert sent.headers["location"].endswith("said=order-counter")
    page = await desk.as_buyer()
    text = flat(await desk.client.get(page))
    assert "We have only these." in text
    assert "<b><bdi>120 pieces</bdi></b>" in text
    assert "€530.00" in text
    agreed = await desk.step(page, "agree", 2)
    assert agreed.status_code == 303
    assert await desk.state() == State.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity.1": "1.5"}, "Enter a whole number from 0"),
        ({"quantity.1": "1000000000000"}, "Enter a whole number from 0"),
        ({"quantity.1": "0"}, "Leave at least one kind of goods"),
        ({"price.1": "0"}, "Enter an amount above zero."),
        ({"price.1": "NaN"}, "Enter a number such as"),
        ({"price.1": "-4"}, "Enter a number from 0"),
        ({"discount.1": "480.00"}, "A discount is less than the goods cost."),
        ({"charges.FREIGHT": "1.234"}, "At most 2 decimals"),
        ({"incoterm": "XXX"}, "This cannot be chosen here."),
        ({"charges.FREIGHT": "29999.00"}, "the law allows"),
        ({"quantity.1": "900000", "price.1": "0.01"}, "the law allows"),
        ({"lead_days": "999"}, "from 0 to 365"),
    ],
)
async def test_invariant_1_terms_that_cannot_be_are_refused_with_a_sentence_and_kept(
    desk: Desk, changes: dict[str, str], sentence: str
) -> None:
    page = await desk.as_seller()
    refused = await people.post_form(desk.client, f"{page}/offer", an_offer(**changes))
    assert refused.status_code == 422
    text = flat(refused)
    assert sentence in text
    assert "We have only these." in text
    for value in changes.values():
        assert f'value="{value}"' in text or value == "XXX"
    assert await desk.state() == State.SUBMITTED


async def test_the_form_of_other_terms_closes_when_the_order_moves_on(desk: Desk) -> None:
    page = await desk.as_seller()
    typed = an_offer()
    token_page = f"{page}/offer"
    assert (await desk.client.get(token_page)).status_code == 200
    token = await people.token_of(desk.client, token_page)
    await steps.take(desk.trade.buyer, (await side_of(desk.trade, desk.order, "IMPORTER"))[1], "withdraw", 1)
    late = await desk.client.post(token_page, data={csrf.FIELD: token, **typed})
    assert late.status_code == 409
    assert "We have only these." in late.text
    assert "Offer these terms" not in late.text
    gone = await desk.client.get(token_page)
    assert gone.status_code == 303
    assert gone.headers["location"] == page


async def test_messages_go_to_the_other_side_and_markup_stays_text(desk: Desk) -> None:
    page = await desk.as_buyer()
    sent = await people.post_form(
        desk.client, f"{page}/messages", {"text": "<script>alert(1)</script> please hurry"}, of=page
    )
    assert sent.headers["location"].endswith("said=message-sent")
    page = await desk.as_seller()
    assert "1 new message" in flat(await desk.client.get(desk.selling))
    shown = (await desk.client.get(page)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; please hurry" in shown
    assert "<script>alert" not in shown
    assert "new message" not in flat(await desk.client.get(desk.selling))


async def test_an_empty_message_is_refused_beside_its_field(desk: Desk) -> None:
    page = await desk.as_buyer()
    refused = await people.post_form(desk.client, f"{page}/messages", {"text": "  "}, of=page)
    assert refused.status_code == 422
    assert "Write something, or attach a file." in flat(refused)


async def test_the_note_about_the_payment_is_read_by_the_importer_and_stands_on_the_time_line(
    desk: Desk,
) -> None:
    page = await desk.as_seller()
    kept = await people.post_form(
        desk.client, f"{page}/payment", {"payment_note": "30% came on 3 January <b>"}, of=page
    )
    assert kept.status_code == 303
    page = await desk.as_buyer()
    text = flat(await desk.client.get(page))
    assert text.count("30% came on 3 January &lt;b&gt;") == 2
    assert "Note about the payment" in text
    page = await desk.as_seller()
    long = await people.post_form(desk.client, f"{page}/payment", {"payment_note": "x" * 501}, of=page)
    assert long.status_code == 422
    assert "At most 500 characters" in flat(long)


async def test_turkish_readers_read_the_goods_in_turkish(desk: Desk) -> None:
    [line] = await fetch("SELECT name, name_tr FROM order_line")
    assert line["name"] != line["name_tr"]
    page = await desk.as_seller()
    for path in (
        desk.selling,
        f"{desk.selling}.csv",
        page,
        f"{page}/offer",
        desk.selling.removesuffix("/orders"),
    ):
        turkish = (await desk.client.get(path.replace("/en/", "/tr/", 1))).text
        assert escape(line["name_tr"]) in turkish, path
        assert escape(line["name"]) not in turkish, path


async def test_who_can_decline_or_withdraw_is_shown_no_second_way_to_say_no(desk: Desk) -> None:
    for page, no in ((desk.as_seller, "Decline …"), (desk.as_buyer, "Withdraw the order …")):
        text = flat(await desk.client.get(await page()))
        assert no in text
        assert "Cancel the order …" not in text


async def test_mails_about_a_new_order_and_an_offer_say_until_when_to_answer(desk: Desk) -> None:
    page = await desk.as_seller()
    await people.post_form(desk.client, f"{page}/offer", an_offer())
    by = await fetchval("SELECT answer_by FROM trade_order WHERE public_id = $1", desk.order)
    [offer] = await people.mails("jan-ayse-havlu@nordlicht.example")
    assert offer["context"]["answer_by"] == by.isoformat()
    assert offer["context"]["total"] == "530.00"
    new = [mail["context"] for mail in await people.mails() if mail["context"].get("action") == "submit"]
    assert new
    assert all(context["answer_by"] for context in new)


async def test_an_erased_person_is_the_firm_on_the_time_line(desk: Desk) -> None:
    page = await desk.as_seller()
    assert "Jan Petersen, Nordlicht Handel GmbH" in flat(await desk.client.get(page))
    await execute("UPDATE order_event SET person = NULL")
    await execute("UPDATE trade_order SET ordered_by = NULL")
    text = flat(await desk.client.get(page))
    assert "Jan Petersen" not in text
    assert "<bdi>Nordlicht Handel GmbH</bdi>" in text


async def test_names_of_firms_goods_and_people_are_never_markup(desk: Desk) -> None:
    bad = "<img src=x onerror=alert(1)>"
    await execute("UPDATE importer SET legal_name = $1, contact_name = $1, phone = $1", bad)
    await execute("UPDATE person SET name = $1 WHERE id = $2", bad, desk.trade.buyer.person)
    await execute("UPDATE trade_order SET note = $1, payment_note = $1, first_name = $1", bad)
    await desk.as_seller()
    for path in (desk.selling, f"{desk.selling}/{desk.order}", f"{desk.selling}/{desk.order}/offer"):
        assert "<img src=x" not in (await desk.client.get(path)).text, path


async def test_confirming_names_the_proforma_that_was_seen(client: httpx.AsyncClient, tmp_path: Path) -> None:
    case = await confirmed()
    desk = Desk(client, case.trade, case.public_id)
    page = await desk.as_seller()
    text = flat(await client.get(page))
    assert f'href="{page}/invoice"' in text
    assert f'href="{page}/packing"' in text
    assert "Proforma invoice" in text
    # The order left the payment open; the proforma names it.
    assert "<bdi>In advance</bdi>" in text


async def test_the_parcel_and_the_papers_are_on_the_page(client: httpx.AsyncClient) -> None:
    case = await handed_over()
    desk = Desk(client, case.trade, case.public_id)
    page = await desk.as_seller()
    text = flat(await client.get(page))
    assert "HK1234567890" in text
    assert f'href="{page}/etgb"' in text
    assert "Commercial invoice" in text
    page = await desk.as_buyer()
    text = flat(await client.get(page))
    assert "Your goods are with the carrier" in text
    assert "HK1234567890" in text
