"""Times on pages and in sentences: on the venue's clocks, and on the reader's beside them where those differ."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from kervan.calendars import shown, zones
from kervan.settings import load
from kervan.web.templates import Templates

START = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)
END = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
ISTANBUL = "Europe/Istanbul"


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates(msgspec.structs.replace(load({}), public_url="https://kervan.example"))


def html(templates: Templates, language: str, call: str, **values: Any) -> str:
    template = templates.environments[language].from_string('{% from "_times.html" import span, at %}' + call)
    return template.render(start=START, end=END, **values)


def test_a_span_of_one_day_is_short() -> None:
    assert shown.span_text("en", START, END, ISTANBUL) == "12 Mar 2026, 09:30 – 17:00 (Istanbul)"
    assert shown.span_text("tr", START, END, ISTANBUL) == "12 Mar 2026, 09:30 – 17:00 (İstanbul)"


def test_a_span_of_several_days_names_both() -> None:
    found = shown.span_text("en", START, END + timedelta(days=20), ISTANBUL)
    assert found == "12 Mar 2026, 09:30 – 1 Apr 2026, 17:00 (Istanbul)"


@pytest.mark.parametrize(
    ("own", "beside"),
    [
        ("Europe/Berlin", "07:30 – 15:00"),
        ("Asia/Tokyo", "15:30 – 23:00"),
        ("America/Los_Angeles", "11 Mar 2026, 23:30 – 12 Mar 2026, 07:00"),
        ("Pacific/Auckland", "12 Mar 2026, 19:30 – 13 Mar 2026, 03:00"),
        ("Asia/Riyadh", None),
        (ISTANBUL, None),
        (None, None),
    ],
)
def test_the_readers_own_clocks_stand_beside_where_they_show_something_else(
    own: str | None, beside: str | None
) -> None:
    assert shown.span("en", START, END, ISTANBUL, False, own).own == beside


def test_a_span_that_is_the_day_before_for_the_reader_says_so() -> None:
    """All of it on another day: the day is named although it is one day for both."""
    found = shown.span(
        "en", START - timedelta(hours=5), START - timedelta(hours=4), ISTANBUL, False, "America/New_York"
    )
    assert found.first == "12 Mar 2026, 04:30"
    assert found.own == "11 Mar 2026, 21:30 – 22:30"


def test_a_moment_is_told_on_both_clocks() -> None:
    assert (
        shown.at_text("en", START, ISTANBUL, "Europe/Berlin")
        == "12 Mar 2026, 09:30 (Istanbul), 07:30 your time"
    )
    assert shown.at("en", START, ISTANBUL, "Pacific/Kiritimati").own == "20:30"
    assert shown.at("en", START, ISTANBUL, "America/Los_Angeles").own == "11 Mar 2026, 23:30"
    assert shown.at("en", START, ISTANBUL, "Asia/Riyadh").own is None


def test_whole_days_are_days_wherever_the_reader_is() -> None:
    starts, ends = zones.whole_days(date(2026, 3, 12), date(2026, 3, 14), ISTANBUL)
    assert shown.span_text("en", starts, ends, ISTANBUL, True, "Pacific/Auckland") == "12–14 Mar 2026"
    one = zones.whole_days(date(2026, 3, 12), date(2026, 3, 12), ISTANBUL)
    assert shown.span_text("tr", *one, ISTANBUL, True) == "12 Mar 2026"


def test_clocks_that_are_changed_between_start_and_end_show_what_they_show() -> None:
    starts, ends = datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 8, 0, tzinfo=UTC)
    found = shown.span("en", starts, ends, "Europe/Berlin", False, "Africa/Algiers")
    assert found.last == "29 Mar 2026, 10:00"
    assert found.own == "28 Mar 2026, 21:00 – 29 Mar 2026, 09:00", "equal at the start, not at the end"


def test_a_page_for_somebody_signed_in_has_both(templates: Templates) -> None:
    found = html(templates, "en", f'{{{{ span(start, end, "{ISTANBUL}", false, "Europe/Berlin") }}}}')
    assert re.findall(r'<time datetime="([^"]+)">([^<]+)</time>', found) == [
        ("2026-03-12T06:30:00Z", "12 Mar 2026, 09:30"),
        ("2026-03-12T14:00:00Z", "17:00"),
    ]
    assert '<span class="times-own small"><bdi>07:30 – 15:00</bdi> your time</span>' in found
    assert "data-own-time" not in found


def test_a_page_for_strangers_leaves_room_for_the_browsers_zone(templates: Templates) -> None:
    for call in (f'{{{{ span(start, end, "{ISTANBUL}") }}}}', f'{{{{ at(start, "{ISTANBUL}") }}}}'):
        found = html(templates, "en", call)
        assert "(Istanbul)</bdi>" in found
        assert f'data-own-time="{{times}} your time" data-zone="{ISTANBUL}" hidden' in found.replace(
            "\n", " "
        )


def test_whole_days_need_no_clock(templates: Templates) -> None:
    starts, ends = zones.whole_days(date(2026, 3, 12), date(2026, 3, 14), ISTANBUL)
    found = html(templates, "en", f'{{{{ span(a, b, "{ISTANBUL}", true) }}}}', a=starts, b=ends)
    assert re.sub(r"\s*<[^>]+>\s*", "", found) == "12–14 Mar 2026"


def test_the_filters_write_plain_text(templates: Templates) -> None:
    found = html(templates, "tr", f'{{{{ start | span_text(end, "{ISTANBUL}") }}}}')
    assert found == "12 Mar 2026, 09:30 – 17:00 (İstanbul)"
