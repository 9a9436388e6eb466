"""(h) Documents: invoice XML and printed pages per second, and a thousand random orders before GİB's rules."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import processes
from table import Aim, Row, number

_PROCESSES = 2


def run(orders: int, skipped: list[str], say: Callable[[str], None]) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim: no error and no warning in any of the orders."""
    say("writing invoices")
    made = _job("speed", orders)
    rows = [
        Row(
            "(h) invoice XML",
            "Kervan, rules and draft",
            rate=number(made["earsiv"]),
            value=f"{made['bytes'] / 1000:.0f} kB, {made['lines']:.1f} lines",
            note=f"one core; the rules alone {number(made['check'])}/s, reading it back {number(made['read_back'])}/s",
        ),
        Row(
            "(h) invoice XML",
            "the same tree, xml.etree",
            rate=number(made["serialise"]),
            ratio=f"{number(made['earsiv'] / made['serialise'])} x the rate",
            note="a finished tree written out, no rules",
        ),
        Row(
            "(h) invoice PDF",
            "Kervan, PDF/A by typst",
            rate=number(made["pdf"]),
            value=f"{made['pdf_bytes'] / 1000:.0f} kB",
            note="one core",
        ),
        Row(
            "(h) invoice PDF",
            "typst, one line of text",
            rate=number(made["typst"]),
            ratio=f"{number(made['pdf'] / made['typst'])} x the rate",
            note="a compiler of its own for each page",
        ),
    ]
    if importlib.util.find_spec("efatura_kontrol") is None:
        skipped.append("(h) orders before GİB's rules: the package efatura-kontrol is not installed")
        return rows, []
    say(f"{orders:,} random orders before GİB's rules, {_PROCESSES} processes")
    found = _judged(orders)
    wrong = f"{found['hata']} errors, {found['uyari']} warnings"
    codes = ", ".join(f"{code} x {count}" for code, count in found["codes"].items())
    rows.append(
        Row(
            f"(h) {orders:,} random orders",
            "efatura-kontrol",
            rate=number(found["papers"] / found["seconds"] * _PROCESSES),
            value=wrong,
            note=codes
            or f"{found['papers']:,} papers: e-Arşiv, and each once more as IHRACAT; our rules {found['ours']}",
        )
    )
    none = not (found["hata"] or found["uyari"] or found["ours"])
    return rows, [Aim(f"(h) GİB's rules on {orders:,} random orders", "0 errors, 0 warnings", wrong, none)]


def _judged(orders: int) -> dict[str, Any]:
    """The sums of all processes, each with its own share of the orders."""
    share = orders // _PROCESSES
    started = [
        subprocess.Popen(_command("judge", at * share, share), stdout=subprocess.PIPE)
        for at in range(_PROCESSES)
    ]
    answers = [_answer(process.communicate()[0], process.returncode) for process in started]
    sums = {
        name: sum(answer.get(name, 0) for answer in answers)
        for name in ("papers", "hata", "uyari", "ours", "seconds")
    }
    codes: Counter[str] = Counter()
    for answer in answers:
        codes.update(answer["codes"])
    return {**sums, "codes": codes}


def _job(name: str, *arguments: object) -> dict[str, Any]:
    done = subprocess.run(_command(name, *arguments), stdout=subprocess.PIPE, check=False)
    return _answer(done.stdout, done.returncode)


def _command(name: str, *arguments: object) -> list[str]:
    return [sys.executable, str(processes.BENCH / "papers.py"), name, *map(str, arguments)]


def _answer(output: bytes, code: int) -> dict[str, Any]:
    if code:
        raise RuntimeError(f"bench/papers.py failed with exit code {code}")
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer
