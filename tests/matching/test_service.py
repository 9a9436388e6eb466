"""Inviting exporters to quote, and exporters that do not want to be suggested."""

import asyncio
from datetime import UTC, datetime

import pytest
from factories import make_exporter, make_product
from people import audited, count
from requesting import Board, drafted, handled, make_board, own, posted, published

from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, KervanError
from kervan.matching import queries, service
from kervan.requests import access
from kervan.requests.access import Seat
from kervan.requests.service import Saved


@pytest.fixture
async def board(db: None) -> Board:
    return await make_board()


@pytest.fixture
async def request_(board: Board) -> Saved:
    return await published(board)


async def weavers(number: int) -> list[str]:
    """Further exporters of towels, by slug."""
    slugs = [f"dokuma-{n}" for n in range(number)]
    for slug in slugs:
        await make_product(await make_exporter(slug, trade_name=slug))
    return slugs


async def deliveries() -> list[tuple[int, int, str]]:
    rows = await fetch("SELECT request, edition, state FROM alert_delivery WHERE invitation IS NOT NULL")
    return [(row["request"], row["edition"], row["state"]) for row in rows]


def sentence_of(error: KervanError) -> str:
    problem = error.fields["exporters"]
    return str(problem)


async def test_an_invitation_is_a_row_of_the_ledger_and_told_once(board: Board, request_: Saved) -> None:
    made = await service.invite(board.buyer.caller, await own(board, request_), ["ayse-havlu"])
    assert made == service.Invited(("ayse-havlu",), (), (), 19)
    assert await deliveries() == [(request_.id, 1, "QUEUED")]
    row = (await fetch("SELECT * FROM request_invitation"))[0]
    assert (row["exporter"], row["organisation"], row["person"], row["edition"]) == (
        board.ayse.firm.entity,
        board.buyer.firm.id,
        board.buyer.person,
        1,
    )
    assert row["score"] == (await queries.for_request(request_.id))[0].match.score
    told = await fetchval("SELECT payload::text FROM outbox WHERE topic = 'alerts.deliver'")
    assert told == f'{{"deliveries": [{await fetchval("SELECT id FROM alert_delivery")}]}}'
    assert (f"user:{board.buyer.person}", "request.invited") in await audited(request_.public_id)
    assert (await queries.for_request(request_.id))[0].invited_at is not None
    assert (await queries.for_exporter(board.ayse.firm.entity))[0][0].invited_at is not None


async def test_inviting_twice_changes_nothing(board: Board, request_: Saved) -> None:
    seat = await own(board, request_)
    await service.invite(board.buyer.caller, seat, ["ayse-havlu"])
    again = await service.invite(board.buyer.caller, seat, ["ayse-havlu", "ayse-havlu"])
    assert again == service.Invited((), ("ayse-havlu",), (), 19)
    assert await count("request_invitation") == await count("alert_delivery") == 1
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'alerts.deliver'") == 1
    actions = [action for _, action in await audited(request_.public_id)]
    assert actions.count("request.invited") == 1


async def test_two_who_invite_the_same_at_once_invite_once(board: Board, request_: Saved) -> None:
    seat = await own(board, request_)
    of_post = await handled(board.post, request_)

    async def invite(caller: Caller, place: Seat) -> service.Invited:
        return await service.invite(caller, place, ["ayse-havlu"])

    made = await asyncio.gather(invite(board.buyer.caller, seat), invite(board.post.caller, of_post))
    assert sorted(len(one.invited) for one in made) == [0, 1]
    assert await count("request_invitation") == 1


async def test_a_post_invites_for_its_buyer(board: Board) -> None:
    request = await posted(board)
    await service.invite(board.post.caller, await handled(board.post, request), ["ayse-havlu"])
    assert await fetchval("SELECT organisation FROM request_invitation") == board.post.firm.id


async def test_no_more_than_the_figure_allows(board: Board, request_: Saved) -> None:
    slugs = await weavers(20)
    seat = await own(board, request_)
    with pytest.raises(Conflict, match="At most 20 exporters"):
        await service.invite(board.buyer.caller, seat, [*slugs, "ayse-havlu"])
    assert (await service.invite(board.buyer.caller, seat, slugs[:19])).left == 1
    with pytest.raises(Conflict, match="At most 20 exporters"):
        await service.invite(board.buyer.caller, seat, [slugs[19], "ayse-havlu"])
    assert await service.left(request_.id) == 1
    # Who is invited already does not count again.
    assert (await service.invite(board.buyer.caller, seat, slugs)).left == 0
    assert await count("request_invitation") == 20


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'ayse-havlu'",
            "Ayşe Havlu is not verified now and cannot be invited.",
        ),
        (
            "INSERT INTO matching_opt_out (exporter) SELECT id FROM exporter WHERE slug = 'ayse-havlu'",
            "Ayşe Havlu does not want to be suggested or invited.",
        ),
        (
            "INSERT INTO exporter_limit (exporter, countries_blocked)"
            " SELECT id, '{DE}' FROM exporter WHERE slug = 'ayse-havlu'",
            "Ayşe Havlu takes no orders to this country.",
        ),
        (
            "INSERT INTO exporter_limit (exporter, codes_excluded)"
            " SELECT id, '{63}' FROM exporter WHERE slug = 'ayse-havlu'",
            "Ayşe Havlu takes no orders for these goods.",
        ),
        (
            "UPDATE product SET state = 'PAUSED'",
            "Ayşe Havlu has no published product that comes near what is asked.",
        ),
    ],
)
async def test_who_is_barred_cannot_be_invited_and_nobody_else_is(
    board: Board, request_: Saved, change: str, sentence: str
) -> None:
    await weavers(1)
    await execute(change)
    with pytest.raises(Invalid) as refused:
        await service.invite(board.buyer.caller, await own(board, request_), ["ayse-havlu"])
    assert sentence_of(refused.value) == sentence
    assert await count("request_invitation") == await count("alert_delivery") == 0


async def test_an_unknown_exporter_and_none_at_all_are_refused(board: Board, request_: Saved) -> None:
    seat = await own(board, request_)
    for slugs, sentence in (
        (["ayse-havlu", "yok-boyle"], "There is no such exporter."),
        ([], "Choose at least one exporter."),
    ):
        with pytest.raises(Invalid) as refused:
            await service.invite(board.buyer.caller, seat, slugs)
        assert sentence_of(refused.value) == sentence
    assert await count("request_invitation") == 0


async def test_only_a_request_that_takes_answers_can_be_invited_to(board: Board, request_: Saved) -> None:
    draft = await drafted(board)
    with pytest.raises(Conflict, match="while the request takes answers"):
        await service.invite(board.buyer.caller, await own(board, draft), ["ayse-havlu"])
    await execute(
        "UPDATE trade_request SET deadline = (now() AT TIME ZONE 'Europe/Istanbul')::date - 1 WHERE id = $1",
        request_.id,
    )
    with pytest.raises(Conflict, match="while the request takes answers"):
        await service.invite(board.buyer.caller, await own(board, request_), ["ayse-havlu"])


async def test_who_has_answered_is_not_invited(board: Board, request_: Saved) -> None:
    await execute(
        """INSERT INTO inquiry_recipient (public_id, inquiry, exporter, answered_at)
        SELECT 'abcdefghijkl', id, $2, $3 FROM inquiry WHERE request = $1""",
        request_.id,
        board.ayse.firm.entity,
        datetime.now(UTC),
    )
    made = await service.invite(board.buyer.caller, await own(board, request_), ["ayse-havlu"])
    assert made == service.Invited((), (), ("ayse-havlu",), 20)
    assert await count("alert_delivery") == 0


async def test_a_colleague_who_only_looks_cannot_invite(board: Board, request_: Saved) -> None:
    await execute("UPDATE membership SET role = 'VIEWER' WHERE person = $1", board.buyer.person)
    from asking import caller_of

    viewer = await caller_of(board.buyer.person)
    with pytest.raises(Forbidden):
        await access.own(viewer, board.buyer.org, request_.public_id, act=True)


async def test_an_exporter_opts_out_and_in_and_each_is_audited_once(board: Board, request_: Saved) -> None:
    exporter = board.ayse.firm.entity
    for _ in range(2):
        await service.opt_out(board.ayse.caller, exporter, " We sell through our agent. ")
    found = await service.opted_out(exporter)
    assert found is not None
    assert (found.reason, found.by) == ("We sell through our agent.", "Ayşe Yılmaz")
    assert await queries.for_request(request_.id) == []
    for _ in range(2):
        await service.opt_in(board.ayse.caller, exporter)
    assert await service.opted_out(exporter) is None
    assert len(await queries.for_request(request_.id)) == 1
    actions = [action for _, action in await audited(exporter) if action.startswith("matching.")]
    assert actions == ["matching.opted-out", "matching.opted-in"]


async def test_a_reason_that_is_too_long_is_refused(board: Board) -> None:
    with pytest.raises(Invalid):
        await service.opt_out(board.ayse.caller, board.ayse.firm.entity, "x" * 301)
    assert await count("matching_opt_out") == 0
