"""A firm with two people, and a stranger."""

import pytest
from factories import make_exporter
from notifying import House
from people import firm_of, make_member, make_person


@pytest.fixture
async def house(db: None) -> House:
    firm = await firm_of(await make_exporter())
    ayse, can, zoe = [await make_person(name) for name in ("Ayşe Yılmaz", "Can Demir", "Zoe Sommer")]
    await make_member(firm, ayse, "OWNER")
    await make_member(firm, can, "ORDER_DESK")
    return House(firm, ayse, can, zoe)
