"""The public board: what a search finds, in which order, with which counts, and who may ask for what."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import requesting
from requesting import Board, own

from kervan.accounts.callers import Caller
from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.discovery.requests import parse
from kervan.discovery.structs import Results
from kervan.errors import Invalid
from kervan.requests import board as boards
from kervan.requests import board_fallback, service
from kervan.requests.structs import Spec
from kervan_search.engine import Engine, EngineDown, Query

TOWELS = {"title": "White cotton towels for hotels"}
OIL: dict[str, Any] = {
    "title": "Extra virgin olive oil in tins",
    "summary": "A delicatessen chain in Lyon wants olive oil in 5 litre tins.",
    "description": "First cold pressing only. Towels are not wanted.",
    "hs_code": "150920",
    "quantity": 24_000,
    "unit": "LTR",
    "country": "FR",
    "specs": (Spec("Acidity", "at most 0.5 %"),),
    "certificates": ("iso-22000",),
    "buyer_type": "RETAILER",
    "target_price": Decimal("6.10"),
    "deadline": boards.today() + timedelta(days=5),
}
MARBLE: dict[str, Any] = {
    "title": "Bej mermer levha aranıyor",
    "summary": "Doha'da bir müteahhit İstanbul çıkışlı bej mermer levha arıyor.",
    "description": "Işıklı salon için cilalı.",
    "language": "tr",
    "hs_code": "680291",
    "quantity": 900,
    "unit": "MTK",
    "country": "QA",
    "specs": (),
    "certificates": (),
    "buyer_type": "MANUFACTURER",
    "deadline": boards.today() + timedelta(days=95),
}


@pytest.fixture
async def board(search: Engine) -> Board:
    """Three open requests: towels to Germany, oil to France, marble to Qatar."""
    made = await requesting.make_board()
    await requesting.several(made, [TOWELS, OIL, MARBLE])
    await index(search)
    return made


async def index(search: Engine) -> None:
    await indexing.index_requests(search, [row["id"] for row in await fetch("SELECT id FROM trade_request")])


async def find(
    search: Engine, params: dict[str, list[str]] | None = None, caller: Caller | None = None
) -> Results:
    return await boards.find(search, parse("requests", "en", params or {}), caller)


def titles(results: Results) -> list[str]:
    return [card.title for card in results.requests]


async def found(search: Engine, text: str) -> list[str]:
    return titles(await find(search, {"q": [text]}))


class Down:
    """An engine whose server went away."""

    async def search(self, index: str, query: Query) -> None:
        raise EngineDown("connection refused")


async def test_without_words_the_board_shows_every_open_request_and_the_newest_first(
    search: Engine, board: Board
) -> None:
    await execute("UPDATE trade_request SET published_at = now() - make_interval(days => 10 * id::int)")
    await index(search)
    results = await find(search)
    assert results.total == 3
    assert titles(results) == [TOWELS["title"], OIL["title"], MARBLE["title"]]


async def test_a_better_match_stands_above_a_newer_request(search: Engine, board: Board) -> None:
    """Relevance is relevance: the oil of today, which names towels in passing, comes behind last month's towels."""
    await execute(
        "UPDATE trade_request SET published_at = now() - interval '30 days' WHERE title = $1", TOWELS["title"]
    )
    await index(search)
    assert await found(search, "towels") == [TOWELS["title"], OIL["title"]]
    newest = await find(search, {"q": ["towels"], "sort": ["newest"]})
    assert titles(newest) == [OIL["title"], TOWELS["title"]]
    closing = await find(search, {"q": ["towels"], "sort": ["closing"]})
    assert titles(closing) == [OIL["title"], TOWELS["title"]]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("İSTANBUL MERMER", MARBLE["title"]),
        ("istanbul mermer", MARBLE["title"]),
        ("ışıklı", MARBLE["title"]),
        ("ISIKLI", MARBLE["title"]),
        ("mermer levhalar", MARBLE["title"]),
        ("acidity", OIL["title"]),
        ("tins", OIL["title"]),
        ("1509.20", OIL["title"]),
        ("zeytinyağı", OIL["title"]),
        ("Fransa", OIL["title"]),
        ("qatar", MARBLE["title"]),
        ("OEKO-TEX", TOWELS["title"]),
        ("havlu", TOWELS["title"]),
    ],
)
async def test_titles_texts_specs_codes_and_countries_are_found(
    search: Engine, board: Board, text: str, title: str
) -> None:
    assert (await found(search, text))[0] == title


@pytest.mark.parametrize("text", ["Nordlicht", "Petersen", "Jonas"])
async def test_the_buyer_is_found_by_no_word(search: Engine, board: Board, text: str) -> None:
    assert await found(search, text) == []


async def test_every_count_of_a_facet_is_what_its_choice_finds(search: Engine, board: Board) -> None:
    await requesting.published(board, title="Bathrobes with a hood", hs_code="620891", country="AT")
    await requesting.published(board, title="Kitchen towels of linen", quantity=90, country="AT")
    await index(search)
    for start in ({}, {"country": ["AT", "DE"]}, {"q": ["towels"]}, {"deadline": ["-7", "90-"]}):
        start_results = await find(search, start)
        names = {facet.name for facet in start_results.facets}
        assert {"country", "sector", "heading", "deadline", "quantity", "buyer_type", "source"} <= names
        for facet in start_results.facets:
            for value in facet.values:
                clicked = await find(search, {**start, facet.name: [value.value]})
                assert clicked.total == value.count == len(clicked.requests), (start, facet.name, value.value)


async def test_deadlines_are_counted_from_today_whenever_they_were_indexed(
    search: Engine, board: Board
) -> None:
    asked = parse("requests", "en", {"deadline": ["7-30"]})
    assert titles(await boards.find(search, asked, None)) == [TOWELS["title"]]
    later = boards.today() + timedelta(days=70)
    results = await boards.find(search, asked, None, later)
    assert titles(results) == [MARBLE["title"]]
    [facet] = [facet for facet in results.facets if facet.name == "deadline"]
    assert [(value.value, value.count) for value in facet.values] == [("7-30", 1)]


async def test_what_closed_in_the_evening_is_gone_even_before_the_index_knows(
    search: Engine, board: Board
) -> None:
    tomorrow = boards.today() + timedelta(days=6)
    results = await boards.find(search, parse("requests", "en", {}), None, tomorrow)
    assert OIL["title"] not in titles(results)
    assert results.total == 2


async def test_a_withdrawn_request_leaves_the_board(search: Engine, board: Board) -> None:
    made = await requesting.published(board, title="Napkins of damask, white")
    await index(search)
    assert (await find(search)).total == 4
    await service.withdraw(board.buyer.caller, await own(board, made), "Bought elsewhere.")
    results = await find(search)
    assert "Napkins of damask, white" not in titles(results)
    await index(search)
    assert (await find(search)).total == 3


async def test_values_are_read_and_searched_by_verified_exporters_alone(search: Engine, board: Board) -> None:
    bound = {"value_from": ["1000"], "value_to": ["10000"]}
    for caller in (None, board.other_buyer.caller, board.other_post.caller, _unverified(board.ayse.caller)):
        with pytest.raises(Invalid) as refused:
            await find(search, bound, caller)
        assert set(refused.value.fields) == {"value_from", "value_to"}
        assert {card.value_eur for card in (await find(search, {}, caller)).requests} == {None}
    results = await find(search, bound, board.ayse.caller)
    assert {card.title: card.value_eur for card in results.requests} == {
        TOWELS["title"]: Decimal("1520.00"),
        MARBLE["title"]: Decimal("3420.00"),
    }


def _unverified(caller: Caller) -> Caller:
    memberships = tuple(msgspec.structs.replace(m, standing="SUBMITTED") for m in caller.memberships)
    return msgspec.structs.replace(caller, memberships=memberships)


@pytest.mark.parametrize(
    "params",
    [
        {"q": ["ev tekstili"]},
        {"q": ["İSTANBUL mermer"]},
        {"q": ["1509.20"]},
        {"q": ['"olive oil"']},
        {"q": ["100%"]},
        {"country": ["FR", "QA"]},
        {"heading": ["6302"], "unit": ["C62"], "quantity": ["C62.100-1000"]},
        {"chapter": ["15"], "certificate": ["iso-22000"], "language": ["en"]},
        {"section": ["11"], "sector": ["home-textiles"], "buyer_type": ["HOSPITALITY"]},
        {"source": ["IMPORTER"], "quantity_from": ["500"], "quantity_to": ["1000"]},
        {"deadline": ["-7"]},
        {"deadline": ["90-"], "country": ["DE"]},
        {"sort": ["closing"]},
        {"sort": ["newest"], "per_page": ["2"], "page": ["2"]},
    ],
)
async def test_the_database_finds_and_counts_the_same_while_the_engine_is_down(
    search: Engine, board: Board, params: dict[str, list[str]]
) -> None:
    asked = parse("requests", "en", params)
    engine = await boards.find(search, asked, None)
    database = await boards.find(Down(), asked, None)  # type: ignore[arg-type]
    assert database.fallback
    assert not engine.fallback
    assert (database.total, sorted(titles(database))) == (engine.total, sorted(titles(engine)))
    if asked.sort != "relevance":
        assert titles(database) == titles(engine)
    assert _counts(database) == _counts(engine)


def _counts(results: Results) -> dict[str, dict[str, int]]:
    return {facet.name: {value.value: value.count for value in facet.values} for facet in results.facets}


async def test_the_database_sees_a_change_at_once(search: Engine, board: Board) -> None:
    await find(Down(), {"q": ["robe"]})  # type: ignore[arg-type]
    made = await requesting.published(board, title="Bath robes with a hood")
    assert titles(await find(Down(), {"q": ["robe"]})) == ["Bath robes with a hood"]  # type: ignore[arg-type]
    await service.withdraw(board.buyer.caller, await own(board, made), "Bought elsewhere.")
    assert titles(await find(Down(), {"q": ["robe"]})) == []  # type: ignore[arg-type]
    assert made.id not in board_fallback._kept


async def test_a_choice_that_is_gone_stays_to_be_taken_back(search: Engine, board: Board) -> None:
    results = await find(search, {"country": ["JP"], "deadline": ["30-90"], "quantity_to": ["5"]})
    assert results.total == 0
    assert [(chip.name, chip.value) for chip in results.chips] == [
        ("country", "JP"),
        ("deadline", "30-90"),
        ("quantity_to", "5"),
    ]
    chosen = {facet.name: [value.value for value in facet.values if value.chosen] for facet in results.facets}
    assert (chosen["country"], chosen["deadline"]) == (["JP"], ["30-90"])


async def test_a_page_past_the_reachable_ones_is_too_deep_and_harmless(search: Engine, board: Board) -> None:
    results = await find(search, {"page": ["1000000"]})
    assert (results.too_deep, results.requests, results.total) == (True, (), 3)


def fields(**params: Sequence[str]) -> set[str]:
    with pytest.raises(Invalid) as refused:
        parse("requests", "en", params, strict=True)
    return set(refused.value.fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("country", "TR"),
        ("country", "XX"),
        ("country", "Germany"),
        ("sector", "nonsense"),
        ("source", "importer"),
        ("buyer_type", "<script>"),
        ("certificate", "iso-99999"),
        ("language", "xx"),
        ("unit", "ADET"),
        ("quantity", "C62.7-8"),
        ("quantity", "100-1000"),
        ("deadline", "tomorrow"),
        ("deadline", "2026-11-22"),
        ("value_from", "abc"),
        ("value_to", "1e999"),
        ("value_from", "-5"),
        ("quantity_from", "-1"),
        ("quantity_from", "1.5"),
        ("quantity_to", "99999999999"),
        ("sort", "price"),
        ("price_from", "5"),
        ("province", "20"),
        ("q", "x" * 201),
        ("\u202ecountry", "DE"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(name: str, value: str) -> None:
    assert len(fields(**{name: [value]})) == 1


def test_upside_down_bounds_are_refused() -> None:
    assert fields(value_from=["10"], value_to=["9"], quantity_from=["7"], quantity_to=["6"]) == {
        "value_to",
        "quantity_to",
    }
