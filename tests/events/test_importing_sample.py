"""Real lists of events go through the import; what is wrong in them is told, never guessed."""

from collections import Counter
from pathlib import Path

import pytest
from eventing import Fair
from people import count

from kervan.db import fetch, fetchval
from kervan.events import import_mapping, importing
from kervan.events.importing import ALIKE, DRAFTED, Report
from kervan.imports.reports import KNOWN, REFUSED


def sample(shared_data: Path, name: str) -> Path:
    path = shared_data / "events" / name
    if not path.is_file():
        pytest.skip(f"real events are not here: {path}")
    return path


async def run(fair: Fair, path: Path, mapping: str) -> Report:
    return await importing.run(
        path,
        path.name,
        import_mapping.shipped(mapping),
        fair.union.caller,
        fair.union.membership,
        commit=True,
    )


def noted(report: Report) -> Counter[tuple[str, str]]:
    return Counter((one["field"], one["problem"]) for line in report.lines for one in line.problems)


async def test_events_of_the_us_government_become_drafts_and_those_alike_wait(
    fair: Fair, shared_data: Path
) -> None:
    path = sample(shared_data, "us_ita_trade_events_2020.csv")
    report = await run(fair, path, "us-trade-events")
    # One fair stands up to three times in the list, under the names of the offices that go there.
    assert report.counts == {"rows": 115, DRAFTED: 105, KNOWN: 0, ALIKE: 10, REFUSED: 0}
    likes = {line.title: line.alike[0].title for line in report.lines if line.outcome == ALIKE}
    assert likes["International Franchising Expo"] == "International Franchise Expo"
    assert likes["Eurosatory 2020 - TEPP"] == "Eurosatory"
    # The same show under the name of another town is a visit from there: only staff can tell.
    assert "Waste Expo 2020" not in likes
    problems = noted(report)
    assert problems["ends", "PAST"] == 115
    # Letters that were lost before the list came here are told of, not repaired by guessing.
    assert problems["text", "LOST"] == 27
    assert ("country", "UNKNOWN") not in problems
    kinds = await fetch("SELECT kind, count(*) AS n FROM trade_event GROUP BY kind")
    assert {row["kind"]: row["n"] for row in kinds} == {
        "FAIR": 65, "TRAINING": 26, "TRADE_MISSION": 11, "VIRTUAL_MISSION": 3,
    }  # fmt: skip
    assert (
        await fetchval("SELECT count(*) FROM trade_event WHERE format = 'ONLINE' AND country IS NULL") == 21
    )
    again = await run(fair, path, "us-trade-events")
    assert again.counts == {"rows": 115, DRAFTED: 0, KNOWN: 105, ALIKE: 10, REFUSED: 0}
    assert await count("trade_event") == 105


async def test_turkish_fairs_become_drafts_with_the_names_that_stand_elsewhere(
    fair: Fair, shared_data: Path
) -> None:
    path = sample(shared_data, "tr_fairs_2014_2015.csv")
    report = await run(fair, path, "tr-fairs-events")
    assert report.counts == {"rows": 247, DRAFTED: 245, KNOWN: 0, ALIKE: 2, REFUSED: 0}
    titles = {line.title for line in report.lines}
    # "Untitled Document" and the name of a hall are no names: the real ones stand in the description.
    assert "Untitled Document" not in titles
    assert {"ÇUKUROVA 7. KİTAP FUARI", "19. İZMİR KİTAP FUARI"} <= titles
    # Bullets of the page that the list was taken from are gone.
    assert {"DEKOREKS", "POOLİST", "Kablo Özel Bölümü"} <= titles
    problems = noted(report)
    assert problems["title", "OTHER"] == 2
    assert problems["title", "SHORT"] == 9
    assert problems["country", "MISSING"] == 24
    assert problems["ends", "PAST"] == 247
    assert {line.title for line in report.lines if line.outcome == ALIKE} == {
        "KONYA GIDA İŞLEME FUARI",
        "BURSA SAC İŞLEME TEKNOLOJİLERİ FUARI",
    }
    provinces = await fetch("SELECT province, count(*) AS n FROM trade_event GROUP BY province")
    by_province = {row["province"]: row["n"] for row in provinces}
    assert sum(by_province.values()) == 245
    assert by_province[None] == 24
    assert set(by_province) == {None, "01", "16", "21", "34", "42"}
    again = await run(fair, path, "tr-fairs-events")
    assert again.counts[KNOWN] == 245
