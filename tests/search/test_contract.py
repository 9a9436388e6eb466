"""What every engine has to find, run against each of them; lists and the index itself have files of their own."""

import time

import pytest
from goods import DAY, first, goods, ids

from kervan_search.engine import Document, Engine, Page, Query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("towel", "towel"),
        ("towel bath cotton", "towel"),
        ("tow", "towel"),
        ("bath tow", "towel"),
        ("towl", "towel"),
        ("twoel", "towel"),
        ("ctoton towel", "towel"),
        ("absorbnet", "towel"),
        ("havlusu", "towel"),
        ("havlular", "towel"),
        ("havlu", "towel"),
        ("bornozlar", "robe"),
        ("towels", "towel"),
        ("carpets", "carpet"),
        ("ısparta", "carpet"),
        ("ISPARTA", "carpet"),
        ("hali", "carpet"),
        ("HALI", "carpet"),
        ("ışık", "shirt"),
        ("IŞIK", "shirt"),
        ("isik", "shirt"),
        ("ISIK", "shirt"),
        ("Işık Giyim", "shirt"),
        ("kirmizi", "shirt"),
        ("tshirt", "shirt"),
        ("t shirt", "shirt"),
        ("t-shirt", "shirt"),
        ("red t-shirt", "shirt"),
        ("tisort", "shirt"),
        ("zeytinyağı", "oil"),
        ("zeytinyagi", "oil"),
        ("zeytinyaglari", "oil"),
        ("zeytin", "oil"),
        ("500 ml", "oil"),
        ("地毯", "carpet"),
        ("羊毛", "carpet"),
        ("12v", "heater"),
        ("12 V heater", "heater"),
        ("usb-c", "heater"),
        ("usbc", "heater"),
        ("couch", "settee"),
        ("bath linen", "towel"),
        ("denizli dokuma", "towel"),
        ("dv7-1211ea", "settee"),
        ("DV7 1211EA", "settee"),
    ],
)
async def test_a_question_finds_the_intended_thing_first(shelf: Engine, text: str, expected: str) -> None:
    assert await first(shelf, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("63", {"towel", "robe"}),
        ("6302", {"towel", "robe"}),
        ("630260", {"towel", "robe"}),
        ("6302.60", {"towel", "robe"}),
        ("63026000", {"towel", "robe"}),
        ("6302.60.00.00", {"towel", "robe"}),
        ("630260000011", {"towel"}),
        ("6302.60.00.00.11", {"towel"}),
        ("6302 60 00 00 11", {"towel"}),
        ("4006381333931", {"towel"}),
        ("04006381333931", {"towel"}),
        ("12345678905", {"shirt"}),
        ("0012345678905", {"shirt"}),
        ("00012345678905", {"shirt"}),
        ("TWL-70/140", {"towel"}),
        ("twl70140", {"towel"}),
        ("TS 1", {"shirt"}),
    ],
)
async def test_codes_are_found_in_every_spelling(shelf: Engine, text: str, expected: set[str]) -> None:
    assert set(await ids(shelf, text)) == expected


async def test_a_code_that_is_a_word_does_not_hide_what_the_word_finds(filled: Engine) -> None:
    await filled.upsert("products", [Document("hook", 1, {"en": "Brass hook"}, codes=("TOWEL", "QX-ZK"))])
    assert {"towel", "hook"} <= set(await ids(filled, "towel"))
    assert await ids(filled, "qxzk") == ["hook"]


async def test_a_code_narrows_words(shelf: Engine) -> None:
    assert (await ids(shelf, "towel 6302.60"))[0] == "towel"


async def test_quotes_make_a_phrase(shelf: Engine) -> None:
    assert await ids(shelf, '"bath towel"') == ["towel"]
    assert await ids(shelf, '"towel bath"') == []
    assert await ids(shelf, "„bath towel“") == ["towel"]


async def test_an_unbalanced_quote_is_ignored(shelf: Engine) -> None:
    assert await first(shelf, '"bath towel') == "towel"
    assert await first(shelf, 'bath "towel') == "towel"
    assert len(await ids(shelf, '"')) == len(goods())


async def test_a_word_with_a_minus_is_excluded(shelf: Engine) -> None:
    assert set(await ids(shelf, "denizli -bathrobe")) == {"towel"}
    assert "towel" not in await ids(shelf, "-towel")
    assert set(await ids(shelf, 'terry -"bath towel"')) == {"robe"}


async def test_exact_comes_before_fuzzy_and_title_before_keywords_before_texts(engine: Engine) -> None:
    def row(name: str, title: str, keyword: str, text: str, quality: float = 1.0) -> Document:
        return Document(
            name,
            1,
            {"en": f"Striped kitchen {title}"},
            (f"rolled hotel {keyword}",),
            {"en": f"Sold by weight {text}"},
            quality=quality,
        )

    await engine.upsert(
        "products",
        [
            row("texts", "rack", "house", "towel"),
            row("keywords", "rack", "towel", "house"),
            row("titles", "towel", "rack", "house", quality=0.0),
            row("fuzzy", "towem", "rack", "house"),
        ],
    )
    assert (await ids(engine, "towel"))[:3] == ["titles", "keywords", "texts"]
    assert (await ids(engine, "towem"))[0] == "fuzzy"


async def test_completeness_and_freshness_break_ties(engine: Engine) -> None:
    now = time.time()
    rows = [
        Document("old", 1, {"en": "Glass vase"}, numbers={"published_at": now - 900 * DAY}, quality=0.5),
        Document("new", 1, {"en": "Glass vase"}, numbers={"published_at": now - 1 * DAY}, quality=0.5),
        Document("full", 1, {"en": "Glass vase"}, numbers={"published_at": now - 1 * DAY}, quality=1.0),
    ]
    await engine.upsert("products", rows)
    assert await ids(engine, "glass vase") == ["full", "new", "old"]


async def test_all_words_come_before_some_words(shelf: Engine) -> None:
    page = await shelf.search("products", Query("cotton towel"))
    assert page.hits[0].id == "towel"
    assert page.complete >= 1
    assert page.total >= page.complete


async def test_words_that_find_nothing_together_are_dropped_and_named(shelf: Engine) -> None:
    page = await shelf.search("products", Query("wool towel"))
    assert page.hits
    assert page.complete == 0
    assert page.dropped


async def test_an_unknown_word_is_corrected(shelf: Engine) -> None:
    page = await shelf.search("products", Query("coton towl"))
    assert page.hits[0].id == "towel"
    assert page.corrected == "cotton towel"


async def test_a_known_question_is_not_corrected(shelf: Engine) -> None:
    for text in ("towel", "havlular", "tow", "6302.60", "couch", "t shirt"):
        assert (await shelf.search("products", Query(text))).corrected is None


async def test_nonsense_finds_nothing(shelf: Engine) -> None:
    page = await shelf.search("products", Query("qqxxzzkkw"))
    assert (page.hits, page.total) == ([], 0)


async def test_synonyms_rank_below_the_literal_word(filled: Engine) -> None:
    await filled.upsert("products", [Document("sofa", 1, {"en": "Sofa with two seats"}, quality=0.6)])
    page = await filled.search("products", Query("sofa"))
    assert [hit.id for hit in page.hits][:2] == ["sofa", "settee"]
    assert "settee" in page.used_synonyms


async def test_the_highlight_terms_mark_what_was_meant(shelf: Engine) -> None:
    from kervan_search.highlight import mark

    for text, title, expected in (
        ("towl", "Cotton bath towel", "towel"),
        ("HAVLULAR", "Pamuklu banyo havlusu", "havlusu"),
        ("tshirt", "Red T-shirt", "T-shirt"),
        ("couch", "Settee with two seats", "Settee"),
    ):
        page = await shelf.search("products", Query(text))
        assert (expected, True) in mark(title, page.terms)


async def test_suggestions_begin_with_what_is_typed(shelf: Engine) -> None:
    assert [found.label for found in await shelf.suggest("products", "cott")] == ["Cotton bath towel"]
    assert [found.id for found in await shelf.suggest("products", "bath tow")] == ["towel"]
    assert {found.label for found in await shelf.suggest("products", "bath")} == {
        "Cotton bath towel",
        "Bathrobe",
    }
    assert [found.label for found in await shelf.suggest("products", "olvie")] == ["Olive oil"]
    assert await shelf.suggest("products", "") == []
    assert len(await shelf.suggest("products", "t", limit=1)) == 1


@pytest.mark.parametrize(
    "text",
    ["\0", "\ud800", "\u202etowel", "a\u0301" * 60, "((", "AND OR NOT", "*", "?", "[a TO b]",
     "towel~2", "id:towel", "\\", "''", '"" ""', "- -", '-"', "٣", "½", "😀", "a" * 200, "1" * 200, "- " * 100,
     "+towel", "ﷺ", "towel AND -", "𝐭𝐨𝐰𝐞𝐥"],
)  # fmt: skip
async def test_strange_input_never_fails(shelf: Engine, text: str) -> None:
    page = await shelf.search("products", Query(text, facets=("chapter",)))
    assert isinstance(page, Page)
    await shelf.suggest("products", text)


async def test_marks_of_direction_and_nul_do_not_hide_or_widen(shelf: Engine) -> None:
    assert await first(shelf, "\u200ftowel\u202c") == "towel"
    assert await first(shelf, "to\u00adwel") == "towel"
    assert await first(shelf, "\0towel") == "towel"
