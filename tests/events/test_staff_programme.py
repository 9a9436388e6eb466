"""Programme and questions of an event: added, changed, put in order, taken out; refused beside their fields."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from desk import flat
from eventing import Fair, drafted, make_event
from people import post_form, sign_in

from kervan.calendars import zones
from kervan.db import execute, fetch, fetchval
from kervan.events import queries
from kervan.events.structs import EventShown

DESK = "/en/staff/events"


def at(event: EventShown, rest: str) -> str:
    return f"{DESK}/{event.public_id}/{rest}"


async def version(event: EventShown) -> str:
    return str(await fetchval("SELECT version FROM trade_event WHERE id = $1", event.id))


def day(event: EventShown, number: int = 0) -> str:
    """A day of the event by its own clocks, counted from 0."""
    starts = event.content.starts_at
    assert starts is not None
    return (zones.day_of(starts, event.content.zone) + timedelta(days=number)).isoformat()


async def point(client: httpx.AsyncClient, event: EventShown, **changes: Any) -> httpx.Response:
    fields = {
        "version": await version(event), "title": "Opening", "day": day(event), "starts": "10:00", "ends": "10:45",
        "speakers": "Ege Tuna, host\n\nSude Kara, moderator", "place": "Hall 1", "language": "tr",
    }  # fmt: skip
    return await post_form(client, at(event, "programme"), {**fields, **changes})


async def question(client: httpx.AsyncClient, event: EventShown, **changes: Any) -> httpx.Response:
    fields = {"version": await version(event), "side": "BOTH", "kind": "TEXT", "label_tr": "Ürünleriniz?",
              "label_en": "Your goods?"}  # fmt: skip
    return await post_form(client, at(event, "questions"), {**fields, **changes})


async def test_points_order_themselves_by_time(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    for title, number, starts, ends in (
        ("Closing words", 2, "15:00", "15:30"), ("Opening words", 0, "10:00", "10:30"),
        ("A lunch", 0, "12:00", "13:00"),
    ):  # fmt: skip
        answer = await point(client, event, title=title, day=day(event, number), starts=starts, ends=ends)
        assert answer.status_code == 303, answer.text
    page = flat(await client.get(at(event, "programme")))
    assert page.index("Opening words") < page.index("A lunch") < page.index("Closing words")
    assert "10:00 – 10:30" in page
    session = (await queries.shown(event.id)).content.sessions[0]
    assert session.speakers == ("Ege Tuna, host", "Sude Kara, moderator")
    assert zones.local(session.starts_at, "Europe/Istanbul").hour == 10
    # The next one begins where the last one ended.
    assert 'value="15:30"' in page


async def test_a_point_is_changed_and_taken_out(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    await point(client, event)
    page = flat(await client.get(at(event, "programme?edit=1")))
    assert "Change this point" in page
    assert 'value="Opening"' in page
    moved = await point(client, event, position="1", title="Welcome", starts="11:00", ends="11:30")
    assert moved.status_code == 303
    assert [s.title for s in (await queries.shown(event.id)).content.sessions] == ["Welcome"]
    fields = {"position": "1", "version": await version(event)}
    gone = await post_form(client, at(event, "programme/remove"), fields, of=at(event, "programme"))
    assert gone.status_code == 303
    assert (await queries.shown(event.id)).content.sessions == ()
    assert (await client.get(at(event, "programme?edit=1"))).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": ""}, "title", "Please fill this in."),
        ({"title": "T" * 161}, "title", "At most 160 characters"),
        ({"ends": "09:00"}, "title", "It ends before it begins."),
        ({"starts": "25:00"}, "starts", "is not a time of day"),
        ({"day": "2027-02-29"}, "day", "2027 has no 29 February."),
        ({"day": "2031-01-01"}, "title", "This lies outside the event."),
        ({"language": "xx"}, "language", "This cannot be chosen here."),
        ({"speakers": "s" * 601}, "speakers", "At most 600 characters"),
    ],
)
async def test_a_refused_point_keeps_what_was_typed(
    client: httpx.AsyncClient, fair: Fair, changes: dict[str, str], field: str, sentence: str
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    answer = await point(client, event, **changes)
    assert answer.status_code == 422
    page = flat(answer)
    assert f'id="f-{field}-error"' in page
    assert sentence in page
    assert 'value="Hall 1"' in page
    assert (await queries.shown(event.id)).content.sessions == ()


async def test_a_programme_of_somebody_who_was_slower_is_not_stored(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    old = await version(event)
    await point(client, event)
    answer = await point(client, event, version=old, title="My own point")
    assert answer.status_code == 409
    assert 'value="My own point"' in answer.text
    assert len((await queries.shown(event.id)).content.sessions) == 1


async def test_an_event_without_days_asks_for_them_first(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await drafted(fair.union, starts_at=None, ends_at=None)
    await sign_in(client, fair.union.person)
    page = flat(await client.get(at(event, "programme")))
    assert "Say first when the event is held" in page
    assert 'name="title"' not in page


async def test_the_ministry_reads_a_programme_before_it_decides(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await drafted(fair.union, kind="BUYING_MISSION")
    await sign_in(client, fair.union.person)
    await point(client, event)
    await execute("UPDATE trade_event SET state = 'SUBMITTED', submitted_at = now() WHERE id = $1", event.id)
    await sign_in(client, fair.ministry.person)
    page = flat(await client.get(at(event, "programme")))
    assert "Opening" in page
    assert 'name="title"' not in page
    answer = await post_form(client, at(event, "programme"), {"title": "Mine"}, of=DESK)
    assert answer.status_code == 403


async def test_questions_of_each_kind_are_asked_in_their_order(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    assert (await question(client, event)).status_code == 303
    halls = {"kind": "ONE_OF", "label_tr": "Hangi salon?", "label_en": "Which hall?", "side": "EXPORTER",
             "required": "1", "options_tr": "Birinci\nİkinci", "options_en": "First\n Second "}  # fmt: skip
    assert (await question(client, event, **halls)).status_code == 303
    asked = (await queries.shown(event.id)).content.questions
    assert [(one.kind, one.side, one.required) for one in asked] == [
        ("TEXT", "BOTH", False), ("ONE_OF", "EXPORTER", True),
    ]  # fmt: skip
    assert asked[1].options == ({"tr": "Birinci", "en": "First"}, {"tr": "İkinci", "en": "Second"})
    fields = {"position": "2", "version": await version(event)}
    moved = await post_form(client, at(event, "questions/up"), fields, of=at(event, "questions"))
    assert moved.status_code == 303
    again = (await queries.shown(event.id)).content.questions
    assert [one.id for one in again] == [asked[1].id, asked[0].id]
    page = flat(await client.get(at(event, "questions")))
    assert "First · Second" in page
    assert page.index("Which hall?") < page.index("Your goods?")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"label_tr": "", "label_en": ""}, "label_tr", "Write the question."),
        ({"label_en": "q" * 301}, "label_en", "At most 300 characters"),
        ({"kind": "ONE_OF", "options_tr": "Tek"}, "options_tr", "Give from 2 to 20 answers"),
        ({"kind": "SOME_OF", "options_tr": "Bir\nİki", "options_en": "One"}, "options_en",
         "the same answers in each language"),
        ({"kind": "SOME_OF", "options_tr": "Bir\n\nİki"}, "options_tr", "There is an empty line between"),
        ({"kind": "SOME_OF", "options_tr": "Bir\nBir"}, "options_tr", "stands here twice"),
        ({"kind": "SOME_OF", "options_tr": "\n".join(str(n) for n in range(21))}, "options_tr",
         "Give from 2 to 20 answers"),
        ({"kind": "ESSAY"}, "kind", "This cannot be chosen here."),
        ({"side": "NOBODY"}, "side", "This cannot be chosen here."),
    ],
)  # fmt: skip
async def test_a_refused_question_keeps_what_was_typed(
    client: httpx.AsyncClient, fair: Fair, changes: dict[str, str], field: str, sentence: str
) -> None:
    event = await drafted(fair.union)
    await sign_in(client, fair.union.person)
    answer = await question(client, event, **changes)
    assert answer.status_code == 422
    page = flat(answer)
    assert f'id="f-{field}-error"' in page
    assert sentence in page
    if "label_tr" not in changes:
        assert 'value="Ürünleriniz?"' in page
    assert (await queries.shown(event.id)).content.questions == ()


async def test_an_answered_question_is_kept_when_it_is_taken_out_or_gets_other_answers(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    await sign_in(client, fair.union.person)
    halls = {"kind": "ONE_OF", "label_tr": "Hangi salon?", "label_en": "", "options_tr": "Birinci\nİkinci"}
    await question(client, event, **halls)
    [asked] = (await queries.shown(event.id)).content.questions
    await execute(
        """INSERT INTO registration (public_id, event, organisation, side, state, answers)
        VALUES ('registration', $1, $2, 'EXPORTER', 'CONFIRMED', $3)""",
        event.id, fair.ayse.firm.id, f'{{"{asked.id}": 1}}',
    )  # fmt: skip
    await question(client, event, position="1", **{**halls, "options_tr": "Üçüncü\nDördüncü"})
    [other] = (await queries.shown(event.id)).content.questions
    assert other.id != asked.id
    fields = {"position": "1", "version": await version(event)}
    await post_form(client, at(event, "questions/remove"), fields, of=at(event, "questions"))
    assert (await queries.shown(event.id)).content.questions == ()
    rows = await fetch("SELECT id, retired_at IS NOT NULL AS retired FROM event_question ORDER BY id")
    assert [(row["id"], row["retired"]) for row in rows] == [(asked.id, True), (other.id, True)]
