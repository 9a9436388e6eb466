"""Trade attacked: what one side must not learn of another, and the keys of programs."""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from asking import HOME, ask, make_world, quote, received, recipient_of, sent
from keying import a_key, an_order_body, buying, selling
from litestar import Litestar
from ordering import a_trade, an_order
from papering import a_carrier, accepted, invoiced
from people import count, mails, sign_in

from kervan.conversations import service as conversations
from kervan.conversations.parties import INQUIRY
from kervan.db import execute, fetch, fetchval
from kervan.inquiries import accepting, quotes
from kervan.orders.deadlines import today
from kervan.webhooks.events import EVENTS

pytestmark = pytest.mark.usefixtures("db")
API = "/api/v1"


# Who reads what


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: where a session comes along, a key is not looked at."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


async def test_13_an_exporter_does_not_learn_that_another_has_answered(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    world = await make_world()
    inquiry = await ask(world)
    key = await a_key(world.can.firm, world.can.person, "view", "orders")
    path = f"{API}/inquiries/{await recipient_of(inquiry, world.can)}"
    page = f"/en/desk/{world.can.org}/inquiries/{await recipient_of(inquiry, world.can)}"
    await sign_in(client, world.can.person)

    async def seen() -> tuple[Any, Any, str]:
        one = (await program.get(path, headers=key)).json()["data"]
        many = (await program.get(f"{API}/inquiries", headers=key)).json()["data"]
        shown = (await client.get(page)).text
        for row in many:
            row.pop("expires_at")
        return one, many, re.sub(r'value="[^"]{44}"|nonce="[^"]*"', "", shown)

    before = await seen()
    saved = await quote(inquiry, world.ayse, world.towel, line={"unit_price": Decimal("7.77")})
    assert await seen() == before, "the first quote of another changes nothing that this exporter reads"
    await quote(inquiry, world.ayse, world.towel, line={"unit_price": Decimal("6.66")})
    assert await seen() == before
    await quotes.withdraw(world.ayse.caller, await received(inquiry, world.ayse))
    assert await seen() == before
    saved = await quote(inquiry, world.ayse, world.towel)
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME)
    one, many, _ = await seen()
    assert {one["state"], *(row["state"] for row in many)} == {"CLOSED"}, "over, but not how"


async def test_13_an_anonymous_buyer_leaves_no_trace_with_the_exporter(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    world = await make_world()
    await execute("UPDATE importer SET website = 'https://nordlicht.example', city = 'Hamburg-Altona'")
    for side, scope in ((world.ayse, "orders"), (world.buyer, "buy")):
        await execute(
            """INSERT INTO webhook (public_id, organisation, name, url, secret, events, created_by)
            VALUES ($1, $2, 'x', 'https://x.example/', $3, $4, $5)""",
            f"webhook{scope:x<5}"[:12], side.firm.id, "x", list(EVENTS), side.person,
        )  # fmt: skip
    inquiry = await ask(world, anonymous=True, place="", destination="DE")
    part = await sent(world, inquiry, world.ayse)
    assert part.recipient is not None
    await conversations.post(
        INQUIRY, part.recipient, "IMPORTER", world.buyer.caller, world.buyer.membership, "How many a week?"
    )
    await quote(inquiry, world.ayse)
    await quotes.decline(world.buyer.caller, part, "Too dear for us")
    key = await a_key(world.ayse.firm, world.ayse.person, "view", "orders")
    mine = await recipient_of(inquiry, world.ayse)
    await sign_in(client, world.ayse.person)
    own = f"/en/desk/{world.ayse.org}"
    found = {
        "api": (await program.get(f"{API}/inquiries/{mine}", headers=key)).text,
        "list": (await program.get(f"{API}/inquiries", headers=key)).text,
        "page": (await client.get(f"{own}/inquiries/{mine}")).text,
        "quote": (await client.get(f"{own}/inquiries/{mine}/quote")).text,
        "csv": (await client.get(f"{own}/inquiries.csv")).text,
        "desk": (await client.get(own)).text,
        "privacy": (await client.get("/en/privacy/data.json")).text,
        "webhooks": str(
            await fetch(
                """SELECT payload::text FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook
                WHERE w.organisation = $1""",
                world.ayse.firm.id,
            )
        ),
    }
    mail = [
        one
        for one in await mails()
        if one["person"] == world.ayse.person or one["to_address"].startswith("ay")
    ]
    assert mail, "the exporter was written to"
    found["mails"] = str(mail)
    assert "quote.declined" in found["webhooks"]
    email = await fetchval("SELECT email FROM person WHERE id = $1", world.buyer.person)
    public = await fetchval("SELECT public_id FROM importer WHERE id = $1", world.buyer.firm.entity)
    secrets = (
        "Nordlicht",
        "nordlicht",
        "Petersen",
        "Jonas",
        "Altona",
        email,
        world.buyer.org,
        public,
        inquiry,
    )
    told = [f"{where}: {secret}" for where, text in found.items() for secret in secrets if secret in text]
    assert told == []


async def test_13_before_an_order_no_exporter_gets_an_address_of_the_buyer(client: httpx.AsyncClient) -> None:
    world = await make_world()
    inquiry = await ask(world)
    key = await a_key(world.ayse.firm, world.ayse.person, "view", "orders")
    body = (
        await client.get(f"{API}/inquiries/{await recipient_of(inquiry, world.ayse)}", headers=key)
    ).json()
    assert body["data"]["buyer"]["name"] == "Nordlicht Handel GmbH"
    email = await fetchval("SELECT email FROM person WHERE id = $1", world.buyer.person)
    assert email not in str(body)
    assert "phone" not in body["data"]["buyer"]
    await sign_in(client, world.ayse.person)
    page = await client.get(f"/en/desk/{world.ayse.org}/inquiries/{await recipient_of(inquiry, world.ayse)}")
    assert email not in page.text


async def test_13_no_program_of_another_firm_reaches_an_order(client: httpx.AsyncClient) -> None:
    case = await invoiced()
    await a_carrier()
    other = await a_trade("zeki-tekstil")
    paper = await fetchval("SELECT public_id FROM document WHERE kind = 'INVOICE'")
    version, day = await case.version(), today().isoformat()
    parcel = {
        "version": version,
        "carrier": "HIZLI",
        "waybill": "HK1",
        "day": day,
        "packages": 1,
        "gross_g": 46_000,
    }
    path = f"{API}/orders/{case.public_id}"
    for key in (await buying(other), await selling(other)):
        for below in ("", "/documents", f"/documents/{paper}/xml", f"/documents/{paper}/pdf-tr", "/shipment"):
            assert (await client.get(path + below, headers=key)).status_code == 404, below
        for below, body in (
            ("/steps", {"action": "cancel", "version": version, "reason": "Not theirs at all"}),
            ("/offer", {"version": version, "lines": [], "incoterm": "DAP"}),
            ("/hand-over", parcel),
            ("/packing", {"version": version, "packages": 1, "gross_g": 46_000}),
            ("/arrival", {"version": version, "day": day}),
        ):
            answer = await client.post(
                path + below, json=body, headers={**key, "idempotency-key": f"x{below}"}
            )
            assert answer.status_code in (403, 404), (below, answer.text)
        assert (await client.get(f"{API}/orders?q={case.public_id}", headers=key)).json()["total"] == 0
    own_file = f"{API}/orders/{(await an_order(other, 'k-2')).public_id}/documents/{paper}/xml"
    assert (await client.get(own_file, headers=await selling(other))).status_code == 404
    assert await case.state() == "INVOICED"


# Keys of programs


async def test_14_a_program_cannot_take_the_key_of_a_quote_that_will_be_accepted(
    client: httpx.AsyncClient,
) -> None:
    """An order is kept by its key; a quote's order has one of its own, which anybody can guess."""
    world = await make_world()
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    key = await a_key(world.buyer.firm, world.buyer.person, "view", "buy")
    body = {
        "lines": [{"product": world.towel, "quantity": 100}],
        "destination": "DE",
        "incoterm": "DAP",
        "place": "Hamburg",
        "delivery": {"name": HOME.name, "street": HOME.street, "city": HOME.city},
    }
    stolen = {**key, "idempotency-key": f"quote-{saved.public_id}"}
    assert (await client.post(f"{API}/orders", json=body, headers=stolen)).status_code == 201
    made = await accepting.accept(
        world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME
    )
    assert made.order is not None
    assert await count("trade_order") == 2


async def test_14_keys_that_differ_at_their_end_only_are_two_requests(client: httpx.AsyncClient) -> None:
    world = await make_world()
    key = await a_key(world.buyer.firm, world.buyer.person, "view", "buy")
    body = {"exporters": ["ayse-havlu"], "text": "We look for 400 white towels, washed once."}
    made = [
        await client.post(f"{API}/inquiries", json=body, headers={**key, "idempotency-key": "k" * 63 + end})
        for end in "ab"
    ]
    assert [one.status_code for one in made] == [201, 201]
    assert len({one.json()["id"] for one in made}) == 2


async def test_14_one_key_for_another_order_is_refused_and_nothing_is_written(
    client: httpx.AsyncClient,
) -> None:
    trade = await a_trade()
    headers = {**await buying(trade), "idempotency-key": "same"}
    first = await client.post(f"{API}/orders", json=an_order_body(trade), headers=headers)
    again = await client.post(f"{API}/orders", json=an_order_body(trade), headers=headers)
    other = await client.post(f"{API}/orders", json=an_order_body(trade, note="Another"), headers=headers)
    assert [one.status_code for one in (first, again, other)] == [201, 200, 409]
    assert other.json()["detail"]
    assert await count("trade_order") == 1
    many = await asyncio.gather(
        *(
            client.post(
                f"{API}/orders", json=an_order_body(trade), headers={**headers, "idempotency-key": "race"}
            )
            for _ in range(8)
        )
    )
    assert sorted(one.status_code for one in many) == [200] * 7 + [201]
    assert await count("trade_order") == 2


async def test_one_key_for_two_kinds_of_requests_is_refused(client: httpx.AsyncClient) -> None:
    case = await accepted()
    key = {**await selling(case.trade), "idempotency-key": "same"}
    path = f"{API}/orders/{case.public_id}"
    until = today().isoformat()
    made = await client.post(
        f"{path}/proforma", json={"version": await case.version(), "valid_until": until}, headers=key
    )
    assert made.status_code == 200, made.text
    other = await client.post(
        f"{path}/packing",
        json={"version": await case.version(), "packages": 1, "gross_g": 46_000},
        headers=key,
    )
    assert other.status_code == 409
