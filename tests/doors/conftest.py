"""The world of the walk, and a browser for each of its callers."""

from collections.abc import AsyncIterator

import httpx
import pytest
from doors.world import CALLERS, World, make_world
from litestar import Litestar


@pytest.fixture
async def world(fresh_app: Litestar) -> World:
    return await make_world(fresh_app)


@pytest.fixture
async def browsers(world: World) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A browser for each kind of caller, signed in."""
    found = {}
    for caller in CALLERS:
        found[caller] = world.client()
        await world.enter(found[caller], caller)
    yield found
    for browser in found.values():
        await browser.aclose()
