"""What a meeting day must say, and the slots that follow from it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from kervan.calendars import zones
from kervan.errors import Invalid, KervanError
from kervan.trade import languages
from kervan.trade.errors import N_, TradeError
from kervan.web.forms import is_unfit

LONGEST_NAME = 160
LONGEST_PLACE = 160
MOST_SLOTS = 96
SHORTEST_SLOT, LONGEST_SLOT = 5, 240
LONGEST_PAUSE = 120
MOST_BREAKS = 6
MOST_TABLES = 1000
MOST_INTERPRETERS = 100
MOST_LANGUAGES = 20
FARTHEST = timedelta(days=2 * 366)

Wrong = dict[str, KervanError | str]


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When meetings are held, by the day's own clock: slots of so many minutes with pauses between them."""

    starts: time
    ends: time
    minutes: int
    pause: int = 0
    breaks: tuple[tuple[time, time], ...] = ()
    """In which no slot lies, such as lunch."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that an organiser writes about a meeting day. `hours` cannot change once firms were asked."""

    name: str
    day: date
    zone: str
    hours: Hours
    wishes_until: datetime
    """UTC; until then firms say when they are free and whom they want to meet."""
    tables: int | None = None
    """Meetings at the same time; None: as many as come."""
    interpreters: Mapping[str, int] = {}
    """Language -> interpreters at the same time, between it and Turkish or English."""
    most_meetings: int = 24
    """Of one firm."""
    online: bool = False
    place: str = ""


Span = tuple[datetime, datetime]


def slots(content: Content) -> list[Span]:
    """The slots in their order, UTC. Raises Invalid with a sentence beside the field that makes them impossible."""
    hours = content.hours
    wrong: Wrong = {}
    moments = {
        name: _moment(content, clock, name, wrong)
        for name, clock in (("starts", hours.starts), ("ends", hours.ends))
    }
    breaks: list[Span] = []
    for number, (first, last) in enumerate(hours.breaks, 1):
        from_, until = (
            _moment(content, clock, f"{name}_{number}", wrong)
            for name, clock in (("break_from", first), ("break_until", last))
        )
        if from_ and until and until <= from_:
            wrong[f"break_until_{number}"] = N_("It ends before it begins. Give a later end.")
        elif from_ and until:
            breaks.append((from_, until))
    start, end = moments["starts"], moments["ends"]
    if start and end and end <= start:
        wrong["ends"] = N_("It ends before it begins. Give a later end.")
    if not SHORTEST_SLOT <= hours.minutes <= LONGEST_SLOT:
        wrong["minutes"] = _from_to(SHORTEST_SLOT, LONGEST_SLOT)
    if not 0 <= hours.pause <= LONGEST_PAUSE:
        wrong["pause"] = _from_to(0, LONGEST_PAUSE)
    if len(hours.breaks) > MOST_BREAKS:
        wrong["break_from_1"] = Invalid(N_("At most {n} breaks."), n=MOST_BREAKS)
    if wrong or start is None or end is None:
        raise Invalid(fields=wrong)
    found = _cut(start, end, hours, sorted(breaks))
    if not found:
        raise Invalid(fields={"ends": N_("No slot fits between these times. Give a later end.")})
    if len(found) > MOST_SLOTS:
        raise Invalid(
            fields={"minutes": Invalid(N_("At most {n} slots a day: make them longer."), n=MOST_SLOTS)}
        )
    return found


def _cut(start: datetime, end: datetime, hours: Hours, breaks: Sequence[Span]) -> list[Span]:
    length, pause = timedelta(minutes=hours.minutes), timedelta(minutes=hours.pause)
    found: list[Span] = []
    at = start
    while at + length <= end and len(found) <= MOST_SLOTS:
        over = next((until for from_, until in breaks if from_ < at + length and until > at), None)
        if over is None:
            found.append((at, at + length))
            at += length + pause
        else:
            at = over
    return found


def hours_of(spans: Sequence[Span], zone: str) -> Hours:
    """The hours from which these slots follow again: the smallest gap is the pause, larger ones are breaks."""
    pause, breaks = gaps(spans)
    starts, ends = (zones.local(moment, zone).time() for moment in (spans[0][0], spans[-1][1]))
    return Hours(
        starts=starts,
        ends=ends,
        minutes=int((spans[0][1] - spans[0][0]) / timedelta(minutes=1)),
        pause=int(pause / timedelta(minutes=1)),
        breaks=tuple(
            (zones.local(one, zone).time(), zones.local(other, zone).time()) for one, other in breaks
        ),
    )


def gaps(spans: Sequence[Span]) -> tuple[timedelta, list[Span]]:
    """The pause after each of these slots, and the breaks: the gaps that are longer than it."""
    between = [(before[1], after[0]) for before, after in zip(spans, spans[1:], strict=False)]
    pause = min((until - from_ for from_, until in between), default=timedelta())
    return pause, [(from_, until) for from_, until in between if until - from_ > pause]


def check(content: Content, now: datetime, within: tuple[date, date] | None = None) -> Wrong:
    """What is wrong, a sentence by field; `within` are the first and last day of its event."""
    wrong: Wrong = {}
    if not content.name:
        wrong["name"] = N_("Please fill this in.")
    for field, text, longest in (
        ("name", content.name, LONGEST_NAME),
        ("place", content.place, LONGEST_PLACE),
    ):
        if len(text) > longest:
            wrong[field] = Invalid(N_("At most {n} characters."), n=longest)
        elif is_unfit(text):
            wrong[field] = N_("This holds characters that cannot be shown. Type it again.")
    if not zones.known(content.zone):
        return {**wrong, "zone": N_("This cannot be chosen here.")}
    try:
        spans = slots(content)
    except Invalid as error:
        return {**error.fields, **wrong}
    if spans[0][0] <= now:
        wrong["day"] = N_("This lies in the past. Give a day that is to come.")
    elif spans[0][0] > now + FARTHEST:
        wrong["day"] = N_("This lies too far away. Check the year.")
    elif within and not within[0] <= content.day <= within[1]:
        wrong["day"] = Invalid(
            N_("The event is held from {first} to {last}. Choose one of its days."),
            first=within[0],
            last=within[1],
        )
    if content.wishes_until >= spans[0][0]:
        wrong["wishes_until_day"] = N_("Firms have to say their wishes before the first meeting.")
    elif content.wishes_until <= now:
        wrong["wishes_until_day"] = N_("This lies in the past. Give a time that is to come.")
    return wrong | check_figures(content)


def check_figures(content: Content) -> Wrong:
    """What is wrong with the room that there is."""
    wrong: Wrong = {}
    if content.tables is not None and not 1 <= content.tables <= MOST_TABLES:
        wrong["tables"] = _from_to(1, MOST_TABLES)
    if not 1 <= content.most_meetings <= MOST_SLOTS:
        wrong["most_meetings"] = _from_to(1, MOST_SLOTS)
    if len(content.interpreters) > MOST_LANGUAGES or any(
        not languages.is_language(code) or not 1 <= count <= MOST_INTERPRETERS
        for code, count in content.interpreters.items()
    ):
        wrong["interpreters"] = Invalid(
            N_("Choose languages, and from {low} to {high} interpreters for each."),
            low=1,
            high=MOST_INTERPRETERS,
        )
    return wrong


def _from_to(low: int, high: int) -> Invalid:
    return Invalid(N_("Enter a whole number from {low} to {high}."), low=low, high=high)


def _moment(content: Content, clock: time, field: str, wrong: Wrong) -> datetime | None:
    try:
        return zones.moment(content.day, clock, content.zone).astimezone(UTC)
    except TradeError as error:
        wrong[field] = Invalid(error.message, None, **error.params)
        return None
