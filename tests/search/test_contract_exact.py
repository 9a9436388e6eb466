"""What an exact question finds and leaves alone, run against every engine; test_percolate.py has the general rule."""

from pathlib import Path

import pytest
from goods import goods, ids

from kervan_search.engine import BadQuery, Document, Engine, IndexSpec, Query, open_engine

EVERYTHING = {row.id for row in goods()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("towel", {"towel", "robe"}),
        ("TOWELS", {"towel", "robe"}),
        ("havlular", {"towel"}),
        ("HALILAR", {"carpet"}),
        ("IŞIK", {"shirt"}),
        ("isik", {"shirt"}),
        ("zeytinyaglari", {"oil"}),
        ("tshirt", {"shirt"}),
        ("t shirt", {"shirt"}),
        ("red t-shirt", {"shirt"}),
        ("usbc", {"heater"}),
        ("12 V heater", {"heater"}),
        ("couch", {"settee"}),
        ("bath linen", {"towel", "robe"}),
        ("地毯", {"carpet"}),
        ("6302", {"towel", "robe"}),
        ("6302.60", {"towel", "robe"}),
        ("6302 60 00", {"towel", "robe"}),
        ("towel 6302", {"towel", "robe"}),
        ("04006381333931", {"towel"}),
        ("twl70140", {"towel"}),
        ("TS 1", {"shirt"}),
        ('"bath towel"', {"towel"}),
        ('"towel bath"', set()),
        ('"soft absorbent woven in"', {"towel"}),
        ('"soft woven in"', set()),
        ("denizli -bathrobe", {"towel"}),
        ("-towel", EVERYTHING - {"towel", "robe"}),
        ('terry -"bath towel"', {"robe"}),
        ("settee and seats", {"settee"}),
        ("with", {"robe", "settee", "heater"}),
        ("", EVERYTHING),
        ("!", EVERYTHING),
    ],
)
async def test_an_exact_question_finds_words_forms_codes_and_synonyms(
    shelf: Engine, text: str, expected: set[str]
) -> None:
    assert set(await ids(shelf, text, exact=True)) == expected


@pytest.mark.parametrize(
    "text",
    ["tow", "bath tow", "63026", "deni", "towl", "twoel", "absorbnet", "zeytin", "wool towel",
     "cotton towel qqxx", "qqxx"],
)  # fmt: skip
async def test_an_exact_question_takes_nothing_for_a_beginning_or_a_misspelling_and_drops_no_word(
    shelf: Engine, text: str
) -> None:
    page = await shelf.search("products", Query(text, exact=True))
    assert (page.hits, page.total, page.corrected, page.dropped) == ([], 0, None, ())


async def test_a_number_with_its_unit_is_not_a_whole_chapter(filled: Engine) -> None:
    await filled.upsert("products", [Document("seed", 1, {"en": "Soya beans"}, codes=("1201.90",))])
    assert await ids(filled, "12 V", exact=True) == ["heater"]
    assert await ids(filled, "1201 soy", exact=True) == []
    await filled.upsert("products", [Document("soy", 1, {"en": "Soy, in sacks"}, codes=("1201.90",))])
    assert await ids(filled, "1201 soy", exact=True) == ["soy"]


async def test_a_long_phrase_is_not_found_where_its_words_only_meet_in_pairs(filled: Engine) -> None:
    rows = [
        Document("whole", 1, {"en": "Lamp"}, texts={"en": "Big red blue green yellow shade"}),
        Document("PAIRS", 1, {"en": "Lamp"}, texts={"en": "Red blue, old blue green, green yellow"}),
        Document("pairs", 1, {"en": "Lamp red blue"}, texts={"en": "Blue green yellow"}),
    ]
    await filled.upsert("products", rows)
    assert await ids(filled, '"red blue green yellow"', exact=True) == ["whole"]
    assert set(await ids(filled, 'lamp -"red blue green yellow"', exact=True)) == {"PAIRS", "pairs"}


async def test_filters_and_ranges_narrow_an_exact_question_to_the_letter(shelf: Engine) -> None:
    async def found(text: str = "", **more: object) -> set[str]:
        return set(await ids(shelf, text, exact=True, **more))

    assert await found(filters={"chapter": ("61", "63")}) == {"towel", "robe", "shirt"}
    assert await found("cotton", filters={"chapter": ("61",), "certificate": ("OEKO-TEX",)}) == {"shirt"}
    assert await found(filters={"brand": ('Isı O"Brien \\ x', "İlmek")}) == {"heater", "carpet"}
    assert await found(filters={"brand": ("ilmek", "terry", "TERRY", "isik")}) == set()
    assert await found(filters={"chapter": ()}) == EVERYTHING
    assert await found(ranges={"price_eur": (3.5, 5.5)}) == {"towel", "shirt", "oil"}
    assert await found(ranges={"moq": (None, float("inf"))}) == EVERYTHING - {"settee"}
    assert await found(ranges={"moq": (float("inf"), None)}) == set()
    assert await found(ranges={"price_eur": (-1e300, 1e16)}) == EVERYTHING


async def test_facets_count_what_an_exact_question_finds(shelf: Engine) -> None:
    query = Query(
        "denizli", filters={"chapter": ("61",)}, facets=("chapter", "certificate"), exact=True, limit=0
    )
    page = await shelf.search("products", query)
    assert (page.total, page.facets) == (0, {"chapter": {"63": 2}, "certificate": {}})
    wider = await shelf.search("products", Query("deni", facets=("chapter",)))
    assert wider.facets == {"chapter": {"63": 2}}
    assert (await shelf.search("products", Query("deni", facets=("chapter",), exact=True))).facets == {
        "chapter": {}
    }


async def test_an_exact_question_counts_truly_and_pages(engine: Engine) -> None:
    rows = [
        Document(f"p{i:02}", 1, {"en": f"Plain plate{'s' * (i % 2)}"}, numbers={"moq": i % 4})
        for i in range(40)
    ]
    await engine.upsert("products", [*rows, Document("other", 1, {"en": "Plain platter"})])
    for sort in ("", "-moq"):
        seen: list[str] = []
        for offset in range(0, 42, 7):
            query = Query("plate", sort=sort, limit=7, offset=offset, exact=True)
            page = await engine.search("products", query)
            assert page.total == page.complete == 40
            assert page.total_exact
            seen += [hit.id for hit in page.hits]
        assert sorted(seen) == [row.id for row in rows]


async def test_the_words_of_an_exact_question_are_marked_whole(shelf: Engine) -> None:
    page = await shelf.search("products", Query("couch", exact=True))
    assert {(term.text, term.prefix) for term in page.terms} == {("couch", False), ("settee", False)}
    assert page.used_synonyms == ("settee",)


async def test_an_index_that_keeps_too_little_refuses_exact_questions(tmp_path: Path) -> None:
    plain = open_engine(specs=[IndexSpec("products", (), ())], data_dir=tmp_path)
    await plain.open()
    with pytest.raises(BadQuery):
        await plain.search("products", Query("towel", exact=True))
    await plain.close()
