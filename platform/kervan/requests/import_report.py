"""The report of an import of notices in words: for the page, the terminal and a file that no spreadsheet runs."""

import csv
import io

from kervan.imports.gate import Problem
from kervan.products.importing.report import harmless
from kervan.requests import staff_view
from kervan.requests.import_gate import PROBLEMS
from kervan.requests.import_mapping import FIELDS
from kervan.requests.importing import KNOWN, QUEUED, REFUSED, Line, Report
from kervan.trade import countries
from kervan.trade.errors import N_
from kervan.web.i18n import gettext, translate

OUTCOMES = {QUEUED: N_("To review"), KNOWN: N_("Known already"), REFUSED: N_("Refused")}
_HEADER = ("row", "outcome", "title", "country", "deadline", "number", "reason", "gaps")


def reason(line: Line, language: str) -> str:
    """Why a row was refused, or how it is known; '' for one that was queued."""
    if not line.reason:
        return ""
    params = {key: value for key, value in line.reason.items() if key != "reason"}
    if code := params.get("country"):
        params["country"] = countries.country_name(code, language)
    if why := params.get("reason"):
        params["reason"] = gettext(language, why)
    return translate(language, line.reason["reason"], **params)


def problem(found: Problem, language: str) -> tuple[str, str]:
    """What the gate says about a part: its name, and the sentence."""
    field = found["field"]
    name = gettext(language, FIELDS[field]) if field in FIELDS else staff_view.label(field, language)
    return name, translate(language, PROBLEMS[found["problem"]], value=found.get("value", ""))


def field_name(field: str, language: str) -> str:
    """What a part of a notice is called."""
    return gettext(language, FIELDS[field]) if field in FIELDS else staff_view.label(field, language)


def as_csv(report: Report, language: str) -> bytes:
    """The report as a file with a byte order mark; no cell is run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for line in report.lines:
        gaps = "; ".join(": ".join(problem(found, language)) for found in line.problems)
        cells = (
            line.row, gettext(language, OUTCOMES[line.outcome]), line.title, line.country, line.deadline, line.number,
            reason(line, language), gaps,
        )  # fmt: skip
        writer.writerow([harmless(cell) for cell in cells])
    return ("\ufeff" + out.getvalue()).encode()


def template() -> bytes:
    """The empty file of Kervan's own list, with one row that shows how it is filled."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    example = {
        "source_ref": "2027/118", "source_url": "https://tenders.example/2027-118",
        "title": "Bed linen for a municipal hospital", "summary": "A hospital needs 4,000 sets of cotton bed linen.",
        "description": "White, 100 % cotton, industrial laundry at 75 °C.", "language": "en",
        "buyer": "Municipal hospital of Musterstadt", "buyer_type": "PUBLIC", "country": "DE", "place": "Musterstadt",
        "sector": "home-textiles", "hs_code": "6302", "quantity": "4000", "unit": "SET", "budget": "120000.00",
        "currency": "EUR", "incoterm": "DAP", "deadline": "2027-03-31",
    }  # fmt: skip
    writer.writerow([example[name] for name in FIELDS])
    return ("\ufeff" + out.getvalue()).encode()
