"""Importing events at the desk: a list is looked at first and drafted by a second press of who looked at it."""

from pathlib import Path

import httpx
import pytest
from desk import flat
from event_lists import ROW, listed, run
from eventing import Fair
from people import count, make_member, post_form, sign_in

from kervan.db import execute, fetch
from kervan.events import import_mapping

DESK = "/en/staff/events/import"


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
