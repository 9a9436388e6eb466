"""Loading the Turkish tariff: whole or not at all, a year beside the other."""

from pathlib import Path

import pytest

from kervan.db import fetch, fetchval
from kervan.discovery import indexing
from kervan.discovery.queries import suggest
from kervan.errors import Invalid, NotFound
from kervan.nomenclature import queries, service
from kervan_search.engine import Engine

HEAD = "code,level,description_tr,chapter\n"
GOOD = HEAD + "6302,4,Ev tekstili:,63\n630260000011,12,Havlular,63\n630260000012,12,Diğerleri,63\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "tariff.csv"
    path.write_bytes(text.encode(encoding))
    return path


async def test_a_dry_run_counts_and_writes_nothing(db: None, tmp_path: Path) -> None:
    report = await service.load(write(tmp_path, GOOD), 2026, "system:test", commit=False)
    assert (report.headings, report.leaves, report.written) == (1, 2, False)
    assert await fetchval("SELECT count(*) FROM gtip") == 0


async def test_a_year_is_loaded_once_and_other_years_are_kept(db: None, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert (await service.load(path, 2025, "system:test", commit=True)).written
    assert (await service.load(path, 2026, "system:test", commit=True)).written
    assert (await service.load(path, 2026, "system:test", commit=True)).already_there
    smaller = write(tmp_path, HEAD + "630260000011,12,Havlular,63\n")
    assert (await service.load(smaller, 2026, "system:test", commit=True)).written
    rows = await fetch("SELECT tariff_year, count(*) AS codes FROM gtip GROUP BY 1 ORDER BY 1")
    assert [(row["tariff_year"], row["codes"]) for row in rows] == [(2025, 3), (2026, 1)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD + "63026,12,Havlular,63\n", "not a code of 4 or 12 digits"),
        (HEAD + "6302.60.00.00.11,12,Havlular,63\n", "not a code"),
        (HEAD + "٦٣٠٢,4,Havlular,63\n", "not a code"),
        (HEAD + "6302,4,a,63\n6302,4,b,63\n", "comes twice"),
        (HEAD + "6302,4,,63\n", "has no text"),
        (HEAD, "no rows"),
        ("kod,metin\n6302,x\n", "no column code"),
        ("", "no column code"),
    ],
)
async def test_a_file_that_is_wrong_anywhere_is_refused_whole(
    db: None, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        await service.load(write(tmp_path, text), 2026, "system:test", commit=True)
    assert await fetchval("SELECT count(*) FROM gtip") == 0


async def test_a_wrong_encoding_is_said(db: None, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not UTF-8"):
        await service.load(write(tmp_path, GOOD + "630260000013,12,Ğ,63\n", "cp1254"), 2026, "x", commit=True)


async def test_an_impossible_year_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="year"):
        await service.load(write(tmp_path, GOOD), 1899, "x", commit=True)


async def test_a_gtip_is_looked_up_in_any_punctuation(db: None, tmp_path: Path) -> None:
    await service.load(write(tmp_path, GOOD), 2026, "system:test", commit=True)
    node = await queries.code("6302.60.00.00.11", "en")
    assert (node.name, node.tariff_year, node.legal_language) == ("Havlular", 2026, "tr")
    assert [parent.code for parent in node.parents] == ["63", "6302", "630260"]
    subheading = await queries.code("6302 60", "en")
    assert [child.formatted for child in subheading.children] == ["6302.60.00.00.11", "6302.60.00.00.12"]
    with pytest.raises(NotFound):
        await queries.code("630260000099", "en")
    with pytest.raises(NotFound):
        await queries.code("6399", "en")
    with pytest.raises(Invalid):
        await queries.code("abc", "en")


async def test_the_real_tariff_loads_whole(db: None, shared_data: Path) -> None:
    report = await service.load(shared_data / "hs" / "tr_gtip12.csv", 2026, "system:test", commit=True)
    assert report.headings + report.leaves == 16_669
    assert await fetchval("SELECT count(*) FROM gtip WHERE tariff_year = 2026") == 16_669


async def test_everyday_words_find_their_heading(search: Engine) -> None:
    await indexing.reindex(search)
    for text, heading in (
        ("towel", "6302"),
        ("havlu", "6302"),
        ("havlular", "6302"),
        ("6302.60", "6302"),
        ("carpet", "57"),
    ):
        found = await queries.search(search, text, "en", 5)
        assert any(link.code.startswith(heading) for link in found), (text, found)
    assert await queries.search(search, "zxqwvy", "en", 5) == []


async def test_every_section_has_its_chapters(db: None) -> None:
    """Chapter 77 is reserved and has no headings."""
    sections = await queries.sections("tr")
    assert len(sections) == 21
    assert sum(len(section.chapters) for section in sections) == 96


async def test_what_a_heading_is_called_comes_before_what_merely_contains_the_word(search: Engine) -> None:
    """Sanitary towels (9619) and paper towels (4818) hold the word; people who type it mean 6302."""
    await indexing.reindex(search)
    for text in ("towels", "towel", "banyo havlusu"):
        assert (await queries.headings(search, text, 5))[0] == "6302", text
    assert (await suggest(search, "towels", "en")).headings[0].code == "6302"
