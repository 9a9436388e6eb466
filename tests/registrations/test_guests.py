"""People without an account: ask, be invited or declined, join; nobody learns what the platform knows."""

import re

import httpx
import pytest
from attending import take
from eventing import Fair, make_event
from people import mails, make_person, post_form, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, NotFound
from kervan.registrations import guests, rounds
from kervan.registrations.guests import Asking

MIA = {"name": "Mia Gast", "email": "Mia@Gast.example", "firm": "Gast AG", "country": "CH", "note": "Towels"}


async def asked(event: str, **changes: str) -> str:
    """Asks and returns the guest's public id."""
    await guests.ask(event, Asking(**{**MIA, **changes}), "en")
    found: str = await fetchval("SELECT public_id FROM event_guest ORDER BY id DESC LIMIT 1")
    return found


async def test_a_double_ask_and_a_known_address_get_the_same_answer(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    path = f"/en/events/x-{event.public_id}/guest"
    await make_person("Kemal Bekir", "kemal@known.example")
    pages = []
    for fields in (MIA, {**MIA, "email": "MIA@gast.example"}, {**MIA, "email": "kemal@known.example"}):
        answer = await post_form(client, path, fields)
        assert answer.status_code == 200
        pages.append(re.sub(r'value="[^"]*"|nonce|[0-9a-f]{16}', "", answer.text))
    assert pages[0] == pages[1] == pages[2]
    assert "Thank you" in pages[0]
    assert await fetchval("SELECT count(*) FROM event_guest") == 2
    assert await mails("mia@gast.example") == []
    bells = await fetch("SELECT kind FROM notification WHERE person = $1", fair.union.person)
    assert [row["kind"] for row in bells] == ["guest_asks"]


async def test_what_is_wrong_is_said_and_kept(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    path = f"/en/events/x-{event.public_id}/guest"
    answer = await post_form(client, path, {"name": "M", "email": "nonsense", "firm": "<b>", "country": "XX"})
    assert answer.status_code == 422
    assert answer.text.count("form-error") >= 3
    assert "nonsense" in answer.text
    with pytest.raises(Invalid) as refused:
        await asked(event.public_id, name="\u202e\u202e", country="ZZ", note="x" * 601)
    assert set(refused.value.fields) == {"name", "country", "note"}
    assert await fetchval("SELECT count(*) FROM event_guest") == 0


async def test_one_address_asks_for_few(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    path = f"/en/events/x-{event.public_id}/guest"
    codes = [
        (await post_form(client, path, {**MIA, "email": f"guest{n}@gast.example"})).status_code
        for n in range(22)
    ]
    assert codes == [200] * 20 + [429] * 2


async def test_nobody_asks_for_what_is_over_or_not_here(fair: Fair) -> None:
    event = await make_event(fair.union)
    elsewhere = await make_event(
        fair.union, registration="EXTERNAL", registration_url="https://fair.example.com/in"
    )
    with pytest.raises(Conflict):
        await asked(elsewhere.public_id)
    await execute("UPDATE trade_event SET state = 'CANCELLED' WHERE id = $1", event.id)
    with pytest.raises(Conflict):
        await asked(event.public_id)
    with pytest.raises(NotFound):
        await asked("nosuchevent0")


async def test_an_invited_guest_finds_the_way_back_to_the_event(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    guest = await asked(event.public_id)
    await sign_in(client, fair.union.person)
    here = f"/en/staff/events/{event.public_id}/guests"
    page = await client.get(here)
    assert "Mia Gast" in page.text
    done = await post_form(client, f"{here}/{guest}", {"answer": "invite"}, of=here)
    assert done.status_code == 303
    [mail] = await mails("Mia@gast.example")
    assert mail["template"] == "event_guest"
    assert mail["context"]["go"] == "/register/importer"
    assert mail["context"]["register"].endswith(f"-{event.public_id}/register")
    assert (await post_form(client, f"{here}/{guest}", {"answer": "invite"}, of=here)).status_code == 409
    person = await make_person("Mia Gast", "mia@gast.example")
    await rounds.give_places()
    assert await fetchval("SELECT state FROM event_guest") == "JOINED"
    [bell] = await fetch("SELECT kind, path FROM notification WHERE person = $1", person)
    assert bell["kind"] == "guest_joined"
    assert bell["path"].endswith(f"-{event.public_id}/register")


async def test_a_declined_guest_reads_why_and_may_still_be_invited(fair: Fair) -> None:
    event = await make_event(fair.union)
    guest = await asked(event.public_id)
    with pytest.raises(Invalid):
        await guests.decide(fair.union.caller, event.public_id, guest, False)
    await guests.decide(fair.union.caller, event.public_id, guest, False, "Only for makers of yarn.")
    [mail] = await mails("Mia@gast.example")
    assert mail["context"]["reason"] == "Only for makers of yarn."
    with pytest.raises(Conflict):
        await guests.decide(fair.union.caller, event.public_id, guest, False, "Only for makers of yarn.")
    await guests.decide(fair.union.caller, event.public_id, guest, True)
    assert await fetchval("SELECT state FROM event_guest") == "INVITED"


async def test_guests_are_the_organisers_business(fair: Fair) -> None:
    event = await make_event(fair.union)
    guest = await asked(event.public_id)
    other = await make_event(fair.other_union)
    for who, where in (
        (fair.other_union, event), (fair.other_union, other), (fair.jonas, event), (fair.post, event),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await guests.decide(who.caller, where.public_id, guest, True)
    assert await fetchval("SELECT state FROM event_guest") == "ASKED"


async def test_who_registers_with_an_account_has_joined(fair: Fair) -> None:
    event = await make_event(fair.union)
    await asked(event.public_id, email="jonas.petersen@example.com")
    await take(fair.jonas, event)
    assert await fetchval("SELECT state FROM event_guest") == "JOINED"
