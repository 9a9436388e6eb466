"""`kervan mail`: what a mail server hands over when a letter of ours comes back."""

import sys
from typing import BinaryIO

import click

from kervan.announcements import bounces
from kervan.announcements.bounces import Taken
from kervan.cli import EXIT_FAILED, out, run
from kervan.settings import Settings


@click.group("mail")
def mail_group() -> None:
    """Mails that went out."""


@mail_group.command("bounce")
@click.argument("files", type=click.File("rb"), nargs=-1)
def bounce_command(files: tuple[BinaryIO, ...]) -> None:
    """Read reports of mails that came back (DSN) or were complained about (ARF), from FILES or from stdin.

    The address of a mail that cannot be delivered is never written to again. Exit 1 when one of the files is no report
    about a mail of ours.
    """
    opened: list[tuple[str, BinaryIO]] = [(file.name, file) for file in files]
    opened = opened or [("stdin", sys.stdin.buffer)]
    texts = [file.read(bounces.LARGEST) for _, file in opened]

    async def job(_: Settings) -> list[Taken]:
        return [await bounces.take(text) for text in texts]

    failed = False
    for (name, _), taken in zip(opened, run(job), strict=True):
        failed |= not taken.found
        out.print(f"{name}: {_said(taken)}", markup=False)
    if failed:
        raise SystemExit(EXIT_FAILED)


def _said(taken: Taken) -> str:
    if taken.report is None:
        return "no report of a mail that came back, or only of a delay"
    if not taken.found:
        return f"{taken.report.said}: about no mail of ours"
    return f"{taken.report.said}{'; the address is suppressed' if taken.suppressed else ''}"
