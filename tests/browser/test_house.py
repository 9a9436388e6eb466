"""What every page owes its reader: language, colours, width, focus, room for a finger, calm while it loads."""

import re

import pytest
from browsing import PHONE, WIDE, Open, Paths
from looking import focused, sideways, small
from playwright.sync_api import Page, expect
from walk import PAGES, STATUS

_SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("language", ["en", "tr"])
def test_no_page_scrolls_sideways(open_page: Open, paths: Paths, language: str) -> None:
    """Narrow phones too, and once more laid out from right to left."""
    page = open_page(PHONE)
    wrong = {}
    for name, path in paths[language].items():
        page.goto(path)
        if found := sideways(page, PHONE, 320, WIDE):
            wrong[name] = found
    assert not wrong


def test_pages_can_be_looked_at_from_right_to_left(wide: Page) -> None:
    wide.goto("/en/products?q=towel&dir=rtl")
    expect(wide.locator("html")).to_have_attribute("dir", "rtl")
    filters, results = wide.locator("#filters").bounding_box(), wide.locator("#list").bounding_box()
    assert filters is not None
    assert results is not None
    assert filters["x"] > results["x"]


def test_a_long_name_in_latin_letters_stands_where_an_arabic_page_begins(phone: Page) -> None:
    phone.goto("/en/events?dir=rtl")
    names = phone.locator("#list .result-title a > bdi")
    expect(names.first).to_be_visible()
    assert set(names.evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")) == {"right"}


@pytest.mark.parametrize("name", ["home", "results", "product"])
def test_nothing_jumps_while_a_page_loads(page: Page, paths: Paths, name: str) -> None:
    page.add_init_script(_SHIFTS)
    page.goto(paths["en"][name], wait_until="networkidle")
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.shifts") <= 0.05


@pytest.mark.parametrize("name", ["home", "results", "product", "exporter", "chapter", "help"])
def test_the_focus_is_seen_on_everything_that_takes_it(wide: Page, paths: Paths, name: str) -> None:
    wide.goto(paths["en"][name])
    unseen = []
    stops = 0
    for _ in range(60):
        wide.keyboard.press("Tab")
        found = focused(wide)
        if found is None:
            break
        stops += 1
        if found:
            unseen.append(found)
    assert stops > 10
    assert not unseen


@pytest.mark.parametrize(
    "name",
    [
        "home", "results", "narrowed", "product", "exporter", "requests", "requests-found", "request", "events",
        "events-found", "month", "event", "guest", "heading", "missing",
    ],
)  # fmt: skip
def test_a_finger_hits_what_it_aims_at(phone: Page, paths: Paths, name: str) -> None:
    phone.goto(paths["en"][name])
    if phone.locator(".pill").count():
        phone.locator(".pill").first.tap()
        expect(phone.locator("#filters")).to_be_visible()
        low = small(
            phone,
            "#filters :is(a, button, summary, label.check, input:not([type=checkbox], [type=radio], [type=hidden]))",
            44,
        )
        assert not low
        phone.keyboard.press("Escape")
    phone.locator(".menu > summary").tap()
    low = small(
        phone, "header :is(a, button, summary, input), .pill, .paging a, .button, .chosen a, select", 44
    )
    phone.keyboard.press("Escape")
    # Links within a sentence are as high as their line; everything else leaves room for a fingertip.
    low += small(phone, "main :is(a, button, summary):not(p a, dd a, td a, h2 a, h3 a, .crumbs a)", 24)
    assert not low


@pytest.mark.parametrize("name", PAGES)
def test_the_other_language_is_the_same_page(wide: Page, paths: Paths, name: str) -> None:
    start = paths["en"][name]
    wide.goto(start)
    wide.locator(".tools a[hreflang=tr]").click()
    wide.wait_for_url(f"**{paths['tr'][name]}")
    expect(wide.locator("html")).to_have_attribute("lang", "tr")
    wide.locator(".tools a[hreflang=en]").click()
    wide.wait_for_url(f"**{start}")
    expect(wide.locator("html")).to_have_attribute("lang", "en")


def test_on_a_phone_the_language_is_in_the_menu(phone: Page) -> None:
    phone.goto("/en/products?q=towel")
    phone.locator(".menu > summary").tap()
    phone.locator(".menu-panel a[hreflang=tr]").tap()
    phone.wait_for_url("**/tr/products?q=towel")


def test_the_first_visit_is_in_the_readers_language(open_page: Open) -> None:
    for locale, language in (("tr-TR", "tr"), ("de-DE", "en")):
        page = open_page(WIDE, locale=locale)
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("lang", language)


def test_the_chosen_colours_stay(page: Page) -> None:
    page.goto("/en")
    menu = page.locator(".menu > summary")
    if menu.is_visible():
        menu.click()
    before = _paper(page)
    page.locator("[data-theme-switch]:visible").click()
    after = _paper(page)
    assert after != before
    page.reload()
    assert _paper(page) == after
    page.goto("/tr/products?q=havlu")
    assert _paper(page) == after


def _paper(page: Page) -> str:
    found: str = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return found


def test_the_systems_colours_are_the_first_choice(open_page: Open) -> None:
    papers = set()
    for scheme in ("light", "dark"):
        page = open_page(WIDE, color_scheme=scheme)
        page.goto("/en")
        papers.add(_paper(page))
    assert len(papers) == 2


def test_an_unknown_page_helps_on(page: Page) -> None:
    answer = page.goto("/en/no-such-page")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("We could not find this page")
    field = page.locator("main input[type=search]")
    field.fill("towel")
    field.press("Enter")
    page.wait_for_url("**/en/products?q=towel")


def test_the_tariff_is_walked_from_section_to_goods(page: Page) -> None:
    page.goto("/en/browse")
    page.get_by_role("link", name=re.compile("^63 ")).click()
    page.wait_for_url("**/en/browse/63")
    page.locator(".codes a[href='/en/browse/6302']").click()
    page.wait_for_url("**/en/browse/6302")
    page.get_by_role("link", name=re.compile("See all .* products")).click()
    page.wait_for_url("**/en/products?heading=6302")
    page.locator(".result-title a").first.click()
    expect(page.locator(".crumbs")).to_contain_text("6302")


def test_examples_of_the_help_page_find_something(wide: Page) -> None:
    wide.goto("/en/help")
    links = [link.get_attribute("href") for link in wide.locator("td a").all()]
    assert len(links) > 4
    for link in links:
        wide.goto(link or "")
        assert wide.locator(".result").count() > 0, link


def test_statuses_are_what_they_should_be(wide: Page, paths: Paths) -> None:
    for name, path in paths["tr"].items():
        answer = wide.goto(path)
        assert answer is not None
        assert answer.status == STATUS.get(name, 200), path
