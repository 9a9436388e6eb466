"""A small world with one caller of every kind, for the walk through all doors."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx
from factories import make_exporter, make_product
from litestar import Litestar
from people import (
    Firm,
    firm_of,
    make_association,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    make_post,
    sign_in,
)

from kervan.db import execute, fetchval

CALLERS = (
    "anonymous",
    "nobody",  # signed in, member of nothing
    "stranger",  # owner of another exporter
    "owner",
    "editor",
    "order_desk",
    "viewer",
    "other_importer",
    "importer_owner",
    "buyer",
    "importer_viewer",
    "post",  # of the importer's country
    "other_post",
    "former_post",  # whose term is over
    "association",  # of the exporter
    "other_association",
    "admin",
)


class World(NamedTuple):
    """Whose address is whose: `names` fills the parameters of paths."""

    app: Litestar
    people: dict[str, int]
    exporter: Firm
    importer: Firm
    names: dict[str, str]

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://kervan.test")

    async def enter(self, client: httpx.AsyncClient, caller: str) -> None:
        client.cookies.clear()
        if caller != "anonymous":
            await sign_in(client, self.people[caller])


async def make_world(app: Litestar) -> World:
    """Exporter of DENİB with a product, importer in Germany, posts, associations, the Ministry, and their people."""
    exporter_id = await make_exporter("ayse-havlu", association="DENİB")
    product = await make_product(exporter_id)
    exporter = await firm_of(exporter_id)
    other = await firm_of(await make_exporter("zoe-iplik", trade_name="Zoe İplik"))
    importer, other_importer = await make_importer(), await make_importer("Lumière SARL", "FR")
    germany, france = await make_post("DE"), await make_post("FR")
    denib, eib = await make_association("DENİB"), await make_association("EİB")
    ministry = await make_ministry()
    places: dict[str, tuple[Firm, str]] = {
        "stranger": (other, "OWNER"),
        "owner": (exporter, "OWNER"),
        "editor": (exporter, "EDITOR"),
        "order_desk": (exporter, "ORDER_DESK"),
        "viewer": (exporter, "VIEWER"),
        "other_importer": (other_importer, "OWNER"),
        "importer_owner": (importer, "OWNER"),
        "buyer": (importer, "BUYER"),
        "importer_viewer": (importer, "VIEWER"),
        "post": (germany, "ATTACHE"),
        "other_post": (france, "ATTACHE"),
        "former_post": (germany, "COUNSELLOR"),
        "association": (denib, "STAFF"),
        "other_association": (eib, "STAFF"),
        "admin": (ministry, "ADMIN"),
    }
    people = {}
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for caller in CALLERS[1:]:
        secret = None if caller not in places or places[caller][0].entity else "set up"
        people[caller] = await make_person(
            caller.replace("_", " ").title(),
            totp_secret=secret,
            totp_confirmed_at=datetime.now(UTC) if secret else None,
        )
        if caller in places:
            firm, role = places[caller]
            await make_member(
                firm, people[caller], role, valid_to=yesterday if caller == "former_post" else None
            )
    # A second admin and owner, so that nothing is refused because somebody is the last.
    await make_member(ministry, await make_person("Second Admin"), "ADMIN")
    await make_member(exporter, await make_person("Second Owner"), "OWNER")
    await execute("UPDATE exporter SET organisation = organisation WHERE id = $1", exporter_id)
    public = {
        "exporter": exporter.public_id,
        "importer": importer.public_id,
        "importer_id": await fetchval("SELECT public_id FROM importer WHERE id = $1", importer.entity),
        "product": await fetchval("SELECT public_id FROM product WHERE id = $1", product),
        "owner_id": await fetchval("SELECT public_id FROM person WHERE id = $1", people["owner"]),
        "viewer_id": await fetchval("SELECT public_id FROM person WHERE id = $1", people["viewer"]),
    }
    return World(app, people, exporter, importer, public)
