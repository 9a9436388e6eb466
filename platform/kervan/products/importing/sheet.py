"""Reads one sheet of an XLSX file in a process of its own and writes its rows as JSON lines to stdout.

A sheet is held in memory whole, and a small file can be made to fill any memory: here it only ends this
process, whose memory and time are limited. Run as `python -m kervan.products.importing.sheet FILE [SHEET]`.
"""

import datetime as dt
import sys
from typing import BinaryIO

import msgspec
import python_calamine

from kervan.errors import CommandError

MOST_MEMORY = 3 * 1024**3
MOST_SECONDS = 600


def main(path: str, name: str | None, out: BinaryIO) -> None:
    """Writes the number of rows, then a line [row number, [cells]] for every row that holds something."""
    with python_calamine.load_workbook(path) as book:
        if name is not None and name not in book.sheet_names:
            raise CommandError(
                "The file has no sheet {name}; its sheets are {sheets}.",
                name=name,
                sheets=", ".join(book.sheet_names),
            )
        sheet = book.get_sheet_by_name(name) if name else book.get_sheet_by_index(0)
        if sheet.height * sheet.width > MOST_MEMORY // 32:
            raise MemoryError
        encode = msgspec.json.Encoder().encode
        out.write(encode({"rows": sheet.total_height}) + b"\n")
        first = sheet.start[0] + 1 if sheet.start else 1
        for number, cells in enumerate(sheet.iter_rows(), start=first):
            if any(cell != "" for cell in cells):
                out.write(encode([number, [_plain(cell) for cell in cells]]) + b"\n")


def _plain(cell: object) -> object:
    if isinstance(cell, float):
        # A spreadsheet keeps 15 digits: what shows as 30.3 is stored as 30.299999999999997.
        return int(cell) if cell.is_integer() else format(cell, ".15g")
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    return cell


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _limit()
    try:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None, sys.stdout.buffer)
    except CommandError as error:
        sys.exit(str(error))
    except MemoryError:
        sys.exit(3)
    except (python_calamine.CalamineError, OSError):
        sys.exit(2)
