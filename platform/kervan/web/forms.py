"""What somebody typed into a form: read field by field, refused with a sentence a field, kept for the next try."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from babel.numbers import NumberFormatError, parse_decimal
from litestar import Request
from litestar.datastructures import UploadFile

from kervan.errors import Invalid, KervanError
from kervan.trade.errors import N_, TradeError, ascii_digits
from kervan.web import i18n
from kervan.web.http import form_data

T = TypeVar("T")

Initial = Mapping[str, "str | Sequence[str] | None"]

_LONGEST = 20_000
"""Characters of a field that are kept at all; each field's own limit is smaller."""
_MOST_MARKS = 30
# Whole numbers in groups of three, by whether the language is Turkish.
_GROUPED = {True: re.compile(r"[0-9]{1,3}(\.[0-9]{3})+"), False: re.compile(r"[0-9]{1,3}(,[0-9]{3})+")}
_NOT_TEXT = ("Cc", "Cs", "Cn", "Co")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They would show a name backwards (Unicode TR 36, 2.10), in mails and lists as well; pages isolate with <bdi>."""

REQUIRED = N_("Please fill this in.")


class Form:
    """The values of a form and the sentences beside them, in the reader's language.

    Made from initial values (a page that is opened) or from a request (read()). Every reading method notes what is
    wrong and returns an empty value then: ask `ok` before the values are used.
    """

    def __init__(
        self, language: str, initial: Initial | None = None, typed: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.language = language
        self.typed = typed
        self._initial = {name: _listed(value) for name, value in (initial or {}).items()}
        self._errors: dict[str, str] = {}
        self.message: str | None = None
        """A sentence about the form as a whole, in the reader's language."""

    # What templates ask

    def value(self, name: str) -> str:
        """What was typed, else the initial value, else ''."""
        return next(iter(self.values(name)), "")

    def values(self, name: str) -> Sequence[str]:
        """The same for a field with several values. A box that was not ticked has none."""
        return self._initial.get(name, ()) if self.typed is None else self.typed.get(name, ())

    def error(self, name: str) -> str | None:
        """What is wrong with a field, in the reader's language."""
        return self._errors.get(name)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(field, sentence) in the order in which the fields were read."""
        return list(self._errors.items())

    @property
    def ok(self) -> bool:
        """Nothing was refused so far."""
        return not self._errors and self.message is None

    # What handlers do

    def refuse(self, name: str, why: KervanError | TradeError | str) -> None:
        """Notes what is wrong with a field: an error, or an English msgid. The first sentence of a field stays."""
        self._errors.setdefault(name, i18n.sentence(self.language, why))

    def take(self, error: KervanError) -> None:
        """Notes a service's refusal: its fields beside them, else its sentence on top."""
        fields = error.fields if isinstance(error, Invalid) else {}
        for name, why in fields.items():
            self.refuse(name, why)
        if not fields:
            self.message = i18n.sentence(self.language, error)

    def raw(self, name: str) -> str:
        """What was typed, without any check but its shape: for passwords, whose spaces count."""
        return next(iter((self.typed or {}).get(name, ())), "")

    def text(self, name: str, *, required: bool = True, longest: int = 200, shortest: int = 1) -> str:
        """One line without control signs, its spaces tidied; '' when it is missing or refused."""
        value = " ".join(self.value(name).split())
        return self._measured(name, value, required, shortest, longest)

    def lines(self, name: str, *, required: bool = True, longest: int = 5000, shortest: int = 1) -> str:
        """A text of several lines; '' when it is missing or refused."""
        value = "\n".join(line.rstrip() for line in self.value(name).splitlines()).strip()
        return self._measured(name, value, required, shortest, longest)

    def _measured(self, name: str, value: str, required: bool, shortest: int, longest: int) -> str:
        if not value:
            if required:
                self.refuse(name, REQUIRED)
            return ""
        if len(value) > longest:
            self.refuse(
                name,
                TradeError(N_("At most {longest} characters; these are {n}."), longest=longest, n=len(value)),
            )
            return ""
        if len(value) < shortest:
            self.refuse(
                name,
                TradeError(
                    N_("At least {shortest} characters; these are {n}."), shortest=shortest, n=len(value)
                ),
            )
            return ""
        return value

    def parsed(
        self, name: str, parse: Callable[[str], T], *, required: bool = True, longest: int = 320
    ) -> T | None:
        """What a parser of the vocabulary makes of the field; its TradeError becomes the sentence beside it."""
        value = self.text(name, required=required, longest=longest)
        if not value:
            return None
        try:
            return parse(value)
        except (TradeError, Invalid) as error:
            self.refuse(name, error)
            return None

    def choice(self, name: str, allowed: Collection[str], *, required: bool = True) -> str:
        """One of the allowed values; '' when none is chosen or a value is none of them."""
        value = self.value(name)
        if not value:
            if required:
                self.refuse(name, N_("Please choose one."))
            return ""
        if value not in allowed:
            self.refuse(name, N_("This cannot be chosen here."))
            return ""
        return value

    def several(
        self, name: str, allowed: Collection[str] | None = None, *, least: int = 0, most: int = 50
    ) -> tuple[str, ...]:
        """The chosen values without repetitions, in their order; () when one of them is refused."""
        values = tuple(dict.fromkeys(value for value in self.values(name) if value))
        if allowed is not None and not set(values) <= set(allowed):
            self.refuse(name, N_("This cannot be chosen here."))
            return ()
        if len(values) < least:
            self.refuse(name, N_("Please choose at least one."))
            return ()
        if len(values) > most:
            self.refuse(name, TradeError(N_("Choose at most {most}."), most=most))
            return ()
        return values

    def ticked(self, name: str, *, required: str | None = None) -> bool:
        """Whether a box is ticked; `required` is the msgid to say when it must be and is not."""
        found = bool(self.value(name))
        if required and not found:
            self.refuse(name, required)
        return found

    def whole(self, name: str, *, low: int, high: int, required: bool = True) -> int | None:
        """A whole number from low to high, digits of any script; None when it is missing or refused."""
        value = (
            ascii_digits(self.text(name, required=required, longest=40))
            .replace("\u00a0", "")
            .replace(" ", "")
        )
        if not value:
            return None
        grouped = _ungrouped(value, self.language)
        if grouped is None or len(grouped) > 15 or not low <= int(grouped) <= high:
            self.refuse(
                name, TradeError(N_("Enter a whole number from {low} to {high}."), low=low, high=high)
            )
            return None
        return int(grouped)

    def decimal(
        self, name: str, *, low: Decimal, high: Decimal, places: int = 2, required: bool = True
    ) -> Decimal | None:
        """A number as the reader's language writes it (12,50 in Turkish), with at most `places` decimals."""
        value = ascii_digits(self.text(name, required=required, longest=40))
        if not value:
            return None
        number = _decimal(value, self.language)
        if number is None or not number.is_finite():
            self.refuse(name, TradeError(N_("Enter a number such as {example}."), example=self._example()))
        elif not low <= number <= high:
            self.refuse(name, TradeError(N_("Enter a number from {low} to {high}."), low=low, high=high))
        elif -int(number.normalize().as_tuple().exponent) > places:
            self.refuse(name, TradeError(N_("At most {places} decimals."), places=places))
        else:
            return number
        return None

    def _example(self) -> str:
        return "12,50" if self.language == "tr" else "12.50"

    def day(
        self, name: str, *, required: bool = True, first: date | None = None, last: date | None = None
    ) -> date | None:
        """A date as date inputs send it (2026-11-22) or as people type it there (22.11.2026)."""
        value = ascii_digits(self.text(name, required=required, longest=20))
        if not value:
            return None
        found = _day(value)
        if found is None:
            self.refuse(name, N_("Enter a date such as 2026-11-22."))
        elif first is not None and found < first:
            self.refuse(name, TradeError(N_("Not before {day}."), day=first))
            return None
        elif last is not None and found > last:
            self.refuse(name, TradeError(N_("Not after {day}."), day=last))
            return None
        return found


def _ungrouped(text: str, language: str) -> str | None:
    """The digits of a whole number, with groups of three or without; None for anything else (1.5 is not 15)."""
    whole = _GROUPED[language == "tr"].fullmatch(text)
    return text.replace(".", "").replace(",", "") if whole or (text.isascii() and text.isdigit()) else None


def _decimal(text: str, language: str) -> Decimal | None:
    # In Turkish 1.200 is twelve hundred; a point that groups nothing can only be meant as a decimal mark.
    if language == "tr" and _GROUPED[True].fullmatch(text):
        return Decimal(text.replace(".", ""))
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    try:
        return parse_decimal(text, locale=i18n.BY_CODE[language].locale, strict=True)
    except (NumberFormatError, InvalidOperation):
        return None


def _day(text: str) -> date | None:
    parts = text.replace("/", ".").replace("-", ".").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None


def _listed(value: "str | Sequence[str] | None") -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _clean(text: str) -> str:
    """NFC, line ends as \\n; other control signs, lone surrogates and signs that turn the reading order taken out."""
    text = _few_marks(text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in "\n\t" or (unicodedata.category(char) not in _NOT_TEXT and char not in _TURNING)
    )


def is_unfit(text: str) -> bool:
    """Whether the text holds what `_clean` takes out of forms."""
    return not text.isprintable() and any(
        char in _TURNING or (char not in "\n\r\t" and unicodedata.category(char) in _NOT_TEXT)
        for char in text
    )


def _few_marks(text: str) -> str:
    """The text with at most 30 marks on a letter (UAX 15, Stream-Safe Text).

    Normalising sorts the marks of a letter one by one: ten thousand of them would stop everything for a second.
    """
    if text.isascii():
        return text
    run, kept = 0, []
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


async def read(request: Request[Any, Any, Any], initial: Initial | None = None) -> Form:
    """The form of a request; files are not in it (files.uploads reads them).

    Raises Invalid as web.bodies.
    """
    data = await form_data(request)
    pairs: Iterable[tuple[str, Any]] = data.multi_items()
    typed: dict[str, list[str]] = {}
    for name, value in pairs:
        if not isinstance(value, UploadFile):
            typed.setdefault(name, []).append(_clean(str(value)))
    return Form(i18n.language_of(request), initial, typed)
