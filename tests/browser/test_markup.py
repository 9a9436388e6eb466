"""The pages as documents: well-formed, with unique ids, every link answered. No browser is needed for this."""

from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest
from browsing import Paths
from justhtml import JustHTML
from serving import Demo
from walk import PAGES, STATUS
from walk_inside import KINDS, Visit

_MOST_PAGES = 300
_MOST_QUERIES = 40


class _Reader(HTMLParser):
    """What a document names, points to, and says twice."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.pointed: set[str] = set()
        self.links: list[str] = []
        self.files: list[str] = []
        self.twice: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if len(named) < len(attrs):
            self.twice.append(f"<{tag} {attrs}>")
        # The content policy would drop these silently.
        self.forbidden += [f"<{tag} {name}>" for name in named if name == "style" or name.startswith("on")]
        if name := named.get("id"):
            self.ids[name] += 1
        for reference in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
            self.pointed |= set((named.get(reference) or "").split())
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        self.files += [str(named[name]) for name in ("src",) if named.get(name)]
        if tag == "link" and named.get("rel") in ("stylesheet", "icon", "manifest", "apple-touch-icon"):
            self.files.append(str(named["href"]))


@pytest.fixture(scope="module")
def client(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.address, timeout=30) as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_well_formed(client: httpx.Client, paths: Paths, name: str) -> None:
    for language in paths:
        assert not _malformed(client.get(paths[language][name]).text)


def _malformed(text: str) -> list[str]:
    reader = _Reader(text)
    wrong = [str(error) for error in JustHTML(text, collect_errors=True).errors]
    wrong += [f"attribute twice: {tag}" for tag in reader.twice]
    wrong += [f"forbidden: {tag}" for tag in reader.forbidden]
    wrong += [f"id twice: {id}" for id, times in reader.ids.items() if times > 1]
    return wrong + [f"points to nothing: {id}" for id in reader.pointed - reader.ids.keys()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_is_well_formed(demo: Demo, inside: Mapping[str, Visit], kind: str) -> None:
    """Every page that this kind of demo account finds, in both languages."""
    with httpx.Client(
        base_url=demo.address, timeout=30, cookies=dict(inside[kind].cookies), follow_redirects=True
    ) as client:
        found = {
            stop.address(language): wrong
            for stop in inside[kind].stops
            for language in ("en", "tr")
            if (wrong := _malformed(client.get(stop.address(language)).text))
        }
    assert not found


def test_every_link_within_the_site_is_answered(client: httpx.Client, paths: Paths) -> None:
    """From every type of page onwards, at most 300 pages; no link that we print may be refused or missing."""
    on_purpose = {of_language[name] for of_language in paths.values() for name in STATUS}
    waiting = [path for language in paths.values() for name, path in language.items() if name != "missing"]
    seen = set(waiting)
    fragments: dict[str, set[str]] = {}
    queries = 0
    broken = []
    for number, path in enumerate(waiting):
        if number == _MOST_PAGES:
            break
        answer = client.get(path)
        if not _is_answered(answer) and path not in on_purpose:
            broken.append(f"{answer.status_code} {path}")
        if "html" not in answer.headers.get("content-type", ""):
            continue
        reader = _Reader(answer.text)
        fragments.setdefault(path, set()).update(reader.ids)
        for href in [*reader.links, *reader.files]:
            target, fragment = urldefrag(urljoin(path, href))
            if fragment and target in fragments and fragment not in fragments[target]:
                broken.append(f"{path} -> #{fragment}")
            if urlsplit(target).netloc or urlsplit(target).scheme or target in seen:
                continue
            if "?" in target:
                queries += 1
                if queries > _MOST_QUERIES:
                    continue
            seen.add(target)
            waiting.append(target)
    assert len(seen) > 200
    assert not broken


def _is_answered(answer: httpx.Response) -> bool:
    """With a page, or by the sign-in for what needs an account."""
    to_sign_in = answer.status_code == 303 and "/sign-in" in answer.headers["location"]
    return answer.status_code in (200, 301, 302) or to_sign_in
