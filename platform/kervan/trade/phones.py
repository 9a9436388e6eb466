"""Telephone numbers in the one form that can be dialled from everywhere."""

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

from kervan.trade.errors import N_, TradeError, ascii_digits

LONGEST = 16
"""Characters of a number: + and the 15 digits of ITU-T E.164."""

_LONGEST_INPUT = 40


def phone(text: str, country: str = "TR") -> str:
    """The number in E.164: +905321234567. `country` is meant where no country code was typed.

    TradeError unless the number can exist by the numbering plan of its country. The sentences never repeat
    what was typed: it is personal data.
    """
    typed = ascii_digits(text).strip()
    if not typed:
        raise TradeError(N_("Enter a telephone number, for example +90 212 555 01 01."))
    if len(typed) > _LONGEST_INPUT or any(char.isalpha() for char in typed):
        raise TradeError(
            N_("Write the telephone number in digits, without letters and without an extension.")
        )
    try:
        number = parse(typed, country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise TradeError(N_("Begin the telephone number with + and the code of the country.")) from error
        raise _wrong() from error
    if not is_valid_number(number) or number.extension:
        raise _wrong()
    found = format_number(number, PhoneNumberFormat.E164)
    if len(found) > LONGEST:  # the plan of some countries has longer ones inside the country
        raise _wrong()
    return found


def _wrong() -> TradeError:
    return TradeError(
        N_("This is not a telephone number that can be dialled. Write it with + and the code of the country.")
    )
