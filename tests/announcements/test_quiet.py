"""Quiet hours by the clocks of recipients, also where these are put forward and back; the rows that are written."""

import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from announcing import Hall, begun, deliveries, drafted, figures, make_reader, planned, send_all, states_of
from mailing import Server

from kervan.announcements import enqueueing, quiet, turns
from kervan.announcements.audience import Audience
from kervan.announcements.enqueueing import enqueue
from kervan.announcements.quiet import Night
from kervan.db import execute, fetchval, transaction
from kervan.settings import Settings

from .many import make_many

NIGHT = Night(20, 8)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        # By day it goes at once.
        ("Europe/Berlin", "2026-01-15T12:00", "2026-01-15T12:00"),
        # 20:00 is quiet, 19:59 is not; 07:59 is, 08:00 is not.
        ("Europe/Berlin", "2026-01-15T18:59", "2026-01-15T18:59"),
        ("Europe/Berlin", "2026-01-15T19:00", "2026-01-16T07:00"),
        ("Europe/Berlin", "2026-01-16T06:59", "2026-01-16T07:00"),
        ("Europe/Berlin", "2026-01-16T07:00", "2026-01-16T07:00"),
        # The night in which clocks go forward is an hour shorter, the other one an hour longer.
        ("Europe/Berlin", "2026-03-28T20:00", "2026-03-29T06:00"),
        ("Europe/Berlin", "2026-10-24T19:00", "2026-10-25T07:00"),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T12:00"),
        ("America/New_York", "2026-11-01T03:00", "2026-11-01T13:00"),
        # Far east and half hours.
        ("Asia/Kolkata", "2026-05-01T15:00", "2026-05-02T02:30"),
        ("Pacific/Auckland", "2026-05-01T12:00", "2026-05-01T20:00"),
        ("Nowhere/Land", "2026-05-01T22:00", "2026-05-02T08:00"),
    ],
)
def test_the_night_is_waited_for_by_the_clock_there(zone: str, now: str, due: str) -> None:
    assert quiet.due(zone, utc(now), NIGHT) == utc(due)


def test_a_night_can_lie_within_a_day_or_not_be_at_all() -> None:
    assert quiet.due("UTC", utc("2026-05-01T13:00"), Night(12, 14)) == utc("2026-05-01T14:00")
    assert quiet.due("UTC", utc("2026-05-01T23:00"), Night(0, 0)) == utc("2026-05-01T23:00")


def test_a_clock_of_ones_own_goes_before_that_of_the_country() -> None:
    assert quiet.zone_of("Asia/Tokyo", "DE") == "Asia/Tokyo"
    assert quiet.zone_of("", "DE") == "Europe/Berlin"
    assert quiet.zone_of("", "??") == "UTC"


async def test_rows_are_due_by_the_clock_of_each_recipient(hall: Hall) -> None:
    await figures(QUIET_FROM=20, QUIET_UNTIL=8)
    german = await make_reader("German", "DE")
    japanese = await make_reader("Japanese", "JP")
    abroad = await make_reader("German Abroad", "DE", time_zone="Asia/Tokyo")
    seat = await drafted(hall)
    now = utc("2026-01-15T12:00")
    async with transaction() as tx:
        assert await enqueue(tx.connection, seat.id, hall.event, 1, Audience(), now) == 3
    due = {row["person"]: row["due_at"] for row in await deliveries(seat)}
    morning_in_tokyo = utc("2026-01-15T23:00")
    assert due == {german: now, japanese: morning_in_tokyo, abroad: morning_in_tokyo}


async def test_a_mail_that_is_late_waits_for_the_morning_as_well(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("German", "DE")
    seat = await begun(hall)
    # All day long is night now: what was due before is not sent into it.
    hour = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).hour
    await figures(QUIET_FROM=hour, QUIET_UNTIL=(hour + 2) % 24)
    await send_all(settings)
    assert smtp.letters == []
    assert await states_of(seat) == {"QUEUED": 1}
    assert await fetchval("SELECT due_at > now() FROM event_delivery")


async def test_rows_are_written_in_chunks_once_each_and_again_without_harm(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enqueueing, "CHUNK", 7)
    await make_many(30)
    seat = await drafted(hall)
    for written in (30, 0):
        async with transaction() as tx:
            assert await enqueue(tx.connection, seat.id, hall.event, 1, Audience()) == written
    rows = await deliveries(seat)
    assert len({row["person"] for row in rows}) == 30
    assert all(row["domain"] == row["address_key"].rpartition("@")[2] for row in rows)


async def test_twenty_thousand_rows_take_no_memory_of_this_process(hall: Hall) -> None:
    await make_many(20_000)
    seat = await drafted(hall)
    await planned(hall, seat)
    tracemalloc.start()
    try:
        await turns.turn()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert await fetchval("SELECT count(*) FROM event_delivery WHERE announcement = $1", seat.id) == 20_000
    assert peak < 8_000_000
    await execute("DELETE FROM event_delivery")
