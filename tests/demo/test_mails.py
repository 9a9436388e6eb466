"""The mails of the demo: whoever gets one can follow every link in it, and opening a link uses nothing up."""

import re
import time
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

import httpx
import pytest
from serving import Demo
from walk_inside import Visit

_HREF = re.compile(r'href="([^"]+)"')


class Letter(NamedTuple):
    """A mail as the mailbox of the machine shows it."""

    name: str
    subject: str
    to: str
    text_links: frozenset[str]
    html_links: frozenset[str]


@pytest.fixture(scope="module")
def visitor(demo: Demo) -> Iterator[httpx.Client]:
    """Somebody who is not signed in."""
    with httpx.Client(base_url=demo.address, timeout=30, follow_redirects=True) as client:
        yield client


@pytest.fixture(scope="module")
def letters(visitor: httpx.Client) -> list[Letter]:
    """Every mail that the demo has sent; a demo that has just started is still sending."""
    names: list[str] = []
    for _ in range(20):
        before, names = names, _names(visitor)
        if names and names == before:
            break
        time.sleep(1)
    return [_letter(visitor, name) for name in names]


def _names(visitor: httpx.Client) -> list[str]:
    """Of all pages of the mailbox, newest first."""
    names: list[str] = []
    older = "/en/dev/mail"
    while older:
        page = visitor.get(older).text
        names += re.findall(r"/en/dev/mail/([\w-]+)\"", page)
        onward = re.search(r'rel="next"\s+href="([^"]+)"', page)
        older = unescape(onward[1]) if onward else ""
    return list(dict.fromkeys(names))


def _letter(visitor: httpx.Client, name: str) -> Letter:
    page = visitor.get(f"/en/dev/mail/{name}").text
    text = page[page.index("mail-box-text") : page.index("mail-box-headers")]
    subject, to = (
        unescape(re.search(rf"<dt>{header}</dt>\s*<dd[^>]*>\s*<bdi>(.*?)</bdi>", page, re.DOTALL)[1])  # type: ignore[index]  # it stands there
        for header in ("Subject", "To")
    )
    html = visitor.get(f"/en/dev/mail/{name}/html").text.replace('<base target="_blank">', "")
    return Letter(name, subject, to.strip(), _links(text), _links(html))


def _links(text: str) -> frozenset[str]:
    return frozenset(link for href in _HREF.findall(text) if (link := unescape(href)).startswith("http"))


def test_the_demo_has_mails_of_several_kinds(letters: list[Letter]) -> None:
    kinds = {letter.name.rpartition("-")[2] for letter in letters}
    assert {"confirm_email", "exporter_submitted", "exporter_needs_info", "importer_verified"} <= kinds
    assert all(letter.subject and "{" not in letter.subject for letter in letters)


def test_both_parts_of_a_mail_lead_to_the_same_pages_of_this_demo(letters: list[Letter], demo: Demo) -> None:
    for letter in letters:
        assert letter.text_links == letter.html_links, letter.name
        assert all(link.startswith(f"{demo.address}/") for link in letter.text_links), letter.name


def test_every_link_of_a_mail_is_answered(letters: list[Letter], visitor: httpx.Client) -> None:
    """A visitor reads the page or is led to the sign-in, which leads on to it."""
    followed = 0
    for letter in letters:
        for link in letter.text_links:
            answer = visitor.get(link)
            followed += 1
            assert answer.status_code == 200, f"{letter.name}: {link}"
            if answer.url.path.endswith("/sign-in") and "/sign-in" not in link:
                assert answer.url.params["next"], link
    assert followed >= len(letters)


def test_a_receiver_who_is_signed_in_gets_to_the_page(
    letters: list[Letter], inside: Mapping[str, Visit], demo: Demo
) -> None:
    cookies = {visit.account.email: visit.cookies for visit in inside.values()}
    opened = 0
    for letter in letters:
        if letter.to not in cookies:
            continue
        own = dict(cookies[letter.to])
        with httpx.Client(base_url=demo.address, timeout=30, cookies=own, follow_redirects=True) as client:
            for link in letter.text_links:
                answer = client.get(link)
                opened += 1
                assert answer.status_code == 200, f"{letter.name}: {link}"
                assert "/sign-in" not in answer.url.path, f"{letter.name}: {link}"
    assert opened > 3


def test_opening_a_link_uses_nothing_up(letters: list[Letter], visitor: httpx.Client) -> None:
    """Mail programs open links to look at them: the second look finds the same form."""
    links = [
        link for letter in letters for link in letter.text_links if "/confirm/" in link or "/claim/" in link
    ]
    assert links
    for link in links:
        for _ in range(2):
            answer = visitor.get(link)
            assert answer.status_code == 200, link
            assert '<form method="post"' in answer.text, link
