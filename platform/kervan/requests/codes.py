"""Tariff codes that a request may mean, offered to whoever writes it."""

from kervan.errors import Invalid, NotFound
from kervan.nomenclature import queries
from kervan.nomenclature.structs import NodeLink
from kervan.trade import codes, nomenclature
from kervan.trade.codes import looks_like_code
from kervan_search.engine import Engine
from kervan_search.text import MAX_QUERY, tokens

MOST = 6
_LONGEST_NAME = 3
_MOST_WORDS = 60
_MOST_BELOW = 24


async def offered(engine: Engine, typed: str, title: str, summary: str, language: str) -> list[NodeLink]:
    """Codes to choose from: below the code that was typed, for the words that stand in its field, else for the text.

    Empty when none of them says anything.
    """
    code = looks_like_code(typed)
    if code is not None and len(code) in (4, 6):
        try:
            return list((await queries.code(code, language)).children)[:_MOST_BELOW]
        except (NotFound, Invalid):
            return []
    if typed and code is None:
        return await queries.search(engine, typed[:MAX_QUERY], language, MOST)
    return await of_text(engine, title, summary, language)


async def of_text(engine: Engine, title: str, summary: str, language: str) -> list[NodeLink]:
    """The headings that a request's words may mean: everyday names of goods in them, then what the search finds."""
    found = dict.fromkeys([*_names_in(title), *_names_in(summary)])
    if text := " ".join(title.split()) or " ".join(summary.split()):
        found |= dict.fromkeys(await queries.headings(engine, text[:MAX_QUERY], MOST))
    return [NodeLink(code, codes.format_gtip(code), nomenclature.name(code, language), 0) for code in found][
        :MOST
    ]


def _names_in(text: str) -> list[str]:
    """Headings by the names in a text; the words of a longer name are not read as shorter ones again."""
    words, found, at = tokens(text)[:_MOST_WORDS], list[str](), 0
    while at < len(words):
        step = 1
        for length in range(_LONGEST_NAME, 0, -1):
            if named := queries.named(" ".join(words[at : at + length])):
                found += named
                step = min(length, len(words) - at)
                break
        at += step
    return found
