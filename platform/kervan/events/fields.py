"""What the form of an event says: read field by field into its content, each refusal beside its own field."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

from kervan.calendars import zones
from kervan.errors import Invalid, KervanError
from kervan.events import rules
from kervan.events.structs import Content, Text
from kervan.events.tables import EventKind, Format, OrganiserKind, RegistrationBy
from kervan.trade import countries, languages, nomenclature, time_zones
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan.web.forms import Form

OWN = "OWN"
"""The organiser whose desk it is; else somebody without a desk here."""
FIRST_TEXTS = ("tr", "en")
_LAST_MINUTE = time(23, 59)

ANYWHERE, ABROAD, IN_TURKIYE, ONLINE = "ANYWHERE", "ABROAD", "IN_TURKIYE", "ONLINE"
PLACES: Mapping[str, str] = {
    EventKind.FAIR: ANYWHERE,
    EventKind.TRADE_MISSION: ABROAD,
    EventKind.BUYING_MISSION: IN_TURKIYE,
    EventKind.VIRTUAL_MISSION: ONLINE,
    EventKind.TRAINING: ANYWHERE,
}
"""Where each kind is held, which decides what its form asks for."""

# Part of a content -> field of the form where it is typed.
_TYPED_AT = {
    "starts_at": "starts_day",
    "ends_at": "ends_day",
    "registration_opens_at": "opens_day",
    "registration_closes_at": "closes_day",
    "organiser_kind": "organiser",
    "headings": "heading_words",
}
_PAST = N_("This lies in the past. Give a day that is to come.")
_NOBODY = N_("Nobody could register: give at least one side some places.")
_OUTSIDE = N_("“{title}” of the programme would lie outside the event. Change the programme first.")


def read(
    form: Form, kind: str, *, organises_as: str, own_name: str, before: Content | None = None
) -> Content:
    """What a form says about an event of a kind; what is wrong with it as a draft is noted in the form.

    `organises_as` and `own_name` are those of the organisation whose desk it is; `before` is what was stored: it keeps
    its programme and its questions, and its days may lie in the past as long as nobody changes them.
    """
    external = (
        form.choice("organiser", (OWN, OrganiserKind.EXTERNAL), required=False) == OrganiserKind.EXTERNAL
    )
    place = _place(form, kind)
    zone = _zone(form, place)
    starts_at, ends_at, whole_days = _times(form, zone)
    opens_at = _moment(form, "opens", zone, time())
    closes_at = _moment(form, "closes", zone, _LAST_MINUTE)
    registration = form.choice("registration", tuple(RegistrationBy), required=False) or RegistrationBy.NONE
    fees = {side: _fee(form, f"fee_{side}") for side in ("exporters", "importers")}
    content = rules.tidied(
        Content(
            kind=kind,
            texts=_texts(form),
            organiser_kind=OrganiserKind.EXTERNAL if external else organises_as,
            organiser_name=form.value("organiser_name") or ("" if external else own_name),
            zone=zone,
            starts_at=starts_at,
            ends_at=ends_at,
            whole_days=whole_days,
            sectors=form.several("sectors", most=200),
            headings=_headings(form),
            target_countries=_countries(form),
            languages=form.several("languages", most=300),
            capacity_exporters=_firms(form, "capacity_exporters"),
            capacity_importers=_firms(form, "capacity_importers"),
            people_per_firm=form.whole("people_per_firm", low=1, high=rules.MOST_PEOPLE, required=False) or 2,
            fee_exporters=fees["exporters"],
            fee_importers=fees["importers"],
            fee_currency=form.value("fee_currency") or None if any(fees.values()) else None,
            registration=registration,
            registration_url=_address(form.value("registration_url")),
            registration_opens_at=opens_at,
            registration_closes_at=closes_at,
            reviewed=form.ticked("reviewed"),
            support_reference=form.value("support_reference"),
            contact_name=form.value("contact_name"),
            contact_email=form.value("contact_email"),
            contact_phone=form.value("contact_phone"),
            external_url=_address(form.value("external_url")),
            sessions=before.sessions if before else (),
            questions=before.questions if before else (),
            **place,
        )
    )
    note(form, rules.check_draft(content), content)
    if (
        registration == RegistrationBy.PLATFORM
        and content.capacity_exporters == content.capacity_importers == 0
    ):
        form.refuse("capacity_importers", _NOBODY)
    _refuse_past(form, content, before)
    return content


def note(form: Form, wrong: Mapping[str, KervanError | str], content: Content) -> None:
    """Notes sentences by part of the content, each beside the field where it is typed."""
    for name, why in wrong.items():
        part, _, rest = name.partition(".")
        if part == "texts":
            form.refuse(_text_field(rest or FIRST_TEXTS[0], why, content), why)
        elif part == "sessions" and rest:
            title = content.sessions[int(rest) - 1].title
            form.refuse("ends_day", Invalid(_OUTSIDE, title=shown(title)))
        else:
            form.refuse(_TYPED_AT.get(part, part), why)


def take(form: Form, error: KervanError, content: Content) -> None:
    """Notes a service's refusal beside the fields of the form, else on top of it."""
    if isinstance(error, Invalid) and error.fields:
        note(form, error.fields, content)
    else:
        form.take(error)


def _text_field(language: str, why: KervanError | str, content: Content) -> str:
    """Which of the three fields of a language a sentence is about: the one that is too long or missing."""
    text = next((text for text in content.texts if text.language == language), None)
    if text is not None and not isinstance(why, str) and "longest" in why.params:
        for name, longest in (("summary", rules.LONGEST_SUMMARY), ("text", rules.LONGEST_TEXT)):
            if len(text.title) <= rules.LONGEST_TITLE and len(getattr(text, name)) > longest:
                return f"{name}_{language}"
    if text is not None and len(text.title) >= rules.SHORTEST_TITLE and not text.summary:
        return f"summary_{language}"
    return f"title_{language}"


def text_languages(form: Form) -> list[str]:
    """The languages whose texts a form shows: Turkish and English, those before, and the one that is added."""
    wanted = [*FIRST_TEXTS, *form.values("text_languages")]
    if form.value("more_text") and languages.is_language(form.value("add_language")):
        wanted.append(form.value("add_language"))
    return [code for code in dict.fromkeys(wanted) if languages.is_language(code)]


def _texts(form: Form) -> tuple[Text, ...]:
    return tuple(
        Text(
            language=code,
            title=form.value(f"title_{code}"),
            summary=form.value(f"summary_{code}"),
            text=form.value(f"text_{code}"),
        )
        for code in text_languages(form)
    )


def _place(form: Form, kind: str) -> dict[str, Any]:
    """Format, country and the rest of where it is held, as far as the kind leaves a choice."""
    where = PLACES[kind]
    allowed = [Format.ONLINE] if where == ONLINE else [Format.ONSITE, Format.HYBRID]
    if where == ANYWHERE:
        allowed.append(Format.ONLINE)
    format = form.choice("format", allowed, required=False) or allowed[0]
    country = "TR" if where == IN_TURKIYE else form.value("country") or None
    return {
        "format": format,
        "country": country,
        "province": form.value("province") or None,
        "city": form.value("city"),
        "venue": form.value("venue"),
        "address": form.value("address"),
        "online_url": _address(form.value("online_url")) if format != Format.ONSITE else "",
    }


def _address(text: str) -> str:
    """An address as it is meant: https where nothing is said."""
    text = text.strip()
    return text if not text or "://" in text else f"https://{text}"


def _zone(form: Form, place: Mapping[str, Any]) -> str:
    """The zone that was chosen; where none was, the one of the country."""
    typed, country = form.value("zone"), place["country"]
    if not typed:
        on_site = place["format"] != Format.ONLINE and country is not None and countries.is_country(country)
        return time_zones.of_country(country) if on_site and country else "Europe/Istanbul"
    try:
        return time_zones.zone(typed)
    except TradeError as error:
        form.refuse("zone", error)
        return "Europe/Istanbul"


def _times(form: Form, zone: str) -> tuple[datetime | None, datetime | None, bool]:
    whole = form.ticked("whole_days")
    first, last = _day(form, "starts_day"), _day(form, "ends_day")
    if whole:
        # One day is enough for what is over on the evening of it.
        last = last or (first if not form.value("ends_day") else None)
        if first is None or last is None:
            return _begin(form, first, zone), None, True
        try:
            return *zones.whole_days(first, last, zone), True
        except TradeError as error:
            form.refuse("ends_day", error)
            return None, None, True
    starts = _clock(form, "starts_time", first)
    ends = _clock(form, "ends_time", last)
    starts_at = _instant(form, "starts_time", first, starts, zone)
    ends_at = _instant(form, "ends_time", last, ends, zone)
    return starts_at, ends_at, False


def _begin(form: Form, first: date | None, zone: str) -> datetime | None:
    return _instant(form, "starts_day", first, time(), zone)


def _moment(form: Form, name: str, zone: str, clock: time) -> datetime | None:
    """The moment of two fields, day and time; a day without a time has the given one."""
    day = _day(form, f"{name}_day")
    typed = form.parsed(f"{name}_time", zones.parse_time, required=False, longest=20)
    if day is None and typed is not None and not form.error(f"{name}_day"):
        form.refuse(f"{name}_day", N_("Give the day as well."))
    return _instant(form, f"{name}_time", day, typed or clock, zone)


def _day(form: Form, name: str) -> date | None:
    return form.parsed(name, zones.parse_day, required=False, longest=40)


def _clock(form: Form, name: str, day: date | None) -> time | None:
    typed = form.parsed(name, zones.parse_time, required=False, longest=20)
    if typed is None and day is not None and not form.error(name):
        form.refuse(name, N_("Give the time as well, or tick “whole days”."))
    elif typed is not None and day is None and not form.error(name.replace("_time", "_day")):
        form.refuse(name.replace("_time", "_day"), N_("Give the day as well."))
    return typed


def _instant(form: Form, name: str, day: date | None, clock: time | None, zone: str) -> datetime | None:
    if day is None or clock is None:
        return None
    try:
        return zones.moment(day, clock, zone)
    except TradeError as error:
        in_day = not zones.FIRST_YEAR <= day.year <= zones.LAST_YEAR
        form.refuse(name.replace("_time", "_day") if in_day else name, error)
        return None


def _firms(form: Form, name: str) -> int | None:
    return form.whole(name, low=0, high=rules.MOST_FIRMS, required=False)


def _fee(form: Form, name: str) -> Decimal | None:
    return form.decimal(name, low=Decimal(0), high=rules.MOST_FEE, places=2, required=False)


def _headings(form: Form) -> tuple[str, ...]:
    """Headings that are ticked, and the numbers that stand in the field for words."""
    found = list(form.values("headings"))
    for word in form.value("heading_words")[:500].replace(";", ",").split(","):
        typed = ascii_digits(word.strip()).replace(".", "").replace(" ", "")
        if typed.isascii() and typed.isdigit():
            found.append(typed[:4])
        elif typed and not form.value("find"):
            form.refuse(
                "heading_words",
                Invalid(
                    N_("“{word}” is no heading. Choose one of the suggestions."), word=shown(word.strip())
                ),
            )
    return tuple(dict.fromkeys(found))[: 2 * rules.MOST_HEADINGS]


def heading_name(code: str, language: str) -> str:
    """What a heading or chapter is called; '' for one that does not exist."""
    return nomenclature.name(code, language) if nomenclature.exists(code) else ""


def _countries(form: Form) -> tuple[str, ...]:
    """The countries of a field that holds names or codes with commas or on lines of their own."""
    found = []
    for word in form.value("target_countries")[:4000].replace("\n", ",").replace(";", ",").split(","):
        if not word.strip():
            continue
        try:
            found.append(countries.find_country(word))
        except TradeError as error:
            form.refuse("target_countries", error)
    return tuple(dict.fromkeys(found))


def _refuse_past(form: Form, content: Content, before: Content | None) -> None:
    now = datetime.now(UTC)
    for name in ("ends_at", "registration_closes_at"):
        at = getattr(content, name)
        if at is not None and at <= now and (before is None or getattr(before, name) != at):
            form.refuse(_TYPED_AT[name], _PAST)


def with_kind(content: Content, kind: str) -> Content:
    """The content as an event of another kind: what that kind leaves no choice about is set."""
    where = PLACES[kind]
    format = content.format
    if where == ONLINE:
        format = Format.ONLINE.value
    elif where != ANYWHERE and format == Format.ONLINE:
        format = Format.ONSITE.value
    country = "TR" if where == IN_TURKIYE else content.country
    return msgspec.structs.replace(content, kind=kind, format=format, country=country)
