"""What strangers write, as it leaves the platform in files: Atom, calendars, lists for spreadsheets."""

import csv
import io
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from attending import take
from eventing import make_event, make_fair
from meeting_world import agreed
from people import sign_in
from storming import QUESTIONS

from kervan.db import execute, fetchval
from kervan.meetings import feed

pytestmark = pytest.mark.usefixtures("db")

ASKED = (
    "\x01\x0b\x1f", "\ufffe\uffff", "]]><evil/>", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;", "\r\nBEGIN:VEVENT\r\nUID:x",
    "\u2028\u2029\x85", "a\x00b", "\U0001f9f5" * 40, '";X-EVIL="1', "\\n\\,\\;", "TZID=../../etc/passwd", "\u202e" * 5,
)  # fmt: skip
FORMULAS = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1;2)", "\t=1+1", "\r=1+1", '"=1+1', "=HYPERLINK(\"https://evil.example\")",
    "＝1+1", "＠SUM(1)", ";=1+1", ",=1+1", "\n=1+1",
)  # fmt: skip


async def test_feeds_of_a_search_are_whole_whatever_was_searched(client: httpx.AsyncClient) -> None:
    await make_event((await make_fair()).union)
    for text in ASKED:
        asked = f"q={quote(text, safe='')}"
        atom = await client.get(f"/en/events.atom?{asked}")
        assert atom.status_code == 200, text
        root = ElementTree.fromstring(atom.content)
        assert not [one for one in root.iter() if one.tag.endswith("evil")], text
        calendar = await client.get(f"/en/events.ics?{asked}")
        assert calendar.status_code == 200, text
        lines = calendar.content.split(b"\r\n")
        assert not [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line], text
        assert not [line for line in lines if line.startswith((b"UID:x", b"X-EVIL", b"TZID"))], text
        assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT")


@pytest.mark.parametrize("place", range(3))
async def test_no_cell_of_a_list_of_people_is_a_formula(client: httpx.AsyncClient, place: int) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, questions=QUESTIONS)
    made = await take(fair.jonas, event, "Jonas Petersen", "Lea Brandt")
    await sign_in(client, fair.union.person)
    question = await fetchval("SELECT min(id) FROM event_question")
    for text in FORMULAS[place::3]:
        await execute("UPDATE registration_participant SET name = $1::text, job = $1::text", text)
        await execute(
            "UPDATE registration SET interest = $1::text, answers = jsonb_build_object($2::text, $1::text)",
            text,
            str(question),
        )
        await execute("UPDATE organisation SET name = $1 WHERE id = $2", text, fair.jonas.firm.id)
        await execute("UPDATE event_question SET label = jsonb_build_object('en', $1::text)", text)
        await execute("UPDATE event_text SET title = $1", text)
        for path in (f"/en/staff/events/{event.public_id}/registrations.csv", "/en/staff/events.csv"):
            answer = await client.get(path)
            assert answer.status_code == 200
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
            cells = [cell for row in rows for cell in row]
            bad = [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＠"))]
            assert bad == [], (path, text)
            assert len({len(row) for row in rows}) == 1, (path, text)
        assert len(rows) >= 2
    assert made.state == "CONFIRMED"


@pytest.mark.parametrize(
    "text", [ASKED[4], ASKED[8], ASKED[10], "\nATTENDEE:mailto:x@y", "x" * 300, "\U0001f9f5" * 60]
)
async def test_an_agenda_keeps_each_entry_in_its_lines(client: httpx.AsyncClient, text: str) -> None:
    fair = await make_fair()
    world: Any = SimpleNamespace(buyer=fair.jonas, ayse=fair.ayse)
    await agreed(world)
    event = await make_event(fair.union)
    token = await feed.rotate(fair.jonas.caller)
    await execute("UPDATE meeting SET topic = left($1::text, 160), message = $1::text", text)
    await execute("UPDATE organisation SET name = left($1, 200)", text)
    await execute(
        "UPDATE trade_event SET venue = left($1, 100), city = left($1, 60) WHERE id = $2", text, event.id
    )
    await execute("UPDATE event_text SET title = left($1, 160)", text)
    seat = await fetchval("SELECT public_id FROM meeting")
    await sign_in(client, fair.jonas.person)
    for path in (
        f"/agenda/{token}.ics", f"/en/desk/{fair.jonas.org}/meetings/{seat}.ics", f"/en/events/x-{event.public_id}.ics",
    ):  # fmt: skip
        answer = await client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        lines = answer.content.split(b"\r\n")
        assert lines.count(b"BEGIN:VEVENT") == 1, path
        assert not [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line], path
        found = [line for line in lines if line.startswith((b"UID", b"ATTENDEE", b"X-EVIL"))]
        assert len([line for line in found if line.startswith(b"UID")]) == 1, path
        assert not [line for line in found if line.startswith((b"ATTENDEE:mailto:x", b"X-EVIL"))], path
