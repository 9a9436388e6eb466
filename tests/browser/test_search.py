"""Searching as a buyer does: by keyboard, with typos, in Turkish and in plain letters, with suggestions."""

import re

import pytest
from playwright.sync_api import Page, expect

TITLES = ".result-title"


def _tab_to(page: Page, selector: str, most: int = 14) -> None:
    """Presses Tab until the element that matches has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with {most} presses of Tab")


def _total(page: Page) -> int:
    found = re.search(r"\d[\d.,]*", page.locator("[data-count]").inner_text())
    assert found
    return int(re.sub(r"\D", "", found[0]))


def test_a_search_from_the_first_page_needs_only_the_keyboard(page: Page) -> None:
    page.goto("/en")
    _tab_to(page, "input[type=search]")
    page.keyboard.type("cotton towel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/products?q=cotton+towel")
    expect(page.locator("h1")).to_contain_text("“cotton towel”")
    expect(page.locator(TITLES).first).to_contain_text("owel")
    assert _total(page) > 0


def test_the_first_press_of_tab_offers_to_skip_to_the_content(page: Page) -> None:
    page.goto("/en/products")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_typo_finds_what_was_meant(wide: Page) -> None:
    wide.goto("/en")
    wide.fill("#q", "towle")
    wide.press("#q", "Enter")
    expect(wide.locator(TITLES).first).to_contain_text("owel")


@pytest.mark.parametrize("typed", ["zeytinyağı", "zeytinyagi", "ZEYTİNYAĞI", "ZEYTINYAGI"])
def test_turkish_letters_and_plain_ones_find_the_same(wide: Page, typed: str) -> None:
    wide.goto("/tr")
    wide.fill("#q", typed)
    wide.press("#q", "Enter")
    expect(wide.locator(TITLES).first).to_contain_text("eytinyağı")
    found = [_total(wide), *wide.locator(TITLES).all_inner_texts()]
    wide.goto("/tr/products?q=zeytinya%C4%9F%C4%B1")
    assert found == [_total(wide), *wide.locator(TITLES).all_inner_texts()]


def test_a_code_with_dots_finds_its_goods(wide: Page) -> None:
    wide.goto("/en/products")
    wide.fill("#head-search", "6302.60")
    wide.press("#head-search", "Enter")
    wide.wait_for_url("**/en/products?q=6302.60")
    for chip in wide.locator(".result .chip:has-text('HS')").all_inner_texts():
        assert chip.replace(".", "").endswith("630260")


def test_what_was_searched_stays_in_the_field(page: Page) -> None:
    page.goto("/en/products?q=olive+oil")
    expect(page.locator("#head-search")).to_have_value("olive oil")


def test_suggestions_are_chosen_with_the_arrow_keys(page: Page) -> None:
    page.goto("/en")
    field, box = page.locator("#q"), page.get_by_role("listbox")
    expect(field).to_have_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("towe")
    expect(box).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-controls", box.get_attribute("id") or "")
    options = page.get_by_role("option")
    last = options.count() - 1
    assert last > 0
    field.press("ArrowDown")
    _expect_chosen(page, 0)
    field.press("ArrowDown")
    _expect_chosen(page, 1)
    field.press("ArrowUp")
    field.press("ArrowUp")
    _expect_chosen(page, None)
    field.press("ArrowUp")
    _expect_chosen(page, last)
    expect(field).to_be_focused()
    field.press("ArrowDown")
    field.press("ArrowDown")
    name = options.nth(0).locator("bdi").first.inner_text()
    field.press("Enter")
    page.wait_for_url("**/en/products/*")
    expect(page.locator("h1")).to_have_text(name)


def _expect_chosen(page: Page, number: int | None) -> None:
    field, options = page.get_by_role("combobox"), page.get_by_role("option")
    for n in range(options.count()):
        expect(options.nth(n)).to_have_attribute("aria-selected", "true" if n == number else "false")
    if number is None:
        assert field.get_attribute("aria-activedescendant") is None
    else:
        expect(field).to_have_attribute(
            "aria-activedescendant", options.nth(number).get_attribute("id") or ""
        )
        expect(options.nth(number)).to_be_in_viewport()


def test_escape_closes_suggestions_and_keeps_what_was_typed(page: Page) -> None:
    page.goto("/en")
    field = page.locator("#q")
    field.press_sequentially("towe")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("ArrowDown")
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("towe")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Enter")
    page.wait_for_url("**/en/products?q=towe")


def test_a_suggestion_is_chosen_with_a_finger(phone: Page) -> None:
    phone.goto("/tr")
    phone.locator("#q").press_sequentially("havl")
    option = phone.get_by_role("option").first
    name = option.locator("bdi").first.inner_text()
    option.tap()
    phone.wait_for_url("**/tr/products/*")
    expect(phone.locator("h1")).to_have_text(name)


def test_suggestions_come_in_groups_with_headings_and_exporters(wide: Page) -> None:
    wide.goto("/en")
    wide.locator("#q").press_sequentially("towels")
    expect(wide.get_by_role("group", name="Products")).to_be_visible()
    headings = wide.get_by_role("group", name="Headings")
    expect(headings).to_be_visible()
    expect(headings).to_contain_text("6302")
    wide.fill("#q", "")
    wide.locator("#q").press_sequentially("pamukova")
    expect(wide.get_by_role("group", name="Exporters")).to_be_visible()


def test_the_number_of_suggestions_is_announced(wide: Page) -> None:
    wide.goto("/en")
    wide.locator("#q").press_sequentially("towel")
    status = wide.locator("form.search [role=status]").first
    expect(status).to_contain_text("suggestions")
    wide.fill("#q", "xqzvwk")
    expect(status).to_have_text("No suggestions")
    expect(wide.get_by_role("listbox")).to_be_hidden()


def test_html_in_a_search_is_text(page: Page) -> None:
    page.goto("/en")
    page.fill("#q", "<img src=x onerror=alert(1)>'\"")
    page.press("#q", "Enter")
    expect(page.locator("h1")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img[src=x]").count() == 0


def test_nothing_found_says_what_to_do(page: Page) -> None:
    page.goto("/en/products?q=xqzvwk")
    expect(page.locator("h2").filter(has_text="Here is what you can do")).to_be_visible()
    page.get_by_role("link", name="Browse by section, chapter and heading").click()
    page.wait_for_url("**/en/browse")


def test_a_heading_is_picked_for_a_registration_by_words_and_keys_alone(page: Page) -> None:
    page.goto("/en/register/importer")
    page.get_by_text("More about your firm").click()
    field = page.locator("input[name=heading_words]")
    field.focus()
    page.keyboard.type("towel")
    offered = page.locator("#headings-0 [role=option]")
    expect(offered.first).to_contain_text("6302")
    page.keyboard.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Enter")
    expect(page.locator("input[name=headings][value='6302']")).to_be_checked()
    expect(page.locator("#headings-0")).to_be_hidden()
    expect(field).to_have_value("")
    assert page.url.endswith("/en/register/importer")
