"""Parts of tests of public lists: a search as an address asks for it, counts that are true, a real search server."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from meili import meilisearch

from kervan.discovery import indexing
from kervan.discovery.engine import SPECS, synonyms
from kervan.discovery.indexing import Difference
from kervan.discovery.requests import parse
from kervan.discovery.structs import Request, Results
from kervan_search.engine import Engine, open_engine

Params = dict[str, list[str]]


def asked(board: str, /, **params: str | list[str]) -> Request:
    """A search of `events` or `requests` as an address of English pages asks it, by one value or several."""
    return parse(
        board, "en", {name: value if isinstance(value, list) else [value] for name, value in params.items()}
    )


async def check_counts(find: Callable[[Params], Awaitable[Results]], *starts: Params) -> None:
    """From each of these searches, every count of a facet is what its choice finds and shows."""
    for start in starts:
        for facet in (await find(start)).facets:
            for value in facet.values:
                clicked = await find({**start, facet.name: [value.value]})
                cards = clicked.events or clicked.requests
                assert clicked.total == value.count == len(cards), (start, facet.name, value.value)


async def difference(search: Engine, index: str) -> Difference:
    """On what the index and the database disagree."""
    [found] = [one for one in await indexing.compare(search) if one.index == index]
    return found


@asynccontextmanager
async def served_engine(folder: Path) -> AsyncIterator[Engine]:
    """The platform's engine with empty indexes of its own on a real Meilisearch server, whose files go to `folder`."""
    with meilisearch(folder) as (url, key):
        engine = open_engine(
            specs=SPECS, synonyms=synonyms(), meili_url=url, meili_key=key, prefix=f"t{secrets.token_hex(4)}_"
        )
        await engine.open()
        yield engine
        await engine.close()
