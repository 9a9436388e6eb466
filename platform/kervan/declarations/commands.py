"""The command `kervan carriers`: a carrier's list of parcels, checked or taken."""

from pathlib import Path

import click

from kervan.cli import out, run
from kervan.declarations import importing
from kervan.declarations.importing import Report
from kervan.errors import CommandError, KervanError
from kervan.orders.tables import Side
from kervan.web.i18n import sentence

EXIT_SOME_BAD = 3


@click.group("carriers")
def carriers_group() -> None:
    """What express carriers send about their parcels."""


@carriers_group.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--carrier", required=True, help="Code of the carrier whose list it is.")
@click.option(
    "--commit", is_flag=True, help="Take it. Without it everything is checked and nothing is written."
)
@click.pass_context
def import_command(context: click.Context, file: Path, carrier: str, commit: bool) -> None:
    """Take FILE (CSV: waybill, etgb number, registered, closed, delivered): a dry run unless --commit is given.

    Exit code 0: every row is good; 1: the file was refused; 3: some rows were refused, the others are taken.
    """
    data = file.read_bytes()
    report = run(lambda _settings: _import(data, carrier, commit))
    out.print(describe(report), markup=False)
    if report.refused:
        context.exit(EXIT_SOME_BAD)


async def _import(data: bytes, carrier: str, commit: bool) -> Report:
    try:
        if commit:
            return await importing.take(data, carrier, None, None, Side.CARRIER)
        return await importing.check(data, carrier, None)
    except KervanError as error:
        raise CommandError(error.message, **error.params) from error


def describe(report: Report) -> str:
    """The report as a person reads it in a terminal."""
    lines = [
        f"line {row.line}: {' '.join(sentence('en', problem) for problem in row.problems)} [{row.waybill}]"
        for row in report.rows
        if row.problems
    ]
    lines.append(
        f"{len(report.rows)} rows: {report.moved} move their order, {report.unchanged} say nothing new,"
        f" {report.refused} refused."
    )
    lines.append("Taken." if report.committed else "Dry run: nothing was written. Add --commit to take it.")
    return "\n".join(lines)
