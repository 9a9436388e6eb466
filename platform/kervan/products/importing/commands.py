"""The commands `kervan import products` and `kervan import template`."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from kervan.cli import run
from kervan.exporters.queries import id_of
from kervan.products.importing import mapping as mappings
from kervan.products.importing import template
from kervan.products.importing.report import Report
from kervan.products.importing.rows import RowIssue
from kervan.products.importing.run import run_import

EXIT_SOME_BAD = 3

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("import")
def import_group() -> None:
    """Import products from files."""


@import_group.command("template")
@click.argument("file", type=_FILE)
def template_command(file: Path) -> None:
    """Write an empty standard file to fill in, FILE.xlsx or FILE.csv."""
    template.write(file)
    click.echo(f"Written: {file}")


@import_group.command("products")
@click.argument("file", type=_FILE)
@click.option(
    "--exporter", "slug", required=True, help="Address name of the exporter whose products these are."
)
@click.option(
    "--mapping", "mapping_file", type=_FILE, help="TOML file that says which column is which field."
)
@click.option("--commit", is_flag=True, help="Save. Without it everything is checked and nothing is written.")
@click.option("--errors", type=_FILE, help="Where refused rows go (CSV); FILE.errors.csv if not said.")
@click.pass_context
def products_command(
    context: click.Context,
    file: Path,
    slug: str,
    mapping_file: Path | None,
    commit: bool,
    errors: Path | None,
) -> None:
    """Import FILE (CSV, XLSX or JSONL): a dry run unless --commit is given.

    Exit code 0: every row is good; 1: the file was refused; 3: some rows were refused, the others are saved.
    """
    mapping = mappings.load(mapping_file) if mapping_file else mappings.Mapping()
    report = run(lambda _settings: _import(file, slug, mapping, commit, errors or _beside(file)))
    click.echo(describe(report))
    if report.failed:
        context.exit(EXIT_SOME_BAD)


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.errors.csv")


async def _import(file: Path, slug: str, mapping: mappings.Mapping, commit: bool, errors: Path) -> Report:
    exporter_id = await id_of(slug)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    quiet = not console.is_terminal
    with Progress(*columns, TextColumn("{task.fields[rows]} rows"), console=console, disable=quiet) as bar:
        task = bar.add_task("Importing" if commit else "Checking", total=1.0, rows=0)
        return await run_import(
            file,
            exporter_id=exporter_id,
            mapping=mapping,
            commit=commit,
            actor="system:import",
            on_progress=lambda share, rows: bar.update(task, completed=share, rows=rows),
            errors_to=errors,
        )


def describe(report: Report) -> str:
    """The report as a person reads it in a terminal."""
    lines = list(report.remarks)
    lines += _listed(report.first_notices, report.notices, "notices")
    lines += _listed(report.first_issues, sum(report.by_field.values()), "issues")
    if report.by_field:
        lines.append(
            "Issues by field: " + ", ".join(f"{f or 'row'} {n}" for f, n in report.by_field.most_common())
        )
    speed = f"{report.seconds:.1f} s, {report.rows / max(report.seconds, 0.001):,.0f} rows/s"
    lines.append(f"{report.rows} rows: {report.ok} good, {report.failed} refused ({speed}).")
    if report.repeated:
        lines.append(f"{report.repeated} rows repeat an SKU of an earlier row.")
    if report.errors_file is not None:
        lines.append(f"Refused rows: {report.errors_file}")
    if report.committed:
        lines.append(
            f"Saved: {report.created} new, {report.updated} changed, {report.unchanged} as they were."
        )
    else:
        lines.append("Dry run: nothing was written. Add --commit to save.")
    return "\n".join(lines)


def _listed(first: list[RowIssue], count: int, what: str) -> list[str]:
    lines = [
        f"row {issue.row}: " + (f"{issue.field}: " if issue.field else "") + issue.sentence
        + (f" [{issue.value}]" if issue.value else "")
        for issue in first
    ]  # fmt: skip
    return [*lines, f"... and {count - len(first)} more {what}."] if count > len(first) else lines
