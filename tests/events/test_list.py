"""The public list of events: what a search finds, in which order, with which counts, also without the engine."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import eventing
import pytest
from event_reading import index, said
from eventing import Fair
from listing import Params, check_counts

from kervan.calendars.zones import days_of
from kervan.db import execute, fetch
from kervan.discovery import documents_events
from kervan.discovery.requests import parse
from kervan.discovery.structs import Results
from kervan.errors import Invalid
from kervan.events import board, fallback, queries, service
from kervan.events.structs import EventShown, Text
from kervan_search.engine import Engine, EngineDown, Query

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def day(days: float, hours: float = 0) -> datetime:
    return NOW + timedelta(days=days, hours=hours)


CHICAGO: dict[str, Any] = {
    "kind": "TRADE_MISSION", "texts": said("Furniture mission to Chicago"), "country": "US", "province": None,
    "city": "Chicago", "zone": "America/Chicago", "starts_at": day(40), "ends_at": day(43), "sectors": ("furniture",),
    "headings": ("9403",), "languages": ("en",), "registration_opens_at": day(5), "fee_importers": Decimal("0"),
}  # fmt: skip
OIL: dict[str, Any] = {
    "kind": "VIRTUAL_MISSION", "format": "ONLINE", "country": None, "province": None, "city": "", "venue": "",
    "address": "", "online_url": "https://meet.example/secret-room", "starts_at": day(20), "ends_at": day(20, 4),
    "texts": said(
        "Olive oil makers online",
        Text(language="tr", title="Zeytinyağı üreticileriyle çevrimiçi", summary="Işıklı bir gün."),
    ),
    "sectors": ("olive-oil-fats",), "headings": ("1509",), "target_countries": ("DE", "FR"),
}  # fmt: skip
TRAINING: dict[str, Any] = {
    "kind": "TRAINING", "format": "HYBRID", "province": "34", "city": "İstanbul", "registration": "NONE",
    "starts_at": day(3), "ends_at": day(3, 2), "sectors": (), "headings": (), "languages": ("tr",),
    "texts": said("How to fill in a declaration", summary="For firms that sell furniture for the first time."),
}  # fmt: skip


@pytest.fixture
async def fair(search: Engine) -> Fair:
    """Coming: a fair in Denizli, a mission to Chicago, oil online, a training. Running: a show in Ankara. Past: two."""
    made = await eventing.make_fair()
    await eventing.make_event(made.union)
    await eventing.make_event(made.post, **CHICAGO)
    await eventing.make_event(made.union, **OIL)
    await eventing.make_event(made.ministry, **TRAINING)
    show = {
        "texts": said("Machines of Ankara"),
        "province": "06",
        "city": "Ankara",
        "sectors": ("machinery",),
    }
    await eventing.shift(
        await eventing.make_event(made.union, **show, starts_at=day(2), ends_at=day(5)), -timedelta(days=3)
    )
    for n in (1, 2):
        old = await eventing.make_event(
            made.union, texts=said(f"Towels of yesterday, part {n}"), starts_at=day(5), ends_at=day(6)
        )
        await eventing.shift(old, -timedelta(days=30 * n))
    await eventing.drafted(made.union, texts=said("A secret draft of a fair"))
    await index(search)
    return made


async def find(search: Engine, params: dict[str, list[str]] | None = None, language: str = "en") -> Results:
    return await board.find(search, parse("events", language, params or {}))


def titles(results: Results) -> list[str]:
    return [card.title for card in results.events]


class Down:
    """An engine whose server went away."""

    async def search(self, index: str, query: Query) -> None:
        raise EngineDown("connection refused")


async def test_without_words_what_is_not_over_comes_by_date(search: Engine, fair: Fair) -> None:
    assert titles(await find(search)) == [
        "Machines of Ankara", "How to fill in a declaration", "Olive oil makers online", "Denizli home textile fair",
        "Furniture mission to Chicago",
    ]  # fmt: skip


async def test_past_events_are_kept_behind_a_switch_with_the_latest_first(search: Engine, fair: Fair) -> None:
    past = await find(search, {"phase": ["past"]})
    assert titles(past) == ["Towels of yesterday, part 1", "Towels of yesterday, part 2"]
    assert {card.phase for card in past.events} == {"DONE"}
    assert titles(await find(search, {"phase": ["past"], "sort": ["date"]})) == titles(past)


async def test_a_better_match_stands_above_a_sooner_event(search: Engine, fair: Fair) -> None:
    assert titles(await find(search, {"q": ["furniture"]})) == [
        "Furniture mission to Chicago",
        "How to fill in a declaration",
    ]
    by_date = await find(search, {"q": ["furniture"], "sort": ["date"]})
    assert titles(by_date) == ["How to fill in a declaration", "Furniture mission to Chicago"]
    newest = await find(search, {"sort": ["newest"]})
    assert titles(newest)[0] == "Machines of Ankara"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("ZEYTİNYAĞI", "Olive oil makers online"),
        ("zeytinyagi", "Olive oil makers online"),
        ("ışıklı", "Olive oil makers online"),
        ("ISIKLI", "Olive oil makers online"),
        ("istanbul", "How to fill in a declaration"),
        ("eğitim", "How to fill in a declaration"),
        ("sanal heyet", "Olive oil makers online"),
        ("Amerika", "Furniture mission to Chicago"),
        ("mobilya", "Furniture mission to Chicago"),
        ("ev tekstili fuarı", "Denizli home textile fair"),
        ("9403", "Furniture mission to Chicago"),
        ("makine", "Machines of Ankara"),
    ],
)
async def test_words_of_every_language_kinds_places_sectors_and_codes_are_found(
    search: Engine, fair: Fair, text: str, title: str
) -> None:
    assert titles(await find(search, {"q": [text]}))[0] == title


@pytest.mark.parametrize("text", ["secret", "meet.example", "draft"])
async def test_what_the_public_may_not_know_is_found_by_no_word(
    search: Engine, fair: Fair, text: str
) -> None:
    assert titles(await find(search, {"q": [text]})) == []
    assert titles(await find(Down(), {"q": [text]})) == []  # type: ignore[arg-type]


STARTS: list[Params] = [
    {}, {"kind": ["FAIR", "TRAINING"]}, {"q": ["towels"]}, {"place": ["online", "US"]}, {"phase": ["past"]},
    {"phase": ["open"]}, {"phase": ["coming"], "language": ["en"]},
]  # fmt: skip


async def test_every_count_of_a_facet_is_what_its_choice_finds(search: Engine, fair: Fair) -> None:
    await check_counts(lambda params: find(search, params), *STARTS)
    names = {facet.name for facet in (await find(search)).facets}
    assert names == {"phase", "kind", "month", "place", "sector", "format", "language", "organiser", "free"}


async def test_the_counts_are_those_of_a_plain_computation(search: Engine, fair: Fair) -> None:
    shown = [
        await queries.shown(row["id"])
        for row in await fetch("SELECT id FROM trade_event WHERE state = 'PUBLISHED'")
    ]
    now = datetime.now(UTC)
    found = {facet.name: {v.value: v.count for v in facet.values} for facet in (await find(search)).facets}
    left = [event for event in shown if _end(event) > now]
    assert found["phase"] == {
        "open": sum(queries.is_open(event) for event in shown),
        "coming": sum(event.phase in ("PUBLISHED", "REG_OPEN", "REG_CLOSED") for event in shown),
        "running": sum(event.phase == "LIVE" for event in shown),
        "past": sum(event.phase == "DONE" for event in shown),
    }
    for name, values in (
        ("kind", lambda c: [c.kind]), ("sector", lambda c: c.sectors), ("format", lambda c: [c.format]),
        ("language", lambda c: c.languages), ("organiser", lambda c: [c.organiser_kind]),
        ("free", lambda c: ["yes"] if c.fee_importers == 0 else []), ("month", _months), ("place", _places),
    ):  # fmt: skip
        assert found[name] == Counter(value for event in left for value in values(event.content)), name


def _end(event: EventShown) -> datetime:
    assert event.content.ends_at is not None
    return event.content.ends_at


def _months(content: Any) -> set[str]:
    first, last = days_of(content.starts_at, content.ends_at, content.zone)
    return {f"{first + timedelta(days=n):%Y-%m}" for n in range((last - first).days + 1)}


def _places(content: Any) -> Sequence[str]:
    there = (
        [content.country, *([f"TR-{content.province}"] if content.province else [])]
        if content.country
        else []
    )
    return {"ONLINE": ["online"], "ONSITE": there, "HYBRID": ["online", *there]}[content.format]


async def test_phases_follow_the_clock_whenever_they_were_indexed(search: Engine, fair: Fair) -> None:
    asked = parse("events", "en", {"phase": ["open"]})
    assert "Furniture mission to Chicago" not in titles(await board.find(search, asked))
    # The window opens in five days; before that, and when it begins in forty, it is closed.
    assert "Furniture mission to Chicago" in titles(await board.find(search, asked, day(6)))
    assert (await board.find(search, asked, day(41))).total == 0
    assert (await board.find(search, parse("events", "en", {"phase": ["running"]}), day(41))).total == 1
    assert (await board.find(search, parse("events", "en", {}), day(50))).total == 0
    assert (await board.find(search, parse("events", "en", {"phase": ["past"]}), day(50))).total == 7


async def test_an_event_of_two_months_is_in_both(search: Engine, fair: Fair) -> None:
    start = datetime(NOW.year + 1, 1, 30, 8, tzinfo=UTC)
    await eventing.make_event(
        fair.union, texts=said("Over the end of January"), starts_at=start, ends_at=start + timedelta(days=4)
    )
    await index(search)
    for month in (f"{start.year}-01", f"{start.year}-02"):
        assert "Over the end of January" in titles(await find(search, {"month": [month]}))
    [months] = [facet for facet in (await find(search)).facets if facet.name == "month"]
    assert [value.value for value in months.values] == sorted(value.value for value in months.values)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": ["ev tekstili"]},
        {"q": ["1509"]},
        {"q": ["ankara"], "sort": ["date"]},
        {"q": ["100%"]},
        {"kind": ["FAIR", "TRADE_MISSION"]},
        {"place": ["TR-34", "US"], "language": ["en", "tr"]},
        {"place": ["online"], "sector": ["olive-oil-fats"]},
        {"phase": ["past"]},
        {"phase": ["open"], "organiser": ["POST", "ASSOCIATION"]},
        {"phase": ["running"], "free": ["yes"]},
        {"month": [f"{day(20):%Y-%m}", f"{day(40):%Y-%m}"]},
        {"sort": ["newest"], "per_page": ["2"], "page": ["2"]},
    ],
)
async def test_the_database_finds_and_counts_the_same_while_the_engine_is_down(
    search: Engine, fair: Fair, params: dict[str, list[str]]
) -> None:
    engine, database = await find(search, params), await find(Down(), params)  # type: ignore[arg-type]
    assert database.fallback
    assert not engine.fallback
    assert (database.total, sorted(titles(database))) == (engine.total, sorted(titles(engine)))
    if "q" not in params or "sort" in params:
        assert titles(database) == titles(engine)
    assert _counts(database) == _counts(engine)


def _counts(results: Results) -> dict[str, dict[str, int]]:
    return {facet.name: {value.value: value.count for value in facet.values} for facet in results.facets}


async def test_the_database_sees_a_change_at_once(search: Engine, fair: Fair) -> None:
    await find(Down(), {"q": ["weaving"]})  # type: ignore[arg-type]
    made = await eventing.make_event(fair.union, texts=said("A day of weaving"))
    assert titles(await find(Down(), {"q": ["weaving"]})) == ["A day of weaving"]  # type: ignore[arg-type]
    await service.cancel(fair.union.caller, made.public_id, "The loom broke.")
    assert titles(await find(Down(), {"q": ["weaving"]})) == []  # type: ignore[arg-type]
    await execute("DELETE FROM trade_event WHERE id = $1", made.id)
    await find(Down())  # type: ignore[arg-type]
    assert made.id not in fallback._kept


async def test_a_cancelled_event_leaves_the_list_before_the_index_knows(search: Engine, fair: Fair) -> None:
    [card] = (await find(search, {"q": ["chicago"]})).events
    await service.cancel(fair.post.caller, card.public_id, "No flights.")
    assert titles(await find(search, {"q": ["chicago"]})) == []
    await index(search)
    assert (await find(search)).total == 4


async def test_titles_come_in_the_readers_language_and_say_in_which(search: Engine, fair: Fair) -> None:
    found = {card.title: card.language for card in (await find(search, language="tr")).events}
    assert found["Zeytinyağı üreticileriyle çevrimiçi"] == "tr"
    assert found["Furniture mission to Chicago"] == "en"


async def test_a_choice_that_is_gone_stays_to_be_taken_back(search: Engine, fair: Fair) -> None:
    results = await find(search, {"place": ["JP"], "phase": ["running"], "month": ["2031-05"]})
    assert results.total == 0
    assert [(chip.name, chip.value, chip.label) for chip in results.chips] == [
        ("phase", "running", "Running now"), ("month", "2031-05", "May 2031"), ("place", "JP", "Japan"),
    ]  # fmt: skip
    chosen = {facet.name: [value.value for value in facet.values if value.chosen] for facet in results.facets}
    assert (chosen["phase"], chosen["place"], chosen["month"]) == (["running"], ["JP"], ["2031-05"])


async def test_a_page_past_the_reachable_ones_is_too_deep_and_harmless(search: Engine, fair: Fair) -> None:
    results = await find(search, {"page": ["1000000"]})
    assert (results.too_deep, results.events, results.total) == (True, (), 5)


def test_places_and_months_are_all_that_are_true() -> None:
    assert [*documents_events.places("HYBRID", "TR", "34")] == ["online", "TR", "TR-34"]
    assert [*documents_events.places("ONLINE", "TR", "34")] == ["online"]
    assert [*documents_events.places("ONSITE", "DE", None)] == ["DE"]
    first = datetime(2026, 11, 30, tzinfo=UTC).date()
    assert [*documents_events.months(first, first + timedelta(days=40))] == ["2026-11", "2026-12", "2027-01"]
    assert len([*documents_events.months(first, first + timedelta(days=40_000))]) == 24


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("place", "TR-82"), ("place", "XX"), ("place", "Online"), ("kind", "fair"), ("kind", "CONGRESS"),
        ("phase", "over"), ("month", "2026-13"), ("month", "2026-1"), ("month", "1926-01"), ("month", "２０２６-01"),
        ("sector", "nonsense"), ("format", "x"), ("language", "xx"), ("organiser", "EVERYBODY"), ("free", "no"),
        ("sort", "price"), ("q", "x" * 201), ("state", "DRAFT"), ("price_from", "5"), ("\u202eplace", "DE"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_beside_its_field(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse("events", "en", {name: [value]}, strict=True)
    assert len(refused.value.fields) == 1


def test_one_phase_is_asked_at_a_time() -> None:
    with pytest.raises(Invalid) as refused:
        parse("events", "en", {"phase": ["open", "running"]})
    assert set(refused.value.fields) == {"phase"}
