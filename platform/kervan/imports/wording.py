"""The report of an import in words: for the page, the terminal and a file that no spreadsheet runs."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Map
from datetime import date

import msgspec

from kervan.imports.gate import Problem
from kervan.imports.reports import KNOWN, REFUSED, Line
from kervan.products.importing.report import harmless
from kervan.trade import countries
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import gettext, translate

OUTCOMES = {KNOWN: N_("Known already"), REFUSED: N_("Refused")}
"""Of every list; each room adds its own."""
TONES = {KNOWN: "quiet", REFUSED: "bad"}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """How a room speaks of its lists (msgids)."""

    outcomes: Map[str, str]
    tones: Map[str, str]
    """Of the outcomes' badges."""
    problems: Map[str, str]
    """What its gate says about a part of a row; `value` is what stood there."""
    columns: Map[str, str]
    """What a column can be."""
    label: Callable[[str, str], str]
    """(part that is no column, language) -> its name."""


def reason(line: Line, language: str) -> str:
    """Why a row was refused, or how it is known; '' for the others."""
    if not line.reason:
        return ""
    params = {key: value for key, value in line.reason.items() if key != "reason"}
    if code := params.get("country"):
        params["country"] = countries.country_name(code, language)
    if day := params.get("date"):
        params["date"] = formats.day(language, date.fromisoformat(day))
    return translate(language, line.reason["reason"], **params)


def problem(words: Words, found: Problem, language: str) -> tuple[str, str]:
    """What the gate says about a part: its name, and the sentence."""
    said = translate(language, words.problems[found["problem"]], value=found.get("value", ""))
    return part(words, found["field"], language), said


def part(words: Words, field: str, language: str) -> str:
    """What a part of a row is called."""
    return gettext(language, words.columns[field]) if field in words.columns else words.label(field, language)


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A report as a file with a byte order mark; no cell is run as a formula."""
    return _csv(header, ([harmless(cell) for cell in row] for row in rows))


def template(words: Words, example: Map[str, str]) -> bytes:
    """The empty file of Kervan's own list, with one row that shows how it is filled."""
    return _csv(list(words.columns), [[example.get(name, "") for name in words.columns]])


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()
