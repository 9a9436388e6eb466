"""What a mail of an announcement holds: its way out, names as text, the preview's words; who is counted."""

import re

import msgspec
import pytest
from announcing import TEXTS, Hall, body, deliveries, drafted, make_reader, planned, send_all, sent
from mailing import Server

from kervan.announcements import letter, queries, turns
from kervan.announcements.letter import Reader
from kervan.announcements.structs import Words
from kervan.db import execute, fetchval
from kervan.errors import Invalid
from kervan.privacy import consents
from kervan.settings import Settings
from kervan.web.templates import Templates


async def test_the_mail_ends_by_one_click_and_names_itself(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await sent(hall, settings)
    [got] = smtp.to("jonas.petersen@example.com")
    public_id = await fetchval("SELECT public_id FROM person WHERE id = $1", person)
    stop = f"{settings.public_url}/unsubscribe/{consents.token(public_id, 'events')}"
    assert got["List-Unsubscribe"] == f"<{stop}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in body(got, "plain")
    assert stop in body(got, "html")
    [row] = await deliveries(seat)
    assert letter.delivery_of(got["X-Kervan-Delivery"]) == row["id"]
    assert got["Message-ID"].startswith(f"<{got['X-Kervan-Delivery']}@")
    # RFC 8058 asks for nothing that only a person could do: the address alone ends the mails.
    opened = consents.opened(stop.rpartition("/")[2])
    assert opened == (public_id, "events")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>Böse</b> & Söhne", "&lt;b&gt;Böse&lt;/b&gt; &amp; Söhne"),
        ("=?utf-8?q?x?= 'Q\"", "=?utf-8?q?x?= &#x27;Q&quot;"),
    ],
)
async def test_a_name_is_text_wherever_it_stands(
    hall: Hall, smtp: Server, settings: Settings, name: str, shown: str
) -> None:
    await make_reader("Jonas", email="jonas@example.com")
    await execute("UPDATE person SET name = $1 WHERE email = 'jonas@example.com'", name)
    words = (Words(language="en", subject="For {name}", text="Hello {name}."),)
    seat = await drafted(hall, texts=words)
    await planned(hall, seat)
    await turns.turn()
    await send_all(settings)
    [got] = smtp.to("jonas@example.com")
    assert got["Subject"] == f"For {name}"
    assert f"Hello {name}." in body(got, "plain")
    assert f"Hello {shown}." in body(got, "html")


async def test_a_line_break_in_a_value_never_ends_a_header(db: None) -> None:
    found = letter.Letter(
        language="en", subject=("a\r\nBcc: x@example.com",), text=("t",), html=("h",), head=b"From: a@example.com",
        boundary="b", site="https://kervan.test", host="kervan.test",
    )  # fmt: skip
    reader = Reader(delivery=1, person="abc", name="A", address="a@example.com", counts=False)
    with pytest.raises(Invalid):
        letter.written(found, reader)
    clean = msgspec.structs.replace(found, subject=("a",))
    with pytest.raises(Invalid):
        letter.written(clean, msgspec.structs.replace(reader, address="a@example.com\r\nBcc: b@example.com"))
    raw = letter.written(
        msgspec.structs.replace(found, subject=("a", letter.NAME)),
        msgspec.structs.replace(reader, name="A\r\nBcc: b"),
    )
    assert b"\r\nBcc" not in raw


async def test_only_who_agreed_can_be_counted(hall: Hall, smtp: Server, settings: Settings) -> None:
    person = await make_reader("Jonas Petersen")
    await make_reader("Zoe Frey", "CH")
    await execute("INSERT INTO event_news (person, count_opens) VALUES ($1, true)", person)
    await sent(hall, settings)
    [counted] = smtp.to("jonas.petersen@example.com")
    [other] = smtp.to("zoe.frey@example.com")
    pixel = re.search(r'<img src="([^"]+)"', body(counted, "html"))
    assert pixel
    assert letter.opened_of(pixel[1].rpartition("/")[2].removesuffix(".gif")) is not None
    assert "<img" not in body(other, "html")
    assert "/o/" not in body(other, "html")


async def test_the_letter_is_what_the_preview_shows(hall: Hall, smtp: Server, settings: Settings) -> None:
    await make_reader("Jonas Petersen")
    seat = await sent(hall, settings)
    found = await queries.one(seat.id)
    [got] = smtp.to("jonas.petersen@example.com")
    stop = str(got["List-Unsubscribe"]).strip("<>")
    shown = letter.preview(Templates(settings), found.about, TEXTS[0], name="Jonas Petersen", stop=stop)
    assert body(got, "plain").strip() == shown.text.strip()
    assert body(got, "html").strip() == shown.html.strip()
    assert got["Subject"] == shown.subject
