"""The calendar of events by month, with the filters of the list."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from babel.dates import get_day_names
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import caller_of
from kervan.calendars.zones import day_of
from kervan.discovery import requests, result_pages
from kervan.discovery.queries import chips_of
from kervan.discovery.structs import Chip, Results
from kervan.discovery.structs import Request as Search
from kervan.errors import NotFound
from kervan.events import board, public_queries, queries
from kervan.events import month as months
from kervan.events.states import KIND_NAMES
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.web import i18n
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, page

FIRST_YEAR = 2015
YEARS_AHEAD = 5
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_DAY = re.compile(r"0?[1-9]|[12][0-9]|3[01]", re.ASCII)
_NO_SUCH_DAY = N_("This month has no day {day}.")
# Clocks are at most 14 hours ahead of UTC and 12 behind: a day somewhere begins or ends within one more day.
_MARGIN = timedelta(days=1)


@get("/events/calendar", sync_to_thread=False)
def this_month(request: Request[Any, Any, Any]) -> Redirect:
    """To the month that it is now."""
    to = address(language_of(request), f"/events/calendar/{today(request):%Y-%m}", **query_of(request))
    return Redirect(to, status_code=302, headers={"Cache-Control": "no-cache"})


def today(request: Request[Any, Any, Any]) -> date:
    """The day where the reader is, as far as that is known; else the day of Türkiye."""
    caller, now = caller_of(request), datetime.now(UTC)
    return day_of(now, caller.time_zone) if caller else law.day_of(now)


@get("/events/calendar/{month:str}")
async def month(request: Request[Any, Any, Any], month: FromPath[str]) -> Page:
    """A month as a table of weeks and, for phones, as a list. Raises NotFound for a month that is none, or too far."""
    language, now = language_of(request), today(request)
    first = _parsed(month, now)
    query = query_of(request)
    chosen_day, problem = _day(query.pop("day", [""])[-1], first, language)
    results, problems, _ = await result_pages.found(request, "events", _nothing)
    asked = msgspec.structs.replace(
        results.request, sort="relevance", filters=_without_month(results.request)
    )
    weekday = months.first_weekday(language)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in months.grid(first, weekday))
    words = await board.with_words(request.app.state.search, asked, f"{first:%Y-%m}") if asked.text else None
    happening = await public_queries.between(
        start - _MARGIN,
        end + 2 * _MARGIN,
        language,
        asked.filters,
        next(iter(asked.filters.get("phase", ())), None),
        words,
    )
    events = months.placed(happening)
    inside = [one for one in events if one.first < months.next_month(first) and one.last >= first]
    on_day = months.on(chosen_day, inside) if chosen_day else ()
    return page(
        request,
        "events/month.html",
        status_code=422 if problems or problem else 200,
        month=first,
        weeks=months.weeks(first, events, weekday),
        days=months.listed(first, events),
        total=len(inside),
        weekdays=_weekdays(language, weekday),
        first_weekday=weekday,
        today=now,
        chosen_day=chosen_day,
        cards=await queries.cards([one.event.id for one in on_day], language),
        searched_for=asked.text,
        search=asked,
        chips=await chips_of(asked),
        problems=[*problems.values(), *([problem] if problem else [])],
        **_links(asked, first, now),
    )


def _parsed(text: str, today: date) -> date:
    found = _MONTH.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= today.year + YEARS_AHEAD:
        raise NotFound()
    return date(int(found[1]), int(found[2]), 1)


def _day(text: str, month: date, language: str) -> tuple[date | None, str]:
    """The day of the month that is asked for, and the sentence when there is none such."""
    text = text.strip()
    if not text:
        return None, ""
    if _DAY.fullmatch(text):
        day = month + timedelta(days=int(text) - 1)
        if day.month == month.month:
            return day, ""
    return None, i18n.translate(language, _NO_SUCH_DAY, day=text[:20])


async def _nothing(asked: Search) -> Results:
    """Only what was asked: the month is read by its own query."""
    return Results(request=asked, total=0, total_exact=True)


def _without_month(asked: Search) -> dict[str, tuple[str, ...]]:
    return {name: values for name, values in asked.filters.items() if name != "month"}


def _weekdays(language: str, weekday: int) -> list[tuple[str, str]]:
    """(short, whole) names of the days in the order of the table."""
    locale = i18n.BY_CODE[language].locale
    short = get_day_names("abbreviated", "stand-alone", locale=locale)
    whole = get_day_names("wide", "stand-alone", locale=locale)
    return [(short[n], whole[n]) for n in ((weekday + step) % 7 for step in range(7))]


def _links(asked: Search, month: date, today: date) -> dict[str, Any]:
    """Where the page leads: the months beside it, a day, the same without a choice, the list."""
    language = asked.language
    query = requests.address(asked)

    def of(day: date, query: str = query) -> str:
        return address(language, f"/events/calendar/{day:%Y-%m}") + query

    def of_day(day: date) -> str:
        return f"{of(day)}{'&' if query else '?'}day={day.day}#day"

    def without(chip: Chip) -> str:
        return of(month, requests.without_choice(asked, chip.name, chip.value))

    earlier, later = months.previous_month(month), months.next_month(month)
    in_month = {**asked.filters, "month": (f"{month:%Y-%m}",)}
    if months.next_month(month) <= today.replace(day=1):
        in_month["phase"] = ("past",)

    def of_kind(kind: str) -> str:
        rest = tuple(value for value in asked.filters.get("kind", ()) if value != kind)
        if rest == asked.filters.get("kind", ()):
            rest = (*rest, kind)
        return of(month, requests.address(asked, filters={**asked.filters, "kind": rest}))

    return {
        "kinds": [(kind, of_kind(kind)) for kind in KIND_NAMES],
        "kind_names": {kind: i18n.gettext(language, name) for kind, name in KIND_NAMES.items()},
        "action": of(month, ""),
        "of": of,
        "of_day": of_day,
        "without": without,
        "cleared": of(month, ""),
        "earlier": earlier if earlier.year >= FIRST_YEAR else None,
        "later": later if later.year <= today.year + YEARS_AHEAD else None,
        "as_list": address(language, "/events") + requests.address(asked, filters=in_month),
        "ics": address(language, "/events.ics") + query,
    }


ROUTES: list[ControllerRouterHandler] = [this_month, month]
