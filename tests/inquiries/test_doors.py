"""Every page and object of inquiries by strangers, other exporters, other importers, and colleagues who only look."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from asking import HOME, World, ask, quote, recipient_of, sent
from people import make_member, make_person, post_form, sign_in

from kervan.db import fetch, fetchval
from kervan.errors import NotFound
from kervan.inquiries import accepting, access, lists, queries
from kervan.inquiries.lists import Filters
from kervan.orders.tables import Side


class Paths:
    """The addresses of one inquiry with a quote, a draft and a deal."""

    def __init__(self, world: World, inquiry: str, recipient: str, deal: str) -> None:
        buyer, seller = f"/en/desk/{world.buyer.org}", f"/en/desk/{world.ayse.org}"
        self.of_buyer = [
            f"{buyer}/inquiries/{inquiry}",
            f"{buyer}/inquiries/{inquiry}/{recipient}",
            f"{buyer}/inquiries/{inquiry}/{recipient}/accept",
            f"{buyer}/inquiries/new",
            f"{buyer}/inquiries",
            f"{buyer}/inquiries.csv",
            f"{buyer}/deals/{deal}",
        ]
        self.of_seller = [
            f"{seller}/inquiries/{recipient}",
            f"{seller}/inquiries/{recipient}/quote",
            f"{seller}/inquiries",
            f"{seller}/deals/{deal}",
        ]
        self.posts_of_buyer = [
            f"{buyer}/inquiries/{inquiry}/close",
            f"{buyer}/inquiries/{inquiry}/reveal",
            *(
                f"{buyer}/inquiries/{inquiry}/{recipient}/{step}"
                for step in ("messages", "shortlist", "decline", "accept")
            ),
            f"{buyer}/inquiries/new",
        ]
        self.posts_of_seller = [
            *(
                f"{seller}/inquiries/{recipient}/{step}"
                for step in ("messages", "decline", "quote", "quote/discard", "quote/withdraw")
            ),
            f"{seller}/deals/{deal}/steps",
            f"{seller}/deals/{deal}/end",
        ]


@pytest.fixture
async def paths(world: World) -> Paths:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse)
    made = await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision)
    assert made.deal is not None
    return Paths(world, inquiry, await recipient_of(inquiry, world.ayse), made.deal)


async def test_the_two_sides_open_their_own_pages(
    client: httpx.AsyncClient, world: World, paths: Paths
) -> None:
    await sign_in(client, world.buyer.person)
    assert {path: (await client.get(path)).status_code for path in paths.of_buyer} == dict.fromkeys(
        paths.of_buyer, 200
    )
    await sign_in(client, world.ayse.person)
    assert {path: (await client.get(path)).status_code for path in paths.of_seller} == dict.fromkeys(
        paths.of_seller, 200
    )


async def test_invariant_13_strangers_find_nothing(
    client: httpx.AsyncClient, world: World, paths: Paths
) -> None:
    for side in (world.can, world.other_exporter, world.other_buyer):
        await sign_in(client, side.person)
        for path in (*paths.of_buyer, *paths.of_seller):
            assert (await client.get(path)).status_code == 404, path
        for path in (*paths.posts_of_buyer, *paths.posts_of_seller):
            assert (await post_form(client, path, of="/en/privacy")).status_code == 404, path


async def test_invariant_13_the_ids_of_others_do_not_work_under_ones_own_desk(
    client: httpx.AsyncClient, world: World, paths: Paths
) -> None:
    for side in (world.can, world.other_exporter):
        await sign_in(client, side.person)
        for path in (*paths.of_seller, *paths.posts_of_seller):
            own = path.replace(world.ayse.org, side.org)
            if own.endswith("/inquiries"):
                continue
            assert (await client.get(own)).status_code in (404, 405), own
            if path in paths.posts_of_seller:
                assert (await post_form(client, own, of="/en/privacy")).status_code == 404, own
    await sign_in(client, world.other_buyer.person)
    for path in (*paths.of_buyer, *paths.posts_of_buyer):
        own = path.replace(world.buyer.org, world.other_buyer.org)
        if own.endswith(("/inquiries", "/inquiries.csv", "/new")):
            continue
        assert (await client.get(own)).status_code in (404, 405), own
        if path in paths.posts_of_buyer:
            assert (await post_form(client, own, of="/en/privacy")).status_code == 404, own


async def test_colleagues_who_only_look_see_and_change_nothing(
    client: httpx.AsyncClient, world: World, paths: Paths
) -> None:
    viewer = await make_person("Vera Viewer")
    await make_member(world.buyer.firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    for path in paths.of_buyer:
        status = 403 if path.endswith(("/accept", "/new")) else 200
        assert (await client.get(path)).status_code == status, path
    for path in paths.posts_of_buyer:
        assert (await post_form(client, path, of="/en/privacy")).status_code == 403, path
    editor = await make_person("Emin Editor")
    await make_member(world.ayse.firm, editor, "EDITOR")
    await sign_in(client, editor)
    for path in paths.of_seller:
        assert (await client.get(path)).status_code == (403 if path.endswith("/quote") else 200), path
    for path in paths.posts_of_seller:
        assert (await post_form(client, path, of="/en/privacy")).status_code == 403, path


async def test_visitors_sign_in_first(client: httpx.AsyncClient, paths: Paths) -> None:
    for path in (*paths.of_buyer, *paths.of_seller):
        assert (await client.get(path)).headers["location"].startswith("/en/sign-in"), path


async def test_invariant_13_no_page_of_an_exporter_tells_of_the_others(
    client: httpx.AsyncClient, world: World
) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel, line={"unit_price": Decimal("7.77")})
    await quote(inquiry, world.can, world.oil, line={"unit_price": Decimal("8.88")})
    await sign_in(client, world.can.person)
    own = f"/en/desk/{world.can.org}/inquiries"
    for path in (
        own,
        f"{own}.csv",
        f"{own}/{await recipient_of(inquiry, world.can)}",
        f"{own}/{await recipient_of(inquiry, world.can)}/quote",
    ):
        page = (await client.get(path)).text
        assert "Ayşe" not in page, path
        assert "7.77" not in page, path
        assert "777" not in page, path
        assert await recipient_of(inquiry, world.ayse) not in page, path
        # Nor the address of the whole, under which its parts stand.
        assert inquiry not in page, path


async def test_invariant_13_an_anonymous_buyer_stands_nowhere_by_name(
    client: httpx.AsyncClient, world: World
) -> None:
    inquiry = await ask(world, anonymous=True)
    await sign_in(client, world.ayse.person)
    own = f"/en/desk/{world.ayse.org}/inquiries"
    recipient = await recipient_of(inquiry, world.ayse)
    for path in (own, f"{own}?q=Nordlicht", f"{own}.csv", f"{own}/{recipient}", f"{own}/{recipient}/quote"):
        page = (await client.get(path)).text
        page = page.replace("q=Nordlicht", "").replace('value="Nordlicht"', "")
        assert "Nordlicht" not in page, path
        assert "Petersen" not in page, path
    assert "A buyer from Germany" in (await client.get(f"{own}/{recipient}")).text
    found, _ = await lists.rows("EXPORTER", world.ayse.firm.entity, Filters(text="Nordlicht"))
    assert found == []


async def test_invariant_13_an_exporters_place_is_found_by_itself_only(world: World) -> None:
    inquiry = await ask(world)
    mine, theirs = await recipient_of(inquiry, world.ayse), await recipient_of(inquiry, world.can)
    with pytest.raises(NotFound):
        await access.received(world.ayse.caller, world.ayse.org, theirs)
    with pytest.raises(NotFound):
        await access.asked(world.ayse.caller, world.ayse.org, inquiry)
    with pytest.raises(NotFound):
        await access.asked(world.buyer.caller, world.buyer.org, inquiry, "aaaaaaaaaaaa")
    part = await access.received(world.ayse.caller, world.ayse.org, mine)
    shown = await queries.inquiry(part.inquiry, world.can.firm.entity)
    assert [(line.product, line.sku) for line in shown.lines] == [(None, None)]


async def test_an_importer_never_gets_a_draft(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await quote(inquiry, world.ayse, world.towel, send=False, note="SECRET DRAFT")
    part = await sent(world, inquiry, world.ayse)
    assert part.recipient is not None
    found: list[Any] = [
        *(await queries.quotes_of(part.inquiry)),
        *(await queries.recipients(part.inquiry)),
        *(await queries.quotes_to(part.recipient, Side.IMPORTER)),
    ]
    assert "SECRET DRAFT" not in str(found)


async def test_an_order_and_its_quote_belong_together(world: World) -> None:
    inquiry = await ask(world)
    saved = await quote(inquiry, world.ayse, world.towel)
    await accepting.accept(world.buyer.caller, await sent(world, inquiry, world.ayse), saved.revision, HOME)
    quoted = await fetchval("SELECT id FROM quote")
    assert (await queries.became(quoted))["order_id"] == (await fetch("SELECT public_id FROM trade_order"))[
        0
    ][0]
