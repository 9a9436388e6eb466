"""Engines to test: the embedded one in a temporary folder, Meilisearch where a server or its binary is at hand."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from goods import goods
from hypothesis import settings

from kervan_search.engine import Engine, IndexSpec, open_engine

SPEC = IndexSpec(
    "products", ("chapter", "brand", "certificate"), ("price_eur", "moq", "published_at"), exact=True
)
SYNONYMS = [("towel", "bath linen"), ("tişört", "t-shirt"), ("sofa", "couch", "settee")]


@pytest.fixture(scope="session")
def meilisearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str | None]]:
    """Address and key of a Meilisearch server: MEILI_URL, else one started here and ended afterwards."""
    if url := os.environ.get("MEILI_URL"):
        yield url, os.environ.get("MEILI_MASTER_KEY")
        return
    binary = shutil.which("meilisearch")
    if binary is None:
        pytest.skip("no MEILI_URL and no meilisearch on the PATH: this half of the contract was not run")
    folder = tmp_path_factory.mktemp("meilisearch")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    key = secrets.token_urlsafe(24)
    environment = {**os.environ, "MEILI_MASTER_KEY": key}
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            [binary, "--no-analytics", "--http-addr", f"127.0.0.1:{port}", "--db-path", str(folder / "data")],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            for _ in range(150):
                try:
                    urllib.request.urlopen(f"{url}/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail(f"Meilisearch did not start:\n{(folder / 'log').read_text()[-2000:]}")
            yield url, key
        finally:
            server.terminate()
            server.wait(10)


# The machine may be busy with other tests: only wrong answers fail, not slow ones.
settings.register_profile("search", deadline=None)
settings.load_profile("search")

KINDS = ["embedded", pytest.param("meilisearch", marks=pytest.mark.server)]


@contextlib.asynccontextmanager
async def _opened(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Engine]:
    if request.param == "embedded":
        opened = open_engine(specs=[SPEC], synonyms=SYNONYMS, data_dir=folder)
    else:
        url, key = request.getfixturevalue("meilisearch")
        prefix = f"test_{secrets.token_hex(6)}_"
        opened = open_engine(specs=[SPEC], synonyms=SYNONYMS, meili_url=url, meili_key=key, prefix=prefix)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def spec() -> IndexSpec:
    """The index that every engine here has."""
    return SPEC


@pytest.fixture(scope="session")
def synonyms() -> list[tuple[str, ...]]:
    """The synonyms that every engine here knows."""
    return SYNONYMS


@pytest.fixture(params=KINDS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    """An open, empty engine of either kind."""
    async with _opened(request, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module", params=KINDS)
async def shared_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Engine]:
    """The same for a whole module, for tests that only read."""
    async with _opened(request, tmp_path_factory.mktemp("engine")) as opened:
        yield opened


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
