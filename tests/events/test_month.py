"""The calendar by month: how weeks and runs are laid out, and the page that shows them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import eventing
import httpx
import pytest
from event_reading import index, read, said
from eventing import Fair
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar

from kervan.accounts.tables import Person
from kervan.calendars.zones import whole_days
from kervan.db import connection
from kervan.events import month as months
from kervan.events import public_queries, service
from kervan.events.month import Gap, Placed, Run
from kervan.events.public_queries import Happening

DECEMBER = date(2026, 12, 1)
DAY = timedelta(days=1)


def happening(id: int, first: date, last: date) -> Happening:
    starts, ends = whole_days(first, last, "Europe/Istanbul")
    return Happening(
        id=id, public_id=f"e{id:011}", kind="FAIR", state="PUBLISHED", starts_at=starts, ends_at=ends,
        zone="Europe/Istanbul", whole_days=True, city="Denizli", country="TR", title=f"Fair {id}", language="en",
    )  # fmt: skip


def placed(*spans: tuple[int, int]) -> list[Placed]:
    """Events of December 2026, by first and last day (1 is the first; 0 and less lie before it)."""
    return months.placed(
        happening(n, DECEMBER + (a - 1) * DAY, DECEMBER + (b - 1) * DAY) for n, (a, b) in enumerate(spans, 1)
    )


def shape(line: tuple[Run | Gap, ...]) -> list[tuple[Any, ...]]:
    return [
        (cell.placed.event.id, cell.span, cell.begun, cell.goes_on)
        if isinstance(cell, Run)
        else (None, cell.span)
        for cell in line
    ]


def test_a_month_is_shown_in_whole_weeks_from_monday_or_sunday() -> None:
    assert months.grid(DECEMBER, 0) == (date(2026, 11, 30), date(2027, 1, 3))
    assert months.grid(DECEMBER, 6) == (date(2026, 11, 29), date(2027, 1, 2))
    assert months.grid(date(2027, 2, 14), 0) == (date(2027, 2, 1), date(2027, 2, 28))
    assert (months.next_month(DECEMBER), months.previous_month(date(2027, 1, 31))) == (
        date(2027, 1, 1),
        DECEMBER,
    )
    assert {language: months.first_weekday(language) for language in ("en", "tr")} == {"en": 0, "tr": 0}
    assert [week.number for week in months.weeks(DECEMBER, [], 0)] == [49, 50, 51, 52, 53]


def test_an_event_of_many_days_is_a_run_in_every_week() -> None:
    weeks = months.weeks(DECEMBER, placed((5, 15)), 0)
    assert [shape(line) for week in weeks for line in week.lines] == [
        [(None, 5), (1, 2, False, True)],
        [(1, 7, True, True)],
        [(1, 2, True, False), (None, 5)],
    ]


def test_events_share_a_line_where_they_do_not_meet() -> None:
    [week] = [
        week for week in months.weeks(DECEMBER, placed((7, 9), (8, 8), (10, 11), (9, 10)), 0) if week.lines
    ]
    assert [shape(line) for line in week.lines] == [
        [(1, 3, False, False), (3, 2, False, False), (None, 2)],
        [(None, 1), (2, 1, False, False), (4, 2, False, False), (None, 3)],
    ]


def test_what_does_not_fit_a_day_is_counted() -> None:
    events = placed(*[(9, 9)] * 9, (8, 10))
    [week] = [week for week in months.weeks(DECEMBER, events, 0, most=4) if week.lines]
    assert len(week.lines) == 4
    assert [(day.day.day, day.count, day.more) for day in week.days if day.count] == [
        (8, 1, 0),
        (9, 10, 6),
        (10, 1, 0),
    ]
    [ninth] = [day for day in months.listed(DECEMBER, events, most=4) if day.day.day == 9]
    assert (len(ninth.placed), ninth.more) == (4, 5)
    assert len(months.on(date(2026, 12, 9), events)) == 10


def test_what_began_before_the_month_is_listed_on_its_first_day() -> None:
    days = months.listed(DECEMBER, placed((-20, 2), (-3, 0), (31, 40)))
    assert [(day.day, [one.event.id for one in day.placed]) for day in days] == [
        (DECEMBER, [1]), (date(2026, 12, 31), [3]),
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-40, 70), st.integers(0, 50)), max_size=25),
    st.integers(0, 6),
    st.integers(1, 6),
    st.sampled_from([DECEMBER, date(2027, 2, 1), date(2028, 2, 1), date(2026, 3, 1)]),
)
def test_every_day_of_every_event_is_shown_or_counted_once(
    spans: list[tuple[int, int]], weekday: int, most: int, month: date
) -> None:
    events = months.placed(
        happening(n, month + a * DAY, month + (a + length) * DAY) for n, (a, length) in enumerate(spans, 1)
    )
    for week in months.weeks(month, events, weekday, most):
        shown = [0] * 7
        assert len(week.lines) <= most
        for line in week.lines:
            assert sum(cell.span for cell in line) == 7
            reached = 0
            for cell in line:
                if isinstance(cell, Run):
                    first = week.days[reached].day
                    assert cell.placed.first == first or (cell.begun and reached == 0)
                    assert (cell.placed.last == first + (cell.span - 1) * DAY) != cell.goes_on
                    for n in range(reached, reached + cell.span):
                        shown[n] += 1
                reached += cell.span
        for n, day in enumerate(week.days):
            touching = sum(one.first <= day.day <= one.last for one in events)
            assert (day.count, shown[n] + day.more) == (touching, touching)


# The page


def on(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


async def held(fair: Fair, title: str, starts: datetime, days: float = 0.2, **changes: Any) -> str:
    made = await eventing.make_event(
        fair.union, texts=said(title), starts_at=starts, ends_at=starts + timedelta(days=days), **changes
    )
    return made.public_id


YEAR = datetime.now(UTC).year + 1


def shown(page: str) -> set[str]:
    """Titles in the table."""
    table = page.partition("<table")[2].partition("</table>")[0]
    return set(re.findall(r"<bdi[^>]*>([^<]+)</bdi></a>", table))


async def test_the_month_shows_what_touches_it(client: httpx.AsyncClient, fair: Fair) -> None:
    await held(fair, "In May alone", on(YEAR, 5, 12))
    await held(fair, "From April into May", on(YEAR, 4, 28), 6)
    await held(fair, "All of spring and summer", on(YEAR, 3, 1), 180)
    await held(fair, "In August", on(YEAR, 8, 12))
    page = await read(client, f"/en/events/calendar/{YEAR}-05")
    assert shown(page) == {"In May alone", "From April into May", "All of spring and summer"}
    assert "3 events" in page
    assert "Events in May" in page
    assert f'href="/en/events/calendar/{YEAR}-04"' in page
    assert f'href="/en/events/calendar/{YEAR}-06"' in page


async def test_days_are_those_of_the_venue(client: httpx.AsyncClient, fair: Fair) -> None:
    # Eleven in the evening of 31 May in Chicago is 1 June in UTC and in Türkiye.
    abroad = {
        "kind": "TRADE_MISSION",
        "country": "US",
        "province": None,
        "city": "Chicago",
        "zone": "America/Chicago",
    }
    await held(fair, "Late in Chicago", on(YEAR, 6, 1, 4), 0.03, **abroad)
    page = await read(client, f"/en/events/calendar/{YEAR}-05")
    assert "1 event" in page
    assert "Late in Chicago" in shown(page)
    june = await read(client, f"/en/events/calendar/{YEAR}-06")
    assert "0 events" in june


async def test_the_table_can_be_read_out(client: httpx.AsyncClient, fair: Fair) -> None:
    await held(fair, "Five days", on(YEAR, 5, 11), 4)
    page = await read(client, f"/tr/events/calendar/{YEAR}-05")
    assert page.count('scope="col"') == 8
    assert "<caption" in page
    assert re.findall(r'<th scope="col" abbr="[^"]+"><span aria-hidden="true">([^<]+)<', page) == [
        "Pzt", "Sal", "Çar", "Per", "Cum", "Cmt", "Paz",
    ]  # fmt: skip
    assert page.count('scope="rowgroup"') == len(re.findall("<tbody", page))
    # The runs of a week and its gaps are as wide as the week.
    for line in re.findall(
        r"<tr> ((?:<td(?! class).*?)+)</tr>", page.partition("<table")[2].partition('class="fill"')[0]
    ):
        assert sum(int(span or 1) for span in re.findall(r'<td(?: colspan="(\d+)")?>', line)) == 7


async def test_a_crowded_day_counts_the_others_and_shows_them_when_asked(
    client: httpx.AsyncClient, fair: Fair
) -> None:
    for n in range(11):
        await held(fair, f"Workshop {n}", on(YEAR, 5, 12, 6 + n % 3))
    page = await read(client, f"/en/events/calendar/{YEAR}-05")
    assert "and 7 more" in page
    assert len(shown(page)) == 4
    assert f'href="/en/events/calendar/{YEAR}-05?day=12#day"' in page
    whole = await read(client, f"/en/events/calendar/{YEAR}-05?day=12")
    section = whole.partition('id="day"')[2]
    assert all(f"Workshop {n}<" in section for n in range(11))
    assert "Nothing is announced for" in await read(client, f"/en/events/calendar/{YEAR}-05?day=13")


async def test_the_filters_of_the_list_are_kept(
    client: httpx.AsyncClient, fresh_app: Litestar, fair: Fair
) -> None:
    await held(fair, "Carpets of Ankara", on(YEAR, 5, 12), province="06", city="Ankara", sectors=("carpets",))
    await held(fair, "Towels of Denizli", on(YEAR, 5, 13), fee_importers=0)
    await held(
        fair, "Online about carpets", on(YEAR, 5, 14), kind="VIRTUAL_MISSION", format="ONLINE", country=None,
        province=None, city="", venue="", address="", sectors=("carpets",), languages=("de",),
    )  # fmt: skip
    gone = await held(fair, "Cancelled carpets", on(YEAR, 5, 15), sectors=("carpets",))
    await service.cancel(fair.union.caller, gone, "No carpets.")
    await index(fresh_app.state.search)
    month = f"/en/events/calendar/{YEAR}-05"
    for query, expected in (
        ("", {"Carpets of Ankara", "Towels of Denizli", "Online about carpets", "Cancelled carpets"}),
        ("?sector=carpets", {"Carpets of Ankara", "Online about carpets", "Cancelled carpets"}),
        ("?q=carpets&kind=FAIR", {"Carpets of Ankara", "Cancelled carpets"}),
        ("?place=online&place=TR-20", {"Online about carpets", "Towels of Denizli", "Cancelled carpets"}),
        ("?place=TR&free=yes", {"Towels of Denizli"}),
        ("?language=de&format=ONLINE", {"Online about carpets"}),
        ("?organiser=POST", set()),
        ("?phase=coming&sector=carpets", {"Carpets of Ankara", "Online about carpets"}),
        ("?phase=past", set()),
        (
            f"?month={YEAR}-09&sector=carpets",
            {"Carpets of Ankara", "Online about carpets", "Cancelled carpets"},
        ),
    ):
        page = await read(client, month + query)
        assert shown(page) == expected, query
    page = await read(client, f"{month}?sector=carpets&kind=FAIR")
    assert f'href="/en/events/calendar/{YEAR}-06?kind=FAIR&amp;sector=carpets"' in page
    assert f'href="/en/events?kind=FAIR&amp;month={YEAR}-05&amp;sector=carpets"' in page
    assert "run-off" in page


async def test_months_that_are_none_or_too_far_are_not_there(client: httpx.AsyncClient, fair: Fair) -> None:
    for wrong in (
        "2026-13",
        "2026-00",
        "2026-1",
        "1999-12",
        "2014-12",
        "2100-01",
        "9999-12",
        "x",
        "２０２６-01",
        "2026-12-01",
    ):
        await read(client, f"/en/events/calendar/{wrong}", status=404)
    first = await read(client, "/en/events/calendar/2015-01")
    assert 'rel="prev"' not in first
    last = await read(client, f"/en/events/calendar/{YEAR + 4}-12")
    assert 'rel="next"' not in last
    assert '<meta name="robots" content="noindex, follow">' in last
    for wrong in ("32", "0", "x", "-1", "%00", "31"):
        page = await read(client, f"/en/events/calendar/{YEAR}-06?day={wrong}", status=422)
        assert "This month has no day" in page


async def test_without_a_month_it_is_this_one(client: httpx.AsyncClient, fair: Fair) -> None:
    answer = await client.get("/en/events/calendar?kind=FAIR")
    assert answer.status_code == 302
    assert re.fullmatch(r"/en/events/calendar/20\d\d-\d\d\?kind=FAIR", answer.headers["location"])
    page = await read(client, answer.headers["location"])
    assert page.count('aria-current="date"') == 1


async def test_today_is_the_readers_own(client: httpx.AsyncClient, fair: Fair) -> None:
    await Person.update({Person.time_zone: "Pacific/Kiritimati"}).where(Person.id == fair.jonas.person)
    there = datetime.now(UTC) + timedelta(hours=14)
    page = await read(client, f"/en/events/calendar/{there:%Y-%m}", fair.jonas)
    [cell] = re.findall(r'aria-current="date"> ?<(?:a|time).*?datetime="([0-9-]+)"', page)
    assert cell == f"{there:%Y-%m-%d}"


async def test_a_month_costs_one_query_of_its_events(
    client: httpx.AsyncClient, fair: Fair, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        await held(fair, f"Workshop {n}", on(YEAR, 5, 1 + n))
    asked: list[str] = []
    plain = public_queries.fetch

    async def counting(query: str, *args: object) -> Any:
        asked.append(query)
        return await plain(query, *args)

    monkeypatch.setattr(public_queries, "fetch", counting)
    assert len(shown(await read(client, f"/en/events/calendar/{YEAR}-05"))) == 12
    assert len(asked) == 1
    async with connection() as conn, conn.transaction():
        # Of twelve rows none is worth an index: whether the query can use it is the question.
        await conn.execute("SET LOCAL enable_seqscan = off")
        query = f"EXPLAIN SELECT e.id FROM trade_event e WHERE {public_queries.TOUCHES}"
        plan = await conn.fetch(query, on(YEAR, 5, 1), on(YEAR, 6, 1))
    assert any("trade_event_span" in row["QUERY PLAN"] for row in plan)
