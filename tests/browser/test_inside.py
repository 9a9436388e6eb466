"""Every page behind the sign-in, as each kind of demo account finds it: looked at once, in everything that it owes."""

from collections.abc import Callable, Mapping

import pytest
from browsing import PHONE, WIDE, listen
from looking import (
    FORM_CONTROLS,
    WORD_RULES,
    dark_violations,
    dead_without_scripts,
    nameless,
    sideways,
    small,
    unseen_focus,
    violations,
)
from playwright.sync_api import Browser, BrowserContext, Page
from serving import Demo
from walk_inside import KINDS, Stop, Visit, looks

# The first test of a kind looks at all of its pages.
pytestmark = pytest.mark.timeout(600)

Faults = dict[str, dict[str, list[str]]]
"""What is wrong, by the check and the page."""


@pytest.fixture(scope="module")
def faults_of(chromium: Browser, demo: Demo, inside: Mapping[str, Visit]) -> Callable[[str], Faults]:
    """The faults on all pages of a kind of account; they are looked at when it is asked for first."""
    known: dict[str, Faults] = {}
    chosen = looks(inside)

    def faults(kind: str) -> Faults:
        if kind not in known:
            known[kind] = _look(chromium, demo.address, inside[kind], chosen[kind])
        return known[kind]

    return faults


def _look(browser: Browser, address: str, visit: Visit, stops: list[Stop]) -> Faults:
    found: Faults = {}
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def page(width: int, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 800},
            has_touch=width == PHONE,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in visit.cookies.items()]
        )
        opened = context.new_page()
        listen(opened, troubles)
        return opened

    def note(check: str, stop: Stop, wrong: list[str]) -> None:
        if wrong:
            found.setdefault(check, {})[stop.path] = wrong

    wide, phone, plain = page(WIDE), page(PHONE), page(PHONE, scripts=False)
    for stop in stops:
        troubles.clear()
        note("answer", stop, _open(wide, stop, "en") + _misanswered(wide, "en"))
        note("axe", stop, violations(wide) + dark_violations(wide))
        note("focus", stop, unseen_focus(wide))
        note("names", stop, nameless(wide))
        note("width", stop, sideways(wide, WIDE))
        note("answer on a phone", stop, _open(phone, stop, "en"))
        note("axe on a phone", stop, violations(phone))
        note("targets", stop, small(phone, FORM_CONTROLS, 44))
        note("width on a phone", stop, sideways(phone, 320, PHONE))
        note("answer in Turkish", stop, _open(wide, stop, "tr") + _misanswered(wide, "tr"))
        note("axe in Turkish", stop, violations(wide, WORD_RULES))
        note("answer without scripts", stop, _open(plain, stop, "en"))
        note("without scripts", stop, dead_without_scripts(plain))
        note("console", stop, troubles[:])
    for context in contexts:
        context.close()
    return found


def _open(page: Page, stop: Stop, language: str) -> list[str]:
    answer = page.goto(stop.address(language))
    return [] if answer is not None and answer.status == 200 else [f"{language}: {answer and answer.status}"]


def _misanswered(page: Page, language: str) -> list[str]:
    facts = page.evaluate(
        "() => [document.documentElement.lang, document.querySelectorAll('h1').length, document.title]"
    )
    lang, headings, title = facts
    wrong = [] if lang == language else [f"lang={lang}"]
    wrong += [] if headings == 1 else [f"{headings} h1"]
    return wrong + ([] if title.endswith(" · Kervan") and len(title) > 9 else [f"title {title}"])


def _of(faults: Faults, *checks: str) -> Faults:
    return {check: faults[check] for check in checks if check in faults}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_speaks_its_language_and_has_one_heading(
    faults_of: Callable[[str], Faults], kind: str
) -> None:
    """And is answered with 200: wide, on a phone, in Turkish, without scripts."""
    found = faults_of(kind)
    assert not _of(found, "answer", "answer on a phone", "answer in Turkish", "answer without scripts")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_loads_without_an_error(faults_of: Callable[[str], Faults], kind: str) -> None:
    """Nothing in the console, no broken content policy, no missing file: wide, on a phone, and without scripts."""
    assert not _of(faults_of(kind), "console")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_has_no_violation(faults_of: Callable[[str], Faults], kind: str) -> None:
    """English by day at both widths and by night, Turkish by day."""
    assert not _of(faults_of(kind), "axe", "axe on a phone", "axe in Turkish")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_never_scrolls_sideways(faults_of: Callable[[str], Faults], kind: str) -> None:
    assert not _of(faults_of(kind), "width", "width on a phone")


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_inside_suits_finger_and_keyboard(faults_of: Callable[[str], Faults], kind: str) -> None:
    """Every field has a name, shows that it has the focus, and is at least 44 pixels high where fingers hit it."""
    assert not _of(faults_of(kind), "names", "focus", "targets")


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_needs_no_scripts(faults_of: Callable[[str], Faults], kind: str) -> None:
    """Every form can be sent, and no button is shown that would do nothing."""
    assert not _of(faults_of(kind), "without scripts")
