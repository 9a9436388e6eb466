"""Rows of CSV and JSONL files, one at a time, whatever the size of the file; XLSX is passed on."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO

import msgspec

from kervan.errors import CommandError
from kervan.products.importing.mapping import FileOptions
from kervan.products.importing.source import Row, Source
from kervan.products.importing.xlsx import open_xlsx
from kervan.trade.errors import N_

LONGEST_LINE = 1024 * 1024
MOST_UNPACKED = 4 * 1024**3
_LONGEST_CELL = 131_072
_DELIMITERS = ",;\t|"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def open_source(path: Path, options: FileOptions) -> Source:
    """The rows of a file, its form told by its name (.csv, .txt, .tsv, .jsonl, .ndjson, .xlsx, the first five
    also with .gz). Raises CommandError with one sentence when the file cannot be read as that.

    The whole file is checked for its encoding before the first row is handed out.
    """
    suffixes = [suffix.casefold() for suffix in path.suffixes]
    form = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] == ".gz" else (suffixes or [""])[-1]
    try:
        if form == ".xlsx":
            return open_xlsx(path, options)
        if form in (".jsonl", ".ndjson"):
            return _open_jsonl(path)
        if form in (".csv", ".txt", ".tsv"):
            return _open_csv(path, options)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error
    raise CommandError(N_("{file} is not a CSV, XLSX or JSONL file."), file=path.name)


def _unreadable(path: Path, error: Exception) -> CommandError:
    reason = getattr(error, "strerror", None) or N_("it is damaged")
    return CommandError(N_("{file} cannot be read: {reason}."), file=path.name, reason=reason)


class _Bytes:
    """The unpacked lines of a plain or gzipped file, each at most LONGEST_LINE bytes long."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw: IO[bytes] = path.open("rb")
        self.total = max(path.stat().st_size, 1)
        packed = path.suffix.casefold() == ".gz"
        self.file: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=self.raw) if packed else self.raw

    def __iter__(self) -> Iterator[bytes]:
        unpacked, number = 0, 0
        while line := self.file.readline(LONGEST_LINE + 1):
            number += 1
            unpacked += len(line)
            if len(line) > LONGEST_LINE:
                raise CommandError(
                    N_("Line {line} of {file} is longer than 1 MB: this is not a list of products."),
                    line=number,
                    file=self.path.name,
                )
            if unpacked > MOST_UNPACKED:
                raise CommandError(N_("{file} is larger than 4 GB when unpacked."), file=self.path.name)
            yield line

    def progress(self) -> float:
        return 1.0 if self.raw.closed else min(self.raw.tell() / self.total, 1.0)

    def close(self) -> None:
        self.file.close()
        self.raw.close()


def _open_csv(path: Path, options: FileOptions) -> Source:
    encoding, notices = _encoding(path, options.encoding)
    lines = _Bytes(path)
    try:
        reader, header = _header(_text_lines(lines, encoding), options)
    except csv.Error as error:
        lines.close()
        raise CommandError(
            N_("The header of {file} cannot be read: a quotation mark is missing or stands alone."),
            file=path.name,
        ) from error
    if not any(header):
        lines.close()
        raise CommandError(N_("{file} has no header row."), file=path.name)
    rows = _csv_rows(reader, header, options.header_row)
    return Source(header, rows, lines.progress, notices, lines.close)


def _header(text: Iterator[str], options: FileOptions) -> tuple["Iterator[list[str]]", tuple[str, ...]]:
    csv.field_size_limit(_LONGEST_CELL)
    for _ in range(options.header_row - 1):
        next(text, None)
    first = next(text, "")
    reader = csv.reader(_chain(first, text), delimiter=options.delimiter or _delimiter(first), strict=True)
    return reader, tuple(name.strip() for name in next(reader, []))


def _csv_rows(reader: "Iterator[list[str]]", header: Sequence[str], number: int) -> Iterator[Row]:
    width = len(header)
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # The reader goes on with the next line.
            yield Row(number, {}, N_("This row cannot be read: a quotation mark is missing or stands alone."))
            continue
        if len(cells) > width and any(cells[width:]):
            sentence = N_(
                "This row has more cells than the header: a cell may hold the separator without quotation marks."
            )
            yield Row(number, dict(zip(header, cells, strict=False)), sentence)
        elif any(cells):
            yield Row(number, dict(zip(header, cells, strict=False)))


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _text_lines(lines: _Bytes, encoding: str) -> Iterator[str]:
    if encoding == "utf-16":
        # Lines are not found in UTF-16 bytes: a newline is two of them.
        with io.TextIOWrapper(lines.file, encoding=encoding, newline="") as text:
            while piece := text.readline(LONGEST_LINE):
                yield piece
        return
    skip = 3 if encoding == "utf-8-sig" else 0
    plain = "utf-8" if skip else encoding
    for line in lines:
        yield str(line[skip:], plain)
        skip = 0


def _delimiter(line: str) -> str:
    """Whichever separator stands most often in the header."""
    return max(_DELIMITERS, key=line.count)


def _encoding(path: Path, declared: str | None) -> tuple[str, list[str]]:
    """The encoding of a text file, found or confirmed by reading all of it, and notices."""
    start = _first_bytes(path)
    by_mark = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    if by_mark == "utf-16":
        _check_utf16(path)
        return by_mark, []
    if by_mark is None and (declared == "utf-16" or start.count(0) > len(start) // 4):
        raise CommandError(
            N_("{file} seems to be UTF-16 without its byte order mark. Save it as UTF-8 and try again."),
            file=path.name,
        )
    foreign, first_foreign, first_strange = _survey(path)
    if by_mark or declared in ("utf-8", "utf-8-sig"):
        if first_strange:
            raise _wrong_encoding(path, first_strange, "UTF-8")
        return by_mark or "utf-8", []
    if declared is None and not first_strange:
        return "utf-8", []
    if declared is None and foreign:
        # Most of it is UTF-8: reading it as anything else would spoil every other letter.
        raise _wrong_encoding(path, first_strange, "UTF-8")
    if declared == "windows-1254" and foreign and not first_strange:
        raise CommandError(
            N_("{file} is UTF-8, not windows-1254: see line {line}. Correct the encoding in the mapping."),
            file=path.name,
            line=first_foreign,
        )
    _check_windows(path)
    notices = [] if declared else [N_("The file is not UTF-8; it was read as windows-1254 (Turkish).")]
    return "windows-1254", notices


def _wrong_encoding(path: Path, line: int, name: str) -> CommandError:
    return CommandError(
        N_(
            "Line {line} of {file} is not {encoding}. Save the file as UTF-8, or name its encoding in the mapping."
        ),
        line=line,
        file=path.name,
        encoding=name,
    )


def _first_bytes(path: Path) -> bytes:
    lines = _Bytes(path)
    try:
        return lines.file.read(4096)
    finally:
        lines.close()


def _survey(path: Path) -> tuple[int, int, int]:
    """How many lines hold UTF-8 beyond ASCII, the first of them, and the first line that is no UTF-8; 0: none."""
    foreign = first_foreign = first_strange = 0
    lines = _Bytes(path)
    try:
        for number, line in enumerate(lines, start=1):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                first_strange = first_strange or number
            else:
                foreign += 1
                first_foreign = first_foreign or number
    finally:
        lines.close()
    return foreign, first_foreign, first_strange


def _check_windows(path: Path) -> None:
    lines = _Bytes(path)
    try:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode("windows-1254")
            except UnicodeDecodeError as error:
                raise _wrong_encoding(path, number, "windows-1254") from error
    finally:
        lines.close()


def _check_utf16(path: Path) -> None:
    lines = _Bytes(path)
    number = 0
    try:
        for line in _text_lines(lines, "utf-16"):
            number += 1
            if len(line) >= LONGEST_LINE:
                raise CommandError(
                    N_("Line {line} of {file} is longer than 1 MB: this is not a list of products."),
                    line=number,
                    file=path.name,
                )
    except UnicodeError as error:
        raise _wrong_encoding(path, number + 1, "UTF-16") from error
    finally:
        lines.close()


def _open_jsonl(path: Path) -> Source:
    encoding, _ = _encoding(path, "utf-8")
    if encoding == "utf-16":
        raise CommandError(N_("{file} is UTF-16; JSONL files are UTF-8."), file=path.name)
    header = _keys(path)
    if not header:
        raise CommandError(N_("{file} holds no JSON objects, one a line."), file=path.name)
    lines = _Bytes(path)
    return Source(header, _jsonl_rows(lines), lines.progress, [], lines.close)


def _keys(path: Path) -> tuple[str, ...]:
    """The keys of the first hundred objects, in the order in which they appear."""
    lines = _Bytes(path)
    try:
        found: dict[str, None] = {}
        for row, _ in zip(_jsonl_rows(lines), range(100), strict=False):
            found.update(dict.fromkeys(row.cells))
        return tuple(found)
    finally:
        lines.close()


def _jsonl_rows(lines: _Bytes) -> Iterator[Row]:
    decode = msgspec.json.Decoder(dict[str, object], float_hook=Decimal).decode
    for number, line in enumerate(lines, start=1):
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.isspace():
            continue
        try:
            yield Row(number, decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
            yield Row(number, {}, N_("This line is not a JSON object."))
