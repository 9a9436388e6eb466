"""The pages of alerts: one's own only, made from a search or a suggestion, changed, ended, read as a feed."""

from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
import requesting
from people import audited, count, make_member, make_person, post_form, sign_in, token_of
from requesting import Board

from kervan.alerts import service
from kervan.alerts.conditions import Conditions
from kervan.db import execute, fetch, fetchval, transaction

from .conftest import announce, ledger_of, make_alert, public

FORM: dict[str, Any] = {
    "name": "White towels",
    "text": "towels",
    "heading_words": "6302",
    "countries": "Germany, NG",
    "frequency": "AT_ONCE",
    "channels": ["MAIL", "IN_APP"],
    "agree": "1",
}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def board(client: httpx.AsyncClient) -> Board:
    return await requesting.make_board()


async def the_alert() -> dict[str, Any]:
    [row] = await fetch(
        """SELECT a.*, v.conditions FROM alert a JOIN alert_version v ON v.alert = a.id AND v.until IS NULL"""
    )
    return dict(row)


async def test_an_alert_is_made_by_the_form_and_its_consent_is_kept_as_evidence(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.ayse.person)
    answer = await post_form(client, "/en/alerts/new", FORM)
    assert answer.status_code == 303, answer.text
    row = await the_alert()
    assert answer.headers["location"].startswith(f"/en/alerts/{row['public_id']}")
    assert (row["name"], row["frequency"], row["channels"]) == ("White towels", "AT_ONCE", ["MAIL", "IN_APP"])
    assert row["conditions"] == '{"text": "towels", "codes": ["6302"], "countries": ["DE", "NG"]}'
    [consent] = await fetch("SELECT * FROM consent")
    assert (consent["purpose"], consent["person"]) == ("alerts", board.ayse.person)
    assert "form of an alert" in consent["evidence"]
    assert await audited(row["public_id"]) == [(f"user:{board.ayse.person}", "alert.created")]
    page = (await client.get(answer.headers["location"])).text
    assert "The alert is on." in page
    assert "Germany" in page


async def test_mails_need_the_box_and_nothing_else_does(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.ayse.person)
    without = {name: value for name, value in FORM.items() if name != "agree"}
    answer = await post_form(client, "/en/alerts/new", without)
    assert answer.status_code == 422
    assert "without your consent we write no mails" in answer.text
    assert 'value="White towels"' in answer.text
    assert await count("alert") == 0
    answer = await post_form(client, "/en/alerts/new", {**without, "channels": ["IN_APP"]})
    assert answer.status_code == 303
    assert await count("consent") == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"text": "?!"}, "There is no word in this to look for."),
        ({"heading_words": "9999"}, "Nothing in the tariff fits"),
        ({"countries": "Atlantis"}, "Atlantis"),
        ({"countries": "Türkiye"}, "Requests come from abroad."),
        ({"value_from": "9", "value_to": "8"}, "The highest value must not be below the lowest."),
        ({"quantity_from": "9"}, "Choose the unit"),
        ({"quantity_from": "-1", "unit": "C62"}, "whole number"),
        ({"frequency": "HOURLY"}, "This cannot be chosen here."),
        ({"channels": ["PIGEON"]}, "This cannot be chosen here."),
        ({"sectors": ["nothing"]}, "This cannot be chosen here."),
    ],
)
async def test_a_wrong_field_is_refused_with_a_sentence(
    client: httpx.AsyncClient, board: Board, changes: dict[str, Any], sentence: str
) -> None:
    await sign_in(client, board.ayse.person)
    answer = await post_form(client, "/en/alerts/new", {**FORM, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await count("alert") == 0


async def test_words_for_headings_are_offered_to_tick(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.ayse.person)
    answer = await post_form(client, "/en/alerts/new", {**FORM, "heading_words": "towels"})
    assert answer.status_code == 422
    assert 'value="6302"' in answer.text
    answer = await post_form(
        client, "/en/alerts/new", {**FORM, "heading_words": "", "headings": ["6302", "57"]}
    )
    assert answer.status_code == 303
    assert '"codes": ["57", "6302"]' in (await the_alert())["conditions"]


async def test_a_search_of_the_board_fills_the_form(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.ayse.person)
    page = (await client.get("/en/alerts/new?q=white+towels&country=DE&heading=6302&value_from=1000")).text
    assert 'value="white towels"' in page
    assert "Germany" in page
    assert 'value="6302"' in page
    assert 'value="1,000"' in page
    assert "“white towels”, 6302" in page, "it has a name already"


async def test_suggestions_come_from_the_exporters_products_and_take_one_click(
    client: httpx.AsyncClient, board: Board
) -> None:
    await sign_in(client, board.ayse.person)
    page = (await client.get("/en/alerts")).text
    assert 'value="6302"' in page
    answer = await post_form(
        client,
        "/en/alerts/suggested",
        {"organisation": board.ayse.org, "heading": "6302"},
        of="/en/alerts",
    )
    assert answer.status_code == 303
    row = await the_alert()
    assert (row["suggested"], row["channels"]) == (True, ["IN_APP"])
    assert row["conditions"] == '{"codes": ["6302"]}'
    assert 'name="heading"' not in (await client.get("/en/alerts")).text
    again = await post_form(
        client,
        "/en/alerts/suggested",
        {"organisation": board.ayse.org, "heading": "6302"},
        of="/en/alerts/new",
    )
    assert again.status_code == 409
    foreign = await post_form(
        client,
        "/en/alerts/suggested",
        {"organisation": board.can.org, "heading": "1509"},
        of="/en/alerts/new",
    )
    assert foreign.status_code == 409
    assert await count("alert") == 1


async def test_an_alert_is_changed_and_a_stale_form_is_refused(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert = await make_alert(board.ayse)
    path = f"/en/alerts/{await public(alert)}/edit"
    await sign_in(client, board.ayse.person)
    fields = {**FORM, "headings": ["57"], "heading_words": "", "version": "1", "frequency": "DAILY"}
    assert (await post_form(client, path, fields)).status_code == 303
    row = await the_alert()
    assert (row["version"], row["frequency"]) == (2, "DAILY")
    assert '"codes": ["57"]' in row["conditions"]
    stale = await post_form(client, path, fields)
    assert stale.status_code == 422
    assert "changed in the meantime" in stale.text


async def test_an_alert_ends_with_a_reason(client: httpx.AsyncClient, board: Board) -> None:
    alert = await make_alert(board.ayse)
    path = f"/en/alerts/{await public(alert)}"
    await sign_in(client, board.ayse.person)
    answer = await post_form(client, f"{path}/end", {}, of=path)
    assert answer.status_code == 422
    answer = await post_form(client, f"{path}/end", {"reason": "TOO_MANY", "note": "Three a day"}, of=path)
    assert answer.status_code == 303
    [row] = await fetch("SELECT * FROM alert")
    assert (row["end_reason"], row["end_note"]) == ("TOO_MANY", "Three a day")
    assert (await client.get(f"{path}/edit")).status_code == 404
    assert "too many requests" in (await client.get("/en/alerts?ended=1")).text
    assert "too many requests" in (await client.get(path)).text


async def test_its_ledger_is_paged_and_says_what_became_of_each_row(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert = await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    await sign_in(client, board.ayse.person)
    page = await client.get(f"/en/alerts/{await public(alert)}/deliveries")
    assert "White cotton towels for hotels" in page.text
    assert "In the next mail" in page.text
    assert (await client.get(f"/en/alerts/{await public(alert)}/deliveries?page=7")).status_code == 200
    assert "White cotton towels for hotels" in (await client.get(f"/en/alerts/{await public(alert)}")).text


async def test_nobody_sees_or_touches_anothers_alert(client: httpx.AsyncClient, board: Board) -> None:
    alert = await public(await make_alert(board.ayse))
    colleague = await make_person("Berk Ak")
    await make_member(board.ayse.firm, colleague, "OWNER")
    for person in (board.can.person, board.post.person, colleague):
        await sign_in(client, person)
        for path in ("", "/edit", "/deliveries"):
            assert (await client.get(f"/en/alerts/{alert}{path}")).status_code == 404
        for path, fields in (("/edit", FORM), ("/end", {"reason": "OTHER"}), ("/feed", {})):
            answer = await post_form(client, f"/en/alerts/{alert}{path}", fields, of="/en/alerts/new")
            assert answer.status_code == 404
    assert (await the_alert())["version"] == 1


async def test_importers_have_none_and_visitors_sign_in(client: httpx.AsyncClient, board: Board) -> None:
    assert (await client.get("/en/alerts/new?q=towel")).status_code in (302, 303)
    await sign_in(client, board.buyer.person)
    assert (await client.get("/en/alerts")).status_code == 404
    assert (await client.get("/en/alerts/new")).status_code == 404


async def test_fifty_are_enough(
    client: httpx.AsyncClient, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ALERTS", 2)
    for _ in range(2):
        await make_alert(board.ayse)
    await sign_in(client, board.ayse.person)
    answer = await post_form(client, "/en/alerts/new", FORM)
    assert answer.status_code == 422
    assert "End one first" in answer.text


# ------------------------------------------------------------------------------------------------- the feed


async def feed_of(alert: int, language: str = "en") -> str:
    token = await fetchval("SELECT feed_token FROM alert WHERE id = $1", alert)
    return f"/{language}/alerts/feed/{token}.atom"


async def test_the_feed_is_valid_atom_of_what_the_alert_found(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert = await make_alert(board.ayse, name="Towels <& more>")
    made = await requesting.published(board, title="Towels & <sheets>")
    await requesting.published(board, title="Olive oil", hs_code="1509", certificates=())
    await announce()
    answer = await client.get(await feed_of(alert))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert "private" in answer.headers["cache-control"]
    root = ElementTree.fromstring(answer.content)
    assert root.findtext(f"{ATOM}title") == "Requests on Kervan: Towels <& more>"
    [entry] = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Towels & <sheets>"
    assert (entry.findtext(f"{ATOM}id") or "").endswith(made.public_id)
    own = next(link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self")
    assert (own.get("href") or "").endswith(await feed_of(alert))
    tag = answer.headers["etag"]
    again = await client.get(await feed_of(alert), headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_new_address_ends_the_old_one_and_so_does_the_end(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert = await make_alert(board.ayse)
    old, path = await feed_of(alert), f"/en/alerts/{await public(alert)}"
    await sign_in(client, board.ayse.person)
    assert (await post_form(client, f"{path}/feed", {}, of=path)).status_code == 303
    assert (await client.get(old)).status_code == 404
    new = await feed_of(alert)
    assert (await client.get(new)).status_code == 200
    await service.end(board.ayse.caller, await public(alert), "OTHER")
    assert (await client.get(new)).status_code == 404
    assert (await client.get("/en/alerts/feed/.atom")).status_code == 404


# ---------------------------------------------------------------------------------------- the end by a mail


# ---------------------------------------------------------------------------------------------------- staff


async def test_administrators_see_the_ledger_and_its_audits(client: httpx.AsyncClient, board: Board) -> None:
    from kervan.alerts import auditing

    await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    await execute("DELETE FROM alert_delivery")
    await auditing.audit()
    await sign_in(client, board.ministry.person)
    page = await client.get("/en/staff/alerts")
    assert page.status_code == 200
    assert "Look at it" in page.text
    assert "Missing: request" in page.text
    for person in (board.post.person, board.ayse.person):
        await sign_in(client, person)
        assert (await client.get("/en/staff/alerts")).status_code == 404


async def test_forms_without_their_token_are_refused(client: httpx.AsyncClient, board: Board) -> None:
    alert = await public(await make_alert(board.ayse))
    await sign_in(client, board.ayse.person)
    assert await token_of(client, "/en/alerts/new")
    for path in ("/en/alerts/new", f"/en/alerts/{alert}/end", f"/en/alerts/{alert}/feed"):
        assert (await client.post(path, data={**FORM, "reason": "OTHER"})).status_code == 403
    assert len(await fetch("SELECT FROM alert WHERE ended_at IS NULL")) == 1


async def test_who_deletes_their_account_leaves_no_alert(board: Board) -> None:
    from kervan.privacy import erasure

    await make_alert(board.ayse)
    await requesting.published(board)
    await announce()
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            "SELECT name, email, email_key FROM person WHERE id = $1", board.ayse.person
        )
        await erasure.forget(tx.connection, board.ayse.person, row, "system:test")
    assert await count("alert") == 0
    assert await ledger_of() == []
    assert await make_alert(board.can, Conditions())
