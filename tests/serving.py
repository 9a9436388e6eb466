"""A real server for tests: `kervan <words>` in a process of its own, on a free port, until the test is over."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_READY_SECONDS = 240


class Demo(NamedTuple):
    """A served demo inventory; `log` is what the server has written so far."""

    address: str
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(*words: str, log: Path | None = None, **environ: str) -> Iterator[str]:
    """`kervan <words>` on a free port until the body ends; yields its address."""
    port = free_port()
    with log.open("wb") if log else open(os.dup(2), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kervan.cli", *words],
            cwd="/",
            env={**os.environ, **environ, "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        time.sleep(0.25)
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{address}/health/live", timeout=2).close()
        except OSError:
            continue
        return
    raise AssertionError(f"the server was not ready within {_READY_SECONDS} seconds")


@contextmanager
def serving_demo(folder: Path) -> Iterator[Demo]:
    """The demo inventory in a folder of its own, embedded database and engine, without a rate limit."""
    log = folder / "server.log"
    apart = {
        "DATABASE_URL": "",
        "MEILI_URL": "",
        "SMTP_URL": "",
        "KERVAN_API_LIMIT": "",
        "KERVAN_SEARCH_LIMIT": "",
        "KERVAN_ENV": "development",
    }
    with serving("demo", log=log, KERVAN_DATA=str(folder / "data"), **apart) as address:
        yield Demo(address, log)
