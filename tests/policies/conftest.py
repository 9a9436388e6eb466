"""A Ministry with three administrators, and the browser of one of them."""

import httpx
import pytest
from litestar import Litestar
from people import make_member, make_ministry, make_person, sign_in
from staffing import Admins


@pytest.fixture
async def admins(db: None) -> Admins:
    ministry = await make_ministry()
    ids = [await make_person(name) for name in ("Aylin Demir", "Bora Kaya", "Ceren Ak")]
    for id in ids:
        await make_member(ministry, id, "ADMIN")
    return Admins(ministry, *ids)


@pytest.fixture
async def desk(fresh_app: Litestar, admins: Admins, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Aylin's browser, signed in with her second factor."""
    await sign_in(client, admins.aylin)
    return client
