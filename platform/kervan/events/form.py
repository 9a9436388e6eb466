"""The form of an event: what it offers in the reader's language, what fills it, what somebody else changed."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request

from kervan.calendars import zones
from kervan.events import fields, rules
from kervan.events.states import (
    FORMAT_NAMES,
    KIND_MEANINGS,
    KIND_NAMES,
    ORGANISER_NAMES,
    REGISTRATION_NAMES,
)
from kervan.events.structs import Content, File
from kervan.events.tables import EventKind, Format, OrganiserKind, RegistrationBy
from kervan.inquiries.fields import currencies, typed
from kervan.requests import codes
from kervan.trade import countries, languages, nomenclature, provinces
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import gettext

_FIRST_LANGUAGES = ("en", "tr", "de", "fr", "es", "it", "ru", "ar")

LABELS: dict[str, str] = {
    "kind": N_("Kind"),
    "texts": N_("Title and texts"),
    "organiser_kind": N_("Organiser"),
    "organiser_name": N_("Name of the organiser"),
    "format": N_("On site or online"),
    "country": N_("Country"),
    "province": N_("Province"),
    "city": N_("Town"),
    "venue": N_("Venue"),
    "address": N_("Street and number"),
    "online_url": N_("Address of the online room"),
    "zone": N_("Time zone"),
    "starts_at": N_("Begins"),
    "ends_at": N_("Ends"),
    "whole_days": N_("Whole days"),
    "sectors": N_("Sectors"),
    "headings": N_("HS headings"),
    "target_countries": N_("Importers of which countries?"),
    "languages": N_("Languages"),
    "capacity_exporters": N_("Places for exporters"),
    "capacity_importers": N_("Places for importers"),
    "people_per_firm": N_("People of one firm"),
    "fee_exporters": N_("Fee for an exporter"),
    "fee_importers": N_("Fee for an importer"),
    "fee_currency": N_("Currency"),
    "registration": N_("Registration"),
    "registration_url": N_("Address where one registers"),
    "registration_opens_at": N_("Registration from"),
    "registration_closes_at": N_("Registration until"),
    "reviewed": N_("Each registration is confirmed by you"),
    "support_reference": N_("Support programme"),
    "contact_name": N_("Contact"),
    "contact_email": N_("E-mail for questions"),
    "contact_phone": N_("Telephone"),
    "external_url": N_("Website of the event"),
    "sessions": N_("Programme"),
    "questions": N_("Questions"),
}
"""What the parts of an event are called (msgids), by their names in structs.Content."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the form offers, in the reader's language: pairs of value and text."""

    formats: Sequence[tuple[str, str]]
    registrations: Sequence[tuple[str, str]]
    countries: Sequence[tuple[str, str]]
    provinces: Sequence[tuple[str, str]]
    zones: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    sectors: Sequence[tuple[str, str]]
    first_languages: Sequence[tuple[str, str]]
    other_languages: Sequence[tuple[str, str]]
    more_texts: Sequence[tuple[str, str]]
    """Languages in which there is no text yet."""
    currencies: Sequence[str]


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What events/_staff_form.html needs beside the form."""

    kind: str
    place: str
    """fields.PLACES of the kind."""
    choices: Choices
    texts: Sequence[tuple[str, str, str]]
    """Language, its name and its direction."""
    headings: Sequence[tuple[str, str]]
    """Chosen ones with their names."""
    offered: Sequence[tuple[str, str]]
    """Suggestions."""
    searched: bool
    files: Sequence[File]


def kinds(language: str) -> list[tuple[str, str, str]]:
    """The kinds for the first step: value, name, what it is."""
    return [
        (kind, gettext(language, KIND_NAMES[kind]), gettext(language, KIND_MEANINGS[kind]))
        for kind in EventKind
    ]


def fresh(kind: str, name: str, email: str, person: str) -> dict[str, Any]:
    """Initial values of an empty form of a kind, for an organisation called `name`."""
    where = fields.PLACES[kind]
    return {
        "organiser": fields.OWN,
        "organiser_name": name,
        "format": Format.ONLINE if where == fields.ONLINE else Format.ONSITE,
        "country": "" if where == fields.ABROAD else "TR",
        "zone": "" if where == fields.ABROAD else "Europe/Istanbul",
        "whole_days": "1" if kind == EventKind.FAIR else "",
        "registration": RegistrationBy.NONE if kind == EventKind.FAIR else RegistrationBy.PLATFORM,
        "people_per_firm": "2",
        "fee_currency": "EUR",
        "languages": ("tr", "en"),
        "contact_email": email,
        "contact_name": person,
    }


def initial(content: Content, language: str) -> dict[str, Any]:
    """The same of an event that is there."""
    values: dict[str, Any] = {
        name: getattr(content, name) or ""
        for name in (
            "organiser_name", "format", "country", "province", "city", "venue", "address", "online_url", "zone",
            "registration", "registration_url", "support_reference", "contact_name", "contact_email", "contact_phone",
            "external_url",
        )
    }  # fmt: skip
    for text in content.texts:
        values |= {
            f"title_{text.language}": text.title,
            f"summary_{text.language}": text.summary,
            f"text_{text.language}": text.text,
        }
    return (
        values
        | _times(content)
        | {
            "organiser": OrganiserKind.EXTERNAL
            if content.organiser_kind == OrganiserKind.EXTERNAL
            else fields.OWN,
            "text_languages": tuple(text.language for text in content.texts),
            "whole_days": "1" if content.whole_days else "",
            "sectors": content.sectors,
            "headings": content.headings,
            "target_countries": ", ".join(
                formats.country(language, code) for code in content.target_countries
            ),
            "languages": content.languages,
            "capacity_exporters": _number(content.capacity_exporters),
            "capacity_importers": _number(content.capacity_importers),
            "people_per_firm": str(content.people_per_firm),
            "fee_exporters": typed(content.fee_exporters, language),
            "fee_importers": typed(content.fee_importers, language),
            "fee_currency": content.fee_currency or "EUR",
            "reviewed": "1" if content.reviewed else "",
        }
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _times(content: Content) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, at in (("opens", content.registration_opens_at), ("closes", content.registration_closes_at)):
        values |= {f"{name}_day": _day(at, content.zone), f"{name}_time": _clock(at, content.zone)}
    if content.whole_days and content.starts_at is not None and content.ends_at is not None:
        first, last = zones.days_of(content.starts_at, content.ends_at, content.zone)
        return values | {"starts_day": first.isoformat(), "ends_day": last.isoformat()}
    for name, at in (("starts", content.starts_at), ("ends", content.ends_at)):
        values[f"{name}_day"] = _day(at, content.zone)
        values[f"{name}_time"] = "" if content.whole_days else _clock(at, content.zone)
    return values


def _day(at: datetime | None, zone: str) -> str:
    return "" if at is None else zones.day_of(at, zone).isoformat()


def _clock(at: datetime | None, zone: str) -> str:
    return "" if at is None else f"{zones.local(at, zone):%H:%M}"


async def writing(
    request: Request[Any, Any, Any], form: Form, kind: str, *, files: Sequence[File] = ()
) -> Writing:
    """What the form's template needs; with the field `find` headings are offered for its words."""
    language = form.language
    texts = fields.text_languages(form)
    chosen = [code for code in dict.fromkeys(form.values("headings")) if fields.heading_name(code, language)]
    offered: list[tuple[str, str]] = []
    if form.value("find"):
        title = next(
            (form.value(f"title_{code}") for code in texts if form.value(f"title_{code}").strip()), ""
        )
        words = form.value("heading_words")[:200].strip()
        found = await codes.offered(request.app.state.search, words, title, "", language)
        names = {one.code[:4]: fields.heading_name(one.code[:4], language) for one in found}
        offered = [(code, name) for code, name in names.items() if code not in chosen and len(code) == 4]
    return Writing(
        kind=kind,
        place=fields.PLACES[kind],
        choices=_choices(language, kind, texts, form.value("zone")),
        texts=[(code, formats.language_name(language, code), languages.direction(code)) for code in texts],
        headings=[(code, fields.heading_name(code, language)) for code in chosen],
        offered=offered,
        searched=bool(form.value("find")),
        files=files,
    )


def _choices(language: str, kind: str, texts: Sequence[str], zone: str) -> Choices:
    spoken = languages.languages(language)
    named = dict(spoken)
    where = fields.PLACES[kind]
    allowed = [code for code in Format if where == fields.ANYWHERE or code != Format.ONLINE]
    return Choices(
        formats=[(code, gettext(language, FORMAT_NAMES[code])) for code in allowed],
        registrations=[(code, gettext(language, REGISTRATION_NAMES[code])) for code in RegistrationBy],
        countries=[
            pair for pair in countries.countries(language) if where != fields.ABROAD or pair[0] != "TR"
        ],
        provinces=[(each.plate, f"{each.name} ({each.plate})") for each in provinces.provinces()],
        zones=zones.choices(language, also=zone if zones.known(zone) else ""),
        sectors=[(one.slug, one.names.get(language, one.names["en"])) for one in nomenclature.sectors()],
        first_languages=[(code, named[code]) for code in _FIRST_LANGUAGES],
        other_languages=[pair for pair in spoken if pair[0] not in _FIRST_LANGUAGES],
        more_texts=[pair for pair in spoken if pair[0] not in texts] if len(texts) < rules.MOST_TEXTS else [],
        currencies=currencies(),
    )


def differences(stored: Content, content: Content, language: str) -> list[tuple[str, str, str]]:
    """The parts that differ: name, what is stored, what was typed, in the reader's words."""
    return [
        (gettext(language, label), _told(stored, name, language), _told(content, name, language))
        for name, label in LABELS.items()
        if getattr(stored, name) != getattr(content, name)
    ]


def _told(content: Content, name: str, language: str) -> str:
    value = getattr(content, name)
    match name:
        case "texts":
            return "; ".join(f"{text.language}: {text.title}" for text in value)
        case "sessions":
            return ", ".join(session.title for session in value)
        case "questions":
            return ", ".join(question.words(language) for question in value)
        case "country":
            return formats.country(language, value)
        case "province":
            return formats.province(language, value)
        case "sectors":
            return ", ".join(formats.sector(language, slug) for slug in value)
        case "target_countries":
            return ", ".join(formats.country(language, code) for code in value)
        case "languages":
            return ", ".join(formats.language_name(language, code) for code in value)
    names = {"kind": KIND_NAMES, "format": FORMAT_NAMES, "registration": REGISTRATION_NAMES}
    names["organiser_kind"] = ORGANISER_NAMES
    if name in names:
        return gettext(language, names[name][value])
    return _plain(value, content.zone, language)


def _plain(value: object, zone: str, language: str) -> str:
    if isinstance(value, bool):
        return gettext(language, N_("yes") if value else N_("no"))
    if isinstance(value, datetime):
        return f"{formats.day(language, zones.day_of(value, zone))}, {zones.local(value, zone):%H:%M}"
    if isinstance(value, Decimal):
        return typed(value, language)
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)
