"""`kervan events`: lists of events from files into the drafts of an organiser."""

from collections.abc import Callable
from pathlib import Path

import click

from kervan.accounts import queries as accounts
from kervan.accounts.callers import Caller, Membership
from kervan.cli import progress, run
from kervan.errors import CommandError
from kervan.events import import_mapping, import_report, importing, staff_queries
from kervan.events.import_mapping import Mapping
from kervan.events.importing import ALIKE, DRAFTED, Report
from kervan.imports import files, wording
from kervan.imports.commands import FILE, tell
from kervan.imports.reports import KNOWN, REFUSED
from kervan.trade import emails
from kervan.trade.errors import TradeError


@click.group("events")
def events_group() -> None:
    """Fairs, missions and trainings."""


@events_group.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--as", "email", required=True, help="E-mail of whose drafts they become; an organiser's staff."
)
@click.option("--organisation", help="Public id of the organiser, for who works for several.")
@click.option("--mapping", "mapping_file", type=FILE, help="TOML file that says which column is which part.")
@click.option(
    "--shipped", type=click.Choice(list(import_mapping.SHIPPED)), help="A mapping that comes along."
)
@click.option("--dry-run", is_flag=True, help="Check and tell, write nothing.")
@click.option("--also-alike", is_flag=True, help="Also draft events that are like another one.")
@click.option("--report", "report_file", type=FILE, help="Write the report as CSV.")
@click.pass_context
def import_command(
    context: click.Context,
    file: Path,
    email: str,
    organisation: str | None,
    mapping_file: Path | None,
    shipped: str | None,
    dry_run: bool,
    also_alike: bool,
    report_file: Path | None,
) -> None:
    """Read FILE (CSV, JSON, JSONL or XLSX) of events into the drafts of an organiser.

    Exit code 0: every row is drafted, known or alike; 1: the file was refused; 3: some rows were refused.
    """
    mapping = (
        import_mapping.load_file(mapping_file)
        if mapping_file
        else import_mapping.shipped(shipped or "kervan-events")
    )
    files.ending_of(file.name)
    with progress("Checking" if dry_run else "Importing") as bar:
        report = run(
            lambda _settings: _import(file, mapping, email, organisation, not dry_run, also_alike, bar)
        )
    tell(context, report, described, import_report.as_csv, report_file)


async def _import(
    file: Path,
    mapping: Mapping,
    email: str,
    organisation: str | None,
    commit: bool,
    also_alike: bool,
    bar: Callable[[int, int], None],
) -> Report:
    caller, membership = await organiser(email, organisation)
    return await importing.run(
        file,
        file.name,
        mapping,
        caller,
        membership,
        commit=commit,
        others=None if also_alike else (),
        on_progress=bar,
    )


async def organiser(email: str, organisation: str | None) -> tuple[Caller, Membership]:
    """Who imports and for which organisation (public id). Raises CommandError for who organises nothing."""
    try:
        person = await accounts.person_by_key(emails.address(email).key)
    except TradeError as error:
        raise CommandError(error.message, **error.params) from error
    memberships = await staff_queries.organising(person.id) if person is not None else []
    if organisation is not None:
        memberships = [one for one in memberships if one.public_id == organisation]
    if person is None or not memberships:
        raise CommandError("{email} organises no events here.", email=email)
    if len(memberships) > 1:
        raise CommandError(
            "{email} organises for several. Give --organisation: {ids}",
            email=email,
            ids=", ".join(f"{one.public_id} ({one.name})" for one in memberships),
        )
    caller = Caller(
        person=person.id, public_id=person.public_id, name=person.name, email=person.email,
        language=person.language, time_zone=person.time_zone, memberships=tuple(memberships),
    )  # fmt: skip
    return caller, memberships[0]


def described(report: Report) -> list[str]:
    """The report as a person reads it in a terminal."""
    lines = list(report.remarks)
    for line in report.lines:
        why = wording.reason(line, "en")
        if line.outcome == ALIKE:
            why = "like " + ", ".join(
                f"“{one.title}” ({one.public_id or f'row {one.row}'})" for one in line.alike
            )
        notes = ", ".join(
            ": ".join(wording.problem(import_report.WORDS, found, "en")) for found in line.problems
        )
        said = why or notes or "complete"
        event = f" {line.event}" if line.outcome == DRAFTED and line.event else ""
        lines.append(f"row {line.row}:{event} {line.title[:60]}: {said}")
    counts = report.counts
    lines.append(
        f"{counts['rows']} rows: {counts[DRAFTED]} drafts, {counts[KNOWN]} known already, {counts[ALIKE]} like others,"
        f" {counts[REFUSED]} refused."
    )
    lines.append("Saved." if report.committed else "Dry run: nothing was written.")
    return lines
