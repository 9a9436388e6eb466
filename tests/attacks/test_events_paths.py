"""Addresses, queries and stored texts of events attacked: nothing fails, leaves its line, or leads elsewhere."""

import csv
import io
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from attending import begins_in, take
from eventing import drafted, make_event, make_fair
from hostile import refused_all, sendable
from keying import a_key
from litestar import Litestar
from people import mails, post_form, sign_in, sign_out, token_of
from planned import faults, firm, slots
from storming import Storm, forget_limits, make_storm

from kervan.calendars import ics
from kervan.calendars.ics import Entry
from kervan.db import execute, fetchval
from kervan.errors import KervanError
from kervan.events import share
from kervan.events.structs import Text
from kervan.meetings import planner
from kervan.meetings.planner_shapes import Day, Wish
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")

LANGUAGES = (
    "en", "tr", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "bg", "el", "ru", "uk", "ar", "fa",
    "zh", "ja", "ko",
)  # fmt: skip
HOSTILE = (
    "%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3000, "..%2f..%2fetc%2fpasswd", "%E2%80%AE", "1e5", "-1",
    "%0d%0aSet-Cookie:x=1",
    "0000-13", "9999-12", "NaN", "%25s", "'%20OR%201=1--", "a" * 11 + "%00", "%F0%9F%98%80" * 12, "fair-" + "%00" * 12,
)  # fmt: skip
WORDS = ("event", "registr", "announce", "meeting", "ticket", "survey", "agenda", "attended")
_PART = re.compile(r"\{(\w+):\w+\}")


@pytest.fixture
async def program(fresh_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://kervan.test") as made:
        yield made


def _routes(app: Litestar) -> list[tuple[str, str]]:
    """(method, path) of all that belong to events, in English."""
    found = []
    for route in app.routes:
        handlers = getattr(route, "route_handlers", ())
        mine = any(word in route.path for word in WORDS) or route.path.startswith("/o/")
        if not mine or route.path.startswith("/tr/"):
            continue
        for handler in handlers:
            found += [(method, route.path) for method in handler.http_methods if method in ("GET", "POST")]
    return sorted(set(found))


def _known(storm: Storm, name: str, path: str) -> str:
    fair = storm.fair
    values = {
        "org": fair.jonas.org, "event": storm.event.public_id, "registration": storm.registration,
        "guest": storm.guest, "day": storm.day, "meeting": storm.meeting, "action": "remove", "step": "cancel",
        "act": "remove", "lang": "en", "file": "abcdefghjkmn", "token": storm.ticket, "month": "2026-12",
        "address_name": f"x-{storm.event.public_id}", "name": "x", "code": "x",
        "id": storm.announcement if "announcements" in path else storm.event.public_id,
    }  # fmt: skip
    return values[name]


async def test_no_hostile_part_of_an_address_makes_a_failure(
    client: httpx.AsyncClient, fresh_app: Litestar
) -> None:
    storm = await make_storm()
    key = await a_key(storm.fair.jonas.firm, storm.fair.jonas.person, "view", "buy")
    routes = [(method, path) for method, path in _routes(fresh_app) if _PART.search(path)]
    assert len(routes) > 80
    wrong = []
    for who in ("union", "jonas", ""):
        if who:
            await sign_in(client, getattr(storm.fair, who).person)
            token = await token_of(client, "/en/account/events")
        else:
            sign_out(client)
            token = ""
        for place, (method, path) in enumerate(routes):
            staff, desk = "/staff/" in path, "/desk/" in path
            if (who == "union") != staff or (who == "jonas") != desk:
                continue
            names = _PART.findall(path)
            for part, name in enumerate(names):
                for step in range(5 if who else len(HOSTILE)):
                    bad = HOSTILE[(place + part * 3 + step * 4) % len(HOSTILE)] if who else HOSTILE[step]
                    at = path
                    for other in names:
                        value = bad if other == name else _known(storm, other, path)
                        at = re.sub(rf"\{{{other}:\w+\}}", lambda _, value=value: value, at, count=1)
                    if not who:
                        await forget_limits()
                    headers = {**key, "idempotency-key": f"p{place}{step}"} if at.startswith("/api/") else {}
                    answer = await client.request(
                        method, at, headers=headers, follow_redirects=False,
                        **({"data": {csrf.FIELD: token}} if method == "POST" and not headers else {}),
                        **({"json": {}} if method == "POST" and headers else {}),
                    )  # fmt: skip
                    if answer.status_code >= 500:
                        wrong.append(f"{who} {method} {path} {name}={bad[:24]}: {answer.status_code}")
                    if "x=1" in answer.headers.get("set-cookie", ""):
                        wrong.append(f"{method} {path} {name}={bad}: a header of its own")
                    to = answer.headers.get("location", "/")
                    if not to.startswith("/") or to.startswith("//"):
                        wrong.append(f"{method} {path} leads to {to[:60]}")
    assert wrong == [], "\n".join(wrong)


async def test_hostile_queries_of_lists_feeds_and_months_are_answered_quickly(
    client: httpx.AsyncClient,
) -> None:
    await make_storm()
    queries = (
        ("page", "1000000"), ("page", "-1"), ("q", "a" * 5000), ("q", '"' * 300), ("q", "(" * 300), ("q", "%00"),
        ("q", "- - -"), ("kind", "<script>alert(1)</script>"), ("month", "2026-13"), ("month", "0000-00"),
        ("place", "../.."), ("sector", "x" * 3000), ("free", "maybe"), ("phase", "'; DROP TABLE trade_event"),
        ("sort", "nothing"), ("day", "31"), ("day", "٣"), ("day", "1e1"), ("lang", "../.."), ("org", "x\x00"),
        ("with", "\x00"), ("per_page", "NaN"),
    )  # fmt: skip
    month = "/en/events/calendar/2027-02"
    for path in ("/en/events", "/en/events.ics", "/en/events.atom", month, "/api/v1/events"):
        for name, value in queries:
            began = time.process_time()
            answer = await client.get(path, params={name: value})
            assert answer.status_code in (200, 301, 302, 400, 404, 422), (
                path,
                name,
                value[:20],
                answer.status_code,
            )
            assert "<script>alert" not in answer.text or "html" not in answer.headers["content-type"]
            assert time.process_time() - began < 2, (path, name)
        many = "&".join(f"sector=s{n}" for n in range(1500))
        assert (await client.get(f"{path}?{many}")).status_code in (200, 400, 414, 422), path
    for bad in (
        "0000-13",
        "9999-12",
        "2026-00",
        "2014-12",
        "2026-1",
        "٢٠٢٦-١٢",
        "2026-12-01",
        "-1",
        "2099-12",
    ):
        assert (await client.get(f"/en/events/calendar/{bad}")).status_code == 404, bad
    assert (await client.get("/en/events/calendar/2027-02?day=29")).status_code == 422


async def test_no_field_of_a_program_makes_a_failure(program: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    key = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    body: dict[str, Any] = {
        "event": storm.event.public_id, "people": [{"name": "Zoe Frey", "job": "Buyer"}], "interest": "Towels",
        "answers": {"1": "x", "99": 1}, "wants_meetings": True, "agreed": True,
    }  # fmt: skip
    undo = (
        "DELETE FROM registration WHERE organisation = (SELECT id FROM organisation WHERE name LIKE 'Blaue%')",
    )
    await refused_all(program, "POST", "/api/v1/registrations", body, key, *undo)
    asked: dict[str, Any] = {
        "with": "ayse-havlu", "topic": "Towels for spring", "message": "For three years", "zone": "Europe/Berlin",
        "times": [{"starts_at": "2027-03-04T09:30:00+01:00", "ends_at": "2027-03-04T10:00:00+01:00"}],
        "language": "en", "event": storm.event.public_id, "room_url": "https://meet.example.com/a",
    }  # fmt: skip
    undo = ("DELETE FROM meeting WHERE idempotency_key <> 'I k-1'",)
    await refused_all(program, "POST", "/api/v1/meetings", asked, key, *undo)
    own = await a_key(fair.ayse.firm, fair.ayse.person, "view", "orders")
    path = f"/api/v1/meetings/{storm.meeting}"
    await refused_all(
        program,
        "POST",
        f"{path}/propose",
        {"times": asked["times"], "zone": "UTC", "message": "x", "version": 7},
        own,
    )
    await refused_all(program, "POST", f"{path}/decline", {"reason": "No", "version": 7}, own)
    accepted = {"starts_at": "0001-01-01T00:00:00+14:00", "version": 7, "room_url": "https://x"}
    await refused_all(program, "POST", f"{path}/accept", accepted, own)
    mine = await a_key(fair.jonas.firm, fair.jonas.person, "view", "buy")
    path = f"/api/v1/registrations/{storm.registration}"
    await refused_all(program, "POST", f"{path}/cancel", {"version": 7, "reason": "No"}, mine)
    await refused_all(program, "POST", f"{path}/answer", {"accept": True, "version": 7}, mine)
    deep = b'{"event":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    for where in ("/api/v1/registrations", "/api/v1/meetings"):
        for content in (
            deep,
            b"\xff\xfe",
            b'{"event": "\\ud800"}',
            sendable({**body, "people": [{"name": "x"}] * 10_000}),
        ):
            answer = await program.post(
                where,
                content=content,
                headers={**key, "content-type": "application/json", "idempotency-key": "deep"},
            )
            assert 400 <= answer.status_code < 500, (where, content[:30], answer.status_code)


async def test_scans_of_a_broken_or_hostile_device_are_refused(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    await begins_in(storm.event, timedelta(hours=2))
    await sign_in(client, storm.fair.union.person)
    path = f"/en/staff/events/{storm.event.public_id}/door"
    token = await token_of(client, path)
    headers = {csrf.HEADER: token, "content-type": "application/json"}
    one = {"id": "scan-0001", "code": storm.ticket, "at": "2026-11-23T00:00:00Z"}
    bodies: tuple[Any, ...] = (
        {"scans": [one] * 10_000}, {"scans": [{**one, "at": "2026-11-23T00:00:00"}]}, {"scans": [{**one, "at": "x"}]},
        {"scans": {}}, [], {"scans": [{"id": 1}]}, {"scans": [one], "more": 1}, "x",
        {"scans": [{**one, "at": "0001-01-01T00:00:00+14:00"}]},
        {"scans": [{**one, "at": "9999-12-31T23:59:59-14:00"}]},
        {"scans": [{**one, "code": "a\x00b"}]}, {"scans": [{**one, "code": "x" * 100_000}]},
        {"scans": [{**one, "id": "x\x00" * 10}]}, {"scans": [{**one, "code": "https://[::1/x"}]},
        {"scans": [{**one, "code": "http://evil/" + "a" * 12}]},
    )  # fmt: skip
    for body in bodies:
        answer = await client.post(f"{path}/scans", content=sendable(body), headers=headers)
        assert answer.status_code < 500, (str(body)[:80], answer.status_code)
    for content in (b"[" * 90_000, b"\xff", b'{"scans":[{"id":"scan-0001","code":"\\ud800"}]}', b""):
        answer = await client.post(f"{path}/scans", content=content, headers=headers)
        assert 400 <= answer.status_code < 500, content[:20]
    for code in ("a\x00b", "https://[::1/x", "\u202e" * 20, "x" * 300):
        answer = await client.post(path, data={csrf.FIELD: token, "code": code})
        assert answer.status_code == 200, code
    at = await fetchval("SELECT checked_in_at FROM registration_participant")
    assert at is None or at.year >= 2026, "nobody came in the year 1 or 9999"


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


async def test_asking_as_a_guest_has_a_limit_and_tells_nothing(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    path = f"/en/events/x-{storm.event.public_id}/guest"
    known = await fetchval("SELECT email FROM person WHERE id = $1", storm.fair.zoe.person)
    body = {"name": "Nora Lind", "firm": "Lind AB", "country": "SE", "note": "Hello"}
    answers = {
        email: re.sub(r'value="[^"]*"', "", (await post_form(client, path, {**body, "email": email})).text)
        for email in ("new@example.org", "nora@example.org", known)
    }
    for email, text in answers.items():
        assert email not in text
    assert (
        len(
            {
                re.sub(r"\s+", " ", re.sub(r"[0-9a-f-]{8,}|[A-Za-z0-9_-]{20,}", "", text))
                for text in answers.values()
            }
        )
        == 1
    )
    states = [
        (await post_form(client, path, {**body, "email": f"n{n}@example.org"})).status_code for n in range(22)
    ]
    assert states[0] == 200
    assert states[-1] == 429


async def test_guessing_tickets_has_a_limit(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    wrong = storm.ticket[:12] + "A" * 20
    found = [(await client.get(f"/en/tickets/{wrong}")).status_code for _ in range(245)]
    assert found[0] == 404
    assert found[-1] == 429


async def test_a_plan_of_equal_wishes_at_the_largest_size_ends_in_time() -> None:
    people = tuple(firm(id, *range(1, 25)) for id in range(200))
    wishes = tuple(
        Wish(by=one.id, wanted=(one.id + 1 + 2 * n) % 200, rank=1) for one in people for n in range(20)
    )
    day = Day(slots=slots(24), participants=people, wishes=wishes)
    began = time.process_time()
    plan = planner.plan(day)
    assert time.process_time() - began < 60
    assert faults(day, plan) == []
    assert plan.meetings


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
        for method in ("PUBLISH", "REQUEST"):
            lines = ics.calendar([entry], method=method).split(b"\r\n")  # type: ignore[arg-type]
            assert lines.count(b"BEGIN:VEVENT") == 1
            assert not [line for line in lines if len(line) > 75 or b"\n" in line or b"\x00" in line]
            assert sum(line.startswith(b"ATTENDEE") for line in lines) == (method == "REQUEST")


@pytest.mark.parametrize(
    "title", ["x" * 160, "W" * 160, "😀" * 80, "معرض المنسوجات " * 10, "\u200b" * 100, " ", "a\u0301" * 80]
)
async def test_a_picture_is_drawn_of_any_title(title: str) -> None:
    shown = share.Shown(kind="Fair", title=title, when=title, where=title, note="")
    assert (await share.picture(shown))[:4] == b"\x89PNG"
