"""A chart of days as figures that a template draws: bars, a line, and round numbers beside them."""

from collections.abc import Sequence
from datetime import date

import msgspec

from kervan.exporters.statistics import Day

WIDTH, HEIGHT = 720, 200
_LEFT, _BOTTOM = 36, 22


class Bar(msgspec.Struct, frozen=True):
    """One day's bar, in the units of the drawing."""

    x: float
    y: float
    width: float
    height: float


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Views as bars and appearances as a line, each on a scale of its own: the second are far more."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    line: str
    """Points of the polyline."""
    grid: tuple[tuple[float, int, int], ...]
    """Height of a line, and what views and appearances it stands for."""
    marks: tuple[tuple[float, date], ...]
    """Where days are written."""


def chart(days: Sequence[Day]) -> Chart:
    """The drawing of at least one day, oldest first."""
    top_views = _round_up(max(day.views for day in days))
    top_appearances = _round_up(max(day.appearances for day in days))
    floor = HEIGHT - _BOTTOM
    room = WIDTH - 2 * _LEFT
    step = room / len(days)
    bars = tuple(
        Bar(
            round(_LEFT + n * step + step * 0.15, 1),
            round(floor - day.views / top_views * (floor - 8), 1),
            round(step * 0.7, 1),
            round(day.views / top_views * (floor - 8), 1),
        )
        for n, day in enumerate(days)
    )
    points = [
        f"{_LEFT + (n + 0.5) * step:.1f},{floor - day.appearances / top_appearances * (floor - 8):.1f}"
        for n, day in enumerate(days)
    ]
    every = max(1, len(days) // 5)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        bars=bars,
        line=" ".join(points),
        grid=tuple(
            (round(floor - part * (floor - 8), 1), round(top_views * part), round(top_appearances * part))
            for part in (0, 0.5, 1)
        ),
        marks=tuple(
            (round(_LEFT + (n + 0.5) * step, 1), day.day)
            for n, day in enumerate(days)
            if n % every == every // 2
        ),
    )


def _round_up(most: int) -> int:
    """The next of 2, 10, 20, 50, 100, 200 ...: half of it is whole too."""
    size = 2
    while size < most:
        lead = int(str(size)[0])
        size = 10 if size == 2 else size * 2 if lead in (1, 5) else size * 5 // 2
    return size
