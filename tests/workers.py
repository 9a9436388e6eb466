"""The suite in several processes (`make test`, pytest-xdist): what each gets, and which tests may run beside others.

Files stay whole. All files that read the served demo go to one worker, which serves it once, and first, as that takes
longest. Tests marked `alone`, because they measure time, run while the other workers pause between two tests. In a
run without workers nothing of this happens.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

# The workers inherit it from the process that starts them.
_ROOT = Path(os.environ.get("KERVAN_TEST_DATA") or tempfile.mkdtemp(prefix="kervan-test-"))
os.environ["KERVAN_TEST_DATA"] = str(_ROOT)

DATA = _ROOT / _WORKER
"""The data folder of this process: KERVAN_TEST_DATA or a new one, and inside it one of its own for each worker."""

_ON_DEMO = "files-on-the-demo"
_DEMO = "the demo"

_LONG = (
    "tests/browser/test_trade.py",
    "tests/browser/test_requests.py",
    "tests/browser/test_journey.py",
    "tests/orders/test_faults.py",
    "tests/alerts/test_faults.py",
    "tests/search/test_percolate.py",
    "tests/alerts/test_delivering.py",
    "tests/doors/test_doors.py",
    "tests/search/test_relevance.py",
    "tests/api/test_openapi.py",
)
"""Files that take longer than half a minute: they begin early, lest one worker is left with them at the end."""


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a worker: the files on the demo come first, then the long ones; the process that deals them out is told."""
    if not _WORKER:
        return
    on_demo = {_file(item.nodeid) for item in items if "demo" in getattr(item, "fixturenames", ())}
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / _ON_DEMO).write_text("\n".join(sorted(on_demo)))
    first = {name: place for place, name in enumerate(_LONG)}

    def rank(item: pytest.Item) -> int:
        name = _file(item.nodeid)
        return -1 if name in on_demo else first.get(name, len(first))

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """File by file in the order above, the files on the demo as one."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        on_demo: frozenset[str] = frozenset()

        def schedule(self) -> None:
            told = _ROOT / self.nodes[0].gateway.id / _ON_DEMO
            self.on_demo = frozenset(told.read_text().splitlines())
            super().schedule()

        def _split_scope(self, nodeid: str) -> str:
            name = _file(nodeid)
            return _DEMO if name in self.on_demo else name

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test marked `alone` waits until the others have come to the end of theirs, and they wait for it."""
    if not _WORKER:
        return (yield)
    with _in_turn(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def _in_turn(*, alone: bool) -> Iterator[None]:
    """Any number at a time, or one alone. Who waits for that keeps the turn, so nobody else begins meanwhile."""
    with (_ROOT / "turn").open("a") as turn, (_ROOT / "room").open("a") as room:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(turn, fcntl.LOCK_UN)
        yield
