"""(s) Events: a month of the calendar and a page of the list, with 5,000 events announced."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import processes
from holding import DAYS
from part_search import http
from table import Aim, Row, Times, number, pair

from kervan.events.tables import EventKind
from kervan.trade import nomenclature

EVENTS = 5000
SLOWEST = 100.0
"""Milliseconds: the aim for a month, 95 of 100 times, one reader at a time."""
_CONNECTIONS = 16
_SEED = 20261123


def run(
    env: dict[str, str], folder: Path, pages: int, seconds: float, say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and whether a month came quickly enough."""
    say(f"announcing {EVENTS:,} events")
    processes.step("fill_events", env, EVENTS)
    processes.step("reindex", env)
    text = folder / "text"
    text.mkdir(exist_ok=True)
    times = {name: (Times(), Times()) for name in ("month", "filtered", "list", "text")}
    with (
        processes.kervan("Kervan-events", env) as ours,
        processes.bare("bare-text", "text_only", {**env, "KERVAN_DATA": str(text)}) as bare,
    ):
        ours.headers = {"Accept": "text/html"}
        asked = {"month": _months(pages), "filtered": _filtered(pages), "list": _lists(pages)}
        for name, paths in asked.items():
            say(f"asking for pages: {name}")
            _measure(times[name], ours, paths, seconds)
        _measure(times["text"], bare, ["/text"] * (pages * 8), seconds)
    slow = times["month"][0].percentile(0.95)
    aim = Aim(
        f"(s) a month of {EVENTS:,} events, p95 ms", f"at most {SLOWEST:.0f}", number(slow), slow <= SLOWEST
    )
    return _rows(times), [aim]


def _measure(
    times: tuple[Times, Times], server: processes.Server, paths: Sequence[str], seconds: float
) -> None:
    asked = [("GET", path, "") for path in paths]
    http(server, asked[:8], 2, seconds)
    some = max(20, len(asked) // 4)
    times[0].ms += http(server, asked[:some], 1, seconds)["ms"]
    answer = http(server, asked[some:], _CONNECTIONS, seconds)
    times[1].ms += answer["ms"]
    times[1].rates.append(len(answer["ms"]) / answer["wall"])


def _month(dice: random.Random) -> date:
    return (datetime.now(UTC) + timedelta(days=dice.randrange(-DAYS, DAYS))).date()


def _months(count: int) -> list[str]:
    dice = random.Random(_SEED)
    return [f"/{'en' if n % 2 else 'tr'}/events/calendar/{_month(dice):%Y-%m}" for n in range(count)]


def _filtered(count: int) -> list[str]:
    dice = random.Random(_SEED)
    sectors = [sector.slug for sector in nomenclature.sectors()]
    return [
        f"{path}?kind={dice.choice([*EventKind])}&sector={dice.choice(sectors)}" for path in _months(count)
    ]


def _lists(count: int) -> list[str]:
    dice = random.Random(_SEED)
    phases = ("past", "open", "coming")
    return [
        f"/en/events?month={_month(dice):%Y-%m}&page={dice.randrange(1, 6)}&phase={dice.choice(phases)}"
        for _ in range(count)
    ]


_WHO = {
    "month": "Kervan, a month",
    "filtered": "Kervan, a month of one kind and sector",
    "list": "Kervan, a page of the list with all facets",
    "text": "bare route, a word of text",
}


def _rows(times: dict[str, tuple[Times, Times]]) -> list[Row]:
    ours = times["month"][1].rate
    rows = []
    for name, (alone, many) in times.items():
        row = Row(f"(s) {EVENTS:,} events", _WHO[name], pair(alone), pair(many), number(many.rate))
        if name == "text":
            row.ratio = f"{number(ours / many.rate)} x the rate"
        rows.append(row)
    return rows
