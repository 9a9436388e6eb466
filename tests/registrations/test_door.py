"""Tickets and the door: codes, scans that come late and twice, certificates."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from attending import begins_in, give_up, state_of, take
from eventing import Fair, make_event
from people import post_form, sign_in, sign_out

from kervan.db import execute, fetchval
from kervan.errors import NotFound
from kervan.events.structs import EventShown
from kervan.registrations import certificates, queries, tickets
from kervan.registrations.structs import RegistrationShown
from kervan.registrations.tickets import Scan, code_of


async def running(fair: Fair, **changes: Any) -> tuple[EventShown, RegistrationShown]:
    """An event that began an hour ago, and the registration of Jonas and Greta."""
    event = await make_event(fair.union, **changes)
    made = await take(fair.jonas, event, "Jonas Petersen", "Greta Hansen")
    await begins_in(event, timedelta(hours=-1))
    return event, await queries.shown(made.id)


def scan(code: str, number: int = 1, at: datetime | None = None) -> Scan:
    return Scan(id=f"scan-{number:08}", code=code, at=at)


def test_codes_are_read_as_people_type_them() -> None:
    ticket = "h4k7m2p9q3rsABCDEFGHIJKLMNOP-_12"
    assert code_of(ticket) == ("h4k7m2p9q3rs", ticket)
    assert code_of(f" https://kervan.example/en/tickets/{ticket}?x=1 ") == ("h4k7m2p9q3rs", ticket)
    # A Turkish keyboard writes İ and ş where others write I and s.
    for typed in ("H4K7 M2P9-Q3RS", "h4k7m2p9q3rş"):
        assert code_of(typed) == ("h4k7m2p9q3rs", "")
    for bad in ("", "h4k7", ticket + "x", "https://evil.example/", "'; DROP TABLE person"):
        assert code_of(bad) == ("", ""), bad


async def test_the_first_scan_counts_and_the_next_one_says_so(fair: Fair) -> None:
    event, shown = await running(fair)
    jonas = shown.people[0]
    [first] = await tickets.check_in(fair.union.caller, event.public_id, [scan(jonas.ticket)])
    assert (first.result, first.name, first.firm) == ("in", "Jonas Petersen", "Nordlicht Handel GmbH")
    # The same scan again, because the answer got lost on the way.
    [again] = await tickets.check_in(fair.union.caller, event.public_id, [scan(jonas.ticket)])
    assert again == first
    [second] = await tickets.check_in(fair.union.caller, event.public_id, [scan(jonas.public_id, 2)])
    assert (second.result, second.at) == ("before", first.at)
    assert await state_of(shown) == "ATTENDED"
    assert [person.checked_in_at is not None for person in (await queries.shown(shown.id)).people] == [
        True,
        False,
    ]


async def test_a_scan_that_comes_late_counts_by_when_it_was_made(fair: Fair) -> None:
    event, shown = await running(fair)
    now = datetime.now(UTC)
    code = shown.people[0].ticket
    await tickets.check_in(fair.union.caller, event.public_id, [scan(code, 1, now - timedelta(minutes=5))])
    early = now - timedelta(minutes=30)
    [late] = await tickets.check_in(fair.union.caller, event.public_id, [scan(code, 2, early)])
    assert (late.result, late.at) == ("in", early)
    [told] = await tickets.check_in(
        fair.union.caller, event.public_id, [scan(code, 1, now - timedelta(minutes=5))]
    )
    assert (told.result, told.at) == ("before", early)


async def test_a_wrong_clock_of_a_device_does_no_harm(fair: Fair) -> None:
    event, shown = await running(fair)
    for number, at in enumerate((datetime(2001, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC))):
        code = shown.people[number].ticket
        [done] = await tickets.check_in(fair.union.caller, event.public_id, [scan(code, number + 1, at)])
        assert done.result == "in"
        assert done.at is not None
        assert datetime.now(UTC) - timedelta(days=2) < done.at <= datetime.now(UTC)


async def test_a_wrong_ticket_and_one_that_holds_no_more_let_nobody_in(fair: Fair) -> None:
    event, shown = await running(fair)
    other = await make_event(fair.union)
    jonas, greta = shown.people

    async def result(code: str, where: str = event.public_id) -> str:
        [done] = await tickets.check_in(fair.union.caller, where, [scan(code, 9)])
        return done.result

    assert await result("nosuchperson") == "unknown"
    assert await result(jonas.public_id + "A" * 20) == "unknown"
    assert await result(jonas.ticket, other.public_id) == "other-event"
    await execute("UPDATE registration_participant SET removed_at = now() WHERE id = $1", greta.id)
    assert await result(greta.ticket) == "not-valid"
    await give_up(fair.jonas, shown)
    assert await result(jonas.ticket) == "not-valid"
    assert (
        await fetchval("SELECT count(*) FROM registration_participant WHERE checked_in_at IS NOT NULL") == 0
    )


async def test_the_door_is_closed_long_before(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    code = (await queries.shown(made.id)).people[0].ticket
    [done] = await tickets.check_in(fair.union.caller, event.public_id, [scan(code)])
    assert done.result == "too-early"
    await begins_in(event, timedelta(hours=20))
    [done] = await tickets.check_in(fair.union.caller, event.public_id, [scan(code)])
    assert done.result == "in"


async def test_strangers_have_no_door(client: httpx.AsyncClient, fair: Fair) -> None:
    event, shown = await running(fair)
    for who in (fair.other_union, fair.jonas, fair.post):
        with pytest.raises(NotFound):
            await tickets.check_in(who.caller, event.public_id, [scan(shown.people[0].ticket)])
    await sign_in(client, fair.other_union.person)
    path = f"/en/staff/events/{event.public_id}/door"
    token = (await client.get("/en/privacy")).text.split('name="_token" value="')[1].split('"')[0]
    body = {"scans": [{"id": "scan-00000001", "code": shown.people[0].ticket}]}
    answer = await client.post(f"{path}/scans", json=body, headers={"x-csrf-token": token})
    assert answer.status_code == 404
    assert await state_of(shown) == "CONFIRMED"


async def test_the_door_works_without_scripts(client: httpx.AsyncClient, fair: Fair) -> None:
    event, shown = await running(fair)
    await sign_in(client, fair.union.person)
    path = f"/en/staff/events/{event.public_id}/door"
    page = await client.get(f"{path}?q=greta")
    assert "Greta Hansen" in page.text
    assert "Jonas Petersen" not in page.text
    assert "camera=(self)" in page.headers["permissions-policy"]
    done = await post_form(client, path, {"code": shown.people[1].public_id.upper()})
    assert done.status_code == 200
    assert "Checked in" in done.text
    again = await post_form(client, path, {"code": shown.people[1].ticket})
    assert "Was checked in before" in again.text
    assert "We know no ticket" in (await post_form(client, path, {"code": "abc"})).text
    assert (await post_form(client, path, {"code": ""})).status_code == 200


async def test_a_device_sends_its_scans_when_the_line_is_back(client: httpx.AsyncClient, fair: Fair) -> None:
    event, shown = await running(fair)
    await sign_in(client, fair.union.person)
    path = f"/en/staff/events/{event.public_id}/door"
    kept = (await client.get(f"{path}/list.json")).json()
    assert {one["name"] for one in kept["people"]} == {"Jonas Petersen", "Greta Hansen"}
    # A device that is lost holds no tickets.
    assert shown.people[0].ticket not in (await client.get(f"{path}/list.json")).text
    token = (await client.get(path)).text.split('data-token="')[1].split('"')[0]
    body = {
        "scans": [
            {"id": "scan-00000001", "code": shown.people[0].ticket, "at": datetime.now(UTC).isoformat()},
            {"id": "scan-00000002", "code": shown.people[0].public_id},
            {"id": "scan-00000003", "code": "nonsense"},
        ]
    }
    for _ in range(2):
        answer = await client.post(f"{path}/scans", json=body, headers={"x-csrf-token": token})
        assert answer.status_code == 200
        assert [one["result"] for one in answer.json()["scans"]] == ["in", "before", "unknown"]
    assert (await client.post(f"{path}/scans", json=body)).status_code == 403
    for bad in ({}, {"scans": "x"}, {"scans": [{"id": 1}]}, {"scans": [], "more": 1},
                {"scans": [{"id": "scan-00000001", "code": "x", "at": "2026-01-01T00:00:00"}]},
                {"scans": [{"id": f"scan-{n:08}", "code": "x"} for n in range(501)]}):  # fmt: skip
        answer = await client.post(f"{path}/scans", json=bad, headers={"x-csrf-token": token})
        assert answer.status_code == 422, bad


async def test_a_ticket_is_for_its_holder_and_tells_the_way_in(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union, format="HYBRID", online_url="https://meet.example.com/r/1")
    made = await take(fair.jonas, event)
    ticket = (await queries.shown(made.id)).people[0].ticket
    page = await client.get(f"/en/tickets/{ticket}")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "https://meet.example.com/r/1" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in page.headers["cache-control"]
    short = await client.get(f"/tickets/{ticket}", headers={"accept-language": "tr"})
    assert short.headers["location"] == f"/tr/tickets/{ticket}"
    for bad in (ticket[:-1] + ("A" if ticket[-1] != "A" else "B"), ticket[:12], "x" * 32):
        assert (await client.get(f"/en/tickets/{bad}")).status_code == 404
    await give_up(fair.jonas, made)
    void = await client.get(f"/en/tickets/{ticket}")
    assert "does not hold any more" in void.text
    assert "meet.example.com" not in void.text
    assert "reg-qr" not in void.text


async def test_who_waits_has_no_ticket_that_holds(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(
        fair.union, capacity_importers=1, format="ONLINE", online_url="https://meet.example.com/r/1"
    )
    await take(fair.zoe, event)
    waits = await take(fair.jonas, event)
    ticket = (await queries.shown(waits.id)).people[0].ticket
    page = await client.get(f"/en/tickets/{ticket}")
    assert "meet.example.com" not in page.text
    assert "does not hold" in page.text


async def test_a_certificate_is_made_and_can_be_checked(client: httpx.AsyncClient, fair: Fair) -> None:
    event, shown = await running(fair)
    jonas, greta = shown.people
    await tickets.check_in(fair.union.caller, event.public_id, [scan(jonas.ticket)])
    assert (await client.get(f"/en/tickets/{jonas.ticket}/certificate.pdf")).status_code == 404
    await begins_in(event, timedelta(days=-10))
    for language in ("en", "tr"):
        paper = await client.get(f"/{language}/tickets/{jonas.ticket}/certificate.pdf")
        assert paper.status_code == 200
        assert paper.content.startswith(b"%PDF-")
        assert "attachment" in paper.headers["content-disposition"]
    assert (await client.get(f"/en/tickets/{greta.ticket}/certificate.pdf")).status_code == 404
    code = certificates.code(jonas.public_id)
    sign_out(client)
    page = await client.get(f"/en/attended/{code}")
    assert page.status_code == 200
    assert "Jonas Petersen" in page.text
    assert "Denizli home textile fair" in page.text
    # Only event, date and name.
    assert "Nordlicht" not in page.text
    other = certificates.code(greta.public_id)
    for bad in (
        code[:-1] + ("A" if code[-1] != "A" else "B"),
        jonas.public_id,
        other,
        f"{greta.public_id}.{code[13:]}",
    ):
        assert (await client.get(f"/en/attended/{bad}")).status_code == 404, bad
    assert (await client.get(f"/attended/{code}")).headers["location"].endswith(f"/attended/{code}")


async def test_a_certificate_takes_any_name(fair: Fair) -> None:
    event = await make_event(fair.union)
    names = ("#set page(fill: red) *x* $y$ \\", "محمد بن عبد الله " + "و" * 60)
    made = await take(fair.jonas, event, *names)
    await begins_in(event, timedelta(hours=-1))
    shown = await queries.shown(made.id)
    for number, person in enumerate(shown.people):
        await tickets.check_in(fair.union.caller, event.public_id, [scan(person.ticket, number)])
    await begins_in(event, timedelta(days=-10))
    for person in shown.people:
        given = await certificates.of(await tickets.opened(person.ticket), "en", "https://kervan.example")
        assert certificates.pdf(given) == certificates.pdf(given)
