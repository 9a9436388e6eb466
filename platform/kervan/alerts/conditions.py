"""What an alert asks for: checked, as the exact question of the search box, and to and from a search of the board.

Lists are OR within and AND between each other; nothing at all is everything. An alert goes by headings and chapters:
longer codes count by their heading, since a request may name no more than that. Quantities are only compared in one
unit, so a range of them names it.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

import msgspec

from kervan.discovery import bands
from kervan.errors import Invalid, KervanError
from kervan.requests.tables import BuyerType, Source
from kervan.trade import codes, nomenclature, units
from kervan.trade.certificates import standards
from kervan.trade.countries import is_country
from kervan.trade.errors import N_, TradeError
from kervan_search.certain import exactly
from kervan_search.engine import BadQuery, Query
from kervan_search.text import clean_query

MOST_VALUES = 50
"""Of one list."""
MOST_EURO = Decimal("1e12")
MOST_QUANTITY = 2**31 - 1
_MOST_PLACES = 6
_IN_A_LINK = 20

_NO_WORDS = N_("There is no word in this to look for.")
_TOO_LONG = N_("Please search with at most 200 characters.")
_NO_CHOICE = N_("“{value}” is not one of the choices.")


class Conditions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request must be like. check() has seen what is stored."""

    text: str = ""
    """Words as in the search box: quotes for phrases, a minus for words that must not be there."""
    codes: tuple[str, ...] = ()
    """Chapters (2 digits) and headings (4), any of them."""
    countries: tuple[str, ...] = ()
    """Where the goods go, ISO 3166-1 alpha-2."""
    sectors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    buyer_types: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    """Slugs; requests that ask for one of them."""
    languages: tuple[str, ...] = ()
    """That the request is written in."""
    value_from: Decimal | None = None
    value_to: Decimal | None = None
    """EUR; a request without a budget is in no range."""
    quantity_from: int | None = None
    quantity_to: int | None = None
    unit: str | None = None
    """UNECE Recommendation 20."""

    @property
    def everything(self) -> bool:
        """Whether every request fits."""
        return self == Conditions()


def check(wanted: Conditions) -> Conditions:
    """The same, tidied and without repetitions. Raises Invalid with a sentence for each field that is wrong."""
    wrong: dict[str, KervanError | str] = {}

    def each(name: str, tidy: Callable[[str], str]) -> tuple[str, ...]:
        values: tuple[str, ...] = getattr(wanted, name)
        try:
            found = tuple(sorted({tidy(value.strip()) for value in values if value.strip()}))
        except TradeError as error:
            wrong[name] = KervanError(error.message, **error.params)
            return ()
        if len(found) > MOST_VALUES:
            wrong[name] = KervanError(N_("Please choose at most {count} values."), count=MOST_VALUES)
        return found

    asked = Conditions(
        text=_words(wanted.text, wrong),
        codes=_without_inner(each("codes", _code)),
        countries=each("countries", _country),
        sectors=each("sectors", lambda slug: nomenclature.sector(slug).slug),
        sources=each("sources", _one_of(tuple(Source))),
        buyer_types=each("buyer_types", _one_of(tuple(BuyerType))),
        certificates=each("certificates", _one_of(tuple(standards()))),
        languages=each("languages", _language),
        value_from=wanted.value_from,
        value_to=wanted.value_to,
        quantity_from=wanted.quantity_from,
        quantity_to=wanted.quantity_to,
        unit=wanted.unit or None,
    )
    _check_numbers(asked, wrong)
    if wrong:
        raise Invalid(fields=wrong)
    return asked


def _words(text: str, wrong: dict[str, KervanError | str]) -> str:
    try:
        tidied = clean_query(text)
        if tidied and exactly(tidied).empty:
            wrong["text"] = _NO_WORDS
        return tidied
    except BadQuery:
        wrong["text"] = _TOO_LONG
        return ""


def _code(value: str) -> str:
    code = codes.parse_code(value)[:4]
    if not nomenclature.exists(code):
        raise TradeError(N_("The nomenclature has no {code}."), code=code)
    return code


def _without_inner(found: tuple[str, ...]) -> tuple[str, ...]:
    """Headings of a chapter that is asked for as a whole say nothing more."""
    return tuple(code for code in found if len(code) == 2 or code[:2] not in found)


def _country(value: str) -> str:
    if not is_country(value):
        raise TradeError(_NO_CHOICE, value=value[:40])
    return value


def _language(value: str) -> str:
    if not (len(value) == 2 and value.isascii() and value.isalpha() and value.islower()):
        raise TradeError(_NO_CHOICE, value=value[:40])
    return value


def _one_of(allowed: Sequence[str]) -> Callable[[str], str]:
    def tidy(value: str) -> str:
        if value not in allowed:
            raise TradeError(_NO_CHOICE, value=value[:40])
        return str(value)

    return tidy


def _check_numbers(asked: Conditions, wrong: dict[str, KervanError | str]) -> None:
    for name in ("value_from", "value_to"):
        amount: Decimal | None = getattr(asked, name)
        # 1E-999999999 lies between the two, and would be written out with as many digits.
        if amount is not None and not (
            amount.is_finite()
            and 0 <= amount <= MOST_EURO
            and int(amount.as_tuple().exponent) >= -_MOST_PLACES
        ):
            wrong[name] = KervanError(
                N_("Enter a number from {low} to {high}."), low=0, high=f"{MOST_EURO:f}"
            )
    for name in ("quantity_from", "quantity_to"):
        number: int | None = getattr(asked, name)
        if number is not None and not 1 <= number <= MOST_QUANTITY:
            wrong[name] = KervanError(N_("Enter a number from {low} to {high}."), low=1, high=MOST_QUANTITY)
    if asked.unit is not None and asked.unit not in units.units():
        wrong["unit"] = KervanError(_NO_CHOICE, value=asked.unit[:40])
    if asked.unit is None and (asked.quantity_from is not None or asked.quantity_to is not None):
        wrong["unit"] = N_("Choose the unit: quantities are only compared in one.")
    # What is wrong by itself is not compared.
    low, high = asked.value_from, asked.value_to
    if low is not None and high is not None and not wrong.keys() & {"value_from", "value_to"} and low > high:
        wrong["value_to"] = N_("The highest value must not be below the lowest.")
    least, most = asked.quantity_from, asked.quantity_to
    if (
        least is not None
        and most is not None
        and not wrong.keys() & {"quantity_from", "quantity_to"}
        and least > most
    ):
        wrong["quantity_to"] = N_("The highest quantity must not be below the lowest.")


def query(asked: Conditions) -> Query:
    """The exact question that finds just the requests that fit, in the index as in the percolator."""
    filters = {
        **_code_filters(asked.codes),
        "country": asked.countries,
        "sector": asked.sectors,
        "source": asked.sources,
        "buyer_type": asked.buyer_types,
        "certificate": asked.certificates,
        "language": asked.languages,
        "unit": (asked.unit,) if asked.unit else (),
    }
    ranges = {
        "value_eur": (_float(asked.value_from), _float(asked.value_to)),
        "quantity": (_float(asked.quantity_from), _float(asked.quantity_to)),
    }
    return Query(
        text=asked.text,
        filters={name: values for name, values in filters.items() if values},
        ranges={name: bounds for name, bounds in ranges.items() if bounds != (None, None)},
        exact=True,
    )


def _float(number: Decimal | int | None) -> float | None:
    return None if number is None else float(number)


def _code_filters(found: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Filters of different facets must all be true: chapters beside headings are asked for by all their headings."""
    chapters = tuple(code for code in found if len(code) == 2)
    headings = tuple(code for code in found if len(code) == 4)
    if chapters and headings:
        return {
            "heading": (*headings, *(code for chapter in chapters for code in nomenclature.children(chapter)))
        }
    return {"chapter": chapters, "heading": headings}


# ---------------------------------------------------------------------------------------- the board's search

_LISTS = {
    "country": "countries",
    "sector": "sectors",
    "source": "sources",
    "buyer_type": "buyer_types",
    "certificate": "certificates",
    "language": "languages",
}
_AMOUNTS = ("value_from", "value_to")
_COUNTS = ("quantity_from", "quantity_to")


def from_search(params: Mapping[str, Sequence[str]]) -> Conditions:
    """What a search of the board asks for, by the parameters of its address.

    Deadlines, order and page are left out: an alert hears of each request on its first day. What no alert can ask for
    is left out as well, so that an old link makes a form to look at and no error.
    """
    quantity_from, quantity_to, unit = _quantities(params)
    found = msgspec.structs.replace(
        Conditions(
            text=params.get("q", ("",))[-1],
            codes=_codes_of(params),
            quantity_from=quantity_from,
            quantity_to=quantity_to,
            unit=unit,
        ),
        **{field: _fit(field, params.get(name, ())) for name, field in _LISTS.items()},
        **{name: _amount(params.get(name, ("",))[-1]) for name in _AMOUNTS},
    )
    try:
        return check(found)
    except Invalid as error:
        return check(
            msgspec.structs.replace(found, **{name: getattr(Conditions(), name) for name in error.fields})
        )


def _fit(field: str, values: Sequence[str]) -> tuple[str, ...]:
    found = []
    for value in values[:MOST_VALUES]:
        try:
            found += getattr(check(msgspec.structs.replace(Conditions(), **{field: (value,)})), field)
        except Invalid:
            continue
    return tuple(found)


def _codes_of(params: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The narrowest of section, chapter and heading: the board's facets are AND, one inside the other."""
    headings = _fit("codes", params.get("heading", ()))
    chapters = _fit("codes", params.get("chapter", ()))
    if headings:
        inner = tuple(code for code in headings if code[:2] in chapters)
        return inner or headings
    if chapters:
        return chapters
    sections = {value for value in params.get("section", ()) if value}
    return tuple(
        chapter.code for chapter in nomenclature.chapters() if str(codes.section_of(chapter.code)) in sections
    )[:MOST_VALUES]


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text and len(text) < 30 else None
    except InvalidOperation:
        return None


def _quantities(params: Mapping[str, Sequence[str]]) -> tuple[int | None, int | None, str | None]:
    """From bands of one unit (KGM.100-1000), else from bounds with a unit, else the unit alone."""
    parted = [value.partition(".") for value in params.get("quantity", ())]
    bands_by_slug = {band.slug: band for band in bands.QUANTITY}
    found = [bands_by_slug[slug] for _, _, slug in parted if slug in bands_by_slug]
    named = {unit for unit, _, slug in parted if slug in bands_by_slug}
    if len(named) == 1:
        low = min((band.low or Decimal(0)) for band in found)
        high = max((band.high or Decimal(0)) for band in found) if all(band.high for band in found) else None
        return int(low) or None, None if high is None else int(high), named.pop()
    asked = params.get("unit", ())
    if len(asked) != 1:
        return None, None, None
    least, most = (_count(params.get(name, ("",))[-1]) for name in _COUNTS)
    return least, most, asked[0]


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None


def search_address(asked: Conditions) -> str | None:
    """The board's query string ('' or '?q=...') that finds what fits now; None where its search cannot say it."""
    filters = _code_filters(asked.codes)
    pairs = [("q", asked.text)] if asked.text else []
    for name in ("chapter", "heading"):
        pairs += [(name, value) for value in filters.get(name, ())]
    for name, field in _LISTS.items():
        pairs += [(name, value) for value in getattr(asked, field)]
    for name in (*_AMOUNTS, *_COUNTS):
        if (bound := getattr(asked, name)) is not None:
            pairs.append((name, f"{bound:f}" if isinstance(bound, Decimal) else str(bound)))
    if asked.unit:
        pairs.append(("unit", asked.unit))
    most = max((sum(1 for other, _ in pairs if other == name) for name, _ in pairs), default=0)
    if most > _IN_A_LINK:
        return None
    return f"?{urlencode(pairs)}" if pairs else ""


def stored(asked: Conditions) -> str:
    """The JSON that alert_version keeps."""
    return msgspec.json.encode(asked).decode()


def opened(text: str) -> Conditions:
    """The conditions of such a JSON."""
    return msgspec.json.decode(text, type=Conditions)
