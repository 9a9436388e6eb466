"""The way of people through the platform in a browser, by mouse and keyboard: told once for tests and for `make bench`.

Every page that is shown on the way is a screen; the mailbox is read in a tab of its own and counts for nothing.
"""

import re
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pictures import pdf, photo
from playwright.sync_api import BrowserContext, Page, expect
from stdnum.tr.vkn import calc_check_digit
from walker import Walker, mailed, walker

PASSWORD = "dokuma tezgahı 47 ilmek"


def vkn(nine: str) -> str:
    """A tax number of nobody: nine digits with their check digit."""
    return nine + calc_check_digit(nine)


class Firm(NamedTuple):
    """A firm that registers, and its owner."""

    owner: str
    email: str
    number: str
    legal_name: str
    trade_name: str


def register_exporter(walker: Walker, firm: Firm) -> None:
    """From the home page to a confirmed account, at the first screen of the firm's registration."""
    page = walker.page
    walker.open("/en")
    walker.open("/en/register")
    walker.press("main a[href='/en/register/exporter']")
    walker.write("name", firm.owner)
    walker.write("email", firm.email)
    walker.write("password", PASSWORD)
    walker.go("Register")
    page.wait_for_url("**/register/sent")
    walker.open(mailed(walker, firm.email, "/confirm/"))
    walker.write("password", PASSWORD)
    walker.go("Confirm and sign in")
    page.wait_for_url("**/desk/new-exporter")


def fill_in(walker: Walker, firm: Firm, papers: Sequence[str] = ("TAX_PLATE", "SIGNATURE_CIRCULAR")) -> str:
    """Through all screens of the registration until it is handed in; the firm's public id."""
    page = walker.page
    walker.write("number", firm.number)
    walker.write("legal_name", firm.legal_name)
    walker.write("trade_name", firm.trade_name)
    walker.go("Continue")
    walker.write("tax_office", "Gökpınar")
    walker.tick("business_model", "MANUFACTURER")
    walker.choose("association", "DENİB")
    walker.go("Continue")
    walker.choose("province", "20")
    walker.write("district", "Honaz")
    walker.write("address", "Kocabaş Mah. Tezgâh Sok. No: 8")
    walker.go("Continue")
    walker.tick("sectors", "home-textiles")
    walker.tick("languages", "tr")
    walker.tick("languages", "en")
    walker.go("Continue")
    walker.write("phone", "0258 211 14 53")
    walker.go("Continue")
    for kind in papers:
        walker.choose("kind", kind)
        walker.attach("file", f"{kind}.pdf", pdf(f"{kind} {firm.number}"), "application/pdf")
        walker.go("Add")
        expect(page.locator(".papers")).to_contain_text(f"{kind}.pdf")
    walker.go("Continue")
    walker.write("about_en", "We weave flat pestemals and hooded towels on our own looms in Honaz.")
    walker.go("Continue")
    for declaration in ("truth", "authority", "processing"):
        walker.tick(declaration, "1")
    walker.go("Continue")
    walker.go("Hand it in")
    found = re.search(r"/desk/([a-z0-9]{12})", page.url)
    assert found, page.url
    return found[1]


def come_in(walker: Walker, kind: str) -> None:
    """Signs in with a demo account by its button on the sign-in page, and types the code that the page shows.

    A code works once and the page shows two of a minute: who comes for the third time waits for the next half minute.
    """
    page = walker.page
    walker.open("/en/sign-in")
    walker.press(f"[data-demo='{kind}']")
    tried: set[str] = set()
    for _ in range(36):
        if "/sign-in/second" not in page.url:
            break
        shown = page.locator("main").inner_text()
        code = re.search(r"\b\d{6}\b", shown)
        assert code, shown
        if code[0] in tried:
            page.wait_for_timeout(2000)
            walker.open("/en/sign-in/second")
            continue
        tried.add(code[0])
        walker.write("code", code[0])
        walker.go("Go on")
    assert "/sign-in" not in page.url, page.locator("main").inner_text()


def verify_exporter(walker: Walker, firm: Firm) -> None:
    """A reviewer finds the firm in the queue, takes it, ticks every point and verifies it."""
    page = walker.page
    walker.open("/en/staff/exporters")
    walker.go(firm.legal_name, "link")
    walker.go("Take it")
    for box in page.locator(".checklist .form-option").all():
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            box.click()
    walker.go("Verify for a year")
    expect(page.locator(".desk-lead .badge").first).to_have_text("Verified")


class Goods(NamedTuple):
    """A product that is listed."""

    name_tr: str
    name_en: str
    sku: str
    tariff_words: str
    """What is typed to find the code."""
    code: str
    """Six digits, as they are shown: 6302.60."""
    price: str
    weight: str


def list_product(walker: Walker, org: str, goods: Goods) -> None:
    """From the desk to a product that is published with a price, a photo and a tariff code found while typing."""
    page = walker.page
    walker.open(f"/en/desk/{org}")
    walker.go("Products", "link", ".desk-nav")
    walker.press(f"main a[href$='/desk/{org}/products/new']")
    walker.write("name_tr", goods.name_tr)
    walker.write("name_en", goods.name_en)
    walker.write("sku", goods.sku)
    walker.write("hs_code", goods.tariff_words)
    _take_code(page, goods.code)
    walker.write("gross_weight_g", goods.weight)
    walker.write("moq", "50")
    walker.write("from_1", "50")
    walker.write("price_1", goods.price)
    walker.go("Save as draft")
    walker.press("main a[href$='/photos']")
    walker.attach("photo", "front.jpg", photo(1400, 1050, with_place=True), "image/jpeg")
    walker.go("Add photos")
    expect(page.locator(".photo-list img")).to_have_count(1)
    walker.go("Back to the product", "link")
    walker.go("Save and publish")
    expect(page.locator(".state-row .badge")).to_have_text("Published")


def _take_code(page: Page, code: str) -> None:
    """Opens the heading that the live search offers and takes the code below it, such as 6302.60."""
    for shown in (code[:4], code):
        page.locator(
            "[data-found] li button:not(.tariff-take)", has_text=re.compile(f"^{re.escape(shown)}")
        ).click()
    expect(page.locator("#f-hs_code")).to_have_value(code)


def appears(page: Page, words: str, *, seconds: float = 15) -> float:
    """Seconds until a search for the words shows a product with all of them in its name."""
    return _until(page, words, lambda names: any(words in name for name in names), seconds)


def disappears(page: Page, words: str, *, seconds: float = 15) -> float:
    """Seconds until no product with the words in its name is found any more."""
    return _until(page, words, lambda names: not any(words in name for name in names), seconds)


def _until(page: Page, words: str, right: Callable[[list[str]], bool], seconds: float) -> float:
    began = time.perf_counter()
    while True:
        page.goto("/en")
        page.locator("#q").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/products?q=*")
        gone = time.perf_counter() - began
        if right(page.locator(".result-title").all_inner_texts()):
            return gone
        assert gone < seconds, f"search results for {words!r} after {gone:.0f} seconds"
        page.wait_for_timeout(200)


FIRM = Firm(
    "Sevgi Tezgâhtar",
    "sevgi@honazdere-dokuma.example",
    vkn("831470692"),
    "Honazdere Dokuma Sanayi Limited Şirketi",
    "Honazdere Dokuma",
)


GOODS = Goods(
    "Honazdere keten şeritli peştemal 100x180 cm",
    "Honazdere pestemal with linen stripes",
    "HD-100180",
    "towel",
    "6302.60",
    "6.40",
    "380 g",
)


class Buyer(NamedTuple):
    """A firm abroad that registers, and its owner."""

    name: str
    email: str
    firm: str
    country: str
    website: str


def register_importer(walker: Walker, buyer: Buyer) -> str:
    """From the choice at /register to a confirmed account at the firm's desk; the firm's public id."""
    page = walker.page
    walker.open("/en/register")
    walker.press("main a[href='/en/register/importer']")
    walker.write("legal_name", buyer.firm)
    walker.choose("country", buyer.country)
    walker.write("contact_name", buyer.name)
    walker.write("contact_role", "Purchasing")
    walker.write("email", buyer.email)
    walker.write("password", PASSWORD)
    page.get_by_text("More about your firm").click()
    walker.write("website", buyer.website)
    walker.go("Register")
    page.wait_for_url("**/register/sent")
    walker.open(mailed(walker, buyer.email, "/confirm/"))
    walker.write("password", PASSWORD)
    walker.go("Confirm and sign in")
    found = re.search(r"/desk/([a-z0-9]{12})", page.url)
    assert found, page.url
    return found[1]


def keep_product(walker: Walker, name: str) -> None:
    """Searches for a product by its name, opens it, keeps it, and finds it again under Saved."""
    page = walker.page
    walker.open("/en")
    page.locator("#q").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/products?q=*")
    walker.go(name, "link")
    walker.go("Keep")
    expect(page.get_by_role("button", name="Kept", exact=True).first).to_be_visible()
    walker.open("/en/saved")
    expect(page.locator("main")).to_contain_text(name)


def verify_importer(walker: Walker, buyer: Buyer) -> None:
    """A trade attaché finds the firm in the queue, takes it, and verifies it on what was looked at."""
    page = walker.page
    walker.open("/en/staff/importers")
    walker.go(buyer.firm, "link")
    walker.go("I take this")
    walker.tick("looked_at", "website")
    walker.write("evidence", "Spoke with the owner by telephone; the entry in the register is of this firm.")
    walker.go("Verify")
    expect(page.locator("h1")).to_contain_text("Verified")


def suspend_exporter(walker: Walker, org: str, reason: str) -> None:
    """A reviewer suspends a verified firm."""
    page = walker.page
    walker.open(f"/en/staff/exporters/{org}")
    page.locator("summary", has_text="Suspend …").click()
    box = page.locator("details[open] textarea[name=reason]")
    box.click()
    page.keyboard.type(reason)
    walker.go("Suspend")
    expect(page.locator(".desk-lead")).to_contain_text("Suspended")


class Result(NamedTuple):
    """Registration to first listing: what it took the exporter; what the reviewer does is left out."""

    screens: int
    typed: int
    waited: float
    """Seconds of waiting for pages."""
    seconds: float
    """Waiting, mails, and the script's typing and clicking."""
    mails: float
    found: float
    """Seconds from publishing to being found by a visitor."""


def to_first_listing(exporter: BrowserContext, reviewer: BrowserContext, firm: Firm, goods: Goods) -> Result:
    """Registers a firm on a demo, has it verified by the demo's association, lists a product and finds it."""
    me = walker(exporter)
    register_exporter(me, firm)
    org = fill_in(me, firm)
    before = me.diary.seconds
    colleague = walker(reviewer)
    come_in(colleague, "association")
    verify_exporter(colleague, firm)
    apart = me.diary.seconds - before
    list_product(me, org, goods)
    diary = me.diary
    done = Result(diary.screens, diary.typed, diary.waited, diary.seconds - apart, diary.mails, 0.0)
    return done._replace(found=appears(colleague.page, goods.name_en))
