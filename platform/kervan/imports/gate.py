"""What the quality gates of foreign lists share: notes on parts of a row, texts cut to fit, the language of a text."""

from kervan.imports.values import cut, language_of
from kervan.trade import languages
from kervan.trade.errors import shown

MISSING, CUT, UNKNOWN, LANGUAGE = "MISSING", "CUT", "UNKNOWN", "LANGUAGE"

Problem = dict[str, str]
"""`field`, `problem` (what is the matter with it) and, where something stood there, its `value`."""


def problem(field: str, what: str, value: str = "") -> Problem:
    """A note on a part of a row."""
    return {"field": field, "problem": what, **({"value": shown(value)} if value else {})}


def shortened(field: str, text: str, longest: int, problems: list[Problem]) -> str:
    """The text with at most so many characters; a cut is noted."""
    if len(text) > longest:
        problems.append(problem(field, CUT))
    return cut(text, longest)


def language(said: str, text: str, problems: list[Problem]) -> str:
    """What the column says, else what the words say, else English with a note for who reads it."""
    if languages.is_language(said.casefold()):
        return said.casefold()
    found = language_of(text)
    if found is None or not languages.is_language(found):
        problems.append(problem("language", LANGUAGE, "en"))
        return "en"
    return found
