"""A list of events becomes drafts: known again, alike, refused; also from the command line."""

from pathlib import Path

import pytest
from event_lists import OWN, ROW, outcomes, run
from eventing import Fair, drafted, make_event
from people import audited, count, make_member

from kervan.db import fetchval
from kervan.errors import CommandError
from kervan.events import commands, importing, queries
from kervan.events.importing import ALIKE, DRAFTED
from kervan.imports.reports import KNOWN, REFUSED


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
