"""A carrier's list of parcels, as CSV: which were registered, closed, delivered. Checked first, then taken."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date

import msgspec

from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.declarations import queries, service
from kervan.declarations.shipments import Said, Step, etgb_number, steps, waybill
from kervan.errors import Invalid, KervanError
from kervan.orders.deadlines import today
from kervan.orders.tables import Side
from kervan.trade.errors import N_, ascii_digits, shown
from kervan_search.text import fold

LARGEST = 512 * 1024
MOST_ROWS = 2000

COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("waybill", ("waybill number", "awb", "tracking number", "konşimento", "konşimento no", "gönderi no", "takip no")),
    ("etgb_number", ("etgb number", "etgb", "etgb no", "bgb no", "beyanname no", "tescil no")),
    ("registered_on", ("registered", "registered on", "registration date", "tescil tarihi", "etgb tarihi")),
    ("closed_on", ("closed", "closed on", "closing date", "kapanma tarihi", "intaç tarihi", "kapanış tarihi")),
    ("delivered_on", ("delivered", "delivered on", "delivery date", "teslim tarihi")),
)  # fmt: skip
"""Field, and how its column may be called."""

# A cell that a spreadsheet would carry out when somebody opens the report there.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a line of the file: steps, nothing (all of it is known), or a refusal."""

    line: int
    waybill: str
    order: str | None = None
    """Public id of the order."""
    order_number: str | None = None
    steps: tuple[Step, ...] = ()
    problems: tuple[KervanError, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A list, checked or taken."""

    rows: tuple[Row, ...]
    committed: bool

    @property
    def moved(self) -> int:
        return sum(bool(row.steps) and not row.problems for row in self.rows)

    @property
    def refused(self) -> int:
        return sum(bool(row.problems) for row in self.rows)

    @property
    def unchanged(self) -> int:
        return len(self.rows) - self.moved - self.refused


async def check(data: bytes, carrier: str, exporter: int | None) -> Report:
    """What the list would do; nothing is written. `exporter`: only parcels of this one, None: of everybody (staff).

    `carrier` is the code of the carrier whose list it is. Raises Invalid for a file that cannot be read as a list.
    """
    return Report(rows=tuple([found async for found in _looked_at(data, carrier, exporter)]), committed=False)


async def take(data: bytes, carrier: str, exporter: int | None, caller: Caller | None, side: Side) -> Report:
    """Takes every line that can be taken, each for itself, and says what became of the others. Safe to repeat.

    Raises Invalid as `check`.
    """
    done = []
    async for row in _looked_at(data, carrier, exporter):
        done.append(
            await _taken(row, carrier, exporter, caller, side) if row.steps and not row.problems else row
        )
    return Report(rows=tuple(done), committed=True)


async def _taken(row: Row, carrier: str, exporter: int | None, caller: Caller | None, side: Side) -> Row:
    try:
        found = await queries.by_waybill(carrier, row.waybill, exporter)
        async with transaction() as tx:
            shipment = found and await queries.locked(tx.connection, found.order_id)
            if shipment is None:
                raise _unknown()
            await service.apply(tx.connection, shipment, row.steps, side=side, source="CSV", caller=caller)
    except KervanError as error:
        return msgspec.structs.replace(row, problems=_sentences(error))
    return row


async def _looked_at(data: bytes, carrier: str, exporter: int | None) -> AsyncIterator[Row]:
    seen: set[str] = set()
    day = today()
    for line, cells in _lines(data):
        typed = shown(cells.get("waybill", ""))
        try:
            number = waybill(_plain(cells.get("waybill", "")))
            if number in seen:
                raise Invalid(N_("This waybill comes twice in the list."))
            seen.add(number)
            shipment = await queries.by_waybill(carrier, number, exporter)
            if shipment is None:
                raise _unknown()
            found = steps(shipment, _said(cells), day)
        except KervanError as error:
            yield Row(line=line, waybill=typed, problems=_sentences(error))
            continue
        yield Row(
            line=line,
            waybill=number,
            order=shipment.order,
            order_number=shipment.order_number,
            steps=found,
        )


def _unknown() -> Invalid:
    # The same for a parcel of somebody else: whose it is is nobody's business.
    return Invalid(N_("No parcel of yours has this waybill number with this carrier."))


def _said(cells: dict[str, str]) -> Said:
    typed = _plain(cells.get("etgb_number", ""))
    return Said(
        etgb_number=etgb_number(typed) if typed else None,
        registered_on=_day(cells.get("registered_on", "")),
        closed_on=_day(cells.get("closed_on", "")),
        delivered_on=_day(cells.get("delivered_on", "")),
    )


def _sentences(error: KervanError) -> tuple[KervanError, ...]:
    fields = error.fields if isinstance(error, Invalid) else {}
    return tuple(why if isinstance(why, KervanError) else Invalid(why) for why in fields.values()) or (error,)


def _plain(cell: str) -> str:
    """A cell as it was meant. Raises Invalid for one that begins like a formula."""
    # Some programs write ="0123" so that a spreadsheet keeps the nought.
    if cell.startswith('="') and cell.endswith('"'):
        cell = cell[2:-1]
    if cell.startswith(_FORMULA):
        raise Invalid(N_("A cell begins with a sign of formulas. Take it away."))
    return cell


def _day(cell: str) -> date | None:
    """A day as 2026-11-22, 22.11.2026 or 22/11/2026, an hour behind it left out; None for an empty cell."""
    text = ascii_digits(_plain(cell)).replace("T", " ").split(" ")[0]
    if not text:
        return None
    parts = text.replace("/", ".").replace("-", ".").split(".")
    try:
        year, month, day = map(int, parts if len(parts[0]) == 4 else reversed(parts))
        return date(year, month, day)
    except ValueError as error:
        raise Invalid(N_("{text} is not a day; write 2026-11-22 or 22.11.2026."), text=shown(cell)) from error


def _lines(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines behind the header with their numbers, cells by field; empty lines are left out. Raises Invalid."""
    if len(data) > LARGEST:
        raise Invalid(N_("This list is larger than {limit} KB. Send it in parts."), limit=LARGEST // 1024)
    text = _text(data)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count), strict=True)
    try:
        fields = _fields(next(reader, []))
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise Invalid(N_("A list has at most {n} rows. Send it in parts."), n=MOST_ROWS)
            yield (
                reader.line_num,
                {field: cells[at].strip() for at, field in fields.items() if at < len(cells)},
            )
    except csv.Error as error:
        raise Invalid(
            N_("Line {line} cannot be read: a quotation mark is missing or stands alone."),
            line=reader.line_num,
        ) from error


def _text(data: bytes) -> str:
    if b"\x00" in data:
        raise Invalid(N_("This file is not a CSV list."))
    for encoding in ("utf-8-sig", "windows-1254"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(N_("This file is not a CSV list."))


def _fields(header: Sequence[str]) -> dict[int, str]:
    """Which column is which field. Raises Invalid without a waybill, or when a field comes twice."""
    names = {fold(name): field for field, known in COLUMNS for name in (field, *known)}
    found: dict[int, str] = {}
    for at, name in enumerate(header):
        field = names.get(fold(" ".join(name.replace("_", " ").replace(".", " ").split()))) or names.get(
            fold(name)
        )
        if field and field in found.values():
            raise Invalid(N_("The column {name} comes twice."), name=shown(name))
        if field:
            found[at] = field
    if "waybill" not in found.values() or len(found) < 2:
        raise Invalid(
            N_("The first line must name the columns: waybill, etgb number, registered, closed, delivered.")
        )
    return found
