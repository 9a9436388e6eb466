"""Events made up by a seed: announced ones of a trade post, spread over two years round today."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from inventory import SEED, zipf
from words import GOODS

from kervan.db import execute, fetchval, transaction
from kervan.events.tables import EventKind
from kervan.ids import new_public_id
from kervan.organisations.service import found
from kervan.organisations.tables import Kind
from kervan.trade import nomenclature, provinces
from kervan.trade.countries import TURKIYE

ACTOR = "system:bench"
DAYS = 365
"""Before today and after it."""
_COUNTRIES = "DE US GB FR NL AE IQ IT ES RU PL SA RO BE EG KZ CN JP"
_ABROAD = tuple(_COUNTRIES.split())
_SUMMARIES = (
    "Makers show what is new.",
    "Buyers and makers meet, half an hour each.",
    "A morning of first steps.",
)
_EVENTS = """
INSERT INTO trade_event (public_id, kind, organiser, organiser_kind, organiser_name, state, format, country, province,
    city, venue, zone, starts_at, ends_at, sectors, headings, languages, fee_importers, registration, published_at)
SELECT x.public_id, x.kind, $1, 'POST', 'Post of the bench', 'PUBLISHED', x.format, x.country, x.province,
    x.city, 'Hall ' || x.n % 9, 'Europe/Istanbul', x.starts_at, x.ends_at, ARRAY[x.sector], ARRAY[x.heading],
    ARRAY['en', 'tr'], CASE WHEN x.n % 3 = 0 THEN 0 END, 'PLATFORM', now() - x.n % 100 * interval '1 hour'
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
    $9::timestamptz[], $10::text[], $11::text[]) WITH ORDINALITY AS x (public_id, kind, format, country, province, city,
    starts_at, ends_at, sector, heading, n)
RETURNING id
"""
_TEXTS = """
INSERT INTO event_text (event, language, title, summary, text)
SELECT e.id, l.language, x.title || CASE l.language WHEN 'tr' THEN ' buluşması' ELSE ' days' END, x.summary, x.summary
FROM unnest($1::text[], $2::text[], $3::text[]) AS x (public_id, title, summary)
JOIN trade_event e ON e.public_id = x.public_id CROSS JOIN (VALUES ('en'), ('tr')) AS l (language)
"""


async def fill_events(total: str) -> dict[str, Any]:
    """That many events, most of them of one to four days; the table as it is after a night's vacuum."""
    dice = random.Random(SEED)
    today = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
    rows = [_event(dice, today) for _ in range(int(total))]
    columns = [[row[n] for row in rows] for n in range(12)]
    async with transaction() as tx:
        organiser, _ = await found(tx.connection, Kind.POST, "Post of the bench", "DE", actor=ACTOR)
        await tx.connection.execute(_EVENTS, organiser, *columns[:10])
        await tx.connection.execute(_TEXTS, columns[0], columns[10], columns[11])
    await execute("DELETE FROM outbox")
    await execute("VACUUM ANALYZE")
    return {"events": await fetchval("SELECT count(*) FROM trade_event WHERE state = 'PUBLISHED'")}


def _event(dice: random.Random, today: datetime) -> tuple[Any, ...]:
    goods = dice.choices(GOODS, zipf(len(GOODS), 0.8))[0]
    sector = nomenclature.sector_of_chapter(goods[0][:2])
    kind = dice.choice([*EventKind])
    online = kind == EventKind.VIRTUAL_MISSION
    abroad = kind == EventKind.TRADE_MISSION
    province = dice.choice(provinces.provinces())
    starts = today + timedelta(days=dice.randrange(-DAYS, DAYS), hours=dice.randrange(8))
    country = None if online else dice.choice(_ABROAD) if abroad else TURKIYE
    return (
        new_public_id(),
        kind.value,
        "ONLINE" if online else "ONSITE",
        country,
        province.plate if country == TURKIYE else None,
        province.name if country == TURKIYE else "",
        starts,
        starts + timedelta(days=dice.choice((0, 0, 1, 2, 3, 3)), hours=8),
        sector.slug if sector else "machinery",
        goods[0][:4],
        f"{goods[1]} {dice.randrange(100)}",
        dice.choice(_SUMMARIES),
    )
