"""The way of an order and of an inquiry in a browser, as both firms: one story for every width and without scripts.

Each step ends where its page says that it is taken. A station is a page that is looked at on the way.
"""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from looking import sideways, violations
from pictures import pdf
from playwright.sync_api import BrowserContext, Download, expect
from pypdf import PdfReader
from walker import Walker, walker

from kervan.demo.accounts import DOMAIN, PASSWORD

_CODE = re.compile(r"/verify([0-9A-Z]{20})")
_UBL = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"


class Diary(NamedTuple):
    """Where pictures of the stations are kept; `axe`: each is looked at by axe too; `widths`: others, too."""

    folder: Path
    axe: bool
    widths: tuple[int, ...] = ()

    def station(self, me: Walker, name: str) -> None:
        """A picture of the page; it never scrolls to the side, not even at 320 pixels, and axe finds nothing."""
        size = me.page.viewport_size
        assert size
        number = len(list(self.folder.glob("*.png"))) // (1 + len(self.widths)) + 1
        me.page.screenshot(path=self.folder / f"{number:02}-{name}.png", full_page=True)
        wrong = sideways(me.page, 320, size["width"])
        for width in self.widths:
            wrong += sideways(me.page, width)
            me.page.screenshot(path=self.folder / f"{number:02}-{name}-{width}.png", full_page=True)
        me.page.set_viewport_size(size)
        wrong += violations(me.page) if self.axe else []
        assert not wrong, f"{name}, {me.page.url}: {wrong}"


class Party(NamedTuple):
    """Somebody of a firm at a browser."""

    walker: Walker
    org: str
    """Public id of the firm."""
    name: str
    """What stands before the @ of the demo's domain."""

    def open(self, path: str) -> None:
        """A page of the firm's desk, by what comes behind it."""
        self.walker.open(f"/en/desk/{self.org}{path}")

    def said(self, words: str) -> None:
        """The page says so at its top."""
        expect(self.walker.page.locator("main .note-ok[role=status]").first).to_contain_text(words)


def came_in(context: BrowserContext, name: str) -> Party:
    """Signs in as somebody of the demo; with several firms it is the first."""
    me = walker(context)
    me.open("/en/sign-in")
    me.write("email", f"{name}@{DOMAIN}")
    me.write("password", PASSWORD)
    me.go("Sign in")
    if not re.search(r"/desk/[a-z0-9]{12}", me.page.url):
        me.open("/en/desk")
    if not re.search(r"/desk/[a-z0-9]{12}", me.page.url):
        me.press("main a[href*='/desk/']")
    org = re.search(r"/desk/([a-z0-9]{12})", me.page.url)
    assert org, me.page.url
    return Party(me, org[1], name)


def mail(party: Party, about: str, kind: str = "order_step", *, which: int = 1, seconds: float = 30) -> str:
    """Waits for the person's mail of a kind with these words in its subject; the address of the button in it.

    `which`: the first of them, the second ... In another tab, as journey.mailed.
    """
    tab = party.walker.page.context.new_page()
    try:
        for _ in range(int(seconds / 0.25)):
            tab.goto(f"/en/dev/mail?to={quote(f'{party.name}@{DOMAIN}')}")
            letters = tab.locator(f".mail-box-list a[href$='-{kind}']", has_text=about)
            if letters.count() >= which:
                # The newest stands first.
                tab.goto(letters.nth(letters.count() - which).get_attribute("href") or "")
                button = tab.locator(".mail-box-text a[href*='/desk/']").first
                found: str = button.get_attribute("href") or ""
                return found
            tab.wait_for_timeout(250)
    finally:
        tab.close()
    raise AssertionError(f"no mail to {party.name} about {about!r} within {seconds:g} seconds")


def find_product(me: Walker, name: str) -> None:
    """From the home page over the search to the product's page."""
    me.open("/en")
    me.page.locator("#q").fill(name)
    me.page.keyboard.press("Enter")
    me.page.wait_for_url("**/products?q=*")
    me.go(name, "link")
    expect(me.page.locator("h1")).to_have_text(name)


def put_into_cart(me: Walker, quantity: int) -> None:
    """Types the quantity beside the prices and presses the button."""
    me.page.locator("#quantity").fill(str(quantity))
    me.go("Add to order")
    me.page.wait_for_url(re.compile(r"/desk/[a-z0-9]{12}/carts/[a-z0-9]{12}"))


class Delivery(NamedTuple):
    """Where goods go, as it is typed."""

    country: str
    name: str
    street: str
    postcode: str
    city: str


def say_where(me: Walker, to: Delivery, incoterm: str) -> None:
    """Fills in the address and the terms of a cart."""
    me.choose("destination", to.country)
    for field in ("name", "street", "postcode", "city"):
        me.write(f"delivery.{field}", getattr(to, field))
    me.choose("incoterm", incoterm)
    me.write("place", to.city)


def send(buyer: Party) -> str:
    """Sends the cart; the order's public id."""
    buyer.walker.go("Send order")
    buyer.said("Your order is sent")
    found = re.search(r"/orders/([a-z0-9]{12})", buyer.walker.page.url)
    assert found, buyer.walker.page.url
    return found[1]


def number_of(party: Party) -> str:
    """The number of the order whose page is open."""
    found = re.search(r"Order (\S+)", party.walker.page.title())
    assert found
    return found[1]


def in_state(party: Party, order: str, state: str) -> None:
    """Opens the order: the page says so."""
    party.open(f"/orders/{order}")
    expect(party.walker.page.locator("h1 .badge")).to_have_text(state)


def accept(exporter: Party, order: str) -> None:
    """By the one prominent button."""
    exporter.open(f"/orders/{order}")
    exporter.walker.go("Accept the order")
    exporter.said("Accepted.")


def issue_proforma(exporter: Party, diary: Diary | None = None) -> None:
    """From the order's page."""
    me = exporter.walker
    me.go("Issue the proforma", "link")
    me.write("payment_terms", "30% in advance, the rest before dispatch")
    me.write("lead_days", "31")
    if not me.page.locator("#f-city").input_value():
        me.write("city", "Utrecht")
    if diary:
        diary.station(me, "proforma")
    me.go("Issue the proforma")
    exporter.said("The proforma is issued")


def issue_invoice(exporter: Party, diary: Diary | None = None) -> None:
    """With the rate of the day typed: the last one that the platform knows, which an exporter would look up."""
    me = exporter.walker
    me.go("Issue the invoice", "link")
    known = re.search(
        r"\b(\d+\.\d+)\b", me.page.locator(".form-group:has(#f-try_rate) .form-hint").last.inner_text()
    )
    assert known
    me.write("try_rate", known[1])
    me.latest("try_rate_on")
    if diary:
        diary.station(me, "invoice")
    me.go("Issue the invoice")
    exporter.said("The invoice is issued")


def pack(exporter: Party, diary: Diary | None = None) -> None:
    """The packing list and, behind the invoice, the export information form."""
    me = exporter.walker
    me.go("Packing list", "link")
    me.write("packages", "12")
    if diary:
        diary.station(me, "packing")
    me.go("Issue the papers")
    exporter.said("The papers of the parcel are issued")


def hand_over(exporter: Party, waybill: str, diary: Diary | None = None) -> None:
    """To a carrier of the list."""
    me = exporter.walker
    me.go("Hand over to the carrier", "link")
    me.choose("carrier", "ANKA")
    me.write("waybill", waybill)
    if diary:
        diary.station(me, "hand-over")
    me.go("The carrier has it")
    exporter.said("The parcel is with the carrier")


def register(exporter: Party, etgb: str, diary: Diary | None = None) -> None:
    """The number and the day of the declaration."""
    me = exporter.walker
    me.go("Enter the ETGB number", "link")
    me.write("etgb_number", etgb)
    if diary:
        diary.station(me, "etgb")
    me.go("Save the number")
    exporter.said("The ETGB number is entered")


def close(exporter: Party, diary: Diary | None = None) -> None:
    """The closing date (intaç)."""
    me = exporter.walker
    me.go("Enter the closing date", "link")
    me.latest("closed_on")
    if diary:
        diary.station(me, "closing")
    me.go("Save the closing date")
    exporter.said("The closing date is entered")


def arrive(importer: Party) -> None:
    """The importer notes that the goods are there."""
    me = importer.walker
    me.go("The goods have arrived", "link")
    me.latest("delivered_on")
    me.go("They have arrived")


def write_message(party: Party, text: str, file: str) -> None:
    """On the open page of an order or an inquiry, with a PDF of this name."""
    me = party.walker
    me.write("text", text)
    me.attach("files", file, pdf(text), "application/pdf")
    me.go("Send", place=".talk-compose")
    expect(me.page.locator(".talk-message.is-mine").last).to_contain_text(text)


def read_message(party: Party, text: str, file: str) -> None:
    """The other side's message stands on the open page, and its attachment is what was sent."""
    message = party.walker.page.locator(".talk-message:not(.is-mine)").last
    expect(message).to_contain_text(text)
    with party.walker.page.expect_download() as got:
        message.get_by_role("link", name=re.compile(re.escape(file))).click()
    assert _content(got.value).startswith(b"%PDF")


def papers(party: Party) -> dict[str, bytes]:
    """Every file under Documents on the open page of an order, by the last part of its address and its title."""
    found: dict[str, bytes] = {}
    for link in party.walker.page.locator(".documents a[download]").all():
        with party.walker.page.expect_download() as got:
            link.click()
        name = link.locator(".unseen").inner_text().rsplit(" ", 1)[0].strip()
        kind = (link.get_attribute("href") or "").rpartition("/")[2]
        found[f"{name} {kind}"] = _content(got.value)
    return found


def _content(got: Download) -> bytes:
    return Path(got.path()).read_bytes()


def is_invoice(content: bytes) -> bool:
    """Whether it is well-formed XML of a UBL invoice."""
    return ElementTree.fromstring(content).tag == _UBL


def code_of(content: bytes, folder: Path) -> str:
    """The code beneath the QR of a printed document, which stands behind the address of the page that checks it."""
    file = folder / "paper.pdf"
    file.write_bytes(content)
    text = "".join(page.extract_text() for page in PdfReader(file).pages)
    found = _CODE.search(re.sub(r"[\s\u200b\u00ad]", "", text))
    assert found, text
    return found[1]
