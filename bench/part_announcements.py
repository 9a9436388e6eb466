"""(q) Announcements: from an approved text to a row for everybody, and letters a second to a mail server beside it."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import processes
from table import Aim, Row, number

_ENQUEUE_SECONDS, _RATE = 5, 300


def run(
    env: dict[str, str], recipients: int, letters: int, say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aims: 100,000 rows within 5 s, 300 letters a second with one sender."""
    say(f"announcing to {recipients:,} people, {letters:,} letters to a mail server in another process")
    command = [sys.executable, str(processes.BENCH / "announcing.py"), str(recipients), str(letters)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    rows = [
        Row(
            f"(q) enqueue an announcement, {answer['recipients']:,} recipients",
            "Kervan, one statement of PostgreSQL",
            alone=number(1000 * answer["enqueue"]),
            rate=f"{number(answer['recipients'] / answer['enqueue'])} rows",
            value=f"{number(answer['peak_mb'])} MB at most in the process",
        ),
        Row(
            f"(q) send it, {answer['letters']:,} letters",
            "Kervan, one sender, a mail server that takes everything",
            alone=number(1000 * answer["seconds"] / answer["letters"]),
            rate=f"{number(answer['rate'])} letters",
            value=f"{number(answer['cpu_ms'])} ms of processor a letter",
            note="each marked and committed before the server hears of it",
        ),
    ]
    scaled = answer["enqueue"] * 100_000 / answer["recipients"]
    aims = [
        Aim(
            "(q) enqueue 100,000 recipients",
            f"<= {_ENQUEUE_SECONDS} s",
            f"{number(scaled)} s",
            scaled <= _ENQUEUE_SECONDS,
        ),
        Aim(
            "(q) letters a second with one sender",
            f">= {_RATE}",
            number(answer["rate"]),
            answer["rate"] >= _RATE,
        ),
    ]
    return rows, aims
