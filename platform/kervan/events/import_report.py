"""The report of an import of events in words, and the empty list to fill."""

from kervan.events.import_gate import LOST, OTHER, PAST, PROBLEMS, SECTOR, SHORT
from kervan.events.import_mapping import FIELDS
from kervan.events.importing import ALIKE, DRAFTED, Line, Report
from kervan.events.staff_view import label
from kervan.imports import wording
from kervan.imports.gate import CUT, LANGUAGE, MISSING, UNKNOWN
from kervan.imports.wording import Words
from kervan.trade.errors import N_
from kervan.web.i18n import gettext

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

WORDS = Words(
    outcomes={**wording.OUTCOMES, DRAFTED: N_("Draft"), ALIKE: N_("Like another one")},
    tones={**wording.TONES, DRAFTED: "ok", ALIKE: "near"},
    problems=PROBLEMS,
    columns=FIELDS,
    label=label,
)


def summed(field: str, what: str, language: str) -> tuple[str, str]:
    """What the gate says about a part in many rows: its name, and a few words."""
    return wording.part(WORDS, field, language), gettext(language, _SUMMED[what])


def as_csv(report: Report, language: str) -> bytes:
    """The report as a file."""
    return wording.as_csv(_HEADER, [_cells(line, language) for line in report.lines])


def _cells(line: Line, language: str) -> tuple[str, ...]:
    notes = "; ".join(": ".join(wording.problem(WORDS, found, language)) for found in line.problems)
    alike = "; ".join(f"{one.title} ({one.public_id or f'row {one.row}'})" for one in line.alike)
    return (
        str(line.row), gettext(language, WORDS.outcomes[line.outcome]), line.title, line.first, line.last, line.city,
        line.country, line.event, wording.reason(line, language), alike, notes,
    )  # fmt: skip


def template() -> bytes:
    """The empty file of Kervan's own list, with one row that shows how it is filled."""
    example = {
        "source_ref": "2028/14", "source_url": "https://fairs.example/2028-14", "title": "Home textiles of the Aegean",
        "summary": "Weavers and finishers of Denizli show towels and bed linen.", "language": "en", "kind": "FAIR",
        "format": "ONSITE", "starts": "2028-05-16", "ends": "2028-05-19", "country": "TR", "province": "Denizli",
        "city": "Denizli", "venue": "Congress and fair centre", "sectors": "home-textiles",
        "fee_importers": "0", "currency": "EUR", "external_url": "https://fairs.example",
        "contact_email": "fair@fairs.example",
    }  # fmt: skip
    return wording.template(WORDS, example)
