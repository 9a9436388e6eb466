"""Addresses and queries of events attacked: nothing fails or leads elsewhere, and asking too often has an end."""

import re
import time

import httpx
import pytest
from keying import a_key
from litestar import Litestar
from people import post_form, sign_in, sign_out, token_of
from planned import faults, firm, slots
from storming import Storm, forget_limits, make_storm

from kervan.db import fetchval
from kervan.meetings import planner
from kervan.meetings.planner_shapes import Day, Wish
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")


HOSTILE = (
    "%00", "a%00b", "%ED%A0%80", "%FF", "x" * 3000, "..%2f..%2fetc%2fpasswd", "%E2%80%AE", "1e5", "-1",
    "%0d%0aSet-Cookie:x=1",
    "0000-13", "9999-12", "NaN", "%25s", "'%20OR%201=1--", "a" * 11 + "%00", "%F0%9F%98%80" * 12, "fair-" + "%00" * 12,
)  # fmt: skip


WORDS = ("event", "registr", "announce", "meeting", "ticket", "survey", "agenda", "attended")


_PART = re.compile(r"\{(\w+):\w+\}")


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
