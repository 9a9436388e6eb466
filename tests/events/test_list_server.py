"""Events on a real Meilisearch server: the same questions, the same true counts."""

import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import eventing
import pytest
from meili import meilisearch

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.discovery.engine import SPECS, synonyms
from kervan.discovery.requests import parse
from kervan.discovery.structs import Results
from kervan.events import board, service
from kervan.events.structs import Text
from kervan_search.engine import Engine, open_engine

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str | None]]:
    with meilisearch(tmp_path_factory.mktemp("meilisearch")) as found:
        yield found


@pytest.fixture
async def search(db: None, server: tuple[str, str | None]) -> AsyncIterator[Engine]:
    url, key = server
    engine = open_engine(
        specs=SPECS, synonyms=synonyms(), meili_url=url, meili_key=key, prefix=f"t{secrets.token_hex(4)}_"
    )
    await engine.open()
    yield engine
    await engine.close()


async def find(search: Engine, now: datetime | None = None, **params: str | list[str]) -> Results:
    query = {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    return await board.find(search, parse("events", "en", query), now)


def titles(results: Results) -> list[str]:
    return [card.title for card in results.events]


async def index(search: Engine) -> None:
    await execute("UPDATE trade_event SET version = version + 1")
    await indexing.index_events(search, [row["id"] for row in await fetch("SELECT id FROM trade_event")])


async def test_events_are_asked_of_a_server_as_of_the_engine_inside(search: Engine) -> None:
    """One test, for a server takes its time to make its indexes."""
    fair = await eventing.make_fair()
    towels = await eventing.make_event(fair.union)
    oil = (
        Text(language="en", title="Olive oil makers online", summary="Half an hour each."),
        Text(language="tr", title="Zeytinyağı üreticileriyle çevrimiçi", summary="Işıklı bir gün."),
    )
    await eventing.make_event(
        fair.union, kind="VIRTUAL_MISSION", format="ONLINE", country=None, province=None, city="", venue="", address="",
        online_url="https://meet.example/room-4711", texts=oil, starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=9, hours=3), sectors=("olive-oil-fats",), fee_importers=0,
    )  # fmt: skip
    training = (
        Text(language="en", title="How to export for the first time", summary="Also for makers of towels."),
    )
    await eventing.make_event(
        fair.ministry, kind="TRAINING", texts=training, registration="NONE", province="34", city="İstanbul", sectors=(),
        starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1),
    )  # fmt: skip
    past = await eventing.make_event(
        fair.union, texts=(Text(language="en", title="Robes of yesterday", summary="Gone."),)
    )
    await eventing.shift(past, -timedelta(days=90))
    await index(search)

    # Turkish letters in any way of typing them; what is private is not there.
    for text in ("ZEYTİNYAĞI", "zeytinyagi", "ISIKLI", "ışıklı"):
        assert titles(await find(search, q=text)) == ["Olive oil makers online"], text
    assert titles(await find(search, q="room-4711")) == []
    # By date without words, by words with them, what is over behind the switch.
    assert titles(await find(search)) == [
        "How to export for the first time", "Olive oil makers online", "Denizli home textile fair",
    ]  # fmt: skip
    assert titles(await find(search, q="textile towels"))[0] == "Denizli home textile fair"
    assert titles(await find(search, phase="past")) == ["Robes of yesterday"]
    assert titles(await find(search, phase="open", sort="newest"))[0] == "Olive oil makers online"

    # Every count is what its choice finds.
    starts: list[dict[str, str | list[str]]] = [
        {},
        {"place": ["online", "TR-34"]},
        {"q": "makers"},
        {"phase": "past"},
    ]
    for start in starts:
        for facet in (await find(search, **start)).facets:
            for value in facet.values:
                clicked = await find(search, **{**start, facet.name: value.value})
                assert clicked.total == value.count == len(clicked.events), (start, facet.name, value.value)

    # The clock decides at the time of asking.
    assert titles(await find(search, NOW + timedelta(days=3, minutes=5), phase="running")) == [
        "How to export for the first time"
    ]
    deep = await find(search, page="1000000")
    assert (deep.too_deep, deep.total) == (True, 3)

    # What is cancelled leaves the list, what differs is seen.
    await service.cancel(fair.union.caller, towels.public_id, "No hall.")
    [difference] = [found for found in await indexing.compare(search) if found.index == "events"]
    assert difference.stale == [str(towels.id)]
    await indexing.repair(search, difference)
    assert (await find(search)).total == 2
    assert await board.with_words(
        search, parse("events", "en", {"q": ["textile"]}), f"{towels.content.starts_at:%Y-%m}"
    ) == [towels.id]
