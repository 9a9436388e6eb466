"""The board from PostgreSQL while the engine is down: open requests are few beside products, and asked in memory."""

from kervan.db import fetch
from kervan.discovery import in_memory
from kervan.discovery.documents_requests import requests_by_id
from kervan.requests.queries import OPEN
from kervan_search.engine import Page, Query

_kept: dict[int, in_memory.Kept] = {}


async def search(query: Query) -> Page:
    """Hits with most words in the title first, or by the asked sort; the newest first where that decides nothing."""
    rows = await fetch(f"SELECT q.id, q.version, q.value_eur FROM trade_request q WHERE {OPEN} ORDER BY q.id")
    states = {row["id"]: (row["version"], row["value_eur"]) for row in rows}
    return in_memory.answer(await in_memory.refreshed(_kept, states, requests_by_id), query)
