"""The report of an import of notices in words, and the empty list to fill."""

from kervan.imports import wording
from kervan.imports.wording import Words
from kervan.requests.import_gate import PROBLEMS
from kervan.requests.import_mapping import FIELDS
from kervan.requests.importing import QUEUED, Line, Report
from kervan.requests.staff_view import label
from kervan.trade.errors import N_
from kervan.web.i18n import gettext

_HEADER = ("row", "outcome", "title", "country", "deadline", "number", "reason", "gaps")

WORDS = Words(
    outcomes={**wording.OUTCOMES, QUEUED: N_("To review")},
    tones={**wording.TONES, QUEUED: "ok"},
    problems=PROBLEMS,
    columns=FIELDS,
    label=label,
)


def as_csv(report: Report, language: str) -> bytes:
    """The report as a file."""
    return wording.as_csv(_HEADER, [_cells(line, language) for line in report.lines])


def _cells(line: Line, language: str) -> tuple[str, ...]:
    gaps = "; ".join(": ".join(wording.problem(WORDS, found, language)) for found in line.problems)
    return (
        str(line.row), gettext(language, WORDS.outcomes[line.outcome]), line.title, line.country, line.deadline,
        line.number, wording.reason(line, language), gaps,
    )  # fmt: skip


def template() -> bytes:
    """The empty file of Kervan's own list, with one row that shows how it is filled."""
    example = {
        "source_ref": "2027/118", "source_url": "https://tenders.example/2027-118",
        "title": "Bed linen for a municipal hospital", "summary": "A hospital needs 4,000 sets of cotton bed linen.",
        "description": "White, 100 % cotton, industrial laundry at 75 °C.", "language": "en",
        "buyer": "Municipal hospital of Musterstadt", "buyer_type": "PUBLIC", "country": "DE", "place": "Musterstadt",
        "sector": "home-textiles", "hs_code": "6302", "quantity": "4000", "unit": "SET", "budget": "120000.00",
        "currency": "EUR", "incoterm": "DAP", "deadline": "2027-03-31",
    }  # fmt: skip
    return wording.template(WORDS, example)
