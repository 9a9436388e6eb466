"""Commands for the search index: build it anew, compare it with the database, repair it."""

import sys

import click

from kervan.cli import out, progress, run
from kervan.discovery import indexing
from kervan.discovery.engine import open_search
from kervan.settings import Settings


@click.command("reindex")
def reindex_command() -> None:
    """Build every index anew beside the live one, then swap."""

    async def job(settings: Settings) -> dict[str, int]:
        search = open_search(settings)
        await search.open()
        try:
            with progress("Indexing") as show:
                return await indexing.reindex(search, lambda _, done, total: show(done, total))
        finally:
            await search.close()

    for index, count in run(job).items():
        out.print(f"{index}: {count:,} documents")


@click.group("index")
def index_group() -> None:
    """The search index."""


@index_group.command("check")
@click.option("--repair", is_flag=True, help="Put right what differs.")
def check_command(repair: bool) -> None:
    """Compare ids and versions with the database; exit 1 when they differ and are not repaired."""

    async def job(settings: Settings) -> int:
        search = open_search(settings)
        await search.open()
        left = 0
        try:
            for difference in await indexing.compare(search):
                out.print(
                    f"{difference.index}: {len(difference.missing)} missing,"
                    f" {len(difference.stale)} stale, {len(difference.surplus)} surplus"
                )
                if difference.total and repair:
                    await indexing.repair(search, difference)
                    out.print(f"{difference.index}: {difference.total} repaired")
                elif difference.total:
                    left += difference.total
        finally:
            await search.close()
        return left

    if run(job):
        sys.exit(1)
