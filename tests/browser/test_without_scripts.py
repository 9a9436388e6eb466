"""Everything that matters, in a browser that runs no scripts."""

import re

import pytest
from browsing import PHONE, Open, Paths
from playwright.sync_api import Page, expect


@pytest.fixture
def plain(open_page: Open, width: int) -> Page:
    return open_page(width, scripts=False)


def test_a_search_is_a_plain_form(plain: Page) -> None:
    plain.goto("/en")
    plain.fill("#q", "towle")
    plain.press("#q", "Enter")
    plain.wait_for_url("**/en/products?q=towle")
    expect(plain.locator(".result-title").first).to_contain_text("owel")


def test_filters_are_sent_with_a_button(open_page: Open) -> None:
    plain = open_page(1280, scripts=False)
    plain.goto("/en/products?q=towel")
    gots = plain.locator("input[name=certificate][value=gots]")
    expected = int(gots.locator("xpath=ancestor::label").locator(".num").inner_text())
    gots.check()
    plain.locator(".filters-foot button").click()
    plain.wait_for_url(re.compile(r"/en/products\?q=towel&certificate=gots"))
    expect(plain.locator("h1")).to_contain_text(f"{expected} products")
    expect(gots).to_be_checked()
    plain.locator(".chosen a", has_text="GOTS").click()
    expect(gots).not_to_be_checked()


def test_the_sheet_of_a_phone_opens_by_its_address(open_page: Open) -> None:
    plain = open_page(PHONE, scripts=False)
    plain.goto("/en/products?q=towel")
    expect(plain.locator("#filters")).to_be_hidden()
    plain.locator(".pill").first.tap()
    expect(plain.locator("#filters")).to_be_visible()
    plain.locator("input[name=certificate][value=gots]").check()
    plain.locator(".filters-foot button").tap()
    plain.wait_for_url(re.compile("certificate=gots"))
    expect(plain.locator("#filters")).to_be_hidden()
    expect(plain.locator(".chosen")).to_contain_text("GOTS")


def test_the_order_has_a_button_of_its_own(plain: Page) -> None:
    plain.goto("/en/products?q=towel")
    plain.get_by_label("Sort by").select_option("price")
    plain.get_by_role("button", name="Sort", exact=True).click()
    plain.wait_for_url(re.compile("sort=price"))
    expect(plain.get_by_label("Sort by")).to_have_value("price")


def test_pages_are_links(plain: Page) -> None:
    plain.goto("/en/products")
    first = plain.locator(".result-title").first.inner_text()
    plain.locator(".paging a[rel=next]").click()
    plain.wait_for_url("**/en/products?page=2")
    expect(plain.locator(".result-title").first).not_to_have_text(first)


def test_a_quantity_is_computed_by_the_server(plain: Page, paths: Paths) -> None:
    plain.goto(paths["en"]["product"])
    total = plain.locator("[data-total]").inner_text()
    moq = int(plain.locator("#quantity").get_attribute("min") or "1")
    plain.fill("#quantity", str(moq * 2))
    plain.get_by_role("button", name="Calculate").click()
    plain.wait_for_url(re.compile(f"quantity={moq * 2}"))
    expect(plain.locator("[data-total]")).not_to_have_text(total)
    plain.goto(f"{paths['en']['product']}?quantity=1")
    expect(plain.locator("#quantity-problem")).to_contain_text("The smallest order is")
    expect(plain.locator("#quantity")).to_have_value("1")


def test_the_other_language_keeps_page_and_search(plain: Page) -> None:
    plain.goto("/en/products?q=towel&certificate=gots")
    menu = plain.locator(".menu > summary")
    if menu.is_visible():
        menu.click()
    plain.locator("header a[hreflang=tr]:visible").click()
    plain.wait_for_url("**/tr/products?q=towel&certificate=gots")
    expect(plain.locator("html")).to_have_attribute("lang", "tr")


def test_no_button_is_shown_that_needs_scripts(plain: Page, paths: Paths) -> None:
    for name in ("home", "product", "exporter", "heading"):
        plain.goto(paths["en"][name])
        assert (
            plain.locator(":is([data-copy], [data-copy-address], [data-theme-switch]):visible").count() == 0
        )
