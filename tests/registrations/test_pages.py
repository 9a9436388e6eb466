"""The pages of registrations as firms and organisers see them; strangers see none of them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from attending import begins_in, buyers, give_up, state_of, take
from eventing import Fair, make_event
from people import make_importer, make_member, make_person, post_form, sign_in, sign_out

from kervan.db import execute, fetchval
from kervan.events.structs import EventShown, Question
from kervan.registrations import queries


def path_of(event: EventShown) -> str:
    return f"/en/events/denizli-home-textile-fair-{event.public_id}"


async def test_a_firm_registers_with_the_form_and_gets_its_tickets(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(
        fair.union,
        capacity_importers=2,
        questions=(Question(kind="YES_NO", label={"en": "Do you need a visa?"}, required=True),),
    )
    visa = event.content.questions[0].id
    await sign_in(client, fair.jonas.person)
    form = await client.get(f"{path_of(event)}/register")
    assert form.status_code == 200
    assert 'value="Jonas Petersen"' in form.text
    assert "Do you need a visa?" in form.text
    fields: dict[str, Any] = {
        "person_name_1": "Jonas Petersen",
        "person_job_1": "Buyer",
        "interest": "Towels",
    }
    refused = await post_form(client, f"{path_of(event)}/register", fields)
    assert refused.status_code == 422
    assert 'value="Buyer"' in refused.text
    done = await post_form(
        client, f"{path_of(event)}/register", {**fields, f"question-{visa}": "0", "agreed": "1"}
    )
    assert done.status_code == 303
    assert "event-confirmed" in done.headers["location"]
    own = await client.get(done.headers["location"])
    assert "Jonas Petersen" in own.text
    assert "/tickets/" in own.text
    # Who comes back to the form is led to the registration.
    assert (await client.get(f"{path_of(event)}/register")).status_code == 303


async def test_a_form_posted_twice_registers_once_and_says_so(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.jonas.person)
    fields = {"person_name_1": "Jonas Petersen", "agreed": "1"}
    path = f"{path_of(event)}/register"
    page = await client.get(path)
    token = page.text.split('name="_token" value="')[1].split('"')[0]
    first, second = [await client.post(path, data={"_token": token, **fields}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 409)
    assert "registered for this event already" in second.text
    assert await fetchval("SELECT count(*) FROM registration") == 1


async def test_who_works_for_two_firms_chooses_one(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    other = await make_importer("Zweite Hand GmbH", standing="VERIFIED")
    await make_member(other, fair.jonas.person, "OWNER")
    await sign_in(client, fair.jonas.person)
    choice = await client.get(f"{path_of(event)}/register")
    assert "Which firm comes?" in choice.text
    assert f"org={other.public_id}" in choice.text
    assert (await client.get(f"{path_of(event)}/register?org={other.public_id}")).status_code == 200
    assert (await client.get(f"{path_of(event)}/register?org={fair.zoe.org}")).status_code == 404


async def test_a_refusal_is_said_before_anything_is_typed(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union, target_countries=("CH",))
    await sign_in(client, fair.jonas.person)
    page = await client.get(f"{path_of(event)}/register")
    assert "for importers of other countries" in page.text
    assert 'name="agreed"' not in page.text


async def test_a_waiting_firm_takes_the_place_on_its_page(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    [first] = await buyers(1)
    has = await take(first, event)
    waits = await take(fair.jonas, event)
    await sign_in(client, fair.jonas.person)
    here = f"/en/desk/{fair.jonas.org}/events/{waits.public_id}"
    assert "You are next on the waiting list" in (await client.get(here)).text
    await give_up(first, has)
    assert "A place is free for you" in (await client.get(here)).text
    assert (await client.get(f"/en/desk/{fair.jonas.org}/events")).status_code == 200
    done = await post_form(client, f"{here}/answer", {"answer": "take"}, of=here)
    assert done.status_code == 303
    assert await state_of(waits) == "CONFIRMED"
    again = await post_form(client, f"{here}/answer", {"answer": "leave"}, of=here)
    assert again.status_code == 409
    changed = await post_form(client, f"{here}/people", {"person_name_1": "Greta Hansen"}, of=here)
    assert changed.status_code == 303
    assert (await post_form(client, f"{here}/cancel", {}, of=here)).status_code == 303
    assert await state_of(waits) == "CANCELLED"
    page = await client.get(here)
    assert "Register again" in page.text
    assert "Greta Hansen" in page.text


async def test_hostile_names_stay_text(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    hostile = "<script>alert(1)</script> \"x' {{7*7}}"
    made = await take(fair.jonas, event, hostile, interest="=cmd|' /C calc'!A0")
    ticket = (await queries.shown(made.id)).people[0].ticket
    await sign_in(client, fair.jonas.person)
    own = f"/en/desk/{fair.jonas.org}/events/{made.public_id}"
    pages = [await client.get(own), await client.get(f"/en/tickets/{ticket}")]
    await sign_in(client, fair.union.person)
    staff = f"/en/staff/events/{event.public_id}"
    for path in ("/registrations", f"/registrations/{made.public_id}", "/door"):
        pages.append(await client.get(f"{staff}{path}"))
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text
    file = await client.get(f"{staff}/registrations.csv")
    assert file.text.startswith("\ufeff")
    assert "'=cmd" in file.text


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_every_page_of_the_organiser_shows(
    client: httpx.AsyncClient, fair: Fair, language: str
) -> None:
    event = await make_event(fair.union, capacity_importers=2, reviewed=True)
    firms = await buyers(3)
    asked = [await take(firm, event, f"Person of {n}") for n, firm in enumerate(firms)]
    await sign_in(client, fair.union.person)
    here = f"/{language}/staff/events/{event.public_id}"
    page = await client.get(f"{here}/registrations")
    assert page.status_code == 200
    assert all(f"Kontor {n} GmbH" in page.text for n in range(3))
    done = await post_form(
        client,
        f"{here}/registrations",
        {"action": "confirm", "id": [one.public_id for one in asked]},
    )
    assert done.status_code == 303
    assert [await state_of(one) for one in asked] == ["CONFIRMED", "CONFIRMED", "WAITLISTED"]
    waits = f"{here}/registrations/{asked[2].public_id}"
    assert (await client.get(waits)).status_code == 200
    assert (await post_form(client, f"{waits}/first", {}, of=waits)).status_code == 303
    first = f"{here}/registrations/{asked[0].public_id}"
    assert (await post_form(client, f"{first}/remove", {"reason": "no"}, of=first)).status_code == 422
    removed = await post_form(client, f"{first}/remove", {"reason": "They asked us to."}, of=first)
    assert removed.status_code == 303
    assert (await queries.shown(asked[2].id)).state == "OFFERED"
    assert (await post_form(client, f"{first}/nonsense", {}, of=first)).status_code == 404
    for path in ("/registrations?state=OFFERED&side=IMPORTER&q=Kontor", "/guests", "/door", "/door?q=person"):
        assert (await client.get(f"{here}{path}")).status_code == 200, path
    assert (await client.get(f"{here}/registrations?page=x")).status_code == 422


async def test_the_file_has_a_line_a_person_and_their_answers(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(
        fair.union,
        questions=(Question(kind="SOME_OF", label={"en": "Days"}, options=({"en": "Mon"}, {"en": "Tue"})),),
    )
    days = event.content.questions[0].id or 0
    await take(fair.jonas, event, "Jonas Petersen", "Greta Hansen", answers={days: [0, 1]})
    await sign_in(client, fair.union.person)
    text = (await client.get(f"/en/staff/events/{event.public_id}/registrations.csv")).text
    head, *lines = text.strip().splitlines()
    assert head.endswith(",Days")
    assert [line.split(",")[6] for line in lines] == ["Jonas Petersen", "Greta Hansen"]
    assert all(line.endswith('"Mon, Tue"') for line in lines)


async def test_nobody_else_sees_a_list_or_a_registration(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    staff = f"/en/staff/events/{event.public_id}"
    behind = (
        "/registrations",
        "/registrations.csv",
        f"/registrations/{made.public_id}",
        "/guests",
        "/door",
        "/door/list.json",
    )
    for who in (fair.other_union, fair.post, fair.jonas, fair.ayse):
        await sign_in(client, who.person)
        for path in behind:
            assert (await client.get(f"{staff}{path}")).status_code == 404, path
    for who in (fair.zoe, fair.union):
        await sign_in(client, who.person)
        for org in (fair.jonas.org, who.org):
            assert (await client.get(f"/en/desk/{org}/events/{made.public_id}")).status_code == 404
            done = await client.post(f"/en/desk/{org}/events/{made.public_id}/cancel", data={})
            assert done.status_code in (403, 404)
    sign_out(client)
    assert (await client.get(f"{staff}/registrations")).status_code == 303
    assert (await client.get(f"{path_of(event)}/register")).status_code == 303
    # Another event of the same organiser does not show it either.
    other = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    path = f"/en/staff/events/{other.public_id}/registrations/{made.public_id}"
    assert (await client.get(path)).status_code == 404
    assert await state_of(made) == "CONFIRMED"


async def test_who_only_looks_cannot_act(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    viewer = await make_person("Vera Blick")
    await make_member(fair.jonas.firm, viewer, "VIEWER")
    await sign_in(client, viewer)
    here = f"/en/desk/{fair.jonas.org}/events/{made.public_id}"
    page = await client.get(here)
    assert page.status_code == 200
    assert "/cancel" not in page.text
    token = (await client.get("/en/privacy")).text.split('name="_token" value="')[1].split('"')[0]
    assert (await client.post(f"{here}/cancel", data={"_token": token})).status_code == 403


async def test_fitting_events_stand_first_on_the_desk(client: httpx.AsyncClient, fair: Fair) -> None:
    other = await make_event(fair.union, sectors=("machinery",), headings=("8452",))
    fits = await make_event(fair.union)
    await begins_in(other, timedelta(days=20))
    assert await queries.fitting(fair.jonas.firm.id) == [fits.id, other.id]
    assert await queries.fitting(fair.ayse.firm.id) == [fits.id, other.id]
    await take(fair.jonas, fits)
    assert await queries.fitting(fair.jonas.firm.id) == [other.id]
    await execute("UPDATE trade_event SET capacity_importers = 0 WHERE id = $1", other.id)
    assert await queries.fitting(fair.jonas.firm.id) == []
    await sign_in(client, fair.ayse.person)
    page = await client.get(f"/en/desk/{fair.ayse.org}/events")
    assert page.text.count("/register?org=") == 2


async def test_colleagues_are_ticked_and_many_people_can_be_typed(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union, people_per_firm=6)
    await make_member(fair.jonas.firm, await make_person("Greta Hansen"), "VIEWER")
    await sign_in(client, fair.jonas.person)
    page = await client.get(f"{path_of(event)}/register")
    assert 'name="member"' in page.text
    assert 'name="person_name_6"' in page.text
    fields = {
        "member": ["Greta Hansen"],
        "person_name_1": "Jonas Petersen",
        "person_name_5": "Ole Brandt",
        "agreed": "1",
    }
    done = await post_form(client, f"{path_of(event)}/register", fields)
    assert done.status_code == 303
    own = await client.get(done.headers["location"])
    assert all(name in own.text for name in ("Greta Hansen", "Jonas Petersen", "Ole Brandt"))


async def test_a_firm_that_is_not_verified_reads_why_it_cannot_come(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    await execute("UPDATE exporter SET verification = 'SUBMITTED'")
    await sign_in(client, fair.ayse.person)
    assert "Only verified exporters" in (await client.get(f"{path_of(event)}/register")).text
    await sign_in(client, fair.union.person)
    assert "You have no firm here" in (await client.get(f"{path_of(event)}/register")).text
