"""The world of meetings: firms that know each other, or do not."""

import pytest
from asking import World, make_world
from meeting_world import give_phones


@pytest.fixture
async def world(db: None) -> World:
    found = await make_world()
    await give_phones(found)
    return found
