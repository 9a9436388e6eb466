"""What a reader of any file hands out: its header and its rows."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

Cells = Mapping[str, object]
"""Column name -> str, int, Decimal, bool, None, or a list of those (JSON arrays)."""


class Row(msgspec.Struct, frozen=True):
    """One record. `number` counts as the file does: a spreadsheet's row, a JSONL line. `fault` is set when it
    cannot be read as a record at all; `cells` then holds what is known of it."""

    number: int
    cells: Cells
    fault: str | None = None


class Source(msgspec.Struct):
    """A file that was opened: its columns, its rows, and how far the reading is (0.0 to 1.0)."""

    header: tuple[str, ...]
    rows: Iterator[Row]
    progress: Callable[[], float]
    notices: list[str]
    close: Callable[[], object]
