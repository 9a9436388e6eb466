"""What may be asked: the parameters of result pages and of the API, checked with one sentence a field."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from kervan.discovery import bands
from kervan.discovery.documents_events import ONLINE
from kervan.discovery.engine import EVENTS, EXPORTERS, PRODUCTS, REQUESTS
from kervan.discovery.structs import Request
from kervan.errors import Invalid, KervanError
from kervan.events.tables import EventKind, Format, OrganiserKind
from kervan.requests.tables import BuyerType, Source
from kervan.trade import codes, money, nomenclature, provinces
from kervan.trade.certificates import standards
from kervan.trade.countries import country_codes
from kervan.trade.errors import N_, TradeError
from kervan.trade.languages import LANGUAGES
from kervan.trade.units import units
from kervan_search.engine import BadQuery
from kervan_search.text import clean_query

PRODUCT_FACETS = tuple(name for name in PRODUCTS.facets if name != "exporter")
EXPORTER_FACETS = EXPORTERS.facets

PHASES = ("open", "coming", "running", "past")
"""What may be asked of the clock, one at a time; without it events that are not over."""
EVENT_FACETS = ("phase", *(name for name in EVENTS.facets if name != "state"))

FACETS = {
    "products": PRODUCTS.facets,
    "exporters": EXPORTERS.facets,
    "requests": REQUESTS.facets,
    "events": EVENT_FACETS,
}
SORTS = {
    "products": ("relevance", "newest", "price", "-price", "moq"),
    "exporters": ("relevance", "newest", "products"),
    "requests": ("relevance", "newest", "closing"),
    "events": ("relevance", "date", "newest"),
}
BOUNDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "products": (("price_from", "price_to"),),
    "exporters": (),
    "requests": (("value_from", "value_to"), ("quantity_from", "quantity_to")),
    "events": (),
}
"""The lowest and the highest that may be asked for: prices and values in EUR, quantities in the requests' own units."""
KEPT = ("products", "exporters")
"""Searches that people keep; who waits for requests makes an alert."""
ONE_VALUE = ("phase",)
"""Facets of which one value is chosen at a time."""
MAX_REACHABLE = 1000
"""Results that can be paged to; beyond, a sentence asks to narrow the search."""

_MAX_VALUES = 20
_OTHERS = ("q", "sort", "page", "per_page", "lang", "dir")
_MOST_QUANTITY = 2_000_000_000
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)


def parse(kind: str, language: str, params: Mapping[str, Sequence[str]], strict: bool = False) -> Request:
    """The search that the parameters ask for. Raises Invalid with a sentence for each field that is wrong.

    With `strict` a parameter that does not exist is wrong too (the API: a typo must not return everything);
    pages ignore it, since others add tracking parameters to links.
    """
    fields: dict[str, KervanError | str] = {}
    text = _checked(fields, "q", partial(clean_query, _last(params, "q")))
    filters = {}
    for name in FACETS[kind]:
        values = tuple(dict.fromkeys(value.strip() for value in params.get(name, ()) if value.strip()))
        if values:
            filters[name] = _checked(fields, name, partial(_values, kind, name, values)) or ()
    bounds: dict[str, str] = {}
    for low, high in BOUNDS[kind]:
        for name in (low, high):
            bounds[name] = _checked(fields, name, partial(_bound, name, _last(params, name), language)) or ""
        if bounds[low] and bounds[high] and Decimal(bounds[low]) > Decimal(bounds[high]):
            fields[high] = KervanError(_CROSSED[high])
    sort = _last(params, "sort") or "relevance"
    if sort not in SORTS[kind]:
        fields["sort"] = KervanError(N_("Results cannot be sorted by “{sort}”."), sort=_short(sort))
    page = _checked(fields, "page", partial(_number, _last(params, "page"), 1, 10**9))
    per_page = _checked(fields, "per_page", partial(_number, _last(params, "per_page"), 1, 100))
    if strict:
        known = {*FACETS[kind], *_OTHERS, *bounds}
        for name in params.keys() - known:
            fields[_short(name)] = KervanError(N_("There is no parameter of this name."))
    if fields:
        raise Invalid(fields=fields)
    return Request(
        kind=kind,
        language=language,
        text=text or "",
        filters=filters,
        sort=sort,
        page=page or 1,
        per_page=per_page or 20,
        **bounds,
    )


def address(request: Request, **changes: object) -> str:
    """The query string of a search ('' or '?q=...') with `changes` to its fields; page 1 unless given."""
    changes.setdefault("page", 1)
    request = msgspec.structs.replace(request, **changes)
    pairs: list[tuple[str, str]] = []
    if request.text:
        pairs.append(("q", request.text))
    pairs += [(name, value) for name in FACETS[request.kind] for value in request.filters.get(name, ())]
    pairs += [(name, value) for name in bounds_of(request.kind) if (value := getattr(request, name))]
    if request.sort != "relevance":
        pairs.append(("sort", request.sort))
    if request.page > 1:
        pairs.append(("page", str(request.page)))
    if request.per_page != 20:
        pairs.append(("per_page", str(request.per_page)))
    return f"?{urlencode(pairs)}" if pairs else ""


def bounds_of(kind: str) -> list[str]:
    """The names of the bounds of a kind of search, lowest before highest."""
    return [name for pair in BOUNDS[kind] for name in pair]


def with_choice(request: Request, name: str, value: str) -> str:
    """The address with one facet value more."""
    values = (*request.filters.get(name, ()), value)
    return address(request, filters={**request.filters, name: values})


def without_choice(request: Request, name: str, value: str) -> str:
    """The address with one choice taken back: a facet value, or a bound."""
    if name in bounds_of(request.kind):
        return address(request, **{name: ""})
    rest = tuple(kept for kept in request.filters.get(name, ()) if kept != value)
    filters = {key: kept for key, kept in {**request.filters, name: rest}.items() if kept}
    return address(request, filters=filters)


T = TypeVar("T")


def _checked(fields: dict[str, KervanError | str], name: str, check: Callable[[], T]) -> T | None:
    try:
        return check()
    except (KervanError, TradeError, BadQuery) as error:
        fields[name] = error if isinstance(error, KervanError) else _as_kervan(error)
        return None


def _as_kervan(error: TradeError | BadQuery) -> KervanError:
    if isinstance(error, TradeError):
        return KervanError(error.message, **error.params)
    return KervanError(N_("Please search with at most 200 characters."))


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    values = params.get(name) or ("",)
    return values[-1].strip()


def _number(text: str, low: int, high: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or not low <= int(text) <= high:
        raise KervanError(N_("Please give a whole number from {low} to {high}."), low=low, high=high)
    return int(text)


_CROSSED = {
    "price_to": N_("The highest price must not be below the lowest."),
    "value_to": N_("The highest value must not be below the lowest."),
    "quantity_to": N_("The largest quantity must not be below the smallest."),
}
_NO_NUMBER = {
    "price": N_("Please give the price as a number, such as {example}."),
    "value": N_("Please give the value as a number, such as {example}."),
}
_MOST_EUR = {
    "price": (Decimal("1e9"), N_("This price is too high.")),
    "value": (Decimal("1e12"), N_("This value is too high.")),
}


def _bound(name: str, text: str, language: str) -> str:
    """The bound in canonical form ('12.5'); both decimal marks are understood, the reader's own first."""
    if not text:
        return ""
    what = name.partition("_")[0]
    if what == "quantity":
        return str(_number(text, 1, _MOST_QUANTITY))
    marks: tuple[money.DecimalMark, money.DecimalMark] = (",", ".") if language == "tr" else (".", ",")
    first, second = marks
    try:
        amount = money.parse_amount(text, first)
    except TradeError:
        try:
            amount = money.parse_amount(text, second)
        except TradeError:
            raise KervanError(_NO_NUMBER[what], example=f"12{first}50") from None
    most, too_high = _MOST_EUR[what]
    if amount > most:
        raise KervanError(too_high)
    return f"{amount.normalize():f}"


def _values(kind: str, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if name in ONE_VALUE and len(values) > 1:
        raise KervanError(N_("Please choose one of them."))
    if len(values) > _MAX_VALUES:
        raise KervanError(N_("Please choose at most {count} values."), count=_MAX_VALUES)
    return tuple(dict.fromkeys(_value(kind, name, value) for value in values))


def _value(kind: str, name: str, value: str) -> str:
    # U+FFFD stands for bytes that were no text (web.http).
    if len(value) > 120 or any(
        ord(sign) < 32 or 0xD800 <= ord(sign) <= 0xDFFF or sign == "\ufffd" for sign in value
    ):
        raise KervanError(N_("“{value}” is not one of the choices."), value=_short(value))
    if name in ("chapter", "heading"):
        digits = codes.parse_code(value)
        if len(digits) != (2 if name == "chapter" else 4):
            raise KervanError(
                N_("A chapter has 2 digits, “{value}” has not.")
                if name == "chapter"
                else N_("A heading has 4 digits, “{value}” has not."),
                value=_short(value),
            )
        return digits
    if name == "month" and not _MONTH.fullmatch(value):
        raise KervanError(N_("A month is written as 2026-12, “{value}” is not."), value=_short(value))
    choices = choices_of(kind, name)
    if choices is not None and value not in choices:
        raise KervanError(N_("“{value}” is not one of the choices."), value=_short(value))
    return value


_CLOSED = {
    "products": ("section", "price", "moq", "lead", "micro"),
    "exporters": (),
    # An alert is made of these: one that nothing can ever fit is refused at once.
    "requests": tuple(name for name in REQUESTS.facets if name not in ("chapter", "heading")),
    "events": tuple(name for name in EVENT_FACETS if name != "month"),
}


def choices_of(kind: str, name: str) -> tuple[str, ...] | None:
    """The values that a facet may have; None where it may have any (brands), or codes of the tariff."""
    return _closed(name) if name in _CLOSED[kind] else None


@cache
def _closed(name: str) -> tuple[str, ...]:
    found: Iterable[str]
    match name:
        case "section":
            found = (str(number) for number in range(1, 22))
        case "micro":
            found = ("yes",)
        case "sector":
            found = (sector.slug for sector in nomenclature.sectors())
        case "country":
            found = sorted(country_codes() - {"TR"})
        case "certificate":
            found = standards()
        case "language":
            found = LANGUAGES
        case "unit":
            found = units()
        case "buyer_type":
            found = BuyerType
        case "source":
            found = Source
        case "phase":
            found = PHASES
        case "kind":
            found = EventKind
        case "format":
            found = Format
        case "organiser":
            found = OrganiserKind
        case "free":
            found = ("yes",)
        case "place":
            found = (ONLINE, *sorted(country_codes()), *(one.iso for one in provinces.provinces()))
        case "quantity":
            found = (f"{unit}.{band.slug}" for unit in units() for band in bands.QUANTITY)
        case _:
            found = (band.slug for band in bands.BY_FACET[name])
    return tuple(str(value) for value in found)


def _short(text: str) -> str:
    clean = "".join(sign for sign in text if sign.isprintable())
    return clean if len(clean) <= 40 else f"{clean[:39]}…"
