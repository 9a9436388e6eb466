"""Events attacked by ids of others: every role before every object, and what nobody may be told."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from asking import side
from attending import take
from eventing import make_event
from keying import a_key
from litestar import Litestar
from meeting_world import SECRETS, proposals, seat, wanted
from people import mails, make_member, make_person, make_post, sign_in, sign_out
from storming import QUESTIONS, Storm, make_storm

from kervan.db import execute, fetch, fetchval
from kervan.meetings import direct, feed
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")


def _of_staff(s: Storm) -> dict[str, list[str]]:
    """Paths that only the organiser's people open, GET and POST."""
    event, draft = f"/staff/events/{s.event.public_id}", f"/staff/events/{s.draft.public_id}"
    told, day = f"/staff/announcements/{s.announcement}", f"/staff/meeting-days/{s.day}"
    return {
        "GET": [
            *(f"{event}{tail}" for tail in (
                "", "/edit", "/programme", "/questions", "/files", "/registrations", "/registrations.csv",
                f"/registrations/{s.registration}", "/door", "/door/list.json", "/guests",
            )),
            draft, f"{draft}/edit", f"/staff/announcements/new?event={s.event.public_id}",
            told, f"{told}/edit", f"{told}/audience", f"{told}/audience/count.json", f"{told}/progress.json",
            f"{told}/preview", f"{told}/preview/en/mail", day, f"{day}/edit", f"{day}/agenda", f"{day}/reasons",
            f"{day}/progress",
        ],
        "POST": [
            *(f"{event}{tail}" for tail in (
                "/copy", "/discard", "/edit", "/files", "/files/remove", "/programme", "/programme/remove",
                "/questions", "/questions/remove", "/steps/cancel", "/steps/publish", "/registrations",
                f"/registrations/{s.registration}/remove", "/door", "/door/scans", f"/guests/{s.guest}",
            )),
            f"{draft}/discard", f"{draft}/steps/publish",
            *(f"{told}/{step}" for step in (
                "edit", "audience", "test", "submit", "approve", "give-back", "take-back", "schedule", "hold",
                "pause", "resume", "abort", "new-edition", "discard",
            )),
            f"{day}/edit", f"{day}/discard", f"{day}/steps/cancel", f"{day}/steps/plan",
        ],
    }  # fmt: skip


def _of_firm(s: Storm) -> dict[str, list[str]]:
    """Paths that only Jonas' people open."""
    desk = f"/desk/{s.fair.jonas.org}"
    return {
        "GET": [
            f"{desk}/events", f"{desk}/events/{s.registration}", f"{desk}/meeting-days/{s.day}",
            f"{desk}/meetings", f"{desk}/meetings/{s.meeting}", f"{desk}/meetings/{s.meeting}.ics",
            f"{desk}/meetings/new?with=ayse-havlu",
        ],
        "POST": [
            *(f"{desk}/events/{s.registration}/{step}" for step in ("cancel", "answer", "people")),
            *(f"{desk}/meeting-days/{s.day}/{step}" for step in ("times", "wishes", "withdraw")),
            *(f"{desk}/meetings/{s.meeting}/{step}" for step in (
                "accept", "cancel", "decline", "outcome", "propose", "room",
            )),
            f"{desk}/meetings/feed", f"{desk}/meetings/new",
        ],
    }  # fmt: skip


async def _token(client: httpx.AsyncClient) -> str:
    page = await client.get("/en/account/events")
    found = re.search(rf'name="{csrf.FIELD}" value="([^"]+)"', page.text)
    assert found, page.status_code
    return found[1]


async def _shut(
    client: httpx.AsyncClient, paths: dict[str, list[str]], refusals: tuple[int, ...]
) -> list[str]:
    """Those of the paths that are not refused to who is signed in."""
    token = await _token(client)
    found = []
    for path in paths["GET"]:
        answer = await client.get(f"/en{path}")
        if answer.status_code not in refusals:
            found.append(f"GET {path}: {answer.status_code}")
    for path in paths["POST"]:
        fields = {csrf.FIELD: token, "version": "1", "reason": "Out of my way", "code": "x"}
        answer = await client.post(f"/en{path}", data=fields)
        if answer.status_code not in refusals:
            found.append(f"POST {path}: {answer.status_code}")
    return found


async def _marks() -> Sequence[Any]:
    """What any step would change."""
    tables = (
        "trade_event", "event_text", "registration", "registration_participant", "event_guest", "event_announcement",
        "meeting", "meeting_day", "day_participant", "meeting_wish", "event_delivery", "calendar_feed",
    )  # fmt: skip
    return [
        (
            table,
            await fetchval(
                f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t.id), '')) FROM {table} t"
            ),
        )
        for table in tables
    ]


async def test_no_other_role_opens_or_moves_what_the_organiser_looks_after(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    looking = await make_person("Lale Bakan")
    await make_member(fair.union.firm, looking, "VIEWER")
    strangers = {
        "other association": fair.other_union.person,
        "a post": (await side(await make_post("CH"), "Ceren Uslu", "COUNSELLOR")).person,
        "exporter": fair.ayse.person,
        "importer": fair.jonas.person,
    }
    before = await _marks()
    wrong = []
    for name, person in strangers.items():
        await sign_in(client, person)
        wrong += [f"{name} {one}" for one in await _shut(client, _of_staff(storm), (404,))]
    assert wrong == [], "\n".join(wrong)
    assert await _marks() == before
    sign_out(client)
    for path in (*_of_staff(storm)["GET"], *_of_firm(storm)["GET"]):
        answer = await client.get(f"/en{path}")
        assert answer.status_code in (302, 303, 401), (path, answer.status_code)


async def test_no_other_firm_opens_or_moves_what_is_a_firms_own(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    before = await _marks()
    wrong = []
    for name in ("zoe", "can", "ayse", "union", "post"):
        await sign_in(client, getattr(fair, name).person)
        wrong += [f"{name} {one}" for one in await _shut(client, _of_firm(storm), (404,))]
        # The same objects behind the stranger's own desk.
        own = getattr(fair, name).org
        for method in ("GET", "POST"):
            paths = [path.replace(fair.jonas.org, own) for path in _of_firm(storm)[method]]
            mixed = [
                path
                for path in paths
                if "/events/" in path or (name in ("zoe", "can") and f"/{storm.meeting}" in path)
            ]
            wrong += [
                f"{name} {one}" for one in await _shut(client, {"GET": [], "POST": [], method: mixed}, (404,))
            ]
    assert wrong == [], "\n".join(wrong)
    assert await _marks() == before


async def test_no_new_form_is_taken_without_its_token(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    before = await _marks()
    wrong = []
    for who, paths in (("union", _of_staff(storm)), ("jonas", _of_firm(storm))):
        await sign_in(client, getattr(storm.fair, who).person)
        for path in (*paths["POST"], "/account/events", f"/events/x-{storm.event.public_id}/register"):
            for data in ({}, {csrf.FIELD: "x" * 43}):
                answer = await client.post(f"/en{path}", data={**data, "version": "1", "reason": "No token"})
                if answer.status_code != 403 and "form" not in answer.text[:3000]:
                    wrong.append(f"{who} {path}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)
    assert await _marks() == before


@pytest.fixture
def program(fresh_app: Litestar) -> httpx.AsyncClient:
    """A client without cookies."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://kervan.test")


async def test_a_key_without_scope_or_of_another_firm_gets_nothing(program: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    meeting, registration = f"/api/v1/meetings/{storm.meeting}", f"/api/v1/registrations/{storm.registration}"
    reads = (meeting, registration)
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"{registration}/cancel", {}),
        (f"{registration}/answer", {"accept": True}),
        (f"{meeting}/accept", {"starts_at": "2027-03-04T09:30:00+01:00"}),
        (f"{meeting}/cancel", {"reason": "No time for it"}),
        (f"{meeting}/decline", {"reason": "No time for it"}),
        (f"{meeting}/propose", {"times": []}),
    )
    before = await _marks()
    stranger = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    for path in reads:
        assert (await program.get(path, headers=stranger)).status_code == 404, path
    for path, body in steps:
        answer = await program.post(path, json=body, headers={**stranger, "idempotency-key": path[-30:]})
        assert answer.status_code == 404, (path, answer.text)
    looking = await a_key(fair.jonas.firm, fair.jonas.person, "view")
    for path, body in (*steps, ("/api/v1/registrations", {"event": storm.event.public_id, "people": []})):
        answer = await program.post(path, json=body, headers={**looking, "idempotency-key": path[-30:]})
        assert answer.status_code == 403, (path, answer.status_code)
    for path in (*reads, "/api/v1/meetings", "/api/v1/registrations"):
        assert (await program.get(path)).status_code == 401, path
    assert await _marks() == before
    await execute("UPDATE membership SET valid_to = current_date - 2 WHERE person = $1", fair.jonas.person)
    for path in (*reads, "/api/v1/meetings", "/api/v1/registrations"):
        assert (await program.get(path, headers=looking)).status_code in (401, 403, 404), path


async def test_drafts_and_what_was_never_announced_are_nowhere(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    storm = await make_storm()
    draft = storm.draft.public_id
    await execute("UPDATE event_text SET title = 'Hidden draft fair' WHERE event = $1", storm.draft.id)
    for person in (None, storm.fair.jonas.person, storm.fair.ayse.person, storm.fair.ministry.person):
        if person:
            await sign_in(client, person)
        for path in ("", ".ics", "/share.png", "/picture", "/files/abcdefghjkmn", "/register", "/guest"):
            answer = await client.get(f"/en/events/hidden-draft-fair-{draft}{path}")
            assert answer.status_code in (302, 303, 404), (path, answer.status_code)
            assert "Hidden draft" not in answer.text
        for path in (
            "/en/events",
            "/en/events.ics",
            "/en/events.atom",
            "/en/events/calendar",
            "/api/v1/events",
        ):
            assert "Hidden draft" not in (await client.get(path, follow_redirects=True)).text, path
    assert (await program.get(f"/api/v1/events/{draft}")).status_code == 404


async def test_the_address_of_what_is_held_online_is_told_to_who_has_a_place_alone(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    storm = await make_storm()
    fair = storm.fair
    secret = "secret-room"
    event = await make_event(
        fair.union, kind="TRAINING", format="ONLINE", online_url="https://hall.example.com/secret-room",
        capacity_importers=1, country=None, questions=QUESTIONS,
    )  # fmt: skip
    has = await take(fair.jonas, event)
    waits = await take(fair.zoe, event, "Zoe Frey")
    assert waits.state == "WAITLISTED"
    address = f"x-{event.public_id}"
    public = [
        f"/en/events/{address}", f"/en/events/{address}.ics", "/en/events", "/en/events.ics", "/en/events.atom",
        f"/en/events/{address}/register", f"/en/events/{address}/guest", f"/api/v1/events/{event.public_id}",
        "/api/v1/events", "/en/events/calendar",
    ]  # fmt: skip
    for person in (None, fair.zoe.person, fair.can.person, fair.other_union.person):
        if person:
            await sign_in(client, person)
        for path in public:
            answer = await client.get(path, follow_redirects=True)
            assert secret not in answer.text, (person, path)
    await sign_in(client, fair.zoe.person)
    for path in (
        f"/en/desk/{fair.zoe.org}/events", f"/en/desk/{fair.zoe.org}/events/{waits.public_id}",
        f"/en/desk/{fair.zoe.org}/meetings",
    ):  # fmt: skip
        assert secret not in (await client.get(path)).text, path
    ticket = await fetchval("SELECT ticket FROM registration_participant WHERE registration = $1", waits.id)
    sign_out(client)
    assert secret not in (await client.get(f"/en/tickets/{ticket}")).text
    key = await a_key(fair.zoe.firm, fair.zoe.person, "view")
    shown = await program.get(f"/api/v1/registrations/{waits.public_id}", headers=key)
    assert shown.status_code == 200
    assert secret not in shown.text
    assert ticket not in shown.text, "no ticket while there is no place"
    for table, column in (("outbox", "payload"), ("mail", "context"), ("notification", "facts")):
        rows = await _texts(table, column)
        assert secret not in rows, table
    good = await fetchval("SELECT ticket FROM registration_participant WHERE registration = $1", has.id)
    assert secret in (await client.get(f"/en/tickets/{good}")).text


async def _texts(table: str, column: str) -> str:
    columns = {row["column_name"] for row in await fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table
    )}  # fmt: skip
    if not columns:
        return ""
    return str(await fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))


async def test_contact_data_is_nowhere_before_both_agreed(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    storm = await make_storm()
    fair = storm.fair
    await execute("UPDATE importer SET phone = $2 WHERE id = $1", fair.jonas.firm.entity, SECRETS[2])
    await execute("UPDATE exporter SET phone = $2 WHERE id = $1", fair.ayse.firm.entity, SECRETS[3])
    asked = await direct.ask(
        fair.jonas.caller, fair.jonas.membership, "can-zeytin",
        wanted(
            topic=f"Call {SECRETS[2]} or {SECRETS[0]}",
            message=f"Write to {SECRETS[0]}, +49 40 555 0101",
            room_url="https://meet.example.com/jonas.petersen@example.com",
        ), "k-9",
    )  # fmt: skip
    secrets = (SECRETS[0], SECRETS[2], "jonas.petersen", "555 0101")
    sides = ((fair.can, asked.public_id, secrets), (fair.ayse, storm.meeting, secrets))
    for firm, meeting, hidden in sides:
        await sign_in(client, firm.person)
        key = await a_key(firm.firm, firm.person, "view", "orders")
        texts = {
            path: (await client.get(path)).text
            for path in (
                f"/en/desk/{firm.org}/meetings", f"/en/desk/{firm.org}/meetings/{meeting}",
                f"/en/desk/{firm.org}/meetings/{meeting}.ics", f"/en/desk/{firm.org}/meeting-days/{storm.day}",
                "/en/account/notifications",
            )
        }  # fmt: skip
        texts["api"] = (await program.get(f"/api/v1/meetings/{meeting}", headers=key)).text
        texts["api list"] = (await program.get("/api/v1/meetings", headers=key)).text
        texts["hooks"] = await _texts("webhook_delivery", "body") + await _texts("outbox", "payload")
        own = await fetchval("SELECT email FROM person WHERE id = $1", firm.person)
        texts["mails"] = str([mail["context"] for mail in await mails(own)])
        for name, text in texts.items():
            for secret in hidden:
                assert secret not in text, (name, secret)
    await sign_in(client, fair.jonas.person)
    page = await client.get(f"/en/desk/{fair.jonas.org}/meetings/{storm.meeting}")
    assert SECRETS[1] not in page.text
    assert SECRETS[3] not in page.text
    first = (await proposals(storm.meeting))[0]
    await direct.accept(fair.ayse.caller, await seat(fair.ayse, storm.meeting), first)
    assert SECRETS[1] in (await client.get(f"/en/desk/{fair.jonas.org}/meetings/{storm.meeting}")).text


async def test_how_many_agreed_is_not_told_of_a_single_firm(client: httpx.AsyncClient) -> None:
    """A count of one person tells whether this firm agreed, or which firm was at an event."""
    storm = await make_storm()
    await sign_in(client, storm.fair.union.person)
    path = f"/en/staff/announcements/{storm.announcement}/audience/count.json"
    answer = await client.get(path, params={"countries": "CH"})
    assert answer.status_code == 200
    assert "Zoe" not in answer.text
    assert "example.com" not in answer.text


async def test_private_pages_are_kept_by_nobody(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    token = await feed.rotate(fair.jonas.caller)
    for path in (f"/en/tickets/{storm.ticket}", f"/agenda/{token}.ics", f"/tickets/{storm.ticket}"):
        answer = await client.get(path)
        assert "public" not in answer.headers.get("cache-control", "public"), path
        assert re.search("no-store|no-cache", answer.headers["cache-control"]), path
        assert answer.headers["referrer-policy"] == "no-referrer", path
    for who, paths in (("union", _of_staff(storm)), ("jonas", _of_firm(storm))):
        await sign_in(client, getattr(fair, who).person)
        for path in paths["GET"]:
            answer = await client.get(f"/en{path}")
            kept = answer.headers.get("cache-control", "")
            assert "no-store" in kept or "private" in kept or "no-cache" in kept, (path, kept)
    new = await feed.rotate(fair.jonas.caller)
    assert (await client.get(f"/agenda/{token}.ics")).status_code == 404
    assert (await client.get(f"/agenda/{new}.ics")).status_code == 200
    await execute("UPDATE person SET state = 'SUSPENDED' WHERE id = $1", fair.jonas.person)
    assert (await client.get(f"/agenda/{new}.ics")).status_code == 404
