"""The command `kervan`: serve, worker, migrate, demo, law, rates, carriers, import, requests, nomenclature ..."""

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kervan import __version__
from kervan.errors import KervanError, SettingsError
from kervan.settings import Settings, load

T = TypeVar("T")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

EXIT_FAILED, EXIT_USAGE = 1, 2


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with count and time left on stderr; yields a function of (done, in all)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=not err.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def run(job: Callable[[Settings], Awaitable[T]]) -> T:
    """Runs a job with settings, a migrated database and a pool."""
    from kervan.db import pool
    from kervan.migrate import migrate_async

    async def whole() -> T:
        settings = load()
        await migrate_async()
        async with pool():
            return await job(settings)

    return asyncio.run(whole())


class _Lazy(click.Group):
    """Commands whose modules load when they are called: `kervan version` need not import the web."""

    modules = {
        "alerts": "kervan.alerts.commands:alerts_group",
        "carriers": "kervan.declarations.commands:carriers_group",
        "import": "kervan.products.importing.commands:import_group",
        "nomenclature": "kervan.nomenclature.commands:nomenclature_group",
        "index": "kervan.discovery.commands:index_group",
        "reindex": "kervan.discovery.commands:reindex_command",
        "reseal": "kervan.reseal:reseal_command",
        "serve": "kervan.serve:serve_command",
        "admin": "kervan.staff.commands:admin_group",
        "law": "kervan.policies.commands:law_group",
        "mail": "kervan.announcements.commands:mail_group",
        "requests": "kervan.requests.commands:requests_group",
        "events": "kervan.events.commands:events_group",
        "rates": "kervan.policies.commands:rates_group",
        "demo": "kervan.demo.commands:demo_command",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.modules])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self.modules:
            module, _, attribute = self.modules[name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return super().get_command(ctx, name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Kervan, the open national B2B export platform of Türkiye."""


@cli.command("version")
def version_command() -> None:
    """Print the version."""
    out.print(__version__)


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the tables of this version."""
    from kervan.migrate import migrate

    for line in migrate():
        out.print(line)


@cli.command("worker")
def worker_command() -> None:
    """Carry out what changes cause (index, mails), alone, beside `kervan serve --no-worker`."""
    from kervan.discovery.engine import open_search
    from kervan.web.logging import setup
    from kervan.worker import run as work

    async def job(settings: Settings) -> None:
        setup(settings)
        search = open_search(settings)
        await search.open()
        try:
            await work(search, settings, stop_on_signals())
        finally:
            await search.close()

    run(job)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; needs a running loop."""
    import signal

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


def main(argv: list[str] | None = None) -> None:
    """The entry point: errors are one sentence on stderr, never a stack trace; exit 1 refused, 2 misuse."""
    try:
        code: Any = cli.main(args=argv, prog_name="kervan", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        err.print("Stopped.")
        sys.exit(130)
    except SettingsError as error:
        err.print(f"kervan: {error}", markup=False)
        sys.exit(EXIT_USAGE)
    except KervanError as error:
        err.print(f"kervan: {error}", markup=False)
        sys.exit(EXIT_FAILED)
    except OSError as error:
        if os.environ.get("KERVAN_TRACE"):
            raise
        err.print(f"kervan: {error}", markup=False)
        sys.exit(EXIT_FAILED)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
