"""The public page of an event: what everybody reads, which button it has, and that nothing else gets out."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import eventing
import httpx
import pytest
from event_reading import index, path, plain, read
from eventing import Fair
from litestar import Litestar
from pictures import pdf, photo

from kervan.db import execute, fetchval
from kervan.events import public_queries, service, standing, views
from kervan.events.structs import Session, Text
from kervan.files import store

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


HOUR = timedelta(hours=1)


SECRET = "https://meet.example/room-4711"


ONLINE: dict[str, Any] = {
    "kind": "VIRTUAL_MISSION", "format": "ONLINE", "country": None, "province": None, "city": "", "venue": "",
    "address": "", "online_url": SECRET, "target_countries": ("DE", "FR"),
}  # fmt: skip


async def test_a_visitor_reads_the_whole_event(client: httpx.AsyncClient, fair: Fair) -> None:
    start = NOW + timedelta(days=30)
    made = await eventing.make_event(
        fair.union, starts_at=start, ends_at=start + timedelta(days=2), target_countries=("DE", "AT"),
        support_reference="Decision 5986", contact_name="Ege Tuna", contact_phone="+90 258 555 12 34",
        capacity_importers=40, fee_importers=Decimal("0"), fee_exporters=Decimal("1250"), fee_currency="EUR",
        sessions=(
            Session(starts_at=start, ends_at=start + HOUR, title="Welcome", speakers=("Ege Tuna, chair",)),
            Session(
                starts_at=start + 24 * HOUR, ends_at=start + 26 * HOUR, title="Round table", place="Room B",
                language="tr",
            ),
        ),
    )  # fmt: skip
    page = plain(await read(client, path(made)))
    for said in (
        "Denizli home textile fair", "Two hundred makers", "Open to trade visitors.", "Fair hall", "Çınar Cad. 1",
        "Denizli", "Türkiye", "English and Turkish", "Germany and Austria", "Decision 5986", "Ege Tuna", "6302",
        "+90 258 555 12 34", "Welcome", "Ege Tuna, chair", "Round table", "Room B", "Home textiles", "€1,250",
        "40 of 40 places are left.", "There is room for everybody.", "Registration is open", "Sign in and register",
        "Ask for an invitation without an account", "Add to calendar", "Denizli exporters' association",
    ):  # fmt: skip
        assert said in page, said
    assert "free" in page


async def test_an_old_title_leads_to_the_right_address_in_each_language(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    answer = await client.get(f"/en/events/carpets-{made.public_id}?from=mail")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{path(made)}?from=mail")
    turkish = await client.get(f"/tr/events/{path(made).rpartition('/')[2]}")
    assert turkish.headers["location"] == f"/tr/events/denizli-ev-tekstili-fuari-{made.public_id}"
    page = await read(client, path(made))
    assert f'hreflang="tr" href="https://kervan.test{path(made, "tr")}"' in page
    assert f'<link rel="canonical" href="https://kervan.test{path(made)}">' in page
    for unknown in (
        "x",
        "fair-aaaaaaaaaaaa",
        "%00",
        "' OR 1=1",
        f"x-{made.public_id}.pdf",
        f"{made.public_id}.ics.ics",
    ):
        assert (await client.get(f"/en/events/{unknown}")).status_code in (301, 404), unknown


@pytest.mark.parametrize("kind", ["draft", "submitted", "returned", "approved", "cancelled before"])
async def test_what_was_never_announced_is_there_for_nobody(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair, kind: str
) -> None:
    mission = {"kind": "TRADE_MISSION", "country": "DE", "province": None, "city": "Berlin"}
    made = await eventing.drafted(fair.union, **mission)
    if kind != "draft":
        await service.submit(fair.union.caller, made.public_id)
    if kind == "returned":
        await service.give_back(fair.ministry.caller, made.public_id, "Say what it costs.")
    if kind in ("approved", "cancelled before"):
        await service.approve(fair.ministry.caller, made.public_id)
    if kind == "cancelled before":
        await service.cancel(fair.union.caller, made.public_id, "No hall.")
    await index(fresh_app.state.search)
    for who in (None, fair.union, fair.ministry, fair.ayse, fair.jonas):
        for address in (
            path(made),
            f"{path(made)}.ics",
            f"{path(made)}/share.png",
            f"/api/v1/events/{made.public_id}",
        ):
            await read(client, address, who, 404)
        for listing in (
            "/en/events",
            "/en/events?phase=past",
            "/en/events.ics",
            "/en/events.atom",
            "/api/v1/events",
        ):
            assert made.public_id not in await read(client, listing, who)
    month = f"{made.content.starts_at:%Y-%m}"
    assert made.public_id not in await read(client, f"/en/events/calendar/{month}")
    await eventing.make_event(fair.union)
    assert made.public_id not in await read(client, "/sitemaps/events-1.xml")


async def test_the_online_address_is_told_to_nobody_in_public(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union, **ONLINE)
    await index(fresh_app.state.search)
    month = f"{made.content.starts_at:%Y-%m}"
    for address in (
        path(made), f"{path(made)}.ics", "/en/events", "/en/events?q=meet.example", "/en/events.ics", "/en/events.atom",
        "/api/v1/events", f"/api/v1/events/{made.public_id}", f"/en/events/calendar/{month}", "/tr/events", "/en",
    ):  # fmt: skip
        for who in (None, fair.jonas, fair.ayse, fair.post):
            said = await read(client, address, who)
            assert "room-4711" not in said, address
            assert "meet.example" not in said.replace("?q=meet.example", "").replace(
                "q=meet.example", ""
            ).replace('value="meet.example"', "").replace("“<bdi>meet.example</bdi>”", "").replace(
                "“meet.example”", ""
            ), address
    assert "Who is registered gets the link to join." in await read(client, path(made))


async def test_a_cancelled_event_keeps_its_page_and_says_why(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    other = await eventing.make_event(
        fair.union, texts=(Text(language="en", title="Bathrobe days", summary="Robes."),)
    )
    await service.cancel(fair.union.caller, made.public_id, "The hall burnt down & <b>more</b>.")
    await index(fresh_app.state.search)
    page = await read(client, path(made))
    assert "The hall burnt down &amp; &lt;b&gt;more&lt;/b&gt;." in page
    assert '<meta name="robots" content="noindex">' in page
    assert "/register" not in page.replace('href="/en/register"', "")
    assert other.public_id in page
    assert "https://schema.org/EventCancelled" in page
    assert made.public_id not in await read(client, "/en/events")
    shown = (await client.get(f"/api/v1/events/{made.public_id}")).json()["data"]
    assert (shown["phase"], shown["cancelled_because"]) == ("CANCELLED", "The hall burnt down & <b>more</b>.")
    assert "STATUS:CANCELLED" in (await client.get(f"{path(made)}.ics")).text
    listed = await read(client, "/sitemaps/events-1.xml")
    assert (made.public_id in listed, other.public_id in listed) == (False, True)


@pytest.mark.parametrize(
    ("changes", "by", "way"),
    [
        ({"registration": "NONE"}, 0, "NONE"),
        ({"registration_opens_at": NOW + timedelta(days=3)}, 0, "LATER"),
        ({"registration_opens_at": NOW + timedelta(days=3)}, -4, "REGISTER"),
        ({"registration_closes_at": NOW + timedelta(days=3)}, -4, "CLOSED"),
        ({"registration": "EXTERNAL", "registration_url": "https://fair.example/in"}, 0, "EXTERNAL"),
        ({}, 0, "REGISTER"),
        ({}, -30.5, "CLOSED"),
        ({"registration_closes_at": NOW + timedelta(days=32)}, -30.5, "REGISTER"),
        ({}, -60, "DONE"),
    ],
)
async def test_the_button_fits_the_state(
    client: httpx.AsyncClient, fair: Fair, changes: dict[str, Any], by: float, way: str
) -> None:
    made = await eventing.make_event(fair.union, **changes)
    made = await eventing.shift(made, timedelta(days=by))
    rooms = await public_queries.rooms(made)
    assert standing.standing(made, rooms, None).way == way
    page = await read(client, path(made))
    sentences = {
        "NONE": "No registration is needed here", "LATER": "Registration has not begun",
        "CLOSED": "Registration is closed", "EXTERNAL": "Register with the organiser",
        "REGISTER": "Sign in and register", "DONE": "This event is over",
    }  # fmt: skip
    assert [name for name, said in sentences.items() if said in page and name not in ("CLOSED",)] == (
        [way] if way != "CLOSED" else []
    )
    assert (f'href="{path(made)}/register"' in page) == (way == "REGISTER")
    assert ("https://fair.example/in" in page) == (way == "EXTERNAL")


async def test_who_may_register_gets_the_button_and_others_a_sentence(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    for who in (fair.jonas, fair.ayse):
        page = await read(client, path(made), who)
        assert "Register your firm" in page
        assert "/guest" not in page
    page = await read(client, path(made), fair.post)
    assert "Your role does not" in page
    assert f'href="{path(made)}/register"' not in page
    page = await read(client, path(made), fair.union)
    assert f'href="/en/staff/events/{made.public_id}"' in page


async def test_a_full_event_says_so_and_offers_the_waiting_list(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union, capacity_importers=1, capacity_exporters=0)
    await execute(
        "INSERT INTO registration (public_id, event, organisation, side, state) VALUES ('reg000000001', $1, $2,"
        " 'IMPORTER', 'CONFIRMED')",
        made.id,
        fair.zoe.membership.organisation,
    )
    page = plain(await read(client, path(made), fair.jonas))
    assert "The only place is taken." in page
    assert "Join the waiting list" in page
    assert "not for them" in page
    room = (await client.get(f"/api/v1/events/{made.public_id}")).json()["data"]["importers"]
    assert (room["capacity"], room["left"]) == (1, 0)


async def test_markup_in_an_event_is_text_everywhere(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    evil = "<script>alert(1)</script> & towels</title>"
    made = await eventing.make_event(
        fair.union, texts=(Text(language="en", title=evil, summary=evil, text=evil),), venue='"><img src=x>',
        city="<b>D</b>", organiser_name="</script><script>alert(2)", contact_name="<i>x</i>",
    )  # fmt: skip
    await index(fresh_app.state.search)
    month = f"{made.content.starts_at:%Y-%m}"
    for address in (path(made), "/en/events?q=towels", "/en", f"/en/events/calendar/{month}"):
        page = await read(client, address)
        assert "<script>alert" not in page
        assert "towels</title>" not in page
        assert "<img src=x>" not in page
        assert "<b>D</b>" not in page


async def test_texts_keep_their_language_and_direction(client: httpx.AsyncClient, fair: Fair) -> None:
    made = await eventing.make_event(
        fair.union, texts=(Text(language="en", title="Only in English", summary="A sentence."),)
    )
    page = await read(client, path(made, "tr"))
    assert re.search(r'<h1[^>]*lang="en"[^>]*dir="auto"[^>]*>Only in English', page)


async def test_readers_are_counted_but_not_the_organiser_and_no_programs(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    views.forget()
    made = await eventing.make_event(fair.union)
    client.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
    for who in (None, None, fair.jonas, fair.union):
        await read(client, path(made), who)
    client.headers["user-agent"] = "Googlebot/2.1"
    await read(client, path(made))
    assert (await views.flush(), await views.flush()) == (1, 0)
    assert await fetchval("SELECT views FROM event_view WHERE event = $1", made.id) == 3


async def test_pictures_and_documents_come_with_the_event(client: httpx.AsyncClient, fair: Fair) -> None:
    made = await eventing.make_event(fair.union)
    document = pdf("Floor plan")
    picture = photo(640, 480)
    for use, name, kind, data, id in (
        ("DOCUMENT", "Salon planı.pdf", "application/pdf", document, "doc000000001"),
        ("PICTURE", "hall.jpg", "image/jpeg", picture, "pic000000001"),
    ):
        kept = await store.put("events", data, "bin")
        await execute(
            "INSERT INTO event_file (public_id, event, use, name, content_type, path, size, sha256)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, '\\x00')",
            id, made.id, use, name, kind, kept, len(data),
        )  # fmt: skip
    page = await read(client, path(made))
    assert "Salon planı.pdf" in page
    assert f'src="{path(made)}/picture?v=pic000000001"' in page
    answer = await client.get(f"{path(made)}/files/doc000000001")
    assert (answer.status_code, answer.content) == (200, document)
    assert answer.headers["content-disposition"].startswith("attachment;")
    answer = await client.get(f"{path(made)}/picture")
    assert (answer.content, answer.headers["content-type"]) == (picture, "image/jpeg")
    assert (await client.get(f"{path(made)}/files/pic000000001")).status_code == 404
    assert (await client.get(f"{path(made)}/files/aaaaaaaaaaaa")).status_code == 404
    other = await eventing.make_event(
        fair.union, texts=(Text(language="en", title="Another one", summary="Yes."),)
    )
    assert (await client.get(f"{path(other)}/files/doc000000001")).status_code == 404
    assert (await client.get(f"{path(other)}/picture")).status_code == 404
