"""Files of weights, fixtures/*/weights.csv: what each reason counts, and one sentence on what that means."""

import csv
from collections.abc import Container
from decimal import Decimal
from functools import cache
from typing import TypeVar

import msgspec

from kervan.resources import fixtures_dir

POINT = 1000
"""Points are counted in whole thousandths, so that sums are exact."""

W = TypeVar("W", bound=msgspec.Struct)


class Line(msgspec.Struct, frozen=True):
    """A line of a file: a code, its figure, and one sentence on what it means."""

    code: str
    figure: Decimal
    about: str


@cache
def lines(folder: str) -> tuple[Line, ...]:
    """The weights of a folder of fixtures (matching, meetings) as they stand there, for who wants to read them."""
    with (fixtures_dir() / folder / "weights.csv").open(encoding="utf-8", newline="") as file:
        return tuple(msgspec.convert(list(csv.DictReader(file)), list[Line], strict=False))


def shipped(folder: str, shape: type[W], counts: Container[str]) -> W:
    """The weights in thousandths of points, those named in `counts` as they are; the names are the file's in small
    letters. Raises ValueError when the file does not hold exactly these."""
    figures = {
        line.code.lower(): int(line.figure if line.code in counts else line.figure * POINT)  # ascii
        for line in lines(folder)
    }
    return msgspec.convert(figures, shape)
