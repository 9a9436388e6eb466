"""A firm abroad with its owner, and the people who verify it."""

import pytest
from importers_parts import Owned
from people import make_importer, make_member, make_ministry, make_person, make_post


@pytest.fixture
async def buyer(db: None) -> Owned:
    """An active importer in Germany and its owner."""
    firm = await make_importer(website="https://nordlicht-handel.de")
    person = await make_person("Jonas Petersen", "jonas@nordlicht-handel.de")
    await make_member(firm, person, "OWNER")
    return Owned(firm, person)


@pytest.fixture
async def post_de(db: None) -> Owned:
    """The post in Germany with a counsellor in office."""
    firm = await make_post("DE")
    person = await make_person("Zeynep Kaya")
    await make_member(firm, person, "COUNSELLOR")
    return Owned(firm, person)


@pytest.fixture
async def post_fr(db: None) -> Owned:
    """The post in France with an attaché in office."""
    firm = await make_post("FR")
    person = await make_person("Can Demir")
    await make_member(firm, person, "ATTACHE")
    return Owned(firm, person)


@pytest.fixture
async def ministry(db: None) -> Owned:
    """The Ministry and an administrator."""
    firm = await make_ministry()
    person = await make_person("Elif Arslan")
    await make_member(firm, person, "ADMIN")
    return Owned(firm, person)
