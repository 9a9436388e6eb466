"""`kervan requests`: tender notices from files into the review queues of the posts."""

from collections.abc import Callable
from pathlib import Path

import click

from kervan.cli import progress, run
from kervan.db import fetch
from kervan.errors import CommandError
from kervan.imports import files, wording
from kervan.imports.commands import FILE, tell
from kervan.imports.reports import KNOWN, REFUSED
from kervan.requests import import_mapping, import_report, importing
from kervan.requests.import_mapping import Mapping
from kervan.requests.importing import QUEUED, Report, Who
from kervan.trade import countries
from kervan.trade.errors import TradeError

ACTOR = "system:import"


@click.group("requests")
def requests_group() -> None:
    """Requests of buyers abroad."""


@requests_group.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--post", "country", help="Country of the post; without it each notice goes to its country's post."
)
@click.option("--mapping", "mapping_file", type=FILE, help="TOML file that says which column is which part.")
@click.option("--dry-run", is_flag=True, help="Check and tell, write nothing.")
@click.option("--report", "report_file", type=FILE, help="Write the report as CSV.")
@click.pass_context
def import_command(
    context: click.Context,
    file: Path,
    country: str | None,
    mapping_file: Path | None,
    dry_run: bool,
    report_file: Path | None,
) -> None:
    """Read FILE (CSV, JSON, JSONL or XLSX) of tender notices into the review queue of a post.

    Exit code 0: every row is queued or known; 1: the file was refused; 3: some rows were refused.
    """
    mapping = (
        import_mapping.load_file(mapping_file) if mapping_file else import_mapping.shipped("kervan-requests")
    )
    files.ending_of(file.name)
    with progress("Checking" if dry_run else "Importing") as bar:
        report = run(lambda _settings: _import(file, mapping, country, not dry_run, bar))
    tell(context, report, described, import_report.as_csv, report_file)


async def _import(
    file: Path, mapping: Mapping, country: str | None, commit: bool, bar: Callable[[int, int], None]
) -> Report:
    post = None
    if country is not None:
        try:
            country = countries.find_country(country)
        except TradeError as error:
            raise CommandError(error.message, **error.params) from error
        rows = await fetch(
            """SELECT id FROM organisation WHERE kind = 'POST' AND country = $1 AND closed_at IS NULL
            ORDER BY id LIMIT 1""",
            country,
        )
        if not rows:
            raise CommandError("There is no post for {country}.", country=country)
        post = rows[0]["id"]
    return await importing.run(
        file, file.name, mapping, Who(actor=ACTOR), post=post, country=country, commit=commit, on_progress=bar
    )


def described(report: Report) -> list[str]:
    """The report as a person reads it in a terminal."""
    lines = list(report.remarks)
    for line in report.lines:
        why = wording.reason(line, "en")
        gaps = ", ".join(wording.part(import_report.WORDS, found["field"], "en") for found in line.problems)
        said = why or (f"to review, lacks or needs a look: {gaps}" if gaps else "to review")
        number = f" {line.number}" if line.outcome == QUEUED and line.number else ""
        lines.append(f"row {line.row}:{number} {line.title[:60]}: {said}")
    counts = report.counts
    lines.append(
        f"{counts['rows']} rows: {counts[QUEUED]} to review, {counts[KNOWN]} known already,"
        f" {counts[REFUSED]} refused."
    )
    lines.append("Saved." if report.committed else "Dry run: nothing was written.")
    return lines
