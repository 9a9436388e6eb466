"""axe on every type of page and on what opens over it: no violation, in both languages, colours and widths."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from browsing import PHONE, WIDE, Open, Paths
from playwright.sync_api import Page, expect
from walk import PAGES

_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
# All that depends on the colours alone: the rest of a page is the same in the dark.
_DARK = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{wrong['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


def _both_colours(page: Page) -> list[str]:
    light = _violations(page, _OPTIONS)
    page.emulate_media(color_scheme="dark")
    dark = [f"dark {wrong}" for wrong in _violations(page, _DARK)]
    page.emulate_media(color_scheme="light")
    return light + dark


@pytest.mark.parametrize("name", [name for name in PAGES if name != "all-products"])  # as second-page
def test_a_page_has_no_violation(open_page: Open, paths: Paths, name: str) -> None:
    """In each language and at each width by day, by night in one language: colours do not depend on it."""
    found = {}
    page = open_page(WIDE, reduced_motion="reduce")
    for language in ("en", "tr"):
        page.set_viewport_size({"width": WIDE, "height": 800})
        page.goto(paths[language][name])
        for width in (WIDE, PHONE):
            page.set_viewport_size({"width": width, "height": 800})
            wrong = _both_colours(page) if language == "en" else _violations(page, _OPTIONS)
            if wrong:
                found[f"{language} {width}"] = wrong
    assert not found


def test_what_opens_over_a_page_has_no_violation(open_page: Open) -> None:
    """Suggestions, the phone's menu and the sheet of filters."""
    wide, phone = open_page(WIDE, reduced_motion="reduce"), open_page(PHONE, reduced_motion="reduce")
    wide.goto("/en")
    wide.locator("#q").press_sequentially("towel")
    expect(wide.get_by_role("listbox")).to_be_visible()
    wide.locator("#q").press("ArrowDown")
    found = _both_colours(wide)
    phone.goto("/tr/products?q=havlu")
    phone.locator(".menu > summary").tap()
    expect(phone.locator(".menu-panel")).to_be_visible()
    found += _both_colours(phone)
    phone.keyboard.press("Escape")
    phone.locator(".pill").first.tap()
    expect(phone.locator("#filters")).to_be_visible()
    found += _both_colours(phone)
    assert not found


def test_every_page_reads_well_when_text_is_twice_as_large(open_page: Open, paths: Paths) -> None:
    """WCAG 1.4.4 and 1.4.10: at 200% of 1280 the window is 640 wide, nothing may be cut off sideways."""
    page = open_page(640)
    for name, path in paths["en"].items():
        page.goto(path)
        room = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert room <= 0, name
