"""What is compared with: Litestar with nothing around it. One route calls the engine and returns ids, one is text."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
from litestar import Litestar, MediaType, Request, get
from litestar.params import FromPath

from kervan.discovery.engine import open_search
from kervan.settings import load
from kervan_search.engine import Query

_decoder = msgspec.json.Decoder(list[Query])


@get("/ids/{index:str}")
async def ids(request: Request[Any, Any, Any], index: FromPath[str]) -> list[str]:
    """The ids that the engine finds for the first of the queries, given as JSON; the others are counted beside."""
    search = request.app.state.search.search
    query, *others = _decoder.decode(unquote_to_bytes(request.scope["query_string"]))
    page, *_ = await asyncio.gather(search(index, query), *(search(index, other) for other in others))
    return [hit.id for hit in page.hits]


@get("/text", media_type=MediaType.TEXT)
async def text() -> str:
    return "kervan"


@contextlib.asynccontextmanager
async def _engine(app: Litestar) -> AsyncIterator[None]:
    search = open_search(load())
    await search.open()
    app.state.search = search
    try:
        yield
    finally:
        await search.close()


with_engine = Litestar([ids, text], lifespan=[_engine], logging_config=None, openapi_config=None)
text_only = Litestar([text], logging_config=None, openapi_config=None)
