"""(b) The results page as HTML, two web processes, beside a bare text route under the same server."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import processes
import questions
from part_search import http
from table import Aim, Row, Times, number, pair

_CONNECTIONS = 16


def paths(count: int) -> list[str]:
    """Addresses of results pages, all classes and both languages in turn, no address twice except browsing."""
    pools = [questions.questions(name, count // len(questions.CLASSES) + 1) for name in questions.CLASSES]
    mixed = [params for group in zip(*pools, strict=True) for params in group]
    return [questions.page_path(params, "en" if number % 2 else "tr") for number, params in enumerate(mixed)][
        :count
    ]


def run(
    env: dict[str, str], folder: Path, rounds: int, pages: int, seconds: float, say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and whether 500 pages a second were reached."""
    compressed = {"Accept-Encoding": "gzip, br", "Accept": "text/html"}
    with (
        processes.kervan("Kervan-pages", env, workers=2) as ours,
        processes.bare("bare-text", "text_only", {**env, "KERVAN_DATA": str(folder)}, workers=2) as bare,
    ):
        asked = [("GET", path, "") for path in paths(rounds * pages * 2 + 40)]
        for _ in range(2):
            http(ours, asked[-40:], 8, seconds)
        times = {name: (Times(), Times()) for name in ("gzip", "plain", "text")}
        weight = {"gzip": 0.0, "plain": 0.0}
        for turn in range(rounds):
            for place, name in enumerate(("gzip", "plain")):
                start = (turn * 2 + place) * pages
                ours.headers = compressed if name == "gzip" else {"Accept": "text/html"}
                answer = _measure(times[name], ours, asked[start : start + pages], seconds)
                weight[name] = answer["bytes"] / max(len(answer["ms"]), 1) / 1000
            _measure(times["text"], bare, [("GET", "/text", "")] * (pages * 8), seconds)
            say(f"round {turn + 1} of {rounds}: results pages")
    rate = times["gzip"][1].rate
    return _rows(times, weight), [
        Aim("(b) results pages per second, two workers", ">= 500", number(rate), rate >= 500)
    ]


def _measure(
    times: tuple[Times, Times],
    server: processes.Server,
    asked: Sequence[tuple[str, str, str]],
    seconds: float,
) -> dict[str, Any]:
    some = max(20, len(asked) // 5)
    times[0].ms += http(server, asked[:some], 1, seconds)["ms"]
    answer = http(server, asked[some:], _CONNECTIONS, seconds)
    times[1].ms += answer["ms"]
    times[1].rates.append(len(answer["ms"]) / answer["wall"])
    times[1].busy.append(answer["busy"] / answer["wall"])
    return answer


def _rows(times: dict[str, tuple[Times, Times]], weight: dict[str, float]) -> list[Row]:
    ours = times["gzip"][1].rate
    rows = []
    for name, who in (
        ("gzip", "Kervan, as browsers ask (gzip)"),
        ("plain", "Kervan, without compression"),
        ("text", "bare route, a word of text"),
    ):
        alone, many = times[name]
        row = Row("(b) results page, 2 workers", who, pair(alone), pair(many), number(many.rate))
        if name in weight:
            row.value = f"{weight[name]:.1f} kB"
        if name != "gzip":
            row.ratio = f"{number(ours / many.rate)} x the rate"
        if max(many.busy) > 0.5:
            row.note = "the client took over half a processor"
        rows.append(row)
    return rows
