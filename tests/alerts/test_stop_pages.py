"""Alerts end by the link of their mails: one or all, without signing in, and by nobody else's token."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
import requesting
from asking import Side
from people import sign_in, sign_out
from requesting import Board

from kervan.alerts import service
from kervan.db import fetch, fetchval
from kervan.privacy import consents
from kervan.privacy.queries import has_consent

from .conftest import make_alert, public

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


async def stop_of(who: Side, **changes: Any) -> tuple[int, str]:
    alert = await make_alert(who, **changes)
    return alert, service.stop_token(await public(alert))


async def living() -> set[int]:
    return {row["id"] for row in await fetch("SELECT id FROM alert WHERE ended_at IS NULL")}


async def test_looking_at_the_link_ends_nothing_and_the_form_ends_one(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert, token = await stop_of(board.ayse)
    other = await make_alert(board.ayse)
    page = await client.get(f"/tr/alerts/stop/{token}")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert await living() == {alert, other}
    refused = await client.post(f"/en/alerts/stop/{token}", data={"what": "this"})
    assert refused.status_code == 422
    answer = await client.post(
        f"/en/alerts/stop/{token}", data={"what": "this", "reason": "NOT_RELEVANT", "note": "We make oil"}
    )
    assert answer.status_code == 200
    assert "The alert has ended." in answer.text
    assert await living() == {other}
    row = (await fetch("SELECT end_reason, end_note FROM alert WHERE id = $1", alert))[0]
    assert tuple(row) == ("NOT_RELEVANT", "We make oil")
    assert await has_consent(board.ayse.person, "alerts")
    over = await client.get(f"/en/alerts/stop/{token}")
    assert "ended already" in over.text


async def test_the_form_ends_all_alerts_and_the_consent(client: httpx.AsyncClient, board: Board) -> None:
    _, token = await stop_of(board.ayse)
    await make_alert(board.ayse)
    stays = await make_alert(board.can)
    answer = await client.post(f"/en/alerts/stop/{token}", data={"what": "all", "reason": "NOT_SIGNED_UP"})
    assert "All your alerts have ended." in answer.text
    assert await living() == {stays}
    assert not await has_consent(board.ayse.person, "alerts")
    assert await has_consent(board.can.person, "alerts")
    withdrawn = await fetchval("SELECT withdrawal FROM consent WHERE person = $1", board.ayse.person)
    assert "link of a mail" in withdrawn


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_the_button_of_a_mail_program_ends_the_alert(
    client: httpx.AsyncClient, board: Board, prefix: str
) -> None:
    alert, token = await stop_of(board.ayse)
    other = await make_alert(board.ayse)
    sign_out(client)
    answer = await client.post(f"{prefix}/alerts/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert await living() == {other}
    assert await fetchval("SELECT end_reason FROM alert WHERE id = $1", alert) == "ONE_CLICK"
    # Programs press twice.
    again = await client.post(f"{prefix}/alerts/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert again.status_code == 200
    assert await living() == {other}


async def test_the_address_of_the_mails_header_leads_to_the_page(
    client: httpx.AsyncClient, board: Board
) -> None:
    _, token = await stop_of(board.ayse)
    answer = await client.get(f"/alerts/stop/{token}", headers={"accept-language": "tr"})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/tr/alerts/stop/{token}")


async def test_a_token_that_is_not_ours_changes_nothing_and_tells_nothing(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert, token = await stop_of(board.ayse)
    other, foreign = await stop_of(board.can)
    mixed = f"{token.partition('.')[0]}.{foreign.partition('.')[2]}"
    consent = consents.token(
        await fetchval("SELECT public_id FROM person WHERE id = $1", board.ayse.person), "alerts"
    )
    for wrong in (mixed, consent, token[:-1], "x", "a.b", quote("ş.ş"), "." * 40):
        for way in ({"what": "all", "reason": "OTHER"}, {"List-Unsubscribe": "One-Click"}):
            answer = await client.post(f"/en/alerts/stop/{wrong}", data=way)
            assert answer.status_code == 404
            assert "This link is not complete" in answer.text
        page = await client.get(f"/en/alerts/stop/{wrong}")
        assert page.status_code == 404
        assert "Towels" not in page.text
    assert await living() == {alert, other}


async def test_the_consents_own_link_stops_the_mails_and_keeps_the_alert(
    client: httpx.AsyncClient, board: Board
) -> None:
    alert = await make_alert(board.ayse)
    person = await fetchval("SELECT public_id FROM person WHERE id = $1", board.ayse.person)
    await client.post(
        f"/unsubscribe/{consents.token(person, 'alerts')}", data={"List-Unsubscribe": "One-Click"}
    )
    assert await living() == {alert}
    await sign_in(client, board.ayse.person)
    assert "withdrawn your consent" in (await client.get("/en/alerts")).text
    assert "withdrawn your consent" in (await client.get(f"/en/alerts/{await public(alert)}")).text
