"""What the clock does: reminders once each, absences, surveys, forgetting."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from attending import begins_in, buyers, give_up, state_of, take
from eventing import Fair, make_event
from people import mails, post_form, sign_in

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.privacy import erasure, export
from kervan.registrations import guests, organising, queries, rounds, surveys, tickets
from kervan.registrations.surveys import Told
from kervan.registrations.tickets import Scan


async def stages(to: str) -> list[str]:
    return [m["context"]["stage"] for m in await mails(to) if m["template"] == "registration_reminder"]


JONAS = "jonas.petersen@example.com"


async def test_each_reminder_goes_out_once(fair: Fair) -> None:
    event = await make_event(fair.union, format="HYBRID", online_url="https://meet.example.com/r/1")
    made = await take(fair.jonas, event)
    await execute("UPDATE registration SET confirmed_at = now() - interval '25 days'")
    assert await rounds.remind() == 0
    for ahead, stage in (
        (timedelta(days=6), "7D"),
        (timedelta(hours=20), "1D"),
        (timedelta(minutes=50), "1H"),
    ):
        await begins_in(event, ahead)
        # The platform was not away: the same event, not one that moved.
        assert await rounds.remind() == 1
        assert await rounds.remind() == 0
        assert (await stages(JONAS))[-1] == stage
    assert await stages(JONAS) == ["7D", "1D", "1H"]
    told = [m["context"]["online"] for m in await mails(JONAS) if m["template"] == "registration_reminder"]
    assert told == ["", "", "https://meet.example.com/r/1"]
    assert not any("meet.example.com" in str(m["context"]) for m in (await mails(JONAS))[:1])
    await begins_in(event, timedelta(minutes=-5))
    assert await rounds.remind() == 0
    await give_up(fair.jonas, made)


async def test_who_registered_late_gets_no_reminder_of_what_is_past(fair: Fair) -> None:
    event = await make_event(fair.union)
    await begins_in(event, timedelta(days=2))
    await take(fair.jonas, event)
    assert await rounds.remind() == 0
    await begins_in(event, timedelta(hours=23))
    await execute("UPDATE registration SET confirmed_at = now() - interval '1 day'")
    assert await rounds.remind() == 1
    assert await stages(JONAS) == ["1D"]


async def test_nobody_without_a_place_is_reminded(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=1)
    await take(fair.zoe, event)
    await take(fair.jonas, event)
    await begins_in(event, timedelta(minutes=30))
    assert await rounds.remind() == 1
    assert await stages(JONAS) == []


async def test_a_moved_event_reminds_anew(fair: Fair) -> None:
    event = await make_event(fair.union)
    await take(fair.jonas, event)
    await begins_in(event, timedelta(minutes=30))
    assert await rounds.remind() == 1
    await begins_in(event, timedelta(minutes=45))
    assert await rounds.remind() == 1


async def over(event_id: int, days: int = 2) -> None:
    await execute(
        "UPDATE trade_event SET starts_at = now() - make_interval(days => $2),"
        " ends_at = now() - make_interval(days => $2) + interval '8 hours' WHERE id = $1",
        event_id,
        days,
    )


async def test_who_was_not_checked_in_is_absent_the_day_after(fair: Fair) -> None:
    event = await make_event(fair.union)
    came, not_there = await take(fair.jonas, event), await take(fair.zoe, event)
    await begins_in(event, timedelta(hours=-1))
    code = (await queries.shown(came.id)).people[0].public_id
    await tickets.check_in(fair.union.caller, event.public_id, [Scan(id="scan-00000001", code=code)])
    assert await rounds.end_attendance() == 0
    await over(event.id, 4)
    assert await rounds.end_attendance() == 1
    assert await state_of(came) == "ATTENDED"
    assert await state_of(not_there) == "NO_SHOW"
    # The organiser knows better.
    await organising.decide(fair.union.caller, event.public_id, not_there.public_id, "attend")
    assert (await queries.shown(not_there.id)).people[0].checked_in_at is not None
    await organising.decide(fair.union.caller, event.public_id, came.public_id, "miss")
    assert (await queries.shown(came.id)).people[0].checked_in_at is None


async def test_where_nobody_kept_a_list_nobody_is_called_absent(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    await over(event.id, 4)
    assert await rounds.end_attendance() == 0
    assert await state_of(made) == "CONFIRMED"
    with pytest.raises(Conflict, match="over"):
        await give_up(fair.jonas, made)


async def test_attendance_cannot_be_told_before_the_event(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    with pytest.raises(Conflict, match="not begun"):
        await organising.decide(fair.union.caller, event.public_id, made.public_id, "attend")


async def test_a_survey_is_asked_once_and_can_be_changed_for_thirty_days(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    token = surveys.token(made.public_id)
    assert (await client.get(f"/en/survey/{token}")).status_code == 404
    await over(event.id, 3)
    assert await rounds.ask_surveys() == 1
    assert await rounds.ask_surveys() == 0
    [mail] = [m for m in await mails(JONAS) if m["template"] == "event_survey"]
    assert mail["context"]["go"] == f"/survey/{token}"
    page = await client.get(f"/en/survey/{token}")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (await client.post(f"/en/survey/{token}", data={})).status_code == 422
    done = await client.post(f"/en/survey/{token}", data={"rating": "5", "contacts": "7", "again": "1"})
    assert "Thank you" in done.text
    assert 'value="7"' in (await client.get(f"/en/survey/{token}")).text
    await client.post(f"/en/survey/{token}", data={"rating": "2", "text": "Too loud."})
    [row] = await fetch("SELECT * FROM event_survey")
    assert (row["rating"], row["contacts"], row["again"], row["text"]) == (2, None, None, "Too loud.")
    await execute("UPDATE event_survey SET created_at = now() - interval '31 days'")
    with pytest.raises(Conflict):
        await surveys.tell(token, Told(rating=5))
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), made.public_id, f"{made.public_id}.", "x"):
        assert (await client.get(f"/en/survey/{bad}")).status_code == 404, bad
    anywhere = await client.get(f"/survey/{token}", headers={"accept-language": "tr"})
    assert anywhere.headers["location"] == f"/tr/survey/{token}"


async def test_few_answers_are_counted_and_not_shown(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = [await take(firm, event) for firm in await buyers(6)]
    await over(event.id, 3)
    await rounds.ask_surveys()
    for one in made[:4]:
        await surveys.tell(surveys.token(one.public_id), Told(rating=4, contacts=2, text="Good."))
    few = await surveys.numbers(event.id)
    assert (few.asked, few.told, few.rating, few.contacts, few.texts) == (6, 4, None, None, None)
    await surveys.tell(surveys.token(made[4].public_id), Told(rating=5, expected="OVER_100K", again=True))
    many = await surveys.numbers(event.id)
    assert (many.told, str(many.rating), many.contacts, many.again, many.again_told) == (5, "4.2", 8, 1, 1)
    assert dict(many.bands or ())["OVER_100K"] == 1
    assert len(many.texts or ()) == 4


async def test_nonsense_in_a_survey_is_refused(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event)
    await over(event.id, 3)
    with pytest.raises(Invalid) as refused:
        await surveys.tell(
            surveys.token(made.public_id), Told(rating=6, contacts=-1, expected="ALL", text="x" * 1001)
        )
    assert set(refused.value.fields) == {"rating", "contacts", "expected", "text"}


async def test_names_are_forgotten_after_two_years_and_counts_stay(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event, "Jonas Petersen", interest="Towels")
    ticket = (await queries.shown(made.id)).people[0].ticket
    await guests.ask(
        event.public_id,
        guests.Asking(name="Mia Gast", email="mia@gast.example", firm="Gast AG", country="CH"),
        "en",
    )
    await over(event.id, 23 * 30)
    assert await rounds.forget_lists() == 0
    await over(event.id, 25 * 31)
    assert await rounds.forget_lists() == 1
    assert await rounds.forget_lists() == 0
    shown = await queries.shown(made.id)
    assert ([person.name for person in shown.people], shown.interest, shown.state) == (["—"], "", "CONFIRMED")
    with pytest.raises(NotFound):
        await tickets.opened(ticket)
    [guest] = await fetch("SELECT name, email, firm FROM event_guest")
    assert (guest["name"], guest["email"], guest["firm"]) == ("—", "—", "")
    assert await guests.of_event(event.id) == []


async def test_what_is_kept_of_a_person_is_in_the_file_and_goes_with_the_account(fair: Fair) -> None:
    event = await make_event(fair.union)
    made = await take(fair.jonas, event, "Jonas Petersen", "Greta Hansen")
    data = await export.everything(fair.jonas.person)
    assert data["event_registrations"][0]["people"] == ["Jonas Petersen", "Greta Hansen"]
    assert [step["action"] for step in data["event_registration_steps"]] == ["register"]
    row = (await fetch("SELECT name, email, email_key FROM person WHERE id = $1", fair.jonas.person))[0]
    async with transaction() as tx:
        await erasure.forget(tx.connection, fair.jonas.person, row, "user:1")
    assert [person.name for person in (await queries.shown(made.id)).people] == ["Greta Hansen"]
    assert await fetchval("SELECT count(*) FROM registration_participant WHERE name = 'Jonas Petersen'") == 0


async def test_the_organiser_reads_answers_from_five_on(client: httpx.AsyncClient, fair: Fair) -> None:
    event = await make_event(fair.union)
    made = [await take(firm, event) for firm in await buyers(5)]
    await over(event.id, 3)
    await rounds.ask_surveys()
    await sign_in(client, fair.union.person)
    here = f"/en/staff/events/{event.public_id}/registrations"
    for one in made:
        assert "from five answers on" in (await client.get(here)).text
        await surveys.tell(surveys.token(one.public_id), Told(rating=4, text="<i>Good</i>"))
    page = await client.get(here)
    assert "5 remarks" in page.text
    assert "&lt;i&gt;Good" in page.text
    one = f"{here}/{made[0].public_id}"
    assert (await post_form(client, f"{one}/attend", {}, of=one)).status_code == 303
    assert datetime.now(UTC) > (await queries.shown(made[0].id)).created_at
