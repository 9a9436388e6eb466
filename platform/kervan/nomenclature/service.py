"""Loading the Turkish tariff of a year from a CSV file: checked whole, then written whole."""

import csv
import hashlib
import re
from pathlib import Path

import msgspec

from kervan import audit
from kervan.db import transaction
from kervan.errors import Invalid
from kervan.trade import nomenclature
from kervan.trade.errors import N_

_CODE = re.compile(r"[0-9]{4}|[0-9]{12}")
_MAX_BYTES = 50 * 1024 * 1024
_COLUMNS = ("code", "description_tr")
_SHOWN = 10


class LoadReport(msgspec.Struct, kw_only=True):
    """What a tariff file holds and what loading it did."""

    year: int
    headings: int
    leaves: int
    unknown_in_hs: list[str]
    """HS6 parts that HS 2022 does not have; a tariff may be ahead of the WCO's list, so this is a notice."""
    sha256: str
    written: bool = False
    already_there: bool = False


def read(path: Path, year: int) -> tuple[LoadReport, list[tuple[str, str]]]:
    """The rows (code, Turkish text) of a file with columns `code` (4 or 12 digits) and `description_tr`.

    Raises Invalid, naming the first rows that are wrong: a malformed or repeated code, an empty text, a wrong
    encoding, a missing column. A file that is wrong anywhere is refused whole.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise Invalid(N_("The file is larger than 50 MB."))
    content = path.read_bytes()
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Invalid(
            N_("The file is not UTF-8 (byte {byte}). Save it as UTF-8."), byte=error.start
        ) from error
    reader = csv.DictReader(lines)
    if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
        raise Invalid(N_("The file has no column {column}."), column=missing[0])
    rows: list[tuple[str, str]] = []
    seen: set[str] = set()
    problems: list[str] = []
    for number, row in enumerate(reader, start=2):
        code, text = (row["code"] or "").strip(), (row["description_tr"] or "").strip()
        if not _CODE.fullmatch(code) or not code.isascii():
            problems.append(f"row {number}: {code[:20]!r} is not a code of 4 or 12 digits")
        elif code in seen:
            problems.append(f"row {number}: {code} comes twice")
        elif not text:
            problems.append(f"row {number}: {code} has no text")
        seen.add(code)
        rows.append((code, text))
    if problems:
        raise Invalid(
            N_("The file is refused: {count} rows are wrong. {first}"),
            count=len(problems),
            first="; ".join(problems[:_SHOWN]),
        )
    if not rows:
        raise Invalid(N_("The file has no rows."))
    leaves = [code for code, _ in rows if len(code) == 12]
    unknown = sorted({code[:6] for code in leaves if not nomenclature.exists(code[:6])})
    report = LoadReport(
        year=year,
        headings=len(rows) - len(leaves),
        leaves=len(leaves),
        unknown_in_hs=unknown,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return report, rows


async def load(path: Path, year: int, actor: str, commit: bool) -> LoadReport:
    """Loads the tariff of a year; without `commit` nothing is written. Other years are never touched.

    The same file again is no change; another file for a year that is there replaces that year, audited.
    """
    if not 2002 <= year <= 2100:
        raise Invalid(N_("The tariff year must be from 2002 to 2100."))
    report, rows = read(path, year)
    if not commit:
        return report
    async with transaction() as tx:
        await tx.connection.execute("LOCK TABLE nomenclature_load IN EXCLUSIVE MODE")
        before = await tx.connection.fetchval(
            "SELECT sha256 FROM nomenclature_load WHERE tariff_year = $1 ORDER BY id DESC LIMIT 1", year
        )
        if before == report.sha256:
            report.already_there = True
            return report
        await tx.connection.execute("DELETE FROM gtip WHERE tariff_year = $1", year)
        await tx.connection.copy_records_to_table(
            "gtip",
            columns=["tariff_year", "code", "text_tr"],
            records=[(year, code, text) for code, text in rows],
        )
        await tx.connection.execute(
            "INSERT INTO nomenclature_load (tariff_year, codes, sha256) VALUES ($1, $2, $3)",
            year,
            len(rows),
            report.sha256,
        )
        await audit.record(
            actor,
            "nomenclature.loaded",
            "tariff",
            year,
            before={"sha256": before} if before else None,
            after={"sha256": report.sha256, "codes": len(rows)},
        )
    report.written = True
    return report
