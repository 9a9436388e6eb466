"""Devices: a browser's name as people know it, and whether a person has signed in from there before."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from asyncpg import Connection

from kervan import vault
from kervan.db import execute
from kervan.notifications.letters import send
from kervan.trade.errors import shown

FORGET_AFTER = timedelta(days=400)

# In this order: Edge and Opera call themselves Chrome, Chrome calls itself Safari, Android calls itself Linux.
_BROWSERS: Sequence[tuple[str, str]] = (
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera|OPT/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"YaBrowser/", "Yandex"),
    (r"Vivaldi/", "Vivaldi"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
    (r"MSIE |Trident/", "Internet Explorer"),
)
_SYSTEMS: Sequence[tuple[str, str]] = (
    (r"iPhone|iPod", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux|X11", "Linux"),
)
_LONGEST = 400


def name(user_agent: str) -> str:
    """`Firefox, Linux` of a User-Agent header; of a program its own first word; '' when nothing is said."""
    text = user_agent[:_LONGEST]
    browser = next((found for pattern, found in _BROWSERS if re.search(pattern, text)), "")
    system = next((found for pattern, found in _SYSTEMS if re.search(pattern, text)), "")
    known = ", ".join(part for part in (browser, system) if part)
    return known or shown(re.split(r"[/ ;(]", text, maxsplit=1)[0], 40)


async def note(conn: Connection, person: int, device: str, address: str) -> None:
    """Remembers where a person signed in from, inside the sign-in's transaction.

    A device and address that were not seen before are told by mail, but for the very first ones.
    """
    fingerprint = vault.fingerprint(f"{device}\n{address}", f"device {person}")
    # The person's row is the lock: two first sign-ins at once count as one after the other.
    row = await conn.fetchrow(
        "SELECT name, email, language FROM person WHERE id = $1 FOR NO KEY UPDATE", person
    )
    known = await conn.fetch("SELECT fingerprint FROM seen_device WHERE person = $1", person)
    await conn.execute(
        """INSERT INTO seen_device (person, fingerprint) VALUES ($1, $2)
        ON CONFLICT (person, fingerprint) DO UPDATE SET last_seen_at = now()""",
        person,
        fingerprint,
    )
    if known and fingerprint not in {entry["fingerprint"] for entry in known}:
        await send(
            "new_sign_in",
            row["email"],
            row["language"],
            person=person,
            name=row["name"],
            device=device or "?",
            at=datetime.now(UTC),
        )


async def forget_old() -> None:
    """Forgets devices that nobody came from for over a year."""
    await execute("DELETE FROM seen_device WHERE last_seen_at < now() - $1::interval", FORGET_AFTER)
