"""Narrowing results: facets, chips, order and pages change them without a reload, and the address says so."""

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from serving import Demo

TITLES = ".result-title a"


def _mark(page: Page) -> None:
    page.evaluate("() => { window.stayed = true }")


def _assert_stayed(page: Page) -> None:
    assert page.evaluate("() => window.stayed === true"), "the page was loaded anew"


def _box(page: Page, facet: str, value: str) -> Locator:
    return page.locator(f"input[name={facet}][value='{value}']")


def _count(box: Locator) -> int:
    return int(box.locator("xpath=ancestor::label").locator(".num").inner_text().replace(",", ""))


def _hrefs(page: Page) -> list[str]:
    return [re.sub(r"\?.*", "", link.get_attribute("href") or "") for link in page.locator(TITLES).all()]


def test_a_choice_changes_the_results_without_a_reload(wide: Page) -> None:
    wide.goto("/en/products?q=towel")
    all_of_them = wide.locator("h1").inner_text()
    _mark(wide)
    gots = _box(wide, "certificate", "gots")
    expected = _count(gots)
    gots.check()
    wide.wait_for_url("**/en/products?q=towel&certificate=gots")
    expect(wide.locator("h1")).to_contain_text(f"{expected} product")
    expect(_box(wide, "certificate", "gots")).to_be_checked()
    expect(_box(wide, "certificate", "gots")).to_be_focused()
    expect(wide.locator(".chosen")).to_contain_text("GOTS")
    expect(wide.locator("[data-count]")).to_contain_text(str(expected))
    assert "GOTS" in wide.locator(".result").first.inner_text()
    _assert_stayed(wide)
    wide.go_back()
    wide.wait_for_url("**/en/products?q=towel")
    expect(wide.locator("h1")).to_have_text(all_of_them)
    expect(_box(wide, "certificate", "gots")).not_to_be_checked()
    wide.go_forward()
    expect(wide.locator("h1")).to_contain_text(f"{expected} product")
    _assert_stayed(wide)


def test_the_same_address_opened_anew_shows_the_same(wide: Page) -> None:
    wide.goto("/en/products")
    _box(wide, "province", "20").check()
    wide.wait_for_url("**/en/products?province=20")
    expect(wide.locator(".chosen")).to_contain_text("Denizli")
    shown = _hrefs(wide), wide.locator("h1").inner_text()
    wide.reload()
    assert shown == (_hrefs(wide), wide.locator("h1").inner_text())


def test_values_of_one_facet_widen_and_their_counts_stay(wide: Page) -> None:
    wide.goto("/en/products?province=20")
    bursa = _box(wide, "province", "16")
    expected = _count(bursa) + _count(_box(wide, "province", "20"))
    bursa.check()
    expect(wide.locator("h1")).to_contain_text(f"{expected} products")


def test_a_chip_takes_its_choice_back(page: Page) -> None:
    page.goto("/en/products?q=towel&certificate=gots&micro=yes")
    _mark(page)
    page.locator(".chosen a", has_text="GOTS").click()
    page.wait_for_url("**/en/products?q=towel&micro=yes")
    expect(page.locator(".chosen a", has_text="GOTS")).to_have_count(0)
    _assert_stayed(page)


def test_all_choices_are_taken_back_at_once(page: Page) -> None:
    page.goto("/en/products?q=towel&certificate=gots&micro=yes&price_from=1")
    page.get_by_role("link", name="Clear all").click()
    page.wait_for_url("**/en/products?q=towel")
    expect(page.locator(".chosen")).to_have_count(0)


@pytest.mark.parametrize(("sort", "name"), [("price", "Lowest price"), ("-price", "Highest price")])
def test_the_order_is_the_one_asked_for(wide: Page, demo: Demo, sort: str, name: str) -> None:
    wide.goto("/en/products?q=towel")
    _mark(wide)
    wide.get_by_label("Sort by").select_option(label=name)
    wide.wait_for_url(f"**/en/products?q=towel&sort={sort}")
    asked = {"q": "towel", "sort": sort, "lang": "en"}
    data = httpx.get(f"{demo.address}/api/v1/products", params=asked).json()["data"]
    expected = [f"/en/products/{card['slug']}-{card['id']}" for card in data]
    expect(wide.locator(TITLES).first).to_have_attribute("href", expected[0])
    assert _hrefs(wide) == expected
    _assert_stayed(wide)


def test_pages_follow_each_other_without_repeating(page: Page) -> None:
    page.goto("/en/products?sector=home-textiles")
    _mark(page)
    first = _hrefs(page)
    page.locator(".paging").get_by_role("link", name="Next").click()
    page.wait_for_url("**/en/products?sector=home-textiles&page=2")
    expect(page.locator(".paging [aria-current]")).to_contain_text("2")
    assert not set(first) & set(_hrefs(page))
    expect(page.locator("h1")).to_be_in_viewport()
    _assert_stayed(page)
    page.go_back()
    expect(page.locator(".paging [aria-current]")).to_contain_text("1")
    assert _hrefs(page) == first


def test_a_new_choice_begins_at_the_first_page(wide: Page) -> None:
    wide.goto("/en/products?page=3")
    _box(wide, "micro", "yes").check()
    wide.wait_for_url("**/en/products?micro=yes")


def test_a_price_range_is_taken_while_it_is_typed(wide: Page) -> None:
    wide.goto("/en/products?q=towel")
    wide.locator("[data-facet=range] > summary").click()
    field = wide.get_by_label("To, EUR")
    field.press_sequentially("5")
    wide.wait_for_url("**/en/products?q=towel&price_to=5")
    expect(wide.get_by_label("To, EUR")).to_be_focused()
    expect(wide.locator(".chosen")).to_contain_text("5")


def test_a_price_that_is_none_is_refused_beside_its_field(page: Page) -> None:
    page.goto("/en/products?q=towel&price_from=abc")
    field = page.locator("#price_from")
    expect(field).to_have_value("abc")
    expect(field).to_have_attribute("aria-invalid", "true")
    said = page.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(said).to_have_text("Please give the price as a number, such as 12.50.")
    assert page.locator(TITLES).count() > 0


def test_many_values_are_shown_on_demand(wide: Page) -> None:
    wide.goto("/en/products")
    rest = wide.locator("[data-facet=province-rest]")
    assert rest.locator("input").first.is_hidden()
    rest.locator("summary").click()
    expect(rest.locator("input").first).to_be_visible()
    rest.locator("input").first.check()
    expect(wide.locator(".chosen")).to_be_visible()
    expect(wide.locator("[data-facet=province-rest] input:checked")).to_be_visible()


def test_exporters_are_narrowed_too(wide: Page) -> None:
    wide.goto("/en/exporters")
    expected = _count(_box(wide, "province", "20"))
    _box(wide, "province", "20").check()
    wide.wait_for_url("**/en/exporters?province=20")
    expect(wide.locator("h1")).to_contain_text(f"{expected} exporters")


def test_the_other_language_keeps_what_was_chosen_meanwhile(wide: Page) -> None:
    wide.goto("/en/products?q=towel")
    _box(wide, "certificate", "gots").check()
    wide.wait_for_url("**certificate=gots")
    expect(wide.locator(".chosen")).to_contain_text("GOTS")
    wide.locator(".tools a[hreflang=tr]").click()
    wide.wait_for_url("**/tr/products?q=towel&certificate=gots")


def test_on_a_phone_the_filters_are_a_sheet(phone: Page) -> None:
    phone.goto("/en/products?q=towel")
    sheet, pill = phone.locator("#filters"), phone.locator(".pill").first
    expect(sheet).to_be_hidden()
    _mark(phone)
    pill.tap()
    expect(sheet).to_be_visible()
    expect(sheet).to_have_role("dialog")
    assert sheet.evaluate("box => box.contains(document.activeElement)")
    gots = _box(phone, "certificate", "gots")
    expected = _count(gots)
    gots.check()
    expect(phone.locator(".filters-foot button")).to_have_text(f"Show {expected} products")
    expect(sheet).to_be_visible()
    phone.locator(".filters-foot button").tap()
    expect(sheet).to_be_hidden()
    expect(phone.locator("h1")).to_contain_text(f"{expected} products")
    expect(phone.locator(".pill").first).to_have_text("Filters (1)")
    phone.wait_for_url("**/en/products?q=towel&certificate=gots")
    _assert_stayed(phone)


def test_the_sheet_closes_by_escape_and_by_the_phones_back(phone: Page) -> None:
    phone.goto("/en/products?q=towel")
    sheet, pill = phone.locator("#filters"), phone.locator(".pill").first
    pill.tap()
    expect(sheet).to_be_visible()
    phone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(pill).to_be_focused()
    pill.tap()
    expect(sheet).to_be_visible()
    phone.go_back()
    expect(sheet).to_be_hidden()
    assert phone.url.endswith("/en/products?q=towel")


def test_the_sheet_keeps_the_focus(phone: Page) -> None:
    phone.goto("/en/products?q=towel")
    phone.locator(".pill").first.tap()
    expect(phone.locator("#filters")).to_be_visible()
    outside = "() => document.activeElement !== document.body && !document.activeElement.closest('#filters')"
    for _ in range(40):
        phone.keyboard.press("Tab")
        assert not phone.evaluate(outside), phone.evaluate("() => document.activeElement.outerHTML")


def test_a_pill_opens_the_sheet_at_its_facet(phone: Page) -> None:
    phone.goto("/en/products")
    phone.locator(".pill-facet[href='#f-province']").tap()
    expect(_box(phone, "province", "20")).to_be_in_viewport()
