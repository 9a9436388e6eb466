"""The pages of suggestions: what each side reads, what its forms do, and that strangers find nothing."""

import re

import httpx
import pytest
from asking import Side, caller_of
from keying import a_key
from people import count, make_member, make_person, post_form, sign_in
from requesting import Board, drafted, make_board, published

from kervan.db import execute, fetchval
from kervan.matching import service
from kervan.requests.service import Saved


@pytest.fixture
async def board(client: httpx.AsyncClient) -> Board:
    return await make_board()


@pytest.fixture
async def request_(board: Board) -> Saved:
    return await published(board, certificates=("iso-22000",))


def of_buyer(board: Board, request: Saved) -> str:
    return f"/en/desk/{board.buyer.org}/requests/{request.public_id}"


async def owner_of(firm: Side) -> int:
    person = await make_person("Nazlı Sahip")
    await make_member(firm.firm, person, "OWNER")
    return person


async def test_the_buyer_reads_reasons_and_what_is_missing_and_invites(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    await sign_in(client, board.buyer.person)
    here = of_buyer(board, request_)
    page = await client.get(f"{here}/suggested")
    assert page.status_code == 200
    assert "Ayşe Havlu" in page.text
    assert "Offers exactly this code, <" not in page.text
    assert "Offers exactly this code, 6302.60." in page.text
    assert "ISO 22000 asked, it names none." in page.text
    assert "You can invite 20 more." in page.text
    sent = await post_form(client, f"{here}/invite", {"exporters": "ayse-havlu"}, of=f"{here}/suggested")
    assert sent.status_code == 303
    assert sent.headers["location"] == f"{here}/suggested?said=exporters-invited"
    after = await client.get(sent.headers["location"])
    assert "The invitations are on their way." in after.text
    assert "Invited on" in after.text
    assert await count("request_invitation") == 1


async def test_nothing_ticked_is_said_beside_the_list(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    await sign_in(client, board.buyer.person)
    here = of_buyer(board, request_)
    refused = await post_form(client, f"{here}/invite", {}, of=f"{here}/suggested")
    assert refused.status_code == 422
    assert "Please choose at least one." in refused.text


async def test_who_does_not_want_it_is_refused_by_name_and_stays_ticked(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    await sign_in(client, board.buyer.person)
    here = of_buyer(board, request_)
    await execute("INSERT INTO matching_opt_out (exporter) VALUES ($1)", board.can.firm.entity)
    refused = await post_form(
        client, f"{here}/invite", {"exporters": ["ayse-havlu", "can-zeytin"]}, of=f"{here}/suggested"
    )
    assert refused.status_code == 422
    assert "Can Zeytin does not want to be suggested or invited." in refused.text
    assert re.search(r'value="ayse-havlu"\s+checked', refused.text)
    assert await count("request_invitation") == 0


async def test_the_post_invites_on_its_own_page(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    await sign_in(client, board.post.person)
    here = f"/en/staff/requests/{request_.public_id}"
    page = await client.get(f"{here}/suggested")
    assert "Ayşe Havlu" in page.text
    sent = await post_form(client, f"{here}/invite", {"exporters": "ayse-havlu"}, of=f"{here}/suggested")
    assert sent.headers["location"] == f"{here}/suggested?said=exporters-invited"
    assert await fetchval("SELECT organisation FROM request_invitation") == board.post.firm.id


async def test_a_draft_shows_who_fits_and_cannot_invite(client: httpx.AsyncClient, board: Board) -> None:
    draft = await drafted(board)
    await sign_in(client, board.buyer.person)
    page = await client.get(f"{of_buyer(board, draft)}/suggested")
    assert "Ayşe Havlu" in page.text
    assert "Exporters can be invited while the request takes answers." in page.text
    assert "Invite to quote" not in page.text


async def test_who_only_looks_sees_the_list_and_cannot_invite(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    viewer = await make_person("Vera Blick")
    await make_member(board.buyer.firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    here = of_buyer(board, request_)
    page = await client.get(f"{here}/suggested")
    assert page.status_code == 200
    assert "Invite to quote" not in page.text
    refused = await post_form(
        client, f"{here}/invite", {"exporters": "ayse-havlu"}, of=f"/en/desk/{board.buyer.org}/inquiries/new"
    )
    assert refused.status_code in (403, 404)
    assert await count("request_invitation") == 0


async def test_an_importer_reads_who_fits_its_interests(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.buyer.person)
    here = f"/en/desk/{board.buyer.org}/suggested"
    assert "Say what you look for" in (await client.get(here)).text
    await execute("UPDATE importer SET headings = '{6302}' WHERE id = $1", board.buyer.firm.entity)
    page = (await client.get(here)).text
    assert "Ayşe Havlu" in page
    assert "Offers goods of the same heading, 6302." in page
    await execute("UPDATE importer SET headings = '{8703}' WHERE id = $1", board.buyer.firm.entity)
    assert "Nobody fits yet" in (await client.get(here)).text


async def test_only_an_owner_switches_suggestions_off_and_on(client: httpx.AsyncClient, board: Board) -> None:
    here = f"/en/desk/{board.ayse.org}/matching"
    await sign_in(client, board.ayse.person)
    page = await client.get(here)
    assert "Only an owner of the firm can change this." in page.text
    await sign_in(client, await owner_of(board.ayse))
    off = await post_form(client, here, {"reason": "Our agent does that."})
    assert off.headers["location"] == f"{here}?said=matching-out"
    page = await client.get(here)
    assert "Your firm is not suggested" in page.text
    assert "Our agent does that." in page.text
    assert await service.opted_out(board.ayse.firm.entity) is not None
    on = await post_form(client, here, {"in": "1"})
    assert on.headers["location"] == f"{here}?said=matching-in"
    assert await service.opted_out(board.ayse.firm.entity) is None


async def test_an_order_desk_cannot_switch(client: httpx.AsyncClient, board: Board) -> None:
    here = f"/en/desk/{board.ayse.org}/matching"
    owner = await owner_of(board.ayse)
    await sign_in(client, owner)
    # The form's token is of the session: the order desk takes one from a page of its own.
    await sign_in(client, board.ayse.person)
    refused = await post_form(client, here, {}, of="/en/account")
    assert refused.status_code == 403
    assert await count("matching_opt_out") == 0


async def test_strangers_find_nothing(client: httpx.AsyncClient, board: Board, request_: Saved) -> None:
    buyer, staff = of_buyer(board, request_), f"/en/staff/requests/{request_.public_id}"
    ayse = f"/en/desk/{board.ayse.org}/matching"
    mine = f"/en/desk/{board.buyer.org}/suggested"
    for person, pages in (
        (board.other_buyer.person, (f"{buyer}/suggested", f"{staff}/suggested", ayse, mine)),
        (board.ayse.person, (f"{buyer}/suggested", f"{staff}/suggested", mine)),
        (board.can.person, (ayse,)),
        (board.other_post.person, (f"{buyer}/suggested", f"{staff}/suggested")),
        (board.buyer.person, (f"{staff}/suggested", ayse)),
    ):
        await sign_in(client, person)
        for path in pages:
            assert (await client.get(path)).status_code == 404, (person, path)
    for person, path in (
        (board.other_buyer.person, f"{buyer}/invite"),
        (board.ayse.person, f"{buyer}/invite"),
        (board.other_post.person, f"{staff}/invite"),
        (board.buyer.person, f"{staff}/invite"),
        (board.can.person, ayse),
    ):
        await sign_in(client, person)
        refused = await post_form(client, path, {"exporters": "ayse-havlu"}, of="/en/account")
        assert refused.status_code == 404, (person, path)
    # Through the firm's own address to somebody else's request.
    await sign_in(client, board.other_buyer.person)
    path = f"/en/desk/{board.other_buyer.org}/requests/{request_.public_id}/suggested"
    assert (await client.get(path)).status_code == 404
    assert await count("request_invitation") == await count("matching_opt_out") == 0


async def test_a_visitor_is_asked_to_sign_in(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    found = await client.get(f"{of_buyer(board, request_)}/suggested")
    assert found.status_code in (302, 303)
    assert "/sign-in" in found.headers["location"]


# ------------------------------------------------------------------------------------------------ programs


async def test_a_program_reads_matches_and_invites(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    buying = await a_key(board.buyer.firm, board.buyer.person, "view", "buy")
    selling = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    of_request = (
        await client.get("/api/v1/matches", params={"request": request_.public_id}, headers=buying)
    ).json()
    assert of_request["total"] == 1
    one = of_request["data"][0]
    assert (one["exporter"], one["product"], one["request"]) == (
        "ayse-havlu",
        board.towel,
        request_.public_id,
    )
    assert one["reasons"][0] == {
        "code": "HS6",
        "points": "6.000",
        "text": "Offers exactly this code, 6302.60.",
        "params": {"code": "630260"},
    }
    path = f"/api/v1/requests/{request_.public_id}/invitations"
    for expected in ({"invited": ["ayse-havlu"], "before": []}, {"invited": [], "before": ["ayse-havlu"]}):
        made = await client.post(path, json={"exporters": ["ayse-havlu"]}, headers=buying)
        assert made.status_code == 200
        assert made.json() == {**expected, "answered": [], "left": 19}
    assert await fetchval("SELECT person FROM request_invitation") is None
    of_exporter = (await client.get("/api/v1/matches", headers=selling)).json()
    assert of_exporter["data"][0]["score"] == one["score"]
    assert of_exporter["data"][0]["product"] == board.towel
    assert of_exporter["data"][0]["invited_at"] is not None
    assert of_exporter["data"][0]["missing"][0]["text"].endswith(", you name none.")


async def test_a_program_of_an_importer_reads_its_interests_page_by_page(
    client: httpx.AsyncClient, board: Board
) -> None:
    await execute("UPDATE importer SET headings = '{6302,1509}' WHERE id = $1", board.buyer.firm.entity)
    key = await a_key(board.buyer.firm, board.buyer.person, "view")
    first = (await client.get("/api/v1/matches?per_page=1", headers=key)).json()
    second = (await client.get("/api/v1/matches?per_page=1&page=2", headers=key)).json()
    assert (first["total"], first["pages"]) == (2, 2)
    assert {first["data"][0]["exporter"], second["data"][0]["exporter"]} == {"ayse-havlu", "can-zeytin"}
    assert first["data"][0]["request"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [("?request=", 422), ("?request=zzzzzzzzzzzz", 404), ("?page=", 422), ("?page=x", 422)],
)
async def test_a_program_that_asks_wrongly_is_told(
    client: httpx.AsyncClient, board: Board, query: str, status: int
) -> None:
    key = await a_key(board.buyer.firm, board.buyer.person, "view")
    assert (await client.get(f"/api/v1/matches{query}", headers=key)).status_code == status


async def test_programs_of_others_find_nothing(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    other = await a_key(board.other_buyer.firm, board.other_buyer.person, "view", "buy")
    looking = await a_key(board.buyer.firm, board.buyer.person, "view")
    selling = await a_key(board.ayse.firm, board.ayse.person, "view", "orders")
    path = f"/api/v1/requests/{request_.public_id}/invitations"
    body = {"exporters": ["ayse-havlu"]}
    asked = {"request": request_.public_id}
    assert (await client.get("/api/v1/matches", params=asked, headers=other)).status_code == 404
    assert (await client.get("/api/v1/matches", params=asked, headers=selling)).status_code == 422
    assert (await client.get("/api/v1/matches")).status_code == 401
    assert (await client.post(path, json=body, headers=other)).status_code == 404
    assert (await client.post(path, json=body, headers=looking)).status_code == 403
    assert (await client.post(path, json=body, headers=selling)).status_code == 403
    assert (await client.post(path, json=body)).status_code == 401
    assert await count("request_invitation") == 0


async def test_a_person_who_left_the_firm_finds_nothing(
    client: httpx.AsyncClient, board: Board, request_: Saved
) -> None:
    await execute(
        "UPDATE membership SET ended_at = now(), valid_to = '2026-01-01' WHERE person = $1",
        board.buyer.person,
    )
    assert (await caller_of(board.buyer.person)).memberships == ()
    await sign_in(client, board.buyer.person)
    assert (await client.get(f"{of_buyer(board, request_)}/suggested")).status_code == 404
