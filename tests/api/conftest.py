"""The whole application on a clean database, with two exporters and a few products that can be found."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from emptying import empty_tables
from factories import ACTOR, make_exporter, make_product, product_input
from litestar import Litestar

from kervan.db import fetch
from kervan.discovery import queries as discovery
from kervan.discovery.indexing import index_products
from kervan.exporters.service import change_verification
from kervan.exporters.tables import Verification
from kervan.nomenclature.queries import forget_counts
from kervan.products.inputs import TextInput
from kervan.products.service import save_many


@pytest.fixture(scope="module")
async def app(_migrated: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Litestar]:
    """One for all tests of a file: they only read."""
    from kervan.app import create_app
    from kervan.db import pool
    from kervan.settings import load

    async with pool(5):
        await empty_tables()
        discovery.forget_numbers()
        forget_counts()
        data = tmp_path_factory.mktemp("data")
        settings = msgspec.structs.replace(load(), data=data, api_limit="", public_url="https://kervan.test")
        made = create_app(settings, with_worker=False)
        async with made.lifespan():
            yield made
    forget_counts()


@pytest.fixture(scope="module")
async def api(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://kervan.test") as client:
        yield client


@pytest.fixture(scope="module")
async def stock(app: Litestar) -> None:
    """Ayşe's 25 towels and a robe, Can's olive oil, and the products of a suspended firm, which nobody may see."""
    ayse = await make_exporter()
    await save_many(ayse, [product_input(f"HV-{n}", texts=_towel(n)) for n in range(1, 26)], ACTOR)
    ids = [row["id"] for row in await fetch("SELECT id FROM product ORDER BY id")]
    robe = {"tr": TextInput("Bornoz"), "en": TextInput("Bathrobe & <b>belt</b>")}
    ids.append(await make_product(ayse, "BZ-1", texts=robe, hs_code="620891000000", tiers=(), currency=None))
    can = await make_exporter(
        "can-zeytin",
        trade_name="Can Zeytin",
        legal_name="Can Zeytincilik Ltd. Şti.",
        province="10",
        sectors=("olive-oil-fats",),
    )
    oil = {"tr": TextInput("Sızma zeytinyağı"), "en": TextInput("Extra virgin olive oil")}
    ids.append(await make_product(can, "ZY-1", texts=oil, hs_code="150920000000"))
    gone = await make_exporter("kapali-havlu", trade_name="Kapalı Havlu")
    ids.append(await make_product(gone, "KH-1", texts={"tr": TextInput("Kapalı havlu")}))
    await change_verification(gone, Verification.SUSPENDED, ACTOR, reason="test")
    await index_products(app.state.search, ids)


def _towel(number: int) -> dict[str, TextInput]:
    return {"tr": TextInput(f"Pamuk havlu {number}"), "en": TextInput(f"Cotton towel {number}", "Soft.")}
