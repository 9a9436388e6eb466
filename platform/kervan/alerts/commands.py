"""`kervan alerts`: the audit of the ledger by hand."""

import click
import msgspec

from kervan.alerts import auditing
from kervan.cli import EXIT_FAILED, out, run
from kervan.settings import Settings


@click.group("alerts")
def alerts_group() -> None:
    """The ledger of alerts."""


@alerts_group.command("audit")
@click.option(
    "--all", "everything", is_flag=True, help="Every announcement there is, not only those since last time."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def audit_command(everything: bool, as_json: bool) -> None:
    """Compute anew what the ledger should hold and compare; exit 1 when a row is missing or too many."""

    async def job(_: Settings) -> auditing.Report:
        return await auditing.audit(everything)

    report = run(job)
    if as_json:
        out.print(msgspec.json.encode(report).decode(), markup=False)
    else:
        out.print(
            f"{report.announcements} announcements, {report.deliveries} rows in {report.seconds:.1f} s:"
            f" {report.missing} missing, {report.extra} too many, {report.late} announcements late."
        )
        for problem in report.problems[:20]:
            out.print(
                f"{problem['problem']}: alert {problem['alert']}, request {problem['request']},"
                f" edition {problem['edition']}",
                markup=False,
            )
    if not report.clean:
        raise SystemExit(EXIT_FAILED)
