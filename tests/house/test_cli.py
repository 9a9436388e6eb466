"""The command line: one sentence on stderr, the right exit code, never a stack trace."""

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from serving import serving

from kervan import __version__


def kervan(*words: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kervan.cli", *words],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_version() -> None:
    done = kervan("version")
    assert (done.returncode, done.stdout.strip()) == (0, __version__)


def test_every_command_explains_itself() -> None:
    done = kervan("--help")
    for name in (
        "admin",
        "carriers",
        "demo",
        "import",
        "index",
        "law",
        "migrate",
        "nomenclature",
        "rates",
        "reindex",
        "reseal",
        "serve",
        "version",
        "worker",
    ):
        assert name in done.stdout
        assert kervan(name, "--help").returncode == 0, name


def test_an_unknown_command_is_misuse() -> None:
    assert kervan("dance").returncode == 2


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is taken" in refused(kervan("serve", PORT=port), 1)
        assert f"Port {port} is taken" in refused(kervan("demo", PORT=port), 1)


def test_an_unusable_data_folder_is_one_sentence(tmp_path: Path) -> None:
    """A file where the folder should be: works for root too, who may write anywhere."""
    file = tmp_path / "file"
    file.touch()
    sentence = refused(kervan("migrate", KERVAN_DATA=str(file / "data"), DATABASE_URL=""), 2)
    assert "cannot be written" in sentence


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"KERVAN_ENV": "staging"}, "KERVAN_ENV"),
        ({"KERVAN_SEARCH": "grep"}, "KERVAN_SEARCH"),
        ({"KERVAN_ENV": "production"}, "DATABASE_URL"),
        ({"KERVAN_ENV": "production", "DATABASE_URL": "postgresql://x"}, "MEILI_URL"),
        ({"KERVAN_SECRET_FILE": "/nowhere"}, "KERVAN_SECRET_FILE"),
    ],
)
def test_a_wrong_setting_is_one_sentence(environ: dict[str, str], word: str) -> None:
    assert word in refused(kervan("serve", **environ), 2)


def test_a_database_that_is_away_is_one_sentence() -> None:
    sentence = refused(kervan("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"), 1)
    assert "database cannot be reached" in sentence


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def test_the_demo_is_ready_and_searchable_from_any_folder(tmp_path: Path) -> None:
    with serving("demo", KERVAN_DATA=str(tmp_path)) as address:
        assert '"status":"ok"' in read(f"{address}/health/ready").replace(" ", "")
        assert "towel" in read(f"{address}/en/products?q=towle")
        assert "havlu" in read(f"{address}/tr/products?q=havlu")


def test_two_web_processes_share_one_worker(tmp_path: Path) -> None:
    environ = {"KERVAN_DATA": str(tmp_path)}
    assert kervan("demo", "--no-serve", **environ).returncode == 0
    with serving("serve", "--workers", "2", **environ) as address:
        for _ in range(8):
            assert "towel" in read(f"{address}/api/v1/products?q=towel")
