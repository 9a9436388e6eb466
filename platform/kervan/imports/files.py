"""Rows of foreign lists: CSV, XLSX and JSON Lines as the product lists have them, and whole JSON files."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from kervan.errors import CommandError
from kervan.imports.mapping import Mapping, check_header
from kervan.products.importing.mapping import FileOptions
from kervan.products.importing.readers import open_source
from kervan.products.importing.source import Row, Source
from kervan.trade.errors import N_

MB = 1024 * 1024
LARGEST = 10 * MB
MOST_ROWS = 5000
ENDINGS = (".csv", ".txt", ".tsv", ".json", ".jsonl", ".ndjson", ".xlsx")


def opened(path: Path, options: FileOptions) -> tuple[Source, bool]:
    """The rows of a file, and whether its rows may leave columns out (JSON).

    A JSON file holds a list of objects, or an object one of whose values is that list. Raises CommandError for a
    file that cannot be read as what its name says.
    """
    ending = path.suffix.casefold()
    if ending == ".json":
        return _json(path), True
    return open_source(path, options), ending in (".jsonl", ".ndjson")


def ending_of(name: str) -> str:
    """The ending of a list's name, in small letters. Raises CommandError for one that is not read here."""
    ending = Path(name).suffix.casefold()
    if ending not in ENDINGS:
        raise CommandError(N_("{file} is not a CSV, JSON, JSONL or XLSX file."), file=name)
    return ending


def whole(path: Path, mapping: Mapping) -> tuple[list[Row], list[str], bytes]:
    """(rows, remarks on the file as a whole, SHA-256) of a list that has the columns of the mapping.

    Raises CommandError for a file that cannot be read, is empty, lacks a column or has more than 5,000 rows.
    """
    ending_of(path.name)
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
        source, sparse = opened(path, mapping.file.of_reader)
    except OSError as error:
        raise CommandError(
            N_("{file} cannot be read: {reason}."), file=path.name, reason=error.strerror
        ) from error
    try:
        check_header(mapping, source.header, sparse=sparse)
        rows = list(_limited(source.rows))
    finally:
        source.close()
    if not rows:
        raise CommandError(N_("{file} holds no list."), file=path.name)
    return rows, source.notices, digest


def _limited(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise CommandError(N_("A list has at most {most} rows. Divide it."), most=MOST_ROWS)
        yield row


def _json(path: Path) -> Source:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CommandError(
            N_("{file} cannot be read: {reason}."), file=path.name, reason=error.strerror
        ) from error
    try:
        found = msgspec.json.Decoder(float_hook=Decimal).decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError) as error:
        raise CommandError(N_("{file} is no JSON: {reason}."), file=path.name, reason=error) from error
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), None)
    if not isinstance(found, list) or not found:
        raise CommandError(N_("{file} holds no list."), file=path.name)
    keys = dict.fromkeys(key for item in found[:100] if isinstance(item, dict) for key in item)
    return Source(tuple(keys), _rows(found), lambda: 1.0, [], lambda: None)


def _rows(items: list[object]) -> Iterator[Row]:
    for number, item in enumerate(items, start=1):
        if isinstance(item, dict):
            yield Row(number, {str(key): value for key, value in item.items()})
        else:
            yield Row(number, {}, N_("This is not a JSON object."))
