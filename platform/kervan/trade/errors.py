"""The refusal that every parser of the vocabulary raises, and the marks for message extraction."""

import unicodedata


class TradeError(ValueError):
    """A value that the vocabulary refuses, with one sentence for the user.

    `message` is an English msgid with {placeholders}, `params` fills them; `str()` gives the English
    sentence.
    """

    def __init__(self, message: str, **params: object) -> None:
        self.message = message
        self.params = params
        super().__init__(message.format(**params))


def N_(message: str) -> str:
    """The same msgid: marks a sentence for extraction, it is translated where it is shown."""
    return message


def NN_(singular: str, plural: str) -> tuple[str, str]:
    """The same pair of msgids: marks a counted noun for extraction (babel keyword `NN_:1,2`)."""
    return singular, plural


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script (full-width, Arabic-Indic ...) written as 0-9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def shown(text: str, limit: int = 40) -> str:
    """What a user typed, fit to be repeated in a sentence: on one line, at most `limit` characters."""
    clean = "".join(char if char.isprintable() else " " for char in text[: limit + 1])
    clean = " ".join(clean.split())
    return clean[: limit - 1] + "…" if len(text) > limit else clean
