"""House rules that a machine can hold."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("platform/kervan/**/*.py"), *ROOT.glob("search/kervan_search/**/*.py")])


@pytest.mark.parametrize("folder", ["platform", "search"])
def test_the_source_roots_hold_no_init(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_the_standard_library_keeps_its_platform_module() -> None:
    code = "import platform, uuid; print(platform.system())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip()


def test_no_file_is_a_warehouse() -> None:
    """Migrations are written by a generator and not counted."""
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in SOURCES
        if path.parent.name != "migrations"
    }
    assert {name: lines for name, lines in long.items() if lines > 420} == {}


def test_search_knows_nothing_of_the_platform() -> None:
    for path in ROOT.glob("search/kervan_search/**/*.py"):
        assert not re.search(r"^\s*(from|import) kervan\b", path.read_text(), re.M), path


def test_the_vocabulary_knows_no_web_and_no_domain() -> None:
    allowed = re.compile(r"^\s*from kervan\.(trade|resources)\b")
    for path in ROOT.glob("platform/kervan/trade/*.py"):
        for line in path.read_text().splitlines():
            if re.match(r"\s*(from|import) kervan\b", line):
                assert allowed.match(line), f"{path.name}: {line}"


@pytest.mark.parametrize("word", [r"\.lower\(\)", r"litestar\.contrib", r"\| *safe\b"])
def test_words_that_the_house_forbids(word: str) -> None:
    """lower() breaks İ and ı; only ASCII protocol words (headers, extensions) may use it, with a reason beside it."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [*SOURCES, *ROOT.glob("templates/**/*.html")]
        for line in path.read_text().splitlines()
        if re.search(word, line) and "# ascii" not in line and not line.lstrip().startswith(("#", '"'))
    ]
    assert found == []


def test_reads_stay_in_queries_and_writes_in_services() -> None:
    """No SQL in handlers: pages and api modules call functions."""
    for path in ROOT.glob("platform/kervan/*/*.py"):
        if path.name in ("pages.py", "api.py"):
            text = path.read_text()
            assert not re.search(r"\b(fetch|fetchval|execute|transaction)\(", text), path
