"""The table of doors as objects, and how a caller knocks."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from doors import expected, expected_board, expected_events
from doors.world import CALLERS, PROGRAMS
from litestar import Litestar
from litestar.routes import HTTPRoute

from kervan.web import csrf

PEOPLE = CALLERS[1 : -len(PROGRAMS)]
_DOOR, _FACTOR = "/en/sign-in", "/en/account/second-factor"
IN, SIGN_IN, FORBIDDEN, HIDDEN = "in", "sign-in", "403", "404"


class Door(NamedTuple):
    """One line of the table: `PATH | METHODS | who = verdict, ...`; `path` has {name=key} for its parameters."""

    path: str
    methods: tuple[str, ...]
    verdicts: dict[str, str]

    @property
    def template(self) -> str:
        return re.sub(r"\{(\w+)=[^}]*\}", r"{\1}", self.path)

    def address(self, names: dict[str, str]) -> str:
        return re.sub(r"\{\w+=(\w[\w.-]*)\}", lambda found: names.get(found[1], found[1]), self.path)


def doors() -> list[Door]:
    """The table as doors. Who is not named: visitors have to sign in, everybody else finds nothing."""
    found = []
    for line in f"{expected.TABLE}\n{expected_board.TABLE}\n{expected_events.TABLE}".splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        path, methods, who = (part.strip() for part in line.split("|"))
        verdicts = dict.fromkeys(CALLERS, HIDDEN)
        verdicts["anonymous"] = SIGN_IN
        if who == "public":
            verdicts = dict.fromkeys(CALLERS, IN)
        elif who == "nobody at all":
            verdicts = dict.fromkeys(CALLERS, HIDDEN)
        else:
            for part in who.split(";"):
                verdict, _, names = part.partition("=")
                named = PEOPLE if names.strip() == "signed in" else names.split()
                for name in named:
                    assert name in CALLERS, f"{path}: there is no caller {name}"
                    verdicts[name] = verdict.strip()
        if not path.startswith("!/api/"):
            # A key opens nothing but the API.
            verdicts |= dict.fromkeys(PROGRAMS, verdicts["anonymous"])
        found.append(Door(path, tuple(methods.split()), verdicts))
    return found


def routes(app: Litestar) -> set[tuple[str, str]]:
    """(method, path) of all routes; pages without their language."""
    found = set()
    for route in app.routes:
        if (
            not isinstance(route, HTTPRoute)
            or route.path.startswith(("/schema", "/tr/"))
            or route.path == "/tr"
        ):
            continue
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        path = path.removeprefix("/en") or "/" if path.startswith("/en/") or path == "/en" else path
        page = route.path.startswith("/en")
        methods = route.methods - {"OPTIONS", "HEAD"}
        found |= {(method, path if page else f"!{path}") for method in methods}
    return found


async def knock(browser: httpx.AsyncClient, method: str, path: str, token: str) -> httpx.Response:
    address = path[1:] if path.startswith("!") else f"/en{path}".removesuffix("/") if path != "/" else "/en"
    if method == "GET":
        return await browser.get(address)
    if address.startswith("/api/"):
        return await browser.request(method, address, json={}, headers={csrf.HEADER: token})
    return await browser.request(method, address, data={csrf.FIELD: token})


def verdict_of(answer: httpx.Response) -> str:
    if answer.status_code >= 500:
        return "broken"
    to = urlsplit(answer.headers.get("location", "")).path
    if answer.status_code == 401 or (answer.status_code == 303 and to in (_DOOR, _FACTOR)):
        return SIGN_IN
    return {403: FORBIDDEN, 404: HIDDEN}.get(answer.status_code, IN)
