"""Every form of every page, filled with what attackers and broken keyboards send: never a failure, nothing lost."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

import httpx
import pytest
from doors.walking import IN, PEOPLE, doors
from doors.world import World
from piccolo.engine.postgres import PostgresTransaction

from kervan.web import csrf

HOSTILE = {
    "ten thousand characters": "x" * 10_000,
    "a header of its own": "Ayşe\r\nBcc: everybody@example.com",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "signs that turn the line around": "\u202egro.elpmaxe@a\u2066\x00\x07",
    "a number beyond every range": "99999999999999999999999999",
    "no number": "NaN",
    "SQL": "'); DROP TABLE person; --",
    "a path": "../../../../etc/passwd",
    "a template": "{{ 7 * 7 }} {name} %s %(x)s",
    "nothing": "",
}
_TYPED = ("text", "email", "search", "tel", "url", "date", "number", "textarea")


class FoundForm(NamedTuple):
    """A form with method=post: where it goes and its fields by name with their kind."""

    action: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._open: FoundForm | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            post = given.get("method", "get").casefold() == "post"
            self._open = FoundForm(given.get("action", ""), {}) if post else None
            if self._open:
                self.found.append(self._open)
        elif (
            self._open is not None and given.get("name") and tag in ("input", "select", "textarea", "button")
        ):
            kind = given.get("type", "text") if tag == "input" else tag
            if given.get("autocomplete") == "username" and given.get("value"):
                # It stands beside a password for the browser's keeper of passwords; nobody types there.
                kind = "user name"
            self._open.fields[given["name"]] = kind

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(html: str) -> Iterator[FoundForm]:
    parser = _Forms()
    parser.feed(html)
    return iter(parser.found)


@pytest.mark.parametrize("what", HOSTILE)
async def test_no_form_fails_whatever_is_typed(
    what: str,
    world: World,
    browsers: dict[str, httpx.AsyncClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PostgresTransaction, "commit", PostgresTransaction.rollback)
    value = HOSTILE[what]
    troubles = []
    seen: set[tuple[str, ...]] = set()
    for door in doors():
        if "GET" not in door.methods or door.path.startswith("!"):
            continue
        # A visitor where visitors may; else the first whose door it is, who has the most rights.
        caller = next((name for name in ("anonymous", *PEOPLE) if door.verdicts[name] == IN), None)
        if caller is None:
            continue
        browser = browsers[caller]
        address = f"/en{door.address(world.names)}".removesuffix("/")
        page = await browser.get(address)
        for form in forms_of(page.text):
            action = form.action or address
            # The form that signs out is on every page and would end the walk.
            if action.endswith("/sign-out") or (action, *sorted(form.fields)) in seen:
                continue
            seen.add((action, *sorted(form.fields)))
            troubles += await _fill(browser, page, form, action, value)
    assert troubles == []
    assert len(seen) > 40, "the walk has lost its way"


async def _fill(
    browser: httpx.AsyncClient, page: httpx.Response, form: FoundForm, action: str, value: str
) -> list[str]:
    token = page.text.partition(f'name="{csrf.FIELD}" value="')[2].partition('"')[0]
    typed = {
        name: value
        for name, kind in form.fields.items()
        if kind not in ("file", "hidden", "button", "submit")
    }
    answer = await browser.post(action, data={**typed, csrf.FIELD: token})
    if answer.status_code >= 500:
        return [f"{action}: {answer.status_code}"]
    if answer.status_code in (403, 404, 413):
        return [f"{action}: {answer.status_code} for a form that was offered"]
    kept = [name for name, kind in form.fields.items() if kind in _TYPED]
    if (
        answer.status_code == 422
        and kept
        and value.startswith("x" * 100)
        and answer.text.count("x" * 5000) == 0
    ):
        return [f"{action}: what was typed is gone"]
    if "<script>alert(1)" in answer.text or "onerror=alert(1)>" in answer.text.replace("&#34;", ""):
        return [f"{action}: markup came through"]
    return []
