"""Events attacked by ids of others in form fields, query strings and bodies: nothing is moved, nothing is told."""

from collections.abc import Sequence
from typing import Any

import day_world
import httpx
import pytest
from asking import side
from attending import take
from event_typing import typed
from eventing import drafted, make_event
from keying import a_key
from litestar import Litestar
from meeting_world import at, proposals, wanted
from people import count, mails, make_importer, make_member, make_person, post_form, sign_in, token_of
from pictures import pdf
from storming import Storm, forget_limits, make_storm

from kervan.accounts import throttle
from kervan.db import execute, fetch, fetchval
from kervan.events.structs import Question
from kervan.meetings import days, direct
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def program(fresh_app: Litestar) -> httpx.AsyncClient:
    """A client without cookies."""
    transport = httpx.ASGITransport(app=fresh_app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="https://kervan.test")


async def _marks(*tables: str) -> Sequence[Any]:
    return [
        await fetchval(f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t.id), '')) FROM {table} t")
        for table in tables
    ]


ALL = (
    "trade_event", "event_text", "event_file", "registration", "event_guest", "event_announcement", "meeting_day",
    "meeting", "day_participant", "meeting_wish", "event_session", "event_question",
)  # fmt: skip


async def _file_of(client: httpx.AsyncClient, storm: Storm) -> str:
    await sign_in(client, storm.fair.union.person)
    path = f"/en/staff/events/{storm.event.public_id}/files"

    token = await token_of(client, path)
    sent = await client.post(path, data={csrf.FIELD: token}, files={"files": ("plan.pdf", pdf("Plan"))})
    assert sent.status_code == 303
    found: str = await fetchval("SELECT public_id FROM event_file")
    return found


async def test_an_association_moves_nothing_of_another_by_the_fields_of_its_own_forms(
    client: httpx.AsyncClient,
) -> None:
    storm = await make_storm()
    fair, theirs = storm.fair, storm.event.public_id
    file = await _file_of(client, storm)
    own = await make_event(fair.other_union)
    own_day = await days.create(fair.other_union.caller, fair.other_union.org, day_world.content())
    participant = await day_world.key(fair.jonas, storm.day)
    await sign_in(client, fair.other_union.person)
    before = await _marks(*ALL)
    staff = f"/en/staff/events/{own.public_id}"
    day = f"/en/staff/meeting-days/{own_day}"
    content = {
        "name": "Mine", "day": at(20).starts_at.date().isoformat(), "zone": "UTC", "starts": "10:00", "ends": "12:00",
        "minutes": "30", "wishes_until_day": at(9).starts_at.date().isoformat(), "wishes_until_time": "10:00",
        "most_meetings": "9",
    }  # fmt: skip
    tries: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("/en/staff/events/new?kind=FAIR", typed(org=fair.union.org), ""),
        (f"{staff}/files/remove", {"file": file}, f"{staff}/files"),
        (
            f"{staff}/registrations",
            {"id": [storm.registration], "action": "remove", "reason": "Out of my way"},
            f"{staff}/door",
        ),
        ("/en/staff/meeting-days/new", {**content, "org": fair.union.org}, ""),
        ("/en/staff/meeting-days/new", {**content, "event": theirs}, ""),
        (f"{day}/steps/missing", {"participant": participant}, day),
        (f"{day}/steps/present", {"participant": participant}, day),
        (
            "/en/staff/announcements/new",
            {"event": theirs, "name": "Mine", "subject_en": "A", "text_en": "B"},
            f"/en/staff/announcements/new?event={own.public_id}",
        ),
        (f"{staff}/door", {"code": storm.ticket}, ""),
        (f"{staff}/door", {"code": storm.ticket[:12]}, ""),
    )
    wrong = []
    for path, fields, of in tries:
        await forget_limits()
        answer = await post_form(client, path, fields, of=of or path)
        # 303: of the chosen registrations none is its own, so that nothing was decided.
        if answer.status_code not in (200, 303, 404, 409, 422):
            wrong.append(f"{path} {list(fields)}: {answer.status_code}")
        if "Jonas" in answer.text or "Nordlicht" in answer.text:
            wrong.append(f"{path} tells a name")
    assert wrong == [], "\n".join(wrong)
    assert await _marks(*ALL) == before
    for query in (
        f"/en/staff/meeting-days/new?event={theirs}", f"/en/staff/announcements/new?event={theirs}",
        f"/en/staff/events/new?kind=FAIR&org={fair.union.org}",
    ):  # fmt: skip
        assert (await client.get(query)).status_code == 404, query
    for query in (
        f"/en/staff/meeting-days?event={theirs}", f"/en/staff/announcements?event={theirs}",
        f"/en/staff/events?organiser={fair.union.org}", f"/en/staff/events.csv?organiser={fair.union.org}",
        "/en/staff/events?q=Denizli&tab=drafts", f"/en/staff/events.csv?q={storm.draft.public_id}&tab=drafts",
        f"{staff}/files/{file}",
    ):  # fmt: skip
        answer = await client.get(query)
        assert answer.status_code in (200, 404), query
        for hidden in (storm.draft.public_id, storm.day, storm.announcement, "Towels in spring"):
            assert hidden not in answer.text.partition("<main")[2], (query, hidden)


async def test_a_firm_acts_for_no_other_by_a_field_or_a_query(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    other = await make_event(fair.other_union, questions=(Question(kind="TEXT", label={"en": "How old?"}),))
    foreign = await fetchval("SELECT id FROM event_question WHERE event = $1", other.id)
    await sign_in(client, fair.zoe.person)
    register = f"/en/events/x-{other.public_id}/register"
    for org in (fair.jonas.org, fair.ayse.org, fair.union.org, "abcdefghjkmn", "x" * 300):
        assert (await client.get(f"{register}?org={org}")).status_code == 404, org
        answer = await post_form(
            client, f"{register}?org={org}", {"agreed": "1", "person_name_1": "Eve"}, of=register
        )
        assert answer.status_code == 404, org
    assert await count("registration") == 1
    # An answer to a question of another event is no answer.
    page = f"/en/events/x-{storm.event.public_id}/register"
    done = await post_form(
        client, page, {"agreed": "1", "person_name_1": "Eve Frey", f"question-{foreign}": "Much"}
    )
    assert done.status_code == 303
    assert await fetchval("SELECT answers::text FROM registration ORDER BY id DESC LIMIT 1") == "{}"
    # Wishes, times and meetings of others.
    own_day = await days.create(fair.union.caller, fair.union.org, day_world.content())
    await days.invite(fair.union.caller, own_day, fair.zoe.org)
    await days.open_for_wishes(fair.union.caller, own_day)
    before = await _marks("meeting", "meeting_wish", "meeting_proposal")
    desk = f"/en/desk/{fair.zoe.org}"
    theirs = await day_world.key(fair.ayse, storm.day)
    answer = await post_form(
        client,
        f"{desk}/meeting-days/{own_day}/wishes",
        {"wish": [theirs]},
        of=f"{desk}/meeting-days/{own_day}",
    )
    assert answer.status_code == 422
    ask = {
        "topic": "Towels", "minutes": "30", "language": "en", "day_1": at(20).starts_at.date().isoformat(),
        "time_1": "10:00", "key": "k" * 24,
    }  # fmt: skip
    new = f"{desk}/meetings/new?with=can-zeytin"
    for event in (other.public_id, storm.event.public_id, storm.draft.public_id, "abcdefghjkmn"):
        answer = await post_form(client, new, {**ask, "event": event})
        assert answer.status_code == 422, event
    for key in (fair.jonas.org, "nobody", "x" * 300, fair.zoe.org, "../can-zeytin"):
        assert (await client.get(f"{desk}/meetings/new", params={"with": key})).status_code == 404, key
    mine = await direct.ask(
        fair.zoe.caller, fair.zoe.membership, "can-zeytin", wanted(times=(at(5), at(6))), "k-2"
    )
    after = await _marks("meeting_wish")
    assert before[1] == after[0]
    await sign_in(client, fair.can.person)
    page = f"/en/desk/{fair.can.org}/meetings/{mine.public_id}"
    for time in [*(await proposals(storm.meeting)), 0, -1, 2**70, "x"]:
        answer = await post_form(client, f"{page}/accept", {"time": str(time), "version": "1"}, of=page)
        assert answer.status_code == 422, time
    assert await fetchval("SELECT count(*) FROM meeting WHERE state = 'CONFIRMED'") == 0


async def test_an_exporter_learns_of_no_importer_by_asking(
    client: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    storm = await make_storm()
    fair = storm.fair
    hidden = await side(
        await make_importer("Verborgene Werte GmbH", standing="VERIFIED"), "Ida Still", "OWNER"
    )
    closed = await make_importer("Zugesperrt GmbH", standing="SUSPENDED")
    key = await a_key(fair.can.firm, fair.can.person, "view", "orders")
    body = {
        "topic": "Towels", "times": [{"starts_at": at().starts_at.isoformat(), "ends_at": at().ends_at.isoformat()}],
    }  # fmt: skip
    await sign_in(client, fair.can.person)
    desk = f"/en/desk/{fair.can.org}/meetings/new"
    told, pages = set(), set()
    for number, name in enumerate(
        (hidden.org, closed.public_id, "abcdefghjkmn", fair.ayse.org, "ayse-havlu", "x" * 200)
    ):
        answer = await program.post(
            "/api/v1/meetings",
            json={**body, "with": name},
            headers={**key, "idempotency-key": f"ask-{number}"},
        )
        told.add((answer.status_code, answer.json()["detail"]))
        page = await client.get(desk, params={"with": name})
        pages.add(
            (page.status_code, "Verborgene" in page.text or "Zugesperrt" in page.text or "Ida" in page.text)
        )
    assert len(told) == 1, told
    assert len(pages) == 1, pages
    assert not next(iter(pages))[1]
    assert next(iter(told))[0] in (403, 404)
    part = await client.get(f"{desk}?inquiry=abcdefghjkmn")
    assert part.status_code == 404
    assert "Verborgene" not in (await client.get(desk)).text
    assert await mails("ida.still@example.com") == []


async def test_a_program_registers_nobody_else_and_for_nothing_that_is_not_announced(
    program: httpx.AsyncClient,
) -> None:
    storm = await make_storm()
    fair = storm.fair
    key = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    secret = await drafted(fair.other_union)
    people = [{"name": "Zoe Frey"}]
    for number, event in enumerate(
        (storm.draft.public_id, secret.public_id, "abcdefghjkmn", storm.day, "", "x" * 500)
    ):
        answer = await program.post(
            "/api/v1/registrations",
            json={"event": event, "people": people, "agreed": True},
            headers={**key, "idempotency-key": f"r-{number}"},
        )
        assert answer.status_code in (404, 422), (event, answer.text)
        assert "Denizli" not in answer.text
    for more in (
        {"organisation": fair.jonas.org},
        {"org": fair.jonas.org},
        {"state": "CONFIRMED"},
        {"side": "EXPORTER"},
    ):
        answer = await program.post(
            "/api/v1/registrations",
            json={"event": storm.event.public_id, "people": people, "agreed": True, **more},
            headers={**key, "idempotency-key": f"m-{next(iter(more))}"},
        )
        assert answer.status_code in (400, 422), more
    assert await count("registration") == 1
    done = await take(fair.zoe, storm.event, "Zoe Frey")
    for path in (
        "?state=CONFIRMED",
        "?page=1",
        "?event=" + storm.event.public_id,
        "?organisation=" + fair.jonas.org,
    ):
        listed = await program.get(f"/api/v1/registrations{path}", headers=key)
        assert listed.status_code in (200, 422), path
        assert storm.registration not in listed.text, path
    assert done.public_id in (await program.get("/api/v1/registrations", headers=key)).text


async def test_who_looks_only_finds_no_people_behind_firms_of_a_day(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    await execute("UPDATE importer SET phone = '+49 40 555 0101' WHERE id = $1", fair.jonas.firm.entity)
    await execute("UPDATE registration SET interest = 'Write to jonas.petersen@example.com'")
    await day_world.planned(fair, storm.day)
    looker = await make_person("Lale Bakan")
    await make_member(fair.ayse.firm, looker, "VIEWER")
    for person in (fair.ayse.person, looker):
        await sign_in(client, person)
        for path in (
            f"/en/desk/{fair.ayse.org}/meeting-days/{storm.day}",
            f"/en/desk/{fair.ayse.org}/meetings",
        ):
            page = await client.get(path)
            assert page.status_code == 200
            for secret in ("jonas.petersen@example", "555 0101", "Jonas Petersen"):
                assert secret not in page.text.partition("<main")[2], (path, secret)
    assert [row["state"] for row in await fetch("SELECT state FROM meeting WHERE day IS NOT NULL")].count(
        "CONFIRMED"
    ) == 0


async def test_a_program_writes_to_no_more_firms_an_hour_than_a_person(program: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    key = await a_key(fair.zoe.firm, fair.zoe.person, "view", "buy")
    body = {
        "with": "can-zeytin", "topic": "Towels",
        "times": [{"starts_at": at().starts_at.isoformat(), "ends_at": at().ends_at.isoformat()}],
    }  # fmt: skip
    most, asked = throttle.RULES["meeting"].account.requests, 0
    for number in range(most + 5):
        headers = {**key, "idempotency-key": f"again-{number}"}
        answer = await program.post("/api/v1/meetings", json=body, headers=headers)
        if answer.status_code == 429:
            break
        assert answer.status_code == 201, answer.text
        asked += 1
        path, again = f"/api/v1/meetings/{answer.json()['id']}/cancel", {"idempotency-key": f"back-{number}"}
        taken_back = await program.post(path, json={}, headers={**key, **again})
        assert taken_back.status_code == 200, taken_back.text
    assert asked <= most
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
