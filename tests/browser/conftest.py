"""Chromium on the demo: pages at two widths that report whatever went wrong on them, in every test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import walk
from browsing import PHONE, WIDE, Enter, Open, Paths, listen
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from serving import Demo, serving_demo

_HEIGHT = {WIDE: 800, PHONE: 844}
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


# The first has no windows of its own, and takes half of the time for the same pages.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")


def _executable() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file: Playwright's loop must not stay open beside the async tests of other files."""
    found = _executable()
    if not found:
        pytest.skip("no Chromium on PATH (apt-get install chromium, or set CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS, timeout=60_000)
        yield browser
        browser.close()


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
def open_page(chromium: Browser, demo: Demo) -> Iterator[Open]:
    """Opens pages, `open_page(width, scripts=True, **context options)`.

    When the test ends, none may have written an error to the console, broken the content policy, thrown, or
    missed a file.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(width: int, *, scripts: bool = True, **options: object) -> Page:
        context = chromium.new_context(
            base_url=demo.address,
            viewport={"width": width, "height": _HEIGHT.get(width, 800)},
            has_touch=width == PHONE,
            java_script_enabled=scripts,
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        listen(page, troubles)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def page(open_page: Open, width: int) -> Page:
    """A page at both widths, one after the other."""
    return open_page(width)


@pytest.fixture
def wide(open_page: Open) -> Page:
    return open_page(WIDE)


@pytest.fixture
def phone(open_page: Open) -> Page:
    return open_page(PHONE)


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo for one file, which may write to it."""
    with serving_demo(tmp_path_factory.mktemp("own")) as served:
        yield served


@pytest.fixture
def enter(chromium: Browser, own_demo: Demo) -> Iterator[Enter]:
    """Opens browsers for people who share nothing; none of their pages may have had an error when the test ends."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def entered(width: int = WIDE, *, scripts: bool = True) -> BrowserContext:
        context = chromium.new_context(
            base_url=own_demo.address,
            viewport={"width": width, "height": 800},
            has_touch=width == PHONE,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        context.on("page", lambda page: listen(page, troubles))
        contexts.append(context)
        return context

    yield entered
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@pytest.fixture(scope="session")
def paths(demo: Demo) -> Paths:
    """The path of every page type, by language and name."""
    return {language: walk.paths(demo.address, language) for language in walk.LANGUAGES}
