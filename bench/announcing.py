"""What an announcement to very many costs, in a process of its own: `python bench/announcing.py RECIPIENTS LETTERS`.

Importers with people who agreed go into an empty database. All of them are enqueued, then LETTERS are sent to a mail
server in another process, by one sender as a worker runs it. The last line of stdout is the answer in JSON.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import processes
import uvloop

from kervan.announcements import turns
from kervan.announcements.alive import alive
from kervan.announcements.audience import Audience
from kervan.announcements.sending import Sender
from kervan.db import execute, fetchval, pool
from kervan.ids import new_public_id
from kervan.migrate import migrate_async
from kervan.policies import book
from kervan.settings import load
from kervan.trade import law

_COUNTRIES = ("DE", "FR", "GB", "US", "NG", "AE", "JP", "KZ", "NL", "BR")
_FILL = (
    """INSERT INTO organisation (public_id, kind, name, country)
    SELECT 'o' || lpad(n::text, 11, '0'), 'IMPORTER', 'Importer ' || n, ($2::text[])[1 + n % 10]
    FROM generate_series(1, $1) n""",
    """INSERT INTO importer (public_id, organisation, legal_name, country, contact_name, standing, sectors, headings)
    SELECT o.public_id, o.id, o.name, o.country, 'Buyer', 'ACTIVE', '{home-textiles}', '{6302}'
    FROM organisation o WHERE o.kind = 'IMPORTER'""",
    """INSERT INTO person (public_id, name, email, email_key, email_confirmed_at, language, state)
    SELECT 'p' || lpad(n::text, 11, '0'), 'Buyer Ünlü ' || n, 'b' || n || '@d' || n % 400 || '.example',
        'b' || n || '@d' || n % 400 || '.example', now(), CASE WHEN n % 4 = 0 THEN 'tr' ELSE 'en' END, 'ACTIVE'
    FROM generate_series(1, $1) n""",
    """INSERT INTO membership (person, organisation, role, valid_from)
    SELECT p.id, o.id, 'OWNER', '2020-01-01' FROM person p
    JOIN organisation o ON o.public_id = 'o' || substr(p.public_id, 2)""",
    """INSERT INTO consent (person, purpose, text_version, language, evidence)
    SELECT id, 'events', '1', language, '{}' FROM person""",
)
_TEXT = (
    "Dear {name},\n\nwe invite you to {event}, {when}, {where}. Exporters of towels, bed linen and bathrobes show what"
    " they make; meetings are planned before you travel.\n\nLook at [the programme](event) and register your firm."
)


async def fill(count: int) -> None:
    """So many importers with a person each, all of whom agreed."""
    for statement in _FILL:
        values = (count, list(_COUNTRIES))[: statement.count("$")]
        await execute(statement, *values[: 2 if "$2" in statement else 1 if "$1" in statement else 0])
    await execute("ANALYZE")


async def announcement() -> int:
    """A planned announcement of a published event to all; event_announcement.id."""
    ministry = await fetchval(
        "INSERT INTO organisation (public_id, kind, name, country) VALUES ($1, 'MINISTRY', 'Ministry', 'TR')"
        " RETURNING id",
        new_public_id(),
    )
    now = datetime.now(UTC)
    event = await fetchval(
        """INSERT INTO trade_event (public_id, kind, organiser, organiser_kind, organiser_name, state, country, city,
            venue, starts_at, ends_at, published_at)
        VALUES ($1, 'BUYING_MISSION', $2, 'MINISTRY', 'Ministry of Trade', 'PUBLISHED', 'TR', 'Denizli', 'Fair ground',
            $3, $4, now()) RETURNING id""",
        new_public_id(), ministry, now + timedelta(days=60), now + timedelta(days=62),
    )  # fmt: skip
    await execute(
        "INSERT INTO event_text (event, language, title) VALUES ($1, 'en', 'Towels of Denizli')", event
    )
    id: int = await fetchval(
        """INSERT INTO event_announcement (public_id, event, organisation, name, state, audience, approved_at, send_at)
        VALUES ($1, $2, $3, 'Bench', 'SCHEDULED', $4, now(), now()) RETURNING id""",
        new_public_id(), event, ministry, msgspec.json.encode(Audience()).decode(),
    )  # fmt: skip
    for language in ("en", "tr"):
        await execute(
            "INSERT INTO announcement_text (announcement, language, subject, text) VALUES ($1, $2, $3, $4)",
            id, language, "Meet {event}", _TEXT,
        )  # fmt: skip
    return id


async def measure(recipients: int, letters: int, port: int) -> dict[str, Any]:
    """Seconds to enqueue, peak of this process meanwhile, and letters a second."""
    await migrate_async()
    async with pool(4):
        await fill(recipients)
        id = await announcement()
        await _without_night()
        tracemalloc.start()
        started = time.perf_counter()
        await turns.turn()
        enqueued = time.perf_counter() - started
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        rows = await fetchval("SELECT count(*) FROM event_delivery WHERE announcement = $1", id)
        await execute("UPDATE event_delivery SET due_at = now()")
        await execute("VACUUM ANALYZE event_delivery")
        settings = msgspec.structs.replace(load(), smtp_url=f"smtp://127.0.0.1:{port}")
        async with alive() as proof:
            sender = Sender(settings, proof)
            await sender.step()
            begun, before = time.perf_counter(), await _sent(id)
            cpu = resource.getrusage(resource.RUSAGE_SELF)
            while await sender.step() and await _enough(sender, letters):
                pass
            await sender.write()
            seconds = time.perf_counter() - begun
            after = resource.getrusage(resource.RUSAGE_SELF)
            sent = await _sent(id) - before
            await sender.close()
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    return {
        "recipients": rows,
        "enqueue": enqueued,
        "peak_mb": peak,
        "letters": sent,
        "seconds": seconds,
        "rate": sent / seconds,
        "cpu_ms": 1000 * used / max(1, sent),
    }


async def _without_night() -> None:
    """No quiet hours: half the world would wait for its morning."""
    found = await book.refresh()
    figures = tuple(
        msgspec.structs.replace(row, figure=0) if row.name in ("QUIET_FROM", "QUIET_UNTIL") else row
        for row in found.figures
    )
    law.use(msgspec.structs.replace(found, figures=figures))


_steps = 0


async def _enough(sender: Sender, letters: int) -> bool:
    global _steps
    _steps += len(sender.done)
    return _steps < letters


async def _sent(id: int) -> int:
    found: int = await fetchval(
        "SELECT count(*) FROM event_delivery WHERE announcement = $1 AND state = 'SENT'", id
    )
    return found


def main() -> None:
    recipients, letters = int(sys.argv[1]), int(sys.argv[2])
    os.environ.setdefault("KERVAN_MAIL_FROM", "Kervan <events@kervan.example>")
    sink = subprocess.Popen(
        [sys.executable, str(processes.BENCH / "sink.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(measure(recipients, letters, port))
    finally:
        sink.kill()
        sink.wait()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
