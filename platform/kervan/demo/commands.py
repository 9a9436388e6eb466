"""`kervan demo`: an installation with the demo inventory, served at once."""

import os
from collections.abc import Sequence

import click

from kervan.cli import err, progress, run
from kervan.db import fetch
from kervan.demo import accounts, house, law
from kervan.demo import load as demo
from kervan.discovery import indexing
from kervan.discovery.engine import open_search
from kervan.serve import check_port, serve
from kervan.settings import Settings, load


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Only load the data.")
def demo_command(no_serve: bool) -> None:
    """Load the invented demo inventory and people if the database is empty, then serve it on 127.0.0.1."""
    accounts.refuse_in_production(load())
    # In the environment, because serving and the rounds of the clock read it again.
    os.environ.setdefault("KERVAN_CARRIER_PORT", "fake")
    settings = load()
    if not no_serve:
        check_port(settings)
    lines = run(_prepare)
    if not no_serve:
        serve(settings, workers=1, with_worker=True, lines=lines)
        return
    for line in lines:
        err.print(line, markup=False)


async def _prepare(settings: Settings) -> Sequence[str]:
    """Loads what is missing; returns the lines that tell how to sign in."""
    search = open_search(settings)
    await search.open()
    try:
        await law.settle()
        if await demo.is_empty():
            with progress("Demo inventory") as show:
                loaded = await demo.load(show)
            with progress("Search index") as show:
                await indexing.reindex(search, lambda _, done, total: show(done, total))
            err.print(f"{loaded.exporters} exporters and {loaded.products} products, all invented.")
        elif await indexing.ensure_ready(search):
            err.print("The search index was empty and has been built anew.")
        with progress("Orders and inquiries") as show:
            made = await house.settle(settings, show)
        if made:
            # The worker would do it a moment later: nobody shall find an empty board or calendar first.
            found = await fetch("SELECT id FROM trade_request WHERE state = 'PUBLISHED'")
            await indexing.index_requests(search, [row["id"] for row in found])
            held = await fetch("SELECT id FROM trade_event WHERE state = 'PUBLISHED'")
            await indexing.index_events(search, [row["id"] for row in held])
            err.print("People, posts, associations, importers and their trade, all invented.")
    finally:
        await search.close()
    return accounts.table(await accounts.listed())
