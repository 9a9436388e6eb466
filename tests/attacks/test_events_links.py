"""Links of events attacked: where sign-in leads afterwards, tokens of one thing used for another, tokens that ended."""

import re
from datetime import timedelta

import httpx
import pytest
from asking import make_world
from attending import begins_in, buyers, take
from eventing import make_event, make_fair
from meeting_world import agreed
from people import PASSWORD, count, make_member, make_person, post_form, sign_in, sign_out
from storming import forget_limits, make_storm

from kervan import vault
from kervan.db import execute, fetch, fetchval
from kervan.meetings import feed, outcomes
from kervan.meetings.states import Side
from kervan.privacy import consents, erasure
from kervan.registrations import certificates, rounds, surveys, tickets

pytestmark = pytest.mark.usefixtures("db")

ELSEWHERE = (
    "//evil.example", "\\\\evil.example", "/\\evil.example", "/en//evil.example", "/en/../..//evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "https://evil.example", "https:evil.example", "http:/\\evil.example",
    "%2f%2fevil.example", "/%2fevil.example", "/%5cevil.example", "/en/%2e%2e//evil.example", "/\tevil.example",
    "/\n/evil.example", "\x00//evil.example", "/en\u2028//evil.example", "//evil.example@kervan.test", "@evil.example",
    ".evil.example", "/en/" + "a" * 5000, "data:text/html,x", " //evil.example", "/en/sign-out", "/.//evil.example",
    "/en?next=//evil.example#//evil.example", "///evil.example", "/;//evil.example",
    "/%0d%0aLocation:%20//evil.example",
    "/en/events/x\r\nSet-Cookie: a=b", "https://kervan.test.evil.example/en/desk", "//kervan.test:evil@evil.example",
)  # fmt: skip


def _own(location: str) -> bool:
    """Whether browsers stay on this site with it: a path, by no reading a host."""
    return (
        bool(re.fullmatch(r"/(en|tr)(/(?!/)[^\\\s]*)?(\?[^\\\s]*)?", location))
        and "//" not in location.split("?")[0]
    )


async def test_after_sign_in_nobody_is_led_to_another_site(client: httpx.AsyncClient) -> None:
    person = await make_person("Jonas Petersen")
    wrong = []
    for to in ELSEWHERE:
        await forget_limits()
        sign_out(client)
        page = await client.get("/en/sign-in", params={"next": to})
        assert page.status_code == 200, to
        answer = await post_form(
            client, "/en/sign-in", {"email": "jonas.petersen@example.com", "password": PASSWORD, "next": to}
        )
        assert answer.status_code == 303, (to, answer.status_code)
        if not _own(answer.headers["location"]):
            wrong.append(f"{to!r} leads to {answer.headers['location']!r}")
        await sign_in(client, person)
        onward = await client.get("/en/sign-in", params={"next": to})
        if onward.status_code != 303 or not _own(onward.headers["location"]):
            wrong.append(f"{to!r} leads who is in to {onward.headers.get('location')!r}")
    assert wrong == [], "\n".join(wrong)


async def test_links_without_a_language_lead_to_this_site_alone(client: httpx.AsyncClient) -> None:
    wrong = []
    for room in ("tickets", "attended", "survey", "meeting-outcome"):
        for part in (
            "%2f%2fevil.example",
            "%5c%5cevil.example",
            "..%2f..%2f%2fevil.example",
            "x%0d%0aSet-Cookie:a=b",
            "%00",
            "x" * 3000,
        ):
            answer = await client.get(f"/{room}/{part}")
            location = answer.headers.get("location", "/en")
            if answer.status_code >= 500 or not _own(location) or "a" in answer.cookies:
                wrong.append(f"/{room}/{part[:30]}: {answer.status_code} {location[:60]}")
    assert wrong == [], "\n".join(wrong)


async def test_the_way_to_the_form_of_an_event_comes_back_to_it_and_nowhere_else(
    client: httpx.AsyncClient,
) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    for path in (
        f"/en/events/x-{event.public_id}/register",
        "/en/meetings/ask?with=//evil.example&event=javascript:x",
    ):
        sign_out(client)
        asked = await client.get(path)
        assert asked.status_code in (302, 303)
        assert asked.headers["location"].startswith("/en/sign-in?next=")
        await post_form(
            client,
            asked.headers["location"],
            {"email": "jonas.petersen@example.com", "password": PASSWORD, "next": path},
            follow_redirects=True,
        )
        assert client.base_url.host == "kervan.test"


async def test_no_token_opens_what_it_was_not_made_for(client: httpx.AsyncClient) -> None:
    storm = await make_storm()
    fair = storm.fair
    calendar = await feed.rotate(fair.jonas.caller)
    participant = await fetchval("SELECT public_id FROM registration_participant")
    person = await fetchval("SELECT public_id FROM person WHERE id = $1", fair.jonas.person)
    key = vault.new_token()
    tokens = {
        "ticket": storm.ticket,
        "survey": surveys.token(storm.registration),
        "certificate": certificates.code(participant),
        "outcome": outcomes.token(storm.meeting, Side.EXPORTER),
        "agenda": calendar,
        "stop": consents.token(person, "events"),
        "random": key,
        "other survey": surveys.token(participant),
        "outcome of a registration": outcomes.token(storm.registration, Side.IMPORTER),
        "half": storm.ticket[:12],
        "unsigned": f"{storm.registration}.",
        "of another": f"{storm.registration}.{surveys.token(participant).partition('.')[2]}",
    }
    doors = {
        "ticket": "/en/tickets/{}", "ticket pdf": "/en/tickets/{}/certificate.pdf", "certificate": "/en/attended/{}",
        "survey": "/en/survey/{}", "outcome": "/en/meeting-outcome/{}", "agenda": "/agenda/{}.ics",
    }  # fmt: skip
    # The event and the meeting lie ahead: besides the ticket and the calendar nothing opens at all.
    opens = {("ticket", "ticket"), ("agenda", "agenda")}
    wrong = []
    for made, token in tokens.items():
        for door, path in doors.items():
            await forget_limits()
            answer = await client.get(path.format(token))
            if (answer.status_code == 200) != ((made, door) in opens):
                wrong.append(f"{made} at {door}: {answer.status_code}")
            for name in ("Jonas", "Nordlicht", "Petersen"):
                if (made, door) not in opens and name in answer.text:
                    wrong.append(f"{made} at {door} tells {name}")
    for door in ("survey", "outcome"):
        for made, token in tokens.items():
            answer = await client.post(doors[door].format(token), data={"rating": "5", "result": "ORDER"})
            if answer.status_code != 404:
                wrong.append(f"{made} posted to {door}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)
    assert await count("event_survey") == 0


async def test_a_ticket_ends_with_its_place_and_tells_nothing_after_it_was_forgotten(
    client: httpx.AsyncClient,
) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, online_url="https://hall.example.com/secret-room", format="HYBRID")
    made = await take(fair.jonas, event)
    ticket = await fetchval("SELECT ticket FROM registration_participant")
    await begins_in(event, timedelta(hours=1))
    assert "secret-room" in (await client.get(f"/en/tickets/{ticket}")).text
    await execute("UPDATE registration SET state = 'CANCELLED', cancelled_at = now() WHERE id = $1", made.id)
    page = await client.get(f"/en/tickets/{ticket}")
    assert "secret-room" not in page.text
    assert "<svg" not in page.text.partition("reg-qr-code")[2][:200]
    [scanned] = await tickets.check_in(
        fair.union.caller, event.public_id, [tickets.Scan(id="device-0001", code=ticket)]
    )
    assert scanned.result == tickets.NOT_VALID
    await begins_in(event, timedelta(days=-900))
    assert await rounds.forget_lists() == 1
    for path in (f"/en/tickets/{ticket}", f"/en/tickets/{ticket}/certificate.pdf"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get(f"/en/attended/{certificates.code(ticket[:12])}")).status_code == 404


async def test_a_certificate_is_for_who_came_alone_and_its_code_is_not_guessed(
    client: httpx.AsyncClient,
) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    await take(fair.jonas, event, "Jonas Petersen", "Lea Brandt")
    came, away = await fetch("SELECT id, public_id, ticket FROM registration_participant ORDER BY id")
    await begins_in(event, timedelta(hours=-1))
    await tickets.check_in(
        fair.union.caller, event.public_id, [tickets.Scan(id="device-0001", code=came["ticket"])]
    )
    for row in (came, away):
        answer = await client.get(f"/en/tickets/{row['ticket']}/certificate.pdf")
        assert answer.status_code == 404, "the event is not over"
    await begins_in(event, timedelta(days=-9))
    assert (await client.get(f"/en/tickets/{came['ticket']}/certificate.pdf")).status_code == 200
    assert (await client.get(f"/en/tickets/{away['ticket']}/certificate.pdf")).status_code == 404
    assert (await client.get(f"/en/attended/{certificates.code(came['public_id'])}")).status_code == 200
    good = certificates.code(came["public_id"])
    for code in (
        certificates.code(away["public_id"]), good[:-1], good + "A", good.swapcase(), good.upper(),
        f"{away['public_id']}.{good[13:]}",
        good.replace(".", ".."), f".{good[13:]}", came["public_id"], good + "%00",
    ):  # fmt: skip
        answer = await client.get(f"/en/attended/{code}")
        assert answer.status_code in (404, 405), code
        assert "Petersen" not in answer.text


async def test_the_agenda_ends_with_the_account_and_with_a_new_address(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    await take(fair.jonas, await make_event(fair.union))
    first = await feed.rotate(fair.jonas.caller)
    assert (await client.get(f"/agenda/{first}.ics")).status_code == 200
    second = await feed.rotate(fair.jonas.caller)
    for guess in (first, second[:-1], second + "A", second.swapcase(), second[:20], "%25", "_" * 32):
        assert (await client.get(f"/agenda/{guess}.ics")).status_code == 404, guess
    await make_member(fair.jonas.firm, await make_person("Lea Brandt"), "OWNER")
    await execute("UPDATE membership SET valid_to = current_date - 2 WHERE person = $1", fair.jonas.person)
    assert b"VEVENT" not in (await client.get(f"/agenda/{second}.ics")).content
    await execute("UPDATE membership SET valid_to = NULL WHERE person = $1", fair.jonas.person)
    assert await erasure.ask(fair.jonas.person, PASSWORD)
    assert (await client.get(f"/agenda/{second}.ics")).status_code == 404


async def test_an_outcome_is_told_by_both_sides_apart_and_only_of_what_was_held(
    client: httpx.AsyncClient,
) -> None:
    world = await make_world()
    meeting = await agreed(world)
    links = {
        side: f"/en/meeting-outcome/{outcomes.token(meeting, side)}"
        for side in (Side.EXPORTER, Side.IMPORTER)
    }
    for path in links.values():
        assert (await client.get(path)).status_code == 404, "it lies ahead"
    await execute(
        "UPDATE meeting SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
    )
    await execute("UPDATE meeting SET state = 'HELD'")
    done = await client.post(links[Side.IMPORTER], data={"result": "ORDER", "note": "Only for us"})
    assert done.status_code == 200
    for path in links.values():
        assert "Only for us" not in (await client.get(path)).text
    await execute("UPDATE meeting SET state = 'CANCELLED'")
    for path in links.values():
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path, data={"result": "ORDER"})).status_code == 404


async def test_a_guest_is_answered_the_same_whoever_he_is(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    [other] = await buyers(1)
    await execute(
        "UPDATE person SET email = 'known@example.com', email_key = 'known@example.com' WHERE id = $1",
        other.person,
    )
    path = f"/en/events/x-{event.public_id}/guest"
    seen = set()
    for address in ("known@example.com", "new@example.com", "new@example.com", "jonas.petersen@example.com"):
        await forget_limits()
        asked = {"name": "Nora Lind", "email": address, "firm": "Lind AB", "country": "SE"}
        answer = await post_form(client, path, asked)
        assert answer.status_code == 200
        main = answer.text.partition("<main")[2].replace(address, "")
        seen.add(re.sub(r'value="[\w.-]{30,}"', "", main))
    assert len(seen) == 1
