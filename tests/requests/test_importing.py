"""Tender notices from files: mapping, quality gate, known notices, nothing written on a dry run, the real sample."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import requesting
from click.testing import CliRunner
from litestar import Litestar
from people import post_form, sign_in, token_of
from requesting import Board, handled

from kervan.cli import cli
from kervan.db import fetch, fetchval
from kervan.errors import CommandError
from kervan.imports import wording
from kervan.imports.reports import KNOWN, REFUSED
from kervan.orders.deadlines import today
from kervan.requests import (
    import_mapping,
    import_report,
    importing,
    on_behalf,
    queries,
    service,
)
from kervan.requests.importing import QUEUED, Report, Who
from kervan.web import csrf

HEADER = ",".join(import_mapping.FIELDS)
OWN = import_mapping.shipped("kervan-requests")
SOON = (today() + timedelta(days=30)).isoformat()
WHO = Who(actor="system:test")


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


def notice(**changes: str) -> dict[str, str]:
    whole = {
        "source_ref": "2026/118", "source_url": "https://tenders.example/2026-118",
        "title": "Bed linen for a municipal hospital", "summary": "A hospital needs 4,000 sets of cotton bed linen.",
        "description": "White cotton for the industrial laundry, delivered to the store of the hospital.",
        "buyer": "Municipal hospital of Musterstadt", "country": "Germany", "hs_code": "6302", "quantity": "4000",
        "unit": "C62", "budget": "120,000.00", "currency": "EUR", "deadline": SOON,
    }  # fmt: skip
    return {**whole, **changes}


def as_csv(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(import_mapping.FIELDS))
        writer.writeheader()
        writer.writerows(rows)
    return path


async def run(board: Board, path: Path, *, commit: bool = True, **changes: Any) -> Report:
    values: dict[str, Any] = {"post": board.post.membership.organisation, "country": "DE", "mapping": OWN}
    values |= changes
    return await importing.run(path, path.name, values.pop("mapping"), WHO, commit=commit, **values)


async def test_a_notice_becomes_a_request_before_the_reviewers_of_its_post(
    board: Board, tmp_path: Path
) -> None:
    report = await run(board, as_csv(tmp_path / "list.csv", notice()))
    assert [line.outcome for line in report.lines] == [QUEUED]
    shown = await queries.by_public_id(report.lines[0].request)
    assert (shown.state, shown.source, shown.visibility) == ("SUBMITTED", "TENDER", "POST")
    assert (shown.hs_code, shown.quantity, shown.unit, shown.sector) == ("6302", 4000, "C62", "home-textiles")
    assert (str(shown.budget), shown.currency, shown.deadline) == (
        "120000.00",
        "EUR",
        date.fromisoformat(SOON),
    )
    assert (shown.buyer_name, shown.represented) == ("Municipal hospital of Musterstadt", True)
    assert shown.review_due_at is not None
    task = (await fetch("SELECT organisation, about FROM task"))[0]
    assert tuple(task) == (board.post.membership.organisation, shown.public_id)
    assert await fetchval("SELECT count(*) FROM mail") == 0
    done = await service.publish(board.post.caller, await handled(board.post, _saved(shown)), None)
    assert done.state == "PUBLISHED"


def _saved(shown: queries.RequestShown) -> service.Saved:
    return service.Saved(
        id=shown.id, public_id=shown.public_id, number=shown.number, state=shown.state, version=shown.version,
        edition=shown.edition,
    )  # fmt: skip


async def test_a_dry_run_writes_nothing_and_says_the_same(board: Board, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "list.csv", notice(), notice(source_ref="2", deadline="2020-01-01"), notice())
    tables = ("trade_request", "importer", "organisation", "task", "tender_import", "audit_entry", "outbox")
    before = [await fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    tried = await run(board, path, commit=False)
    assert [await fetchval(f"SELECT count(*) FROM {table}") for table in tables] == before
    done = await run(board, path)
    assert [line.outcome for line in tried.lines] == [line.outcome for line in done.lines]
    assert [line.outcome for line in done.lines] == [QUEUED, REFUSED, KNOWN]


async def test_a_known_notice_is_not_queued_twice_even_when_it_was_rejected(
    board: Board, tmp_path: Path
) -> None:
    path = as_csv(tmp_path / "list.csv", notice())
    first = await run(board, path)
    seat = await handled(board.post, _saved(await queries.by_public_id(first.lines[0].request)))
    again = await run(board, path)
    assert (again.lines[0].outcome, again.lines[0].number) == (KNOWN, first.lines[0].number)
    await service.give_back(board.post.caller, seat, "reject", "These are services, not goods.")
    again = await run(board, path)
    assert again.lines[0].outcome == KNOWN
    assert await fetchval("SELECT count(*) FROM trade_request") == 1


async def test_the_procuring_body_is_found_again_by_its_name(board: Board, tmp_path: Path) -> None:
    rows = [
        notice(source_ref=str(n), buyer=name)
        for n, name in enumerate(("City of Köln", "CITY OF KÖLN.", "Bonn"))
    ]
    await run(board, as_csv(tmp_path / "list.csv", *rows))
    names = await fetch("SELECT legal_name FROM importer WHERE represented_by IS NOT NULL ORDER BY id")
    assert [row["legal_name"] for row in names] == ["City of Köln", "Bonn"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"deadline": "2020-05-01"}, "The deadline was 1 May 2020: it is over."),
        ({"deadline": (today() + timedelta(days=1)).isoformat()}, "a request needs 3 days until then."),
        ({"title": ""}, "This row has no title."),
        ({"country": ""}, "This row has no country."),
        ({"country": "Atlantis"}, "Atlantis is not a country"),
        ({"country": "Türkiye"}, "Choose a country other than Türkiye."),
        ({"country": "FR"}, "This notice is for France: the post of that country imports it."),
    ],
)
async def test_what_cannot_become_a_request_is_refused_with_its_reason(
    board: Board, tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    report = await run(board, as_csv(tmp_path / "list.csv", notice(**changes), notice(source_ref="good")))
    assert [line.outcome for line in report.lines] == [REFUSED, QUEUED]
    assert told in wording.reason(report.lines[0], "en")
    assert report.lines[0].row == 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hs_code": ""}, ("hs_code", "MISSING")),
        ({"hs_code": "towels"}, ("hs_code", "UNKNOWN")),
        ({"deadline": ""}, ("deadline", "MISSING")),
        ({"deadline": "as soon as possible"}, ("deadline", "UNKNOWN")),
        ({"deadline": (today() + timedelta(days=900)).isoformat()}, ("deadline", "FAR")),
        ({"summary": ""}, ("summary", "MADE")),
        ({"summary": "", "description": ""}, ("summary", "MISSING")),
        ({"title": "Bed linen " * 20}, ("title", "CUT")),
        ({"budget": "about a million"}, ("budget", "UNKNOWN")),
        ({"currency": "GOLD"}, ("budget", "UNKNOWN")),
        ({"quantity": "-1"}, ("quantity", "UNKNOWN")),
        ({"unit": "shiploads"}, ("quantity", "UNKNOWN")),
        ({"sector": "space"}, ("sector", "UNKNOWN")),
        ({"source_url": "javascript:alert(1)"}, ("source_url", "UNKNOWN")),
        ({"source_url": ""}, ("source_url", "MISSING")),
        ({"buyer": ""}, ("buyer", "MISSING")),
        ({"description": "Write to purchasing@hospital.example at once."}, ("description", "CONTACT")),
        (
            {"title": "XK-9", "summary": "XK-9", "description": "XK-9 XK-9 XK-9 XK-9 XK-9"},
            ("language", "LANGUAGE"),
        ),
    ],
)
async def test_the_gate_notes_what_is_missing_or_not_understood(
    board: Board, tmp_path: Path, changes: dict[str, str], problem: tuple[str, str]
) -> None:
    report = await run(board, as_csv(tmp_path / "list.csv", notice(**changes)))
    assert report.lines[0].outcome == QUEUED
    found = {(one["field"], one["problem"]) for one in report.lines[0].problems}
    assert problem in found
    shown = await queries.by_public_id(report.lines[0].request)
    assert {(one["field"], one["problem"]) for one in shown.gate} == found
    assert "purchasing@" not in shown.description
    assert "javascript" not in (shown.source_url or "")


async def test_the_reviewer_fills_in_what_is_missing_and_publishes(
    client: httpx.AsyncClient, board: Board, tmp_path: Path
) -> None:
    report = await run(board, as_csv(tmp_path / "list.csv", notice(hs_code="")))
    here = f"/en/staff/requests/{report.lines[0].request}"
    await sign_in(client, board.post.person)
    page = (await client.get(here)).text
    assert "Fill in what is missing" in page
    assert "What the import found" in page
    shown = await queries.by_public_id(report.lines[0].request)
    fields = {
        "title": shown.title, "summary": shown.summary, "description": shown.description, "language": "en",
        "hs_code": "6302.31", "quantity": "4000", "unit": "C62", "country": "DE", "buyer_type": "PUBLIC",
        "deadline": SOON, "visibility": "OPEN", "source_url": shown.source_url, "source_ref": shown.source_ref,
        "version": str(shown.version), "rows": "3", "then": "publish",
    }  # fmt: skip
    answer = await post_form(client, f"{here}/edit", fields)
    assert answer.status_code == 303, answer.text
    row = (await fetch("SELECT state, hs_code, visibility, source FROM trade_request"))[0]
    # Nobody of the buyer has agreed: its name stays behind the post.
    assert tuple(row) == ("PUBLISHED", "630231", "POST", "TENDER")


async def test_what_an_importer_sent_for_review_is_not_rewritten_by_the_reviewer(
    client: httpx.AsyncClient, board: Board
) -> None:
    made = await requesting.submitted(board)
    await sign_in(client, board.post.person)
    answer = await client.get(f"/en/staff/requests/{made.public_id}/edit")
    assert answer.status_code == 303
    seat = await handled(board.post, made)
    shown = await queries.shown(made.id)
    with pytest.raises(Exception, match="state"):
        await on_behalf.change(
            board.post.caller, seat, shown, msgspec.structs.replace(shown.content, quantity=1), None, None
        )


async def test_without_a_post_each_notice_goes_to_the_post_of_its_country(
    board: Board, tmp_path: Path
) -> None:
    rows = [
        notice(),
        notice(source_ref="ch", country="Switzerland"),
        notice(source_ref="fr", country="France"),
    ]
    report = await run(board, as_csv(tmp_path / "list.csv", *rows), post=None, country=None)
    assert [line.outcome for line in report.lines] == [QUEUED, QUEUED, REFUSED]
    assert "No post is in office for France." in wording.reason(report.lines[2], "en")
    posts = await fetch("SELECT post FROM trade_request ORDER BY id")
    assert [row["post"] for row in posts] == [
        board.post.membership.organisation, board.other_post.membership.organisation,
    ]  # fmt: skip


async def test_json_files_are_read_as_lists_and_as_one_list_in_an_object(
    board: Board, tmp_path: Path
) -> None:
    plain, wrapped = tmp_path / "plain.json", tmp_path / "wrapped.json"
    plain.write_bytes(msgspec.json.encode([notice(), "no object", notice(source_ref="2")]))
    wrapped.write_bytes(msgspec.json.encode({"total": 1, "results": [notice(source_ref="3")]}))
    first = await run(board, plain)
    assert [line.outcome for line in first.lines] == [QUEUED, REFUSED, QUEUED]
    assert [line.outcome for line in (await run(board, wrapped)).lines] == [QUEUED]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("broken.json", b"[{"),
        ("empty.json", b"[]"),
        ("number.json", b"7"),
        ("list.csv", b"name,age\nAda,36\n"),
        ("list.pdf", b"%PDF-1.4"),
        ("empty.csv", b""),
        ("head.csv", HEADER.encode()),
    ],
)
async def test_a_file_that_is_no_list_is_refused_as_a_whole(
    board: Board, tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CommandError):
        await run(board, path)


async def test_the_report_as_a_file_runs_no_formula(board: Board, tmp_path: Path) -> None:
    evil = '=HYPERLINK("#A1";"Open the list")'
    rows = [notice(title=evil), notice(title="@SUM(1)", country="Atlantis")]
    report = await run(board, as_csv(tmp_path / "list.csv", *rows), commit=False)
    cells = [
        cell
        for row in csv.reader(import_report.as_csv(report, "en").decode("utf-8-sig").splitlines())
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    assert "'" + evil in cells


def test_the_template_fits_its_own_mapping(tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    path.write_bytes(import_report.template())
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert tuple(next(csv.reader(file))) == tuple(import_mapping.FIELDS)


async def test_the_page_looks_at_a_file_first_and_imports_it_then(
    client: httpx.AsyncClient, board: Board, tmp_path: Path
) -> None:
    await sign_in(client, board.post.person)
    data = as_csv(tmp_path / "list.csv", notice(), notice(source_ref="2", deadline="2020-01-01")).read_bytes()
    files = {"file": ("notices.csv", data, "text/csv")}
    looked = await post_form(client, "/en/staff/requests/import", {"mapping": "kervan-requests"}, files=files)
    assert looked.status_code == 200, looked.text
    assert "Nothing is written yet." in looked.text
    assert "it is over" in looked.text
    assert await fetchval("SELECT count(*) FROM trade_request") == 0
    packed = re.findall(r'name="packed" value="([^"]+)"', looked.text)
    token = await token_of(client, "/en/staff/requests/import")
    done = await client.post("/en/staff/requests/import/commit", data={csrf.FIELD: token, "packed": packed})
    assert done.status_code == 303, done.text
    report = await client.get(done.headers["location"])
    assert "Bed linen for a municipal hospital" in report.text
    assert await fetchval("SELECT count(*) FROM trade_request") == 1
    kept = done.headers["location"].partition("?")[0]
    assert "Bed linen" in (await client.get(f"{kept}/report.csv")).text
    assert "notices.csv" in (await client.get("/en/staff/requests/import")).text
    await sign_in(client, board.other_post.person)
    assert (await client.get(kept)).status_code == 404
    token = await token_of(client, "/en/staff/requests/import")
    stolen = await client.post("/en/staff/requests/import/commit", data={csrf.FIELD: token, "packed": packed})
    assert stolen.status_code == 422


@pytest.mark.parametrize(
    ("fields", "files", "wrong"),
    [
        ({"mapping": "kervan-requests"}, {}, "file"),
        ({"mapping": "nobodys"}, {"file": ("a.csv", HEADER.encode(), "text/csv")}, "mapping"),
        ({"mapping": "kervan-requests"}, {"file": ("a.exe", b"MZ", "application/x")}, "file"),
        (
            {"mapping": "kervan-requests"},
            {"file": ("a.csv", HEADER.encode(), "text/csv"), "own": ("m.toml", b"= 1", "application/toml")},
            "own",
        ),
    ],
)
async def test_a_wrong_upload_is_told_beside_its_field(
    client: httpx.AsyncClient, board: Board, fields: dict[str, str], files: dict[str, Any], wrong: str
) -> None:
    await sign_in(client, board.post.person)
    answer = await post_form(client, "/en/staff/requests/import", fields, files=files)
    assert answer.status_code == 422
    assert f'href="#f-{wrong}"' in answer.text


async def test_the_ministry_fills_the_queue_of_any_post(
    client: httpx.AsyncClient, board: Board, tmp_path: Path
) -> None:
    await sign_in(client, board.ministry.person)
    data = as_csv(tmp_path / "list.csv", notice(), notice(source_ref="2", country="CH")).read_bytes()
    files = {"file": ("notices.csv", data, "text/csv")}
    fields = {"mapping": "kervan-requests", "post": "all"}
    looked = await post_form(client, "/en/staff/requests/import", fields, files=files)
    packed = re.findall(r'name="packed" value="([^"]+)"', looked.text)
    token = await token_of(client, "/en/staff/requests/import")
    done = await client.post("/en/staff/requests/import/commit", data={csrf.FIELD: token, "packed": packed})
    assert done.status_code == 303
    assert await fetchval("SELECT count(DISTINCT post) FROM trade_request") == 2


def test_the_command_tells_what_is_wrong_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "list.doc"
    path.write_bytes(b"x")
    done = CliRunner().invoke(cli, ["requests", "import", str(path)])
    assert isinstance(done.exception, CommandError)
    assert "CSV" in str(done.exception)
