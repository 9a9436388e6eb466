"""Lists of events as files: a row that can be read, a file of such rows, its import."""

import csv
import io
from pathlib import Path
from typing import Any

from asking import Side
from eventing import Fair

from kervan.events import import_mapping, importing
from kervan.events.importing import Report

OWN = import_mapping.shipped("kervan-events")
ROW = {
    "source_ref": "2027/1", "title": "Home textiles of the Aegean", "kind": "FAIR", "starts": "2027-05-16",
    "ends": "19.05.2027", "country": "TR", "province": "Denizli", "city": "Denizli", "sectors": "home-textiles",
    "language": "en", "fee_importers": "0",
}  # fmt: skip


def listed(*rows: dict[str, str]) -> bytes:
    """A CSV file in the platform's own columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(import_mapping.FIELDS))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def run(
    fair: Fair, folder: Path, *rows: dict[str, str], commit: bool = True, by: Side | None = None, **more: Any
) -> Report:
    """Imports these rows for the association, or for another organiser."""
    path = folder / "list.csv"
    path.write_bytes(listed(*rows))
    organiser = by or fair.union
    return await importing.run(
        path, path.name, OWN, organiser.caller, organiser.membership, commit=commit, **more
    )


def outcomes(report: Report) -> list[str]:
    """What became of each row."""
    return [line.outcome for line in report.lines]
