"""What tests of announcements share: the people, a mail server, no night."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from announcing import Hall, make_hall, without_night
from mailing import Server, listening

from kervan.settings import Settings, load


@pytest.fixture
async def hall(db: None) -> Hall:
    await without_night()
    return await make_hall()


@pytest.fixture
async def smtp() -> AsyncIterator[Server]:
    async with listening() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, smtp: Server) -> Settings:
    return msgspec.structs.replace(load({}), data=tmp_path, smtp_url=smtp.url)
