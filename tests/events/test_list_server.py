"""Events on a real Meilisearch server: the same questions, the same true counts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import eventing
import pytest
from event_reading import index, said
from listing import asked, check_counts, difference, served_engine

from kervan.discovery import indexing
from kervan.discovery.structs import Results
from kervan.events import board, service
from kervan.events.structs import Text
from kervan_search.engine import Engine

pytestmark = pytest.mark.server

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def search(db: None, tmp_path: Path) -> AsyncIterator[Engine]:
    async with served_engine(tmp_path) as engine:
        yield engine


async def find(search: Engine, now: datetime | None = None, **params: str | list[str]) -> Results:
    return await board.find(search, asked("events", **params), now)


def titles(results: Results) -> list[str]:
    return [card.title for card in results.events]


async def test_events_are_asked_of_a_server_as_of_the_engine_inside(search: Engine) -> None:
    """One test, for a server takes its time to make its indexes."""
    fair = await eventing.make_fair()
    towels = await eventing.make_event(fair.union)
    turkish = Text(language="tr", title="Zeytinyağı üreticileriyle çevrimiçi", summary="Işıklı bir gün.")
    oil = said("Olive oil makers online", turkish, summary="Half an hour each.")
    await eventing.make_event(
        fair.union, kind="VIRTUAL_MISSION", format="ONLINE", country=None, province=None, city="", venue="", address="",
        online_url="https://meet.example/room-4711", texts=oil, starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=9, hours=3), sectors=("olive-oil-fats",), fee_importers=0,
    )  # fmt: skip
    training = said("How to export for the first time", summary="Also for makers of towels.")
    await eventing.make_event(
        fair.ministry, kind="TRAINING", texts=training, registration="NONE", province="34", city="İstanbul", sectors=(),
        starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=3, hours=1),
    )  # fmt: skip
    past = await eventing.make_event(fair.union, texts=said("Robes of yesterday"))
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

    await check_counts(
        lambda params: board.find(search, asked("events", **params)),
        {}, {"place": ["online", "TR-34"]}, {"q": ["makers"]}, {"phase": ["past"]},
    )  # fmt: skip

    # The clock decides at the time of asking.
    assert titles(await find(search, NOW + timedelta(days=3, minutes=5), phase="running")) == [
        "How to export for the first time"
    ]
    deep = await find(search, page="1000000")
    assert (deep.too_deep, deep.total) == (True, 3)

    # What is cancelled leaves the list, what differs is seen.
    await service.cancel(fair.union.caller, towels.public_id, "No hall.")
    found = await difference(search, "events")
    assert found.stale == [str(towels.id)]
    await indexing.repair(search, found)
    assert (await find(search)).total == 2
    month = f"{towels.content.starts_at:%Y-%m}"
    assert await board.with_words(search, asked("events", q="textile"), month) == [towels.id]
