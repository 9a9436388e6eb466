"""Events from a file: drafted, known again, alike, refused; the page, its report and the command line."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import eventing
import httpx
import pytest
from desk import flat
from eventing import Fair, drafted, make_event
from litestar import Litestar
from people import audited, count, make_member, post_form, sign_in

from kervan.db import execute, fetch, fetchval
from kervan.errors import CommandError, Invalid
from kervan.events import commands, import_alike, import_gate, import_mapping, importing, queries
from kervan.events.import_alike import Known
from kervan.events.importing import ALIKE, DRAFTED, KNOWN, REFUSED, Report

DESK = "/en/staff/events/import"
OWN = import_mapping.shipped("kervan-events")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROW = {
    "source_ref": "2027/1", "title": "Home textiles of the Aegean", "kind": "FAIR", "starts": "2027-05-16",
    "ends": "19.05.2027", "country": "TR", "province": "Denizli", "city": "Denizli", "sectors": "home-textiles",
    "language": "en", "fee_importers": "0",
}  # fmt: skip


@pytest.fixture
async def fair(fresh_app: Litestar) -> Fair:
    return await eventing.make_fair()


def read(**changes: str) -> import_gate.Row:
    return import_gate.row(OWN, {**ROW, **changes}, "ASSOCIATION", "The association", NOW)


def listed(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(import_mapping.FIELDS))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def run(fair: Fair, tmp_path: Path, *rows: dict[str, str], commit: bool = True, **more: Any) -> Report:
    path = tmp_path / "list.csv"
    path.write_bytes(listed(*rows))
    by = more.pop("by", fair.union)
    return await importing.run(path, path.name, OWN, by.caller, by.membership, commit=commit, **more)


def outcomes(report: Report) -> list[str]:
    return [line.outcome for line in report.lines]


def test_a_row_is_read_in_the_forms_in_which_lists_are_written() -> None:
    found = read()
    content = found.content
    assert (found.first, found.last) == (date(2027, 5, 16), date(2027, 5, 19))
    assert (content.kind, content.country, content.province, content.zone) == (
        "FAIR",
        "TR",
        "20",
        "Europe/Istanbul",
    )
    assert content.starts_at == datetime(2027, 5, 15, 21, tzinfo=UTC)
    assert content.ends_at == datetime(2027, 5, 19, 21, tzinfo=UTC)
    assert (content.whole_days, content.sectors, content.fee_importers) == (True, ("home-textiles",), 0)
    assert (content.organiser_kind, content.organiser_name) == ("ASSOCIATION", "The association")
    assert found.problems == ()
    timed = read(
        starts_time="9:30", ends_time="17.00", country="Germany", province="", organiser="Ege Fairs"
    ).content
    assert timed.starts_at == datetime(2027, 5, 16, 7, 30, tzinfo=UTC)
    assert (timed.whole_days, timed.zone, timed.organiser_kind) == (False, "Europe/Berlin", "EXTERNAL")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "  "}, "This row has no title."),
        ({"starts": ""}, "This row says no first day."),
        ({"starts": "soon"}, "“soon” is not a day that can be read."),
        ({"starts": "2027-02-29"}, "“2027-02-29” is not a day that can be read."),
        ({"ends": "2027-13-01"}, "“2027-13-01” is not a day that can be read."),
        ({"ends": "2027-05-15"}, "It ends (2027-05-15) before it begins (2027-05-16)."),
        ({"starts": "2997-05-16", "ends": "2997-05-17"}, "The day 2997-05-16 is too far away."),
        ({"starts": "2060-05-16", "ends": "2060-05-17"}, "is too far away. Check the year."),
        ({"ends": "2027-05-16", "starts_time": "17:00", "ends_time": "09:00"}, "before it begins"),
    ],
)
def test_a_row_that_can_be_no_event_is_refused_with_the_reason(
    changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"starts": "2021-05-16", "ends": "2021-05-17"}, "ends", "PAST"),
        ({"kind": ""}, "kind", "MISSING"),
        ({"kind": "PARTY"}, "kind", "UNKNOWN"),
        ({"country": ""}, "country", "MISSING"),
        ({"country": "Atlantis"}, "country", "UNKNOWN"),
        ({"province": "Atlantis"}, "province", "UNKNOWN"),
        ({"zone": "Mars/Olympus"}, "zone", "UNKNOWN"),
        ({"sectors": "rockets"}, "sectors", "SECTOR"),
        ({"fee_importers": "12"}, "currency", "MISSING"),
        ({"fee_importers": "a lot"}, "fee_importers", "UNKNOWN"),
        ({"external_url": "not an address"}, "external_url", "UNKNOWN"),
        ({"contact_email": "nobody"}, "contact_email", "UNKNOWN"),
        ({"title": "EMO"}, "title", "SHORT"),
        ({"title": "Fair " * 50}, "title", "CUT"),
        ({"text": "Towels \ufffd and linen"}, "text", "LOST"),
        ({"starts_time": "25:00", "ends_time": "26:00"}, "starts_time", "UNKNOWN"),
        ({"language": "", "title": "Zzz qqq xxx"}, "language", "LANGUAGE"),
    ],
)
def test_what_is_doubtful_is_noted_and_the_row_comes_in(
    changes: dict[str, str], field: str, problem: str
) -> None:
    found = read(**changes)
    assert (field, problem) in {(one["field"], one["problem"]) for one in found.problems}
    assert found.title


def test_a_short_name_gets_its_year() -> None:
    assert read(title="EMO").title == "EMO 2027"


def test_a_row_without_a_number_has_the_same_one_again_in_the_next_file() -> None:
    first = read(source_ref="")
    assert first.ref.startswith("row:")
    assert read(source_ref="", sectors="", title="HOME  TEXTILES of the AEGEAN").ref == first.ref
    assert read(source_ref="", starts="2027-05-17").ref != first.ref


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("İstanbul Mobilya Fuarı 2027", "ISTANBUL MOBILYA FUARI", True),
        ("12. Konya Tarım Fuarı", "13. KONYA TARIM FUARI", True),
        ("International Franchise Expo", "International Franchising Expo", True),
        ("Global Security Exchange (GSX) 2020", "Global Security Exchange", True),
        ("İstanbul Cam Fuarı", "İstanbul Kapı Fuarı", False),
        ("Home textiles of the Aegean", "Olive oil days", False),
        ("2027", "2028", False),
    ],
)
def test_titles_are_compared_without_letters_case_years_and_ordinals(
    one: str, other: str, are_alike: bool
) -> None:
    score = import_alike.similarity(one, other)
    assert score == import_alike.similarity(other, one)
    assert (score >= import_alike.LEAST) is are_alike, score


def test_alike_are_events_of_the_same_days_and_town_only() -> None:
    def known(title: str = "Bursa book fair", city: str = "Bursa", first: int = 10, last: int = 12) -> Known:
        return Known(title=title, city=city, first=date(2027, 5, first), last=date(2027, 5, last))

    this = known()
    assert import_alike.alike(this, [known("BURSA BOOK FAIR 2027")])
    assert import_alike.alike(this, [known(first=12, last=14)])
    assert import_alike.alike(this, [known(city="")])
    assert not import_alike.alike(this, [known(first=13, last=14)])
    assert not import_alike.alike(this, [known(city="Konya")])


async def test_a_dry_run_writes_nothing_and_an_import_makes_drafts(fair: Fair, tmp_path: Path) -> None:
    rows = [
        ROW,
        {**ROW, "source_ref": "2027/2", "title": "Olive oil days", "starts": "2027-06-01", "ends": ""},
    ]
    dry = await run(fair, tmp_path, *rows, commit=False)
    assert outcomes(dry) == [DRAFTED, DRAFTED]
    assert await count("trade_event") == 0
    assert await count("event_import") == 0
    done = await run(fair, tmp_path, *rows)
    assert done.counts == {"rows": 2, DRAFTED: 2, KNOWN: 0, ALIKE: 0, REFUSED: 0}
    event = await queries.by_public_id(done.lines[0].event)
    assert (event.state, event.source, event.organiser) == ("DRAFT", "IMPORT", fair.union.firm.id)
    assert await fetchval("SELECT source_ref FROM trade_event WHERE id = $1", event.id) == "2027/1"
    assert (f"user:{fair.union.person}", "events.imported") in await audited(done.public_id)
    again = await run(fair, tmp_path, *rows)
    assert outcomes(again) == [KNOWN, KNOWN]
    assert [line.event for line in again.lines] == [line.event for line in done.lines]
    assert await count("trade_event") == 2


async def test_the_same_number_twice_in_a_file_is_drafted_once(fair: Fair, tmp_path: Path) -> None:
    report = await run(fair, tmp_path, ROW, {**ROW, "title": "Another name altogether"})
    assert outcomes(report) == [DRAFTED, KNOWN]
    assert report.lines[1].reason["row"] == str(report.lines[0].row)
    assert await count("trade_event") == 1


async def test_one_refused_row_stops_no_other(fair: Fair, tmp_path: Path) -> None:
    report = await run(fair, tmp_path, {**ROW, "starts": "never"}, {**ROW, "source_ref": "2027/3"})
    assert outcomes(report) == [REFUSED, DRAFTED]
    assert report.lines[0].title == ROW["title"]


async def test_an_event_that_is_there_under_another_number_waits_for_somebody(
    fair: Fair, tmp_path: Path
) -> None:
    first = await run(fair, tmp_path, ROW)
    like = {**ROW, "source_ref": "A-77", "title": "HOME TEXTILES OF THE AEGEAN 2027", "starts": "2027-05-18"}
    report = await run(fair, tmp_path, like)
    assert outcomes(report) == [ALIKE]
    assert [one.public_id for one in report.lines[0].alike] == [first.lines[0].event]
    assert await count("trade_event") == 1
    wanted = await run(fair, tmp_path, like, others={report.lines[0].row})
    assert outcomes(wanted) == [DRAFTED]
    assert await count("trade_event") == 2


async def test_announced_events_of_others_are_found_alike_and_their_drafts_are_not(
    fair: Fair, tmp_path: Path
) -> None:
    event = await make_event(fair.other_union)
    await drafted(fair.other_union, city="Secretville")
    starts = event.content.starts_at
    assert starts is not None
    row = {
        **ROW,
        "title": "Denizli Home Textile Fair",
        "starts": starts.date().isoformat(),
        "ends": "",
        "city": "",
    }
    report = await run(fair, tmp_path, row, commit=False)
    assert outcomes(report) == [ALIKE]
    assert [(one.public_id, one.desk) for one in report.lines[0].alike] == [
        (event.public_id, fair.other_union.membership.name)
    ]


async def test_two_organisers_may_import_the_same_number(fair: Fair, tmp_path: Path) -> None:
    await run(fair, tmp_path, ROW)
    assert outcomes(await run(fair, tmp_path, ROW, by=fair.other_union)) == [DRAFTED]


async def test_a_file_of_more_than_five_thousand_rows_or_without_a_column_is_refused_whole(
    fair: Fair, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="at most 5000 rows"):
        await run(fair, tmp_path, *({**ROW, "source_ref": str(n)} for n in range(5001)), commit=False)
    path = tmp_path / "other.csv"
    path.write_text("title,starts\nFair,2027-01-01\n")
    with pytest.raises(CommandError, match="no column source_ref"):
        await importing.run(path, path.name, OWN, fair.union.caller, fair.union.membership, commit=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[columns]\ntitle = "a"', "say where starts come from"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nprice = "c"', "there is no field 'price'"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nkind = { constant = "PARTY" }', "'PARTY' is none of FAIR"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nlanguage = { constant = "xx" }', "no code of a language"),
        ('[columns]\ntitle = { constant = "a", other = "b" }\nstarts = "b"', "empty and other need a column"),
        ('[columns]\ntitle = "a"\nstarts = "b"\n[sectors]\n"x" = "rockets"', "'rockets' is no sector"),
        ("[columns", "cannot be used"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(text: str, sentence: str) -> None:
    with pytest.raises(CommandError, match="cannot be used") as refused:
        import_mapping.load("mine.toml", text.encode())
    assert sentence in str(refused.value)


async def checked(client: httpx.AsyncClient, *rows: dict[str, str], **fields: str) -> httpx.Response:
    file = [("file", ("list.csv", listed(*rows), "text/csv"))]
    return await post_form(client, DESK, {"mapping": "kervan-events", **fields}, files=file)


def packed(page: httpx.Response) -> list[str]:
    return [part.split('"')[0] for part in flat(page).split('name="packed" value="')[1:]]


async def test_a_file_is_looked_at_first_and_drafted_by_a_second_press(
    client: httpx.AsyncClient, fair: Fair, tmp_path: Path
) -> None:
    await run(fair, tmp_path, ROW)
    await sign_in(client, fair.union.person)
    rows = [{**ROW, "source_ref": "A", "starts": "2027-05-17"}, {**ROW, "source_ref": "B", "starts": "2027-05-18"},
            {**ROW, "source_ref": "C", "title": "Olive oil days", "starts": "2020-01-01", "ends": ""},
            {**ROW, "title": ""}]  # fmt: skip
    look = await checked(client, *rows)
    page = flat(look)
    assert look.status_code == 200, page
    assert "What this file would do" in page
    assert page.count("It is another event") == 2
    assert "The event is over since 2020-01-01." in page
    assert "This row has no title." in page
    assert await count("trade_event") == 1
    answer = await post_form(client, f"{DESK}/commit", {"packed": packed(look), "other": "3"}, of=DESK)
    assert answer.status_code == 303, answer.text
    told = flat(await client.get(answer.headers["location"]))
    assert "What was imported" in told
    refs = await fetch("SELECT source_ref FROM trade_event ORDER BY id")
    assert [row["source_ref"] for row in refs] == ["2027/1", "B", "C"]
    report = await client.get(answer.headers["location"].split("?")[0] + "/report.csv")
    assert report.headers["content-disposition"].startswith("attachment")
    assert len(report.text.strip().splitlines()) == 5
    assert "list.csv" in (await client.get(DESK)).text


async def test_a_checked_list_belongs_to_who_looked_at_it(client: httpx.AsyncClient, fair: Fair) -> None:
    await sign_in(client, fair.union.person)
    parts = packed(await checked(client, ROW))
    forged = [parts[0][:-4] + "AAAA", *parts[1:]]
    for who, sent in ((fair.union, forged), (fair.colleague, parts), (fair.union, [])):
        await sign_in(client, who.person)
        answer = await post_form(client, f"{DESK}/commit", {"packed": sent}, of=DESK)
        assert answer.status_code == 422
        assert "The checked list is lost." in answer.text
    assert await count("trade_event") == 0


async def test_a_list_that_was_checked_is_refused_when_the_right_is_gone(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await make_member(fair.other_union.firm, fair.union.person, "STAFF")
    await sign_in(client, fair.union.person)
    parts = packed(await checked(client, ROW, org=fair.other_union.org))
    await execute(
        "UPDATE membership SET ended_at = now() WHERE organisation = $1 AND person = $2",
        fair.other_union.firm.id,
        fair.union.person,
    )
    answer = await post_form(client, f"{DESK}/commit", {"packed": parts}, of=DESK)
    assert answer.status_code == 404
    assert await count("trade_event") == 0


async def test_an_import_of_another_association_is_not_there(
    client: httpx.AsyncClient, fair: Fair, tmp_path: Path
) -> None:
    report = await run(fair, tmp_path, ROW)
    await sign_in(client, fair.other_union.person)
    for rest in ("", "/report.csv"):
        assert (await client.get(f"{DESK}/{report.public_id}{rest}")).status_code == 404
    assert "list.csv" not in (await client.get(DESK)).text


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("list.exe", b"MZ", "is not a CSV, JSON, JSONL or XLSX file"),
        ("list.csv", b"title,starts\n", "no column"),
        ("list.json", b"{", "is no JSON"),
        ("list.xlsx", b"PK not really", "list.xlsx"),
    ],
)
async def test_a_file_that_is_none_is_refused_beside_its_field(
    client: httpx.AsyncClient, fair: Fair, name: str, data: bytes, sentence: str
) -> None:
    await sign_in(client, fair.union.person)
    file = [("file", (name, data, "application/octet-stream"))]
    answer = await post_form(client, DESK, {"mapping": "kervan-events"}, files=file)
    assert answer.status_code == 422
    page = flat(answer)
    assert 'id="f-file-error"' in page
    assert sentence in page or "events." in page


async def test_the_template_and_the_mappings_are_there_and_the_template_can_be_read(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    await sign_in(client, fair.union.person)
    template = await client.get(f"{DESK}/template")
    file = [("file", ("list.csv", template.content, "text/csv"))]
    look = await post_form(client, DESK, {"mapping": "kervan-events"}, files=file)
    assert "Home textiles of the Aegean" in flat(look)
    assert "complete" in flat(look)
    for name in import_mapping.SHIPPED:
        mapping = await client.get(f"{DESK}/mappings/{name}")
        assert import_mapping.load(name, mapping.content).columns["title"]
    assert (await client.get(f"{DESK}/mappings/kervan")).status_code == 404


async def test_the_command_line_imports_for_somebody_who_organises(fair: Fair, tmp_path: Path) -> None:
    email = await fetchval("SELECT email FROM person WHERE id = $1", fair.union.person)
    caller, membership = await commands.organiser(email, None)
    assert (caller.actor, membership.organisation) == (f"user:{fair.union.person}", fair.union.firm.id)
    for wrong, sentence in (
        ("nobody@example.com", "organises no events"),
        (await fetchval("SELECT email FROM person WHERE id = $1", fair.ayse.person), "organises no events"),
        ("not an address", "e-mail"),
    ):
        with pytest.raises(CommandError, match=sentence):
            await commands.organiser(wrong, None)
    await make_member(fair.other_union.firm, fair.union.person, "STAFF")
    with pytest.raises(CommandError, match="for several"):
        await commands.organiser(email, None)
    _, other = await commands.organiser(email, fair.other_union.org)
    assert other.organisation == fair.other_union.firm.id
    told = commands.described(await run(fair, tmp_path, ROW, {**ROW, "title": ""}))
    assert told[-2:] == ["2 rows: 1 drafts, 0 known already, 0 like others, 1 refused.", "Saved."]
