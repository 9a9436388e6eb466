"""Registration to first listing in a scripted browser, on a demo started for it."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import processes

# Behind our own folder: both have a module `people`.
sys.path.append(str(processes.BENCH.parent / "tests"))

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


def missing() -> str | None:
    """Why this cannot be measured here; None when it can."""
    if _chromium() is None:
        return "(g) registration to first listing: there is no Chromium on PATH (or set CHROMIUM)"
    return None


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def run() -> Any:
    """A journey.Result: screens, letters typed, seconds of waiting, seconds in all, seconds until it was found."""
    import journey  # tests/journey.py: the way that the browser tests go as well
    from playwright.sync_api import sync_playwright

    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_ARGUMENTS)
        contexts = [
            browser.new_context(base_url=address, viewport={"width": 1280, "height": 800}) for _ in "ab"
        ]
        result = journey.to_first_listing(*contexts, journey.FIRM, journey.GOODS)
        browser.close()
    return result


@contextlib.contextmanager
def _demo() -> Iterator[str]:
    """The demo as `make demo` starts it, with its own embedded PostgreSQL; it is gone afterwards."""
    port = processes.free_port()
    with tempfile.TemporaryDirectory(prefix="kervan-journey-") as folder:
        env = processes.environment(Path(folder), "", PORT=str(port), KERVAN_ENV="development", SMTP_URL="")
        command = [sys.executable, "-m", "kervan.cli", "demo"]
        with processes.serving("demo", command, port, Path(folder), env, "/health/live") as server:
            yield server.url
