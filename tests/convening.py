"""The way of an event in a browser: its organiser writes it, the Ministry approves it, firms register, a door opens.

Steps as in dealing: each ends where its page says that it is taken.
"""

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import journey
from dealing import Party
from playwright.sync_api import BrowserContext, Page, expect
from walker import Walker, walker

ISTANBUL = ZoneInfo("Europe/Istanbul")


class Event(NamedTuple):
    """An event as it is typed; held in Denizli, its times on the clocks there."""

    kind: str
    title: str
    baslik: str
    """Its title in Turkish."""
    summary: str
    ozet: str
    """The same in Turkish."""
    starts_at: datetime
    ends_at: datetime
    importers: str = ""
    """Places; '' is no limit."""
    exporters: str = ""


def staff(context: BrowserContext, kind: str) -> Party:
    """Somebody of an association or the Ministry at their desk, by the button of the sign-in page."""
    me = walker(context)
    journey.come_in(me, kind)
    me.open("/en/staff/events")
    return Party(me, "", kind)


def event_of(page: Page) -> str:
    """Public id of the event whose page of the desk is open."""
    found = re.search(r"/staff/events/([a-z0-9]{12})", page.url)
    assert found, page.url
    return found[1]


def draft(organiser: Party, event: Event) -> str:
    """From the list over the choice of the kind to a saved draft; its public id."""
    me = organiser.walker
    me.open("/en/staff/events/new")
    me.tick("kind", event.kind)
    me.go("Continue")
    me.write("title_en", event.title)
    me.write("summary_en", event.summary)
    me.write("text_en", "Each buyer meets the makers one after the other.\n\nSamples can be taken home.")
    me.write("title_tr", event.baslik)
    me.write("summary_tr", event.ozet)
    if event.kind == "TRAINING":
        me.choose("country", "TR")
    me.choose("province", "20")
    me.write("venue", "Pamukkale congress hall")
    for name, at in (("starts", event.starts_at), ("ends", event.ends_at)):
        local = at.astimezone(ISTANBUL)
        me.field(f"{name}_day").fill(local.date().isoformat())
        me.field(f"{name}_time").fill(f"{local:%H:%M}")
    me.tick("sectors", "home-textiles")
    me.write("heading_words", "6302")
    me.write("capacity_exporters", event.exporters)
    me.write("capacity_importers", event.importers)
    me.go("Save as draft")
    organiser.said("The event is saved.")
    return event_of(me.page)


def add_session(organiser: Party, event: Event, title: str, speaker: str) -> None:
    """A point of the programme, of its first hour."""
    me = organiser.walker
    me.go("Programme", "link")
    local = event.starts_at.astimezone(ISTANBUL)
    me.write("title", title)
    me.field("day").fill(local.date().isoformat())
    me.field("starts").fill(f"{local:%H:%M}")
    me.field("ends").fill(f"{local.replace(hour=local.hour + 1):%H:%M}")
    me.write("speakers", speaker)
    me.go("Add")
    expect(me.page.locator(".evs-sessions")).to_contain_text(title)


def add_question(organiser: Party, words: str, *answers: str) -> None:
    """A question for importers with answers to choose from, which has to be answered."""
    me = organiser.walker
    me.go("Questions", "link")
    me.tick("side", "IMPORTER")
    me.tick("kind", "ONE_OF")
    for code in me.page.locator("input[name^='label_']").all():
        code.fill(words)
    for code in me.page.locator("textarea[name^='options_']").all():
        code.fill("\n".join(answers))
    me.tick("required", "1")
    me.go("Add")
    expect(me.page.locator(".evs-sessions")).to_contain_text(words)


def take_step(organiser: Party, event: str, button: str, said: str) -> None:
    """By a button of the event's page at the desk."""
    organiser.walker.open(f"/en/staff/events/{event}")
    organiser.walker.go(button)
    organiser.said(said)


def public_page(organiser: Party, event: str) -> str:
    """Path of the page that everybody sees."""
    organiser.walker.open(f"/en/staff/events/{event}")
    link = organiser.walker.page.locator(f"a[href^='/en/events/'][href$='{event}']").first
    return link.get_attribute("href") or ""


def register(firm: Party, path: str, *colleagues: str, answer: str = "", meetings: bool = False) -> str:
    """From an event's page: the own firm, whoever is signed in and these people; its registration's public id.

    What the page says of the outcome is left to the caller.
    """
    me = firm.walker
    me.open(path)
    me.press(f"a[href^='{path}/register']")
    for n, name in enumerate(colleagues, start=2):
        me.write(f"person_name_{n}", name)
    if answer:
        me.page.locator("label.form-option", has_text=answer).click()
    if meetings:
        me.tick("wants_meetings", "1")
    me.tick("agreed", "1")
    me.press("main form button.button-main")
    found = re.search(r"/events/([a-z0-9]{12})(?:\?|$)", me.page.url)
    assert found, me.page.url
    return found[1]


def in_state(firm: Party, registration: str, state: str) -> None:
    """Opens a registration at the firm's desk: the page says so."""
    firm.open(f"/events/{registration}")
    expect(firm.walker.page.locator(".desk-lead .badge")).to_have_text(state)


def give_up(firm: Party, registration: str) -> None:
    """Cancels a registration from its page."""
    me = firm.walker
    firm.open(f"/events/{registration}")
    me.page.locator("summary", has_text="Cancel the registration").click()
    me.go("Cancel the registration")
    expect(me.page.locator(".desk-lead .badge")).to_have_text("Cancelled")


def tickets(firm: Party, registration: str) -> dict[str, str]:
    """Paths of the tickets of a confirmed registration, by the people's names."""
    firm.open(f"/events/{registration}")
    found = {}
    for line in firm.walker.page.locator(".reg-people-list > li").all():
        link = line.get_by_role("link", name="Ticket").get_attribute("href") or ""
        found[line.locator("b").inner_text()] = link
    return found


def code_of(me: Walker, ticket: str) -> str:
    """Opens a ticket: the letters beneath its QR, as somebody reads them aloud."""
    me.open(ticket)
    expect(me.page.locator(".reg-qr-code svg")).to_be_visible()
    return me.page.locator(".reg-qr .code").inner_text()


def count_of(page: Page) -> int:
    """How many events the open list says that it has found."""
    found = re.search(r"\d+", page.locator(".found").inner_text().replace(",", ""))
    assert found
    return int(found[0])


def feed(page: Page) -> str:
    """Address of the calendar that follows the search of the open list."""
    return page.locator(".board-feeds a", has_text="Calendar").get_attribute("href") or ""


def calendar_file(page: Page) -> str:
    """Address of the calendar file of the event whose page is open."""
    return page.locator("main a[href$='.ics']").first.get_attribute("href") or ""
