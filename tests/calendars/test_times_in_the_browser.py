"""Chromium fills in the reader's own times, and writes them as the server does."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from browsing import listen
from playwright.sync_api import Browser, Page, Route, sync_playwright

from kervan.calendars import shown, zones
from kervan.resources import templates_dir
from kervan.settings import load
from kervan.web.templates import Templates

pytestmark = pytest.mark.browser

Look = Callable[..., Page]

SITE = "http://kervan.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
START = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)
SPANS = (
    (START, START + timedelta(hours=7, minutes=30), "Europe/Istanbul"),
    (START, START + timedelta(days=3), "Europe/Istanbul"),
    (datetime(2026, 9, 3, 22, 0, tzinfo=UTC), datetime(2026, 9, 3, 23, 0, tzinfo=UTC), "Asia/Tokyo"),
    (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 8, 0, tzinfo=UTC), "Africa/Algiers"),
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin"),
    (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(2027, 1, 1, 0, 30, tzinfo=UTC), "UTC"),
)
BODY = """{% from "_times.html" import span, at %}<!DOCTYPE html><html lang="{{ lang }}"><title>Times</title>
<script type="module" src="/times.js"></script>
<main>{% for starts, ends, zone in spans %}<p>{{ span(starts, ends, zone) }}</p>{% endfor %}
{% for starts, _ends, zone in spans %}<p>{{ at(starts, zone) }}</p>{% endfor %}</main></html>"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium on PATH (apt-get install chromium, or set CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=("--no-sandbox", "--disable-gpu"))
        yield browser
        browser.close()


@pytest.fixture
def look(chromium: Browser) -> Iterator[Look]:
    """Opens a page with the spans under the strictest policy; it must not have any trouble."""
    templates = Templates(msgspec.structs.replace(load({}), public_url=SITE))
    troubles: list[str] = []
    opened = []

    def looked(language: str, zone: str, scripts: bool = True) -> Page:
        html = templates.environments[language].from_string(BODY).render(spans=SPANS)

        def answer(route: Route) -> None:
            if route.request.url == f"{SITE}/times.js":
                script = (templates_dir() / "_static/js/times.js").read_text()
                route.fulfill(content_type="text/javascript", body=script)
            else:
                headers = {"Content-Security-Policy": POLICY}
                route.fulfill(content_type="text/html; charset=utf-8", headers=headers, body=html)

        context = chromium.new_context(timezone_id=zone, java_script_enabled=scripts)
        opened.append(context)
        context.route(f"{SITE}/**", answer)
        page = context.new_page()
        listen(page, troubles)
        page.goto(SITE)
        return page

    yield looked
    for context in opened:
        context.close()
    assert troubles == []


def texts(page: Page) -> list[str]:
    return [" ".join(line.split()) for line in page.locator("main p").all_inner_texts()]


@pytest.mark.parametrize(
    ("language", "zone"),
    [
        *(
            ("en", zone)
            for zone in ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "UTC")
        ),
        *(("tr", zone) for zone in ("Europe/Istanbul", "Africa/Lagos", "Asia/Tokyo")),
    ],
)
def test_the_browser_writes_what_the_server_would_write(look: Look, language: str, zone: str) -> None:
    wanted = [shown.span_text(language, *span[:2], span[2], False, zone) for span in SPANS]
    wanted += [shown.at_text(language, starts, venue, zone) for starts, _, venue in SPANS]
    assert zones.known(zone)
    # On a page the reader's own times are in a place of their own, in a sentence behind a comma.
    assert texts(look(language, zone)) == [line.replace("), ", ") ") for line in wanted]


def test_without_scripts_the_venues_times_stand_alone(look: Look) -> None:
    page = look("en", "Asia/Tokyo", scripts=False)
    assert texts(page)[0] == "12 Mar 2026, 09:30 – 17:00 (Istanbul)"
    assert not page.locator(".times-own").first.is_visible()


def test_what_comes_later_is_filled_in_too(look: Look) -> None:
    page = look("en", "Europe/Berlin")
    assert page.locator("main p").first.inner_text().endswith("07:30 – 15:00 your time")
    page.evaluate(
        """() => {
            const fresh = document.querySelector("main").cloneNode(true);
            for (const place of fresh.querySelectorAll(".times-own")) {
                Object.assign(place.dataset, { ownTime: "{times} your time", zone: "Europe/Istanbul" });
                place.replaceChildren();
                place.hidden = true;
            }
            document.querySelector("main").replaceWith(fresh);
        }"""
    )
    page.get_by_text("07:30 – 15:00").first.wait_for()
