"""The law by which orders are judged, as one book of dated rows: limits, restricted goods, figures, holidays.

The book that came with the release is fixtures/law/*.csv; a running process uses the one that administrators
approved (policies.book puts it here with `use`). Nothing here reads a database.
"""

import csv
import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cache, cached_property
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from kervan.resources import fixtures_dir
from kervan.trade.errors import N_, TradeError, shown

ETGB = "ETGB"
TURKIYE = ZoneInfo("Europe/Istanbul")

Basis = Literal["GOODS", "INVOICE_TOTAL", "BOTH"]
Certainty = Literal["PUBLISHED", "REPORTED", "RECALLED", "DECIDED"]
Tier = Literal["UNVERIFIED", "VERIFIED"]
Restriction = Literal["PROHIBITED", "LICENCE", "CONTROLLED", "REGISTERED"]
DayKind = Literal["CLOSED", "HALF", "OPEN"]

_DAY = dt.timedelta(days=1)
# Answers by key and day are kept; more than this many and they start anew.
_MOST_KEPT = 20_000
# A calendar that is closed for longer than this is no calendar: the deadline stands at its end.
_LONGEST_CLOSED = 400


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """In force from `valid_from` (None: since before the book begins) through `valid_to` (None: until changed).

    `certainty` says how well the row is known: PUBLISHED in the gazette as read, REPORTED by others, RECALLED from
    memory, DECIDED by the platform itself.
    """

    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    legal_ref: str
    certainty: Certainty
    note: str = ""

    def holds(self, on: dt.date) -> bool:
        """Whether the row is in force on this day; its first and last day count."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


class RegimeLimit(Row, frozen=True, kw_only=True):
    """What one shipment by this route may weigh (gross, grams) and be worth (EUR), both inclusive.

    `basis` says which value is compared: that of the goods, the invoice's total, or both.
    """

    route: str
    max_gross_g: int
    max_value_eur: Decimal
    basis: Basis


class PlatformLimit(Row, frozen=True, kw_only=True):
    """What the platform allows an importer of this tier in one order; None leaves it to the law and the exporter.

    The counts are of one exporter: orders that are open at a time, and orders of one day.
    """

    tier: Tier
    max_gross_g: int | None = None
    max_value_eur: Decimal | None = None
    max_open_orders: int | None = None
    max_orders_a_day: int | None = None


class RestrictedGoods(Row, frozen=True, kw_only=True):
    """Goods that cannot leave as a micro-export, by the beginning of their code; to one country or to all (None)."""

    prefix: str
    kind: Restriction
    destination: str | None = None
    name: str
    name_tr: str


class Figure(Row, frozen=True, kw_only=True):
    """A figure that the platform works by, such as ANSWER_HOURS."""

    name: str
    figure: int


class PublicHoliday(Row, frozen=True, kw_only=True):
    """Days closed in Türkiye, first to last.

    HALF days close at noon and count as business days; OPEN takes an earlier row back.
    """

    kind: DayKind
    name: str
    name_tr: str


class Carrier(Row, frozen=True, kw_only=True):
    """An express carrier, for the days on which it is authorised to make the ETGB."""

    code: str
    name: str
    tracking_url: str | None = None
    contact: str = ""


R = TypeVar("R", bound=Row)
# The strictest first: of several rows about the same goods this one is told.
_STRICTEST: tuple[Restriction, ...] = ("PROHIBITED", "LICENCE", "CONTROLLED", "REGISTERED")


class LawBook(msgspec.Struct, frozen=True, dict=True):
    """Every row of the law, past and to come; asked by day. `version` 0 is the one that came with the release."""

    version: int
    regime: tuple[RegimeLimit, ...]
    platform: tuple[PlatformLimit, ...]
    restricted: tuple[RestrictedGoods, ...]
    figures: tuple[Figure, ...]
    holidays: frozenset[dt.date] = frozenset()
    """Days closed as a whole beside weekends."""
    calendar: tuple[PublicHoliday, ...] = ()
    carriers: tuple[Carrier, ...] = ()

    def regime_limit(self, route: str, on: dt.date) -> RegimeLimit:
        """The limit of the route that is in force on this day; TradeError when there is none."""
        try:
            return self._regime[route, on]
        except KeyError:
            found = _in_force([row for row in self.regime if row.route == route], on)
            if found is None:
                raise TradeError(
                    N_("No limit is known for {route} on {date}."), route=shown(route), date=on
                ) from None
        _keep(self._regime, (route, on), found)
        return found

    def history(self, route: str) -> tuple[RegimeLimit, ...]:
        """All limits of the route, oldest first; empty for an unknown route."""
        return tuple(
            sorted(
                (row for row in self.regime if row.route == route),
                key=lambda row: row.valid_from or dt.date.min,
            )
        )

    def platform_limit(self, tier: str, on: dt.date) -> PlatformLimit | None:
        """The platform's own limit of a tier on this day; None when there is none."""
        key = (tier, on)
        if key not in self._platform:
            _keep(self._platform, key, _in_force([row for row in self.platform if row.tier == tier], on))
        return self._platform[key]

    def restricted_goods(self, code: str, destination: str, on: dt.date) -> RestrictedGoods | None:
        """The strictest restriction of goods with this code to this country on this day; None when they are free."""
        key = (code, destination, on)
        if key not in self._restricted:
            found = [
                row
                for length in range(2, len(code) + 1)
                for row in self._by_prefix.get(code[:length], ())
                if row.destination in (None, destination) and row.holds(on)
            ]
            found.sort(key=lambda row: (_STRICTEST.index(row.kind), -len(row.prefix)))
            _keep(self._restricted, key, found[0] if found else None)
        return self._restricted[key]

    def figure(self, name: str, on: dt.date) -> int:
        """A figure of the platform on this day; TradeError when there is none."""
        try:
            return self._figures[name, on]
        except KeyError:
            row = _in_force([row for row in self.figures if row.name == name], on)
            if row is None:
                raise TradeError(
                    N_("No figure {name} is known on {date}."), name=shown(name), date=on
                ) from None
        _keep(self._figures, (name, on), row.figure)
        return row.figure

    def carriers_on(self, on: dt.date) -> tuple[Carrier, ...]:
        """The carriers that are authorised to make the ETGB on this day, by name."""
        return tuple(sorted((row for row in self.carriers if row.holds(on)), key=lambda row: row.name))

    def is_business_day(self, day: dt.date, closed: Collection[tuple[dt.date, dt.date]] = ()) -> bool:
        """Whether work is done on this day: no weekend, no public holiday, in none of the times `closed`.

        A time is its first and its last day, both closed.
        """
        return (
            day.weekday() < 5
            and day not in self.holidays
            and not any(first <= day <= last for first, last in closed)
        )

    def business_deadline(
        self, start: dt.datetime, hours: int, closed: Collection[tuple[dt.date, dt.date]] = ()
    ) -> dt.datetime:
        """When so many hours of business days have passed, in UTC: 72 hours are three business days.

        Days are those of Türkiye; the clock stands still on days that are no business days.
        """
        now, left = start.astimezone(TURKIYE), dt.timedelta(hours=hours)
        for _ in range(_LONGEST_CLOSED + hours):
            midnight = dt.datetime.combine(now.date() + _DAY, dt.time(), TURKIYE)
            if self.is_business_day(now.date(), closed):
                if left <= midnight - now:
                    return (now + left).astimezone(dt.UTC)
                left -= midnight - now
            now = midnight
        return now.astimezone(dt.UTC)

    @cached_property
    def _by_prefix(self) -> dict[str, list[RestrictedGoods]]:
        rows: dict[str, list[RestrictedGoods]] = {}
        for row in self.restricted:
            rows.setdefault(row.prefix, []).append(row)
        return rows

    @cached_property
    def _regime(self) -> dict[tuple[str, dt.date], RegimeLimit]:
        return {}

    @cached_property
    def _platform(self) -> dict[tuple[str, dt.date], PlatformLimit | None]:
        return {}

    @cached_property
    def _restricted(self) -> dict[tuple[str, str, dt.date], RestrictedGoods | None]:
        return {}

    @cached_property
    def _figures(self) -> dict[tuple[str, dt.date], int]:
        return {}


def day_of(moment: dt.datetime) -> dt.date:
    """The day of the law: the calendar day in Türkiye at this moment."""
    return moment.astimezone(TURKIYE).date()


def closed_days(calendar: Sequence[PublicHoliday]) -> frozenset[dt.date]:
    """The days that are closed as a whole; of two rows about the same day the later one in the calendar decides."""
    kinds: dict[dt.date, DayKind] = {}
    for row in calendar:
        if row.valid_from is not None and row.valid_to is not None:
            for offset in range((row.valid_to - row.valid_from).days + 1):
                kinds[row.valid_from + offset * _DAY] = row.kind
    return frozenset(day for day, kind in kinds.items() if kind == "CLOSED")


@cache
def shipped() -> LawBook:
    """The law as it came with this release."""
    calendar = rows_of("public_holidays.csv", PublicHoliday)
    return LawBook(
        version=0,
        regime=rows_of("regime_limits.csv", RegimeLimit),
        platform=rows_of("platform_limits.csv", PlatformLimit),
        restricted=rows_of("restricted_goods.csv", RestrictedGoods),
        figures=rows_of("platform_figures.csv", Figure),
        holidays=closed_days(calendar),
        calendar=calendar,
    )


def rows_of(file: str, kind: type[R]) -> tuple[R, ...]:
    """The rows of a file of fixtures/law, in its order; an empty field is None, or what the kind has by default."""
    with (fixtures_dir() / "law" / file).open(encoding="utf-8", newline="") as opened:
        rows = [{name: value for name, value in row.items() if value != ""} for row in csv.DictReader(opened)]
    return tuple(msgspec.convert(rows, list[kind], strict=False))  # type: ignore[valid-type]  # a type at run time


_current: list[LawBook] = []


def current() -> LawBook:
    """The book that this process judges by; until `use` the one of the release."""
    return _current[0] if _current else shipped()


def use(book: LawBook) -> None:
    """From now on this process judges by this book."""
    _current[:] = [book]


def _in_force(rows: Sequence[R], on: dt.date) -> R | None:
    return next((row for row in rows if row.holds(on)), None)


K = TypeVar("K")
V = TypeVar("V")


def _keep(answers: dict[K, V], key: K, answer: V) -> None:
    if len(answers) >= _MOST_KEPT:
        answers.clear()
    answers[key] = answer
