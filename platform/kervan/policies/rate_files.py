"""Files of exchange rates, read: the ECB's eurofxref as CSV or XML, and the TCMB's daily XML."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from xml.etree import ElementTree

from kervan.errors import Invalid
from kervan.trade import money
from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.rates import ECB, TCMB, Published

BANKS = {ECB: "ECB euro reference rate", TCMB: "TCMB indicative rate (forex buying)"}
"""How a rate of each bank is called in the papers."""
TOO_LARGE = N_("The file is too large for a file of exchange rates.")
UNREADABLE = N_(
    "This is no file of exchange rates. Take eurofxref.csv, eurofxref-hist.csv or eurofxref-daily.xml of the European"
    " Central Bank, or today.xml of the TCMB."
)

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_DIGITS = Decimal("0.000001")
_MOST = Decimal(10_000_000)
# What the ECB writes where it has no rate.
_NONE = ("", "N/A")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def read(data: bytes) -> list[Published]:
    """The rates of a file, at least one; the source is left empty. Raises Invalid with a sentence.

    Currencies that are not in use any more are left out; the euro itself has no rate.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    found = list(_of_xml(data, text) if text.startswith("<") else _of_csv(text))
    if not found:
        raise Invalid(UNREADABLE)
    return found


def _of_csv(text: str) -> Iterator[Published]:
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    names = next(rows, [])
    if not names or names[0].strip() != "Date":
        raise Invalid(UNREADABLE)
    for row in rows:
        if not row or not row[0].strip():
            continue
        day = _day(row[0])
        for name, value in zip(names[1:], row[1:], strict=False):
            if _in_use(name) and value.strip() not in _NONE:
                yield Published(day, ECB, _number(value), name.strip(), "")


def _of_xml(data: bytes, text: str) -> Iterator[Published]:
    # Neither bank's file declares anything; entities are how a small file becomes a large one.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid(UNREADABLE)
    try:
        root = ElementTree.fromstring(data.strip())
    except ElementTree.ParseError:
        raise Invalid(UNREADABLE) from None
    yield from _of_tcmb(root) if root.tag == "Tarih_Date" else _of_ecb(root)


def _of_ecb(root: ElementTree.Element) -> Iterator[Published]:
    for cube in root.iter(_CUBE):
        if not (time := cube.get("time")):
            continue
        day = _day(time)
        for entry in cube.iter(_CUBE):
            name = entry.get("currency", "")
            if _in_use(name):
                yield Published(day, ECB, _number(entry.get("rate", "")), name, "")


def _of_tcmb(root: ElementTree.Element) -> Iterator[Published]:
    """TCMB gives liras for a currency; by its own rate of the euro that becomes units for one euro."""
    day = _day(root.get("Tarih", ""))
    lira: dict[str, Decimal] = {}
    for entry in root.iter("Currency"):
        name = entry.get("CurrencyCode", "")
        buying = (entry.findtext("ForexBuying") or "").strip()
        if buying and (name == "EUR" or _in_use(name)):
            units = _number(entry.findtext("Unit") or "1")
            lira[name] = _number(buying) / units
    euro = lira.pop("EUR", None)
    if euro is None:
        raise Invalid(
            N_("The TCMB's file has no rate of the euro, so the others cannot be compared with it.")
        )
    yield Published(day, TCMB, euro.quantize(_DIGITS, ROUND_HALF_UP), "TRY", "")
    for name, rate in lira.items():
        yield Published(day, TCMB, (euro / rate).quantize(_DIGITS, ROUND_HALF_UP), name, "")


def _in_use(name: str) -> bool:
    if name.strip() == "EUR":
        return False
    try:
        money.require_currency(name.strip())
    except TradeError:
        return False
    return True


def _day(text: str) -> dt.date:
    """2026-11-20, 20.11.2026 or 20 November 2026, whatever the machine's locale."""
    words = text.split()
    try:
        if len(words) == 3 and words[1] in _MONTHS:
            return dt.date(int(words[2]), _MONTHS.index(words[1]) + 1, int(words[0]))
        if text.count(".") == 2:
            day, month, year = text.split(".")
            return dt.date(int(year), int(month), int(day))
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(N_("{text} is no day of a file of exchange rates."), text=shown(text)) from None


def _number(text: str) -> Decimal:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        raise Invalid(N_("{text} is no exchange rate."), text=shown(text)) from None
    if not rate.is_finite() or not 0 < rate < _MOST:
        raise Invalid(N_("{text} is no exchange rate."), text=shown(text))
    return rate
