"""What staff type about announcements: name and texts, the audience, the time; and how the same fills the fields."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from kervan.announcements import markup
from kervan.announcements.audience import STANDINGS, Audience
from kervan.announcements.service import LONGEST_NAME
from kervan.announcements.structs import Announcement, Words
from kervan.calendars import zones
from kervan.errors import Invalid
from kervan.events.states import KIND_NAMES
from kervan.events.tables import EventKind
from kervan.trade import countries, nomenclature, time_zones
from kervan.trade.errors import N_, TradeError
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import BY_CODE, LANGUAGES, gettext

PAST = {
    "": N_("Does not matter"),
    "REGISTERED": N_("Their firm registered for an earlier event"),
    "ATTENDED": N_("Their firm came to an earlier event"),
}
HERE = {
    "": N_("Does not matter"),
    "NOT_REGISTERED": N_("Not registered for this event yet"),
    "REGISTERED": N_("Registered for this event"),
}
STANDING_NAMES = {"ACTIVE": N_("Not verified"), "VERIFIED": N_("Verified by a post")}


def texts(form: Form) -> tuple[str, tuple[Words, ...]]:
    """The name and the texts that were typed; a language without subject and text is left out."""
    name = form.text("name", longest=LONGEST_NAME)
    found = []
    for language in BY_CODE:
        subject = form.text(f"subject-{language}", required=False, longest=markup.LONGEST_SUBJECT)
        text = form.lines(f"text-{language}", required=False, longest=markup.LONGEST_TEXT)
        if subject or text:
            found.append(Words(language=language, subject=subject, text=text))
    return name, tuple(found)


def text_values(name: str, words: Sequence[Words]) -> dict[str, str]:
    """The fields of the editor, filled."""
    values = {"name": name}
    for one in words:
        values |= {f"subject-{one.language}": one.subject, f"text-{one.language}": one.text}
    return values


def audience(form: Form) -> Audience:
    """The audience that was chosen; what does not exist is refused beside its field."""
    past = form.choice("past", tuple(PAST), required=False)
    return Audience(
        countries=_countries(form),
        sectors=form.several("sectors", {one.slug for one in nomenclature.sectors()}),
        headings=_headings(form),
        standings=form.several("standings", STANDINGS),
        languages=form.several("languages", tuple(BY_CODE)),
        past=cast("Any", past),
        kinds=form.several("kinds", [str(kind) for kind in EventKind]) if past else (),
        here=cast("Any", form.choice("here", tuple(HERE), required=False)),
        fresh=form.ticked("fresh"),
    )


def _words(text: str) -> list[str]:
    return [
        word.strip() for word in text[:4000].replace("\n", ",").replace(";", ",").split(",") if word.strip()
    ]


def _countries(form: Form) -> tuple[str, ...]:
    found = []
    for word in _words(form.value("countries")):
        try:
            code = countries.find_country(word)
        except TradeError as error:
            form.refuse("countries", error)
            continue
        if code == countries.TURKIYE:
            form.refuse("countries", N_("Importers are abroad: Türkiye cannot be chosen."))
        found.append(code)
    return tuple(dict.fromkeys(found))


def _headings(form: Form) -> tuple[str, ...]:
    codes = [word.replace(".", "").replace(" ", "") for word in _words(form.value("headings"))]
    for code in codes:
        if len(code) not in (2, 4, 6) or not nomenclature.exists(code):
            form.refuse(
                "headings",
                TradeError(
                    N_("{code} is no chapter (2 digits), heading (4) or subheading (6)."), code=code[:12]
                ),
            )
    return tuple(dict.fromkeys(codes))


def audience_values(chosen: Audience, language: str) -> dict[str, str | Sequence[str]]:
    """The fields of the audience, filled."""
    return {
        "countries": ", ".join(formats.country(language, code) for code in chosen.countries),
        "headings": ", ".join(chosen.headings),
        "sectors": chosen.sectors,
        "standings": chosen.standings,
        "languages": chosen.languages,
        "past": chosen.past,
        "kinds": chosen.kinds,
        "here": chosen.here,
        "fresh": "1" if chosen.fresh else "",
    }


def told(chosen: Audience, language: str) -> list[tuple[str, str]]:
    """The audience in words: what was chosen in each group, only groups with a choice."""
    spoken = formats.list_of
    rows: list[tuple[str, str]] = []

    def row(name: str, values: Sequence[str]) -> None:
        if values:
            rows.append((gettext(language, name), spoken(language, values)))

    row(N_("Countries"), [formats.country(language, code) for code in chosen.countries])
    row(N_("Sectors"), [formats.sector(language, slug) for slug in chosen.sectors])
    row(N_("Headings"), [f"{code} {formats.hs_name(language, code)}".strip() for code in chosen.headings])
    row(N_("Verification"), [gettext(language, STANDING_NAMES[code]) for code in chosen.standings])
    row(N_("Language of their account"), [formats.language_name(language, code) for code in chosen.languages])
    if chosen.past:
        row(N_("Earlier events"), [gettext(language, PAST[chosen.past])])
        row(N_("Kinds of these events"), [gettext(language, KIND_NAMES[kind]) for kind in chosen.kinds])
    if chosen.here:
        row(N_("This event"), [gettext(language, HERE[chosen.here])])
    if chosen.fresh:
        row(N_("Earlier editions"), [gettext(language, N_("Only who got none"))])
    return rows


def choices(language: str) -> Mapping[str, Any]:
    """What the audience page offers, in the reader's language: pairs of value and text."""

    def named(names: Mapping[Any, str]) -> list[tuple[str, str]]:
        return [(str(code), gettext(language, text)) for code, text in names.items()]

    return {
        "sectors": [(one.slug, one.names.get(language, one.names["en"])) for one in nomenclature.sectors()],
        "standings": named(STANDING_NAMES),
        "spoken": [(one.code, formats.language_name(language, one.code)) for one in LANGUAGES],
        "pasts": named(PAST),
        "heres": named(HERE),
        "kinds": named(KIND_NAMES),
    }


def time(form: Form, found: Announcement) -> datetime | None:
    """When sending is to begin; None: at once. A time that the clocks skip is refused beside its field."""
    if form.choice("when", ("now", "later")) != "later":
        return None
    day, clock = form.parsed("day", zones.parse_day), form.parsed("time", zones.parse_time)
    zone = form.parsed("zone", time_zones.zone, longest=64)
    if day is None or clock is None or zone is None:
        return None
    try:
        return zones.moment(day, clock, zone)
    except (TradeError, Invalid) as error:
        form.refuse("time", error)
        return None


def time_values(found: Announcement, zone: str) -> dict[str, str]:
    """The fields of the time, filled: what is planned, on the clocks of the reader."""
    if found.send_at is None:
        return {"when": "now", "zone": zone}
    local = zones.local(found.send_at, zone)
    return {"when": "later", "day": local.date().isoformat(), "time": f"{local:%H:%M}", "zone": zone}
