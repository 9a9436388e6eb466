"""The pages of meeting days: the organiser's desk from the form to the known agenda, the firm's times and wishes."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from day_world import key, made, opened, planned, ready, shift, state, wish, wished
from eventing import Fair, make_event
from people import post_form, sign_in, sign_out

from kervan.db import fetchval
from kervan.meetings import planning


def fields(**changes: Any) -> dict[str, Any]:
    """The form of a day in three weeks."""
    day = (datetime.now(UTC) + timedelta(days=21)).date()
    return {
        "name": "Buyer day",
        "day": day.isoformat(),
        "zone": "Europe/Istanbul",
        "starts": "10:00",
        "ends": "12:00",
        "minutes": "30",
        "pause": "",
        "wishes_until_day": (day - timedelta(days=5)).isoformat(),
        "wishes_until_time": "18:00",
        "tables": "4",
        "most_meetings": "10",
        "interpreter_1": "ar",
        "interpreters_1": "2",
        **changes,
    }


async def invited(client: httpx.AsyncClient, fair: Fair) -> tuple[str, str]:
    """An open day, and its page at the desk of Jonas, who is signed in."""
    day = await opened(fair)
    await sign_in(client, fair.jonas.person)
    return day, f"/en/desk/{fair.jonas.org}/meeting-days/{day}"


async def test_an_organiser_makes_a_day_by_the_form_and_changes_it(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    assert "No meeting day yet" in (await client.get("/en/staff/meeting-days")).text
    done = await post_form(client, "/en/staff/meeting-days/new", fields())
    assert done.status_code == 303
    page = await client.get(done.headers["location"])
    assert "10:00" in page.text
    assert "11:30" in page.text
    assert "Arabic" in page.text
    path = done.headers["location"].partition("?")[0]
    form = await client.get(f"{path}/edit")
    assert 'value="Buyer day"' in form.text
    assert 'value="30"' in form.text
    changed = await post_form(client, f"{path}/edit", fields(name="Long day", ends="14:00", version="1"))
    assert changed.status_code == 303
    assert "13:30" in (await client.get(path)).text
    again = await post_form(client, f"{path}/edit", fields(version="1"))
    assert again.status_code == 422
    assert "changed in the meantime" in again.text
    assert "Long day" in (await client.get("/en/staff/meeting-days")).text


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"ends": "09:00"}, "ends", "It ends before it begins."),
        ({"day": "2027-02-29"}, "day", "2027 has no 29 February."),
        ({"day": "2020-01-01"}, "day", "This lies in the past."),
        (
            {"day": "2027-03-28", "zone": "Europe/Berlin", "starts": "02:30", "ends": "06:00"},
            "starts", "does not exist",
        ),
        ({"minutes": "0"}, "minutes", "Enter a whole number from 5 to 240."),
        ({"tables": "0"}, "tables", "Enter a whole number from 1 to 1000."),
        ({"break_from_1": "11:00", "break_until_1": "10:30"}, "break_until_1", "It ends before it begins."),
        ({"break_from_1": "11:00"}, "break_until_1", "Fill in both fields"),
        ({"interpreter_1": "ar", "interpreters_1": ""}, "interpreters_1", "Fill in both fields"),
        ({"interpreter_1": "xx"}, "interpreter_1", "This cannot be chosen here."),
        ({"zone": "Mars/Base"}, "zone", "Please choose one."),
        ({"wishes_until_day": "2020-01-01"}, "wishes_until_day", "This lies in the past."),
        ({"name": ""}, "name", "Please fill this in."),
    ],
)  # fmt: skip
async def test_bad_input_gets_a_sentence_beside_the_field_and_nothing_is_lost(
    client: httpx.AsyncClient, fair: Fair, wrong: dict[str, str], field: str, sentence: str
) -> None:
    await sign_in(client, fair.union.person)
    refused = await post_form(client, "/en/staff/meeting-days/new", fields(place="Hall & garden", **wrong))
    assert refused.status_code == 422
    assert f'href="#f-{field}"' in refused.text
    assert sentence in refused.text
    assert 'value="Hall &amp; garden"' in refused.text
    assert await fetchval("SELECT count(*) FROM meeting_day") == 0


async def test_the_form_of_a_day_inside_an_event_is_prefilled(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    page = await client.get(f"/en/staff/meeting-days/new?event={event.public_id}")
    assert "Denizli home textile fair" in page.text
    assert event.content.starts_at is not None
    assert f'value="{event.content.starts_at.date().isoformat()}"' in page.text
    refused = await post_form(
        client, f"/en/staff/meeting-days/new?event={event.public_id}", fields(event=event.public_id)
    )
    assert refused.status_code == 422
    assert "Choose one of its days" in refused.text
    await sign_in(client, fair.other_union.person)
    assert (await client.get(f"/en/staff/meeting-days/new?event={event.public_id}")).status_code == 404


async def test_an_organiser_opens_plans_and_publishes(client: httpx.AsyncClient, fair: Fair) -> None:
    day = await made(fair)
    path = f"/en/staff/meeting-days/{day}"
    await sign_in(client, fair.union.person)
    assert (await post_form(client, f"{path}/steps/open", of=path)).status_code == 303
    for firm in (fair.ayse, fair.can, fair.jonas, fair.zoe):
        await ready(firm, day)
    await wish(fair.ayse, day, fair.jonas, fair.zoe)
    await wish(fair.jonas, day, fair.ayse)
    assert (await post_form(client, f"{path}/steps/plan", of=path)).status_code == 303
    busy = await client.get(path)
    assert "data-progress" in busy.text
    told = (await client.get(f"{path}/progress")).json()
    assert told == {"under_way": True, "share": 0, "rows": 0}
    twice = await post_form(client, f"{path}/steps/plan", of=path)
    assert twice.status_code == 409
    await planning.carry_out(await fetchval("SELECT max(id) FROM meeting_plan"))
    assert (await client.get(f"{path}/progress")).json()["under_way"] is False
    page = await client.get(path)
    assert "No plan can be better." in page.text
    assert "3 of 3" in page.text
    assert "Not told yet" in (await client.get(f"{path}/agenda")).text
    assert "All wishes are met" in (await client.get(f"{path}/reasons")).text
    done = await post_form(client, f"{path}/steps/publish", of=path)
    assert done.status_code == 303
    assert "day-published" in done.headers["location"]
    assert "Told" in (await client.get(f"{path}/agenda")).text


async def test_wishes_that_are_not_met_are_explained_to_the_organiser_and_later_to_the_firm(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day = await opened(fair)
    await ready(fair.ayse, day, 1)
    await ready(fair.jonas, day, 2)
    await wish(fair.jonas, day, fair.ayse)
    await planned(fair, day)
    await sign_in(client, fair.union.person)
    reasons = await client.get(f"/en/staff/meeting-days/{day}/reasons")
    sentence = "You have no free time in common. Free times: you 1, Ayşe Havlu Sanayi A.Ş. 1."
    assert sentence in reasons.text
    await sign_in(client, fair.jonas.person)
    own = f"/en/desk/{fair.jonas.org}/meeting-days/{day}"
    assert sentence not in (await client.get(own)).text
    await planning.publish(fair.union.caller, day)
    assert sentence in (await client.get(own)).text


async def test_a_firm_that_does_not_come_is_noted_and_taken_back(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day = await wished(fair)
    path = f"/en/staff/meeting-days/{day}"
    await sign_in(client, fair.union.person)
    zoe = {"participant": await key(fair.zoe, day)}
    assert (await post_form(client, f"{path}/steps/missing", zoe, of=path)).status_code == 303
    assert "Came after all" in (await client.get(path)).text
    assert (await post_form(client, f"{path}/steps/present", zoe, of=path)).status_code == 303
    unknown = await post_form(client, f"{path}/steps/missing", {"participant": "h4k7m2p9q3rs"}, of=path)
    assert unknown.status_code == 409
    assert (await post_form(client, f"{path}/steps/dance", of=path)).status_code == 404


async def test_an_organiser_searches_and_invites_a_firm(client: httpx.AsyncClient, fair: Fair) -> None:
    await sign_in(client, fair.union.person)
    done = await post_form(client, "/en/staff/meeting-days/new", fields())
    path = done.headers["location"].partition("?")[0]
    page = await client.get(f"{path}?firm=nordlicht")
    assert "Nordlicht Handel GmbH" in page.text
    assert (await client.get(f"{path}?firm=%25%25")).text.count("steps/invite") == 0
    invited = await post_form(client, f"{path}/steps/invite", {"org": fair.jonas.org}, of=path)
    assert invited.status_code == 303
    twice = await post_form(client, f"{path}/steps/invite", {"org": fair.jonas.org}, of=path)
    assert twice.status_code == 409
    gone = await post_form(client, f"{path}/discard", of=path)
    assert gone.status_code == 303
    assert (await client.get(path)).status_code == 404


async def test_calling_off_needs_a_reason(client: httpx.AsyncClient, fair: Fair) -> None:
    day = await opened(fair)
    path = f"/en/staff/meeting-days/{day}"
    await sign_in(client, fair.union.person)
    refused = await post_form(client, f"{path}/steps/cancel", {"reason": ""}, of=path)
    assert refused.status_code == 422
    done = await post_form(client, f"{path}/steps/cancel", {"reason": "The hall is flooded."}, of=path)
    assert done.status_code == 303
    assert await state(day) == "CANCELLED"
    await sign_in(client, fair.jonas.person)
    page = await client.get(f"/en/desk/{fair.jonas.org}/meeting-days/{day}")
    assert "called this day off" in page.text


async def test_a_firm_keeps_its_times_and_ranks_its_wishes_without_scripts(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day, path = await invited(client, fair)
    page = await client.get(path)
    # Nothing was said yet: all times are ticked.
    assert len(re.findall(r"name=\"slots\"[^>]*checked", page.text)) == 6
    assert "Offers goods of the same heading" in page.text
    refused = await post_form(client, f"{path}/times", {"languages": "de"}, of=path)
    assert refused.status_code == 422
    assert "Tick at least one time" in refused.text
    times = {"slots": ["1", "4"], "languages": ["de", "en"], "most_meetings": "2"}
    assert (await post_form(client, f"{path}/times", times, of=path)).status_code == 303
    assert len(re.findall(r"name=\"slots\"[^>]*checked", (await client.get(path)).text)) == 2
    ayse, can = await key(fair.ayse, day), await key(fair.can, day)
    for sent in (
        {"add": ayse},
        {"wish": [ayse], "add": can},
        {"wish": [ayse, can], "up": can},
    ):
        done = await post_form(client, f"{path}/wishes", sent, of=path)
        assert done.status_code == 303
    page = await client.get(path)
    assert re.findall(r'name="wish" value="(\w+)"', page.text) == [can, ayse]
    await post_form(client, f"{path}/wishes", {"wish": [can, ayse], "down": can}, of=path)
    await post_form(client, f"{path}/wishes", {"wish": [ayse, can], "remove": ayse}, of=path)
    assert re.findall(r'name="wish" value="(\w+)"', (await client.get(path)).text) == [can]


async def test_a_wish_for_oneself_and_10_000_wishes_get_a_sentence(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day, path = await invited(client, fair)
    own = await post_form(client, f"{path}/wishes", {"add": await key(fair.jonas, day)}, of=path)
    assert own.status_code == 422
    assert "You cannot meet yourself." in own.text
    many = await post_form(client, f"{path}/wishes", {"wish": [f"x{n}" for n in range(60)]}, of=path)
    assert many.status_code == 422
    assert "At most 20 wishes" in many.text
    flood = await post_form(client, f"{path}/wishes", {"wish": [f"x{n}" for n in range(10_000)]}, of=path)
    assert flood.status_code in (413, 422)
    assert await fetchval("SELECT count(*) FROM meeting_wish") == 0


async def test_a_firm_says_that_it_does_not_come_and_comes_back(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day, path = await invited(client, fair)
    assert (await post_form(client, f"{path}/withdraw", of=path)).status_code == 303
    assert "You said that you do not come" in (await client.get(path)).text
    times = {"slots": ["1"], "languages": ["en"]}
    assert (await post_form(client, f"{path}/times", times, of=path)).status_code == 303
    assert "You said that you do not come" not in (await client.get(path)).text
    await shift(day, timedelta(days=-11))
    closed = await client.get(path)
    assert 'name="slots"' not in closed.text
    assert "The organiser makes the agenda now" in closed.text


async def test_the_pages_are_in_both_languages_and_closed_to_strangers(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    day = await opened(fair)
    staff, firm = f"staff/meeting-days/{day}", f"desk/{fair.jonas.org}/meeting-days/{day}"
    await sign_in(client, fair.union.person)
    assert (await client.get(f"/tr/{staff}")).status_code == 200
    assert (await client.get(f"/en/{firm}")).status_code == 404
    for stranger in (fair.other_union, fair.zoe):
        await sign_in(client, stranger.person)
        for path in (
            staff,
            f"{staff}/edit",
            f"{staff}/agenda",
            f"{staff}/reasons",
            f"{staff}/progress",
            firm,
        ):
            assert (await client.get(f"/en/{path}")).status_code == 404
    await sign_in(client, fair.jonas.person)
    assert (await client.get(f"/tr/{firm}")).status_code == 200
    sign_out(client)
    assert (await client.get(f"/en/{staff}")).status_code == 303
