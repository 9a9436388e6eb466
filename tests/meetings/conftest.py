"""The worlds of meetings: firms that know each other, or do not; an organiser of days and the firms it asks."""

import pytest
from asking import World, make_world
from eventing import Fair, make_fair
from meeting_world import give_phones


@pytest.fixture
async def world(db: None) -> World:
    found = await make_world()
    await give_phones(found)
    return found


@pytest.fixture
async def fair(db: None) -> Fair:
    return await make_fair()
