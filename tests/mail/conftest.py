"""A mail room: settings with a data folder of its own, templates, and a mail server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mailing import Server, listening

from kervan import vault
from kervan.mail.sending import handlers
from kervan.outbox import Handler
from kervan.settings import Settings, load
from kervan.web.templates import Templates


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    vault.use("a secret that is only for tests, 32 and more")
    yield
    vault.use("")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with listening() as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return msgspec.structs.replace(
        load({}), data=tmp_path, public_url="https://kervan.example", mail_from="Kervan <post@kervan.example>"
    )


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates(msgspec.structs.replace(load({}), public_url="https://kervan.example"))


@pytest.fixture
def worker(settings: Settings, server: Server, templates: Templates) -> Any:
    """Makes the handlers of a worker that sends to the test server."""

    def made(**more: Any) -> dict[str, Handler]:
        found = msgspec.structs.replace(settings, smtp_url=server.url)
        return dict(handlers(found, templates=templates, **more))

    return made
