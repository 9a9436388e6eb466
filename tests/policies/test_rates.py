"""Imported exchange rates: read from the banks' files, never changed, and used beside the package's history."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg
import pytest
import structlog
from structlog.testing import capture_logs

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Invalid, SettingsError
from kervan.policies import rate_files, rates
from kervan.rounds import ROUNDS
from kervan.settings import load
from kervan.trade import rates as trade_rates
from kervan.trade.errors import TradeError

NOVEMBER = dt.date(2026, 11, 20)
CSV = b"Date, USD, JPY, TRY, RUB, \n20 November 2026, 1.1523, 180.22, 48.6612, N/A, \n"
HISTORY = b"Date,USD,CYP,GBP,\n2026-11-20,1.1523,N/A,0.8811,\n2026-11-19,1.1501,N/A,0.8799,\n2026-10-30,1.1172,N/A,,\n"
ECB_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1.1523'/><Cube currency='GBP' rate='0.8811'/></Cube></Cube>
</gesmes:Envelope>"""


def _lira(code: str, unit: int, buying: str) -> str:
    return (
        f'<Currency CrossOrder="0" Kod="{code}" CurrencyCode="{code}"><Unit>{unit}</Unit><Isim>{code}</Isim>'
        f"<ForexBuying>{buying}</ForexBuying><ForexSelling>99</ForexSelling></Currency>"
    )


TCMB_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<Tarih_Date Tarih="20.11.2026" Date="11/20/2026" Bulten_No="2026/220">
{_lira("USD", 1, "42.2000")}{_lira("EUR", 1, "48.6600")}{_lira("JPY", 100, "27.0000")}{_lira("AZN", 1, "24.8000")}
{_lira("XDR", 1, "")}
</Tarih_Date>""".encode()


def read(data: bytes) -> dict[tuple[dt.date, str], Decimal]:
    return {(rate.date, rate.currency): rate.eur_rate for rate in rate_files.read(data)}


def test_the_banks_csv_and_xml_say_the_same() -> None:
    assert read(CSV)[NOVEMBER, "USD"] == read(ECB_XML)[NOVEMBER, "USD"] == Decimal("1.1523")
    assert (NOVEMBER, "RUB") not in read(CSV)


def test_the_history_has_many_days_and_leaves_out_what_is_gone() -> None:
    found = read(HISTORY)
    assert {day for day, _ in found} == {NOVEMBER, dt.date(2026, 11, 19), dt.date(2026, 10, 30)}
    assert {currency for _, currency in found} == {"USD", "GBP"}


def test_liras_become_units_for_one_euro() -> None:
    found = read(TCMB_XML)
    assert found[NOVEMBER, "TRY"] == Decimal("48.660000")
    assert found[NOVEMBER, "USD"] == Decimal("1.153081")  # 48.66 / 42.20
    assert found[NOVEMBER, "JPY"] == Decimal("180.222222")  # 48.66 / 0.27
    assert (NOVEMBER, "XDR") not in found
    assert (NOVEMBER, "EUR") not in found


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"a,b\n1,2\n",
        b"<html></html>",
        b"<a><b></a>",
        b"\x00\x01\xff",
        b"Date,USD\nyesterday,1.1\n",
        b"Date,USD\n2026-11-20,cheap\n",
        b"Date,USD\n2026-11-20,0\n",
        b"Date,USD\n2026-11-20,-1\n",
        b"Date,USD\n2026-11-20,NaN\n",
        b"Date,USD\n2026-11-20,1e99\n",
        b"Date,ABC\n2026-11-20,1\n",
        TCMB_XML.replace(b'CurrencyCode="EUR"', b'CurrencyCode="DKK"'),
        b'<!DOCTYPE a [<!ENTITY x "y">]><Tarih_Date Tarih="20.11.2026">&x;</Tarih_Date>',
    ],
)
def test_what_is_no_file_of_rates_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        rate_files.read(data)
    assert len(str(refused.value)) > 15


async def test_an_imported_rate_is_used_from_then_on_with_its_source(db: None) -> None:
    assert trade_rates.is_stale(trade_rates.rate_on("USD", NOVEMBER), NOVEMBER)
    done = await rates.bring_in(CSV, "eurofxref.csv", "system:test")
    assert (done.bank, done.added, done.known, done.first) == ("ECB", 3, 0, NOVEMBER)
    rate = trade_rates.require_fresh(trade_rates.rate_on("USD", NOVEMBER + dt.timedelta(2)), NOVEMBER)
    assert (rate.eur_rate, rate.date, rate.source) == (
        Decimal("1.1523"),
        NOVEMBER,
        "ECB euro reference rate, eurofxref.csv",
    )
    assert trade_rates.last_published() == NOVEMBER
    assert trade_rates.rate_on("USD", dt.date(2026, 10, 30)).eur_rate == Decimal("1.1172")
    assert trade_rates.to_eur(Decimal("115.23"), "USD", NOVEMBER).eur == Decimal("100.0000")


async def test_the_same_file_again_changes_nothing_and_a_contradiction_is_refused_whole(db: None) -> None:
    await rates.bring_in(CSV, "a.csv", "system:test")
    again = await rates.bring_in(CSV, "a.csv", "system:test")
    assert (again.added, again.known) == (0, 3)
    with pytest.raises(
        Conflict, match="For USD on 2026-11-20 the file says 1.2, but 1.1523 is known already"
    ):
        await rates.bring_in(b"Date,GBP,USD\n2026-11-20,0.88,1.2\n", "b.csv", "system:test")
    assert await fetchval("SELECT count(*) FROM fx_rate") == 3
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE action = 'rates.imported'") == 1


async def test_the_packages_own_history_is_not_contradicted_either(db: None) -> None:
    done = await rates.bring_in(HISTORY, "eurofxref-hist.csv", "system:test")
    assert (done.added, done.known) == (4, 1)
    with pytest.raises(Conflict, match="1.1172 is known already"):
        await rates.bring_in(b"Date,USD\n2026-10-30,1.2\n", "b.csv", "system:test")


async def test_rates_of_days_to_come_are_refused(db: None) -> None:
    with pytest.raises(Invalid, match="a day to come"):
        await rates.bring_in(b"Date,USD\n2036-11-20,1.2\n", "b.csv", "system:test")


async def test_of_two_banks_the_later_day_counts_and_of_one_day_the_ecb(db: None) -> None:
    await rates.bring_in(TCMB_XML, "today.xml", "system:test")
    assert trade_rates.rate_on("USD", NOVEMBER).source.startswith("TCMB")
    assert trade_rates.rate_on("AZN", NOVEMBER).eur_rate == Decimal("1.962097")
    await rates.bring_in(CSV, "eurofxref.csv", "system:test")
    assert trade_rates.rate_on("USD", NOVEMBER).source.startswith("ECB")
    assert trade_rates.rate_on("AZN", NOVEMBER).source.startswith("TCMB")
    assert "AZN" in trade_rates.currencies()
    with pytest.raises(TradeError, match="on or before 2026-11-19"):
        trade_rates.rate_on("AZN", dt.date(2026, 11, 19))


async def test_rates_never_change_at_the_database(db: None) -> None:
    await rates.bring_in(CSV, "a.csv", "system:test")
    for change in ("UPDATE fx_rate SET eur_rate = 1", "DELETE FROM fx_rate", "TRUNCATE fx_rate"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(change)


async def test_another_process_reads_them_when_their_version_moved(db: None) -> None:
    await rates.bring_in(CSV, "a.csv", "system:test")
    trade_rates.use(())
    rates._seen.clear()
    await rates.refresh()
    assert trade_rates.rate_on("USD", NOVEMBER).date == NOVEMBER


@pytest.fixture
async def bank() -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """A server on this machine that gives a file of rates, whatever is asked; and the answer that it gives."""
    answer = {"head": b"HTTP/1.1 200 OK\r\n", "body": ECB_XML}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        length = f"Content-Length: {len(answer['body'])}\r\nConnection: close\r\n\r\n".encode()
        writer.write(answer["head"] + length + answer["body"])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/eurofxref-daily.xml", answer


async def test_rates_are_fetched_every_hour_where_an_address_is_set(
    db: None, bank: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any(work is rates.fetch_new and seconds == 3600 for seconds, work in ROUNDS)
    await rates.fetch_new()
    assert not await fetch("SELECT FROM fx_rate")
    monkeypatch.setenv("KERVAN_RATES_URL", bank[0])
    await rates.fetch_new()
    await rates.fetch_new()
    assert await fetchval("SELECT count(*) FROM fx_rate") == 2
    assert trade_rates.rate_on("USD", NOVEMBER).source.startswith("ECB euro reference rate, http://127.0.0.1")


async def test_what_cannot_be_fetched_is_logged_and_stops_nothing(
    db: None, bank: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "log", structlog.get_logger("tests"))
    monkeypatch.setenv("KERVAN_RATES_URL", bank[0])
    for head, body in (
        (b"HTTP/1.1 503 Busy\r\n", b""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n", b"<html>we moved</html>"),
        (b"HTTP/1.1 200 OK\r\n", b"x" * (rates.LARGEST_FILE + 1)),
    ):
        bank[1].update(head=head, body=body)
        with capture_logs() as logs:
            await rates.fetch_new()
        assert [entry["event"] for entry in logs] == ["rates were not fetched"], head
    assert not await fetch("SELECT FROM fx_rate")


def test_the_address_of_rates_is_checked_at_the_start() -> None:
    assert load({}).rates_url is None
    with pytest.raises(SettingsError, match="KERVAN_RATES_URL"):
        load({"KERVAN_RATES_URL": "ftp://bank.example"})
    with pytest.raises(SettingsError, match="must begin with https"):
        load(
            {
                "KERVAN_ENV": "production",
                "KERVAN_RATES_URL": "http://bank.example/rates",
                "DATABASE_URL": "postgresql://x",
                "KERVAN_SEARCH": "embedded",
                "KERVAN_SECRET": "s" * 40,
                "KERVAN_URL": "https://kervan.example",
                "SMTP_URL": "smtp://mail.example:25",
            }
        )
