"""Parts of tests that read events in public: addresses, pages, texts, an index that knows what there is."""

import html
import re

import httpx
import people
from asking import Side

from kervan.db import execute, fetch
from kervan.discovery import indexing
from kervan.events import queries
from kervan.events.structs import EventShown, Text
from kervan_search.engine import Engine


def said(title: str, *others: Text, summary: str = "In a sentence.") -> tuple[Text, ...]:
    """Texts of an event: an English one, and these."""
    return (Text(language="en", title=title, summary=summary), *others)


def path(event: EventShown, language: str = "en") -> str:
    """Of its public page."""
    return f"/{language}/events/{queries.address_of(event.text(language).title, event.public_id)}"


async def index(search: Engine) -> None:
    """Every event goes into the index again, also those whose clock was moved behind the services' back."""
    await execute("UPDATE trade_event SET version = version + 1")
    await indexing.index_events(search, [row["id"] for row in await fetch("SELECT id FROM trade_event")])


async def read(client: httpx.AsyncClient, address: str, who: Side | None = None, status: int = 200) -> str:
    """A page as a visitor or this person gets it, with single spaces."""
    if who is None:
        people.sign_out(client)
    else:
        await people.sign_in(client, who.person)
    answer = await client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return " ".join(answer.text.split())


def plain(page: str) -> str:
    """The page's words, without its elements."""
    return " ".join(html.unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", page)).split())
