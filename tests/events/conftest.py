"""Who takes part in events."""

import pytest
from eventing import Fair, make_fair


@pytest.fixture
async def fair(db: None) -> Fair:
    return await make_fair()
