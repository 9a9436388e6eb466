"""The nightly audit finds every row that is missing or too many, whatever changed since, and says so."""

from datetime import datetime

import click.testing
import pytest
import requesting
from requesting import Board
from structlog.testing import capture_logs

from kervan.alerts import auditing, service
from kervan.alerts.conditions import Conditions
from kervan.cli import cli
from kervan.db import execute, fetch, fetchval
from kervan.requests import service as requests

from .conftest import announce, make_alert, public, wish


async def some_history(board: Board) -> None:
    """Alerts that were made, changed and ended between announcements, and a changed request."""
    first = await make_alert(board.ayse)
    await make_alert(board.can, Conditions(countries=("DE",)))
    made = await requesting.published(board)
    await announce()
    await service.change(
        board.ayse.caller,
        await public(first),
        wish(conditions=Conditions(codes=("1509",))),
        version=1,
        language="en",
    )
    late = await make_alert(board.can, Conditions())
    await requests.change(
        board.buyer.caller, await requesting.own(board, made), requesting.content(quantity=900)
    )
    await announce()
    await service.end(board.can.caller, await public(late), "OTHER")
    await requesting.published(board, title="Olive oil in tins", hs_code="1509", certificates=())
    await announce()


async def test_a_ledger_as_it_should_be_is_clean(board: Board) -> None:
    await some_history(board)
    report = await auditing.audit()
    assert (report.announcements, report.deliveries) == (3, 6)
    assert (report.missing, report.extra, report.late) == (0, 0, 0)
    assert report.clean
    assert report.deliveries == await fetchval("SELECT count(*) FROM alert_delivery")
    [kept] = await auditing.last()
    assert (kept.announcements, kept.missing, kept.problems) == (3, 0, ())


async def test_a_row_that_somebody_took_out_is_found(board: Board) -> None:
    await some_history(board)
    [row] = await fetch(
        "DELETE FROM alert_delivery WHERE id = (SELECT min(id) FROM alert_delivery) RETURNING *"
    )
    with capture_logs() as logged:
        report = await auditing.audit(everything=True)
    assert (report.missing, report.extra, report.clean) == (1, 0, False)
    [problem] = report.problems
    assert problem == {
        "alert": row["alert"],
        "request": row["request"],
        "edition": row["edition"],
        "problem": "MISSING",
    }
    [kept] = await auditing.last()
    assert kept.problems == (problem,)
    assert [line["log_level"] for line in logged if "ledger" in line["event"]] == ["error"]


async def test_a_row_too_many_is_found(board: Board) -> None:
    await some_history(board)
    stranger = await make_alert(board.can, Conditions(countries=("NG",)))
    request = await fetchval("SELECT min(id) FROM trade_request")
    await execute(
        "INSERT INTO alert_delivery (alert, request, edition) VALUES ($1, $2, 1), ($1, $2, 7)",
        stranger,
        request,
    )
    report = await auditing.audit(everything=True)
    assert (report.missing, report.extra) == (0, 2)
    assert {(problem["edition"], problem["problem"]) for problem in report.problems} == {
        (1, "EXTRA"),
        (7, "EXTRA"),
    }


async def test_the_next_audit_looks_at_what_is_new_and_all_looks_at_everything(board: Board) -> None:
    await some_history(board)
    await execute("UPDATE announcement SET matched_at = matched_at - interval '3 hours'")
    assert (await auditing.audit()).announcements == 3
    assert (await auditing.audit()).announcements == 0
    await requesting.published(board, title="Bath mats of cotton")
    await announce()
    assert (await auditing.audit()).announcements == 1
    assert (await auditing.audit(everything=True)).announcements == 4


async def test_an_announcement_that_nobody_matched_is_late_after_ten_minutes(board: Board) -> None:
    await requesting.published(board)
    assert (await auditing.audit()).late == 0
    await execute("UPDATE announcement SET announced_at = now() - interval '11 minutes'")
    report = await auditing.audit()
    assert (report.late, report.clean) == (1, False)
    assert (await auditing.counts()).late == 1
    await announce()
    assert (await auditing.audit()).late == 0


async def test_there_is_one_audit_a_night(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    class Night(datetime):
        hour_asked = 2

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(tz).replace(hour=cls.hour_asked)  # type: ignore[arg-type]

    monkeypatch.setattr(auditing, "datetime", Night)
    await auditing.nightly()
    assert await fetchval("SELECT count(*) FROM alert_audit") == 0
    Night.hour_asked = 4
    await auditing.nightly()
    await auditing.nightly()
    assert await fetchval("SELECT count(*) FROM alert_audit") == 1


def test_the_command_is_known() -> None:
    found = click.testing.CliRunner().invoke(cli, ["alerts", "audit", "--help"])
    assert found.exit_code == 0
    assert "--json" in found.output
