"""The daily and the weekly mail: at half past seven where the reader is, and nothing gets lost while no worker runs."""

from datetime import UTC, datetime

import pytest
import requesting
from mailing import Server
from people import mails
from requesting import Board

from kervan.alerts import digests, service
from kervan.alerts.conditions import Conditions
from kervan.db import execute, fetch
from kervan.requests import service as requests
from kervan.settings import Settings

from .conftest import ledger_of, make_alert, public, work

AYSE = "ayse.yilmaz@example.com"


@pytest.mark.parametrize(
    ("frequency", "zone", "now", "expected"),
    [
        ("DAILY", "Europe/Istanbul", "2026-11-22T04:31:00", "2026-11-22T04:30:00"),
        ("DAILY", "Europe/Istanbul", "2026-11-22T04:29:00", "2026-11-21T04:30:00"),
        ("DAILY", "Europe/Berlin", "2026-07-22T05:30:00", "2026-07-22T05:30:00"),
        ("DAILY", "Europe/Berlin", "2026-11-22T06:29:00", "2026-11-21T06:30:00"),
        ("WEEKLY", "Europe/Istanbul", "2026-11-23T04:30:00", "2026-11-23T04:30:00"),
        ("WEEKLY", "Europe/Istanbul", "2026-11-22T20:00:00", "2026-11-16T04:30:00"),
        ("WEEKLY", "Nowhere/Land", "2026-11-23T04:29:00", "2026-11-16T04:30:00"),
        ("DAILY", "America/New_York", "2026-11-22T03:00:00", "2026-11-21T12:30:00"),
    ],
)
def test_the_appointed_hour_is_the_readers(frequency: str, zone: str, now: str, expected: str) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert digests.appointed(frequency, zone, moment(now)) == moment(expected)


async def as_of(days: int) -> None:
    """Everything was found so many days ago."""
    await execute("UPDATE alert_delivery SET created_at = created_at - make_interval(days => $1)", days)


async def test_all_that_waits_comes_in_one_mail_however_long_it_waited(
    board: Board, settings: Settings, smtp: Server
) -> None:
    await make_alert(board.ayse, frequency="DAILY")
    await make_alert(board.ayse, Conditions(countries=("DE",)), name="Germany", frequency="DAILY")
    for day in range(3):
        await requesting.published(board, title=f"White towels, day {day}")
        await work(settings)
        await as_of(5)
    await requesting.published(board, title="White towels of today")
    await work(settings)
    assert smtp.to(AYSE) == []
    assert await digests.send_due() == 1
    assert await digests.send_due() == 0
    await work(settings)
    [letter] = smtp.to(AYSE)
    assert letter["Subject"] == "4 new requests fit your alerts"
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for title in ("day 0", "day 1", "day 2", "of today"):
        assert text.count(title) == 1
    rows = await ledger_of()
    assert {row["state"] for row in rows} == {"TOLD"}
    assert len(rows) == 8
    assert len({row["mail"] for row in rows}) == 1


async def test_what_came_after_the_hour_waits_for_the_next(board: Board, settings: Settings) -> None:
    await make_alert(board.ayse, frequency="DAILY")
    await requesting.published(board)
    await work(settings)
    assert await digests.send_due() == 0
    await as_of(1)
    assert await digests.send_due() == 1


async def test_each_frequency_has_its_own_mail_and_each_person_too(
    board: Board, settings: Settings, smtp: Server
) -> None:
    await make_alert(board.ayse, frequency="DAILY")
    await make_alert(board.ayse, frequency="WEEKLY", name="Weekly")
    await make_alert(board.can, frequency="DAILY")
    await requesting.published(board)
    await work(settings)
    await as_of(8)
    assert await digests.send_due() == 3
    await work(settings)
    assert sorted(str(letter["Subject"]) for letter in smtp.to(AYSE)) == [
        "1 new request fits your alerts",
        "1 request of this week fits your alerts",
    ]
    assert len(smtp.to("can.demir@example.com")) == 1


async def test_of_many_twenty_are_shown_and_the_others_counted(
    board: Board, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SHOWN", 2)
    alert = await make_alert(board.ayse, frequency="DAILY")
    for n in range(3):
        await requesting.published(board, title=f"White towels {n}")
    await work(settings)
    await as_of(1)
    await digests.send_due()
    [mail] = [row for row in await mails(AYSE) if row["template"] == "request_digest"]
    said = mail["context"]
    assert (said["count"], said["more"], len(said["requests"])) == (3, 1, 2)
    assert said["go"] == f"/alerts/{await public(alert)}/deliveries"
    assert said["requests"][0]["title"] == "White towels 2", "the newest comes first"


async def test_a_changed_request_is_listed_once_and_a_closed_one_is_not(
    board: Board, settings: Settings
) -> None:
    await make_alert(board.ayse, frequency="DAILY")
    changed = await requesting.published(board)
    await requests.change(
        board.buyer.caller, await requesting.own(board, changed), requesting.content(quantity=900)
    )
    closed = await requesting.published(board, title="Bath mats of cotton")
    await work(settings)
    await requests.withdraw(board.buyer.caller, await requesting.own(board, closed), "Bought elsewhere.")
    await as_of(1)
    assert await digests.send_due() == 1
    [mail] = [row for row in await mails(AYSE) if row["template"] == "request_digest"]
    assert [one["title"] for one in mail["context"]["requests"]] == ["White cotton towels for hotels"]
    states = [(row["request"] == closed.id, row["state"]) for row in await ledger_of()]
    assert sorted(states) == [(False, "TOLD"), (False, "TOLD"), (True, "SKIPPED")]


async def test_an_alert_that_ended_is_in_no_mail(board: Board, settings: Settings) -> None:
    alert = await make_alert(board.ayse, frequency="DAILY")
    await requesting.published(board)
    await work(settings)
    await service.end(board.ayse.caller, await public(alert), "OTHER")
    await as_of(1)
    assert await digests.send_due() == 0
    assert [row["state"] for row in await ledger_of()] == ["SKIPPED"]


async def test_the_mail_ends_its_one_alert_by_one_click(
    board: Board, settings: Settings, smtp: Server
) -> None:
    alert = await make_alert(board.ayse, frequency="DAILY")
    await requesting.published(board)
    await work(settings)
    await as_of(1)
    await digests.send_due()
    await work(settings)
    [letter] = smtp.to(AYSE)
    token = service.stop_token(await public(alert))
    assert letter["List-Unsubscribe"] == f"<{settings.public_url}/alerts/stop/{token}>"
    [row] = await fetch("SELECT digest_at FROM alert")
    assert row["digest_at"] is not None
