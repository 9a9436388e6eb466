"""What was issued, looked at, and a rate to issue by."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from documents import gib
from pypdf import PdfReader

from kervan.db import execute
from kervan.documents import shelf
from kervan.documents.structs import Kind
from kervan.orders.deadlines import today
from kervan.policies import rates


def opinion(xml: bytes) -> list[str]:
    """GİB's, whose clock is this machine's: after midnight in Türkiye its day is still yesterday's in UTC."""
    day, here = today().isoformat(), datetime.now(UTC).date().isoformat()
    return gib.opinion(xml.replace(day.encode(), here.encode()))


def files_on_disk(tmp_path: Path) -> int:
    return sum(path.is_file() for path in (tmp_path / "uploads").rglob("*"))


async def pdf_text(order_id: int, kind: Kind, language: str = "tr") -> str:
    found = await shelf.live(order_id, kind)
    assert found is not None
    data, _, _ = await shelf.file(order_id, found.public_id, f"pdf-{language}")
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


async def a_rate(currency: str, eur_rate: str, days_ago: int = 0) -> None:
    """A rate of the European Central Bank that was imported."""
    await execute(
        "INSERT INTO fx_rate (day, currency, eur_rate, bank, source) VALUES ($1, $2, $3, 'ECB', 'test')",
        today() - timedelta(days=days_ago),
        currency,
        Decimal(eur_rate),
    )
    await rates.refresh()
