"""The way of a meeting day in a browser: made by its organiser, wished for by both sides, planned and told.

Steps as in dealing: each ends where its page says that it is taken.
"""

import re

from dealing import Party
from playwright.sync_api import expect


def make(organiser: Party, event: str, name: str, *, until: str) -> str:
    """From an event to the draft of a day inside it, whose last slot ends by a clock time; its public id."""
    me = organiser.walker
    me.open(f"/en/staff/events/{event}")
    me.press("main a[href*='/meeting-days?event=']")
    me.press(f"main a[href*='/meeting-days/new?event={event}']")
    me.write("name", name)
    me.field("ends").fill(until)
    me.go("Save as draft")
    organiser.said("The meeting day is saved.")
    found = re.search(r"/meeting-days/([a-z0-9]{12})", me.page.url)
    assert found, me.page.url
    return found[1]


def open_for_wishes(organiser: Party, day: str) -> None:
    """All firms of the event that want meetings are asked."""
    organiser.walker.open(f"/en/staff/meeting-days/{day}")
    organiser.walker.go("Open for wishes")
    organiser.said("The day is open.")


def keep_times(firm: Party, day: str, *but: str) -> None:
    """The firm can always come but at these clock times."""
    me = firm.walker
    firm.open(f"/meeting-days/{day}")
    for clock in but:
        me.page.locator(".mday-hours label", has_text=clock).click()
    me.go("Keep my times")
    firm.said("Your times are kept.")


def wish(firm: Party, other: str) -> None:
    """On the open page of a day: another firm becomes the last of the ranked wishes."""
    me = firm.walker
    me.press(f"button[name=add][aria-label*='{other}']")
    expect(me.page.locator(".mday-wishes > li").last).to_contain_text(other)


def plan(organiser: Party, day: str) -> None:
    """Ends the time for wishes; the page says by itself when the agenda is made."""
    me = organiser.walker
    me.open(f"/en/staff/meeting-days/{day}")
    me.page.locator("summary", has_text="Make the agenda now").click()
    me.go("End it and make the agenda")
    expect(me.page.locator("main")).to_contain_text("Wishes that are met", timeout=60_000)


def publish(organiser: Party, day: str) -> None:
    """Makes the agenda known to everybody whom it holds."""
    me = organiser.walker
    me.open(f"/en/staff/meeting-days/{day}")
    me.go("Make the agenda known")
    organiser.said("The agenda is known")
