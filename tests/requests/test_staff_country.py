"""A post's country at a glance: figures that are counted, for its own country only, all of them for the Ministry."""

from decimal import Decimal

import httpx
import pytest
import requesting
from litestar import Litestar
from people import sign_in
from requesting import Board, handled

from kervan.db import execute
from kervan.errors import NotFound
from kervan.requests import country, service


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


async def test_the_figures_are_those_of_the_country(board: Board) -> None:
    await requesting.submitted(board, title="Olive oil in tins for a shop", hs_code="1509")
    await requesting.published(board)
    done = await requesting.posted(board, title="Carpets for a hotel hall", hs_code="5702")
    await service.withdraw(board.post.caller, await handled(board.post, done), "The buyer bought elsewhere.")
    await execute(
        "UPDATE trade_request SET review_due_at = now() - interval '1 hour' WHERE state = 'SUBMITTED'"
    )
    found = await country.glance(("DE",))
    whole = found.all
    assert (whole.open, whole.waiting, whole.overdue, whole.published, whole.awarded) == (1, 1, 1, 2, 0)
    by_sector = {row.key: (row.open, row.waiting, row.published) for row in found.sectors}
    assert by_sector == {"home-textiles": (1, 0, 1), "olive-oil-fats": (0, 1, 0), "carpets": (0, 0, 1)}
    assert (await country.glance(("CH",))).all == country.Figures()


async def test_outcomes_and_the_posts_record_are_counted(board: Board) -> None:
    made = await requesting.published(board)
    await execute(
        """INSERT INTO request_outcome (public_id, request, exporter, side, answered_at, result)
        VALUES ('o1', $1, $2, 'EXPORTER', now(), 'WON'), ('o2', $1, $2, 'IMPORTER', NULL, NULL)""",
        made.id,
        board.ayse.membership.exporter,
    )
    post = board.post.membership.organisation
    await execute(
        "INSERT INTO response_record (organisation, cases, answered, median_hours) VALUES ($1, 4, 4, 6)", post
    )
    found = await country.glance(("DE",))
    assert found.outcomes == {"EXPORTER": {"WON": 1}, "IMPORTER": {"": 1}}
    assert found.all.won == 1
    # Four cases are too few to say anything.
    assert [(record.cases, record.rate) for record in found.records] == [(4, None)]
    await execute("UPDATE response_record SET cases = 5, answered = 4")
    [record] = (await country.glance(("DE",))).records
    assert (record.rate, record.median_hours) == (Decimal("0.8"), 6)


async def test_a_post_sees_its_own_country_and_the_ministry_all(
    client: httpx.AsyncClient, board: Board
) -> None:
    await requesting.published(board)
    await sign_in(client, board.post.person)
    page = await client.get("/en/staff/requests/country")
    assert page.status_code == 200
    assert "<bdi>Germany</bdi>" in page.text
    assert (await client.get("/en/staff/requests/country?country=CH")).status_code == 404
    await sign_in(client, board.ministry.person)
    page = await client.get("/en/staff/requests/country")
    assert "All countries" in page.text
    assert "country?country=DE" in page.text
    assert (await client.get("/en/staff/requests/country?country=DE")).status_code == 200
    assert (await client.get("/en/staff/requests/country?country=XX")).status_code == 404


async def test_nobody_else_has_a_country(board: Board) -> None:
    for firm in (board.buyer, board.ayse):
        with pytest.raises(NotFound):
            country.reach(firm.caller)
