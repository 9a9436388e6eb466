"""What leads to events: the list and its searches, the home page, sitemaps, programs."""

import re
from decimal import Decimal

import eventing
import httpx
from event_reading import index, path, read
from eventing import Fair
from litestar import Litestar


async def test_wrong_parameters_are_told_and_the_page_still_helps(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app.state.search)
    page = await read(client, "/en/events?place=Mars&page=0&phase=over&utm_source=x", status=422)
    assert "“Mars” is not one of the choices." in page
    assert made.public_id in page
    for hostile in (
        "q=%22%3E%3Cscript%3E%E2%80%AE%00", "q=%FF%FE", "kind=%00", "month=2026-99", "page=-1", "phase=open&phase=past",
        "sort=%27", "place=TR-%E2%82%AC", "q=" + "x" * 500, "&".join(f"kind=x{n}" for n in range(30)), "q=%ED%A0%80",
    ):  # fmt: skip
        for start in (
            "/en/events",
            "/en/events/calendar/2027-01",
            "/en/events.ics",
            "/en/events.atom",
            "/api/v1/events",
        ):
            answer = await client.get(f"{start}?{hostile}")
            assert answer.status_code in (200, 422), (start, hostile)
            assert "<script>\u202e" not in answer.text


async def test_empty_lists_lead_on(client: httpx.AsyncClient, fair: Fair) -> None:
    page = await read(client, "/en/events")
    assert "No event is announced at the moment." in page
    assert 'href="/en/events?phase=past"' in page
    page = await read(client, "/en/events?q=loom&kind=FAIR")
    assert "No event fits." in page
    assert 'href="/en/events?q=loom"' in page


async def test_the_list_offers_calendar_feeds_and_json_of_the_same_search(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app.state.search)
    month = f"{made.content.starts_at:%Y-%m}"
    page = await read(client, f"/en/events?q=towels&kind=FAIR&month={month}")
    for address in (
        f'href="/en/events.ics?q=towels&amp;kind=FAIR&amp;month={month}"',
        f'href="/en/events.atom?q=towels&amp;kind=FAIR&amp;month={month}"',
        f'href="/api/v1/events?q=towels&amp;kind=FAIR&amp;month={month}&amp;lang=en"',
        f'href="/en/events/calendar/{month}?q=towels&amp;kind=FAIR"',
        'href="/en/events?q=towels&amp;phase=past&amp;kind=FAIR"',
    ):
        assert address in page, address
    assert not [
        host
        for host in re.findall(r'(?:src|href)="https?://([^/"]+)', await read(client, path(made)))
        if host not in ("kervan.test", "fair.example.com")
    ]


async def test_the_home_page_and_the_menu_lead_to_events(client: httpx.AsyncClient, fair: Fair) -> None:
    assert "Meet in person or online" not in await read(client, "/en")
    made = await eventing.make_event(fair.union)
    page = await read(client, "/en")
    assert "Meet in person or online" in page
    assert f'href="{path(made)}"' in page
    assert 'href="/en/events"' in page


async def test_the_sitemap_has_what_is_announced_in_each_language(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    assert "/sitemaps/events-1.xml" in (await client.get("/sitemap.xml")).text
    found = (await client.get("/sitemaps/events-1.xml")).text
    for language in ("en", "tr"):
        assert f"<loc>https://kervan.test{path(made, language)}</loc>" in found


async def test_the_api_searches_and_shows_events(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union, fee_importers=Decimal("12.50"), fee_currency="EUR")
    await index(fresh_app.state.search)
    found = (await client.get("/api/v1/events?q=textile&kind=FAIR&lang=tr")).json()
    [card] = found["data"]
    assert (card["id"], card["title"], card["language"]) == (
        made.public_id,
        "Denizli ev tekstili fuarı",
        "tr",
    )
    assert card["html"] == f"https://kervan.test{path(made, 'tr')}"
    assert {facet["name"] for facet in found["facets"]} >= {"phase", "kind", "month", "place", "sector"}
    answer = await client.get(f"/api/v1/events/{made.public_id}?lang=en")
    shown = answer.json()["data"]
    assert (shown["title"], shown["importers"]["fee"], shown["registration_open"]) == (
        "Denizli home textile fair", "12.50", True,
    )  # fmt: skip
    assert [text["language"] for text in shown["texts"]] == ["en", "tr"]
    again = await client.get(
        f"/api/v1/events/{made.public_id}?lang=en", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    for wrong in ("?colour=red", "?phase=open&phase=past", "?page=", "?month=12"):
        refused = await client.get(f"/api/v1/events{wrong}")
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json"), (
            wrong
        )
    assert (await client.get("/api/v1/events/aaaaaaaaaaaa")).status_code == 404
