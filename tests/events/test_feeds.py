"""Any search of events as an Atom feed and as a calendar, read by parsers of their own kind."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import eventing
import httpx
import pytest
from event_reading import index, path, said
from eventing import Fair
from icalendar import Calendar, Event
from litestar import Litestar

from kervan.events import service

NS = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


async def atom(client: httpx.AsyncClient, query: str = "", language: str = "en") -> ElementTree.Element:
    answer = await client.get(f"/{language}/events.atom{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


async def entries(client: httpx.AsyncClient, address: str) -> dict[str, Event]:
    """The entries of a calendar by their summary."""
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = Calendar.from_ical(answer.content)
    return {str(event["SUMMARY"]): event for event in found.walk("VEVENT")}


async def test_the_feed_has_what_rfc_4287_asks_for(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await eventing.make_event(fair.union, texts=said("Towels & robes <of> tomorrow"))
    await index(fresh_app.state.search)
    root = await atom(client)
    assert root.findtext("a:id", namespaces=NS) == "https://kervan.test/en/events"
    assert {link.get("rel"): link.get("href") for link in root.findall("a:link", NS)} == {
        "self": "https://kervan.test/en/events.atom",
        "alternate": "https://kervan.test/en/events",
    }
    found = root.findall("a:entry", NS)
    assert [entry.findtext("a:title", namespaces=NS) for entry in found] == [
        "Towels & robes <of> tomorrow", "Denizli home textile fair",
    ]  # fmt: skip
    for entry in (root, *found):
        assert [len(entry.findall(f"a:{name}", NS)) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert datetime.fromisoformat(entry.findtext("a:updated", "", NS)).tzinfo is not None
    summary = found[1].findtext("a:summary", "", NS)
    assert "Fair · " in summary
    assert "Fair hall, Denizli, Türkiye" in summary
    turkish = await atom(client, language="tr")
    entry = turkish.findall("a:entry", NS)[1]
    title = entry.find("a:title", NS)
    assert title is not None
    assert (title.text, title.get(LANG)) == ("Denizli ev tekstili fuarı", "tr")
    assert entry.findtext("a:id", namespaces=NS) == found[1].findtext("a:id", namespaces=NS)
    link = entry.find("a:link", NS)
    assert link is not None
    assert link.get("href") == f"https://kervan.test{path(made, 'tr')}"


async def test_a_feed_holds_what_its_search_finds(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    await eventing.make_event(fair.union)
    await eventing.make_event(fair.union, kind="TRAINING", texts=said("How to pack carpets"), province="06")
    await index(fresh_app.state.search)
    root = await atom(client, "?q=carpets&place=TR-06&sort=date&page=3&per_page=1")
    assert [entry.findtext("a:title", namespaces=NS) for entry in root.findall("a:entry", NS)] == [
        "How to pack carpets"
    ]
    assert root.findtext("a:title", namespaces=NS) == "Events on Kervan: “carpets”, Ankara"
    assert set(await entries(client, "/en/events.ics?place=TR-06")) == {"How to pack carpets"}
    assert set(await entries(client, "/en/events.ics?place=TR")) == {
        "How to pack carpets",
        "Denizli home textile fair",
    }
    for wrong in ("?place=Mars", "?sort=price", "?phase=open&phase=past", "?month=12"):
        for name in ("atom", "ics"):
            assert (await client.get(f"/en/events.{name}{wrong}")).status_code == 422, (wrong, name)


async def test_the_calendar_of_a_search_is_one_that_programs_take(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    start = NOW + timedelta(days=20)
    made = await eventing.make_event(fair.union, starts_at=start, ends_at=start + timedelta(hours=3))
    await index(fresh_app.state.search)
    [event] = (await entries(client, "/en/events.ics")).values()
    assert event["UID"] == f"event-{made.public_id}@kervan.test"
    assert event["SEQUENCE"] == made.sequence
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (start, start + timedelta(hours=3))
    assert event["STATUS"] == "CONFIRMED"
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["LOCATION"] == "Fair hall, Denizli, Türkiye"
    assert event["URL"] == f"https://kervan.test{path(made)}"
    [turkish] = (await entries(client, "/tr/events.ics")).values()
    assert (turkish["UID"], turkish["SUMMARY"]) == (event["UID"], "Denizli ev tekstili fuarı")


async def test_one_event_is_a_file_for_calendars(client: httpx.AsyncClient, fair: Fair) -> None:
    start = NOW + timedelta(days=20)
    made = await eventing.make_event(
        fair.union,
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        texts=said("Evil\r\nBEGIN:VALARM; day"),
        venue="A;b,c",
    )
    answer = await client.get(f"{path(made)}.ics")
    assert answer.headers["content-disposition"].startswith("attachment;")
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["UID"], event["SUMMARY"]) == (
        f"event-{made.public_id}@kervan.test",
        "Evil BEGIN:VALARM; day",
    )
    assert event["LOCATION"].startswith("A;b,c")
    assert event["TRANSP"] == "OPAQUE"
    assert not Calendar.from_ical(answer.content).walk("VALARM")


async def test_a_change_of_time_counts_and_a_cancelled_event_stays_and_says_so(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app.state.search)
    [before] = (await entries(client, "/en/events.ics")).values()
    start = NOW + timedelta(days=44)
    await service.change(
        fair.union.caller,
        made.public_id,
        eventing.content(starts_at=start, ends_at=start + timedelta(days=1)),
    )
    await index(fresh_app.state.search)
    [moved] = (await entries(client, "/en/events.ics")).values()
    assert moved["UID"] == before["UID"]
    assert moved["SEQUENCE"] > before["SEQUENCE"]
    assert moved.decoded("DTSTART") == start
    await service.cancel(fair.union.caller, made.public_id, "No hall.")
    await index(fresh_app.state.search)
    [gone] = (await entries(client, "/en/events.ics")).values()
    assert (gone["UID"], gone["STATUS"]) == (before["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > moved["SEQUENCE"]
    [file] = Calendar.from_ical((await client.get(f"{path(made)}.ics")).content).walk("VEVENT")
    assert (file["STATUS"], file["SEQUENCE"]) == ("CANCELLED", gone["SEQUENCE"])
    root = await atom(client)
    assert root.findtext("a:entry/a:title", namespaces=NS) == "Cancelled: Denizli home textile fair"


async def test_what_is_over_stays_in_calendars_for_a_while(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    for title, days in (("Last month", 60), ("Last year", 200)):
        made = await eventing.make_event(fair.union, texts=said(title))
        await eventing.shift(made, -timedelta(days=days))
    await index(fresh_app.state.search)
    assert set(await entries(client, "/en/events.ics")) == {"Last month"}
    assert set(await entries(client, "/en/events.ics?phase=past")) == {"Last month", "Last year"}
    assert set(await entries(client, "/en/events.ics?phase=coming")) == set()


async def test_whole_days_are_days_in_calendars(client: httpx.AsyncClient, fair: Fair) -> None:
    midnight = datetime(NOW.year + 1, 7, 10, tzinfo=UTC) - timedelta(hours=3)
    made = await eventing.make_event(
        fair.union, whole_days=True, starts_at=midnight, ends_at=midnight + timedelta(days=3)
    )
    [event] = (await entries(client, f"{path(made)}.ics")).values()
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (
        date(midnight.year, 7, 10), date(midnight.year, 7, 13),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["events.ics", "events.atom"])
async def test_a_reader_that_has_the_feed_is_not_sent_it_again(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair, name: str
) -> None:
    made = await eventing.make_event(fair.union)
    await index(fresh_app.state.search)
    first = await client.get(f"/en/{name}")
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["last-modified"] == f"{made.changed_at:%a, %d %b %Y %H:%M:%S GMT}"
    headers = {"If-None-Match": first.headers["etag"]}
    again = await client.get(f"/en/{name}", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    await service.cancel(fair.union.caller, made.public_id, "No hall.")
    await index(fresh_app.state.search)
    assert (await client.get(f"/en/{name}", headers=headers)).status_code == 200


async def test_a_feed_of_nothing_is_a_feed(client: httpx.AsyncClient, fair: Fair) -> None:
    root: Any = await atom(client, "?q=nothing+at+all")
    assert (root.findall("a:entry", NS), root.findtext("a:updated", namespaces=NS)) == (
        [],
        "2026-01-01T00:00:00Z",
    )
    assert await entries(client, "/en/events.ics") == {}
