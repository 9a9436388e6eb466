"""The plan of a meeting day: made in the background, published, made anew after a no-show; what it must not plan."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from day_world import (
    key,
    latest_plan,
    meetings,
    opened,
    place,
    planned,
    published,
    ready,
    reasons,
    shift,
    shown,
    state,
    wish,
    wished,
)
from eventing import Fair
from people import count, mails

from kervan.db import execute, fetch, fetchval, transaction
from kervan.errors import Conflict, NotFound
from kervan.meetings import direct, moves, plan_input, planning, telling
from kervan.meetings.direct import Wanted
from kervan.meetings.times import Span
from kervan.outbox import drain


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
    found = await latest_plan(day)
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
    await wish(fair.ayse, day, fair.jonas, fair.zoe)
    await planned(fair, day)
    [row] = await fetch("SELECT interpreter, language FROM meeting")
    assert (row["interpreter"], row["language"]) == ("ar", "tr")
    assert await reasons(day) == ["NO_INTERPRETER"]


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
    assert await reasons(day) == ["PARTNER_NO_TIME"]


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
    assert await reasons(day, told=True) == ["OWN_ABSENT"]
    await planning.present(fair.union.caller, day, await key(fair.can, day))
    with pytest.raises(NotFound):
        await planning.present(fair.union.caller, day, await key(fair.can, day))
    with pytest.raises(Conflict):
        await planning.missing(fair.union.caller, day, "h4k7m2p9q3rs")


async def test_a_meeting_that_began_without_a_firm_is_noted_and_nobody_is_blamed(fair: Fair) -> None:
    day = await published(fair)
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
    plan = await latest_plan(day)
    assert (plan.state, plan.problem is not None) == ("FAILED", True)
    monkeypatch.undo()
    await planned(fair, day)
    assert len(await meetings(day)) == 4


async def test_what_a_firm_cancelled_is_not_planned_again(fair: Fair) -> None:
    day = await published(fair)
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
    assert await reasons(day) == ["BLOCKED"]
