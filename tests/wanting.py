"""The way of a request in a browser: a post asks for a buyer, an importer for itself, exporters hear of it and answer.

Steps as in dealing: each ends where its page says that it is taken.
"""

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import quote

import dealing
import journey
from dealing import Party
from playwright.sync_api import BrowserContext, Locator, Page, expect
from serving import Demo
from walker import Walker, walker

from kervan.demo.accounts import DOMAIN

BOARD = "/en/requests"
"""The public board in English."""


class Wanted(NamedTuple):
    """What is asked for, as it is typed."""

    title: str
    summary: str
    description: str
    code: str
    """Heading, as the form suggests it from the title."""
    quantity: str
    target_price: str
    """Of one piece, in EUR."""
    place: str
    incoterm: str
    buyer_type: str
    days: int
    """From today until the deadline."""
    specs: tuple[tuple[str, str], ...] = ()
    certificate: tuple[str, str] | None = None
    """The words of its group on the form, and its slug."""


class Buyer(NamedTuple):
    """A firm abroad that a post speaks for, and who of it agreed."""

    name: str
    contact: str
    role: str
    agreed: str
    """Who agreed, as the evidence says it."""


class Letter(NamedTuple):
    """A mail as somebody reads it."""

    subject: str
    text: str
    headers: str
    links: tuple[str, ...]

    def link(self, part: str) -> str:
        """The first link with `part` in its address."""
        return next(link for link in self.links if part in link)


def at_post(context: BrowserContext, kind: str = "attache") -> Party:
    """Signs in as somebody of a post: by the button of the sign-in page and the code that the page shows."""
    me = walker(context)
    journey.come_in(me, kind)
    me.open("/en/staff/requests/new")
    link = me.page.locator("main a[href*='post=']").first.get_attribute("href") or ""
    org = re.search(r"post=([a-z0-9]{12})", link)
    assert org, link
    return Party(me, org[1], kind)


def register_buyer(post: Party, buyer: Buyer) -> None:
    """From the queue to the form of a request for a firm that is not on the platform."""
    me = post.walker
    me.open("/en/staff/requests")
    me.go("Ask for a buyer", "link")
    me.go("Register a buyer", "link")
    me.write("legal_name", buyer.name)
    me.write("contact_name", buyer.contact)
    me.write("contact_role", buyer.role)
    me.go("Register and go on")
    post.said("The buyer is registered")
    expect(me.page.locator(".desk-lead")).to_contain_text(buyer.name)


def write_consent(post: Party, buyer: Buyer) -> None:
    """The evidence that the buyer agreed, of yesterday."""
    me = post.walker
    me.write("consent_who", buyer.agreed)
    me.field("consent_when").fill(_day(-1))
    me.choose("consent_how", "EMAIL")
    me.write("consent_note", "Her mail is in the post's file of this month.")


def write(me: Walker, wanted: Wanted) -> None:
    """Fills in the form of a request; the code is taken from what it suggests for the title."""
    page = me.page
    me.write("title", wanted.title)
    me.write("summary", wanted.summary)
    me.write("description", wanted.description)
    page.locator("[data-guess]").click()
    page.locator("[data-guesses] button", has_text=wanted.code).click()
    expect(me.field("hs_code")).to_have_value(wanted.code)
    for n, (name, value) in enumerate(wanted.specs, 1):
        me.write(f"spec_name_{n}", name)
        me.write(f"spec_value_{n}", value)
    me.write("quantity", wanted.quantity)
    me.write("target_price", wanted.target_price)
    if wanted.certificate:
        group, slug = wanted.certificate
        page.locator("#f-certificates summary", has_text=group).click()
        me.tick("certificates", slug)
    me.write("place", wanted.place)
    me.choose("incoterm", wanted.incoterm)
    me.field("deadline").fill(_day(wanted.days))
    me.choose("buyer_type", wanted.buyer_type)


def _day(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def deadline(me: Walker, days: int) -> None:
    """Types another deadline, so many days from today."""
    me.field("deadline").fill(_day(days))


def request_of(page: Page) -> str:
    """Public id of the request whose page of the desk is open."""
    found = re.search(r"/requests/([a-z0-9]{12})", page.url)
    assert found, page.url
    return found[1]


def unread(page: Page) -> int:
    """What the bell of an open page says."""
    label = page.locator(".bell-sign:visible").get_attribute("aria-label") or ""
    found = re.search(r"(\d+)", label)
    return int(found[1]) if found else 0


def bell_rises(page: Page, before: int) -> None:
    """The bell of the open page counts more than before, without anybody loading the page again."""
    expect(page.locator(".bell-sign:visible")).to_have_attribute(
        "aria-label", re.compile(rf"\b(?!{before}\b)\d+ unread"), timeout=20_000
    )
    assert unread(page) > before


def told_lines(page: Page) -> Locator:
    """Opens the bell; the lines in it."""
    page.locator(".bell-sign:visible").click()
    return page.locator(".bell-panel:visible .told-line")


def letter(party: Party, words: str, kind: str, *, seconds: float = 30) -> Letter:
    """Waits for the newest mail of this kind to the person with these words in its subject, and reads it."""
    tab = party.walker.page.context.new_page()
    try:
        for _ in range(int(seconds / 0.25)):
            tab.goto(f"/en/dev/mail?to={quote(f'{party.name}@{DOMAIN}')}")
            found = tab.locator(f".mail-box-list a[href$='-{kind}']", has_text=words)
            if found.count():
                tab.goto(found.first.get_attribute("href") or "")
                text = tab.locator(".mail-box-text")
                links = [link.get_attribute("href") or "" for link in text.locator("a").all()]
                headers = tab.locator(".mail-box-headers dl").text_content() or ""
                return Letter(
                    tab.locator("h1").inner_text(),
                    text.inner_text(),
                    headers,
                    tuple(_english(link) for link in links),
                )
            tab.wait_for_timeout(250)
    finally:
        tab.close()
    raise AssertionError(f"no mail {kind} to {party.name} about {words!r} within {seconds:g} seconds")


def _english(address: str) -> str:
    """The same page for somebody who reads English."""
    return address.replace("/tr/", "/en/", 1)


def begin_answer(exporter: Party, request: str, button: str) -> None:
    """From the request's page of the exporter's desk: "Send a quote" or "Ask a question"."""
    exporter.open(f"/board/{request}")
    exporter.walker.go(button)
    exporter.walker.page.wait_for_url(re.compile(r"/inquiries/"))


def write_quote(me: Walker, price: str, lead_days: str, note: str) -> None:
    """What an exporter fills in beside what the form has taken from the request."""
    me.write("price_1", price)
    me.write("lead_days", lead_days)
    me.write("payment_terms", "30 % in advance, the rest against papers")
    me.write("note", note)


def send_quote(exporter: Party) -> None:
    exporter.walker.go("Send the quote")
    exporter.said("Your quote is sent")


def write_message(party: Party, text: str) -> None:
    """On the open page of an answer, without a file."""
    party.walker.write("text", text)
    party.walker.go("Send", place=".talk-compose")
    expect(party.walker.page.locator(".talk-message.is-mine").last).to_contain_text(text)


def is_told(party: Party, text: str) -> None:
    """The other side's last message on the open page."""
    expect(party.walker.page.locator(".talk-message:not(.is-mine)").last).to_contain_text(text)


def on_board(me: Walker, words: str, *, seconds: float = 15) -> None:
    """Searches the public board until the request with this title is found, and opens it."""
    page = me.page
    me.open(BOARD)
    for _ in range(int(seconds / 0.5)):
        page.locator("#board-q").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/requests?q=*")
        found = page.locator(".result-title a", has_text=words)
        if found.count():
            me.press(f".result-title a:has-text({words!r})")
            expect(page.locator("h1")).to_have_text(words)
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{words!r} is not on the board after {seconds:g} seconds")


def send_back(post: Party, reason: str) -> None:
    """On the page of a request that waits for its review."""
    me = post.walker
    box = me.page.locator("details.confirm", has=me.page.locator("form[action$='/return']"))
    box.locator("summary").click()
    box.locator("textarea").fill(reason)
    me.go("Send back")
    post.said("Sent back. The buyer has your reason.")


def count_of(page: Page) -> int:
    """How many open requests the board says that it has found."""
    found = re.search(r"\d+", page.locator(".found").inner_text().replace(",", ""))
    assert found
    return int(found[0])


_LONG_AGO = """
import asyncio
from kervan.db import execute, pool, stop_embedded
from kervan.requests import outcomes

OLDER = '''
UPDATE inquiry_recipient SET answered_at = answered_at - interval '91 days' WHERE inquiry =
    (SELECT i.id FROM inquiry i JOIN trade_request q ON q.id = i.request WHERE q.public_id = $1)
'''

async def later():
    async with pool(2):
        await execute(OLDER, {request!r})
        print(await outcomes.ask_due())

asyncio.run(later())
stop_embedded()
"""


def three_months_later(demo: Demo, request: str) -> int:
    """Makes the answers of a request 91 days older and lets the round ask what became of them; how many were asked."""
    environ = {
        **os.environ,
        "DATABASE_URL": "",
        "MEILI_URL": "",
        "SMTP_URL": "",
        "KERVAN_ENV": "development",
        "KERVAN_DATA": str(demo.log.parent / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", _LONG_AGO.format(request=request)],
        env=environ, cwd="/", capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def came_in(context: BrowserContext, name: str) -> Party:
    """As dealing.came_in; the desk of the firm is opened."""
    party = dealing.came_in(context, name)
    party.open("")
    return party
