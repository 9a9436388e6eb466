"""A list of orders as a file for spreadsheets: text that a spreadsheet would compute is made harmless."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from kervan.orders.states import NAMES
from kervan.orders.structs import OrderRow
from kervan.orders.tables import State
from kervan.products.importing.report import harmless
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import gettext

_HEADER = (
    N_("Number"),
    N_("State"),
    N_("Firm"),
    N_("Country of the firm"),
    N_("Destination"),
    N_("Goods"),
    N_("Kinds of goods"),
    N_("Currency"),
    N_("Total"),
    N_("Total in EUR"),
    N_("Gross weight in kg"),
    N_("Sent (UTC)"),
    N_("Answer until (UTC)"),
    N_("Unread messages"),
)
_BATCH = 200


async def lines(rows: AsyncIterator[OrderRow], language: str) -> AsyncIterator[bytes]:
    """The file in pieces: header and rows, UTF-8 with the mark by which spreadsheets know it."""
    yield "\ufeff".encode() + _written([[gettext(language, name) for name in _HEADER]])
    batch: list[Sequence[str]] = []
    async for row in rows:
        batch.append(_cells(row, language))
        if len(batch) == _BATCH:
            yield _written(batch)
            batch.clear()
    if batch:
        yield _written(batch)


def _cells(row: OrderRow, language: str) -> list[str]:
    cells = [
        row.number,
        gettext(language, NAMES[State(row.state)]),
        row.other,
        formats.country(language, row.other_country),
        formats.country(language, row.destination),
        row.first_name,
        str(row.line_count),
        row.currency,
        f"{row.invoice_total:.2f}",
        f"{row.total_eur:.2f}",
        f"{row.gross_weight_g / 1000:.3f}",
        f"{row.submitted_at:%Y-%m-%d %H:%M}",
        f"{row.answer_by:%Y-%m-%d %H:%M}" if row.answer_by else "",
        str(row.unread),
    ]
    return [harmless(cell) for cell in cells]


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
