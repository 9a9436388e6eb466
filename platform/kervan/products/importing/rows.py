"""One row of a file as a product, or what is wrong with it by field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial

import msgspec

from kervan.errors import KervanError
from kervan.products.importing.mapping import LISTS, MEASURES, MOST_PRICES, Column, Plan
from kervan.products.importing.source import Row
from kervan.products.inputs import ProductInput, TextInput
from kervan.products.rules import Tariffs, check, is_unfit, known_gtin, refusal, settle
from kervan.trade import countries, money, units
from kervan.trade.certificates import written
from kervan.trade.codes import parse_code
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan.trade.money import DecimalMark, parse_amount
from kervan.trade.quantities import parse_length_mm, parse_weight_g
from kervan.web.i18n import gettext, sentence
from kervan_search.text import fold


class RowIssue(msgspec.Struct, frozen=True):
    """One sentence about one field of one row. `value` is what the file says there, shortened."""

    row: int
    field: str
    value: str
    sentence: str


class Parsed(msgspec.Struct, frozen=True):
    """A product, or None and at least one issue. Notices tell what was changed or left out of a good row."""

    product: ProductInput | None
    issues: list[RowIssue]
    notices: list[RowIssue]


class _Draft(msgspec.Struct):
    """What has been read of one row so far; its sentences are in `language`."""

    language: str
    values: dict[str, object]
    issues: list[RowIssue]
    notices: list[RowIssue]


Cell = object
Convert = Callable[[Cell, Column], object]

# Field of the file -> attribute of ProductInput, where they differ.
_ATTRIBUTES = {
    "gtip": "hs_code",
    "net_weight": "net_weight_g",
    "gross_weight": "gross_weight_g",
    "package_length": "package_length_mm",
    "package_width": "package_width_mm",
    "package_height": "package_height_mm",
    "package_gross_weight": "package_gross_g",
    "micro_export": "micro_export_ok",
}
_FIELDS = {attribute: field for field, attribute in _ATTRIBUTES.items()}
_PRICE_FIELDS = frozenset(
    {"price", *(f"{word}_{number}" for word in ("price", "from") for number in range(1, MOST_PRICES + 1))}
)
_YES = frozenset(("yes", "y", "true", "1", "evet", "e", "x"))
_NO = frozenset(("no", "n", "false", "0", "hayir", "h"))
_SIGNS = {"€": "EUR", "₺": "TRY", "TL": "TRY", "£": "GBP"}
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")


def reader(plan: Plan, tariffs: Tariffs, today: date, language: str = "en") -> Callable[[Row], Parsed]:
    """The function that reads the rows of one file. It never raises, whatever the cells hold.

    `language` is that of its sentences, not of the file.
    """
    steps = [
        (field, column, column.column, _converter(field, plan.options.decimal))
        for field, column in plan.columns.items()
    ]
    newest = max(tariffs, default=None)
    return partial(_read, steps, tariffs, newest, today, language)


def _read(
    steps: Sequence[tuple[str, Column, str | None, Convert]],
    tariffs: Tariffs,
    newest: int | None,
    today: date,
    language: str,
    row: Row,
) -> Parsed:
    if row.fault is not None:
        return Parsed(None, [RowIssue(row.number, "", "", gettext(language, row.fault))], [])
    draft = _Draft(language, {}, [], [])
    for field, column, name, convert in steps:
        cell = column.constant if name is None else row.cells.get(name)
        if cell is None or cell == "" or (isinstance(cell, str) and cell.isspace()):
            cell = column.default
        if cell is None:
            continue
        try:
            if field == "gtin":
                draft.values[field] = _first_gtin(row.number, cell, column, draft)
            else:
                draft.values[field] = convert(cell, column)
        except TradeError as error:
            draft.issues.append(_issue(row.number, field, cell, refusal(error), language))
    if draft.issues:
        return Parsed(None, draft.issues, draft.notices)
    try:
        product = _product(draft.values, newest)
    except TradeError as error:
        return Parsed(None, [_issue(row.number, "price", None, refusal(error), language)], draft.notices)
    if wrong := check(product, tariffs):
        issues = [
            _issue(row.number, _FIELDS.get(field, field), _shown_value(product, field), error, language)
            for field, error in wrong.items()
        ]
        return Parsed(None, issues, draft.notices)
    product, changed = settle(product, today)
    draft.notices.extend(_issue(row.number, "micro_export", None, error, language) for error in changed)
    return Parsed(product, [], draft.notices)


def _issue(number: int, field: str, cell: Cell, error: KervanError, language: str) -> RowIssue:
    return RowIssue(number, field, "" if cell is None else shown(str(cell), 80), sentence(language, error))


def _shown_value(product: ProductInput, field: str) -> object:
    if field == "price":
        return ", ".join(f"{quantity}: {price}" for quantity, price in product.tiers[:MOST_PRICES])
    kind, _, language = field.partition("_")
    if language in product.texts and kind in ("name", "description"):
        return getattr(product.texts[language], kind)
    return getattr(product, field, None)


def _product(values: dict[str, object], newest: int | None) -> ProductInput:
    """The product of converted values; TradeError when its prices make no list."""
    texts: dict[str, dict[str, str]] = {}
    prices: dict[str, object] = {}
    rest: dict[str, object] = {}
    for field, value in values.items():
        if field in _PRICE_FIELDS:
            prices[field] = value
        elif field.startswith("name_") or field.startswith("description_"):
            kind, _, language = field.partition("_")
            texts.setdefault(language, {})[kind] = str(value)
        else:
            rest[_ATTRIBUTES.get(field, field)] = value
    if prices:
        rest["tiers"] = _tiers(prices, rest)
    else:
        rest.pop("currency", None)  # price on request: the currency alone says nothing
    code = rest.get("hs_code")
    if isinstance(code, str) and len(code) == 12:
        rest.setdefault("tariff_year", newest)
    else:
        rest.pop("tariff_year", None)
    rest["texts"] = {
        language: TextInput(text.get("name", ""), text.get("description", ""))
        for language, text in texts.items()
    }
    rest.setdefault("sku", "")
    return ProductInput(**rest)  # type: ignore[arg-type]  # one dict for all fields


def _tiers(prices: dict[str, object], rest: dict[str, object]) -> tuple[tuple[int, Decimal], ...]:
    """(from quantity, unit price); the first holds from the MOQ on, which it also gives if no column does."""
    currency = rest.get("currency")
    tiers: list[tuple[int, Decimal]] = []
    moq = rest.get("moq")
    if "price" in prices:
        if "price_1" in prices:
            raise TradeError(N_("Give either price or price_1."))
        prices["price_1"] = prices.pop("price")
    for number in range(1, MOST_PRICES + 1):
        price, quantity = prices.get(f"price_{number}"), prices.get(f"from_{number}")
        if price is None:
            if quantity is not None:
                raise TradeError(N_("There is a from_{number}, but no price_{number}."), number=number)
            continue
        if number == 1:
            quantity = quantity or moq or 1
            moq = rest["moq"] = moq or quantity
        if quantity is None:
            raise TradeError(N_("There is a price_{number}, but no from_{number}."), number=number)
        assert isinstance(quantity, int)
        assert isinstance(price, Decimal)
        tiers.append((quantity, _tidy(price, currency if isinstance(currency, str) else None)))
    return tuple(tiers)


def _tidy(price: Decimal, currency: str | None) -> Decimal:
    """The price with the currency's digits when nothing is lost by it: 4995 cents x 0.01 is 49.95."""
    digits = money.exponent(currency) if currency else 2
    rounded = round(price, digits)
    return rounded if rounded == price else price


def _converter(field: str, decimal: DecimalMark | None) -> Convert:
    if field in MEASURES:
        return partial(_measure, "weight" in field, decimal)
    if field == "price" or field.startswith("price_"):
        return partial(_amount, decimal)
    if field in ("moq", "step", "lead_days", "package_units", "tariff_year") or field.startswith("from_"):
        return partial(_whole, decimal)
    if field in LISTS:
        return partial(_tags, _certificate if field == "certificates" else _line)
    if field.startswith("description_"):
        return _paragraphs
    words: dict[str, Callable[[str], object]] = {
        "gtip": parse_code,
        "unit": units.unit_code,
        "origin": countries.find_country,
        "currency": _currency,
        "micro_export": _yes_or_no,
        "exclusion_reason": _reason,
    }
    if field in words:
        known = lru_cache(maxsize=8192)(words[field])
        return lambda cell, _column: known(_line(cell))
    if field == "published_at":
        return lambda cell, _column: _moment(_line(cell))
    return lambda cell, _column: _line(cell)


def _text(cell: Cell) -> str:
    """The characters of a cell; TradeError for what is not one value or holds signs that nobody can see."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list | dict):
        raise TradeError(N_("This must be one value, not a list."))
    text = cell if isinstance(cell, str) else str(cell)
    if is_unfit(text):
        raise TradeError(N_("This holds characters that cannot be shown. Type it again."))
    # A byte order mark that strayed into a cell shows nothing and would hide a match.
    return text if text.isascii() else text.replace("\ufeff", "")


def _line(cell: Cell) -> str:
    text = _text(cell)
    # Most cells are tidy already; only the others pay for the split.
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def _paragraphs(cell: Cell, _column: Column) -> str:
    text = _text(cell)
    return text.strip() if text.isprintable() else "\n".join(text.splitlines()).strip()


@lru_cache(maxsize=16384)
def _number(text: str, mark: DecimalMark | None) -> Decimal:
    """The number of a text; without a mark, whichever mark makes sense of it, if only one does."""
    if mark is not None:
        return parse_amount(text, mark)
    if text.isascii() and text.isdecimal() and len(text) <= 15:
        return Decimal(text)
    found: set[Decimal] = set()
    fault: TradeError | None = None
    for either in (".", ","):
        try:
            found.add(parse_amount(text, either))
        except TradeError as error:
            fault = fault or error
    if len(found) > 1:
        raise TradeError(
            N_('{text} can be read in two ways. Say decimal = "," or "." in the mapping.'), text=shown(text)
        )
    if not found and fault is not None:
        raise fault
    return found.pop()


def _decimal_of(cell: Cell, mark: DecimalMark | None, column: Column) -> Decimal:
    # Numbers of JSON and of spreadsheets come with a point, whatever the file's texts use.
    value = _bounded(Decimal(str(cell))) if _is_number(cell) else _number(_line(cell), column.decimal or mark)
    return value * Decimal(column.scale) if column.scale else value


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _bounded(value: Decimal) -> Decimal:
    # 1e999999999 is a number too, and a gigabyte when it is written out.
    if not value.is_finite() or value < 0 or (value and not -9 <= value.adjusted() <= 15):
        raise TradeError(
            N_("{text} is not an amount; write it like {example}."), text=shown(str(value)), example="1234.56"
        )
    return value


def _amount(mark: DecimalMark | None, cell: Cell, column: Column) -> Decimal:
    return _decimal_of(cell, mark, column)


def _whole(mark: DecimalMark | None, cell: Cell, column: Column) -> int:
    value = _decimal_of(cell, mark, column)
    if value != value.to_integral_value():
        raise TradeError(N_("{text} is not a whole number."), text=shown(str(cell)))
    return int(value)


def _measure(weight: bool, mark: DecimalMark | None, cell: Cell, column: Column) -> int:
    if _is_number(cell):
        text = format(_bounded(Decimal(str(cell))), "f")
        return _measured(weight, text, ".", column.unit, column.scale)
    return _measured(weight, _line(cell), column.decimal or mark, column.unit, column.scale)


@lru_cache(maxsize=16384)
def _measured(weight: bool, text: str, mark: DecimalMark | None, unit: str | None, scale: str | None) -> int:
    """Grams or millimetres. A number without a unit, where the column gives none, is refused."""
    if scale is not None:
        text = format(_number(text, mark) * Decimal(scale), "f")
        mark = "."
    if unit is None and re.fullmatch(r"[\d.,\s]+", ascii_digits(text)):
        raise TradeError(
            N_("{text} has no unit. Write 455 g, or name the unit in the header."), text=shown(text)
        )
    return parse_weight_g(text, mark, unit) if weight else parse_length_mm(text, mark, unit)


def _members(cell: Cell, column: Column) -> list[Cell]:
    if isinstance(cell, list):
        return [member for member in cell if member is not None and member != ""]
    if not isinstance(cell, str):
        return [cell]
    parts = cell.split(column.split) if column.split else re.split(r"[,;|\n]", cell)
    return [part for part in parts if part and not part.isspace()]


def _tags(convert: Callable[[Cell], str], cell: Cell, column: Column) -> tuple[str, ...]:
    return tuple(dict.fromkeys(convert(member) for member in _members(cell, column)))


def _certificate(cell: Cell) -> str:
    return written(_line(cell))


def _first_gtin(number: int, cell: Cell, column: Column, draft: _Draft) -> str | None:
    """The first valid GTIN of a list, the others that are wrong left out with a notice; a single one must be right."""
    listed = isinstance(cell, list) or column.split is not None
    if not listed:
        return known_gtin(_line(cell))
    found = None
    for member in _members(cell, column):
        try:
            gtin = known_gtin(_line(member))
            found = found or gtin
        except TradeError as error:
            draft.notices.append(_issue(number, "gtin", member, refusal(error), draft.language))
    return found


def _currency(text: str) -> str:
    return _SIGNS.get(text) or money.require_currency(text.upper() if text.isascii() else text)


def _yes_or_no(text: str) -> bool:
    word = fold(text)
    if word not in _YES | _NO:
        raise TradeError(N_("{text} is neither yes nor no."), text=shown(text))
    return word in _YES


def _reason(text: str) -> str:
    return text.replace(" ", "_").upper() if text.isascii() else text


def _moment(text: str) -> datetime:
    """A day or a time, ISO or 31.12.2025; UTC where no zone is given."""
    try:
        if match := _DAY.fullmatch(text):
            day, month, year = (int(part) for part in match.groups())
            return datetime(year, month, day, tzinfo=UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise TradeError(
            N_("{text} is not a date; write for example 2026-01-31."), text=shown(text)
        ) from error


def cells_of(row: Row, header: Sequence[str]) -> list[Cell]:
    """The row's cells in the order of the header."""
    cells: Mapping[str, object] = row.cells
    return [cells.get(name) for name in header]
