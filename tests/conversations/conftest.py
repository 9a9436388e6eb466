"""A buyer, exporters that are asked, one that is not."""

import pytest
from asking import World, make_world


@pytest.fixture
async def world(db: None) -> World:
    return await make_world()
