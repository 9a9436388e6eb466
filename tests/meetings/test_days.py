"""Meeting days: slots that follow from hours, who may do what, wishes, the plan, its publication, no-shows."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from asking import side
from day_world import (
    content,
    key,
    made,
    meetings,
    opened,
    place,
    planned,
    ready,
    shift,
    shown,
    state,
    wish,
    wished,
)
from eventing import Fair, make_event, make_fair
from hypothesis import given
from hypothesis import strategies as st
from people import audited, count, mails

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.mail.compose import compose
from kervan.meetings import (
    day_access,
    day_queries,
    day_rules,
    days,
    direct,
    moves,
    plan_input,
    planning,
    telling,
    wishes,
)
from kervan.meetings.day_rules import Hours
from kervan.meetings.direct import Wanted
from kervan.meetings.times import Span
from kervan.meetings.wishes import Times
from kervan.outbox import drain
from kervan.settings import load
from kervan.web.templates import Templates


@pytest.fixture
async def fair(db: None) -> Fair:
    return await make_fair()


def fields(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(refused.value.fields)


NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_slots_follow_from_the_hours_and_leave_breaks_out() -> None:
    spans = day_rules.slots(content(day=date(2027, 3, 4)))
    clock = [(one + timedelta(hours=3)).strftime("%H:%M") for one, _ in spans]
    assert clock == ["10:00", "10:30", "11:00", "12:30", "13:00", "13:30"]
    assert all(until - from_ == timedelta(minutes=30) for from_, until in spans)


@given(st.integers(5, 60), st.integers(0, 20), st.integers(6, 11), st.integers(12, 20), st.integers(0, 59))
def test_hours_can_be_read_back_from_the_slots(
    minutes: int, pause: int, first: int, last: int, offset: int
) -> None:
    hours = Hours(
        starts=time(first, offset),
        ends=time(last),
        minutes=minutes,
        pause=pause,
        breaks=((time(11, 30), time(12)),),
    )
    wanted = content(day=date(2027, 3, 4), hours=hours)
    try:
        spans = day_rules.slots(wanted)
    except Invalid:
        return
    again = day_rules.hours_of(spans, wanted.zone)
    assert day_rules.slots(content(day=date(2027, 3, 4), hours=again)) == spans


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (Hours(starts=time(14), ends=time(10), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(10), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(10, 20), minutes=30), "ends"),
        (Hours(starts=time(10), ends=time(12), minutes=0), "minutes"),
        (Hours(starts=time(10), ends=time(12), minutes=30, pause=-1), "pause"),
        (Hours(starts=time(0), ends=time(23, 59), minutes=5), "minutes"),
        (Hours(starts=time(10), ends=time(12), minutes=30, breaks=((time(11), time(10)),)), "break_until_1"),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_the_field(hours: Hours, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        day_rules.slots(content(hours=hours))
    assert fields(refused) == {field}


def test_a_time_that_the_clocks_skip_is_refused_beside_the_field() -> None:
    """On 28 March 2027 the clocks in Berlin go from 2 to 3."""
    night = content(
        day=date(2027, 3, 28), zone="Europe/Berlin", hours=Hours(starts=time(2, 30), ends=time(6), minutes=30)
    )
    with pytest.raises(Invalid) as refused:
        day_rules.slots(night)
    assert fields(refused) == {"starts"}


def test_a_day_in_the_past_outside_the_event_or_after_its_wishes_is_refused() -> None:
    day = content(day=date(2027, 3, 4), wishes_until=datetime(2027, 2, 1, tzinfo=UTC))
    assert day_rules.check(day, NOW) == {}
    assert set(day_rules.check(day, datetime(2027, 3, 5, tzinfo=UTC))) == {"day", "wishes_until_day"}
    assert set(day_rules.check(day, NOW, (date(2027, 3, 5), date(2027, 3, 6)))) == {"day"}
    late = content(day=date(2027, 3, 4), wishes_until=datetime(2027, 3, 4, 9, tzinfo=UTC))
    assert set(day_rules.check(late, NOW)) == {"wishes_until_day"}
    odd = content(
        day=date(2027, 3, 4), wishes_until=datetime(2027, 2, 1, tzinfo=UTC), tables=0, most_meetings=0,
        interpreters={"xx": 1}, name="", place="x" * 200,
    )  # fmt: skip
    assert set(day_rules.check(odd, NOW)) == {"tables", "most_meetings", "interpreters", "name", "place"}
    assert set(day_rules.check(content(zone="Mars/Base"), NOW)) == {"zone"}


async def test_an_organiser_makes_a_day_and_opens_it(fair: Fair) -> None:
    day = await made(fair)
    assert await state(day) == "DRAFT"
    assert len((await shown(day)).slots) == 6
    assert [mail for mail in await mails() if mail["template"] == "meeting_day"] == []
    assert await days.open_for_wishes(fair.union.caller, day) == 4
    told = [mail for mail in await mails() if mail["template"] == "meeting_day"]
    assert {mail["context"]["action"] for mail in told} == {"open"}
    assert "jonas.petersen@example.com" in {mail["to_address"] for mail in told}
    assert await fetchval("SELECT count(*) FROM notification WHERE kind = 'meeting_day'") == len(told)
    for mail in told:
        made_of = compose(Templates(load()), mail["language"], "meeting_day", mail["context"])
        assert "Buyer day" in made_of.subject
        assert "(Istanbul)" in made_of.text.replace("İstanbul", "Istanbul")
    assert ("meeting-day.opened") in {action for _, action in await audited(day)}


async def test_strangers_get_404_and_colleagues_of_the_organiser_do_not(fair: Fair) -> None:
    day = await made(fair)
    assert (await day_access.organised(fair.colleague.caller, day)).membership.public_id == fair.union.org
    for stranger in (fair.other_union, fair.post, fair.jonas, fair.ayse):
        with pytest.raises(NotFound):
            await day_access.organised(stranger.caller, day)
        with pytest.raises(NotFound):
            await days.create(stranger.caller, fair.union.org, content())
    with pytest.raises(NotFound):
        await day_access.organised(fair.ministry.caller, day)
    with pytest.raises(NotFound):
        await place(fair.jonas, day)
    await days.open_for_wishes(fair.union.caller, day)
    assert (await day_access.organised(fair.ministry.caller, day)).public_id == day
    assert (await place(fair.jonas, day)).side == "IMPORTER"
    with pytest.raises(NotFound):
        await day_access.invited(fair.jonas.caller, fair.zoe.org, day)


async def test_firms_of_the_event_that_want_meetings_are_asked(fair: Fair) -> None:
    event = await make_event(fair.union)
    held = event.content.starts_at
    assert held is not None
    for firm, sits, wants in (
        (fair.ayse, "EXPORTER", True), (fair.jonas, "IMPORTER", True), (fair.zoe, "IMPORTER", False),
    ):  # fmt: skip
        await execute(
            """INSERT INTO registration (public_id, event, organisation, side, state, wants_meetings)
            VALUES (left(md5($1::bigint::text), 12), $2, $1::bigint, $3, 'CONFIRMED', $4)""",
            firm.firm.id, event.id, sits, wants,
        )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await days.create(fair.union.caller, fair.union.org, content(), event.public_id)
    assert fields(refused) == {"day"}
    with pytest.raises(NotFound):
        await days.create(fair.other_union.caller, fair.other_union.org, content(), event.public_id)
    day = await days.create(fair.union.caller, fair.union.org, content(day=held.date()), event.public_id)
    assert await days.open_for_wishes(fair.union.caller, day) == 2
    await execute("UPDATE registration SET wants_meetings = true")
    assert await days.take_in(fair.union.caller, day) == 1
    assert await days.take_in(fair.union.caller, day) == 0
    people = await day_queries.participants((await shown(day)).id)
    assert {(one.org, one.side) for one in people} == {
        (fair.ayse.org, "EXPORTER"), (fair.jonas.org, "IMPORTER"), (fair.zoe.org, "IMPORTER"),
    }  # fmt: skip


async def test_only_firms_in_good_standing_can_be_invited_and_once(fair: Fair) -> None:
    day = await made(fair)
    with pytest.raises(Conflict):
        await days.invite(fair.union.caller, day, fair.jonas.org)
    for org in (fair.post.org, "h4k7m2p9q3rs"):
        with pytest.raises(NotFound):
            await days.invite(fair.union.caller, day, org)
    assert await day_queries.invitable((await shown(day)).id, "") == []


async def test_slots_stay_as_they_are_once_firms_were_asked(fair: Fair) -> None:
    day = await made(fair)
    shorter = Hours(starts=time(10), ends=time(11), minutes=30)
    await days.change(fair.union.caller, day, content(hours=shorter, name="Short day"), 1)
    assert len((await shown(day)).slots) == 2
    with pytest.raises(Conflict):
        await days.change(fair.union.caller, day, content(), 1)
    await days.open_for_wishes(fair.union.caller, day)
    await days.change(fair.union.caller, day, content(name="Long day", tables=9))
    found = await shown(day)
    assert (len(found.slots), found.name, found.tables) == (2, "Long day", 9)
    with pytest.raises(Invalid) as refused:
        await days.change(fair.union.caller, day, content(tables=0, wishes_until=found.starts_at))
    assert fields(refused) == {"tables", "wishes_until_day"}


async def test_a_firm_says_when_it_comes_and_whom_it_wants_to_meet(fair: Fair) -> None:
    day = await opened(fair)
    await ready(fair.jonas, day, 1, 3)
    await wish(fair.jonas, day, fair.can, fair.ayse)
    mine = await place(fair.jonas, day)
    people = {one.id: one for one in await day_queries.participants(mine.day)}
    assert people[mine.participant].slots == (1, 3)
    assert people[mine.participant].state == "READY"
    assert people[mine.participant].person == fair.jonas.person
    names = [people[one].org for one in await day_queries.wishes_of(mine.participant)]
    assert names == [fair.can.org, fair.ayse.org]
    await wish(fair.jonas, day, fair.ayse)
    assert len(await day_queries.wishes_of(mine.participant)) == 1


async def test_wishes_for_oneself_the_own_side_strangers_and_10_000_are_refused_with_a_sentence(
    fair: Fair,
) -> None:
    day = await opened(fair)
    mine = await place(fair.jonas, day)
    own, zoe, ayse = [await key(firm, day) for firm in (fair.jonas, fair.zoe, fair.ayse)]
    for wanted, sentence in (
        ([own], "You cannot meet yourself."),
        ([zoe], "Exporters meet importers; this firm is on your own side."),
        (["h4k7m2p9q3rs"], "This firm does not take part in the meeting day."),
        ([ayse, ayse], "You wished for this firm already."),
    ):
        with pytest.raises(Invalid) as refused:
            await wishes.save_wishes(mine, wanted)
        assert str(refused.value.fields["wishes"]) == sentence
    with pytest.raises(Invalid) as refused:
        await wishes.save_wishes(mine, [str(number) for number in range(10_000)])
    assert fields(refused) == {"wishes"}
    assert await count("meeting_wish") == 0


async def test_times_need_a_slot_and_a_language(fair: Fair) -> None:
    day = await opened(fair)
    mine, found = await place(fair.jonas, day), await shown(day)
    for times, wrong in (
        (Times(slots=(), languages=()), {"slots", "languages"}),
        (Times(slots=(1, 99), languages=("xx",), most_meetings=0), {"slots", "languages", "most_meetings"}),
    ):
        with pytest.raises(Invalid) as refused:
            await wishes.save_times(fair.jonas.caller, mine, found, times)
        assert fields(refused) == wrong


async def test_nothing_can_be_wished_after_the_time_for_it_or_over_a_colleagues_change(fair: Fair) -> None:
    day = await opened(fair)
    await ready(fair.jonas, day)
    mine = await place(fair.jonas, day)
    with pytest.raises(Conflict):
        await wishes.save_wishes(mine, [], 1)
    await shift(day, timedelta(days=-11))
    with pytest.raises(Conflict):
        await wish(fair.jonas, day, fair.ayse)
    with pytest.raises(Conflict):
        await ready(fair.jonas, day)
    with pytest.raises(Conflict):
        await wishes.withdraw(fair.jonas.caller, mine)


async def test_a_colleague_who_only_looks_cannot_act(fair: Fair) -> None:
    day = await opened(fair)
    reader = await side(fair.ayse.firm, "Ali Can", "VIEWER")
    assert not (await place(reader, day, act=False)).may_act
    with pytest.raises(Forbidden):
        await place(reader, day)


async def test_suggestions_have_reasons_and_both_sides_see_the_same_score(fair: Fair) -> None:
    day = await opened(fair)
    people = await day_queries.participants((await shown(day)).id)
    [ayse] = await wishes.suggestions(await place(fair.jonas, day), people, "en", 5)
    assert ayse.participant.org == fair.ayse.org
    assert "Offers goods of the same heading" in ayse.good[0].text
    [jonas] = await wishes.suggestions(await place(fair.ayse, day), people, "tr", 5)
    assert jonas.participant.org == fair.jonas.org
    assert jonas.match.score == ayse.match.score
    assert await wishes.suggestions(await place(fair.can, day), people, "en", 5) == []


async def test_the_plan_is_made_in_the_background_and_published_with_mails_and_calendars(fair: Fair) -> None:
    day = await wished(fair)
    plan = await planning.ask(fair.union.caller, day)
    with pytest.raises(Conflict, match="already"):
        await planning.ask(fair.union.caller, day)
    with pytest.raises(Conflict):
        await planning.publish(fair.union.caller, day)
    with pytest.raises(Conflict):
        await wish(fair.jonas, day, fair.can)
    await drain(planning.handlers(), leave=["mail.send"])
    found = await day_queries.plan(await shown(day))
    assert found is not None
    assert (found.public_id, found.state, found.progress) == (plan, "DONE", 100)
    assert found.figures["satisfied"] == 5
    assert found.figures["gap"] == 0
    assert found.refused == []
    assert await state(day) == "PLANNED"
    assert [row[2] for row in await meetings(day)] == ["PLANNED"] * 4
    assert [mail for mail in await mails() if mail["template"] == "meeting_agenda"] == []
    told = await planning.publish(fair.union.caller, day)
    assert (told.meetings, told.clashes) == (4, 0)
    assert await state(day) == "PUBLISHED"
    assert [row[2] for row in await meetings(day)] == ["CONFIRMED"] * 4
    await drain(telling.handlers(), leave=["mail.send"])
    letters = [mail for mail in await mails() if mail["template"] == "meeting_agenda"]
    assert sorted(mail["to_address"] for mail in letters) == [
        "ayse.yilmaz@example.com", "can.demir@example.com", "jonas.petersen@example.com", "zoe.frey@example.com",
    ]  # fmt: skip
    assert {mail["context"]["count"] for mail in letters} == {2}


async def test_two_tables_are_never_given_twice_in_a_slot(fair: Fair) -> None:
    day = await wished(fair)
    await planned(fair, day)
    rows = await fetch("SELECT slot, table_no, language FROM meeting ORDER BY slot, table_no")
    assert len({(row["slot"], row["table_no"]) for row in rows}) == len(rows) == 4
    assert {row["table_no"] for row in rows} <= {1, 2}
    assert {row["language"] for row in rows} == {"en"}


async def test_an_interpreter_is_planned_where_no_language_is_common_and_a_reason_given_where_there_is_none(
    fair: Fair,
) -> None:
    day = await opened(fair)
    await ready(fair.ayse, day, languages=("tr",))
    await ready(fair.jonas, day, languages=("ar",))
    await ready(fair.zoe, day, languages=("fr",))
    await wish(
        fair.ayse,
        day,
        fair.jonas,
        fair.zoe,
    )
    await planned(fair, day)
    [row] = await fetch("SELECT interpreter, language FROM meeting")
    assert (row["interpreter"], row["language"]) == ("ar", "tr")
    plan = await day_queries.plan(await shown(day))
    assert plan is not None
    assert [one["why"] for one in plan.refused] == ["NO_INTERPRETER"]


async def test_what_was_agreed_elsewhere_takes_the_time_of_the_slot(fair: Fair) -> None:
    day = await opened(fair)
    for firm in (fair.ayse, fair.jonas, fair.zoe):
        await ready(firm, day, 1)
    await wish(fair.jonas, day, fair.ayse)
    slot = (await shown(day)).slots[0]
    asked = await direct.ask(
        fair.zoe.caller, fair.zoe.membership, "ayse-havlu",
        Wanted(times=(Span(slot.starts_at, slot.ends_at),), zone="Europe/Zurich", topic="Towels", language="en"),
        "k-1",
    )  # fmt: skip
    await execute(
        """UPDATE meeting SET state = 'CONFIRMED', turn = NULL, exporter_person = $2, confirmed_at = now()
        WHERE public_id = $1""",
        asked.public_id,
        fair.ayse.person,
    )
    await planned(fair, day)
    assert await meetings(day) == []
    plan = await day_queries.plan(await shown(day))
    assert plan is not None
    assert [one["why"] for one in plan.refused] == ["PARTNER_NO_TIME"]


async def test_after_a_no_show_a_new_plan_keeps_the_others_meetings(fair: Fair) -> None:
    """Zoe has no time while all are there: one table in two slots."""
    day = await opened(fair, tables=1)
    for firm in (fair.ayse, fair.can, fair.jonas, fair.zoe):
        await ready(firm, day, 1, 2)
    await wish(fair.jonas, day, fair.ayse)
    await wish(fair.ayse, day, fair.jonas)
    await wish(fair.can, day, fair.zoe)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    before = {row[:2]: row for row in await meetings(day)}
    assert len(before) == 2
    assert await planning.missing(fair.union.caller, day, await key(fair.can, day)) == 1
    assert {row[2] for row in await meetings(day)} == {"CONFIRMED", "CANCELLED"}
    told = [mail for mail in await mails("zoe.frey@example.com") if mail["template"] == "meeting_step"]
    assert [mail["context"]["action"] for mail in told] == ["call-off"]
    await execute(
        "INSERT INTO meeting_wish (participant, wanted, rank) VALUES ($1, $2, 9)",
        (await place(fair.zoe, day)).participant,
        (await place(fair.ayse, day)).participant,
    )
    await planned(fair, day)
    after = [row for row in await meetings(day) if row[2] != "CANCELLED"]
    assert sorted(row[2] for row in after) == ["CONFIRMED", "PLANNED"]
    [stayed] = [row for row in after if row[2] == "CONFIRMED"]
    assert before[stayed[:2]] == stayed
    assert (await planning.publish(fair.union.caller, day)).meetings == 1
    plan = await day_queries.plan(await shown(day), published=True)
    assert plan is not None
    assert [one["why"] for one in plan.refused] == ["OWN_ABSENT"]
    await planning.present(fair.union.caller, day, await key(fair.can, day))
    with pytest.raises(NotFound):
        await planning.present(fair.union.caller, day, await key(fair.can, day))
    with pytest.raises(Conflict):
        await planning.missing(fair.union.caller, day, "h4k7m2p9q3rs")


async def test_a_meeting_that_began_without_a_firm_is_noted_and_nobody_is_blamed(fair: Fair) -> None:
    day = await wished(fair)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    first = min(row[3] for row in await meetings(day))
    starts_at = next(slot.starts_at for slot in (await shown(day)).slots if slot.number == first)
    await shift(day, datetime.now(UTC) - starts_at - timedelta(minutes=5))
    missed = next(row for row in await meetings(day) if row[3] == first)
    absent = fair.ayse if missed[0].startswith("Ayşe") else fair.can
    before = len(await mails())
    await planning.missing(fair.union.caller, day, await key(absent, day))
    states = [row[2] for row in await meetings(day) if row[0] == missed[0]]
    assert sorted(states) == ["CANCELLED", "NO_SHOW"]
    assert [
        mail["context"]["action"] for mail in (await mails())[before:] if mail["template"] == "meeting_step"
    ] == ["call-off"] * 2


async def test_slots_that_have_begun_are_not_planned_any_more(fair: Fair) -> None:
    day = await wished(fair)
    found = await shown(day)
    given = await plan_input.of(found, found.slots[2].starts_at)
    assert {number for one in given.day.participants for number in one.available} == {4, 5, 6}


async def test_a_plan_is_made_once_and_a_dead_workers_plan_can_be_asked_for_anew(fair: Fair) -> None:
    day = await wished(fair)
    plan = await fetchval(
        "SELECT id FROM meeting_plan WHERE public_id = $1", await planning.ask(fair.union.caller, day)
    )
    await execute("UPDATE meeting_plan SET state = 'RUNNING', began_at = now() WHERE id = $1", plan)
    with pytest.raises(planning.StillRunning):
        await planning.carry_out(plan)
    await execute("UPDATE meeting_plan SET began_at = now() - interval '6 minutes'")
    await asyncio.gather(*(planning.carry_out(plan) for _ in range(2)), return_exceptions=True)
    await planning.carry_out(plan)
    assert await fetchval("SELECT state FROM meeting_plan WHERE id = $1", plan) == "DONE"
    assert await count("meeting") == 4
    await execute(
        "UPDATE meeting_plan SET state = 'RUNNING', began_at = now() - interval '6 minutes' WHERE id = $1",
        plan,
    )
    await planning.ask(fair.union.caller, day)
    assert await fetchval("SELECT state FROM meeting_plan WHERE id = $1", plan) == "FAILED"


async def test_a_plan_that_breaks_says_so_instead_of_hanging(
    fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await wished(fair)

    def broken(*_args: object, **_more: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(planning.planner, "plan", broken)
    await planned(fair, day)
    plan = await day_queries.plan(await shown(day))
    assert plan is not None
    assert (plan.state, plan.problem is not None) == ("FAILED", True)
    monkeypatch.undo()
    await planned(fair, day)
    assert len(await meetings(day)) == 4


async def test_a_day_that_is_called_off_cancels_its_meetings_and_tells_everybody(fair: Fair) -> None:
    day = await wished(fair)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    with pytest.raises(Invalid):
        await days.cancel(fair.union.caller, day, "")
    await days.cancel(fair.union.caller, day, "The hall is flooded.")
    assert await state(day) == "CANCELLED"
    assert {row[2] for row in await meetings(day)} == {"CANCELLED"}
    told = [mail for mail in await mails() if mail["context"].get("action") == "cancelled"]
    assert {mail["to_address"] for mail in told} >= {"jonas.petersen@example.com", "ayse.yilmaz@example.com"}
    with pytest.raises(Conflict):
        await days.cancel(fair.union.caller, day, "The hall is flooded.")


async def test_only_a_draft_can_be_thrown_away(fair: Fair) -> None:
    day = await made(fair)
    await days.discard(fair.union.caller, day)
    assert await count("meeting_day") == 0
    day = await opened(fair)
    with pytest.raises(Conflict):
        await days.discard(fair.union.caller, day)


async def test_days_that_are_over_close_and_those_of_cancelled_events_are_called_off(fair: Fair) -> None:
    event = await make_event(fair.union)
    assert event.content.starts_at is not None
    inside = await days.create(
        fair.union.caller, fair.union.org, content(day=event.content.starts_at.date()), event.public_id
    )
    await days.invite(fair.union.caller, inside, fair.jonas.org)
    await days.open_for_wishes(fair.union.caller, inside)
    alone = await wished(fair)
    assert await days.end_due() == 0
    await execute("UPDATE trade_event SET state = 'CANCELLED' WHERE id = $1", event.id)
    await planned(fair, alone)
    await shift(alone, timedelta(days=-30))
    assert await days.end_due() == 2
    assert (await state(inside), await state(alone)) == ("CANCELLED", "DONE")
    assert await meetings(alone) == []
    assert await days.end_due() == 0


async def test_what_a_firm_cancelled_is_not_planned_again(fair: Fair) -> None:
    day = await wished(fair)
    await planned(fair, day)
    await planning.publish(fair.union.caller, day)
    meeting = await fetchval(
        "SELECT m.id FROM meeting m WHERE m.exporter = $1 AND m.importer = $2",
        fair.ayse.firm.id,
        fair.zoe.firm.id,
    )
    async with transaction() as tx:
        row = await moves.locked(tx.connection, meeting)
        await moves.move(
            tx.connection,
            row,
            "cancel",
            side="IMPORTER",
            actor=fair.zoe.caller.actor,
            reason="We cannot come.",
        )
    await planned(fair, day)
    plan = await day_queries.plan(await shown(day))
    assert plan is not None
    assert [one["why"] for one in plan.refused] == ["BLOCKED"]
