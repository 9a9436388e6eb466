"""Which column of a foreign list is which part of what is made of it: a TOML file, checked before a row is read."""

from collections.abc import Callable, Container, Iterable
from collections.abc import Mapping as Map
from pathlib import Path
from typing import TypeVar

import msgspec

from kervan.errors import CommandError
from kervan.imports.values import DayOrder
from kervan.products.importing.mapping import Encoding, FileOptions
from kervan.resources import fixtures_dir
from kervan.trade import codes, nomenclature
from kervan.trade.errors import N_, TradeError
from kervan.trade.money import DecimalMark
from kervan.web.forms import is_unfit
from kervan_search.text import fold


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the file is written; what is not said is found out from the file."""

    encoding: Encoding | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    decimal: DecimalMark = "."
    dates: DayOrder = "dmy"
    """What 03/04/2026 is: dmy the 3rd of April, mdy the 4th of March. Other forms say it themselves."""

    @property
    def of_reader(self) -> FileOptions:
        """The same for the readers of CSV and XLSX."""
        return FileOptions(
            encoding=self.encoding,
            delimiter=self.delimiter,
            decimal=self.decimal,
            sheet=self.sheet,
            header_row=self.header_row,
        )


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a part comes from: a column of the file, a constant, or a pattern such as "https://…/{ref}"."""

    column: str | None = None
    constant: str | None = None
    pattern: str | None = None
    default: str | None = None
    """For empty cells."""
    values: dict[str, str] = {}
    """Other words for what stands in the cell: { "Viet Nam" = "VN" }."""
    empty: tuple[str, ...] = ()
    """Words that say nothing, as programs write them where a name is missing: "Untitled Document"."""
    other: str | None = None
    """The column that is read where the first one says nothing."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every mapping file has: [file], [columns] and [sectors]."""

    file: Options = Options()
    columns: dict[str, str | Column] = {}
    sectors: dict[str, str] = {}
    """A word of the sector's cell, or the beginning of a number in it -> slug of a sector, HS chapter or heading."""


M = TypeVar("M", bound=Mapping)


def load(name: str, data: bytes, shape: type[M], fault: Callable[[M], str | None]) -> M:
    """The mapping of a TOML file. Raises CommandError with the first thing that is wrong in it."""
    try:
        mapping = msgspec.toml.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unusable(name, str(error)) from error
    if (found := fault(mapping)) is not None:
        raise _unusable(name, found)
    return mapping


def read(path: Path) -> bytes:
    """A mapping file on this machine. Raises CommandError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(
            N_("{file} cannot be read: {reason}."), file=path.name, reason=error.strerror
        ) from error


def shipped_file(name: str) -> bytes:
    """A mapping that comes with the platform as the file that it is, to be changed and used for another list."""
    return (fixtures_dir() / "imports" / f"{name}.toml").read_bytes()


def _unusable(name: str, reason: str) -> CommandError:
    return CommandError(N_("The mapping {file} cannot be used: {reason}."), file=name, reason=reason)


def fault(
    mapping: Mapping, fields: Container[str], listed: Iterable[str], needed: Iterable[str]
) -> str | None:
    """What is wrong with a mapping whose columns may be `fields` (`listed` in sentences) and must hold `needed`."""
    options = mapping.file
    if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\r\n'):
        return "the delimiter must be one sign"
    if not 1 <= options.header_row <= 100:
        return "header_row must be from 1 to 100"
    for name, entry in mapping.columns.items():
        if name not in fields:
            return f"there is no field {name!r}; the fields are {', '.join(listed)}"
        if isinstance(entry, Column) and (found := _column_fault(entry)) is not None:
            return f"{name}: {found}"
    if missing := [name for name in needed if name not in mapping.columns]:
        return f"say where {' and '.join(missing)} come from"
    slugs = {sector.slug for sector in nomenclature.sectors()}
    for word, meant in mapping.sectors.items():
        if not word.strip():
            return "a word of [sectors] is empty"
        if meant not in slugs and not _is_code(meant):
            return f"{meant!r} is no sector and no HS chapter or heading"
    return None


def _is_code(text: str) -> bool:
    try:
        code = codes.parse_code(text)
    except TradeError:
        return False
    return len(code) in (2, 4, 6) and nomenclature.exists(code)


def _column_fault(entry: Column) -> str | None:
    given = [entry.column is not None, entry.constant is not None, entry.pattern is not None]
    if sum(given) != 1:
        return "give one of column, constant and pattern"
    if entry.constant is not None and (entry.default is not None or entry.values):
        return "a constant needs no default and no values"
    if entry.column is None and (entry.empty or entry.other):
        return "empty and other need a column"
    return None


def check_header(mapping: Mapping, header: tuple[str, ...], *, sparse: bool) -> None:
    """Raises CommandError when the file lacks a column that the mapping wants; `sparse` is for JSON, whose objects
    may leave keys out."""
    if sparse:
        return
    for field, entry in mapping.columns.items():
        columns = [entry] if isinstance(entry, str) else [entry.column, entry.other]
        for column in columns:
            if column is not None and column not in header:
                raise CommandError(
                    N_(
                        "The file has no column {column}, which the mapping wants for {field}. It has: {columns}."
                    ),
                    column=column,
                    field=field,
                    columns=", ".join(header)[:500],
                )


def cell(mapping: Mapping, field: str, cells: Map[str, object]) -> str:
    """What a row says about a field, in the mapping's words; '' for nothing."""
    return cell_and_source(mapping, field, cells)[0]


def cell_and_source(mapping: Mapping, field: str, cells: Map[str, object]) -> tuple[str, bool]:
    """The same, and whether the column said nothing, so that it comes from the `other` one."""
    entry = mapping.columns.get(field)
    if entry is None:
        return "", False
    if isinstance(entry, str):
        return plain(cells.get(entry)), False
    if entry.constant is not None:
        return entry.constant, False
    if entry.pattern is not None:
        return _filled(entry.pattern, cells) or entry.default or "", False
    text, other = plain(cells.get(entry.column or "")), False
    if key(text) in {key(word) for word in entry.empty}:
        text = ""
    if not text and entry.other is not None:
        text, other = plain(cells.get(entry.other)), True
    by_word = {key(word): meant for word, meant in entry.values.items()}
    return by_word.get(key(text), text) or entry.default or "", other and bool(text)


def _filled(pattern: str, cells: Map[str, object]) -> str:
    """The pattern with the row's cells in it; '' when one of them is empty."""
    out, rest = "", pattern
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, closed, rest = rest.partition("}")
        value = plain(cells.get(name))
        if not closed or not value:
            return ""
        out += before + value
    return out + rest


def sector(sectors: Map[str, str], text: str) -> tuple[str | None, str | None]:
    """(slug of the sector, HS heading) that the words or numbers of a sector's cell mean; the longest word counts."""
    if not text:
        return None, None
    folded, slugs = key(text), {one.slug for one in nomenclature.sectors()}
    numbers = [part for part in "".join(char if char.isdigit() else " " for char in text).split() if part]
    for word, meant in sorted(sectors.items(), key=lambda pair: -len(pair[0])):
        small = key(word)
        if not (any(n.startswith(small) for n in numbers) if small.isdigit() else small in folded):
            continue
        if meant in slugs:
            return meant, None
        code = codes.parse_code(meant)
        found = nomenclature.sector_of_chapter(code[:2])
        return (found.slug if found else None), (code if len(code) >= 4 else None)
    return (folded.replace(" ", "-"), None) if folded.replace(" ", "-") in slugs else (None, None)


def key(text: str) -> str:
    """By what words of a mapping and of a cell are the same."""
    return " ".join(fold(text).split())


def plain(value: object) -> str:
    """A cell as text without signs that cannot be shown."""
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return "; ".join(plain(item) for item in value if item is not None)
    text = str(value).strip()
    return "".join(char for char in text if not is_unfit(char)) if is_unfit(text) else text
