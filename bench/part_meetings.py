"""(p) Meeting days: how long the planner takes and how many wishes it meets, beside a plan that does not look ahead."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import processes
from table import Aim, Row, number

_DAYS = ((10, 8, 0), (50, 16, 0), (50, 16, 30), (100, 24, 0), (100, 24, 60))
"""Firms of each side, slots, tables (0: as many as come); the last two are the aim's 200 participants."""
_MOST_SECONDS = 30


def run(say: Callable[[str], None]) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim: 200 participants and 24 slots within 30 s of a processor."""
    rows: list[Row] = []
    worst = 0.0
    for side, slots, tables in _DAYS:
        say(f"planning a meeting day of {2 * side} participants and {slots} slots")
        answer = _planned(side, slots, tables)
        room = f"{tables} tables" if tables else "tables for all"
        rows += _rows(f"(p) {2 * side} participants, {slots} slots, {room}", answer)
        if side == 100:
            worst = max(worst, answer["cpu"])
    aim = Aim(
        "(p) a plan for 200 participants and 24 slots, processor time",
        f"<= {_MOST_SECONDS} s",
        f"{number(worst)} s",
        worst <= _MOST_SECONDS,
    )
    return rows, [aim]


def _planned(side: int, slots: int, tables: int) -> dict[str, Any]:
    command = [sys.executable, str(processes.BENCH / "meeting_day.py"), str(side), str(slots), str(tables)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _rows(what: str, answer: dict[str, Any]) -> list[Row]:
    ours = Row(
        what,
        "Kervan, CP-SAT",
        alone=number(1000 * answer["cpu"]),
        value=f"{answer['satisfied']:,} of {answer['wishes']:,} wishes",
        note=f"{100 * answer['gap']:.2f}% below what is possible at most; {answer['floor'][0]} have a wish met;"
        f" processor time, {number(1000 * answer['wall'])} ms by the clock",
    )
    greedy = Row(
        what,
        "greedy, the best wish first",
        alone=number(1000 * answer["greedy_cpu"]),
        value=f"{answer['greedy_satisfied']:,} of {answer['wishes']:,} wishes",
        ratio=f"{answer['value'] / answer['greedy_value']:.3f} x the value",
        note=f"{answer['greedy_floor'][0]} have a wish met",
    )
    return [ours, greedy]
