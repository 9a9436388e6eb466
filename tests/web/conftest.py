"""The application without database and engine: what must work when both are away."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar


@pytest.fixture(scope="session")
def bare_app() -> Litestar:
    from kervan.app import create_app

    return create_app(with_worker=False)


@pytest.fixture
async def bare(bare_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=bare_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as found:
        yield found
