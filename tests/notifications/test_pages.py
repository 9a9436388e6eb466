"""The bell in the header, its page, and the way on from one notification."""

import re

import httpx
import pytest
from notifying import House, ids, told
from people import mails, post_form, sign_in

from kervan.db import execute
from kervan.notifications import queries
from kervan.notifications.queries import Reader


def figure(page: httpx.Response) -> str:
    """What the first bell of a page shows; '' for nothing."""
    found = re.search(r'class="bell-count num"[^>]*?(hidden)?\s*>([^<]*)<', page.text)
    assert found
    return "" if found[1] else found[2].strip()


async def test_visitors_have_no_bell_and_are_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    page = await client.get("/en/about")
    assert "data-bell" not in page.text
    assert "bell.js" not in page.text
    for path in ("", "/latest", "/stream", "/no-such-id"):
        answer = await client.get(f"/en/notifications{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert "/en/sign-in" in answer.headers["location"]


async def test_the_bell_counts_on_every_page_of_somebody_signed_in(
    client: httpx.AsyncClient, house: House
) -> None:
    await sign_in(client, house.ayse)
    page = await client.get("/en/about")
    assert figure(page) == ""
    assert 'aria-label="Notifications"' in page.text
    await told(house.ayse, number="SP-1")
    await told(house.can, number="SP-1", source="x")
    page = await client.get("/tr/products")
    assert figure(page) == "1"
    for number in range(2, 12):
        await told(house.ayse, number=f"SP-{number}")
    page = await client.get(f"/en/desk/{house.firm.public_id}")
    assert figure(page) == "9+"
    assert 'aria-label="Notifications, 11 unread"' in page.text
    assert 'data-bell-stream="/en/notifications/stream"' in page.text


async def test_staff_without_their_second_factor_have_no_bell_yet(
    client: httpx.AsyncClient, house: House
) -> None:
    from people import make_member, make_ministry

    await make_member(await make_ministry(), house.zoe, "ADMIN")
    await sign_in(client, house.zoe, factor=False)
    page = await client.get("/en/about")
    assert "data-bell" not in page.text


async def test_the_page_lists_the_own_ones_newest_first_25_at_a_time(
    client: httpx.AsyncClient, house: House
) -> None:
    await sign_in(client, house.ayse)
    assert "No notifications yet" in (await client.get("/en/notifications")).text
    for number in range(1, 31):
        await told(house.ayse, number=f"SP-{number:03}")
    await told(house.can, number="SP-999")
    first = await client.get("/en/notifications")
    assert re.findall(r"SP-\d{3}", first.text) == [f"SP-{number:03}" for number in range(30, 5, -1)]
    assert "30 notifications" in first.text
    second = await client.get("/en/notifications?page=2")
    assert re.findall(r"SP-\d{3}", second.text) == [f"SP-{number:03}" for number in range(5, 0, -1)]
    assert (await client.get("/en/notifications?page=99")).text.count("told-line") == 5
    assert (await client.get("/en/notifications?page=x")).status_code == 422
    latest = await client.get("/en/notifications/latest")
    assert re.findall(r"SP-\d{3}", latest.text) == [f"SP-{number:03}" for number in range(30, 25, -1)]
    assert "<html" not in latest.text
    assert latest.headers["cache-control"] == "private, no-store"


async def test_opening_one_marks_it_as_read_and_leads_on_in_the_readers_language(
    client: httpx.AsyncClient, house: House
) -> None:
    await told(house.ayse, number="SP-1", path="/help?q=a#b")
    await told(house.ayse, number="SP-2")
    await sign_in(client, house.ayse)
    newest, oldest = await ids(house.ayse)
    ahead = await client.get(f"/tr/notifications/{oldest}", headers={"Sec-Purpose": "prefetch;prerender"})
    assert ahead.headers["location"] == "/tr/help?q=a#b"
    assert figure(await client.get("/tr/about")) == "2"
    opened = await client.get(f"/tr/notifications/{oldest}")
    assert opened.status_code == 303
    assert opened.headers["location"] == "/tr/help?q=a#b"
    page = await client.get("/tr/notifications")
    assert figure(page) == "1"
    unread = await client.get("/en/notifications?show=unread")
    assert "SP-2" in unread.text
    assert "SP-1" not in unread.text
    await client.get(f"/en/notifications/{newest}")
    assert "Everything is read" in (await client.get("/en/notifications?show=unread")).text


async def test_those_of_others_do_not_exist(client: httpx.AsyncClient, house: House) -> None:
    await told(house.ayse, organisation=house.firm.id)
    [others] = await ids(house.ayse)
    await sign_in(client, house.zoe)
    assert (await client.get(f"/en/notifications/{others}")).status_code == 404
    assert (await client.get("/en/notifications/no-such-id")).status_code == 404
    assert await queries.unread(Reader(house.ayse)) == 1
    # Nor does what a firm was told to who has left it.
    await sign_in(client, house.ayse)
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", house.ayse)
    assert (await client.get(f"/en/notifications/{others}")).status_code == 404


async def test_all_are_marked_as_read_by_a_form_of_this_site_only(
    client: httpx.AsyncClient, house: House
) -> None:
    await told(house.ayse, house.can)
    await sign_in(client, house.ayse)
    forged = await client.post("/en/notifications/read", data={})
    assert forged.status_code == 403
    assert await queries.unread(Reader(house.ayse)) == 1
    done = await post_form(client, "/en/notifications/read", of="/en/notifications")
    assert done.headers["location"] == "/en/notifications?said=all-read"
    page = await client.get(done.headers["location"])
    assert "All are marked as read." in page.text
    assert figure(page) == ""
    assert "Mark all as read" not in page.text
    assert await queries.unread(Reader(house.can)) == 1


async def test_values_stand_as_text_on_the_page(client: httpx.AsyncClient, house: House) -> None:
    await told(house.ayse, number="<script>alert(1)</script>")
    await sign_in(client, house.ayse)
    page = await client.get("/en/notifications")
    assert "<script>alert" not in page.text
    assert "New message about <bdi>&lt;script&gt;" in page.text


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_a_mail_of_the_firm_is_told_under_the_bell_too(
    client: httpx.AsyncClient, house: House, language: str
) -> None:
    from kervan.db import transaction
    from kervan.orders import letters

    async def arrived(source: str | None) -> None:
        async with transaction() as tx:
            await letters.tell(
                tx.connection, house.firm.id, "message_received", "/orders/abc", source=source,
                number="SP-7", who="Nordlicht", country="DE", text="our secret", files=0,
            )  # fmt: skip

    await arrived("message 1")
    await arrived("message 1")
    assert await queries.unread(Reader(house.ayse)) == await queries.unread(Reader(house.can)) == 1
    await arrived(None)
    await arrived(None)
    assert await queries.unread(Reader(house.ayse)) == 3
    assert len(await mails()) == 8
    await sign_in(client, house.can)
    page = await client.get(f"/{language}/notifications")
    assert "SP-7" in page.text
    assert "our secret" not in page.text
    newest = (await ids(house.can))[0]
    opened = await client.get(f"/{language}/notifications/{newest}")
    assert opened.headers["location"] == f"/{language}/desk/{house.firm.public_id}/orders/abc"
