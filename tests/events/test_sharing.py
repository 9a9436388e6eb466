"""What others show of an event: linked data for search engines, the image of a shared link."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import eventing
import httpx
from event_reading import path, read
from eventing import Fair
from PIL import Image, ImageDraw

from kervan.events import public_queries, share
from kervan.events.linked_data import linked_data

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


HOUR = timedelta(hours=1)


SECRET = "https://meet.example/room-4711"


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
