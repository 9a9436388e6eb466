"""What an alert asks for: refused with a sentence, never silent, and the same as a search of the board."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
import requesting
from requesting import Board

from kervan.alerts import conditions, ledger, wording
from kervan.alerts.book import Book
from kervan.alerts.conditions import Conditions
from kervan.db import execute, fetch
from kervan.discovery.documents_requests import request_document, requests_by_id
from kervan.discovery.engine import REQUESTS, synonyms
from kervan.errors import Invalid
from kervan.requests.structs import Content, Spec
from kervan.trade import nomenclature
from kervan_search.engine import Engine, Query, open_engine
from kervan_search.percolate import Percolator

from .conftest import ledger_of


@pytest.fixture
async def search(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = open_engine(specs=(REQUESTS,), synonyms=synonyms(), data_dir=tmp_path / "search")
    await engine.open()
    yield engine
    await engine.close()


WORDS = (
    "white", "cotton", "towel", "towels", "havlu", "Havlular", "IŞIK", "ışıklı", "olive", "oil", "zeytinyağı",
    "t-shirt", "tshirt", "12 V", "hotel", "for", "and", "500 g/m²", "6302", "630260", "marble", "mermer", "Öl",
)  # fmt: skip
CODES = ("6302", "630260", "5702", "1509", "150920000000", "6802", "6109", "2516")
COUNTRIES = ("DE", "NG", "GB", "JP")
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def some_content(luck: random.Random) -> Content:
    """Any request that could be on the board."""
    return Content(
        title=" ".join(luck.choices(WORDS, k=luck.randint(1, 5))),
        summary=" ".join(luck.choices(WORDS, k=luck.randint(1, 9))),
        description=" ".join(luck.choices(WORDS, k=luck.randint(0, 20))),
        language=luck.choice(("en", "tr", "de")),
        hs_code=luck.choice(CODES),
        specs=tuple(Spec("Weight", word) for word in luck.choices(WORDS, k=luck.randint(0, 2))),
        quantity=luck.choice((None, 1, 100, 101, 400, 5000)),
        unit=luck.choice((None, "C62", "KGM")),
        country=luck.choice(COUNTRIES),
        deadline=(TODAY + timedelta(days=luck.randint(3, 180))).date(),
        certificates=tuple(luck.sample(("oeko-tex-100", "gots", "iso-9001"), luck.randint(0, 2))),
        buyer_type=luck.choice((None, "RETAILER", "HOSPITALITY")),
        source=luck.choice(("IMPORTER", "ATTACHE", "TENDER")),
    )


def some_conditions(luck: random.Random) -> Conditions:
    """Any alert that somebody could make."""
    given: dict[str, Any] = {}
    if luck.random() < 0.6:
        given["text"] = luck.choice(
            (
                luck.choice(WORDS),
                " ".join(luck.choices(WORDS, k=2)),
                f'"{luck.choice(WORDS)} {luck.choice(WORDS)}"',
                f"{luck.choice(WORDS)} -{luck.choice(WORDS)}",
            )
        )
    for name, values in (
        ("codes", ("63", "6302", "57", "1509", "630260", "68", "5208")),
        ("countries", COUNTRIES),
        ("sectors", ("home-textiles",)),
        ("sources", ("IMPORTER", "ATTACHE", "TENDER")),
        ("buyer_types", ("RETAILER", "HOSPITALITY")),
        ("certificates", ("oeko-tex-100", "gots")),
        ("languages", ("en", "tr")),
    ):
        if luck.random() < 0.25:
            given[name] = tuple(luck.sample(values, luck.randint(1, min(2, len(values)))))
    if luck.random() < 0.2:
        given |= {
            "value_from": luck.choice((None, Decimal(100), Decimal("999.5"))),
            "value_to": Decimal(5000),
        }
    if luck.random() < 0.2:
        given |= {
            "quantity_from": luck.choice((None, 1, 100)),
            "quantity_to": luck.choice((None, 400)),
            "unit": "C62",
        }
    try:
        return conditions.check(Conditions(**given))
    except Invalid:
        return Conditions(countries=("DE",))


async def test_a_request_fits_an_alert_if_and_only_if_searching_for_it_finds_the_request(
    search: Engine,
) -> None:
    luck = random.Random(6)
    alerts = {n: some_conditions(luck) for n in range(400)} | {400: Conditions()}
    percolator = Percolator(synonyms())
    for id, asked in alerts.items():
        percolator.put(id, conditions.query(conditions.opened(conditions.stored(asked))))
    values = (None, Decimal(50), Decimal(100), Decimal("999.50"), Decimal(5000), Decimal(70000))
    documents = [request_document(n, 1, some_content(luck), luck.choice(values), TODAY) for n in range(150)]
    await search.upsert("requests", documents)
    fitted = {document.id: set(percolator.matches(REQUESTS, document)) for document in documents}
    pairs = 0
    for id, asked in alerts.items():
        question = msgspec.structs.replace(conditions.query(asked), limit=1000)
        found = {hit.id for hit in (await search.search("requests", question)).hits}
        expected = {document for document, ids in fitted.items() if id in ids}
        assert found == expected, (asked, found ^ expected)
        pairs += len(found)
    assert 1000 < pairs < 40_000, "alerts that find nothing or everything would prove nothing"


async def test_the_ledger_holds_what_the_search_finds(board: Board, search: Engine) -> None:
    """The same with everything between: editions as they are stored, the database, the worker."""
    luck = random.Random(66)
    alerts = [some_conditions(luck) for _ in range(120)]
    await execute(
        """INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token)
        SELECT 'p' || n, $1, $2, n::text, 'DAILY', '{}', 'f' || n FROM generate_series(1, $3) n""",
        board.ayse.person,
        board.ayse.firm.id,
        len(alerts),
    )
    await execute(
        """INSERT INTO alert_version (alert, number, conditions, since)
        SELECT a.id, 1, c.said::jsonb, 0 FROM unnest($1::text[]) WITH ORDINALITY AS c (said, n)
        JOIN alert a ON a.name = c.n::text""",
        [conditions.stored(asked) for asked in alerts],
    )
    ids = {int(row["name"]): row["id"] for row in await fetch("SELECT id, name FROM alert")}
    changes: list[dict[str, Any]] = [
        {},
        {
            "country": "NG",
            "title": "Beyaz havlu for hotels",
            "language": "tr",
            "quantity": 100,
            "unit": "KGM",
        },
        {
            "hs_code": "1509",
            "title": "Olive oil",
            "summary": "Extra virgin olive oil in tins.",
            "certificates": (),
        },
        {
            "hs_code": "6802",
            "title": "Marble slabs",
            "target_price": None,
            "budget": Decimal(4000),
            "certificates": (),
        },
        {"buyer_type": "RETAILER", "title": "T-shirts", "hs_code": "6109", "certificates": ("gots",)},
    ]
    book = Book()
    made = [await requesting.published(board, **one) for one in changes]
    for one in made:
        await ledger.match(book, one.id, 1)
    await search.upsert("requests", await requests_by_id([one.id for one in made]))
    written = {(row["alert"], str(row["request"])) for row in await ledger_of()}
    found = {
        (ids[n], hit.id)
        for n, asked in enumerate(alerts, start=1)
        for hit in (await search.search("requests", conditions.query(asked))).hits
    }
    assert written == found
    assert 20 < len(found) < len(alerts) * len(made)


def test_a_search_and_its_alert_ask_for_the_same() -> None:
    luck = random.Random(7)
    for _ in range(300):
        asked = some_conditions(luck)
        address = conditions.search_address(asked)
        if address is None or (
            any(len(code) == 2 for code in asked.codes) and any(len(c) == 4 for c in asked.codes)
        ):
            continue
        again = conditions.from_search(parse_qs(address.lstrip("?")))
        assert conditions.query(again) == conditions.query(asked), address


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("", Conditions()),
        ("q=towel&sort=newest&page=3&deadline=2026-12-01", Conditions(text="towel")),
        ("country=DE&country=NG", Conditions(countries=("DE", "NG"))),
        ("chapter=63&heading=6302", Conditions(codes=("6302",))),
        ("chapter=63", Conditions(codes=("63",))),
        ("quantity=KGM.1000-10000", Conditions(quantity_from=1001, quantity_to=10000, unit="KGM")),
        ("quantity=C62.-100", Conditions(quantity_to=100, unit="C62")),
        ("quantity=C62.-100&quantity=KGM.-100", Conditions()),
        ("quantity_from=5", Conditions()),
        ("quantity_from=5&unit=C62", Conditions(quantity_from=5, unit="C62")),
        ("value_from=1000&value_to=5", Conditions(value_from=Decimal(1000))),
        (
            "value_from=x&country=XX&sector=nothing&heading=99999&certificate=gots",
            Conditions(certificates=("gots",)),
        ),
        ("section=8", Conditions(codes=("41", "42", "43"))),
    ],
)
def test_any_search_of_the_board_fills_the_form(params: str, expected: Conditions) -> None:
    assert conditions.from_search(parse_qs(params)) == expected


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Conditions(text="?!"), "text"),
        (Conditions(text="a" * 300), "text"),
        (Conditions(codes=("9999",)), "codes"),
        (Conditions(codes=("towel",)), "codes"),
        (Conditions(countries=("XX",)), "countries"),
        (Conditions(sectors=("nothing",)), "sectors"),
        (Conditions(sources=("FRIEND",)), "sources"),
        (Conditions(certificates=("iso-1",)), "certificates"),
        (Conditions(value_from=Decimal(-1)), "value_from"),
        (Conditions(value_to=Decimal("NaN")), "value_to"),
        (Conditions(value_from=Decimal(9), value_to=Decimal(8)), "value_to"),
        (Conditions(quantity_from=1), "unit"),
        (Conditions(quantity_from=0, unit="C62"), "quantity_from"),
        (Conditions(quantity_from=9, quantity_to=8, unit="C62"), "quantity_to"),
        (Conditions(unit="BOX OF"), "unit"),
        (Conditions(codes=tuple(chapter.code for chapter in nomenclature.chapters())), "codes"),
    ],
)
def test_what_nothing_could_ever_fit_is_refused_beside_its_field(wanted: Conditions, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        conditions.check(wanted)
    assert list(refused.value.fields) == [field]


def test_conditions_are_tidied() -> None:
    found = conditions.check(Conditions(text="  white   towels ", codes=("6302.60", "6302", "57", "5702")))
    assert found == Conditions(text="white towels", codes=("57", "6302"))


def test_chapters_beside_headings_are_one_question() -> None:
    question = conditions.query(Conditions(codes=("57", "6302")))
    assert set(question.filters) == {"heading"}
    assert {"6302", *nomenclature.children("57")} == set(question.filters["heading"])


def test_nothing_at_all_is_everything() -> None:
    assert conditions.query(Conditions()) == Query(exact=True)
    assert Conditions().everything
    assert wording.chips(Conditions(), "en") == ["Every request"]


def test_what_an_alert_asks_for_is_said_in_words() -> None:
    asked = Conditions(
        text="towel",
        codes=("6302",),
        countries=("DE",),
        value_from=Decimal(1000),
        quantity_to=5000,
        unit="KGM",
    )
    said = wording.chips(asked, "en")
    assert said[0] == "“towel”"
    assert said[1].startswith("6302 ")
    assert said[2:] == ["Germany", "from €1,000", "up to 5,000 kilogram"]
    assert len(wording.name_for(Conditions(codes=("6302", "5702", "6109", "1509", "6802")), "en")) <= 80
