"""Stored texts of events attacked: whatever a title or a venue says stays text and in its line."""

import csv
import io
import re
from datetime import UTC, datetime

import httpx
import msgspec
import pytest
from attending import take
from eventing import drafted, make_event, make_fair
from people import mails, sign_in

from kervan.calendars import ics
from kervan.calendars.ics import Entry
from kervan.db import execute
from kervan.errors import KervanError
from kervan.events import share
from kervan.events.structs import Text

pytestmark = pytest.mark.usefixtures("db")


LANGUAGES = (
    "en", "tr", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "bg", "el", "ru", "uk", "ar", "fa",
    "zh", "ja", "ko",
)  # fmt: skip


INJECTED = 'Fair</script><script>alert(1)</script>\r\nBEGIN:VEVENT\nBcc: all@example.com"=1+1'


async def test_a_hostile_event_stays_text_everywhere(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event, "=1+1 Petersen")
    # As an import or an older rule could have left it: the columns hold whatever text there is.
    for table, columns in (
        ("event_text", ("title", "summary", "text")),
        ("trade_event", ("city", "venue", "address", "organiser_name")),
    ):
        for column in columns:
            await execute(f"UPDATE {table} SET {column} = $1", INJECTED[:78])
    name = f"x-{event.public_id}"
    page = await client.get(f"/en/events/{name}", follow_redirects=True)
    assert page.status_code == 200
    for text in (page.text, (await client.get("/en/events/calendar")).text):
        assert "<script>alert(1)" not in text
    blocks = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page.text, re.S)
    assert blocks
    for block in blocks:
        assert msgspec.json.decode(block)
    answer = await client.get(f"/en/events/{name}.ics")
    assert answer.status_code == 200
    lines = answer.content.decode().split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 1
    assert not [line for line in lines if "\n" in line or line.startswith("Bcc")]
    assert "\n" not in answer.headers["content-disposition"]
    assert '"' not in answer.headers["content-disposition"].split("filename=")[1].strip('"')
    assert (await client.get(f"/en/events/{name}/share.png")).status_code == 200
    for mail in await mails():
        calendar = mail["context"].get("calendar")
        assert calendar is None or calendar["text"].count("BEGIN:VEVENT") == 1
    await sign_in(client, fair.union.person)
    answer = await client.get(f"/en/staff/events/{event.public_id}/registrations.csv")
    assert answer.status_code == 200
    cells = [cell for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))) for cell in row]
    assert any("1+1" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")]
    for path in ("", "/registrations", "/door", "/guests"):
        shown = await client.get(f"/en/staff/events/{event.public_id}{path}")
        assert shown.status_code == 200
        assert "<script>alert(1)" not in shown.text


async def test_texts_with_control_signs_and_too_many_languages_are_refused() -> None:
    fair = await make_fair()
    text = Text(language="en", title="A fair of towels", summary="Short", text="")
    for texts in (
        (msgspec.structs.replace(text, title="Fair\u202egnp"),),
        (msgspec.structs.replace(text, title="Fair\x00 of towels"),),
        (msgspec.structs.replace(text, text="x" * 100_000),),
        tuple(msgspec.structs.replace(text, language=code) for code in LANGUAGES),
        (text, text),
        (msgspec.structs.replace(text, language="../.."),),
    ):
        with pytest.raises(KervanError):
            await drafted(fair.union, texts=texts)
    for changes in (
        {"external_url": "javascript:alert(1)"},
        {"online_url": "data:text/html,x"},
        {"zone": "../../etc/passwd"},
        {"registration_url": "https://user:pass@example.com"},
        {"contact_email": "a@b\r\nBcc: x@y.example"},
        {"capacity_importers": 10**12},
        {"capacity_importers": -1},
        {"people_per_firm": 10**9},
        {"country": "XX"},
        {"headings": ("99999",)},
        {"sectors": ("x",)},
        {"languages": ("xx",)},
    ):
        with pytest.raises(KervanError):
            await drafted(fair.union, **changes)


async def test_no_text_leaves_its_line_of_a_calendar() -> None:
    now = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    for bad in (
        INJECTED,
        "a\r\nATTENDEE:x",
        "a\u2028b",
        "a\x00b\x85c",
        "\\n;,:",
        "x" * 5000,
        "😀" * 100,
        "\ud800",
    ):
        entry = Entry(
            uid="event-x@kervan.example", starts_at=now, ends_at=now, zone="Europe/Berlin", summary=bad,
            description=bad, location=bad, url=f"https://kervan.example/{bad}", created_at=now, changed_at=now,
            organizer=(bad, "a@b.example"), attendees=((bad, f"c@d.example{bad}", "ACCEPTED"),), categories=(bad,),
        )  # fmt: skip
        methods: tuple[ics.Method, ...] = ("PUBLISH", "REQUEST")
        for method in methods:
            lines = ics.calendar([entry], method=method).split(b"\r\n")
            assert lines.count(b"BEGIN:VEVENT") == 1
            assert not [line for line in lines if len(line) > 75 or b"\n" in line or b"\x00" in line]
            assert sum(line.startswith(b"ATTENDEE") for line in lines) == (method == "REQUEST")


@pytest.mark.parametrize(
    "title", ["x" * 160, "W" * 160, "😀" * 80, "معرض المنسوجات " * 10, "\u200b" * 100, " ", "a\u0301" * 80]
)
async def test_a_picture_is_drawn_of_any_title(title: str) -> None:
    shown = share.Shown(kind="Fair", title=title, when=title, where=title, note="")
    assert (await share.picture(shown))[:4] == b"\x89PNG"
