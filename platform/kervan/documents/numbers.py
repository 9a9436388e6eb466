"""e-Arşiv numbers of an exporter's invoices: three signs of a series, the year, nine digits; none twice."""

import re
from datetime import date

from kervan.db import fetch, fetchval
from kervan.errors import KervanError
from kervan.trade.errors import N_, ascii_digits

OWN_SERIES = "KRV"
"""What a first draft is numbered with, where the exporter has no series of its own yet."""

_SHAPE = re.compile(r"[A-Z0-9]{3}(20[0-9]{2})[0-9]{9}")

_LAST = """
SELECT number FROM invoice_number WHERE exporter = $1 AND substr(number, 4, 4) = $2 ORDER BY id DESC LIMIT 1
"""
_USED = "SELECT EXISTS (SELECT FROM invoice_number WHERE exporter = $1 AND number = $2)"


def tidied(text: str) -> str:
    """A number as somebody typed it: capitals, without spaces and signs between its parts."""
    return re.sub(r"[\s./-]", "", ascii_digits(text)).upper()  # ascii: what is not A-Z or a digit is refused


async def checked_number(
    exporter_id: int, typed: str, issued_on: date, wrong: dict[str, KervanError | str]
) -> str:
    """The number, tidied; what is wrong with it stands under `number` in `wrong` afterwards."""
    number = tidied(typed)
    shape = _SHAPE.fullmatch(number)
    if shape is None:
        wrong["number"] = N_("An invoice number has three letters or digits, the year and nine digits.")
    elif int(shape[1]) != issued_on.year:
        wrong["number"] = N_("The year in the invoice number is not the year of issue.")
    elif await fetchval(_USED, exporter_id, number):
        wrong["number"] = N_("You have used this invoice number already.")
    return number


async def next_number(exporter_id: int, year: int) -> str:
    """What the exporter's next number of this year would be: after the last one, in its series."""
    rows = await fetch(_LAST, exporter_id, str(year))
    if not rows:
        return f"{OWN_SERIES}{year}{1:09d}"
    last = rows[0]["number"]
    return f"{last[:7]}{min(int(last[7:]) + 1, 999_999_999):09d}"
