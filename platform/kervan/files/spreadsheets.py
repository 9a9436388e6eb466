"""Lists as CSV files that spreadsheets open as UTF-8 and run nothing of."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime

from litestar.response import Stream

from kervan.products.importing.report import harmless


def streamed(name: str, header: Sequence[str], batches: AsyncIterator[Sequence[Sequence[object]]]) -> Stream:
    """A private download called `name`-<day>.csv, written batch by batch; None is an empty cell."""
    return Stream(
        _csv(header, batches),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{datetime.now(UTC).date()}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def _csv(
    header: Sequence[str], batches: AsyncIterator[Sequence[Sequence[object]]]
) -> AsyncIterator[bytes]:
    # With the mark, spreadsheets open it as UTF-8.
    yield "\ufeff".encode() + _lines([header])
    async for batch in batches:
        yield _lines(batch)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()
