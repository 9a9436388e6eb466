"""The public pages of events: what everybody reads of one, which button it has, and that nothing else gets out."""

import html
import io
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import eventing
import httpx
import people
import pytest
from asking import Side
from eventing import Fair
from litestar import Litestar
from pictures import pdf, photo
from PIL import Image, ImageDraw

from kervan.db import execute, fetch, fetchval
from kervan.discovery import indexing
from kervan.events import public_queries, queries, service, share, standing, views
from kervan.events.linked_data import linked_data
from kervan.events.structs import EventShown, Session, Text
from kervan.files import store

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)
SECRET = "https://meet.example/room-4711"
ONLINE: dict[str, Any] = {
    "kind": "VIRTUAL_MISSION", "format": "ONLINE", "country": None, "province": None, "city": "", "venue": "",
    "address": "", "online_url": SECRET, "target_countries": ("DE", "FR"),
}  # fmt: skip


@pytest.fixture
async def fair(fresh_app: Litestar) -> Fair:
    # The list of sitemap files is kept for minutes, by the application that all tests share.
    fresh_app.state.pop("sitemap_files", None)
    return await eventing.make_fair()


async def index(app: Litestar) -> None:
    await execute("UPDATE trade_event SET version = version + 1")
    await indexing.index_events(
        app.state.search, [row["id"] for row in await fetch("SELECT id FROM trade_event")]
    )


def path(event: EventShown, language: str = "en") -> str:
    return f"/{language}/events/{queries.address_of(event.text(language).title, event.public_id)}"


async def read(client: httpx.AsyncClient, address: str, who: Side | None = None, status: int = 200) -> str:
    if who is None:
        people.sign_out(client)
    else:
        await people.sign_in(client, who.person)
    answer = await client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return " ".join(answer.text.split())


def plain(page: str) -> str:
    """The page's words, without its elements."""
    return " ".join(html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", page)).split())


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
    await index(fresh_app)
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
    await index(fresh_app)
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
    await index(fresh_app)
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


async def test_linked_data_says_what_schema_org_asks_for(client: httpx.AsyncClient, fair: Fair) -> None:
    start = datetime(NOW.year + 1, 7, 10, 6, tzinfo=UTC)
    made = await eventing.make_event(
        fair.post, kind="TRADE_MISSION", country="DE", province=None, city="Berlin", zone="Europe/Berlin",
        format="HYBRID", starts_at=start, ends_at=start + 8 * HOUR, online_url=SECRET, capacity_importers=5,
        fee_importers=Decimal("0"), fee_exporters=Decimal("99.50"), fee_currency="EUR",
    )  # fmt: skip
    page = await read(client, path(made))
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert (data["@type"], data["eventStatus"]) == ("BusinessEvent", "https://schema.org/EventScheduled")
    assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert data["startDate"] == f"{start.year}-07-10T08:00:00+02:00"
    assert data["endDate"] == f"{start.year}-07-10T16:00:00+02:00"
    place, online = data["location"]
    assert (place["address"]["addressCountry"], place["address"]["addressLocality"]) == ("DE", "Berlin")
    assert online == {"@type": "VirtualLocation", "url": f"https://kervan.test{path(made)}"}
    assert [(offer["name"], offer["price"], offer["priceCurrency"]) for offer in data["offers"]] == [
        ("Importers", "0", "EUR"), ("Exporters", "99.50", "EUR"),
    ]  # fmt: skip
    assert {offer["availability"] for offer in data["offers"]} == {"https://schema.org/InStock"}
    assert data["organizer"]["name"] == "Denizli exporters' association"
    assert data["image"] == [f"https://kervan.test{path(made)}/share.png?v={made.version}"]


async def test_whole_days_are_days_in_linked_data(fair: Fair) -> None:
    midnight = datetime(NOW.year + 1, 7, 10, tzinfo=UTC) - timedelta(hours=3)
    made = await eventing.make_event(
        fair.union, whole_days=True, starts_at=midnight, ends_at=midnight + timedelta(days=3)
    )
    data = linked_data(made, await public_queries.rooms(made), "https://x.example", [], "en", True)
    assert (data["startDate"], data["endDate"]) == (f"{midnight.year}-07-10", f"{midnight.year}-07-12")


async def test_markup_in_an_event_is_text_everywhere(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    evil = "<script>alert(1)</script> & towels</title>"
    made = await eventing.make_event(
        fair.union, texts=(Text(language="en", title=evil, summary=evil, text=evil),), venue='"><img src=x>',
        city="<b>D</b>", organiser_name="</script><script>alert(2)", contact_name="<i>x</i>",
    )  # fmt: skip
    await index(fresh_app)
    month = f"{made.content.starts_at:%Y-%m}"
    for address in (path(made), "/en/events?q=towels", "/en", f"/en/events/calendar/{month}"):
        page = await read(client, address)
        assert "<script>alert" not in page
        assert "towels</title>" not in page
        assert "<img src=x>" not in page
        assert "<b>D</b>" not in page


async def test_wrong_parameters_are_told_and_the_page_still_helps(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app)
    page = await read(client, "/en/events?place=Mars&page=0&phase=over&utm_source=x", status=422)
    assert "“Mars” is not one of the choices." in page
    assert made.public_id in page
    for hostile in (
        "q=%22%3E%3Cscript%3E%E2%80%AE%00", "q=%FF%FE", "kind=%00", "month=2026-99", "page=-1", "phase=open&phase=past",
        "sort=%27", "place=TR-%E2%82%AC", "q=" + "x" * 500, "&".join(f"kind=x{n}" for n in range(30)), "q=%ED%A0%80",
    ):  # fmt: skip
        for start in (
            "/en/events",
            "/en/events/calendar/2027-01",
            "/en/events.ics",
            "/en/events.atom",
            "/api/v1/events",
        ):
            answer = await client.get(f"{start}?{hostile}")
            assert answer.status_code in (200, 422), (start, hostile)
            assert "<script>\u202e" not in answer.text


async def test_empty_lists_lead_on(client: httpx.AsyncClient, fair: Fair) -> None:
    page = await read(client, "/en/events")
    assert "No event is announced at the moment." in page
    assert 'href="/en/events?phase=past"' in page
    page = await read(client, "/en/events?q=loom&kind=FAIR")
    assert "No event fits." in page
    assert 'href="/en/events?q=loom"' in page


async def test_the_list_offers_calendar_feeds_and_json_of_the_same_search(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app)
    month = f"{made.content.starts_at:%Y-%m}"
    page = await read(client, f"/en/events?q=towels&kind=FAIR&month={month}")
    for address in (
        f'href="/en/events.ics?q=towels&amp;kind=FAIR&amp;month={month}"',
        f'href="/en/events.atom?q=towels&amp;kind=FAIR&amp;month={month}"',
        f'href="/api/v1/events?q=towels&amp;kind=FAIR&amp;month={month}&amp;lang=en"',
        f'href="/en/events/calendar/{month}?q=towels&amp;kind=FAIR"',
        'href="/en/events?q=towels&amp;phase=past&amp;kind=FAIR"',
    ):
        assert address in page, address
    assert not [
        host
        for host in re.findall(r'(?:src|href)="https?://([^/"]+)', await read(client, path(made)))
        if host not in ("kervan.test", "fair.example.com")
    ]


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


async def test_the_share_image_is_a_picture_of_the_right_size_in_the_language(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    page = await read(client, path(made))
    assert f'content="https://kervan.test{path(made)}/share.png?v={made.version}"' in page
    english = await client.get(f"{path(made)}/share.png?v=1")
    turkish = await client.get(f"{path(made, 'tr')}/share.png")
    assert english.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(english.content)).size == (1200, 630)
    assert english.content != turkish.content
    again = await client.get(f"{path(made)}/share.png", headers={"If-None-Match": english.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def drawn(title: str) -> bytes:
    shown = share.Shown("Fair", title, "3 Jan 2027", "Denizli")
    return Image.open(io.BytesIO(share._drawn(shown))).tobytes()


def test_turkish_and_arabic_letters_are_drawn_as_they_are_written() -> None:
    # A letter that the font lacks would be the same box as any other.
    for one, other in (("Işık", "Isik"), ("Ğ", "G"), ("ş", "s"), ("ب", "ج"), ("中", "国"), ("한", "글")):
        assert drawn(one) != drawn(other)
    # Arabic letters join: three together are narrower than three apart.
    draw = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    together = share._width(draw, "ببب", 60, share._STRONG)
    assert together < 3 * share._width(draw, "ب", 60, share._STRONG)
    assert share._is_rtl("بعثة Kervan")
    assert not share._is_rtl("Kervan بعثة")


def test_a_title_that_never_fits_ends_in_dots_and_stays_inside() -> None:
    draw = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    for title in ("word " * 60, "x" * 160, "中" * 160, "a"):
        size, lines = share._fitted(draw, title)
        assert 1 <= len(lines) <= 3
        assert all(
            share._width(draw, line, size, share._STRONG) <= 1200 - 2 * share._MARGIN for line in lines
        )
    assert share._fitted(draw, "word " * 60)[1][-1].endswith("…")


async def test_the_home_page_and_the_menu_lead_to_events(client: httpx.AsyncClient, fair: Fair) -> None:
    assert "Meet in person or online" not in await read(client, "/en")
    made = await eventing.make_event(fair.union)
    page = await read(client, "/en")
    assert "Meet in person or online" in page
    assert f'href="{path(made)}"' in page
    assert 'href="/en/events"' in page


async def test_the_sitemap_has_what_is_announced_in_each_language(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    assert "/sitemaps/events-1.xml" in (await client.get("/sitemap.xml")).text
    found = (await client.get("/sitemaps/events-1.xml")).text
    for language in ("en", "tr"):
        assert f"<loc>https://kervan.test{path(made, language)}</loc>" in found


async def test_the_api_searches_and_shows_events(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union, fee_importers=Decimal("12.50"), fee_currency="EUR")
    await index(fresh_app)
    found = (await client.get("/api/v1/events?q=textile&kind=FAIR&lang=tr")).json()
    [card] = found["data"]
    assert (card["id"], card["title"], card["language"]) == (
        made.public_id,
        "Denizli ev tekstili fuarı",
        "tr",
    )
    assert card["html"] == f"https://kervan.test{path(made, 'tr')}"
    assert {facet["name"] for facet in found["facets"]} >= {"phase", "kind", "month", "place", "sector"}
    answer = await client.get(f"/api/v1/events/{made.public_id}?lang=en")
    shown = answer.json()["data"]
    assert (shown["title"], shown["importers"]["fee"], shown["registration_open"]) == (
        "Denizli home textile fair", "12.50", True,
    )  # fmt: skip
    assert [text["language"] for text in shown["texts"]] == ["en", "tr"]
    again = await client.get(
        f"/api/v1/events/{made.public_id}?lang=en", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    for wrong in ("?colour=red", "?phase=open&phase=past", "?page=", "?month=12"):
        refused = await client.get(f"/api/v1/events{wrong}")
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json"), (
            wrong
        )
    assert (await client.get("/api/v1/events/aaaaaaaaaaaa")).status_code == 404
