"""axe on every type of page and on what opens over it: no violation, in both languages, colours and widths."""

import pytest
from browsing import PHONE, WIDE, Open, Paths
from looking import dark_violations, violations
from playwright.sync_api import Page, expect
from walk import PAGES


def _both_colours(page: Page) -> list[str]:
    return violations(page) + dark_violations(page)


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
            wrong = _both_colours(page) if language == "en" else violations(page)
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
