"""Commands for the law that holds on a day, and for exchange rates."""

import datetime as dt
from pathlib import Path

import click

from kervan.cli import out, run
from kervan.errors import CommandError
from kervan.policies import book, rates, show
from kervan.settings import Settings
from kervan.trade.law import ETGB

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("law")
def law_group() -> None:
    """The law by which orders are judged."""


@law_group.command("show")
@click.option("--on", "day", type=_DAY, help="Which day, such as 2025-12-31; by default today in Türkiye.")
@click.option("--route", default=ETGB, show_default=True, help="Which way out.")
@click.option("--known", type=_DAY, help="As it was known at the end of this day (UTC).")
def show_command(day: dt.datetime | None, route: str, known: dt.datetime | None) -> None:
    """Print all that holds on a day, with its legal references; nothing is changed."""

    async def job(_: Settings) -> list[str]:
        on = day.date() if day else show.today()
        if known is None:
            return show.lines(await book.refresh(), on, route)
        end = known.replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
        return show.lines(await book.as_of(end), on, route)

    for line in run(job):
        out.print(line, markup=False)


@click.group("rates")
def rates_group() -> None:
    """Exchange rates for the comparison of values with limits."""


@rates_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """Import rates: eurofxref (CSV or XML) of the European Central Bank, or the TCMB's daily XML."""
    if file.stat().st_size > rates.LARGEST_FILE:
        raise CommandError("The file is too large for a file of exchange rates.")

    async def job(_: Settings) -> rates.Imported:
        return await rates.bring_in(file.read_bytes(), file.name, "system:rates import")

    done = run(job)
    days = f"{done.first}" if done.first == done.last else f"{done.first} to {done.last}"
    out.print(f"{done.bank}, {days}: {done.added:,} rates added, {done.known:,} were known.", markup=False)


@rates_group.command("show")
@click.option("--on", "day", type=_DAY, help="Which day, such as 2026-11-20; by default today in Türkiye.")
def rates_show_command(day: dt.datetime | None) -> None:
    """Print the rate of every currency that may be used on a day, and which are too old."""

    async def job(_: Settings) -> list[str]:
        await book.refresh()
        await rates.refresh()
        return show.rate_lines(day.date() if day else show.today())

    for line in run(job):
        out.print(line, markup=False)
