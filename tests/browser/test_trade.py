"""Trade in a browser, on a demo of its own: an order from search to closed declaration, inquiries to order and deal."""

import re
from pathlib import Path

import dealing
import pytest
from browsing import PHONE, WIDE, Enter
from dealing import Delivery, Diary, Party
from playwright.sync_api import Locator, Page, expect
from walker import walker

TOWEL = "Combed cotton terry hand towel 50 x 90 cm, 500 g/m²"
ROBE = "Waffle-weave light bathrobe, kimono collar, 220 g/m²"
PILLOWCASE = "Pillowcase 50 x 70 cm, striped sateen"
BATH_MAT = "Hotel bath mat 50 x 80 cm, 800 g/m²"
LYON = Delivery("FR", "Vasseur Épicerie Fine, dépôt", "14 rue des Tonneliers", "69007", "Lyon")
LODZ = Delivery("PL", "Wolna Dom, magazyn 2", "ul. Tkacka 9", "90-156", "Łódź")
ROTTERDAM = Delivery("NL", "Vonkeman Horeca", "Waalhaven 21", "3087 BM", "Rotterdam")


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    """Where pictures of the way are kept."""
    folder = tmp_path / "stations"
    folder.mkdir()
    return folder


def _look(page: Page, name: str) -> Locator:
    """A live figure of the cart."""
    return page.locator(f"#limits [data-look='{name}']")


def _quantity(page: Page) -> Locator:
    return page.locator(".cart-lines input[name^='quantity.']").first


def test_a_cart_says_at_every_key_what_still_fits(enter: Enter, stations: Path) -> None:
    """Weight and value move with the quantity; above the limit the sentence and the inquiry stand where sending was."""
    buyer = dealing.came_in(enter(), "claire.vasseur")
    me, diary = buyer.walker, Diary(stations, axe=True)
    page = me.page
    dealing.find_product(me, BATH_MAT)
    dealing.put_into_cart(me, 300)
    dealing.say_where(me, LYON, "DAP")
    send = page.get_by_role("button", name="Send order", exact=True)
    inquire = page.get_by_role("button", name="Turn this into an inquiry", exact=True)
    expect(send).to_be_visible()
    expect(inquire).to_be_hidden()
    weight, value = _look(page, "weight.used"), _look(page, "value.used")
    first = weight.inner_text(), value.inner_text()
    diary.station(me, "cart")

    _quantity(page).fill("600")
    expect(weight).not_to_have_text(first[0])
    expect(value).not_to_have_text(first[1])
    expect(page.locator("#limits")).to_have_attribute("data-state", "ok")

    _quantity(page).fill("30000")
    expect(page.locator("#limits")).to_have_attribute("data-state", "refused")
    refusal = page.locator("[data-list=refusals] li").first
    expect(refusal).to_be_visible()
    assert len(refusal.inner_text()) > 30
    expect(inquire).to_be_visible()
    expect(send).to_be_hidden()
    diary.station(me, "cart-over")

    _quantity(page).fill("7")
    expect(page.locator("[data-field^='quantity.'].is-wrong .form-error")).to_contain_text("300")
    _quantity(page).fill("300")
    expect(weight).to_have_text(first[0])
    expect(value).to_have_text(first[1])
    expect(refusal).to_be_hidden()
    expect(send).to_be_visible()
    expect(inquire).to_be_hidden()


@pytest.mark.parametrize(
    ("width", "name", "to"),
    [(WIDE, "claire.vasseur", LYON), (PHONE, "agnieszka.wolna", LODZ)],
    ids=["wide", "phone"],
)
def test_from_a_search_to_a_closed_declaration(
    enter: Enter, stations: Path, tmp_path: Path, width: int, name: str, to: Delivery
) -> None:
    """Both firms at their own browser, every paper downloaded, the code under the QR looked up by a stranger."""
    diary = Diary(stations, axe=width == WIDE)
    buyer = dealing.came_in(enter(width), name)
    seller = dealing.came_in(enter(width), "orders")

    dealing.find_product(buyer.walker, TOWEL)
    dealing.put_into_cart(buyer.walker, 400)
    _only(buyer, TOWEL)
    dealing.say_where(buyer.walker, to, "DAP")
    order = dealing.send(buyer)
    number = dealing.number_of(buyer)
    diary.station(buyer.walker, "sent")
    question = "Can the labels be printed in our language?"
    dealing.write_message(buyer, question, "etiketler.pdf")

    assert f"/orders/{order}" in dealing.mail(seller, number)
    assert f"/orders/{order}" in dealing.mail(seller, number, "message_received")
    seller.open(f"/orders?q={number}")
    seller.walker.go(number, "link")
    diary.station(seller.walker, "to-answer")
    dealing.read_message(seller, question, "etiketler.pdf")
    answer = "They can, at no extra cost."
    dealing.write_message(seller, answer, "proof.pdf")
    dealing.accept(seller, order)
    dealing.issue_proforma(seller, diary)

    assert f"/orders/{order}" in dealing.mail(buyer, f"Order {number}: the proforma is here")
    dealing.in_state(buyer, order, "Proforma sent")
    dealing.read_message(buyer, answer, "proof.pdf")
    proforma = dealing.papers(buyer)
    assert {"Proforma invoice pdf-tr", "Proforma invoice pdf-en"} == set(proforma)
    diary.station(buyer.walker, "to-confirm")
    buyer.walker.go("Confirm the proforma")
    buyer.said("Confirmed.")

    dealing.in_state(seller, order, "Confirmed")
    dealing.issue_invoice(seller, diary)
    dealing.pack(seller, diary)
    papers = dealing.papers(seller)
    _are_papers(papers)
    diary.station(seller.walker, "to-hand-over")
    dealing.hand_over(seller, f"AK{width}990412", diary)
    dealing.register(seller, f"26341300ET{width:08}", diary)
    dealing.close(seller, diary)
    diary.station(seller.walker, "closed")
    expect(seller.walker.page.locator(".vat-steps [aria-current=step]")).to_be_visible()

    dealing.mail(buyer, f"Order {number} has left Türkiye")
    dealing.in_state(buyer, order, "Exported")
    expect(buyer.walker.page.locator("main")).to_contain_text(f"26341300ET{width:08}")
    expect(buyer.walker.page.locator(".vat-steps")).to_have_count(0)
    dealing.arrive(buyer)
    dealing.in_state(buyer, order, "Delivered")
    diary.station(buyer.walker, "delivered")
    buyer.walker.go("Everything is in order")
    buyer.said("Thank you. The order is completed.")
    diary.station(buyer.walker, "completed")
    _are_papers(dealing.papers(buyer), xml=False)
    dealing.mail(seller, number, which=4)  # sent, confirmed, delivered, completed
    dealing.in_state(seller, order, "Completed")

    stranger = walker(enter(width))
    code = dealing.code_of(papers["Commercial invoice pdf-en"], tmp_path)
    stranger.open(f"/verify/{code}")  # as the QR has it, without a language
    expect(stranger.page.locator("h1")).to_have_text("This document is genuine")
    expect(stranger.page.locator("main")).to_contain_text("Pamukova Tekstil")
    expect(stranger.page.locator("main")).not_to_contain_text(to.name)
    diary.station(stranger, "verified")
    refused = stranger.page.goto(f"/en/desk/{buyer.org}/orders/{order}")
    assert refused
    assert "/sign-in" in stranger.page.url


def _only(buyer: Party, name: str) -> None:
    """The cart holds these goods alone."""
    page = buyer.walker.page
    while page.locator(".cart-line").count() > 1:
        page.locator(".cart-line", has_not_text=name).first.locator("button[name=remove]").click()
        page.wait_for_load_state()
    expect(page.locator(".cart-line")).to_have_count(1)


def _are_papers(papers: dict[str, bytes], *, xml: bool = True) -> None:
    """Each of the four in both languages, and the draft of the invoice for whom it belongs to."""
    titles = ("Proforma invoice", "Commercial invoice", "Packing list", "Export information form")
    assert {f"{title} pdf-{language}" for title in titles for language in ("tr", "en")} <= set(papers)
    assert all(content.startswith(b"%PDF") for name, content in papers.items() if "pdf" in name)
    drafts = [content for name, content in papers.items() if name.endswith("xml")]
    assert len(drafts) == 1 or not xml
    assert all(dealing.is_invoice(content) for content in drafts)


def test_a_cart_over_the_limit_is_an_inquiry_in_one_click_and_its_quote_an_order(
    enter: Enter, stations: Path
) -> None:
    """Nothing is typed twice: goods, place and terms are in the inquiry, and in the quote that answers it."""
    diary = Diary(stations, axe=True)
    buyer = dealing.came_in(enter(), "agnieszka.wolna")
    seller = dealing.came_in(enter(), "orders")
    page = buyer.walker.page
    dealing.find_product(buyer.walker, ROBE)
    dealing.put_into_cart(buyer.walker, 120)
    _only(buyer, ROBE)
    dealing.say_where(buyer.walker, LODZ, "DAP")
    _quantity(page).fill("12000")
    expect(page.locator("#limits")).to_have_attribute("data-state", "refused")
    buyer.walker.go("Turn this into an inquiry")
    buyer.said("Your cart is an inquiry now")
    diary.station(buyer.walker, "inquiry")
    inquiry = page.url.partition("?")[0].rpartition("/")[2]
    for words in (ROBE, "12,000", "Poland", "DAP"):
        expect(page.locator("main")).to_contain_text(words)
    number = page.locator("h1 .code").inner_text()

    seller.walker.open(_english(dealing.mail(seller, number, "inquiry_received")))
    expect(seller.walker.page.locator("main")).to_contain_text(ROBE)
    diary.station(seller.walker, "asked")
    seller.walker.go("Write a quote", "link")
    seller.walker.write("quantity_1", "240")
    seller.walker.write("price_1", "11.20")
    seller.walker.write("lead_days", "30")
    diary.station(seller.walker, "quote")
    seller.walker.go("Send the quote")
    seller.said("Your quote is sent")

    dealing.mail(buyer, number, "quote_sent")
    buyer.open(f"/inquiries/{inquiry}")
    diary.station(buyer.walker, "quoted")
    buyer.walker.press(".desk-head a.button-main, main a.button-main[href$='/accept']")
    diary.station(buyer.walker, "to-accept")
    _deliver(buyer, LODZ)
    buyer.walker.press("main form button.button-main")
    buyer.said("The quote is accepted")
    if "/orders/" not in page.url:
        buyer.walker.go("Open the order", "link")
    expect(page.locator("h1 .badge")).to_have_text("Accepted")
    expect(page.locator("main")).to_contain_text("240")


def test_two_quotes_are_compared_and_one_above_the_limits_becomes_a_deal(
    enter: Enter, stations: Path
) -> None:
    """No exporter sees the other's; the second acceptance is refused."""
    diary = Diary(stations, axe=True)
    buyer = dealing.came_in(enter(PHONE), "claire.vasseur")
    sellers = dealing.came_in(enter(), "orders"), dealing.came_in(enter(), "cem")
    me, page = buyer.walker, buyer.walker.page
    dealing.find_product(me, ROBE)
    page.locator("#quantity").fill("9000")
    me.go("Ask for a quote")
    page.wait_for_url(re.compile(r"/inquiries/new"))
    me.write("text", "For two spas that open in May; embroidered on the chest.")
    me.write("find_exporter", "Çürüksu")
    me.go("Find")
    page.locator(".rfq-firms label", has_text="Çürüksu Ev").click()
    me.choose("destination", "FR")
    diary.station(me, "new-inquiry")
    me.go("Send the inquiry")
    buyer.said("Your inquiry is on its way")
    inquiry = page.url.partition("?")[0]
    number = page.locator("h1 .code").inner_text()

    for seller, price, days in zip(sellers, ("11.40", "10.90"), ("30", "45"), strict=True):
        seller.walker.open(_english(dealing.mail(seller, number, "inquiry_received")))
        seller.walker.go("Write a quote", "link")
        if not seller.walker.field("name_1").input_value():
            seller.walker.write("name_1", "Waffle bathrobe")
        seller.walker.write("quantity_1", "9000")
        seller.walker.write("price_1", price)
        seller.walker.write("lead_days", days)
        seller.walker.go("Send the quote")
        seller.said("Your quote is sent")

    me.open(inquiry)
    table = page.locator(".rfq-compare")
    expect(table.locator("thead th")).to_have_count(2)
    for words in ("Pamukova Tekstil", "Çürüksu Ev", "102,600", "98,100", "lowest", "quickest"):
        expect(table).to_contain_text(words)
    diary.station(me, "compared")
    expect(sellers[1].walker.page.locator("main")).not_to_contain_text("102,600")
    accept = table.get_by_role("link", name=re.compile("Accept.*Çürüksu Ev"))
    other = table.get_by_role("link", name=re.compile("Accept.*Pamukova")).get_attribute("href")
    accept.click()
    page.wait_for_url(re.compile("/accept"))
    diary.station(me, "to-accept")
    me.press("main form button.button-main")
    if "/deals/" not in page.url:
        me.go("Open the checklist", "link")
    expect(page.locator("h1")).to_contain_text("Offline deal")
    diary.station(me, "deal")
    assert other
    me.open(other)
    expect(page.locator("main")).to_contain_text("cannot be accepted any more")


def _english(address: str) -> str:
    """The same page for somebody who reads English."""
    return re.sub(r"/tr/desk/", "/en/desk/", address)


def _deliver(buyer: Party, to: Delivery) -> None:
    """The address on the form that accepts a quote; what it knows already is typed over."""
    for field in ("name", "street", "postcode", "city"):
        buyer.walker.write(f"delivery_{field}", getattr(to, field))


def test_a_phone_without_scripts_orders_and_answers(enter: Enter, stations: Path) -> None:
    """A visitor's quantity survives the sign-in; figures come with the button; the exporter accepts the same way."""
    diary = Diary(stations, axe=False)
    me = walker(enter(PHONE, scripts=False))
    page = me.page
    dealing.find_product(me, PILLOWCASE)
    page.locator("#quantity").fill("400")
    me.go("Add to order")
    page.wait_for_url(re.compile(r"/sign-in"))
    me.write("email", f"pieter.vonk@{dealing.DOMAIN}")
    me.write("password", dealing.PASSWORD)
    me.go("Sign in")
    expect(page.locator("h1")).to_have_text(PILLOWCASE)
    expect(page.locator("#quantity")).to_have_value("400")
    me.go("Add to order")
    org = re.search(r"/desk/([a-z0-9]{12})", page.url)
    assert org
    buyer = Party(me, org[1], "pieter.vonk")
    _quantity(page).fill("40000")
    me.go("Update")
    expect(page.locator("[data-list=refusals] li").first).to_be_visible()
    expect(page.get_by_role("button", name="Send order", exact=True)).to_be_hidden()
    _quantity(page).fill("400")
    dealing.say_where(me, ROTTERDAM, "FCA")
    me.go("Update")
    expect(page.locator("[data-list=refusals]")).to_be_hidden()
    diary.station(me, "cart")
    order = dealing.send(buyer)

    seller = dealing.came_in(enter(PHONE, scripts=False), "cem")
    dealing.accept(seller, order)
    diary.station(seller.walker, "accepted")
    dealing.in_state(buyer, order, "Accepted")
