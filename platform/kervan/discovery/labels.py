"""What facets and their values are called in the reader's language."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache, partial

from kervan.discovery import bands
from kervan.discovery.documents_events import ONLINE
from kervan.events.states import FORMAT_NAMES, KIND_NAMES, ORGANISER_NAMES
from kervan.requests.states import BUYER_NAMES, SOURCE_NAMES
from kervan.trade import nomenclature, provinces
from kervan.trade.certificates import standards
from kervan.trade.countries import country_name
from kervan.trade.errors import N_, TradeError
from kervan.trade.languages import language_name
from kervan.trade.units import unit, unit_name
from kervan.web import formats
from kervan.web.i18n import figure, ngettext, translate

TITLES = {
    "section": N_("Section"),
    "chapter": N_("Chapter"),
    "heading": N_("Heading"),
    "sector": N_("Sector"),
    "province": N_("Province"),
    "certificate": N_("Certificate"),
    "brand": N_("Brand"),
    "price": N_("Price from"),
    "moq": N_("Minimum order"),
    "lead": N_("Lead time"),
    "micro": N_("Micro-export"),
    "language": N_("Language"),
    "exporter": N_("Exporter"),
    "business_model": N_("Business model"),
    "employees": N_("Employees"),
    "country": N_("Exports to"),
    "price_from": N_("Price from"),
    "price_to": N_("Price to"),
    "buyer_type": N_("Buyer"),
    "source": N_("Posted by"),
    "unit": N_("Unit"),
    "quantity": N_("Quantity"),
    "deadline": N_("Deadline"),
    "phase": N_("When"),
    "kind": N_("Kind of event"),
    "month": N_("Month"),
    "place": N_("Where"),
    "format": N_("On site or online"),
    "organiser": N_("Organiser"),
    "free": N_("Cost"),
}
_TITLES_OF_REQUESTS = {
    "country": N_("Country of delivery"),
    "certificate": N_("Certificate asked for"),
    "language": N_("Written in"),
}
_OWN_TITLES = {"requests": _TITLES_OF_REQUESTS, "events": {"language": N_("Held in")}}
PHASES = {
    "open": N_("Open for registration"),
    "coming": N_("Coming"),
    "running": N_("Running now"),
    "past": N_("Past"),
}

BUSINESS_MODELS = {
    "MANUFACTURER": N_("Manufacturer"),
    "TRADER": N_("Trading company"),
    "MANUFACTURER_TRADER": N_("Manufacturer and trader"),
    "COOPERATIVE": N_("Cooperative"),
}

_MOST_NAMES = 10_000

_MICRO = N_("Micro-export possible")
_ONLINE = N_("Online")
_FREE = N_("Free for importers")
_AT_LEAST = N_("at least €{amount}")
_AT_MOST = N_("at most €{amount}")
_QUANTITY_FROM = N_("quantity of at least {number}")
_QUANTITY_TO = N_("quantity of at most {number}")


def title(facet: str, language: str, kind: str = "") -> str:
    """The facet's name, for requests and events as it is meant there."""
    own = _OWN_TITLES.get(kind, {})
    return translate(language, own.get(facet) or TITLES[facet])


@lru_cache(maxsize=20_000)
def label(facet: str, value: str, language: str) -> str:
    """The name of a facet's value; the value itself where it has no other name (brands) or is unknown."""
    try:
        return _label(facet, value, language)
    except TradeError:
        return value


class _Names(dict[str, str]):
    """Labels of one facet in one language, found at the speed of a dict."""

    def __init__(self, facet: str, language: str) -> None:
        self.facet, self.language = facet, language

    def __missing__(self, value: str) -> str:
        if len(self) >= _MOST_NAMES:
            self.clear()
        found = self[value] = label(self.facet, value, self.language)
        return found


@cache
def names(facet: str, language: str) -> Mapping[str, str]:
    """`label` of every value of a facet, for values that the index holds."""
    return _Names(facet, language)


def _label(facet: str, value: str, language: str) -> str:
    if facet == "section":
        section = nomenclature.section(int(value))
        return f"{section.roman} {section.names.get(language, section.names['en'])}"
    if facet in ("chapter", "heading"):
        return f"{value} {nomenclature.name(value, language)}"
    if facet == "sector":
        names = nomenclature.sector(value).names
        return names.get(language, names["en"])
    if facet == "province":
        return provinces.province(value).name
    if facet == "certificate":
        return standards()[value].label if value in standards() else value
    if facet == "language":
        return language_name(value, language)
    if facet == "country":
        return country_name(value, language)
    if facet == "business_model" and value in BUSINESS_MODELS:
        return translate(language, BUSINESS_MODELS[value])
    if facet == "micro":
        return translate(language, _MICRO)
    if facet == "buyer_type" and value in BUYER_NAMES:
        return translate(language, BUYER_NAMES[value])
    if facet == "source" and value in SOURCE_NAMES:
        return translate(language, SOURCE_NAMES[value])
    if facet in _EVENTS and value in _EVENTS[facet]:
        return translate(language, _EVENTS[facet][value])
    if facet == "month":
        return _month(value, language)
    if facet == "place":
        return _place(value, language)
    if facet == "unit":
        return _unit(value, language)
    if facet == "quantity":
        return _quantity(value, language)
    if facet in bands.BY_FACET and (band := bands.band(facet, value)):
        return translate(language, band.label, **_edges(band, language))
    if facet in ("price_from", "value_from"):
        return translate(language, _AT_LEAST, amount=value)
    if facet in ("price_to", "value_to"):
        return translate(language, _AT_MOST, amount=value)
    if facet == "quantity_from":
        return translate(language, _QUANTITY_FROM, number=figure(int(value), language))
    if facet == "quantity_to":
        return translate(language, _QUANTITY_TO, number=figure(int(value), language))
    return value


_EVENTS: Mapping[str, Mapping[str, str]] = {
    "phase": PHASES,
    "kind": KIND_NAMES,
    "format": FORMAT_NAMES,
    "organiser": ORGANISER_NAMES,
    "free": {"yes": _FREE},
}


def _month(value: str, language: str) -> str:
    """December 2026"""
    year, _, month = value.partition("-")
    return formats.month(language, date(int(year), int(month), 1))


def _place(value: str, language: str) -> str:
    if value == ONLINE:
        return translate(language, _ONLINE)
    country, _, plate = value.partition("-")
    return provinces.province(plate).name if plate else country_name(country, language)


def _unit(code: str, language: str) -> str:
    return unit_name(code, 2, partial(ngettext, language))


def _quantity(value: str, language: str) -> str:
    """1,000 to 10,000 kg"""
    code, _, slug = value.partition(".")
    found = bands.band("quantity", slug)
    if found is None:
        return value
    symbol = unit(code).symbol or _unit(code, language)
    return translate(language, found.label, unit=symbol, **_edges(found, language))


def _edges(band: bands.Band, language: str) -> dict[str, str]:
    return {name: figure(int(edge), language) for name, edge in bands.bounds(band).items() if edge}
