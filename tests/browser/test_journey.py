"""The whole story in a browser, on a demo of its own: registered, verified, listed, found, kept, suspended."""

import re

import journey
from browsing import PHONE, Enter
from journey import FIRM, GOODS, Buyer, Firm
from playwright.sync_api import expect
from walker import mailed, walker

SMALL_FIRM = Firm(
    "Kâmil Ilgaz",
    "kamil@ilgazaltı-kilim.example",
    journey.vkn("702935118"),
    "Ilgazaltı Kilim Limited Şirketi",
    "Ilgazaltı Kilim",
)
BUYER = Buyer(
    "Franziska Ollmann",
    "f.ollmann@ollmann-badwaren.example",
    "Ollmann Badwaren GmbH",
    "DE",
    "https://www.ollmann-badwaren.example",
)
TAKEN = "7650859943"
"""The number of a firm of the demo."""


def test_from_registration_to_a_listing_that_is_found_kept_and_suspended(enter: Enter) -> None:
    """An exporter, the reviewer of the association, a visitor, an importer and the attaché, each at an own browser."""
    exporter, reviewer = enter(), enter()
    took = journey.to_first_listing(exporter, reviewer, FIRM, GOODS)
    assert took.screens <= 30
    assert took.found < 10

    visitor = enter().new_page()
    journey.appears(visitor, GOODS.name_en)
    visitor.get_by_role("link", name=GOODS.name_en).first.click()
    visitor.wait_for_url("**/products/*-*")
    expect(visitor.locator("h1")).to_have_text(GOODS.name_en)
    expect(visitor.locator("main")).to_contain_text(FIRM.trade_name)
    expect(visitor.locator("main")).to_contain_text("6302.60")
    picture = visitor.locator("main img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    address = visitor.url

    buyer = walker(enter())
    desk = journey.register_importer(buyer, BUYER)
    journey.keep_product(buyer, GOODS.name_en)
    buyer.open(f"/en/desk/{desk}")
    buyer.go("Ask to be verified")

    attache = walker(enter())
    journey.come_in(attache, "attache")
    journey.verify_importer(attache, BUYER)
    mailed(buyer, BUYER.email, "/products")
    buyer.open(f"/en/desk/{desk}")
    expect(buyer.page.locator(".desk-place")).to_contain_text("Verified")

    # The reviewer's window is still open; what they decide holds with their next click.
    colleague = walker(reviewer)
    org = re.search(r"/desk/([a-z0-9]{12})", exporter.pages[0].url)
    assert org
    journey.suspend_exporter(colleague, org[1], "The tax office has closed the firm.")
    gone = visitor.goto(address)
    assert gone is not None
    assert gone.status in (404, 410)
    assert journey.disappears(visitor, GOODS.name_en) < 5
    buyer.open("/en/saved")
    expect(buyer.page.locator("main")).to_contain_text("Not on the platform any more")


def test_a_firm_registers_on_a_phone_without_scripts(enter: Enter) -> None:
    me = walker(enter(PHONE, scripts=False))
    journey.register_exporter(me, SMALL_FIRM)
    org = journey.fill_in(me, SMALL_FIRM)
    expect(me.page.locator("main")).to_contain_text("Submitted")
    me.open(f"/en/desk/{org}/registration")
    expect(me.page.locator("h1")).to_have_text("This was handed in")


def test_a_number_that_is_taken_leads_to_a_claim(enter: Enter) -> None:
    """The second firm with a number is never made; its owner can ask for the first one."""
    other = SMALL_FIRM._replace(owner="Nuray Kastamon", email="nuray@ilgaz-kilim.example")
    me = walker(enter())
    journey.register_exporter(me, other)
    me.write("number", TAKEN)
    me.write("legal_name", "Honazdere İkinci Limited Şirketi")
    me.go("Continue")
    expect(me.page.locator("h1")).to_have_text("This number is registered already")
    me.write("message", "I keep the books of the firm since 2019.")
    me.go("Send the claim")
    me.page.wait_for_url(re.compile(r"/desk\b"))
