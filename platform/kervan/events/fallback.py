"""Events from PostgreSQL while the engine is down: those with a public page are few, and asked in memory."""

from kervan.db import fetch
from kervan.discovery import in_memory
from kervan.discovery.documents_events import events_by_id
from kervan.events.queries import PUBLIC_STATE
from kervan_search.engine import Page, Query

_kept: dict[int, in_memory.Kept] = {}


async def search(query: Query) -> Page:
    """Hits with most words in the title first, or by the asked sort; the newest first where that decides nothing."""
    rows = await fetch(f"SELECT e.id, e.version FROM trade_event e WHERE {PUBLIC_STATE} ORDER BY e.id")
    states = {row["id"]: row["version"] for row in rows}
    return in_memory.answer(await in_memory.refreshed(_kept, states, events_by_id), query)
