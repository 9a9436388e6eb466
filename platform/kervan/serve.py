"""`kervan serve`: the web server (granian) with the worker beside it."""

import errno
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import click
from granian.constants import Interfaces, Loops
from granian.server import Server

from kervan.cli import err, run
from kervan.errors import CommandError
from kervan.settings import Settings, load


@click.command("serve")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Web processes.")
@click.option("--no-worker", is_flag=True, help="Do not carry out the outbox here; `kervan worker` does.")
def serve_command(workers: int, no_worker: bool) -> None:
    """Serve pages and API on HOST:PORT (127.0.0.1:8000)."""
    settings = load()
    check_port(settings)
    lines = run(_ready)
    serve(settings, workers=workers, with_worker=not no_worker, lines=lines)


async def _ready(settings: Settings) -> Sequence[str]:
    """Fills empty indexes; an engine that is away is no reason not to start: pages answer from PostgreSQL.

    Returns the lines that tell the demo accounts. Raises CommandError when there are any in production.
    """
    from kervan.demo import accounts
    from kervan.discovery.engine import open_search
    from kervan.discovery.indexing import ensure_ready
    from kervan_search.engine import EngineDown

    await accounts.refuse_to_start(settings)
    search = open_search(settings)
    try:
        await search.open()
        await ensure_ready(search)
    except EngineDown as error:
        err.print(
            f"The search engine does not answer, PostgreSQL searches meanwhile ({error}).", markup=False
        )
    finally:
        await search.close()
    return accounts.table(await accounts.listed())


def check_port(settings: Settings) -> None:
    """Raises CommandError when the address cannot be listened on, before anything long is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    "Port {port} is taken. Set PORT to a free one, as in PORT=8001.", port=settings.port
                ) from error
            raise CommandError(
                "{host}:{port} cannot be listened on ({reason}).",
                host=settings.host,
                port=settings.port,
                reason=error.strerror,
            ) from error


def serve(settings: Settings, workers: int, with_worker: bool, lines: Sequence[str] = ()) -> None:
    """Serves until SIGTERM or SIGINT. With one web process the outbox worker runs inside it, else beside it.

    `lines` are printed under the address.
    """
    inside = with_worker and workers == 1
    os.environ["KERVAN_WORKER"] = "inside" if inside else "no"
    # Processes that share a port share their counters: any of them may be asked for /metrics.
    counters = tempfile.mkdtemp(prefix="kervan-metrics-") if workers > 1 else None
    if counters:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
    beside = (
        subprocess.Popen([sys.executable, "-m", "kervan.cli", "worker"])
        if with_worker and not inside
        else None
    )
    err.print(f"Kervan answers at http://{settings.host}:{settings.port}", markup=False)
    if not settings.production:
        for line in (*lines, "Stop with Ctrl-C."):
            err.print(line, markup=False)
    # A web process must not be a fork of this one: `kervan demo` has printed documents by now, and the threads of
    # typst would be missing in the fork, where the next print would wait for them for ever.
    multiprocessing.set_start_method("spawn", force=True)
    server = Server(
        "kervan.app:create_app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        factory=True,
        log_access=False,
        websockets=False,
        backlog=1024,
        workers_kill_timeout=10,
    )
    try:
        server.serve()
    finally:
        if beside is not None:
            beside.send_signal(signal.SIGTERM)
            beside.wait(timeout=15)
        if counters:
            shutil.rmtree(counters, ignore_errors=True)
