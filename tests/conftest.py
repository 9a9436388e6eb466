"""Shared fixtures: one embedded PostgreSQL for the whole run, a clean migrated database for each test."""

import os
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from emptying import empty_tables, forget_law
from litestar import Litestar
from serving import Demo, serving_demo
from workers import (  # noqa: F401  # hooks
    DATA,
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
    pytest_xdist_make_scheduler,
)

from kervan.settings import Settings
from kervan_search.engine import Engine, open_engine

if TYPE_CHECKING:
    from walk_inside import Visit

# Set before anything imports kervan.piccolo_conf: the engine is made at import.
os.environ["KERVAN_DATA"] = str(DATA)
os.environ.setdefault("KERVAN_ENV", "development")
for _name in ("MEILI_KEY", "KERVAN_SEARCH", "KERVAN_SECRET", "KERVAN_URL", "SMTP_URL", "KERVAN_MAIL_FROM"):
    os.environ.pop(_name, None)


def _told() -> dict[str, str]:
    """What the environment tells the settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("KERVAN_", "MEILI_", "SMTP_")) or name in ("DATABASE_URL", "HOST", "PORT")
    }


_TOLD = _told()


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Fails the test that leaves the settings of this run changed, for it or for its file, and puts them right."""
    yield
    if (left := _told()) != _TOLD:
        for name in left.keys() - _TOLD.keys():
            del os.environ[name]
        os.environ.update(_TOLD)
        changed = sorted(name for name in left | _TOLD if left.get(name) != _TOLD.get(name))
        pytest.fail(f"the environment was left changed: {', '.join(changed)}")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": False}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input, where there is one."""
    folder = Path(os.environ.get("KERVAN_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real input is not here: {folder} (set KERVAN_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`kervan demo` as a stranger starts it, once for the whole run; nobody changes what it holds."""
    with serving_demo(tmp_path_factory.mktemp("demo")) as served:
        yield served


@pytest.fixture(scope="session")
def inside(demo: Demo) -> dict[str, "Visit"]:
    """What each kind of demo account finds behind the sign-in, and its cookies; nobody signs these out."""
    # Imports the application, which must not happen before the lines above.
    from walk_inside import visits

    return visits(demo.address)


@pytest.fixture(scope="session")
def _migrated() -> Iterator[None]:
    from kervan.db import stop_embedded
    from kervan.migrate import migrate

    migrate()
    yield
    stop_embedded()


@pytest.fixture
async def db(_migrated: None) -> AsyncIterator[None]:
    """A pool on an empty, migrated database. Emptied by DELETE: a hundred times quicker than TRUNCATE."""
    from kervan.db import pool

    async with pool(5):
        await empty_tables()
        forget_law()
        yield
        forget_law()


@pytest.fixture(scope="session")
def _synonyms() -> Iterator[None]:
    """Engines share the folded words of a list of synonyms: nobody changes them, and folding takes 0.1 seconds."""
    from kervan_search import embedded

    folded = cache(embedded.Synonyms)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "Synonyms", lambda groups: folded(tuple(groups)))
        yield


@pytest.fixture
async def search(db: None, _synonyms: None, tmp_path: Path) -> AsyncIterator[Engine]:
    """An embedded engine with empty indexes of its own."""
    from kervan.discovery.engine import SPECS, synonyms

    engine = open_engine(specs=SPECS, synonyms=synonyms(), data_dir=tmp_path / "search")
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
async def fresh_app(
    db: None, _synonyms: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Litestar]:
    """The whole application on an empty database; public address https, as in production, so cookies are Secure.

    Answers that hide whether an account exists do not wait for their quarter of a second.
    """
    from kervan.accounts import answers
    from kervan.files import store
    from kervan.web import limits

    monkeypatch.setattr(answers, "SAME_SECONDS", 0.0)
    limits.forget_leases()
    made, settings = _application()
    made.state.settings = msgspec.structs.replace(settings, data=tmp_path)
    made.state.pop("sitemap_files", None)  # counted in another test's database
    store.use(tmp_path / "uploads")
    async with made.lifespan():
        yield made


@cache
def _application() -> tuple[Litestar, Settings]:
    """Made once for the whole run, since three hundred routes in two languages take half a second.

    What a test could leave behind lies in the database, in the folder of the settings and in the lifespan, which
    are new for each test.
    """
    from kervan.app import create_app
    from kervan.settings import load

    settings = msgspec.structs.replace(
        load(), api_limit="", search_limit="", public_url="https://kervan.test"
    )
    return create_app(settings, with_worker=False), settings


@pytest.fixture
async def client(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without cookies, at the application's own address."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made
