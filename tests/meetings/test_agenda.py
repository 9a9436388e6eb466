"""The pages of meetings: agenda, asking, answering, outcomes; who sees them and what they give away."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asking import World
from meeting_world import SECRETS, agreed, asked, at, known, looker, past, proposals, state, together
from people import post_form, sign_in

from kervan.db import execute, fetchval
from kervan.meetings import outcomes, rounds


def new_fields(**changes: str) -> dict[str, str]:
    day = (datetime.now(UTC) + timedelta(days=4)).date().isoformat()
    return {
        "key": "key-of-a-form-0123456789", "topic": "Towels for spring", "message": "Three years", "minutes": "30",
        "language": "en", "day_1": day, "time_1": "10:30", **changes,
    }  # fmt: skip


async def test_an_empty_agenda_says_what_to_do(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.buyer.person)
    page = await client.get(f"/en/desk/{world.buyer.org}/meetings")
    assert page.status_code == 200
    assert "No meetings yet" in page.text
    assert "Berlin (UTC" in re.sub(r"<[^>]+>", "", page.text)


async def test_today_comes_first_then_days_then_asks_then_what_is_over(
    client: httpx.AsyncClient, world: World
) -> None:
    await known(world)
    held = await agreed(world, "k-1")
    await past(held)
    await rounds.hold_due()
    await agreed(world, "k-2", topic="Bathrobes", times=(at(5),))
    today = await agreed(world, "k-3", topic="Right now", times=(at(6),))
    await execute(
        """UPDATE meeting SET starts_at = now() - interval '1 minute', ends_at = now() + interval '1 hour'
        WHERE public_id = $1""",
        today,
    )
    await together(world)
    await asked(world, "k-4", topic="Waiting")
    await sign_in(client, world.buyer.person)
    text = (await client.get(f"/en/desk/{world.buyer.org}/meetings")).text
    places = [text.index(words) for words in ("Right now", "Bathrobes", "Waiting for an answer", 'id="past"')]
    assert places == sorted(places)
    assert "Home textile days" in text


async def test_a_colleague_sees_the_meetings_of_the_firm(client: httpx.AsyncClient, world: World) -> None:
    meeting = await agreed(world)
    person = await looker(world.buyer)
    await sign_in(client, person)
    page = await client.get(f"/en/desk/{world.buyer.org}/meetings")
    assert "a colleague goes" in page.text
    one = await client.get(f"/en/desk/{world.buyer.org}/meetings/{meeting}")
    assert one.status_code == 200
    assert "<textarea" not in one.text


async def test_every_door_is_shut_to_strangers_and_to_who_only_looks(
    client: httpx.AsyncClient, world: World
) -> None:
    meeting = await agreed(world)
    desk = f"/en/desk/{world.buyer.org}/meetings"
    reads = [desk, f"{desk}/new", f"{desk}/{meeting}", f"{desk}/{meeting}.ics"]
    writes = [
        f"{desk}/{meeting}/{step}" for step in ("accept", "propose", "decline", "cancel", "room", "outcome")
    ]
    for path in reads:
        assert (await client.get(path)).status_code == 303, path
    stranger, own = world.other_buyer, f"/en/desk/{world.other_buyer.org}/meetings"
    await sign_in(client, stranger.person)
    for path in (*reads, f"{own}/{meeting}", f"{own}/{meeting}.ics"):
        assert (await client.get(path)).status_code == 404, path
    for path in (
        *writes,
        *(path.replace(desk, own) for path in writes),
        f"{desk}/feed",
        f"{desk}/new?with=x",
    ):
        assert (await post_form(client, path, {}, of=own)).status_code == 404, path
    await sign_in(client, await looker(world.buyer))
    for path in reads:
        assert (await client.get(path)).status_code == (403 if path.endswith("/new") else 200), path
    for path in (*writes, f"{desk}/new?with=ayse-havlu"):
        assert (await post_form(client, path, {}, of=desk)).status_code == 403, path
    assert await state(meeting) == "CONFIRMED"


async def test_a_firm_asks_by_the_form_and_sending_it_twice_asks_once(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    answer = await post_form(client, path, new_fields(message="Call +49 40 555 0101"))
    assert answer.status_code == 303
    assert "meeting-asked-masked" in answer.headers["location"]
    # 10:30 on the buyer's clock, whatever the season.
    row = await fetchval("SELECT to_char(starts_at AT TIME ZONE 'Europe/Berlin', 'HH24:MI') FROM meeting")
    assert row == "10:30"
    page = await client.get(answer.headers["location"])
    assert "The other side has the word" in page.text
    again = await post_form(client, path, new_fields())
    assert again.headers["location"].partition("?")[0] == answer.headers["location"].partition("?")[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day_1": "2020-02-03"}, "day_1"),
        ({"day_1": "2027-02-29"}, "day_1"),
        ({"day_1": "soon"}, "day_1"),
        ({"time_1": "25:00"}, "time_1"),
        ({"time_1": ""}, "time_1"),
        ({"day_1": "", "time_1": ""}, "day_1"),
        ({"minutes": "5"}, "minutes"),
        ({"topic": ""}, "topic"),
        ({"topic": "x" * 201}, "topic"),
        ({"language": "zz"}, "language"),
        ({"room_url": "ftp://x"}, "room_url"),
        ({"event": "nothing"}, "event"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    client: httpx.AsyncClient, world: World, changes: dict[str, str], field: str
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    answer = await post_form(client, path, new_fields(**changes))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "Three years" in answer.text
    assert await fetchval("SELECT count(*) FROM meeting") == 0


async def test_a_refusal_of_the_second_row_stands_at_the_second_row(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, world.buyer.person)
    path = f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    # The first row is left empty: the rows keep their numbers.
    fields = new_fields(day_1="", time_1="", day_2="2020-01-01", time_2="10:00", day_4=new_fields()["day_1"])
    answer = await post_form(client, path, {**fields, "time_4": "11:00"})
    assert 'href="#f-day_2"' in answer.text
    assert 'href="#f-day_4"' not in answer.text


async def test_who_cannot_be_asked_is_said_and_why(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.ayse.person)
    page = await client.get(f"/en/desk/{world.ayse.org}/meetings/new?with={world.buyer.org}")
    assert page.status_code == 403
    assert "out of the blue" in page.text
    await known(world)
    page = await client.get(f"/en/desk/{world.ayse.org}/meetings/new")
    assert "You know each other from an inquiry" in page.text
    part = await fetchval(
        "SELECT public_id FROM inquiry_recipient WHERE exporter = $1", world.ayse.firm.entity
    )
    page = await client.get(f"/en/desk/{world.ayse.org}/meetings/new?inquiry={part}")
    assert page.status_code == 200
    assert "Ask Nordlicht Handel GmbH for a meeting" in re.sub(r"<[^>]+>", "", page.text)


async def test_from_a_public_page_one_comes_to_the_form_of_the_own_firm(
    client: httpx.AsyncClient, world: World
) -> None:
    page = await client.get("/en/exporters/ayse-havlu")
    assert "/en/meetings/ask?with=ayse-havlu" in page.text
    await sign_in(client, world.buyer.person)
    answer = await client.get("/en/meetings/ask?with=ayse-havlu")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    await sign_in(client, world.ayse.person)
    assert "Only firms abroad" in (await client.get("/en/meetings/ask?with=can-zeytin")).text


async def test_contact_data_is_nowhere_before_both_agreed_and_there_afterwards(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await asked(world)
    sides = ((world.buyer, SECRETS[1::2], "Ayşe Yılmaz"), (world.ayse, SECRETS[0::2], "Jonas Petersen"))
    for side, theirs, name in sides:
        await sign_in(client, side.person)
        for path in ("", f"/{made.public_id}"):
            page = (await client.get(f"/en/desk/{side.org}/meetings{path}")).text
            assert not any(secret in page for secret in (*theirs, name)), (side.org, path)
    await sign_in(client, world.ayse.person)
    desk = f"/en/desk/{world.ayse.org}/meetings/{made.public_id}"
    first = (await proposals(made.public_id))[0]
    answer = await post_form(
        client,
        f"{desk}/accept",
        {"time": str(first), "version": "1", "room_url": "https://meet.example.org/x"},
        of=desk,
    )
    assert answer.status_code == 303
    for side, theirs, name in sides:
        await sign_in(client, side.person)
        page = (await client.get(f"/en/desk/{side.org}/meetings/{made.public_id}")).text
        assert all(secret in page for secret in (*theirs, name))
        assert "https://meet.example.org/x" in page


async def test_forms_lead_a_meeting_from_the_answer_to_the_end(
    client: httpx.AsyncClient, world: World
) -> None:
    made = await asked(world)
    await sign_in(client, world.ayse.person)
    desk = f"/en/desk/{world.ayse.org}/meetings/{made.public_id}"
    assert (await post_form(client, f"{desk}/accept", {}, of=desk)).status_code == 422
    assert (await post_form(client, f"{desk}/accept", {"time": "7777"}, of=desk)).status_code == 422
    assert (await post_form(client, f"{desk}/decline", {"reason": "no"}, of=desk)).status_code == 422
    stale = await post_form(client, f"{desk}/decline", {"reason": "Not this year", "version": "9"}, of=desk)
    assert stale.status_code == 422
    assert "changed in the meantime" in stale.text
    fields = {name: value for name, value in new_fields().items() if name in ("day_1", "time_1", "minutes")}
    answer = await post_form(client, f"{desk}/propose", {**fields, "version": "1"}, of=desk)
    assert answer.status_code == 303
    assert await fetchval("SELECT turn FROM meeting") == "IMPORTER"
    await sign_in(client, world.buyer.person)
    desk = f"/en/desk/{world.buyer.org}/meetings/{made.public_id}"
    first = (await proposals(made.public_id))[0]
    assert (await post_form(client, f"{desk}/accept", {"time": str(first)}, of=desk)).status_code == 303
    bad = await post_form(client, f"{desk}/room", {"room_url": "http://x"}, of=desk)
    assert bad.status_code == 422
    assert (
        await post_form(client, f"{desk}/room", {"room_url": "https://a.example.org"}, of=desk)
    ).status_code == 303
    assert (await post_form(client, f"{desk}/cancel", {"reason": ""}, of=desk)).status_code == 422
    assert (
        await post_form(client, f"{desk}/cancel", {"reason": "The fair is off"}, of=desk)
    ).status_code == 303
    assert await state(made.public_id) == "CANCELLED"


async def test_an_outcome_told_at_the_desk_is_shown_to_the_own_side_alone(
    client: httpx.AsyncClient, world: World
) -> None:
    meeting = await agreed(world)
    await past(meeting)
    await rounds.hold_due()
    desk = f"/en/desk/{world.buyer.org}/meetings/{meeting}"
    await sign_in(client, world.buyer.person)
    page = await client.get(desk)
    assert f"/en/desk/{world.buyer.org}/inquiries/new?exporter=ayse-havlu" in page.text
    answer = await post_form(
        client, f"{desk}/outcome", {"result": "SAMPLES", "note": "Ask for the blue ones"}, of=desk
    )
    assert answer.status_code == 303
    assert "Ask for the blue ones" in (await client.get(desk)).text
    await sign_in(client, world.ayse.person)
    page = await client.get(f"/en/desk/{world.ayse.org}/meetings/{meeting}")
    assert "blue ones" not in page.text
    assert "Samples are sent" not in page.text.partition("<details")[0]


async def test_an_outcome_is_told_by_its_link_without_signing_in(
    client: httpx.AsyncClient, world: World
) -> None:
    meeting = await agreed(world)
    token = outcomes.token(meeting, "EXPORTER")
    assert (await client.get(f"/en/meeting-outcome/{token}")).status_code == 404
    await past(meeting)
    await rounds.hold_due()
    answer = await client.get(f"/meeting-outcome/{token}")
    assert answer.headers["location"] == f"/en/meeting-outcome/{token}"
    page = await client.get(f"/en/meeting-outcome/{token}")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert not any(secret in page.text for secret in SECRETS)
    assert (await client.post(f"/en/meeting-outcome/{token}", data={})).status_code == 422
    done = await client.post(f"/en/meeting-outcome/{token}", data={"result": "TALKING", "note": "Soon"})
    assert done.status_code == 200
    assert await fetchval("SELECT outcome -> 'EXPORTER' ->> 'result' FROM meeting") == "TALKING"
    assert (await client.post(f"/en/meeting-outcome/{token}x", data={"result": "ORDER"})).status_code == 404


async def test_the_feed_is_made_and_ended_at_the_desk(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, world.buyer.person)
    desk = f"/en/desk/{world.buyer.org}/meetings"
    assert (await post_form(client, f"{desk}/feed", {}, of=desk)).status_code == 303
    found = re.search(r"/agenda/([\w-]{32})\.ics", (await client.get(desk)).text)
    assert found
    assert (await client.get(found[0])).status_code == 200
    await post_form(client, f"{desk}/feed", {"rotate": "1"}, of=desk)
    assert (await client.get(found[0])).status_code == 404
    await post_form(client, f"{desk}/feed", {"remove": "1"}, of=desk)
    assert "/agenda/" not in (await client.get(desk)).text


async def test_what_waits_for_the_firm_stands_beside_the_menu(
    client: httpx.AsyncClient, world: World
) -> None:
    await asked(world)
    await sign_in(client, world.ayse.person)
    page = (await client.get(f"/en/desk/{world.ayse.org}")).text
    assert re.search(r"/meetings\".{0,400}desk-count-sign", page, re.DOTALL)


async def test_the_pages_of_meetings_are_in_turkish_too(client: httpx.AsyncClient, world: World) -> None:
    meeting = await agreed(world)
    await sign_in(client, world.ayse.person)
    assert (await client.get(f"/tr/desk/{world.ayse.org}/meetings/{meeting}")).status_code == 200
    assert (await client.get(f"/tr/desk/{world.ayse.org}/meetings")).status_code == 200
