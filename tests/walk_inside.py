"""The pages behind the sign-in of the demo: what each kind of account finds by following the links of its desk.

Nobody keeps a list: a page that is new is found by its link, named by the path template of its route.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from kervan.app import PAGES
from kervan.demo.accounts import DEMO_ACCOUNTS, PASSWORD, DemoAccount
from kervan.web import csrf

KINDS = [account.kind for account in DEMO_ACCOUNTS]
SEEDS = ("/desk", "/account", "/saved", "/privacy", "/compare", "/products?q=towel&per_page=5")
"""Where the walk begins: the ways of the header's menu, and the goods as somebody sees them who is signed in."""

_LANGUAGE = "en"
_ELSEWHERE = ("/dev/", "/browse", "/help", "/about")
"""Pages that are the same for everybody: tests of the public pages walk them."""
_PUBLIC = ("/products", "/exporters", "/events", "/register", "/forgotten", "/confirm")


class Stop(NamedTuple):
    """A page that one kind of account opens."""

    route: str
    """Path template of its route, such as /desk/{org}/products."""
    path: str
    """Path and query behind the language."""
    shape: frozenset[str]
    """Its elements with their classes, without what only colours them: what a look at it can find."""
    trimmings: frozenset[str]
    """Icons, tones, and the ways beside it: the same on many types of pages."""

    def address(self, language: str) -> str:
        return f"/{language}{self.path}"


class Visit(NamedTuple):
    """Everything that one account found, and what it could not open."""

    account: DemoAccount
    cookies: Mapping[str, str]
    stops: Sequence[Stop]
    broken: Sequence[str]

    @property
    def routes(self) -> set[str]:
        return {stop.route for stop in self.stops}


def sign_in(client: httpx.Client, account: DemoAccount, language: str = _LANGUAGE) -> None:
    """Comes in by the sign-in page, and by the second factor where one is asked for; raises AssertionError."""
    page = client.get(f"/{language}/sign-in")
    fields = {csrf.FIELD: token_of(page), "email": account.email, "password": PASSWORD}
    answer = client.post(f"/{language}/sign-in", data=fields)
    assert answer.status_code == 303, f"{account.kind}: {answer.status_code} at the sign-in"
    if answer.headers["location"].startswith(f"/{language}/sign-in/second"):
        page = client.get(answer.headers["location"])
        code = re.search(r">(\d{6})<", page.text)
        assert code, "the demo does not show the code of the second factor"
        fields = {csrf.FIELD: token_of(page), "code": code[1]}
        answer = client.post(f"/{language}/sign-in/second", data=fields)
    assert answer.status_code == 303, f"{account.kind}: {answer.status_code} at the second factor"
    assert "/sign-in" not in answer.headers["location"]


def token_of(page: httpx.Response) -> str:
    """The token of the forms on a page."""
    found = re.search(rf'name="{re.escape(csrf.FIELD)}" value="([^"]+)"', page.text)
    assert found, f"{page.url} has no form: {page.status_code}"
    return found[1]


def visits(address: str) -> dict[str, Visit]:
    """What every demo account finds, by its kind, on the demo at `address`; nothing is changed there but sessions."""
    return {account.kind: _visit(address, account) for account in DEMO_ACCOUNTS}


def looks(found: Mapping[str, Visit]) -> dict[str, list[Stop]]:
    """The stops that are worth a slow look, by kind: those that show something their type has not shown before.

    Twelve accounts have the same page "Password"; it is looked at once, and a card that only one of them gets too.
    """
    seen: dict[str, set[str]] = {}
    trimmings: set[str] = set()
    chosen: dict[str, list[Stop]] = {}
    for kind, visit in found.items():
        chosen[kind] = []
        for stop in sorted(visit.stops, key=lambda stop: len(stop.shape), reverse=True):
            known = seen.setdefault(stop.route, set())
            if not (stop.shape <= known and stop.trimmings <= trimmings):
                known |= stop.shape
                trimmings |= stop.trimmings
                chosen[kind].append(stop)
    return chosen


def _visit(address: str, account: DemoAccount) -> Visit:
    stops: dict[str, Stop] = {}
    broken: list[str] = []
    opened: Counter[str] = Counter()
    with httpx.Client(base_url=address, timeout=30) as client:
        sign_in(client, account)
        waiting = [f"/{_LANGUAGE}{seed}" for seed in SEEDS]
        known = set(waiting)
        for path in waiting:
            route = route_of(urlsplit(path).path)
            if route is None or opened[route] >= _most(route):
                continue
            opened[route] += 1
            answer = client.get(path)
            if answer.is_redirect:
                links = [answer.headers["location"]]
            elif answer.status_code != 200:
                broken.append(f"{answer.status_code} {path}")
                continue
            elif not answer.headers["content-type"].startswith("text/html"):
                continue
            else:
                page = _Page(answer.text)
                behind = path.removeprefix(f"/{_LANGUAGE}")
                stops[path] = Stop(route, behind, frozenset(page.shape), frozenset(page.trimmings))
                links = page.links
            for link in _inside(address, path, links):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        cookies = dict(client.cookies)
    return Visit(account, cookies, list(stops.values()), broken)


def _most(route: str) -> int:
    """How many pages of a type are opened. The steps of a registration are one type, the products of a firm too.

    An order's page is another in each of its states; a request's on the board for each of its readers. The pages
    behind an event at its organiser's desk are much the same in all of its states.
    """
    if route.startswith(_PUBLIC):
        return 2
    if route.startswith("/requests") or re.match(r"/staff/events/\{\w+\}/", route):
        return 5
    return 40 if route.endswith("/orders/{order}") else 12


def _inside(address: str, path: str, links: Sequence[str]) -> Iterator[str]:
    """Those links of a page that lead to pages of this site in the same language."""
    for link in links:
        parts = urlsplit(urljoin(f"{address}{path}", link))
        own = f"{parts.scheme}://{parts.netloc}" == address
        behind = parts.path.removeprefix(f"/{_LANGUAGE}")
        if own and parts.path.startswith(f"/{_LANGUAGE}/") and not behind.startswith(_ELSEWHERE):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Every path template of our pages that is read by GET, the exact ones first."""
    found: set[str] = set()
    for handler in PAGES:
        if "GET" in getattr(handler, "http_methods", ()):
            found |= set(handler.paths)  # type: ignore[union-attr]  # handlers only
    ordered = sorted(found, key=lambda path: (path.count("{"), path))
    return [
        (re.compile(re.sub(r"\{\w+:\w+\}", "[^/]+", path)), re.sub(r":\w+\}", "}", path)) for path in ordered
    ]


_TEMPLATES = _templates()


def route_of(path: str) -> str | None:
    """The template that a path with its language belongs to; None when no page of ours answers it."""
    behind = re.sub(r"^/(?:en|tr)(?=/|$)", "", path) or "/"
    return next((shown for pattern, shown in _TEMPLATES if pattern.fullmatch(behind)), None)


_TONE = re.compile(r"(badge|icon|note|stat|tint|tone)-")
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})


class _Page(HTMLParser):
    """The links of a page and its shape."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.shape: set[str] = set()
        self.trimmings: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named: dict[str, Any] = dict(attrs)
        classes = (named.get("class") or "").split()
        inside = bool(self._open and self._open[-1][1])
        aside = inside or tag in ("svg", "header", "footer") or "desk-side" in classes
        if tag not in _VOID:
            self._open.append((tag, aside))
        shape = ".".join(sorted(name for name in classes if not _TONE.match(name)))
        if not aside and named.get("type") != "hidden":
            self.shape.add(f"{tag}.{shape}:{named.get('type') or ''}:{named.get('name') or ''}")
        if not inside:
            self.trimmings.add(f"{tag}.{'.'.join(sorted(classes))}" if tag != "svg" else "svg")
        if tag == "a" and named.get("href"):
            self.links.append(named["href"])

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                break
