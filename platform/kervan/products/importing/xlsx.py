"""Rows of XLSX files: judged by the archive's directory, then read by a process of its own (sheet.py)."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from kervan.errors import CommandError
from kervan.products.importing.mapping import FileOptions
from kervan.products.importing.source import Row, Source
from kervan.trade.errors import N_

LARGEST_XLSX = 50 * 1024**2
LARGEST_XLSX_UNPACKED = 500 * 1024**2
MOST_XLSX_RATIO = 200
MOST_XLSX_PARTS = 2000


def open_xlsx(path: Path, options: FileOptions) -> Source:
    """The rows of one sheet. Raises CommandError when it is no workbook, or one that is made to hurt."""
    _check_xlsx(path)
    command = [sys.executable, "-m", "kervan.products.importing.sheet", str(path.absolute())]
    child = subprocess.Popen(
        [*command, *([options.sheet] if options.sheet else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    total = max(_announced(child, path), 1)
    rows = _xlsx_lines(child, path)
    header: tuple[str, ...] = ()
    for number, cells in rows:
        if number >= options.header_row:
            header = tuple(_header_name(cell) for cell in cells)
            break
    if not any(header):
        _stop(child)
        raise CommandError(N_("{file} has no header row."), file=path.name)
    at = [0]

    def counted() -> Iterator[Row]:
        for number, cells in rows:
            at[0] = number
            if len(cells) > len(header):
                cells = cells[: len(header)]
            yield Row(number, dict(zip(header, cells, strict=False)))

    return Source(header, counted(), lambda: min(at[0] / total, 1.0), [], lambda: _stop(child))


def _header_name(cell: object) -> str:
    return re.sub(r"\s+", " ", str(cell)).strip()


def _check_xlsx(path: Path) -> None:
    """Refuses by the directory of the archive what would unpack to something enormous."""
    if path.stat().st_size > LARGEST_XLSX:
        raise CommandError(
            N_("{file} is larger than 50 MB. Save it as CSV, which may be of any size."), file=path.name
        )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CommandError(N_("{file} is not an XLSX file, or it is damaged."), file=path.name) from error
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if (
        len(parts) > MOST_XLSX_PARTS
        or unpacked > LARGEST_XLSX_UNPACKED
        or unpacked > packed * MOST_XLSX_RATIO
    ):
        raise CommandError(
            N_("{file} unpacks to far more than a list of products. Save it as CSV and try again."),
            file=path.name,
        )


def _announced(child: "subprocess.Popen[bytes]", path: Path) -> int:
    assert child.stdout is not None
    if first := child.stdout.readline():
        return int(msgspec.json.decode(first, type=dict[str, int])["rows"])
    raise _child_failed(child, path)


def _xlsx_lines(child: "subprocess.Popen[bytes]", path: Path) -> Iterator[tuple[int, list[object]]]:
    assert child.stdout is not None
    decode = msgspec.json.Decoder(tuple[int, list[object]]).decode
    for line in child.stdout:
        yield decode(line)
    if child.wait() != 0:
        raise _child_failed(child, path)


def _child_failed(child: "subprocess.Popen[bytes]", path: Path) -> CommandError:
    assert child.stderr is not None
    code = child.wait()
    said = child.stderr.read(2000).decode("utf-8", "replace").strip()
    _stop(child)
    if code == 1 and said and "\n" not in said:
        return CommandError("{reason}", reason=said)
    if code == 2:
        return CommandError(N_("{file} is not an XLSX file, or it is damaged."), file=path.name)
    return CommandError(
        N_("{file} unpacks to far more than a list of products. Save it as CSV and try again."),
        file=path.name,
    )


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.kill()
        child.wait()
    for pipe in (child.stdout, child.stderr):
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
