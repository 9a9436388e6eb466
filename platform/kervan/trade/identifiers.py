"""Identifiers of firms, persons and goods: VKN, TCKN, MERSİS, KEP and GTIN, checked, in one form."""

import re

from stdnum import ean
from stdnum.tr import tckimlik
from stdnum.tr import vkn as stdnum_vkn

from kervan.trade.errors import N_, TradeError, ascii_digits, shown

GTIN_LENGTHS = (8, 12, 13, 14)

_KEP = re.compile(
    r"[a-z0-9](?:[a-z0-9._+\-]{0,62}[a-z0-9])?@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+kep\.tr"
)
_LONGEST_INPUT = 64


def vkn(text: str) -> str:
    """The 10 digits of a Turkish tax number (vergi kimlik numarası) with a correct check digit.

    Ten equal digits are refused although 4444444444 has a correct check digit: no office issues it and it
    is typed as a filler; the packages disagree here (python-stdnum takes it, tcknvkn does not). The fillers
    of e-invoices for foreign buyers (2222222222) fail as well: they live in the invoice writer only.
    TradeError when refused.
    """
    digits = _digits(text, 10, N_("A tax number (VKN) has 10 digits."))
    if len(set(digits)) == 1 or not stdnum_vkn.is_valid(digits):
        raise TradeError(N_("This tax number (VKN) is not correct: check its digits."))
    return digits


def tckn(text: str) -> str:
    """The 11 digits of a Turkish identity number with correct check digits; TradeError otherwise.

    The sentences never repeat what was typed: it is personal data.
    """
    digits = _digits(text, 11, N_("An identity number (TCKN) has 11 digits."))
    if not tckimlik.is_valid(digits):
        raise TradeError(N_("This identity number (TCKN) is not correct: check its digits."))
    return digits


def mask_tckn(value: str) -> str:
    """Eleven stars, whatever the number: an identity number is never shown, not even in part."""
    return "*" * 11


def mersis(text: str, vkn: str | None = None) -> tuple[str, str | None]:
    """The 16 digits of a MERSİS number and, when it looks odd, a msgid to warn with.

    There is no public check digit. The number of a company is 0, then its VKN, then 5 digits: another VKN
    than `vkn`, or none that can be one, is a warning and not an error. TradeError unless there are 16
    digits.
    """
    digits = _digits(text, 16, N_("A MERSİS number has 16 digits."))
    if set(digits) == {"0"}:
        raise TradeError(N_("This MERSİS number is not correct: check its digits."))
    if not digits.startswith("0"):
        return digits, None
    inner = digits[1:11]
    if vkn is not None and inner != vkn:
        return digits, N_(
            "The MERSİS number of a company usually holds its tax number (VKN); this one does not."
        )
    if not stdnum_vkn.is_valid(inner):
        return digits, N_("Digits 2 to 11 of this MERSİS number are not a tax number (VKN): check them.")
    return digits, None


def kep(text: str) -> str:
    """A registered e-mail address (KEP) in small letters. Only the form is checked: it lies under kep.tr."""
    address = text.strip()
    # casefold after the ASCII test: no Turkish dotless letters can be meant here.
    if not address.isascii() or not _KEP.fullmatch(address.casefold()):
        raise TradeError(N_("A KEP address looks like name@hs01.kep.tr; {text} does not."), text=shown(text))
    return address.casefold()


def gtin(text: str) -> str:
    """The 8, 12, 13 or 14 digits of a GTIN (EAN, UPC) with a correct check digit; all zeros are refused.

    The first digits (868, 869: GS1 Türkiye) tell who gave the number, not where the goods come from.
    """
    digits = _strip(text)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in GTIN_LENGTHS:
        raise TradeError(N_("A GTIN has 8, 12, 13 or 14 digits; {text} does not."), text=shown(text))
    if set(digits) == {"0"} or not ean.is_valid(digits):
        raise TradeError(
            N_("The check digit of the GTIN {text} is wrong: check its digits."), text=shown(text)
        )
    return digits


def gtin14(value: str) -> str:
    """A valid GTIN in its 14-digit form, in which GTINs of every length can be compared."""
    return value.rjust(14, "0")


def _strip(text: str) -> str:
    if len(text) > _LONGEST_INPUT:
        return ""
    return re.sub(r"[\s\-‐‑]", "", ascii_digits(text))


def _digits(text: str, length: int, sentence: str) -> str:
    digits = _strip(text)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != length:
        raise TradeError(sentence)
    return digits
