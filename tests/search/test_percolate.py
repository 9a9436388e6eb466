"""Which questions find a document: the percolator against the exact search, and its own keeping and forgetting."""

import asyncio
import random
import time

import msgspec
import pytest
from goods import goods
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kervan_search.engine import BadQuery, Document, Engine, IndexSpec, Query
from kervan_search.percolate import Percolator

# One small vocabulary, so that documents and questions meet often and in every way.


_VOCABULARY = (
    "towel towels Towels bath linen Badetuch Handtücher Tücher havlu havlular havlusu HAVLULARI banyo tea çay çayı "
    "ÇAYLAR teapot ışık IŞIK isik İŞIK halı HALI halıları hali İplik iplik IPLIK ipliği zeytinyağı zeytinyağları "
    "ZEYTİNYAĞI t-shirt tshirt T shirt t tişört TİŞÖRTLER usb-c usbc bath-towel bathtowel couch sofa settees "
    "12 12V V 500 ml 500ml 6302 63 knitted knitting boxes box ve and of 地毯 羊毛地毯 Größe grosse dv7-1211ea "
    "men women berries berry"
)
WORDS = _VOCABULARY.split()
CODES = [
    "6302.60.00.00.11",
    "630260",
    "0902.10",
    "6109",
    "4006381333931",
    "04006381333931",
    "TS 1",
    "TOWEL",
    "12",
]
ASKED_CODES = [
    "6302.60", "630260", "63", "6302 60 00", "63026", "0902", "902", "4006381333931", "04006381333931",
    "ts 1", "TS-1", "6109.10", "12",
]  # fmt: skip
CHAPTERS = ["61", "63", "09"]
BRANDS = ["Terry", "terry", "İlmek", "ilmek", "Ilmek", 'O"Brien \\ x', "a b", " a b", "", "x" * 600]
NUMBERS = [0.0, -0.0, 1.0, 1.5, 2.0, -3.0, 1e300, 3]
BOUNDS = [None, float("-inf"), float("inf"), *NUMBERS]

_word = st.sampled_from(WORDS)
# Few words, so that phrases are found and nearly found.
_side = st.sampled_from(["bath", "towel", "towels", "linen", "havlu"])
_text = st.lists(
    st.tuples(st.one_of(_word, _side), st.sampled_from([" ", " ", " ", ", ", "-", ". "])), max_size=6
).map(lambda pieces: "".join(word + sign for word, sign in pieces))
_plain = st.lists(_side, min_size=1, max_size=4).map(" ".join)
_piece = st.one_of(
    _word,
    _word,
    _word,
    st.sampled_from(ASKED_CODES),
    _plain.map(lambda text: f'"{text}"'),
    _word.map(lambda word: f"-{word}"),
    _plain.map(lambda text: f'-"{text}"'),
    st.tuples(st.one_of(_word, _side), _side).map("-".join),
)
_numbers = st.sampled_from(NUMBERS)


def _filled(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=3).map(tuple)


documents = st.builds(
    Document,
    id=st.just(""),
    version=st.just(1),
    titles=st.dictionaries(st.sampled_from(["en", "tr", "de", ""]), _text, max_size=3),
    keywords=st.lists(_text, max_size=2).map(tuple),
    texts=st.dictionaries(st.sampled_from(["en", "tr", "de"]), _text, max_size=2),
    codes=st.lists(st.sampled_from(CODES), max_size=2).map(tuple),
    facets=st.fixed_dictionaries({}, optional={"chapter": _filled(CHAPTERS), "brand": _filled(BRANDS)}),
    numbers=st.fixed_dictionaries({}, optional={"price_eur": _numbers, "moq": _numbers}),
)

shelves = st.lists(documents, min_size=6, max_size=10).map(
    lambda rows: [msgspec.structs.replace(row, id=f"d{number}") for number, row in enumerate(rows)]
)

_ranges = st.tuples(st.sampled_from(BOUNDS), st.sampled_from(BOUNDS))

queries = st.builds(
    Query,
    text=st.one_of(
        st.just(""),
        _word,
        st.lists(_piece, min_size=1, max_size=2).map(" ".join),
        st.lists(_piece, min_size=1, max_size=4).map(" ".join),
    ),
    filters=st.one_of(
        st.just({}),
        st.fixed_dictionaries({}, optional={"chapter": _filled(CHAPTERS), "brand": _filled(BRANDS)}),
    ),
    ranges=st.one_of(st.just({}), st.fixed_dictionaries({}, optional={"price_eur": _ranges, "moq": _ranges})),
    limit=st.just(100),
    exact=st.just(True),
)


def percolator(synonyms: list[tuple[str, ...]], *questions: Query) -> Percolator:
    made = Percolator(synonyms)
    for number, question in enumerate(questions):
        made.put(number, question)
    return made


async def agree(
    engine: Engine,
    spec: IndexSpec,
    synonyms: list[tuple[str, ...]],
    rows: list[Document],
    questions: list[Query],
) -> None:
    known = percolator(synonyms, *questions)
    told = {row.id: set(known.matches(spec, row)) for row in rows}
    await engine.upsert("products", rows)
    try:
        pages = await asyncio.gather(*(engine.search("products", question) for question in questions))
        for number, (question, page) in enumerate(zip(questions, pages, strict=True)):
            assert {hit.id for hit in page.hits} == {name for name in told if number in told[name]}, question
            assert page.total == page.complete == len(page.hits)
            assert (page.dropped, page.corrected) == ((), None)
    finally:
        await engine.delete("products", list(told))


@given(rows=shelves, questions=st.lists(queries, min_size=20, max_size=40))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
async def test_a_question_is_told_of_a_document_if_and_only_if_searching_it_finds_the_document(
    shared_engine: Engine,
    spec: IndexSpec,
    synonyms: list[tuple[str, ...]],
    rows: list[Document],
    questions: list[Query],
) -> None:
    await agree(shared_engine, spec, synonyms, rows, questions)


@pytest.mark.parametrize("shared_engine", ["embedded"], indirect=True)
@given(rows=shelves, questions=st.lists(queries, min_size=20, max_size=30))
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
async def test_the_same_with_many_more_cases_in_process(
    shared_engine: Engine,
    spec: IndexSpec,
    synonyms: list[tuple[str, ...]],
    rows: list[Document],
    questions: list[Query],
) -> None:
    await agree(shared_engine, spec, synonyms, rows, questions)


@pytest.mark.parametrize("shared_engine", ["embedded"], indirect=True)
@given(rows=shelves, questions=st.lists(queries, min_size=20, max_size=30))
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
async def test_the_search_box_finds_whatever_the_exact_question_finds(
    shared_engine: Engine, rows: list[Document], questions: list[Query]
) -> None:
    await shared_engine.upsert("products", rows)
    try:
        for question in questions:
            typed = msgspec.structs.replace(question, exact=False)
            exact = {hit.id for hit in (await shared_engine.search("products", question)).hits}
            assert exact <= {hit.id for hit in (await shared_engine.search("products", typed)).hits}
    finally:
        await shared_engine.delete("products", [row.id for row in rows])


@given(st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), queries)), max_size=40), documents)
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_what_was_put_replaced_and_dropped_leaves_no_trace(
    spec: IndexSpec,
    synonyms: list[tuple[str, ...]],
    steps: list[tuple[int, Query | None]],
    document: Document,
) -> None:
    known = Percolator(synonyms)
    last: dict[int, Query] = {}
    for number, question in steps:
        if question is None:
            known.drop(number)
            last.pop(number, None)
        else:
            known.put(number, question)
            last[number] = question
    assert len(known) == len(last)
    row = msgspec.structs.replace(document, id="d")
    alone = {number for number, question in last.items() if percolator(synonyms, question).matches(spec, row)}
    assert known.matches(spec, row) == sorted(alone)
    for number in range(10):
        known.drop(number)
    assert (len(known), known.conditions, known.matches(spec, row)) == (0, 0, [])


def test_the_goods_tell_the_right_questions(spec: IndexSpec, synonyms: list[tuple[str, ...]]) -> None:
    known = percolator(
        synonyms,
        Query(),
        Query("havlular"),
        Query("tow"),
        Query("couch"),
        Query(filters={"chapter": ("57", "94")}),
        Query("towel -bathrobe", ranges={"price_eur": (None, 3.5)}),
        Query("6302.60", filters={"brand": ("Terry",), "certificate": ("GOTS",)}),
        Query(ranges={"moq": (1, 1)}),
    )
    told = {row.id: known.matches(spec, row) for row in goods()}
    assert told == {
        "towel": [0, 1, 5, 6],
        "robe": [0],
        "shirt": [0],
        "carpet": [0, 4, 7],
        "oil": [0],
        "settee": [0, 3, 4],
        "heater": [0],
    }


def test_a_question_too_long_is_refused_and_the_one_before_it_stays(spec: IndexSpec) -> None:
    known = percolator([], Query("towel"))
    with pytest.raises(BadQuery):
        known.put(0, Query("a" * 201))
    assert known.matches(spec, goods()[0]) == [0]
    with pytest.raises(ValueError, match="facet"):
        known.matches(spec, Document("x", 1, facets={"colour": ("red",)}))


@pytest.mark.alone
def test_a_document_meets_many_questions_in_little_time(spec: IndexSpec) -> None:
    chance = random.Random(6)
    words = [f"{chance.choice('bcdfghklmn')}{chance.choice('aeiou')}{number}x" for number in range(3000)]
    known = Percolator()
    for number in range(20_000):
        text = " ".join(chance.sample(words, chance.randint(0, 3)))
        chapters = (f"{chance.randint(1, 97):02}",) if number % 2 else ()
        known.put(number, Query(text, filters={"chapter": chapters}))
    spent = []
    for number in range(20):
        title = " ".join(chance.sample(words, 120))
        row = Document(str(number), 1, {"en": title}, facets={"chapter": ("63",)})
        began = time.process_time()
        known.matches(spec, row)
        spent.append(time.process_time() - began)
    assert sorted(spent)[10] < 0.05
