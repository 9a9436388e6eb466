"""Meetings that a plan makes: hidden until they are told, never at two places, called off by the organiser."""

import pytest
from asking import Side, World
from meeting_world import SECRETS, agreed, at, seat
from people import count, mails

from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, NotFound
from kervan.meetings import moves, states, telling
from kervan.meetings.moves import Planned
from kervan.outbox import drain


async def a_day(world: World, *, online: bool = True) -> tuple[int, int]:
    """A meeting day of Ayşe's association with one slot; meeting_day.id and meeting_slot.id."""
    day = await fetchval(
        """INSERT INTO meeting_day (public_id, organiser, name, state, day, zone, wishes_until, online)
        VALUES ('d4d4d4d4d4d4', $1, 'Buyer days', 'PLANNED', current_date + 3, 'Europe/Istanbul', now(), $2)
        RETURNING id""",
        world.ayse.firm.id,
        online,
    )
    slot = await fetchval(
        "INSERT INTO meeting_slot (day, number, starts_at, ends_at) VALUES ($1, 1, $2, $3) RETURNING id",
        day,
        at().starts_at,
        at().ends_at,
    )
    return day, slot


def planned(world: World, slot: int, exporter: Side, importer: Side) -> Planned:
    return Planned(
        slot=slot, starts_at=at().starts_at, ends_at=at().ends_at, exporter=exporter.firm.id,
        importer=importer.firm.id, exporter_person=exporter.person, importer_person=importer.person, language="en",
        table_no=4,
    )  # fmt: skip


async def test_a_planned_agenda_is_told_when_it_is_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, slot = await a_day(world)
    rows = [planned(world, slot, world.ayse, world.buyer), planned(world, slot, world.can, world.other_buyer)]
    async with transaction() as tx:
        made = await moves.create_planned(tx.connection, day, rows)
        assert await moves.drop_planned(tx.connection, day) == 2
        made = await moves.create_planned(tx.connection, day, rows)
    assert await count("mail") == 0
    hidden = await fetchval("SELECT public_id FROM meeting WHERE id = $1", made[0])
    with pytest.raises(NotFound):
        await seat(world.buyer, hidden)
    monkeypatch.setenv("KERVAN_MEETING_ROOMS", "https://meet.example.org/")
    async with transaction() as tx:
        told = await moves.confirm_planned(tx.connection, day, "user:1")
    monkeypatch.undo()
    assert told == moves.Confirmed(tuple(made), ())
    assert await count("mail") == 0
    await drain(telling.handlers(), leave=["mail.send"])
    for row in await fetch("SELECT id, exporter FROM meeting"):
        await telling.agenda_of(row["exporter"], states.Side.EXPORTER, [row["id"]])  # twice is once
    found = [mail for mail in await mails() if mail["template"] == "meeting_agenda"]
    assert len(found) == 4
    to_buyer = next(mail["context"] for mail in found if mail["to_address"] == SECRETS[0])
    assert to_buyer["meetings"][0]["contact"] == "Ayşe Yılmaz"
    assert "https://meet.example.org/kervan-" in to_buyer["calendar"]["text"]
    assert len({row["room_url"] for row in await fetch("SELECT room_url FROM meeting")}) == 2
    await seat(world.buyer, hidden)


async def test_a_plan_never_puts_anybody_in_two_places(world: World) -> None:
    await agreed(world)
    day, slot = await a_day(world)
    async with transaction() as tx:
        told = await moves.create_confirmed(
            tx.connection, day, [planned(world, slot, world.ayse, world.other_buyer)], "user:1"
        )
    assert told.ids == ()
    assert len(told.clashes) == 1
    assert await count("mail") == 2 + 1


async def test_an_organiser_calls_a_meeting_off_and_both_calendars_hear(world: World) -> None:
    day, slot = await a_day(world)
    async with transaction() as tx:
        told = await moves.create_confirmed(
            tx.connection, day, [planned(world, slot, world.ayse, world.buyer)], "user:1"
        )
        await moves.cancel(
            tx.connection, told.ids[0], actor="user:1", side="STAFF", reason="The hall is closed"
        )
    ended = [mail["context"] for mail in await mails() if mail["context"].get("action") == "call-off"]
    assert [one["calendar"]["method"] for one in ended] == ["CANCEL", "CANCEL"]
    assert all("SEQUENCE:2" in one["calendar"]["text"] for one in ended)
    async with transaction() as tx:
        with pytest.raises(Conflict):
            await moves.cancel(tx.connection, told.ids[0], actor="user:1", reason="Once more")
