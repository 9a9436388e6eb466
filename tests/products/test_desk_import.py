"""Import in the browser from the upload to the mail: columns, check, saving, cancelling, a worker that dies."""

import asyncio
import csv
import io
import re
from pathlib import Path
from typing import Any

import httpx
import people
import pytest
from desk import a_desk, flat, join
from litestar import Litestar

from kervan import worker
from kervan.db import execute, fetch, fetchval
from kervan.products.importing import choices, runner

HEADER = ("Stok Kodu", "Ürün Adı", "İngilizce", "GTİP", "Brüt Ağırlık (kg)", "Fiyat", "Renk")
ROW = ("HV-1", "Pamuk havlu", "Cotton towel", "6302.60", "0,455", "12,50", "mavi")


def _file(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([header, *rows])
    return out.getvalue().encode("utf-8-sig")


async def _send(
    client: httpx.AsyncClient, firm: people.Firm, data: bytes, name: str = "liste.csv"
) -> httpx.Response:
    return await people.post_form(
        client, f"/en/desk/{firm.public_id}/import", files=[("file", (name, data, "text/csv"))]
    )


async def _chosen(client: httpx.AsyncClient, job: str, **changes: str) -> httpx.Response:
    """Sends the mapping page as it was filled in by itself, but for the changes."""
    page = flat(await client.get(job))
    fields = {"language": "tr", "decimal": ",", "currency": "EUR", "publishes": "1"}
    for select in re.findall(
        r'<select class="field" id="f-column_\d+" name="(column_\d+)".*?</select>', page, re.S
    ):
        part = page[page.index(f'name="{select}"') :].split("</select>")[0]
        found = re.search(r'value="([^"]*)" selected', part)
        fields[select] = found[1] if found else ""
    return await people.post_form(client, f"{job}/columns", {**fields, **changes})


async def _work() -> None:
    while await runner.work_once(asyncio.Event()):
        pass


async def _until(question: str) -> None:
    """Waits until the database says yes, at most half a minute."""
    for _ in range(600):
        if await fetchval(question):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(question)


async def _job() -> dict[str, Any]:
    [row] = await fetch("SELECT * FROM import_job ORDER BY id DESC LIMIT 1")
    return dict(row)


async def _checked(client: httpx.AsyncClient, firm: people.Firm, data: bytes) -> str:
    job = (await _send(client, firm, data)).headers["location"]
    assert (await _chosen(client, job, column_2="name_en")).status_code == 303
    await _work()
    return str(job)


async def test_a_list_goes_from_the_file_to_published_products(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    firm = await a_desk(client)
    answer = await _send(client, firm, _file(ROW, ("HV-2", "Bornoz", "Robe", "", "1,2", "30", "beyaz")))
    job = answer.headers["location"]
    assert answer.status_code == 303
    page = flat(await client.get(job))
    assert "Which column is what?" in page
    assert "<bdi>Brüt Ağırlık (kg)</bdi>" in page
    assert 'value="gross_weight_kg" selected' in page
    assert (await _chosen(client, job, column_2="name_en")).headers["location"] == job
    under_way = flat(await client.get(job))
    assert '<noscript><meta http-equiv="refresh"' in under_way
    assert "Nothing is saved yet." in under_way
    await _work()
    report = flat(await client.get(job))
    assert "Save the good rows" in report
    assert "These columns are not used: Renk." in report
    assert await fetchval("SELECT count(*) FROM product") == 0
    saved = await people.post_form(client, job, {"action": "save"})
    assert saved.status_code == 303
    progress = (await client.get(f"{job}/progress")).json()
    assert (progress["under_way"], progress["state"]) == (True, "WAITING")
    await _work()
    assert (await client.get(f"{job}/progress")).json()["state"] == "DONE"
    rows = await fetch(
        """SELECT p.sku, p.state, v.gross_weight_g, v.currency, v.price_min FROM product p
        JOIN product_version v ON v.product = p.id ORDER BY sku"""
    )
    assert [(row["sku"], row["state"], row["gross_weight_g"]) for row in rows] == [
        ("HV-1", "PUBLISHED", 455),
        ("HV-2", "PUBLISHED", 1200),
    ]
    assert {(row["currency"], str(row["price_min"])) for row in rows} == {
        ("EUR", "12.5000"),
        ("EUR", "30.0000"),
    }
    [mail] = await people.mails("ayse.yilmaz@example.com")
    assert mail["template"] == "import_done"
    assert mail["context"]["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "refused": 0}
    assert mail["context"]["go"] == job.removeprefix("/en")
    stored = await _job()
    assert stored["path"] is None
    assert {action for _, action in await people.audited(stored["public_id"])} == {
        "import.uploaded", "import.checked", "import.confirmed", "import.finished",
    }  # fmt: skip


async def test_refused_rows_are_listed_and_can_be_downloaded(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    bad = [
        ("=HYPERLINK(1)", "Havlu", "Towel", "6399.99", "0,4", "12,50", "x"),
        ("HV-3", "", "", "", "", "-1", ""),
    ]
    job = await _checked(client, firm, _file(ROW, *bad))
    page = flat(await client.get(job))
    assert "639999 is not in the Harmonized System (HS 2022)." in page
    assert "1 row can be saved." in page
    assert "2 rows are left out" in page
    answer = await client.get(f"{job}/errors.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == ["3", "4"]
    assert lines[1][3] == "'=HYPERLINK(1)"
    await people.post_form(client, job, {"action": "save"})
    await _work()
    assert await fetchval("SELECT count(*) FROM product") == 1
    assert (await client.get(f"{job}/errors.csv")).status_code == 200


async def test_sentences_about_rows_are_in_the_language_of_the_page(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    await _send(client, firm, _file(("", "Havlu", "", "", "", "", "")))
    job = f"/tr/desk/{firm.public_id}/import/{(await _job())['public_id']}"
    await _chosen(client, job)
    await _work()
    page = flat(await client.get(job))
    assert "Give every product an SKU of your own." not in page


async def test_a_firm_that_is_not_verified_gets_drafts(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client, verification="SUBMITTED")
    job = await _checked(client, firm, _file(ROW))
    await people.post_form(client, job, {"action": "save"})
    await _work()
    assert await fetchval("SELECT state FROM product") == "DRAFT"


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("liste.pdf", b"%PDF-1.4", "Send a CSV or XLSX file."),
        ("liste.xlsx", b"no workbook", "is not an XLSX file, or it is damaged."),
        ("liste.csv", b"", "This file is empty."),
        ("liste.csv", b"a\x01b;c\n1;2\n", "The header of this file holds characters that cannot be shown."),
        ("../../etc/passwd", b"root:x:0", "Send a CSV or XLSX file."),
    ],
)
async def test_a_file_that_is_no_list_is_refused_with_a_sentence(
    client: httpx.AsyncClient, tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    firm = await a_desk(client)
    answer = await _send(client, firm, data, name)
    assert answer.status_code == 422
    assert sentence in flat(answer)
    assert await fetchval("SELECT count(*) FROM import_job") == 0
    assert not list((tmp_path / "uploads").rglob("*.csv"))


async def test_a_field_is_taken_once_and_sku_and_name_are_needed(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    twice = await _chosen(client, job, column_6="sku")
    assert (twice.status_code, "Another column is this field already." in flat(twice)) == (422, True)
    without = await _chosen(client, job, column_0="")
    assert "Say which column is the SKU and which the Turkish name." in flat(without)
    assert (await _job())["state"] == "UPLOADED"


async def test_a_file_in_another_encoding_is_read_again(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    data = _file(ROW).decode("utf-8-sig").encode("windows-1254")
    job = (await _send(client, firm, data)).headers["location"]
    answer = await _chosen(client, job, encoding="windows-1254", delimiter="semicolon", again="1")
    assert answer.headers["location"] == f"{job}/columns"
    page = flat(await client.get(f"{job}/columns"))
    assert "<bdi>Ürün Adı</bdi>" in page
    assert 'value="windows-1254" selected' in page


async def test_a_waiting_import_is_cancelled_at_once_and_its_file_goes(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    firm = await a_desk(client)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    await _chosen(client, job)
    answer = await people.post_form(client, job, {"action": "cancel"})
    assert answer.status_code == 303
    await _work()
    assert (await _job())["state"] == "CANCELLED"
    again = await client.post(
        job,
        data={"_token": await people.token_of(client, f"/en/desk/{firm.public_id}/import"), "action": "save"},
    )
    assert again.status_code == 422
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'files.gone'") == 1


async def test_a_running_import_stops_after_the_thousand_that_is_being_saved(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = await a_desk(client)
    job = await _checked(client, firm, _file(*((f"HV-{n}", *ROW[1:]) for n in range(3000))))
    await people.post_form(client, job, {"action": "save"})
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.01)
    run = asyncio.create_task(runner.work_once(asyncio.Event()))
    await _until("SELECT count(*) > 0 FROM product")
    await execute("UPDATE import_job SET cancel_asked = true")
    await run
    assert (await _job())["state"] == "CANCELLED"
    assert await fetchval("SELECT count(*) FROM product") in (1000, 2000)


async def test_a_job_of_a_worker_that_died_is_taken_up_and_a_living_one_is_not(
    client: httpx.AsyncClient,
) -> None:
    firm = await a_desk(client)
    job = await _checked(client, firm, _file(ROW))
    await people.post_form(client, job, {"action": "save"})
    await execute(
        "UPDATE import_job SET state = 'RUNNING', claim = 7, heartbeat_at = now() - interval '50 seconds'"
    )
    assert not await runner.work_once(asyncio.Event())
    await execute("UPDATE import_job SET heartbeat_at = now() - interval '61 seconds'")
    assert await runner.work_once(asyncio.Event())
    stored = await _job()
    assert (stored["state"], stored["claim"]) == ("DONE", 8)


async def test_a_worker_that_was_taken_for_dead_writes_nothing_any_more(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = await a_desk(client)
    job = await _checked(client, firm, _file(ROW))
    await people.post_form(client, job, {"action": "save"})
    whole = runner.run_import

    async def slow(*args: Any, **options: Any) -> Any:
        report = await whole(*args, **options)
        await execute("UPDATE import_job SET claim = claim + 1")  # another one took it meanwhile
        return report

    monkeypatch.setattr(runner, "run_import", slow)
    assert await runner.work_once(asyncio.Event())
    assert (await _job())["state"] == "RUNNING"
    assert await people.mails() == []


async def test_a_fault_of_ours_ends_the_job_and_not_the_worker(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = await a_desk(client)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    await _chosen(client, job)

    async def broken(*_args: Any, **_options: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "run_import", broken)
    assert await runner.work_once(asyncio.Event())
    assert (await _job())["state"] == "FAILED"
    assert "Something went wrong on our side" in flat(await client.get(job))


async def test_a_process_that_stops_leaves_the_job_to_the_next_one(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    job = await _checked(client, firm, _file(*((f"HV-{n}", *ROW[1:]) for n in range(2500))))
    await people.post_form(client, job, {"action": "save"})
    stop = asyncio.Event()
    stop.set()
    assert await runner.work_once(stop)
    assert (await _job())["state"] == "WAITING"
    assert await fetchval("SELECT count(*) FROM product") == 1000
    await _work()
    assert await fetchval("SELECT count(*) FROM product") == 2500
    [mail] = await people.mails()
    assert mail["context"]["counts"] == {"new": 1500, "changed": 0, "unchanged": 1000, "refused": 0}


async def test_the_runner_of_a_process_is_woken_by_the_outbox(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "POLL_SECONDS", 60.0)
    firm = await a_desk(client)
    stop = asyncio.Event()
    task = asyncio.create_task(runner.work(stop))
    await asyncio.sleep(0.1)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    await _chosen(client, job)
    await runner.handlers()[runner.TOPIC]([{"id": 1}])
    await _until("SELECT state = 'CHECKED' FROM import_job")
    stop.set()
    await runner.handlers()[runner.TOPIC]([])
    await task


async def test_the_empty_file_can_be_imported_again(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    got = await client.get(f"/en/desk/{firm.public_id}/import/template/xlsx")
    assert got.status_code == 200
    assert (await client.get(f"/en/desk/{firm.public_id}/import/template/exe")).status_code == 404
    answer = await _send(client, firm, got.content, "kervan-products.xlsx")
    assert answer.status_code == 303
    page = flat(await client.get(answer.headers["location"]))
    assert page.count(" selected") > 30


async def test_imports_are_for_owners_and_editors_of_the_firm(client: httpx.AsyncClient) -> None:
    firm = await a_desk(client)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    await join(client, firm, "VIEWER", "Can Demir")
    for path in (job, f"{job}/progress", f"{job}/columns", f"/en/desk/{firm.public_id}/import"):
        assert (await client.get(path)).status_code == 403, path
    await people.sign_in(client, await people.make_person("Fatma Kaya"))
    assert (await client.get(job)).status_code == 404


def test_two_columns_that_mean_one_field_are_guessed_once() -> None:
    assert choices.guessed(("SKU", "Stok Kodu", "Net Ağırlık (kg)", "net_weight_g", "Renk"), "tr") == {
        "SKU": "sku",
        "Net Ağırlık (kg)": "net_weight_kg",
    }


async def test_the_worker_itself_takes_imports_up(client: httpx.AsyncClient, fresh_app: Litestar) -> None:
    firm = await a_desk(client)
    job = (await _send(client, firm, _file(ROW))).headers["location"]
    await _chosen(client, job, column_2="name_en")
    stop = asyncio.Event()
    working = asyncio.create_task(worker.run(fresh_app.state.search, fresh_app.state.settings, stop))
    try:
        await _until("SELECT report IS NOT NULL FROM import_job")
    finally:
        stop.set()
        await working
