"""Who fits whom, from a real database: both sides see the same score, and nobody who must not be seen."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import make_exporter, make_product
from people import make_importer
from requesting import Board, content, make_board, published

from kervan.db import execute, fetchval, transaction
from kervan.errors import NotFound
from kervan.matching import candidates, queries
from kervan.matching.facts import Asked
from kervan.matching.sentences import Said
from kervan.matching.weights import shipped
from kervan.products.inputs import TextInput


@pytest.fixture
async def board(db: None) -> Board:
    return await make_board()


async def certify(exporter: int, standard: str, until: date | None) -> None:
    await execute(
        "INSERT INTO certificate (exporter, standard, issuer, number, valid_until) VALUES ($1, $2, 'Test', $3, $4)",
        exporter,
        standard,
        f"{standard}-{until}",
        until,
    )


def entity(firm: Any) -> int:
    found: int = firm.firm.entity
    return found


def texts(said: Sequence[Said]) -> list[str]:
    return [one.text for one in said]


async def request_of(board: Board, **changes: Any) -> int:
    found: int = await fetchval(
        "SELECT id FROM trade_request WHERE public_id = $1", (await published(board, **changes)).public_id
    )
    return found


async def test_a_request_finds_the_exporters_of_its_goods_and_says_why(board: Board) -> None:
    request = await request_of(board, certificates=("oeko-tex-100", "iso-9001"), languages=("en",))
    await certify(entity(board.ayse), "OEKO-TEX 100", None)
    await certify(entity(board.ayse), "ISO 9001", date(2026, 3, 1))
    found = await queries.for_request(request)
    assert [(one.slug, one.name, one.product, one.product_name) for one in found] == [
        ("ayse-havlu", "Ayşe Havlu", board.towel, "Combed cotton terry towel")
    ]
    reasons, missing = texts(found[0].good), texts(found[0].lacking)
    assert "Offers exactly this code, 6302.60." in reasons
    assert "OEKO-TEX Standard 100 asked, it holds it." in reasons
    assert "ISO 9001 asked, its own expired in March 2026." in missing
    assert found[0].invited_at is None
    assert not found[0].answered


async def test_both_sides_see_the_same_score_and_each_its_own_words(board: Board) -> None:
    request = await request_of(board, certificates=("iso-22000",))
    await certify(entity(board.ayse), "ISO 22000", date(2026, 3, 31))
    of_request = await queries.for_request(request)
    of_exporter, total = await queries.for_exporter(entity(board.ayse))
    assert total == 1
    assert of_exporter[0].request == request
    assert of_exporter[0].match == of_request[0].match
    assert "ISO 22000 asked, yours expired in March 2026." in texts(of_exporter[0].lacking)
    assert "ISO 22000 asked, its own expired in March 2026." in texts(of_request[0].lacking)
    assert await queries.for_exporter(entity(board.can)) == ([], 0)


async def test_who_is_not_verified_opted_out_or_limits_itself_is_not_suggested(board: Board) -> None:
    request = await request_of(board)
    hidden = [
        await make_exporter("askida-tekstil", verification="SUSPENDED"),
        await make_exporter("cekimser-tekstil"),
        await make_exporter("almanyasiz-tekstil"),
        await make_exporter("haric-tekstil"),
    ]
    for exporter in hidden:
        await make_product(exporter)
    await execute("INSERT INTO matching_opt_out (exporter) VALUES ($1)", hidden[1])
    await execute("INSERT INTO exporter_limit (exporter, countries_blocked) VALUES ($1, '{DE}')", hidden[2])
    await execute("INSERT INTO exporter_limit (exporter, codes_excluded) VALUES ($1, '{6302}')", hidden[3])
    assert [one.slug for one in await queries.for_request(request)] == ["ayse-havlu"]


async def test_the_newest_of_its_limits_holds(board: Board) -> None:
    request = await request_of(board)
    insert = "INSERT INTO exporter_limit (exporter, valid_from, countries_blocked) VALUES ($1, $2, $3)"
    now = datetime.now(UTC)
    await execute(insert, entity(board.ayse), now - timedelta(days=3), ["DE"])
    assert await queries.for_request(request) == []
    await execute(insert, entity(board.ayse), now - timedelta(days=1), ["FR"])
    assert len(await queries.for_request(request)) == 1


async def test_only_published_products_of_now_count(board: Board) -> None:
    request = await request_of(board)
    await execute("UPDATE product SET state = 'PAUSED' WHERE public_id = $1", board.towel)
    assert await queries.for_request(request) == []
    assert await queries.for_exporter(entity(board.ayse)) == ([], 0)


async def test_an_exporter_sees_only_requests_that_take_answers(board: Board) -> None:
    request = await request_of(board)
    for change in (
        "deadline = (now() AT TIME ZONE 'Europe/Istanbul')::date - 1",
        "state = 'CLOSED', closed_as = 'WITHDRAWN'",
    ):
        await execute(f"UPDATE trade_request SET {change} WHERE id = $1", request)
        assert await queries.for_exporter(entity(board.ayse)) == ([], 0)


async def test_who_opted_out_still_sees_requests_that_fit(board: Board) -> None:
    await request_of(board)
    await execute("INSERT INTO matching_opt_out (exporter) VALUES ($1)", entity(board.ayse))
    assert (await queries.for_exporter(entity(board.ayse)))[1] == 1


async def test_the_better_comes_first_and_equals_come_by_id(board: Board) -> None:
    request = await request_of(board)
    twins = [await make_exporter(f"ikiz-{n}-tekstil") for n in (1, 2)]
    for exporter in reversed(twins):
        await make_product(exporter)
    late = await make_exporter("gec-tekstil")
    await make_product(late, lead_days=90)
    found = await queries.for_request(request)
    assert [one.exporter for one in found] == [entity(board.ayse), *twins, late]
    assert [one.exporter for one in await queries.for_request(request, limit=2)] == [
        entity(board.ayse),
        twins[0],
    ]


async def test_the_chapter_is_looked_at_where_the_heading_has_few(board: Board) -> None:
    request = await request_of(board, title="Cotton terry towels and blankets")
    near = await make_exporter("battaniye-tekstil")
    texts = {"tr": TextInput("Pamuk havlu battaniye", ""), "en": TextInput("Cotton terry towel blanket", "")}
    await make_product(near, hs_code="630130900000", texts=texts)
    far = await make_exporter("perde-tekstil")
    await make_product(far, hs_code="630392900000", texts={"tr": TextInput("Tül perde", "")})
    assert [one.slug for one in await queries.for_request(request)] == ["ayse-havlu", "battaniye-tekstil"]


async def test_a_rough_sum_chooses_among_too_many(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = candidates._CANDIDATES.replace(f"LIMIT {candidates.MOST_FIRMS}", "LIMIT 1")
    monkeypatch.setattr(candidates, "_CANDIDATES", sql)
    monkeypatch.setattr(candidates, "FEW_FIRMS", 0)
    request = await request_of(board, languages=("fr",), country="FR")
    best = await make_exporter("fransaya-tekstil", languages=("tr", "fr"), export_countries=("FR",))
    await make_product(best)
    assert [one.slug for one in await queries.for_request(request)] == ["fransaya-tekstil"]


async def test_a_draft_can_be_tried_before_it_is_published(board: Board) -> None:
    draft = content(hs_code="150920", title="Olive oil for a chain", unit="C62")
    found = await queries.for_content(draft, value_eur=Decimal(2000))
    assert [one.slug for one in found] == ["can-zeytin"]
    assert await queries.for_content(content(hs_code=None)) == []


async def test_an_unknown_request_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        await queries.for_request(404)
    with pytest.raises(NotFound):
        await queries.for_importer(404)
    assert await queries.for_exporter(404) == ([], 0)


async def test_an_importer_gets_exporters_for_its_interests(board: Board) -> None:
    wishes: dict[str, Any] = {"headings": ["6302"], "sectors": ["olive-oil-fats"], "provinces": ["20"]}
    importer = (await make_importer("Ilgili GmbH", "AT", **wishes, languages=["en"])).entity
    found = await queries.for_importer(importer)
    assert [one.slug for one in found] == ["ayse-havlu", "can-zeytin"]
    words = texts(found[0].good)
    assert "Offers goods of the same heading, 6302." in words
    assert "Is in Denizli." in words
    assert "Works in English." in words


async def test_an_importer_without_interests_gets_nobody(board: Board) -> None:
    assert await queries.for_importer((await make_importer("Sessiz GmbH", "AT")).entity) == []


async def test_an_answer_rate_counts_from_five_cases(board: Board) -> None:
    request = await request_of(board)
    organisation = board.ayse.firm.id
    await execute(
        "INSERT INTO response_record (organisation, cases, answered) VALUES ($1, 4, 4)", organisation
    )
    assert "ANSWERS" not in {one.code for one in (await queries.for_request(request))[0].match.reasons}
    await execute("UPDATE response_record SET cases = 8, answered = 6")
    assert "Answers 75% of what it is asked." in texts((await queries.for_request(request))[0].good)


async def test_a_request_reads_its_heading_by_the_index(board: Board) -> None:
    async with transaction() as tx:
        await tx.connection.execute("SET LOCAL enable_seqscan = off")
        sql = candidates._CANDIDATES.format(near=candidates._HEADING)
        wish = Asked(code="630260", country="DE")
        plan = await tx.connection.fetch(f"EXPLAIN {sql}", *candidates._values(wish, shipped(), ()))
    assert any("product_version_code" in row[0] for row in plan)
