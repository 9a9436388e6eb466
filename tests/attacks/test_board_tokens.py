"""Links without sign-in attacked: forged, cut and mixed tokens of alerts, feeds and outcomes; the bell of others."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from asking import Side, caller_of
from keying import a_key
from people import count, make_member, make_person, post_form, sign_in, sign_out
from requesting import Board, make_board, published

from kervan import vault
from kervan.alerts import service as alerts
from kervan.alerts.conditions import Conditions
from kervan.alerts.service import MOST_ALERTS
from kervan.alerts.structs import Wish
from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.notifications import queries as bells
from kervan.notifications import service as notifications
from kervan.requests import access, answering, outcomes

pytestmark = pytest.mark.usefixtures("db")
WISH = Wish(name="Towels", conditions=Conditions(text="towels"), frequency="DAILY", channels=("IN_APP",))
STOP = {"what": "all", "reason": "TOO_MANY", "note": ""}


async def _alert(firm: Side, wish: Wish = WISH) -> str:
    return await alerts.create(firm.caller, firm.membership, wish, language="en")


async def _asked(board: Board) -> str:
    """Public id of an outcome that the exporter is asked for."""
    request = await published(board)
    recipient = await answering.begin(
        board.ayse.caller, access.answering(board.ayse.caller, board.ayse.org), request.public_id
    )
    await execute(
        "UPDATE inquiry_recipient SET answered_at = now() - interval '91 days' WHERE public_id = $1",
        recipient,
    )
    await outcomes.ask_due()
    found: str = await fetchval("SELECT public_id FROM request_outcome WHERE side = 'EXPORTER'")
    return found


def _bent(public_id: str, signature: str, other: str) -> list[str]:
    """Tokens that nobody has written: cut, longer, of another thing, in other letters, empty, hostile."""
    return [
        public_id, f"{public_id}.", f".{signature}", f"{public_id}.{signature[:-1]}", f"{public_id}.{signature}A",
        f"{other}.{signature}", f"{public_id}.{signature.swapcase()}", f"{public_id.upper()}.{signature}",
        f"{public_id}.{'A' * 43}", f"{public_id}.%00", "%00", "%F0%9F%90%AB.x", f"{public_id}%00.{signature}",
        "a" * 4000, f"{public_id}..{signature}", f"{public_id}.{signature}.{signature}", "..%2f..%2fetc",
    ]  # fmt: skip


async def test_no_bent_or_foreign_token_ends_or_shows_anything(client: httpx.AsyncClient) -> None:
    board = await make_board()
    mine, theirs = await _alert(board.ayse), await _alert(board.can)
    asked = await _asked(board)
    stop, told = alerts.stop_token(mine), outcomes.token(asked)
    signature = stop.partition(".")[2]
    # A token of one kind is worth nothing at the door of another, nor is a signature of another purpose.
    mixed = [told, f"{mine}.{told.partition('.')[2]}", f"{mine}.{vault.sign(mine, 'request outcome')}"]
    for token in [*_bent(mine, signature, theirs), *mixed]:
        for path in (f"/en/alerts/stop/{token}", f"/tr/alerts/stop/{token}", f"/alerts/stop/{token}"):
            for body in (STOP, {"List-Unsubscribe": "One-Click"}):
                answer = await client.post(path, data=body)
                assert answer.status_code == 404, (path, answer.status_code)
        answer = await client.get(f"/en/alerts/stop/{token}")
        assert answer.status_code == 404
        assert "Towels" not in answer.text
    assert await fetchval("SELECT count(*) FROM alert WHERE ended_at IS NULL") == 2
    signature = told.partition(".")[2]
    for token in [*_bent(asked, signature, mine), stop, f"{asked}.{vault.sign(asked, 'alert stop')}"]:
        path = f"/en/outcome/{token}"
        assert (await client.get(path)).status_code == 404, path
        answer = await client.post(path, data={"result": "WON", "value_band": "UP_TO_1K"})
        assert answer.status_code == 404, path
    assert await fetchval("SELECT count(*) FROM request_outcome WHERE answered_at IS NOT NULL") == 0


async def test_a_right_token_ends_its_own_alert_alone(client: httpx.AsyncClient) -> None:
    board = await make_board()
    mine, theirs = await _alert(board.ayse), await _alert(board.can)
    await sign_in(client, board.can.person)
    path = f"/en/alerts/stop/{alerts.stop_token(mine)}"
    for body in (
        {**STOP, "what": "nothing"},
        {**STOP, "reason": "<script>"},
        {},
        {**STOP, "note": "x" * 10**6},
    ):
        assert (await client.post(path, data=body)).status_code == 422
    assert (await client.post(path, data=STOP)).status_code == 200
    rows = await fetch("SELECT public_id, ended_at IS NULL AS lives FROM alert ORDER BY id")
    assert {row["public_id"]: row["lives"] for row in rows} == {mine: False, theirs: True}, (
        "whoever is signed in: the token says whose"
    )


async def test_feeds_open_by_their_own_secret_alone_and_stand_hammering(client: httpx.AsyncClient) -> None:
    board = await make_board()
    mine = await _alert(board.ayse)
    token = await fetchval("SELECT feed_token FROM alert WHERE public_id = $1", mine)
    for bent in (
        token[:-1],
        f"{token}x",
        token.swapcase(),
        mine,
        "",
        "%00",
        "a" * 3000,
        alerts.stop_token(mine),
    ):
        answer = await client.get(f"/en/alerts/feed/{bent}.atom")
        assert answer.status_code == 404, bent
    answers = await asyncio.gather(*(client.get(f"/en/alerts/feed/{token}.atom") for _ in range(40)))
    assert {one.status_code for one in answers} == {200}
    again = await client.get(
        f"/en/alerts/feed/{token}.atom", headers={"if-none-match": answers[0].headers["etag"]}
    )
    assert again.status_code == 304
    await alerts.new_feed(board.ayse.caller, mine)
    assert (await client.get(f"/en/alerts/feed/{token}.atom")).status_code == 404


async def test_alerts_of_others_are_not_there(client: httpx.AsyncClient) -> None:
    board = await make_board()
    theirs = await _alert(board.can)
    await sign_in(client, board.ayse.person)
    for path in ("", "/edit", "/deliveries"):
        assert (await client.get(f"/en/alerts/{theirs}{path}")).status_code == 404
    for path in ("/edit", "/end", "/feed"):
        answer = await post_form(client, f"/en/alerts/{theirs}{path}", {"reason": "OTHER"}, of="/en/account")
        assert answer.status_code == 404
    key = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    sign_out(client)
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.request(
            method, f"/api/v1/alerts/{theirs}", headers=key, **({"json": {}} if method == "PATCH" else {})
        )
        assert answer.status_code == 404, method
    # A colleague in the same firm has alerts of their own.
    colleague = await make_person("Berk Kaya")
    await make_member(board.can.firm, colleague, "OWNER")
    with pytest.raises(NotFound):
        await alerts.end(await caller_of(colleague), theirs, "OTHER")


async def test_the_51st_alert_is_refused_however_many_ask_at_once() -> None:
    board = await make_board()
    for _ in range(MOST_ALERTS - 2):
        await _alert(board.ayse)
    found = await asyncio.gather(*(_alert(board.ayse) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, str) for one in found) == 2
    assert sum(isinstance(one, Conflict) for one in found) == 4
    assert await count("alert") == MOST_ALERTS


@pytest.mark.parametrize(
    "conditions",
    [
        {"text": '"""'}, {"text": "- - -"}, {"text": "a" * 201}, {"text": "(" * 150}, {"codes": ("6302", "9999")},
        {"codes": tuple(f"{n:04}" for n in range(10_000))}, {"countries": ("XX",)}, {"sectors": ("<b>",)},
        {"quantity_from": 5}, {"quantity_from": -1, "unit": "C62"}, {"quantity_to": 2**63, "unit": "C62"},
    ],
)  # fmt: skip
async def test_an_alert_for_nonsense_is_refused_beside_its_field(conditions: dict[str, Any]) -> None:
    board = await make_board()
    with pytest.raises(Invalid) as refused:
        await _alert(
            board.ayse, Wish(name="x", conditions=Conditions(**conditions), frequency="DAILY", channels=())
        )
    assert refused.value.fields.keys() & {*conditions, "unit"}


async def test_a_name_in_html_is_text_on_the_alerts_own_pages(client: httpx.AsyncClient) -> None:
    board = await make_board()
    evil = "<img src=x onerror=alert(1)>{{7*7}}"
    made = await _alert(
        board.ayse, Wish(name=evil, conditions=Conditions(), frequency="DAILY", channels=("IN_APP",))
    )
    token = await fetchval("SELECT feed_token FROM alert")
    await sign_in(client, board.ayse.person)
    for path in ("alerts", f"alerts/{made}", f"alerts/{made}/edit", f"alerts/{made}/deliveries",
                 f"alerts/stop/{alerts.stop_token(made)}", f"alerts/feed/{token}.atom"):  # fmt: skip
        answer = await client.get(f"/en/{path}")
        assert answer.status_code == 200, path
        assert "<img src=x" not in answer.text, path
        assert "{{7*7}}" in answer.text or "49" not in answer.text, path


async def test_a_bell_rings_for_its_owner_alone(client: httpx.AsyncClient) -> None:
    board = await make_board()
    async with transaction() as tx:
        await notifications.tell(
            tx.connection, [board.can.person], "order_step", {"action": "submit", "number": "1"}, "/desk", "attack",
            board.can.firm.id,
        )  # fmt: skip
    theirs = await fetchval("SELECT public_id FROM notification")
    await sign_in(client, board.ayse.person)
    assert (await client.get(f"/en/notifications/{theirs}")).status_code == 404
    for odd in ("%00", "a" * 3000, "%F0%9F%90%AB"):
        assert (await client.get(f"/en/notifications/{odd}")).status_code in (404, 400), odd
    assert (await post_form(client, "/en/notifications/read", of="/en/account")).status_code == 303
    key = await a_key(board.ayse.firm, board.ayse.person, "view")
    sign_out(client)
    for ids in ([theirs], ["\x00"], ["x" * 100_000]):
        answer = await client.post("/api/v1/notifications/read", json={"ids": ids}, headers=key)
        assert answer.status_code in (200, 422), ids[0][:9]
    assert await fetchval("SELECT read_at FROM notification") is None
    # Who has left the firm does not hear of it any more.
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", board.can.person)
    assert await bells.listed(bells.reader_of(await caller_of(board.can.person))) == []


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a b",
        "/x\r\nSet-Cookie: a=b", "/" + "a" * 400,
    ],
)  # fmt: skip
async def test_a_notification_leads_nowhere_else(path: str) -> None:
    board = await make_board()
    async with transaction() as tx:
        with pytest.raises(ValueError, match="cannot lead to"):
            await notifications.tell(tx.connection, [board.can.person], "order_step", {}, path, "attack")


async def test_who_is_not_verified_learns_no_value_by_an_alert() -> None:
    """By fifty alerts for halves of a range, any firm that signs up would know what a request is worth."""
    board = await make_board()
    bound = Conditions(value_from=Decimal(1))
    wish = Wish(name="x", conditions=bound, frequency="DAILY", channels=("IN_APP",))
    made = await _alert(board.can, wish)
    await execute("UPDATE exporter SET verification = 'SUBMITTED' WHERE id = $1", board.can.firm.entity)
    caller = await caller_of(board.can.person)
    with pytest.raises(Invalid) as refused:
        await alerts.create(caller, caller.memberships[0], wish, language="en")
    assert refused.value.fields.keys() == {"value_from"}
    with pytest.raises(KervanError):
        await alerts.change(caller, made, wish, version=None, language="en")


async def test_a_bound_with_a_billion_decimals_is_refused(client: httpx.AsyncClient) -> None:
    board = await make_board()
    key = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    for bound in ("1E-999999999", "0E-999999999", "1e-400"):
        answer = await client.post(
            "/api/v1/alerts", json={"name": "x", "conditions": {"value_from": bound}}, headers=key
        )
        assert answer.status_code == 422, bound
    await sign_in(client, board.ayse.person)
    for bound in ("1E-999999999", "0E-999999999"):
        assert (await client.get(f"/en/alerts/new?value_from={bound}")).status_code == 200
