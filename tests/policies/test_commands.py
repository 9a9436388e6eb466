"""`kervan law` and `kervan rates`, and the law of a day as lines."""

import asyncio
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kervan.policies import show
from kervan.trade import law
from kervan.trade.law import ETGB

CSV = "Date, USD, TRY, \n20 November 2026, 1.1523, 48.6612, \n"


def test_the_law_of_a_day_is_told_with_references() -> None:
    told = "\n".join(show.lines(law.shipped(), dt.date(2025, 12, 31), ETGB))
    for expected in (
        "The law on 2025-12-31",
        "300 kg gross, EUR 15,000.00 (BOTH)",
        "Resmî Gazete 33069, Seri No 4",
        "From 2026-01-03: 600 kg gross, EUR 30,000.00",
        "UNVERIFIED: any weight, EUR 1,000.00",
        "071340000013 REGISTERED Red lentils",
        "7113         PROHIBITED Jewellery of precious metal to KP",
        "ANSWER_HOURS         72",
        "2025-06-06 to 2025-06-09 CLOSED Feast of Sacrifice",
        "Carriers that are authorised to make the ETGB\n  none",
    ):
        assert expected in told, expected
    assert "Feast of Sacrifice [RECALLED]" not in told


def test_a_row_is_told_only_on_its_days() -> None:
    assert "Butter" not in "\n".join(show.lines(law.shipped(), dt.date(2023, 3, 24), ETGB))
    assert "Butter" in "\n".join(show.lines(law.shipped(), dt.date(2023, 3, 25), ETGB))


def test_a_route_without_a_law_is_said() -> None:
    assert "  No limit is known for SEA on 2026-11-22." in show.lines(
        law.shipped(), dt.date(2026, 11, 22), "SEA"
    )


def test_rates_that_are_too_old_are_marked() -> None:
    lines = show.rate_lines(dt.date(2026, 11, 22))
    usd = next(line for line in lines if line.startswith("  USD"))
    assert "2026-10-30" in usd
    assert usd.endswith("TOO OLD")
    fresh = next(line for line in show.rate_lines(dt.date(2026, 11, 4)) if line.startswith("  USD"))
    assert not fresh.endswith("TOO OLD")


async def kervan(*arguments: str) -> tuple[int, str]:
    """The command in a process of its own on the tests' database."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kervan.cli", *arguments,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ,
    )  # fmt: skip
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_commands_say_what_holds_and_import_rates(db: None, tmp_path: Path) -> None:
    code, told = await kervan("law", "show", "--on", "2026-01-03")
    assert (code, "600 kg gross, EUR 30,000.00" in told) == (0, True), told
    code, told = await kervan("law", "show", "--on", "2025-01-01", "--known", "2026-11-01")
    assert (code, "300 kg gross" in told) == (0, True), told
    file = tmp_path / "eurofxref.csv"
    file.write_text(CSV, encoding="utf-8")
    assert await kervan("rates", "import", str(file)) == (
        0,
        "ECB, 2026-11-20: 2 rates added, 0 were known.\n",
    )
    code, told = await kervan("rates", "show", "--on", "2026-11-21")
    assert "1.1523  2026-11-20  ECB euro reference rate, eurofxref.csv" in told
    file.write_text(CSV.replace("1.1523", "1.9"), encoding="utf-8")
    code, told = await kervan("rates", "import", str(file))
    assert (code, "is known already" in told) == (1, True)


@pytest.mark.parametrize("arguments", [("law", "show", "--on", "soon"), ("rates", "import", "/no/such/file")])
async def test_misuse_is_a_sentence(db: None, arguments: tuple[str, ...]) -> None:
    code, told = await kervan(*arguments)
    assert code == 2
    assert "Traceback" not in told
