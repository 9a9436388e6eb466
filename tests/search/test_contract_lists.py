"""What every engine has to do with filters, facets, ranges, orders and pages, run against each of them."""

import pytest
from goods import goods, ids

from kervan_search.engine import BadQuery, Document, Engine, Query


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


async def test_a_range_leaves_out_what_has_no_such_number(shelf: Engine) -> None:
    everything, without = {row.id for row in goods()}, {row.id for row in goods() if "moq" not in row.numbers}
    assert without
    for bounds in ((None, 1e12), (-1e12, None)):
        assert set(await ids(shelf, "", ranges={"moq": bounds})) == everything - without


async def test_a_span_is_asked_by_two_numbers_and_a_facet_may_hold_several_values(engine: Engine) -> None:
    """As events are asked for what runs now and touches a month: moq is the first day, price_eur the last."""
    spans = {"long": (1, 90), "early": (1, 9), "now": (40, 60), "late": (70, 80)}
    await engine.upsert(
        "products",
        [
            Document(
                name, 1, {"en": f"Event {name}"}, numbers={"moq": first, "price_eur": last},
                facets={"certificate": tuple(f"2026-{n:02}" for n in range(first // 30 + 1, last // 30 + 2))},
            )
            for name, (first, last) in spans.items()
        ],
    )  # fmt: skip
    page = await engine.search(
        "products",
        Query("", ranges={"moq": (None, 50), "price_eur": (51, None)}, facets=("certificate",), sort="moq"),
    )
    assert [hit.id for hit in page.hits] == ["long", "now"]
    assert page.facets == {"certificate": {"2026-02": 2, "2026-03": 2, "2026-01": 1, "2026-04": 1}}
    month = Query("", filters={"certificate": ("2026-04", "2026-01")}, sort="-price_eur")
    assert [hit.id for hit in (await engine.search("products", month)).hits] == ["long", "early"]


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


async def test_an_unknown_index_is_a_key_error(shelf: Engine) -> None:
    with pytest.raises(KeyError):
        await shelf.search("nothing", Query("x"))
