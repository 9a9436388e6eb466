"""What an import did: counts, the first issues, and the file of the rows that were refused."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from kervan.errors import CommandError
from kervan.products.importing.rows import RowIssue
from kervan.trade.errors import N_

MOST_SHOWN = 20
_COLUMNS = ("error_row", "error_field", "error_reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Also the wide signs: spreadsheets of East Asia read them like the narrow ones."""


class Report(msgspec.Struct, kw_only=True):
    """Counts of rows, except where it says products.

    `ok` + `failed` = `rows`. `created`, `updated` and `unchanged` are products, 0 on a dry run; their sum is
    below `ok` where an SKU comes again within the same thousand rows: only its last row is saved.
    """

    committed: bool
    rows: int = 0
    ok: int = 0
    failed: int = 0
    repeated: int = 0
    """Rows whose SKU came in an earlier row; the later row updates."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    notices: int = 0
    seconds: float = 0.0
    by_field: Counter[str] = msgspec.field(default_factory=Counter)
    """Issues by field; a row can have several."""
    first_issues: list[RowIssue] = []
    first_notices: list[RowIssue] = []
    remarks: list[str] = []
    """About the file as a whole: its encoding, columns that nothing uses."""
    errors_file: Path | None = None
    most_shown: int = MOST_SHOWN
    """How many of the first issues and notices are kept."""

    def add_issues(self, issues: Sequence[RowIssue]) -> None:
        self.failed += 1
        self.by_field.update(issue.field for issue in issues)
        self.first_issues.extend(issues[: max(self.most_shown - len(self.first_issues), 0)])

    def add_notices(self, notices: Sequence[RowIssue]) -> None:
        self.notices += len(notices)
        self.first_notices.extend(notices[: max(self.most_shown - len(self.first_notices), 0)])


class ErrorsFile:
    """A CSV of the refused rows: row number, fields, reasons, then the columns as they came.

    Made with the first refused row; without any, a file left by an earlier run is removed. Cells that a
    spreadsheet would take for a formula get a leading apostrophe.
    """

    def __init__(self, path: Path | None, header: Sequence[str]) -> None:
        self.path = path
        self.header = header
        self._file: IO[str] | None = None

    def add(self, number: int, issues: Sequence[RowIssue], cells: Sequence[object]) -> None:
        """Writes one refused row. Raises CommandError when the file cannot be written."""
        if self.path is None:
            return
        fields = ", ".join(dict.fromkeys(issue.field for issue in issues if issue.field))
        reasons = " ".join(
            f"{issue.field}: {issue.sentence}" if issue.field else issue.sentence for issue in issues
        )
        try:
            if self._file is None:
                self._file = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
                csv.writer(self._file).writerow([*_COLUMNS, *map(harmless, self.header)])
            csv.writer(self._file).writerow([number, fields, harmless(reasons), *map(harmless, cells)])
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        elif self.path is not None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise _unwritable(self.path, error) from error


def harmless(cell: object) -> str:
    """The cell as text that no spreadsheet runs as a formula."""
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else str(cell)
    if isinstance(cell, list | dict):
        text = msgspec.json.encode(cell).decode()
    return "'" + text if text.startswith(_FORMULA) else text


def _unwritable(path: Path, error: OSError) -> CommandError:
    return CommandError(
        N_("The errors file {file} cannot be written: {reason}."), file=path, reason=error.strerror or error
    )
