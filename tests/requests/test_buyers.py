"""Requests on behalf of a buyer: chosen or registered, with evidence of consent, until its own people take over."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import requesting
from asking import Side, side
from litestar import Litestar
from people import audited, mails, make_importer, make_person, post_form, sign_in
from requesting import Board

from kervan.db import fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.importers.structs import Company
from kervan.inquiries import access as inquiries
from kervan.orders.deadlines import today
from kervan.organisations import invitations
from kervan.requests import access, buyers, queries
from kervan.trade import emails


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


def company(**changes: Any) -> Company:
    values: dict[str, Any] = {
        "legal_name": "Möwe Hotels GmbH",
        "country": "DE",
        "contact_name": "Antje Behrens",
        "contact_role": "Purchasing",
    }
    return Company(**{**values, **changes})


def typed(**changes: Any) -> dict[str, Any]:
    """The form of a request that is right."""
    return {
        "title": "Bath towels for six hotels", "summary": "A hotel group in Bremen needs bath towels by spring.",
        "language": "en", "hs_code": "6302.60", "quantity": "400", "unit": "C62", "country": "DE",
        "deadline": (today() + timedelta(days=40)).isoformat(), "buyer_type": "HOSPITALITY", "visibility": "OPEN",
        "source": "ATTACHE", "rows": "3", "then": "publish", **changes,
    }  # fmt: skip


def agreed() -> dict[str, str]:
    return {
        "consent_who": "Antje Behrens, purchasing", "consent_when": today().isoformat(), "consent_how": "PHONE",
        "consent_note": "Called on the office line.",
    }  # fmt: skip


async def registered(board: Board, **changes: Any) -> str:
    return await buyers.register(board.post.caller, board.post.membership, company(**changes))


async def write(client: httpx.AsyncClient, buyer: str, fields: dict[str, Any]) -> httpx.Response:
    here = f"/en/staff/requests/new?buyer={buyer}"
    return await post_form(client, "/en/staff/requests/new", {"buyer": buyer, **fields}, of=here)


async def test_a_post_registers_a_buyer_and_speaks_for_it(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.post.person)
    fields = {
        "legal_name": "Möwe Hotels GmbH",
        "country": "DE",
        "contact_name": "Antje Behrens",
        "contact_role": "Buyer",
    }
    answer = await post_form(client, "/en/staff/requests/new/buyer", fields)
    assert answer.status_code == 303, answer.text
    row = (await fetch("SELECT * FROM importer WHERE legal_name = 'Möwe Hotels GmbH'"))[0]
    assert (row["standing"], row["represented_by"]) == ("ACTIVE", board.post.membership.organisation)
    assert await fetchval("SELECT count(*) FROM membership WHERE organisation = $1", row["organisation"]) == 0
    assert (f"user:{board.post.person}", "importer.registered_by_post") in await audited(row["public_id"])
    assert f"buyer={row['public_id']}" in answer.headers["location"]
    assert "Möwe Hotels GmbH" in (await client.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"legal_name": ""}, "legal_name"),
        ({"country": "TR"}, "country"),
        ({"legal_name": "NORDLICHT-Handel GmbH"}, "legal_name"),
        ({"email": "no address"}, "email"),
        ({"contact_name": ""}, "contact_name"),
    ],
)
async def test_a_wrong_buyer_is_refused_beside_its_field(
    client: httpx.AsyncClient, board: Board, wrong: dict[str, str], field: str
) -> None:
    await sign_in(client, board.post.person)
    before = await fetchval("SELECT count(*) FROM importer")
    fields = {
        "legal_name": "Möwe Hotels GmbH", "country": "DE", "contact_name": "Antje Behrens", "contact_role": "Buyer",
        "language": "en", **wrong,
    }  # fmt: skip
    answer = await post_form(client, "/en/staff/requests/new/buyer", fields)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert await fetchval("SELECT count(*) FROM importer") == before


async def test_only_buyers_of_the_country_and_represented_ones_are_offered(board: Board) -> None:
    abroad = await registered(board, legal_name="Maison Claire SA", country="BE")
    names = [one.legal_name for one in await buyers.find(board.post.membership, "")]
    assert sorted(names) == ["Maison Claire SA", "Nordlicht Handel GmbH"]
    assert [one.legal_name for one in await buyers.find(board.post.membership, "clAire")] == [
        "Maison Claire SA"
    ]
    assert await buyers.find(board.other_post.membership, "Claire") == []
    with pytest.raises(NotFound):
        await buyers.one(board.other_post.membership, abroad)


async def test_a_post_publishes_for_its_buyer_at_once_with_consent(
    client: httpx.AsyncClient, board: Board
) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    answer = await write(client, buyer, typed(**agreed()))
    assert answer.status_code == 303, answer.text
    row = (await fetch("SELECT * FROM trade_request"))[0]
    assert (row["state"], row["source"], row["visibility"]) == ("PUBLISHED", "ATTACHE", "OPEN")
    assert row["post"] == board.post.membership.organisation
    page = (await client.get(f"/en/staff/requests/{row['public_id']}")).text
    assert "Antje Behrens, purchasing" in page
    assert "Called on the office line." in page
    await sign_in(client, board.ayse.person)
    public = (await client.get(f"/en/requests/x-{row['public_id']}", follow_redirects=True)).text
    assert "Bath towels for six hotels" in public
    assert "Called on the office line." not in public


async def test_without_consent_the_name_stays_behind_the_post(
    client: httpx.AsyncClient, board: Board
) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    form = (await client.get(f"/en/staff/requests/new?buyer={buyer}")).text
    assert "Without evidence that the buyer agreed" in form
    assert (await write(client, buyer, typed())).status_code == 303
    row = (await fetch("SELECT * FROM trade_request"))[0]
    assert (row["visibility"], row["consent"]) == ("POST", None)
    await sign_in(client, board.ayse.person)
    public = (await client.get(f"/en/requests/x-{row['public_id']}", follow_redirects=True)).text
    assert "Bath towels for six hotels" in public
    assert "Möwe" not in public


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"consent_how": ""}, "consent_how"),
        ({"consent_when": ""}, "consent_when"),
        ({"consent_when": "2999-01-01"}, "consent_when"),
        ({"consent_who": ""}, "consent_who"),
    ],
)
async def test_half_an_evidence_is_none(
    client: httpx.AsyncClient, board: Board, missing: dict[str, str], field: str
) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    answer = await write(client, buyer, typed(**{**agreed(), **missing}))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert await fetchval("SELECT count(*) FROM trade_request") == 0


async def test_what_is_not_complete_is_kept_and_told(client: httpx.AsyncClient, board: Board) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    answer = await write(client, buyer, typed(hs_code="", **agreed()))
    assert answer.status_code == 303
    assert await fetchval("SELECT state FROM trade_request") == "DRAFT"
    page = (await client.get(answer.headers["location"])).text
    assert "Before it can be published" in page


async def test_the_same_form_sent_twice_makes_one_request(client: httpx.AsyncClient, board: Board) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    fields = typed(then="save", key="abcdefabcdefabcdefabcdef", **agreed())
    first, second = await write(client, buyer, fields), await write(client, buyer, fields)
    assert first.headers["location"] == second.headers["location"]
    assert await fetchval("SELECT count(*) FROM trade_request") == 1


async def test_a_buyer_abroad_is_sent_for_review(client: httpx.AsyncClient, board: Board) -> None:
    buyer = await registered(board, legal_name="Maison Claire SA", country="CH")
    await sign_in(client, board.post.person)
    assert "own country only" in (await client.get(f"/en/staff/requests/new?buyer={buyer}")).text
    answer = await write(client, buyer, typed(country="CH", then="publish", **agreed()))
    assert answer.status_code == 303
    assert await fetchval("SELECT state FROM trade_request") == "DRAFT"
    answer = await write(
        client,
        buyer,
        typed(country="CH", then="submit", title="Table linen for four restaurants", **agreed()),
    )
    assert answer.status_code == 303
    assert await fetchval("SELECT count(*) FROM trade_request WHERE state = 'SUBMITTED'") == 1
    task = (await fetch("SELECT organisation FROM task"))[0]
    assert task["organisation"] == board.other_post.membership.organisation


async def test_a_buyer_of_another_post_cannot_be_asked_for(client: httpx.AsyncClient, board: Board) -> None:
    theirs = await fetchval("SELECT public_id FROM importer WHERE legal_name = 'Blaue Stunde AG'")
    await sign_in(client, board.post.person)
    assert (await client.get(f"/en/staff/requests/new?buyer={theirs}")).status_code == 404
    answer = await post_form(
        client, "/en/staff/requests/new", typed(buyer=theirs), of="/en/staff/requests/new/buyer"
    )
    assert answer.status_code == 404
    assert await fetchval("SELECT count(*) FROM trade_request") == 0


async def test_the_ministry_reviews_and_asks_for_nobody(client: httpx.AsyncClient, board: Board) -> None:
    await sign_in(client, board.ministry.person)
    assert (await client.get("/en/staff/requests/new")).status_code == 404
    assert (await client.get("/en/staff/requests/new/buyer")).status_code == 404


async def invited(board: Board, buyer: str) -> str:
    """The token of the mailed invitation."""
    found = await buyers.one(board.post.membership, buyer)
    await buyers.invite(board.post.caller, found, emails.address("antje@moewe-hotels.de"), "en")
    token: str = (await mails("antje@moewe-hotels.de"))[-1]["context"]["token"]
    return token


async def test_the_buyers_own_person_takes_over_with_requests_quotes_and_talks(
    client: httpx.AsyncClient, board: Board
) -> None:
    buyer = await registered(board)
    await sign_in(client, board.post.person)
    assert (await write(client, buyer, typed(**agreed()))).status_code == 303
    request = await fetchval("SELECT public_id FROM trade_request")
    token = await invited(board, buyer)
    antje = await make_person("Antje Behrens", "antje@moewe-hotels.de")
    org = await invitations.accept((await _caller(antje)), token)
    row = (await fetch("SELECT represented_by, public_id FROM importer WHERE public_id = $1", buyer))[0]
    assert row["represented_by"] is None
    assert (f"user:{antje}", "importer.taken_over") in await audited(buyer)
    caller = await _caller(antje)
    assert (await access.own(caller, org, request, act=True)).may_act
    shown = await queries.by_public_id(request)
    assert not shown.represented
    assert shown.inquiry_id is not None
    assert (await inquiries.asked(caller, org, shown.inquiry_id)).may_act


async def _caller(person: int) -> Any:
    from asking import caller_of

    return await caller_of(person)


async def test_an_invitation_that_is_not_taken_changes_nothing(board: Board) -> None:
    buyer = await registered(board)
    await invited(board, buyer)
    assert (await buyers.one(board.post.membership, buyer)).invited == "antje@moewe-hotels.de"
    assert await fetchval("SELECT represented_by FROM importer WHERE public_id = $1", buyer) is not None


async def test_nobody_is_invited_into_a_firm_that_has_people(board: Board) -> None:
    theirs = await fetchval("SELECT public_id FROM importer WHERE legal_name = 'Nordlicht Handel GmbH'")
    found = await buyers.one(board.post.membership, theirs)
    with pytest.raises(Conflict):
        await buyers.invite(board.post.caller, found, emails.address("x@y.example"), "en")
    assert await mails("x@y.example") == []


async def test_a_member_of_a_firm_that_nobody_represents_takes_nothing_over(board: Board) -> None:
    firm = await make_importer("Segel und Tau KG", "DE")
    new: Side = await side(firm, "Ole Jansen", "OWNER")
    assert new.membership.importer is not None
    rows = await fetch("SELECT 1 FROM audit_entry WHERE action = 'importer.taken_over'")
    assert list(rows) == []


async def test_a_name_that_only_differs_in_signs_is_the_same_buyer(board: Board) -> None:
    await registered(board)
    with pytest.raises(Invalid) as refused:
        await registered(board, legal_name="Möwe  HOTELS gmbh.")
    assert list(refused.value.fields) == ["legal_name"]
    # In another country it is another firm.
    await registered(board, country="BE")
