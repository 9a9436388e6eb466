"""A Meilisearch server for tests: on a free port, in a folder of its own, until the body ends."""

import os
import secrets
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving import free_port


@contextmanager
def meilisearch(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Address and key of MEILI_URL, else of a server started here. Skips the test where neither is at hand."""
    if url := os.environ.get("MEILI_URL"):
        yield url, os.environ.get("MEILI_MASTER_KEY")
        return
    binary = shutil.which("meilisearch")
    if binary is None:
        pytest.skip("no MEILI_URL and no meilisearch on the PATH: this half of the contract was not run")
    url, key = f"http://127.0.0.1:{free_port()}", secrets.token_urlsafe(24)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                binary,
                "--no-analytics",
                "--http-addr",
                url.removeprefix("http://"),
                "--db-path",
                str(folder / "data"),
            ],
            env={**os.environ, "MEILI_MASTER_KEY": key},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(url, folder / "log")
            yield url, key
        finally:
            server.terminate()
            server.wait(10)


def _wait(url: str, log: Path) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"Meilisearch did not start:\n{log.read_text()[-2000:]}")
