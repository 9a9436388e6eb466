"""What every engine has to do, run against each of them."""

import asyncio
import time

import pytest

from kervan_search.engine import BadQuery, Document, Engine, EngineDown, IndexSpec, Page, Query, open_engine

DAY = 86400.0


def goods() -> list[Document]:
    now = time.time()
    return [
        Document(
            "towel", 1, {"en": "Cotton bath towel", "tr": "Pamuklu banyo havlusu"},
            ("Denizli Dokuma", "Terry"), {"en": "Soft, absorbent, woven in Denizli"},
            ("6302.60.00.00.11", "4006381333931", "TWL-70/140"),
            {"chapter": ("63",), "brand": ("Terry",), "certificate": ("OEKO-TEX", "GOTS")},
            {"price_eur": 3.5, "moq": 100, "published_at": now - 10 * DAY}, 0.9, "Cotton bath towel",
        ),
        Document(
            "robe", 1, {"en": "Bathrobe", "tr": "Bornoz"},
            ("Denizli Dokuma", "Terry"), {"en": "Goes with every towel of the series"},
            ("6302.60.00.00.12",), {"chapter": ("63",), "brand": ("Terry",)},
            {"price_eur": 12.0, "moq": 50, "published_at": now - 20 * DAY}, 0.5, "Bathrobe",
        ),
        Document(
            "shirt", 1, {"en": "Red T-shirt", "tr": "Kırmızı tişört"},
            ("Işık Giyim",), {"en": "100 % cotton, sizes S to XXL"},
            ("6109.10.00.00.11", "0012345678905", "TS 1"),
            {"chapter": ("61",), "brand": ("Işık",), "certificate": ("OEKO-TEX",)},
            {"price_eur": 5.5, "moq": 200, "published_at": now - 30 * DAY}, 0.7, "Red T-shirt",
        ),
        Document(
            "carpet", 1, {"en": "Hand-knotted wool carpet", "tr": "El dokuması yün halı", "zh": "羊毛地毯"},
            ("Isparta Halıcılık",), {"en": "Made of pure new wool"},
            ("5701.10",), {"chapter": ("57",), "brand": ("İlmek",)},
            {"price_eur": 240.0, "moq": 1, "published_at": now - 400 * DAY}, 0.8, "Wool carpet",
        ),
        Document(
            "oil", 1, {"en": "Extra virgin olive oil", "tr": "Natürel sızma zeytinyağı"},
            ("Ayvalık Gıda",), {"en": "Cold pressed, in 500 ml bottles"},
            ("1509.20",), {"chapter": ("15",), "brand": ("Ayvalık",), "certificate": ("Halal",)},
            {"price_eur": 5.5, "moq": 200, "published_at": now - 5 * DAY}, 0.6, "Olive oil",
        ),
        Document(
            "settee", 1, {"en": "Settee with two seats", "tr": "İkili kanepe"},
            ("İnegöl Mobilya",), {}, ("9401.61", "DV7-1211EA"), {"chapter": ("94",), "brand": ("İnegöl",)},
            {"price_eur": 480.0}, 0.6, "Settee",
        ),
        Document(
            "heater", 1, {"en": "Portable heater 12V with USB-C", "tr": "Taşınabilir ısıtıcı"},
            ("Manisa Elektrik",), {"en": "Warms a car"}, ("8516.29",),
            {"chapter": ("85",), "brand": ("Isı O\"Brien \\ x",)},
            {"price_eur": 20.0, "moq": 10, "published_at": now - 1 * DAY}, 0.6, "Heater",
        ),
    ]  # fmt: skip


@pytest.fixture
async def filled(engine: Engine) -> Engine:
    """An engine of its own with the goods, free to change."""
    await engine.upsert("products", goods())
    return engine


@pytest.fixture(scope="module")
async def shelf(shared_engine: Engine) -> Engine:
    """One engine with the goods for all tests that only read."""
    await shared_engine.upsert("products", goods())
    return shared_engine


async def ids(engine: Engine, text: str, **more: object) -> list[str]:
    page = await engine.search("products", Query(text, **more))  # type: ignore[arg-type]  # fields by name
    return [hit.id for hit in page.hits]


async def first(engine: Engine, text: str) -> str:
    found = await ids(engine, text)
    return found[0] if found else ""


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


async def test_filters_are_or_within_a_facet_and_and_between(shelf: Engine) -> None:
    both = Query("", filters={"chapter": ("61", "63")})
    assert {hit.id for hit in (await shelf.search("products", both)).hits} == {"towel", "robe", "shirt"}
    narrowed = Query("", filters={"chapter": ("61", "63"), "certificate": ("OEKO-TEX",)})
    assert {hit.id for hit in (await shelf.search("products", narrowed)).hits} == {"towel", "shirt"}


async def test_a_filter_value_may_hold_any_letters(shelf: Engine) -> None:
    for value, expected in (
        ('Isı O"Brien \\ x', ["heater"]),
        ("İlmek", ["carpet"]),
        ("ilmek", []),
        ("' OR 1=1", []),
    ):
        found = await ids(shelf, "", filters={"brand": (value,)})
        assert found == expected


async def test_facets_count_what_is_found(shelf: Engine) -> None:
    page = await shelf.search("products", Query("denizli", facets=("chapter", "certificate")))
    assert page.facets == {"chapter": {"63": 2}, "certificate": {"OEKO-TEX": 1, "GOTS": 1}}


async def test_a_chosen_facet_counts_as_if_it_were_not_chosen(shelf: Engine) -> None:
    query = Query(
        "", filters={"chapter": ("63",), "brand": ("Terry",)}, facets=("chapter", "brand", "certificate")
    )
    page = await shelf.search("products", query)
    assert page.total == 2
    assert page.facets["chapter"] == {"63": 2}
    assert page.facets["brand"] == {"Terry": 2}
    one = await shelf.search("products", Query("", filters={"chapter": ("63",)}, facets=("chapter", "brand")))
    assert one.facets["chapter"] == {"63": 2, "61": 1, "57": 1, "15": 1, "94": 1, "85": 1}
    assert one.facets["brand"] == {"Terry": 2}


async def test_the_most_frequent_values_of_a_facet_come_back(shelf: Engine) -> None:
    page = await shelf.search("products", Query("", facets=("chapter",), facet_limit=1))
    assert page.facets["chapter"] == {"63": 2}


async def test_ranges_include_both_ends(shelf: Engine) -> None:
    assert set(await ids(shelf, "", ranges={"price_eur": (3.5, 5.5)})) == {"towel", "shirt", "oil"}
    assert set(await ids(shelf, "", ranges={"price_eur": (200, None), "moq": (None, 1)})) == {"carpet"}
    assert set(await ids(shelf, "", ranges={"price_eur": (None, None)})) == {row.id for row in goods()}


async def test_sorting_by_a_number_puts_equal_ones_by_id_and_missing_ones_last(shelf: Engine) -> None:
    prices = ["towel", "oil", "shirt", "robe", "heater", "carpet", "settee"]
    assert await ids(shelf, "", sort="price_eur") == prices
    assert await ids(shelf, "", sort="-price_eur") == [
        "settee",
        "carpet",
        "heater",
        "robe",
        "oil",
        "shirt",
        "towel",
    ]
    assert (await ids(shelf, "", sort="moq"))[-1] == "settee"
    assert (await ids(shelf, "", sort="-moq"))[-1] == "settee"
    assert await ids(shelf, "", sort="price_eur", limit=2, offset=1) == ["oil", "shirt"]
    assert await ids(shelf, "", sort="price_eur", limit=1, offset=1) == ["oil"]
    assert await ids(shelf, "", sort="-moq", limit=3, offset=5) == ["carpet", "settee"]


async def test_paging_is_stable_and_ends_at_a_thousand(engine: Engine) -> None:
    rows = [
        Document(
            f"p{i:04}",
            1,
            {"en": f"Plain plate {i % 7}"},
            facets={"chapter": ("69",)},
            numbers={"price_eur": i % 50},
        )
        for i in range(1100)
    ]
    await engine.upsert("products", rows)
    for sort in ("", "price_eur"):
        seen: list[str] = []
        for offset in range(0, 1000, 100):
            page = await engine.search("products", Query("plate", limit=100, offset=offset, sort=sort))
            assert page.total == 1100
            seen += [hit.id for hit in page.hits]
        assert len(set(seen)) == 1000
        assert (await engine.search("products", Query("plate", limit=100, offset=1000, sort=sort))).hits == []
        near_end = await engine.search("products", Query("plate", limit=30, offset=990, sort=sort))
        assert [hit.id for hit in near_end.hits] == seen[990:]
    by_price = [
        hit.id for hit in (await engine.search("products", Query("", limit=1000, sort="price_eur"))).hits
    ]
    assert by_price == [f"p{i:04}" for i in sorted(range(1100), key=lambda i: (i % 50, i))][:1000]


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


async def test_an_older_version_is_ignored_and_the_same_or_a_newer_one_replaces(filled: Engine) -> None:
    await filled.upsert("products", [Document("towel", 5, {"en": "Linen napkin"})])
    await filled.upsert("products", [Document("towel", 4, {"en": "Silk scarf"})])
    assert await ids(filled, "napkin") == ["towel"]
    assert await ids(filled, '"silk"') == []
    assert await filled.count("products") == len(goods())
    assert (await filled.versions("products"))["towel"] == 5
    await filled.upsert("products", [Document("towel", 5, {"en": "Linen tablecloth"})])
    assert await ids(filled, "tablecloth") == ["towel"]
    rows = [Document("twice", 2, {"en": "Second brass"}), Document("twice", 1, {"en": "First brass"})]
    await filled.upsert("products", rows)
    assert (await filled.versions("products"))["twice"] == 2


async def test_deleted_things_are_gone_and_unknown_ids_do_no_harm(filled: Engine) -> None:
    await filled.delete("products", ["towel", "never-there"])
    assert "towel" not in await ids(filled, "towel")
    assert await filled.count("products") == len(goods()) - 1
    await filled.delete("products", [])


async def test_versions_list_everything(shelf: Engine) -> None:
    assert await shelf.versions("products") == {row.id: 1 for row in goods()}


async def test_a_rebuild_replaces_everything_at_once(filled: Engine) -> None:
    async with filled.rebuild("products") as rebuild:
        await rebuild.add([Document("bowl", 1, {"en": "Copper bowl"})])
        assert await first(filled, "towel") == "towel"
        assert await ids(filled, "copper") == []
    assert await filled.versions("products") == {"bowl": 1}
    assert await ids(filled, "copper") == ["bowl"]
    assert await ids(filled, "towel") == []


async def interrupted(engine: Engine) -> None:
    async with engine.rebuild("products") as rebuild:
        await rebuild.add([Document("bowl", 1, {"en": "Copper bowl"})])
        raise RuntimeError("half-way")


async def test_a_failed_rebuild_leaves_the_live_index(filled: Engine) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        await interrupted(filled)
    assert await filled.count("products") == len(goods())
    assert await first(filled, "towel") == "towel"
    async with filled.rebuild("products") as rebuild:
        await rebuild.add(goods()[:2])
    assert await filled.count("products") == 2


async def test_changes_made_during_a_rebuild_are_kept(filled: Engine) -> None:
    async with filled.rebuild("products") as rebuild:
        await rebuild.add(goods())
        await filled.upsert("products", [Document("towel", 9, {"en": "Linen napkin"})])
        await filled.upsert("products", [Document("late", 1, {"en": "Latecomer lamp"})])
        await filled.delete("products", ["oil"])
    versions = await filled.versions("products")
    assert versions["towel"] == 9
    assert "late" in versions
    assert "oil" not in versions
    assert await ids(filled, "napkin") == ["towel"]


@pytest.mark.parametrize(
    "query",
    [
        Query("a" * 201),
        Query(filters={"colour": ("red",)}),
        Query(facets=("colour",)),
        Query(sort="weight"),
        Query(sort="-"),
        Query(ranges={"weight": (1, 2)}),
        Query(ranges={"price_eur": (float("nan"), None)}),
        Query(limit=-1),
        Query(offset=-5),
    ],
)
async def test_a_wrong_question_is_refused(shelf: Engine, query: Query) -> None:
    with pytest.raises(BadQuery):
        await shelf.search("products", query)


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


async def test_an_unknown_index_is_a_key_error(shelf: Engine) -> None:
    with pytest.raises(KeyError):
        await shelf.search("nothing", Query("x"))


async def test_a_document_of_another_shape_is_refused_whole(filled: Engine) -> None:
    for bad in (
        Document("a b", 1),
        Document("", 1),
        Document("x", 1, facets={"colour": ("red",)}),
        Document("x", 1, numbers={"n": 1}),
    ):
        with pytest.raises(ValueError, match="id|facet"):
            await filled.upsert("products", [Document("good", 1, {"en": "Good"}), bad])
    assert "good" not in await filled.versions("products")


async def test_it_is_healthy_and_counts(shelf: Engine) -> None:
    assert await shelf.healthy()
    assert await shelf.count("products") == len(goods())


async def test_many_questions_at_once(shelf: Engine) -> None:
    pages = await asyncio.gather(
        *(shelf.search("products", Query("towel", facets=("chapter",))) for _ in range(40))
    )
    assert {page.hits[0].id for page in pages} == {"towel"}


async def test_an_absent_server_is_engine_down_and_quick() -> None:
    engine = open_engine(
        specs=[IndexSpec("products", (), ())], meili_url="http://127.0.0.1:9", meili_key="k", prefix="x_"
    )
    began = time.monotonic()
    with pytest.raises(EngineDown):
        await engine.open()
    with pytest.raises(EngineDown):
        await engine.search("products", Query("towel"))
    assert not await engine.healthy()
    await engine.close()
    assert time.monotonic() - began < 2.5
