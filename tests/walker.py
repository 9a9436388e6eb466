"""Somebody at a browser, by mouse and keyboard, and what the way took: for journeys in tests and in `make bench`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import BrowserContext, Locator, Page, expect


@dataclass
class Diary:
    """What a way took: screens shown, letters typed, and the seconds in which the person waited for a page."""

    screens: int = 0
    typed: int = 0
    waited: float = 0.0
    mails: float = 0.0
    """Seconds until mails had arrived."""
    _began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Everything since it began, typing and clicking as quick as the script does it."""
        return time.perf_counter() - self._began


class Walker(NamedTuple):
    """Somebody at a browser."""

    page: Page
    diary: Diary

    def open(self, address: str) -> None:
        """Types an address or follows a link from outside."""
        self._turn(lambda: self.page.goto(address))

    def go(self, name: str, role: str = "button", place: str = "main") -> None:
        """Presses the button or the link of this name and waits for the page that it brings."""
        found = self.page.locator(place).get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]  # any role
        self._turn(lambda: self._moved(lambda: found.first.click()))

    def press(self, selector: str) -> None:
        """Presses what the selector finds and waits for the page that it brings."""
        self._turn(lambda: self._moved(lambda: self.page.locator(selector).first.click()))

    def write(self, name: str, text: str) -> None:
        """Clicks into a field and types; what stood there is overwritten."""
        found = self.field(name)
        found.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.diary.typed += len(text)

    def field(self, name: str) -> Locator:
        """The control of this name, which may have dots in it."""
        return self.page.locator(f"[id='f-{name}']")

    def choose(self, name: str, value: str) -> None:
        """Picks an entry of a list."""
        self.field(name).select_option(value)

    def latest(self, name: str) -> None:
        """Picks the last day that a calendar offers."""
        self.field(name).fill(self.field(name).get_attribute("max") or "")

    def tick(self, name: str, value: str) -> None:
        """Clicks a box or a circle by its words."""
        self.page.locator(f"label:has(input[name={name}][value='{value}'])").click()
        expect(self.page.locator(f"input[name={name}][value='{value}']")).to_be_checked()

    def attach(self, name: str, file: str, content: bytes, kind: str) -> None:
        """Chooses a file."""
        self.field(name).set_input_files([{"name": file, "mimeType": kind, "buffer": content}])

    def _moved(self, act: Callable[[], None]) -> None:
        with self.page.expect_navigation(wait_until="load"):
            act()

    def _turn(self, act: Callable[[], object]) -> None:
        began = time.perf_counter()
        act()
        self.diary.waited += time.perf_counter() - began
        self.diary.screens += 1


def walker(context: BrowserContext, diary: Diary | None = None) -> Walker:
    """Somebody who has just opened the browser."""
    return Walker(context.new_page(), diary or Diary())


def mailed(walker: Walker, to: str, part: str, *, seconds: float = 30) -> str:
    """The link with `part` in the newest mail to an address, read in the mailbox of the machine.

    The mail program is another tab: its screens are not counted, the seconds until the mail is there are kept apart.
    """
    began = time.perf_counter()
    tab = walker.page.context.new_page()
    try:
        while time.perf_counter() - began < seconds:
            # By what stands before the @: mail goes to the A-labels of a domain with letters such as ı.
            tab.goto(f"/en/dev/mail?to={quote(to.partition('@')[0])}%40")
            newest = tab.locator(".mail-box-list a")
            if newest.count():
                tab.goto(newest.first.get_attribute("href") or "")
                link = tab.locator(f".mail-box-text a[href*='{part}']")
                if link.count():
                    found: str = link.first.get_attribute("href") or ""
                    walker.diary.mails += time.perf_counter() - began
                    return found
            tab.wait_for_timeout(150)
    finally:
        tab.close()
    raise AssertionError(f"no mail to {to} with {part} within {seconds:g} seconds")
