"""Commands for the customs nomenclature."""

from pathlib import Path

import click

from kervan.cli import out, run
from kervan.nomenclature import service
from kervan.settings import Settings


@click.group("nomenclature")
def nomenclature_group() -> None:
    """The Turkish customs tariff."""


@nomenclature_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="Tariff year, such as 2026.")
@click.option("--dry-run", is_flag=True, help="Check and count, write nothing.")
def load_command(file: Path, year: int, dry_run: bool) -> None:
    """Load the tariff of a year from a CSV with columns code and description_tr; other years are kept."""

    async def job(_: Settings) -> service.LoadReport:
        return await service.load(file, year, "system:nomenclature load", commit=not dry_run)

    report = run(job)
    out.print(f"{report.headings:,} headings and {report.leaves:,} GTIP codes of {year}.")
    if report.unknown_in_hs:
        shown = ", ".join(report.unknown_in_hs[:10])
        out.print(f"{len(report.unknown_in_hs)} subheadings are not in HS 2022: {shown}")
    if report.written:
        out.print("Loaded.")
    elif report.already_there:
        out.print("This very file is loaded already; nothing changed.")
    else:
        out.print("Dry run: nothing was written.")
