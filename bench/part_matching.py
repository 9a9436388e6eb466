"""(m) Matching: the judged requests against the demo exporters, beside the heading alone and the search box."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import processes
from table import Aim, Row, Times

_AIM = 0.95


def run(env: dict[str, str], say: Callable[[str], None]) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim: better than both baselines, and not below 0.95."""
    say("matching: judging suggestions on the demo inventory")
    command = [sys.executable, str(processes.BENCH / "suggest.py")]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    return _rows(json.loads(done.stdout.splitlines()[-1]))


def _rows(answer: dict[str, Any]) -> tuple[list[Row], list[Aim]]:
    scores: dict[str, dict[str, float]] = answer["scores"]
    rows = []
    about = f"{answer['requests']} requests, {answer['exporters']} exporters"
    for what, key in ((f"(m) nDCG@10, {about}", "ndcg"), ("(m) precision@5", "precision")):
        ours = scores["Kervan"][key]
        for name, score in scores.items():
            ratio = "" if name == "Kervan" else f"{ours - score[key]:+.3f}"
            note = "of the first five that are shown" if key == "precision" and name == "Kervan" else ""
            rows.append(Row(what, name, value=f"{score[key]:.3f}", ratio=ratio, note=note))
    times = {name: Times(ms=ms) for name, ms in answer["times"].items()}
    ours_ms = times["Kervan"].percentile(0.5)
    for name, one in times.items():
        half = one.percentile(0.5)
        alone = f"{half:.1f} / {one.percentile(0.95):.1f}"
        ratio = "" if name == "Kervan" else f"{ours_ms / half:.2f} x the time"
        note = "read, scored, named" if name == "Kervan" else "one query, nothing is compared"
        rows.append(Row("(m) a request's exporters", name, alone=alone, ratio=ratio, note=note))
    best = max(score["ndcg"] for name, score in scores.items() if name != "Kervan")
    reached, wanted = scores["Kervan"]["ndcg"], max(best, _AIM)
    aim = Aim(
        "(m) nDCG@10 above heading and search box", f"> {wanted:.3f}", f"{reached:.3f}", reached > wanted
    )
    return rows, [aim]
