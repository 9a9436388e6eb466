"""Reads of the nomenclature: a code with its family, the tree, a search in everyday words."""

import time
from collections import Counter
from functools import cache

import msgspec

from kervan.db import fetch
from kervan.discovery.documents import heading_documents
from kervan.errors import Invalid, NotFound
from kervan.nomenclature.structs import Node, NodeLink, SectionNode
from kervan.products.queries import FINDABLE
from kervan.trade import codes, nomenclature
from kervan.trade.errors import N_, TradeError
from kervan_search.engine import BadQuery, Engine, EngineDown, Query
from kervan_search.text import fold, stem_english, tokens

_COUNT_SECONDS = 60.0


class _Counts(msgspec.Struct):
    at: float
    by_code: Counter[str]


_counted: list[_Counts] = []


async def product_counts() -> Counter[str]:
    """Findable products below each code of 2, 4 and 6 digits; counted at most once a minute and process."""
    now = time.monotonic()
    if not _counted or now - _counted[0].at > _COUNT_SECONDS:
        rows = await fetch(
            f"""SELECT left(v.hs_code, 6) AS code, count(*) AS products
            FROM product p
            JOIN exporter e ON e.id = p.exporter
            JOIN product_version v ON v.product = p.id AND v.number = p.current_version
            WHERE v.hs_code IS NOT NULL AND {FINDABLE} GROUP BY 1"""
        )
        counts: Counter[str] = Counter()
        for row in rows:
            for length in (2, 4, 6):
                counts[row["code"][:length]] += row["products"]
        _counted[:] = [_Counts(now, counts)]
    return _counted[0].by_code


def forget_counts() -> None:
    """Counts anew at the next call: for loaders and tests."""
    _counted.clear()


async def code(text: str, language: str) -> Node:
    """The code however it is punctuated. Raises Invalid for a malformed one, NotFound for one that does not exist."""
    try:
        digits = codes.parse_code(text)
    except TradeError as error:
        raise Invalid(error.message, None, **error.params) from error
    if len(digits) == 12:
        return await _gtip(digits, language)
    if not nomenclature.exists(digits):
        raise NotFound(N_("The code {code} does not exist in HS 2022."), code=codes.format_gtip(digits))
    counts = await product_counts()
    below = nomenclature.children(digits)
    children = tuple(_link(child, language, counts) for child in below) or await _leaves(digits)
    return Node(
        code=digits,
        formatted=codes.format_gtip(digits),
        level=len(digits),
        section=codes.section_of(digits),
        name=nomenclature.name(digits, language),
        legal_text=nomenclature.legal_text_en(digits),
        legal_language="en",
        tariff_year=None,
        parents=_parents(digits, language, counts),
        children=children,
        products=counts[digits],
    )


async def _gtip(digits: str, language: str) -> Node:
    rows = await fetch(
        "SELECT tariff_year, text_tr FROM gtip WHERE code = $1 ORDER BY tariff_year DESC LIMIT 1", digits
    )
    if not rows:
        raise NotFound(
            N_("The GTIP {code} is in no tariff that is loaded here."), code=codes.format_gtip(digits)
        )
    counts = await product_counts()
    parents = _parents(digits, language, counts)
    return Node(
        code=digits,
        formatted=codes.format_gtip(digits),
        level=12,
        section=codes.section_of(digits),
        name=rows[0]["text_tr"],
        legal_text=rows[0]["text_tr"],
        legal_language="tr",
        tariff_year=rows[0]["tariff_year"],
        parents=parents,
        children=(),
        products=0,
    )


async def _leaves(hs6: str) -> tuple[NodeLink, ...]:
    """The 12-digit lines below a subheading, of the newest tariff that is loaded."""
    if len(hs6) != 6:
        return ()
    rows = await fetch(
        """SELECT code, text_tr FROM gtip
        WHERE tariff_year = (SELECT max(tariff_year) FROM nomenclature_load) AND code LIKE $1 || '______'
        ORDER BY code""",
        hs6,
    )
    return tuple(NodeLink(row["code"], codes.format_gtip(row["code"]), row["text_tr"]) for row in rows)


def _link(digits: str, language: str, counts: Counter[str]) -> NodeLink:
    return NodeLink(
        digits, codes.format_gtip(digits), nomenclature.name(digits, language), counts.get(digits, 0)
    )


def _parents(digits: str, language: str, counts: Counter[str]) -> tuple[NodeLink, ...]:
    known = [code for code in codes.prefixes(digits)[:-1] if nomenclature.exists(code)]
    return tuple(_link(code, language, counts) for code in known if len(code) in (2, 4, 6))


async def sections(language: str) -> tuple[SectionNode, ...]:
    """The 21 sections with their chapters and how many products each has."""
    counts = await product_counts()
    return tuple(
        SectionNode(
            number=section.number,
            roman=section.roman,
            name=section.names.get(language, section.names["en"]),
            products=sum(counts.get(chapter, 0) for chapter in section.chapters),
            chapters=tuple(_link(chapter, language, counts) for chapter in section.chapters),
        )
        for section in nomenclature.sections()
    )


async def section(number: int, language: str) -> SectionNode:
    """One section. Raises NotFound outside 1 to 21."""
    if not 1 <= number <= 21:
        raise NotFound(N_("There is no section {number} in the HS."), number=number)
    return (await sections(language))[number - 1]


async def search(engine: Engine, text: str, language: str, limit: int = 10) -> list[NodeLink]:
    """Headings for everyday words in any language we know, or for a code; best first.

    Raises Invalid for a text that is too long. When the engine is down, plain words are still found.
    """
    counts = await product_counts()
    return [_link(code, language, counts) for code in await headings(engine, text, limit)]


async def headings(engine: Engine, text: str, limit: int) -> list[str]:
    """Codes of headings for what is typed, best first: those it is an everyday name of, then what the engine finds.

    The engine alone would put sanitary towels before the heading that people call towels.
    """
    known = list(named(text))[:limit]
    try:
        page = await engine.search("headings", Query(text=text, limit=limit))
        found = [hit.id for hit in page.hits]
    except BadQuery as error:
        raise Invalid(N_("Please search with at most 200 characters.")) from error
    except EngineDown:
        found = _plain_search(text, limit)
    return [*known, *(code for code in found if code not in known)][:limit]


def named(text: str) -> tuple[str, ...]:
    """Headings whose everyday name these words are, the likeliest first."""
    return _named().get(_key(text), ())


@cache
def _named() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Headings by each of their everyday names, endings taken off; the likeliest heading first."""
    named: dict[tuple[str, ...], dict[str, None]] = {}
    for group in nomenclature.synonym_groups():
        for term in group.terms:
            named.setdefault(_key(term), {}).update(dict.fromkeys(code[:4] for code in group.headings))
    return {key: tuple(codes) for key, codes in named.items() if key}


def _key(text: str) -> tuple[str, ...]:
    return tuple(stem_english(word) for word in tokens(text))


@cache
def _folded() -> tuple[tuple[str, str], ...]:
    return tuple(
        (document.id, fold(" ".join((document.id, *document.titles.values(), *document.keywords))))
        for document in heading_documents()
    )


def _plain_search(text: str, limit: int) -> list[str]:
    words = fold(text).split()
    return [code for code, folded in _folded() if words and all(word in folded for word in words)][:limit]
