"""The request board in a browser, on a demo of its own: a post and an importer ask, and both are answered."""

import re
from pathlib import Path

import dealing
import pytest
import wanting
from browsing import PHONE, WIDE, Enter
from dealing import Diary
from playwright.sync_api import expect
from serving import Demo
from walker import walker
from wanting import Buyer, Wanted

from kervan.web.i18n import gettext

SPA = Buyer(
    "Heidesee Thermen GmbH",
    "Wiebke Tannhäuser",
    "Head of purchasing",
    "Wiebke Tannhäuser, head of purchasing",
)
TOWELS = Wanted(
    title="Terry bath towels for three thermal spas",
    summary="A spa company in Brandenburg looks for 9,000 white terry bath towels for its three houses.",
    description="White cotton terry, double twisted yarn, for washing at 90 °C at least 150 times. Two deliveries.",
    code="6302",
    quantity="9000",
    target_price="5.80",
    place="Cottbus",
    incoterm="DAP",
    buyer_type="HOSPITALITY",
    days=40,
    specs=(("Size", "70 × 140 cm"), ("Weight", "500 g/m²")),
    certificate=("Textiles and leather", "oeko-tex-100"),
)
LINEN = Wanted(
    title="Cotton percale bed linen for guest houses",
    summary="A wholesaler in Leipzig looks for 1,200 sets of percale bed linen for guest houses in Saxony.",
    description="Cotton percale, 200 threads per inch, pillowcase 80 × 80 cm and duvet cover 135 × 200 cm.",
    code="6302",
    quantity="1200",
    target_price="18.50",
    place="Leipzig",
    incoterm="FCA",
    buyer_type="IMPORTER",
    days=35,
    certificate=("Textiles and leather", "gots"),
)
ALERT = "Havlu ve bornoz"
"""The alert of the order desk at Pamukova Tekstil in the demo."""


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    """Where pictures of the way are kept."""
    folder = tmp_path / "stations"
    folder.mkdir()
    return folder


def test_an_attache_asks_for_a_buyer_and_hears_what_became_of_it(
    enter: Enter, own_demo: Demo, stations: Path
) -> None:
    """Published at once, told once to whom it fits; two quotes, a question, one taken, the other told, the outcome."""
    diary = Diary(stations, axe=True)
    seller = wanting.came_in(enter(), "orders")
    other = wanting.came_in(enter(PHONE), "cem")
    before = wanting.unread(seller.walker.page)
    post = wanting.at_post(enter())
    me, page = post.walker, post.walker.page

    wanting.register_buyer(post, SPA)
    wanting.write_consent(post, SPA)
    wanting.write(me, TOWELS)
    diary.station(me, "asking")
    me.go("Publish")
    post.said("Published. Exporters whose alerts fit hear of it now.")
    request = wanting.request_of(page)
    number = page.locator(".crumbs [aria-current=page]").inner_text()
    expect(page.locator("main")).to_contain_text(SPA.agreed)
    diary.station(me, "published")

    wanting.bell_rises(seller.walker.page, before)
    lines = wanting.told_lines(seller.walker.page)
    expect(lines.filter(has_text=TOWELS.title)).to_have_count(1)
    diary.station(seller.walker, "bell")
    mail = wanting.letter(seller, TOWELS.title, "request_alert")
    for words in (number, TOWELS.summary, ALERT, gettext("tr", "Look at the request")):
        assert words in mail.text, words
    assert "/alerts/stop/" in mail.link("/alerts/stop/")
    assert "List-Unsubscribe" in mail.headers
    assert SPA.name not in mail.text

    seller.walker.open(mail.link(f"-{request}"))
    expect(seller.walker.page.locator("main")).to_contain_text(TOWELS.description)
    diary.station(seller.walker, "from-the-mail")
    expect(seller.walker.page.locator("main")).not_to_contain_text(SPA.agreed)
    seller.walker.go("Answer this request", "link")
    expect(seller.walker.page.locator(".match-why .is-good").first).to_be_visible()
    diary.station(seller.walker, "reasons")
    seller.walker.go("Send a quote")
    wanting.write_quote(seller.walker, "5.60", "28", "Both deliveries are no problem.")
    diary.station(seller.walker, "quote")
    wanting.send_quote(seller)
    wanting.begin_answer(other, request, "Send a quote")
    wanting.write_quote(other.walker, "5.35", "45", "In bales of 50.")
    diary.station(other.walker, "other-quote")
    wanting.send_quote(other)
    expect(other.walker.page.locator("main")).not_to_contain_text("50,400")

    wanting.letter(post, number, "quote_sent")
    me.open(f"/en/staff/requests/{request}")
    diary.station(me, "answered")
    me.go("Compare and decide", "link")
    answers = page.url
    table = page.locator(".rfq-compare")
    expect(table.locator("thead th")).to_have_count(2)
    for words in ("Pamukova Tekstil", "Çürüksu Ev", "50,400", "48,150", "lowest", "quickest"):
        expect(table).to_contain_text(words)
    firms = table.locator("thead th").all_inner_texts()
    column = next(n for n, firm in enumerate(firms) if "Pamukova" in firm)
    with page.expect_navigation():
        table.get_by_role("button", name="Short list", exact=True).nth(column).click()
    expect(table.locator("thead th").nth(column)).to_contain_text("Short list")
    diary.station(me, "compared")

    me.press(".rfq-compare thead a:has-text('Pamukova')")
    wanting.write_message(post, "Can the first 3,000 be in Cottbus before Easter?")
    diary.station(me, "asked")
    wanting.letter(seller, number, "message_received")
    seller.walker.page.reload()
    wanting.is_told(seller, "Can the first 3,000 be in Cottbus before Easter?")
    wanting.write_message(seller, "They can.")

    me.open(answers)
    table.get_by_role("link", name=re.compile("Accept.*Pamukova")).click()
    page.wait_for_url(re.compile("/accept"))
    diary.station(me, "to-accept")
    me.press("main form button.button-main")
    if "/deals/" not in page.url:
        me.go("Open the checklist", "link")
    expect(page.locator("h1")).to_contain_text("Offline deal")
    diary.station(me, "deal")
    wanting.letter(seller, "", "quote_accepted")
    declined = wanting.letter(other, "", "quote_declined")
    assert number in declined.text
    assert "Pamukova" not in declined.text
    other.walker.page.reload()
    expect(other.walker.page.locator("main")).to_contain_text("Your quote was not taken.")
    diary.station(other.walker, "not-taken")

    stranger = walker(enter(PHONE))
    stranger.open(mail.link(f"-{request}"))
    expect(stranger.page.locator("main")).to_contain_text("The buyer has taken a quote.")
    expect(stranger.page.locator("main")).not_to_contain_text(TOWELS.description)
    diary.station(stranger, "awarded")

    assert wanting.three_months_later(own_demo, request) == 4
    asked = wanting.letter(seller, number, "outcome_asked")
    stranger.open(asked.link("/outcome/"))
    expect(stranger.page.locator("main")).to_contain_text(TOWELS.title)
    expect(stranger.page.locator("header input[type=search]").first).to_have_value("")
    stranger.tick("result", "WON")
    stranger.choose("value_band", "UP_TO_100K")
    diary.station(stranger, "outcome")
    stranger.go("Send")
    expect(stranger.page.locator("h1")).to_have_text("Thank you")
    stranger.open(wanting.letter(post, number, "outcome_asked").link("/outcome/"))
    stranger.tick("result", "WON")
    stranger.go("Send")
    expect(stranger.page.locator("h1")).to_have_text("Thank you")
    diary.station(stranger, "outcome-told")


def test_an_importer_asks_mends_invites_and_is_asked_back(enter: Enter, stations: Path) -> None:
    """On a phone: refused beside the field, sent back with a reason, mended, published, an exporter invited."""
    diary = Diary(stations, axe=True)
    buyer = dealing.came_in(enter(PHONE), "importer")
    me, page = buyer.walker, buyer.walker.page
    me.open(wanting.BOARD)
    diary.station(me, "board")
    me.go("Post a request", "link")
    wanting.write(me, LINEN)
    wanting.deadline(me, -1)
    me.go("Send for review")
    wrong = page.locator(".is-wrong", has=me.field("deadline"))
    expect(wrong.locator(".form-error")).to_be_visible()
    assert len(wrong.locator(".form-error").inner_text()) > 20
    for name, value in (("title", LINEN.title), ("description", LINEN.description), ("quantity", "1200")):
        expect(me.field(name)).to_have_value(value)
    expect(page.locator("input[name=certificates][value=gots]")).to_be_checked()
    diary.station(me, "refused")
    wanting.deadline(me, LINEN.days)
    me.go("Send for review")
    expect(page.locator(".ask-similar")).to_contain_text("Cotton percale bed linen, hotel quality")
    diary.station(me, "similar")
    me.go("It is another one: send it")
    buyer.said("Your request is with the reviewer.")
    request = wanting.request_of(page)
    diary.station(me, "sent")

    post = wanting.at_post(enter())
    staff = post.walker
    staff.open("/en/staff/requests")
    diary.station(staff, "queue")
    staff.go(LINEN.title, "link")
    diary.station(staff, "review")
    reason = "Please say in which colours, and how the covers are closed."
    wanting.send_back(post, reason)

    back = wanting.letter(buyer, "came back", "request_step")
    assert reason in back.text
    me.open(back.link(f"/requests/{request}"))
    expect(page.locator("main")).to_contain_text(reason)
    diary.station(me, "came-back")
    me.go("Change", "link")
    mended = f"{LINEN.description} White and moss; the covers close with buttons."
    me.write("description", mended)
    me.go("Send for review")
    me.go("It is another one: send it")
    buyer.said("Your request is with the reviewer.")

    staff.open(f"/en/staff/requests/{request}")
    expect(staff.page.locator("main")).to_contain_text("close with buttons")
    staff.go("Publish")
    diary.station(staff, "similar-to-the-reviewer")
    staff.go("It is another one: publish all the same")
    post.said("Published.")
    wanting.letter(buyer, "is on the board", "request_step")
    buyer.open(f"/requests/{request}")
    expect(page.locator("main")).to_contain_text("Exporters can answer until")
    card = page.locator(".match-card", has_text="Çürüksu Ev")
    card.locator("summary").click()
    expect(card.locator(".match-why .is-good").first).to_be_visible()
    diary.station(me, "published")
    card.locator(".match-tick").click()
    me.go("Invite to quote")
    buyer.said("The invitations are on their way.")
    expect(page.locator(".match-card", has_text="Çürüksu Ev")).to_contain_text("Invited on")

    seller = wanting.came_in(enter(PHONE), "cem")
    wanting.letter(seller, LINEN.title, "request_invitation")
    seller.open("/board?tab=invited")
    expect(seller.walker.page.locator("main")).to_contain_text("Invited on")
    diary.station(seller.walker, "invited")
    seller.walker.go(LINEN.title, "link")
    diary.station(seller.walker, "invitation")
    seller.walker.go("Ask a question")
    question = "Which yarn count do you have in mind?"
    wanting.write_message(seller, question)
    diary.station(seller.walker, "asked")

    wanting.letter(buyer, "", "message_received")
    buyer.open(f"/requests/{request}")
    expect(page.locator(".stats")).to_contain_text("talk to read")
    me.press(".stats a:has-text('talk to read')")
    me.press(".rfq-asked a:has-text('Çürüksu Ev')")
    wanting.is_told(buyer, question)
    wanting.write_message(buyer, "Ne 20/2, combed.")
    diary.station(me, "answered")
    seller.walker.page.reload()
    wanting.is_told(seller, "Ne 20/2, combed.")


@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_board_needs_no_scripts(enter: Enter, stations: Path, width: int) -> None:
    """Search, a facet, the order, a request, the Atom feed of what was searched."""
    diary = Diary(stations, axe=False)
    me = walker(enter(width, scripts=False))
    page = me.page
    me.open(wanting.BOARD)
    every = wanting.count_of(page)
    assert every > 40
    page.locator("#board-q").fill("towel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests?q=towel")
    found = wanting.count_of(page)
    assert 0 < found < every
    diary.station(me, "found")
    if width == PHONE:
        page.locator(".pill").first.click()
    germany = page.locator("input[name=country][value=DE]")
    expected = int(germany.locator("xpath=ancestor::label").locator(".num").inner_text())
    germany.check()
    me.press(".filters-foot button")
    assert wanting.count_of(page) == expected
    expect(page.locator(".chosen")).to_contain_text("Germany")
    page.get_by_label("Sort by").select_option("closing")
    me.go("Sort")
    expect(page.get_by_label("Sort by")).to_have_value("closing")
    left = [int(text.split()[0]) for text in page.locator(".result .left").all_inner_texts()]
    assert left == sorted(left)
    diary.station(me, "narrowed")
    titles = page.locator(".result-title").all_inner_texts()
    atom = page.locator(".board-feeds a", has_text="Atom").get_attribute("href") or ""
    feed = page.context.request.get(atom)
    assert feed.ok
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert all(title in feed.text() for title in titles)
    me.press(".result-title a")
    expect(page.locator("h1")).to_have_text(titles[0])
    expect(page.locator("main")).to_contain_text("There is more to this request")
    diary.station(me, "one")


def test_an_alert_comes_of_a_search_and_ends_by_its_mail(enter: Enter, stations: Path) -> None:
    """Without scripts; what it found is published by a post, and the link in the mail needs no account."""
    diary = Diary(stations, axe=False)
    seller = dealing.came_in(enter(PHONE, scripts=False), "orders")
    me, page = seller.walker, seller.walker.page
    me.open(f"{wanting.BOARD}?country=DE&sector=home-textiles")
    me.go("Alert me to requests like these", "link")
    name = me.field("name").input_value()
    assert name
    diary.station(me, "new-alert")
    me.go("Switch the alert on")
    seller.said("The alert is on")
    address = page.url.partition("?")[0]
    diary.station(me, "alert")

    post = wanting.at_post(enter())
    post.walker.open("/en/staff/requests")
    post.walker.go("Jacquard throws for sofas", "link")
    post.walker.go("Publish")
    post.said("Published.")
    mail = wanting.letter(seller, "Jacquard throws for sofas", "request_alert")
    assert name in mail.text

    stranger = walker(enter(PHONE))
    stranger.open(mail.link("/alerts/stop/"))
    expect(stranger.page.locator("main")).to_contain_text(name)
    Diary(stations, axe=True).station(stranger, "stop")
    stranger.tick("what", "this")
    stranger.tick("reason", "OTHER")
    stranger.go("End it")
    expect(stranger.page.locator("main")).to_contain_text("The alert has ended.")
    me.open(address)
    expect(page.locator("main")).to_contain_text("This alert ended")
    expect(page.locator("main")).to_contain_text("Jacquard throws for sofas")
    me.open(f"{address}/deliveries")
    expect(page.locator(".alert-lines")).to_contain_text("Jacquard throws for sofas")
    diary.station(me, "ended")
