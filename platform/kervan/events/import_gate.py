"""The quality gate of imported events: a row becomes a draft as good as it can, with what is doubtful noted."""

import hashlib
from collections.abc import Mapping as Map
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

from kervan.calendars import zones
from kervan.errors import Invalid
from kervan.events import import_mapping, rules
from kervan.events.import_mapping import Mapping
from kervan.events.structs import Content, Text
from kervan.events.tables import EventKind, Format, OrganiserKind, RegistrationBy
from kervan.imports import mapping as shared
from kervan.imports.gate import CUT, LANGUAGE, MISSING, UNKNOWN, Problem, language, problem, shortened
from kervan.imports.values import cut, day
from kervan.trade import countries, money, provinces, time_zones
from kervan.trade.errors import N_, TradeError, shown
from kervan_search.text import fold

OTHER, LOST, PAST, SHORT, SECTOR = "OTHER", "LOST", "PAST", "SHORT", "SECTOR"
PROBLEMS: Map[str, str] = {
    MISSING: N_("The list does not say it."),
    CUT: N_("It was longer than fits here and was cut."),
    UNKNOWN: N_("“{value}” was not understood."),
    LANGUAGE: N_("It is not certain; {value} was taken."),
    OTHER: N_("Its own column says nothing (“{value}”); it was taken from another one. Read it."),
    LOST: N_("A letter was lost before the file came here (�). Mend it."),
    PAST: N_("The event is over since {value}."),
    SECTOR: N_("No sector of ours was found in it. Choose some."),
    SHORT: N_("“{value}” is very short; the year was added."),
}
"""What the gate says about a part of an event (msgids; `value` is what stood there)."""

NO_TITLE = N_("This row has no title.")
NO_DAY = N_("This row says no first day.")
UNREADABLE_DAY = N_("“{value}” is not a day that can be read.")
BACKWARDS = N_("It ends ({ends}) before it begins ({starts}).")
TOO_FAR = N_("The day {value} is too far away. Check the year.")

_PARTS = (
    "city", "venue", "address", "external_url", "registration_url", "contact_email", "organiser_name", "sectors",
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list as an event. `ref` is its number there, else one made of what it says."""

    content: Content
    ref: str
    url: str | None
    first: date
    last: date
    problems: tuple[Problem, ...]

    @property
    def title(self) -> str:
        """Of the only text."""
        return self.content.texts[0].title


def row(mapping: Mapping, cells: Map[str, object], organises_as: str, name: str, now: datetime) -> Row:
    """What a row says, as an event of the organisation `name` with the gate's problems.

    Raises Invalid for rows that cannot become one: without a title, without a first day that can be read, and with
    a last day before the first. Past ones may come in, with a warning.
    """
    got = {field: " ".join(shared.cell(mapping, field, cells).split()) for field in import_mapping.FIELDS}
    text = shared.cell(mapping, "text", cells)
    problems: list[Problem] = []
    title = _title(mapping, cells, problems)
    first, last = _days(got, mapping)
    kind = got["kind"] if got["kind"] in tuple(EventKind) else ""
    if not kind:
        problems.append(problem("kind", UNKNOWN if got["kind"] else MISSING, got["kind"]))
    place = _place(got, kind, problems)
    zone = _zone(got, place, problems)
    starts_at, ends_at, whole = _span(got, first, last, zone, problems)
    sectors = _sectors(got["sectors"], mapping, problems)
    fees, currency = _fees(got, mapping, problems)
    organiser, organiser_kind = got["organiser"], OrganiserKind.EXTERNAL.value
    if not organiser:
        organiser, organiser_kind = name, organises_as
    content = Content(
        kind=kind or EventKind.FAIR,
        texts=(
            Text(
                language=language(got["language"], f"{title} {text}", problems),
                title=shortened("title", title, rules.LONGEST_TITLE, problems),
                summary=shortened("summary", got["summary"], rules.LONGEST_SUMMARY, problems),
                text=shortened("text", text, rules.LONGEST_TEXT, problems),
            ),
        ),
        organiser_kind=organiser_kind,
        organiser_name=cut(organiser, 200),
        zone=zone,
        starts_at=starts_at,
        ends_at=ends_at,
        whole_days=whole,
        sectors=sectors,
        fee_exporters=fees[0],
        fee_importers=fees[1],
        fee_currency=currency,
        registration=RegistrationBy.EXTERNAL if got["registration_url"] else RegistrationBy.NONE,
        registration_url=_address(got["registration_url"]),
        external_url=_address(got["external_url"]),
        contact_email=got["contact_email"],
        **place,
    )
    content = _without_wrong(rules.tidied(content), problems)
    if ends_at is not None and ends_at <= now:
        problems.append(problem("ends", PAST, last.isoformat()))
    if any("\ufffd" in part for part in (title, text, got["summary"], got["venue"])):
        problems.append(problem("text", LOST))
    return Row(
        content=content,
        ref=got["source_ref"][:120] or _made_ref(title, first, place["city"] or "", got["venue"]),
        url=_address(got["source_url"]) if rules.is_address(_address(got["source_url"])) else None,
        first=first,
        last=last,
        problems=tuple(problems),
    )


def _title(mapping: Mapping, cells: Map[str, object], problems: list[Problem]) -> str:
    title, other = shared.cell_and_source(mapping, "title", cells)
    title = " ".join(title.split()).strip(mapping.titles.bullets + " ") if mapping.titles.bullets else title
    title = " ".join(title.split())
    if not title:
        raise Invalid(NO_TITLE)
    entry = mapping.columns["title"]
    if other and not isinstance(entry, str):
        problems.append(problem("title", OTHER, shared.plain(cells.get(entry.column or ""))))
    if len(title) < rules.SHORTEST_TITLE:
        problems.append(problem("title", SHORT, title))
    return title


def _days(got: Map[str, str], mapping: Mapping) -> tuple[date, date]:
    if not got["starts"]:
        raise Invalid(NO_DAY)
    found = []
    for text in (got["starts"], got["ends"] or got["starts"]):
        known = day(text, mapping.file.dates)
        if known is None:
            raise Invalid(UNREADABLE_DAY, value=shown(text))
        if not zones.FIRST_YEAR <= known.year <= zones.LAST_YEAR:
            raise Invalid(TOO_FAR, value=known.isoformat())
        found.append(known)
    if found[1] < found[0]:
        raise Invalid(BACKWARDS, starts=found[0].isoformat(), ends=found[1].isoformat())
    return found[0], found[1]


def _place(got: Map[str, str], kind: str, problems: list[Problem]) -> dict[str, Any]:
    format = got["format"] if got["format"] in tuple(Format) else ""
    if kind == EventKind.VIRTUAL_MISSION:
        format = Format.ONLINE
    country = _country(got["country"], problems)
    city, province = cut(got["city"], 80), None
    if country == countries.TURKIYE and (named := got["province"] or got["city"]):
        try:
            province = provinces.find_province(named).plate
        except TradeError:
            problems.append(problem("province", UNKNOWN, named))
    if format != Format.ONLINE and country is None and not got["country"]:
        problems.append(problem("country", MISSING))
    return {
        "format": format or Format.ONSITE,
        "country": country,
        "province": province,
        "city": city,
        "venue": cut(got["venue"], 160),
        "address": cut(got["address"], 300),
    }


def _country(text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    try:
        return countries.find_country(text)
    except TradeError:
        problems.append(problem("country", UNKNOWN, text))
        return None


def _zone(got: Map[str, str], place: Map[str, Any], problems: list[Problem]) -> str:
    if got["zone"]:
        try:
            return time_zones.zone(got["zone"])
        except TradeError:
            problems.append(problem("zone", UNKNOWN, got["zone"]))
    country = place["country"]
    return time_zones.of_country(country) if country else "Europe/Istanbul"


def _span(
    got: Map[str, str], first: date, last: date, zone: str, problems: list[Problem]
) -> tuple[datetime | None, datetime | None, bool]:
    """Whole days, unless both times stand there and exist on the clocks of the place."""
    if got["starts_time"] and got["ends_time"]:
        clocks: list[time] = []
        for field in ("starts_time", "ends_time"):
            try:
                clocks.append(zones.parse_time(got[field]))
            except TradeError:
                problems.append(problem(field, UNKNOWN, got[field]))
        try:
            if len(clocks) == 2:
                starts, ends = zones.moment(first, clocks[0], zone), zones.moment(last, clocks[1], zone)
                if ends > starts:
                    return starts, ends, False
                raise Invalid(
                    BACKWARDS, starts=f"{first} {clocks[0]:%H:%M}", ends=f"{last} {clocks[1]:%H:%M}"
                )
        except TradeError:
            problems.append(problem("starts_time", UNKNOWN, f"{got['starts_time']} {got['ends_time']}"))
    starts, ends = zones.whole_days(first, last, zone)
    return starts, ends, True


def _sectors(text: str, mapping: Mapping, problems: list[Problem]) -> tuple[str, ...]:
    """The sectors that the parts of a cell mean (separated by ; or |); those that mean none are noted once."""
    parts = [part.strip() for part in text.replace("|", ";").split(";") if part.strip()]
    found = {part: shared.sector(mapping.sectors, part)[0] for part in parts}
    if parts and not any(found.values()):
        problems.append(problem("sectors", SECTOR))
    return tuple(dict.fromkeys(slug for slug in found.values() if slug))[: rules.MOST_SECTORS]


def _fees(
    got: Map[str, str], mapping: Mapping, problems: list[Problem]
) -> tuple[list[Decimal | None], str | None]:
    fees: list[Decimal | None] = []
    for field in ("fee_exporters", "fee_importers"):
        fees.append(None)
        if not got[field]:
            continue
        try:
            amount = money.parse_amount(got[field], mapping.file.decimal).quantize(Decimal("0.01"))
        except (TradeError, ArithmeticError):
            problems.append(problem(field, UNKNOWN, got[field]))
            continue
        if 0 <= amount <= rules.MOST_FEE:
            fees[-1] = amount
        else:
            problems.append(problem(field, UNKNOWN, got[field]))
    if not any(fees):
        return fees, None
    try:
        return fees, money.require_currency(got["currency"].upper())  # ascii
    except TradeError:
        problems.append(problem("currency", UNKNOWN if got["currency"] else MISSING, got["currency"]))
        return [None, None], None


def _address(text: str) -> str:
    return text if not text or "://" in text else f"https://{text}"


def _without_wrong(content: Content, problems: list[Problem]) -> Content:
    """The content without the parts that no form would take; each is noted."""
    wrong = rules.check_draft(content)
    if far := wrong.keys() & {"starts_at", "ends_at"}:
        at = getattr(content, min(far))
        raise Invalid(TOO_FAR, value=at.astimezone(UTC).date().isoformat())
    empty = Content(kind=content.kind)
    for field in wrong:
        if field in _PARTS:
            problems.append(problem(field, UNKNOWN, str(getattr(content, field))))
            content = msgspec.structs.replace(content, **{field: getattr(empty, field)})
        elif field.startswith("texts."):
            # A name of a few letters is lengthened by the year that tells it from the next one.
            text = content.texts[0]
            assert content.starts_at is not None
            title = f"{text.title} {zones.day_of(content.starts_at, content.zone).year}"
            content = msgspec.structs.replace(content, texts=(msgspec.structs.replace(text, title=title),))
    if still := rules.check_draft(content):
        why = next(iter(still.values()))
        raise Invalid(why) if isinstance(why, str) else why
    return content


def _made_ref(title: str, first: date, city: str, venue: str) -> str:
    """A number of our own for a row without one: the same row has it again in the next file."""
    words = "|".join([" ".join(fold(part).split()) for part in (title, city, venue)] + [first.isoformat()])
    return f"row:{hashlib.sha256(words.encode()).hexdigest()[:20]}"
