"""The way of an announcement in a browser: written about an event, sent to importers once a colleague agrees.

Steps as in dealing: each ends where its page says that it is taken.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dealing import Party
from playwright.sync_api import expect
from walker import Walker

_ZONES = (
    "Pacific/Auckland", "Asia/Tokyo", "Asia/Dubai", "Europe/Lisbon", "America/New_York", "America/Los_Angeles",
    "Pacific/Honolulu",
)  # fmt: skip
_NOON = 13


class Announcement(NamedTuple):
    """What is written; `name` is for the desk only."""

    name: str
    subject: str
    text: str
    countries: str


def stay_awake(me: Walker) -> None:
    """Sets the own clock to one on which it is day now: at night nobody is written to."""
    now = datetime.now(UTC)
    zone = min(_ZONES, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - _NOON))
    me.open("/en/account")
    me.choose("time_zone", zone)
    me.press("main form:has([name=time_zone]) button.button-main")


def write(organiser: Party, event: str, announcement: Announcement) -> str:
    """From the desk of the event to a draft; its public id. The page asks for the audience then."""
    me = organiser.walker
    me.open(f"/en/staff/announcements/new?event={event}")
    me.write("name", announcement.name)
    me.write("subject-en", announcement.subject)
    me.write("text-en", announcement.text)
    me.go("Save and choose the audience")
    organiser.said("Drafted.")
    found = re.search(r"/announcements/([a-z0-9]{12})/audience", me.page.url)
    assert found, me.page.url
    return found[1]


def choose_audience(organiser: Party, announcement: Announcement, reached: int, without_consent: int) -> None:
    """On the page of the audience: the countries; the figures follow while they are typed, then they are saved."""
    me = organiser.walker
    me.write("countries", announcement.countries)
    expect(me.page.locator("[data-figure=reached]")).to_have_text(str(reached))
    expect(me.page.locator("[data-figure=no_consent]")).to_have_text(str(without_consent))
    me.go("Save the audience")


def take_step(party: Party, announcement: str, button: str, said: str) -> None:
    """By a button of the announcement's page."""
    party.walker.open(f"/en/staff/announcements/{announcement}")
    party.walker.go(button)
    party.said(said)


def send_now(party: Party, announcement: str) -> None:
    """Plans an approved one for this moment."""
    me = party.walker
    me.open(f"/en/staff/announcements/{announcement}")
    me.tick("when", "now")
    me.go("Plan it")
    party.said("The time is set.")


def is_through(party: Party, announcement: str, sent: int) -> None:
    """The page of one under way says by itself, while nobody loads it again, that so many mails were handed over."""
    page = party.walker.page
    expect(page.locator(".desk-lead .badge").first).to_have_text("Sent", timeout=60_000)
    expect(page.locator("[data-figure=sent]")).to_have_text(str(sent))
