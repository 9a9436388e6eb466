"""`kervan demo`: an installation with the demo inventory, served at once."""

import click

from kervan.cli import err, progress, run
from kervan.demo import load as demo
from kervan.discovery import indexing
from kervan.discovery.engine import open_search
from kervan.errors import CommandError
from kervan.serve import check_port, serve
from kervan.settings import Settings, load


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Only load the data.")
def demo_command(no_serve: bool) -> None:
    """Load the invented demo inventory if the database is empty, then serve it on 127.0.0.1."""
    settings = load()
    if settings.production:
        raise CommandError("The demo does not go into production (KERVAN_ENV=production).")
    if not no_serve:
        check_port(settings)
    run(_prepare)
    if not no_serve:
        serve(settings, workers=1, with_worker=True)


async def _prepare(settings: Settings) -> None:
    search = open_search(settings)
    await search.open()
    try:
        if await demo.is_empty():
            with progress("Demo inventory") as show:
                loaded = await demo.load(show)
            with progress("Search index") as show:
                await indexing.reindex(search, lambda _, done, total: show(done, total))
            err.print(f"{loaded.exporters} exporters and {loaded.products} products, all invented.")
        elif await indexing.ensure_ready(search):
            err.print("The search index was empty and has been built anew.")
    finally:
        await search.close()
