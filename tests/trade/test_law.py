"""The book of the law: dated rows, asked by day."""

import csv
import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.resources import fixtures_dir
from kervan.trade import countries, law, nomenclature
from kervan.trade.errors import TradeError
from kervan.trade.law import ETGB, Figure, LawBook, PlatformLimit, PublicHoliday, RestrictedGoods

BOOK = law.shipped()
TODAY = dt.date(2026, 11, 22)
FILES = ("regime_limits", "platform_limits", "restricted_goods", "platform_figures", "public_holidays")


def _book(**rows: object) -> LawBook:
    empty = LawBook(version=7, regime=(), platform=(), restricted=(), figures=())
    return msgspec.structs.replace(empty, **rows)


@pytest.mark.parametrize(
    ("day", "grams", "eur"),
    [
        (dt.date(2015, 6, 1), 150_000, "7500"),
        (dt.date(2016, 12, 31), 150_000, "7500"),
        (dt.date(2017, 1, 1), 300_000, "15000"),
        (dt.date(2026, 1, 2), 300_000, "15000"),
        (dt.date(2026, 1, 3), 600_000, "30000"),
        (TODAY, 600_000, "30000"),
    ],
)
def test_the_limit_is_that_of_its_day(day: dt.date, grams: int, eur: str) -> None:
    limit = BOOK.regime_limit(ETGB, day)
    assert (limit.max_gross_g, limit.max_value_eur) == (grams, Decimal(eur))


def test_a_route_without_a_limit_is_refused_with_the_day() -> None:
    with pytest.raises(TradeError, match="No limit is known for DRONE on 2026-11-22"):
        BOOK.regime_limit("DRONE", TODAY)
    with pytest.raises(TradeError, match="No limit is known"):
        _book().regime_limit(ETGB, TODAY)


def test_the_history_of_a_route_has_neither_gap_nor_overlap() -> None:
    rows = BOOK.history(ETGB)
    assert rows[0].valid_from is None
    assert rows[-1].valid_to is None
    for before, after in zip(rows, rows[1:], strict=False):
        assert before.valid_to is not None
        assert after.valid_from == before.valid_to + dt.timedelta(days=1)


@pytest.mark.parametrize("file", FILES)
def test_every_row_of_the_release_says_where_it_stands_written_and_how_sure_it_is(file: str) -> None:
    with (fixtures_dir() / "law" / f"{file}.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows
    for row in rows:
        assert row["legal_ref"], row
        assert row["certainty"] in ("PUBLISHED", "REPORTED", "RECALLED", "DECIDED"), row
        # What is not sure says why, in its note or in its reference.
        assert (
            row["certainty"] != "RECALLED"
            or row["note"]
            or "convention" in row["legal_ref"].casefold()
            or ("2313" in row["legal_ref"])
        ), row


def test_every_restricted_prefix_is_in_the_tariff_and_every_country_exists() -> None:
    for row in BOOK.restricted:
        assert nomenclature.exists(row.prefix[:6]), row.prefix
        assert row.destination is None or countries.is_country(row.destination)


def test_unverified_importers_are_allowed_a_thousand_euros_and_verified_ones_what_the_law_does() -> None:
    unverified = BOOK.platform_limit("UNVERIFIED", TODAY)
    verified = BOOK.platform_limit("VERIFIED", TODAY)
    assert unverified is not None
    assert verified is not None
    assert (unverified.max_value_eur, verified.max_value_eur) == (1000, None)
    assert BOOK.platform_limit("ROYAL", TODAY) is None


def test_the_figures_that_orders_work_by_are_there() -> None:
    names = (
        "ANSWER_HOURS",
        "COUNTER_HOURS",
        "SPLIT_DAYS",
        "RATE_BUSINESS_DAYS",
        "INQUIRY_DAYS",
        "COMPLETE_DAYS",
    )
    assert [BOOK.figure(name, TODAY) for name in names] == [72, 72, 7, 3, 90, 14]
    with pytest.raises(TradeError, match="No figure WISHES is known"):
        BOOK.figure("WISHES", TODAY)


def test_a_figure_changes_on_its_day() -> None:
    before = Figure(name="ANSWER_HOURS", figure=72, valid_to=TODAY, legal_ref="a", certainty="DECIDED")
    after = Figure(
        name="ANSWER_HOURS", figure=48, valid_from=TODAY + dt.timedelta(1), legal_ref="b", certainty="DECIDED"
    )
    book = _book(figures=(before, after))
    assert (book.figure("ANSWER_HOURS", TODAY), book.figure("ANSWER_HOURS", TODAY + dt.timedelta(1))) == (
        72,
        48,
    )


def _goods(prefix: str, kind: str, destination: str | None = None, **days: dt.date) -> RestrictedGoods:
    return RestrictedGoods(
        prefix=prefix, kind=kind, destination=destination, name="n", name_tr="t", legal_ref="l",
        certainty="RECALLED", **days,
    )  # type: ignore[arg-type]  # a kind in words  # fmt: skip


def test_goods_are_restricted_by_the_beginning_of_their_code() -> None:
    book = _book(restricted=(_goods("93", "LICENCE"), _goods("071340000013", "REGISTERED")))
    assert book.restricted_goods("930190000000", "DE", TODAY) is not None
    assert book.restricted_goods("071340000013", "DE", TODAY) is not None
    assert book.restricted_goods("071340000099", "DE", TODAY) is None
    assert book.restricted_goods("610910001100", "DE", TODAY) is None


def test_of_two_restrictions_the_stricter_is_told_and_of_two_alike_the_narrower() -> None:
    book = _book(
        restricted=(_goods("93", "REGISTERED"), _goods("9301", "LICENCE"), _goods("930190", "LICENCE"))
    )
    found = book.restricted_goods("930190000000", "DE", TODAY)
    assert found is not None
    assert (found.kind, found.prefix) == ("LICENCE", "930190")


def test_a_restriction_of_one_destination_leaves_the_others_free() -> None:
    book = _book(restricted=(_goods("7113", "PROHIBITED", "KP"),))
    assert book.restricted_goods("711311000000", "KP", TODAY) is not None
    assert book.restricted_goods("711311000000", "KR", TODAY) is None


def test_a_restriction_begins_and_ends_on_its_days() -> None:
    first, last = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
    book = _book(restricted=(_goods("0402", "REGISTERED", valid_from=first, valid_to=last),))
    day = dt.timedelta(1)
    assert [
        book.restricted_goods("040210000000", "DE", on) is not None
        for on in (first - day, first, last, last + day)
    ] == [False, True, True, False]


def _holiday(day: dt.date, kind: str = "CLOSED", last: dt.date | None = None) -> PublicHoliday:
    return PublicHoliday(
        kind=kind, name="n", name_tr="t", valid_from=day, valid_to=last or day, legal_ref="l", certainty="REPORTED"
    )  # type: ignore[arg-type]  # a kind in words  # fmt: skip


def test_weekends_holidays_and_the_exporters_own_are_no_business_days() -> None:
    assert BOOK.is_business_day(dt.date(2026, 11, 20))
    assert not BOOK.is_business_day(dt.date(2026, 11, 21))
    assert not BOOK.is_business_day(dt.date(2026, 10, 29))
    assert not BOOK.is_business_day(dt.date(2026, 5, 28))
    friday = dt.date(2026, 11, 20)
    assert not BOOK.is_business_day(friday, [(friday - dt.timedelta(1), friday)])


def test_the_eve_of_a_feast_counts_as_a_business_day() -> None:
    assert BOOK.is_business_day(dt.date(2026, 10, 28))
    assert BOOK.is_business_day(dt.date(2026, 3, 19))


def test_a_later_row_takes_a_holiday_back() -> None:
    day = dt.date(2027, 3, 9)
    assert law.closed_days([_holiday(day, last=day + dt.timedelta(2))]) >= {day, day + dt.timedelta(2)}
    assert day not in law.closed_days([_holiday(day), _holiday(day, "OPEN")])
    assert day in law.closed_days([_holiday(day, "OPEN"), _holiday(day)])


def test_every_year_of_the_calendar_has_its_holidays() -> None:
    for year in range(2024, 2028):
        fixed = {dt.date(year, *md) for md in ((1, 1), (4, 23), (5, 1), (5, 19), (7, 15), (8, 30), (10, 29))}
        assert fixed <= BOOK.holidays
        moving = {day for day in BOOK.holidays if day.year == year} - fixed
        assert 6 <= len(moving) <= 7, year  # three and four days of feasts; one can fall on a fixed holiday


def _istanbul(*when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=law.TURKIYE)  # type: ignore[misc, arg-type]  # never as many as would meet tzinfo


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # Monday to Thursday, the same time.
        (_istanbul(2026, 11, 16, 9, 30), _istanbul(2026, 11, 19, 9, 30)),
        # Over a weekend.
        (_istanbul(2026, 11, 20, 15, 0), _istanbul(2026, 11, 25, 15, 0)),
        # On a Saturday the clock stands until Monday.
        (_istanbul(2026, 11, 21, 11, 0), _istanbul(2026, 11, 26, 0, 0)),
        # Republic Day, a Thursday, does not count.
        (_istanbul(2026, 10, 27, 12, 0), _istanbul(2026, 11, 2, 12, 0)),
    ],
)
def test_72_hours_are_three_business_days(start: dt.datetime, end: dt.datetime) -> None:
    found = BOOK.business_deadline(start.astimezone(dt.UTC), 72, ())
    assert found == end
    assert found.tzinfo is dt.UTC


def test_the_exporters_holidays_stop_the_clock() -> None:
    start = _istanbul(2026, 11, 16, 9, 0)
    closed = [(dt.date(2026, 11, 17), dt.date(2026, 11, 18))]
    assert BOOK.business_deadline(start, 72, closed) == _istanbul(2026, 11, 23, 9, 0)


def test_a_calendar_that_never_opens_still_has_an_end() -> None:
    closed = [(dt.date.min, dt.date.max)]
    assert BOOK.business_deadline(_istanbul(2026, 11, 16, 9, 0), 72, closed) > _istanbul(2027, 11, 16)


@given(
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 12, 1)), st.integers(1, 240), st.integers(0, 240)
)
def test_more_hours_never_end_sooner_and_a_deadline_is_on_a_business_day_or_its_midnight(
    start: dt.datetime, hours: int, more: int
) -> None:
    begin = start.replace(tzinfo=dt.UTC)
    end = BOOK.business_deadline(begin, hours)
    assert begin + dt.timedelta(hours=hours) <= end <= BOOK.business_deadline(begin, hours + more)
    assert BOOK.is_business_day(law.day_of(end - dt.timedelta(microseconds=1)))


def test_the_day_of_the_law_is_that_of_türkiye() -> None:
    assert law.day_of(dt.datetime(2026, 1, 2, 21, 30, tzinfo=dt.UTC)) == dt.date(2026, 1, 3)


def test_the_process_judges_by_the_book_that_was_put_in_use() -> None:
    try:
        row = PlatformLimit(tier="VERIFIED", max_value_eur=Decimal(5), legal_ref="l", certainty="DECIDED")
        law.use(_book(platform=(row,)))
        assert law.current().version == 7
    finally:
        law.use(law.shipped())
    assert law.current() == BOOK


def test_answers_that_are_kept_do_not_grow_for_ever() -> None:
    book = msgspec.structs.replace(BOOK, version=1)
    for number in range(20_050):
        book.restricted_goods(f"61{number:010}", "DE", TODAY)
    assert len(book._restricted) <= 20_000
