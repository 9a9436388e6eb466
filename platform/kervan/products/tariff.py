"""Tariff codes that a product may have, offered to whoever fills in the form."""

from kervan.errors import Invalid, NotFound
from kervan.nomenclature import queries
from kervan.nomenclature.structs import NodeLink
from kervan.trade.codes import looks_like_code
from kervan_search.engine import Engine

_MOST = 24
_HEADINGS = 3


async def candidates(search: Engine, code: str, name: str, language: str) -> list[NodeLink]:
    """Codes of 6 or 12 digits: below the code that was typed, else below the headings that the name may mean.

    Empty when neither says anything.
    """
    typed = looks_like_code(code)
    if typed is not None and len(typed) in (4, 6):
        return (await _below(typed, language))[:_MOST]
    found: list[NodeLink] = []
    for heading in await headings(search, code if typed is None and code else name, language):
        found += await _below(heading.code, language)
    return found[:_MOST]


async def headings(search: Engine, text: str, language: str) -> list[NodeLink]:
    """The headings that a product's name may mean, the likeliest first."""
    if not text.strip():
        return []
    return await queries.search(search, text[:200], language, _HEADINGS)


async def _below(code: str, language: str) -> list[NodeLink]:
    try:
        return list((await queries.code(code, language)).children)
    except (NotFound, Invalid):
        return []
