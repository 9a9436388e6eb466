"""What the import commands of all rooms share: the report in the terminal, as a file, and as an exit code."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from kervan.cli import out
from kervan.imports.reports import REFUSED, Report

EXIT_SOME_BAD = 3
FILE = click.Path(path_type=Path, dir_okay=False)

R = TypeVar("R", bound=Report)


def tell(
    context: click.Context,
    report: R,
    described: Callable[[R], Sequence[str]],
    as_csv: Callable[[R, str], bytes],
    file: Path | None,
) -> None:
    """Prints the report, writes it as CSV when a file is named, and exits with 3 when rows were refused."""
    for line in described(report):
        out.print(line, markup=False)
    if file is not None:
        file.write_bytes(as_csv(report, "en"))
        out.print(f"Report: {file}", markup=False)
    if report.counts[REFUSED]:
        context.exit(EXIT_SOME_BAD)
