"""The report of an import of events in words: for the page, the terminal and a file that no spreadsheet runs."""

import csv
import io

from kervan.events.import_gate import LOST, OTHER, PAST, PROBLEMS, SECTOR, SHORT
from kervan.events.import_mapping import FIELDS
from kervan.events.importing import ALIKE, DRAFTED, KNOWN, REFUSED, Line, Report
from kervan.events.staff_view import label
from kervan.imports.gate import CUT, LANGUAGE, MISSING, UNKNOWN, Problem
from kervan.products.importing.report import harmless
from kervan.trade.errors import N_
from kervan.web.i18n import gettext, translate

NAMES = {
    DRAFTED: N_("Draft"),
    KNOWN: N_("Known already"),
    ALIKE: N_("Like another one"),
    REFUSED: N_("Refused"),
}
TONES = {DRAFTED: "ok", KNOWN: "quiet", ALIKE: "near", REFUSED: "bad"}
_SUMMED = {
    MISSING: N_("not in the list"),
    CUT: N_("too long, cut"),
    UNKNOWN: N_("not understood"),
    LANGUAGE: N_("not certain"),
    OTHER: N_("taken from another column"),
    LOST: N_("letters were lost"),
    PAST: N_("over"),
    SECTOR: N_("none of ours found"),
    SHORT: N_("very short, the year was added"),
}
_HEADER = ("row", "outcome", "title", "first", "last", "city", "country", "event", "reason", "alike", "notes")


def reason(line: Line, language: str) -> str:
    """Why a row was refused, or how it is known; '' for the others."""
    if not line.reason:
        return ""
    params = {key: value for key, value in line.reason.items() if key != "reason"}
    return translate(language, line.reason["reason"], **params)


def problem(found: Problem, language: str) -> tuple[str, str]:
    """What the gate says about a part: its name, and the sentence."""
    said = translate(language, PROBLEMS[found["problem"]], value=found.get("value", ""))
    return field_name(found["field"], language), said


def summed(field: str, what: str, language: str) -> tuple[str, str]:
    """What the gate says about a part in many rows: its name, and a few words."""
    return field_name(field, language), gettext(language, _SUMMED[what])


def field_name(field: str, language: str) -> str:
    """What a part of an event is called."""
    return gettext(language, FIELDS[field]) if field in FIELDS else label(field, language)


def as_csv(report: Report, language: str) -> bytes:
    """The report as a file with a byte order mark; no cell is run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for line in report.lines:
        notes = "; ".join(": ".join(problem(found, language)) for found in line.problems)
        alike = "; ".join(f"{one.title} ({one.public_id or f'row {one.row}'})" for one in line.alike)
        cells = (
            str(line.row), gettext(language, NAMES[line.outcome]), line.title, line.first, line.last, line.city,
            line.country, line.event, reason(line, language), alike, notes,
        )  # fmt: skip
        writer.writerow([harmless(cell) for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()


def template() -> bytes:
    """The empty file of Kervan's own list, with one row that shows how it is filled."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    example = {
        "source_ref": "2028/14", "source_url": "https://fairs.example/2028-14", "title": "Home textiles of the Aegean",
        "summary": "Weavers and finishers of Denizli show towels and bed linen.", "language": "en", "kind": "FAIR",
        "format": "ONSITE", "starts": "2028-05-16", "ends": "2028-05-19", "country": "TR", "province": "Denizli",
        "city": "Denizli", "venue": "Congress and fair centre", "sectors": "home-textiles",
        "fee_importers": "0", "currency": "EUR", "external_url": "https://fairs.example",
        "contact_email": "fair@fairs.example",
    }  # fmt: skip
    writer.writerow([example.get(name, "") for name in FIELDS])
    return ("\ufeff" + out.getvalue()).encode()
