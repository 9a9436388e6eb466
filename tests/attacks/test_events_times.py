"""Times of events attacked: hours that clocks skip or show twice, days that do not exist, zones that are none."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import day_world
import httpx
import pytest
from announcing import approved, drafted, make_hall, make_reader, without_night
from asking import make_world
from day_world import content as day_content
from event_typing import typed
from eventing import make_event, make_fair
from meeting_world import asked, at
from people import post_form, sign_in
from storming import forget_limits, forms_of

from kervan.calendars import zones
from kervan.db import execute, fetchval
from kervan.meetings import days
from kervan.meetings.day_rules import Hours
from kervan.trade.errors import TradeError

pytestmark = pytest.mark.usefixtures("db")

BERLIN = "Europe/Berlin"
HALF_PAST_TWO = time(2, 30)
NO_DAYS = (
    "2027-02-29",
    "0001-01-01",
    "9999-12-31",
    "31.04.2027",
    "2027-13-01",
    "tomorrow",
    "2027-1-1-1",
    "1e9",
)
NO_TIMES = ("24:00", "25:61", "-1:00", "9999", "noon", "12:30:99", "1²:00", "00:60")
NO_ZONES = (
    "Europe/Nowhere",
    "../../etc/localtime",
    "UTC+3",
    "+03:00",
    "Europe/Berlin\nX",
    "europe/berlin ",
    "x" * 5000,
)


def skipped(zone: str = BERLIN) -> date:
    """The next day on whose morning the clocks of a zone skip half past two."""
    day = datetime.now(UTC).date() + timedelta(days=1)
    for _ in range(400):
        try:
            zones.moment(day, HALF_PAST_TWO, zone)
        except TradeError:
            return day
        day += timedelta(days=1)
    raise AssertionError("the clocks are not put forward any more")


def twice(zone: str = BERLIN) -> date:
    """The next day on whose morning they show it twice."""
    day = datetime.now(UTC).date() + timedelta(days=1)
    while not zones.ambiguous(day, HALF_PAST_TWO, zone):
        day += timedelta(days=1)
    return day


def told(page: httpx.Response, *fields: str) -> bool:
    """Whether a sentence stands beside one of the fields."""
    return any(f'id="f-{name}-error"' in page.text for name in fields)


def keeps(page: httpx.Response, value: str) -> bool:
    """Whether what was typed still stands in the form."""
    return f'value="{value}"' in page.text


async def _refused(client: httpx.AsyncClient, path: str, fields: dict[str, Any], *beside: str) -> list[str]:
    """What is wrong with how a form refuses: nothing when the sentence stands beside the field and nothing is lost."""
    await forget_limits()
    answer = await post_form(client, path, fields, of=path.partition("#")[0])
    where = {name: str(fields[name])[:30] for name in beside if name in fields}
    if answer.status_code not in (409, 422):
        return [f"{path} {where}: {answer.status_code}"]
    found = [] if told(answer, *beside) else [f"{path} {where}: no sentence at the field"]
    kept = [name for name in where if len(str(fields[name])) < 100 and "<" not in str(fields[name])]
    return found + [
        f"{path} {name}: {fields[name]!r} is lost"
        for name in kept
        if not keeps(answer, str(fields[name])) and name not in ("zone", "minutes")
    ]


async def test_the_form_of_an_event_refuses_each_wrong_time_beside_its_field(
    client: httpx.AsyncClient,
) -> None:
    fair = await make_fair()
    await sign_in(client, fair.union.person)
    gap = skipped().isoformat()
    new = "/en/staff/events/new?kind=FAIR"
    abroad = {"country": "DE", "province": "", "zone": BERLIN}
    before = (skipped() - timedelta(days=1)).isoformat()
    after = (skipped() + timedelta(days=1)).isoformat()
    whole = {
        **abroad,
        "starts_day": before,
        "ends_day": after,
        "opens_day": "",
        "closes_day": "",
        "closes_time": "",
    }
    wrong: list[str] = []
    for name, others in (
        ("starts", {}), ("ends", {"starts_day": before}), ("opens", {"starts_day": after}),
        ("closes", {"starts_day": after}),
    ):  # fmt: skip
        changed = {**whole, **others, f"{name}_day": gap, f"{name}_time": "02:30"}
        wrong += await _refused(client, new, typed(**changed), f"{name}_time", f"{name}_day")
        for day in NO_DAYS:
            changed = {**whole, f"{name}_day": day, f"{name}_time": "12:00"}
            wrong += await _refused(client, new, typed(**changed), f"{name}_day")
        for clock in NO_TIMES:
            changed = {**whole, f"{name}_day": after, f"{name}_time": clock}
            wrong += await _refused(client, new, typed(**changed), f"{name}_time")
    for zone in NO_ZONES[:-2]:
        wrong += await _refused(client, new, typed(**{**whole, "zone": zone}), "zone")
    assert wrong == [], "\n".join(wrong)


async def test_an_hour_that_comes_twice_is_the_first_one_and_stays_it(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    await sign_in(client, fair.union.person)
    day = twice().isoformat()
    sent = typed(
        country="DE", province="", zone=BERLIN, starts_day=day, starts_time="02:30", ends_day=day, ends_time="03:30",
        opens_day="", closes_day="", closes_time="",
    )  # fmt: skip
    made = await post_form(client, "/en/staff/events/new?kind=FAIR", sent)
    assert made.status_code == 303, made.text[-3000:]
    first = await fetchval("SELECT starts_at FROM trade_event")
    assert first == zones.moment(twice(), HALF_PAST_TWO, BERLIN)
    found = re.search(r"/staff/events/([a-z0-9]{12})", made.headers["location"])
    assert found
    edit = f"/en/staff/events/{found[1]}/edit"
    again = await post_form(client, edit, {**sent, "version": "1"})
    assert again.status_code == 303
    assert await fetchval("SELECT starts_at FROM trade_event") == first


async def test_a_point_of_the_programme_at_any_edge_of_time_is_refused_beside_its_field(
    client: httpx.AsyncClient,
) -> None:
    fair = await make_fair()
    start = zones.moment(skipped() - timedelta(days=1), time(9), BERLIN)
    event = await make_event(
        fair.union,
        starts_at=start,
        ends_at=start + timedelta(days=3),
        zone=BERLIN,
        country="DE",
        province=None,
    )
    await sign_in(client, fair.union.person)
    path = f"/en/staff/events/{event.public_id}/programme"
    good = {
        "day": skipped().isoformat(),
        "starts": "10:00",
        "ends": "11:00",
        "title": "Opening",
        "version": "1",
    }
    wrong = await _refused(client, path, {**good, "starts": "02:30"}, "starts")
    wrong += await _refused(client, path, {**good, "starts": "01:00", "ends": "02:30"}, "ends")
    for day in NO_DAYS:
        wrong += await _refused(client, path, {**good, "day": day}, "day", "starts", "ends")
        # What ends at night ends on the next day, which there must be.
        wrong += await _refused(
            client, path, {**good, "day": day, "starts": "23:00", "ends": "01:00"}, "day", "starts", "ends"
        )
    for clock in NO_TIMES:
        wrong += await _refused(client, path, {**good, "starts": clock}, "starts")
        wrong += await _refused(client, path, {**good, "ends": clock}, "ends")
    assert wrong == [], "\n".join(wrong)


async def test_times_that_are_proposed_are_refused_beside_their_row(client: httpx.AsyncClient) -> None:
    world = await make_world()
    await execute("UPDATE person SET time_zone = $1", BERLIN)
    await sign_in(client, world.buyer.person)
    new = f"/en/desk/{world.buyer.org}/meetings/new?with=ayse-havlu"
    soon = at(20).starts_at.date().isoformat()
    form = {
        "topic": "Towels", "minutes": "30", "language": "en", "day_2": soon, "time_2": "10:00", "key": "k" * 24,
    }  # fmt: skip
    wrong = await _refused(
        client, new, {**form, "day_3": skipped().isoformat(), "time_3": "02:30"}, "time_3", "day_3"
    )
    for day in NO_DAYS:
        wrong += await _refused(client, new, {**form, "day_1": day, "time_1": "10:00"}, "day_1", "time_1")
    for clock in NO_TIMES:
        wrong += await _refused(client, new, {**form, "day_1": soon, "time_1": clock}, "time_1")
    wrong += await _refused(client, new, {**form, "minutes": "7", "day_1": soon}, "minutes")
    assert wrong == [], "\n".join(wrong)
    made = await asked(world)
    await sign_in(client, world.ayse.person)
    page = f"/en/desk/{world.ayse.org}/meetings/{made.public_id}"
    for changes in (
        {"day_1": skipped().isoformat(), "time_1": "02:30"},
        *({"day_1": day, "time_1": "10:00"} for day in NO_DAYS),
        *({"day_1": soon, "time_1": clock} for clock in NO_TIMES),
    ):
        await forget_limits()
        fields = {"minutes": "30", "version": "1", **changes}
        answer = await post_form(client, f"{page}/propose", fields, of=page)
        if (
            answer.status_code != 422
            or not told(answer, "day_1", "time_1")
            or not keeps(answer, changes["time_1"])
        ):
            wrong.append(f"propose {changes}: {answer.status_code}")
    assert wrong == [], "\n".join(wrong)


def _of_day(**changes: Any) -> dict[str, Any]:
    day = skipped()
    return {
        "name": "Buyer day", "day": day.isoformat(), "zone": BERLIN, "starts": "10:00", "ends": "14:00",
        "minutes": "30", "pause": "0", "wishes_until_day": (day - timedelta(days=3)).isoformat(),
        "wishes_until_time": "18:00", "most_meetings": "10", **changes,
    }  # fmt: skip


async def test_hours_of_a_meeting_day_are_refused_beside_their_field(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    await sign_in(client, fair.union.person)
    new, gap = "/en/staff/meeting-days/new", skipped().isoformat()
    wrong: list[str] = []
    for changes, beside in (
        ({"starts": "02:30"}, "starts"),
        ({"starts": "00:30", "ends": "02:30"}, "ends"),
        ({"starts": "01:00", "break_from_1": "02:30", "break_until_1": "03:30"}, "break_from_1"),
        ({"starts": "01:00", "break_from_1": "01:30", "break_until_1": "02:30"}, "break_until_1"),
        ({"wishes_until_day": gap, "wishes_until_time": "02:30"}, "wishes_until_day"),
        ({"starts": "14:00", "ends": "10:00"}, "ends"),
        ({"starts": "10:00", "ends": "10:00"}, "ends"),
        ({"break_from_1": "10:00", "break_until_1": "14:00"}, "ends"),
        ({"break_from_1": "00:00", "break_until_1": "23:59"}, "ends"),
        ({"break_from_1": "12:00", "break_until_1": "11:00"}, "break_until_1"),
        ({"minutes": "0"}, "minutes"),
        ({"minutes": "5", "starts": "00:00", "ends": "23:59"}, "minutes"),
        ({"most_meetings": "0"}, "most_meetings"),
        ({"tables": "0"}, "tables"),
        *(({"day": day}, "day") for day in NO_DAYS),
        *(({"wishes_until_day": day}, "wishes_until_day") for day in NO_DAYS),
        *(({name: clock}, name) for name in ("starts", "ends", "wishes_until_time") for clock in NO_TIMES),
        *(({"zone": zone}, "zone") for zone in ("", *NO_ZONES[:-2])),
    ):
        also = (
            ("starts", "ends", "wishes_until_time")
            if "9999" in str(changes) or "0001" in str(changes)
            else ()
        )
        wrong += await _refused(client, new, _of_day(**changes), beside, *also)
    assert wrong == [], "\n".join(wrong)


async def test_a_day_over_the_hour_that_comes_twice_can_be_written_anew(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    day = twice()
    ends = zones.moment(day - timedelta(days=4), time(18), BERLIN)
    hours = Hours(starts=time(1), ends=time(5), minutes=30, breaks=((time(2), time(4)),))
    made = await days.create(
        fair.union.caller, fair.union.org, day_content(day=day, zone=BERLIN, wishes_until=ends, hours=hours)
    )
    await sign_in(client, fair.union.person)
    edit = f"/en/staff/meeting-days/{made}/edit"
    slots = "SELECT array_agg(starts_at ORDER BY number) FROM meeting_slot"
    before = await fetchval(slots)
    for version in (1, 2):
        [form] = [one for one in forms_of(await client.get(edit)) if "starts" in one.fields]
        assert form.fields["version"] == [str(version)]
        empty = {name: "" for name in form.fields if name.endswith("_2") or name.startswith("interpreter")}
        answer = await client.post(edit, data={**form.fields, **empty})
        assert answer.status_code == 303, re.findall(r'id="f-\w+-error".*', answer.text)
        assert await fetchval(slots) == before


async def test_the_time_of_an_announcement_is_refused_beside_its_field(client: httpx.AsyncClient) -> None:
    await without_night()
    hall = await make_hall()
    await make_reader("Lena Vogt")
    await execute(
        "UPDATE trade_event SET starts_at = now() + interval '500 days', ends_at = now() + interval '501 days'"
    )
    seat = await drafted(hall)
    await approved(hall, seat)
    await sign_in(client, hall.association.person)
    page = f"/en/staff/announcements/{seat.public_id}"
    good = {"when": "later", "day": at(9).starts_at.date().isoformat(), "time": "10:00", "zone": BERLIN}
    wrong: list[str] = []
    for changes, beside in (
        ({"day": skipped().isoformat(), "time": "02:30"}, ("time", "day")),
        *(({"day": day}, ("day", "time")) for day in NO_DAYS),
        *(({"time": clock}, ("time",)) for clock in NO_TIMES),
        *(({"zone": zone}, ("zone",)) for zone in NO_ZONES[:-2]),
        ({"day": ""}, ("day",)),
        ({"when": "then"}, ("when",)),
    ):
        fields = {**good, **changes, "version": await fetchval("SELECT version FROM event_announcement")}
        answer = await post_form(client, f"{page}/schedule", fields, of=page)
        if answer.status_code != 422 or not told(answer, *beside):
            wrong.append(f"{changes}: {answer.status_code}")
        wrong += [
            f"{changes} is lost"
            for name, value in changes.items()
            if name in ("day", "time") and not keeps(answer, value)
        ]
    assert wrong == [], "\n".join(wrong)
    assert await fetchval("SELECT state FROM event_announcement") == "APPROVED"


async def test_a_firm_is_free_only_in_slots_that_there_are(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    day = await day_world.opened(fair)
    await sign_in(client, fair.jonas.person)
    page = f"/en/desk/{fair.jonas.org}/meeting-days/{day}"
    for slots in (
        ["0"],
        ["7"],
        ["-1"],
        ["1", "99999999999999999999"],
        ["²"],
        ["٣"],
        ["1e1"],
        [str(n) for n in range(300)],
    ):
        answer = await post_form(client, f"{page}/times", {"slots": slots, "languages": ["en"]}, of=page)
        assert answer.status_code == 422, slots
        assert told(answer, "slots"), slots
    assert await fetchval("SELECT count(*) FROM day_participant WHERE slots <> '{}'") == 0
