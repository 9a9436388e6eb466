"""The fair at which firms register."""

import pytest
from eventing import Fair, make_fair


@pytest.fixture
async def fair(db: None) -> Fair:
    return await make_fair()
