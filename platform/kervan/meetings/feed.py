"""A person's own calendar for programs: an address that nobody can guess, and what it holds."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.calendars import ics
from kervan.calendars.ics import Entry
from kervan.db import fetch, fetchval, transaction
from kervan.errors import NotFound
from kervan.meetings import invites, queries
from kervan.meetings.states import Side
from kervan.organisations.queries import IN_TERM
from kervan.settings import load
from kervan.trade.errors import N_
from kervan.web.i18n import translate
from kervan.web.templates import link

REFRESH = timedelta(hours=1)
KEPT_DAYS = 180
"""How far back a feed goes."""

# Of firms that the person still belongs to. What was called off stays for a while, so that calendars forget it.
_MEETINGS = f"""
{queries.WHOLE}
WHERE m.confirmed_at IS NOT NULL AND m.state IN ('CONFIRMED', 'HELD', 'NO_SHOW', 'CANCELLED', 'DECLINED', 'LAPSED')
    AND m.ends_at > now() - make_interval(days => $2)
    AND ((m.exporter_person = $1 AND EXISTS (SELECT FROM membership k WHERE k.organisation = m.exporter
            AND k.person = $1 AND {IN_TERM.replace("m.", "k.")}))
        OR (m.importer_person = $1 AND EXISTS (SELECT FROM membership k WHERE k.organisation = m.importer
            AND k.person = $1 AND {IN_TERM.replace("m.", "k.")})))
ORDER BY m.starts_at, m.id LIMIT 2000
"""
EVENTS = """
SELECT v.public_id, v.sequence, v.starts_at, v.ends_at, v.zone, v.whole_days, v.venue, v.city, v.country, v.state,
    v.created_at, v.changed_at, r.state AS place, r.version AS step, r.public_id AS registration, o.public_id AS org,
    r.updated_at,
    (SELECT x.title FROM event_text x WHERE x.event = v.id
        ORDER BY x.language = $2 DESC, x.language = 'en' DESC, x.id LIMIT 1) AS title
FROM registration r JOIN trade_event v ON v.id = r.event JOIN organisation o ON o.id = r.organisation
WHERE v.starts_at IS NOT NULL AND v.ends_at IS NOT NULL AND v.state IN ('PUBLISHED', 'CANCELLED')
"""
_OWN_EVENTS = f"""
{EVENTS} AND r.state IN ('CONFIRMED', 'ATTENDED', 'CANCELLED') AND v.ends_at > now() - make_interval(days => $3)
    AND EXISTS (SELECT FROM membership m WHERE m.organisation = r.organisation AND m.person = $1 AND {IN_TERM})
ORDER BY v.starts_at, v.id LIMIT 1000
"""


async def token_of(person: int) -> str | None:
    """The token of the person's feed; None when there is none."""
    found: str | None = await fetchval("SELECT token FROM calendar_feed WHERE person = $1", person)
    return found


async def rotate(caller: Caller) -> str:
    """A feed with a new address; the one before, if there was one, is dead. Returns the token."""
    token = secrets.token_urlsafe(24)
    async with transaction() as tx:
        await tx.connection.execute(
            """INSERT INTO calendar_feed (person, token) VALUES ($1, $2)
            ON CONFLICT (person) DO UPDATE SET token = excluded.token, created_at = now()""",
            caller.person,
            token,
        )
        await audit.record(caller.actor, "calendar_feed.rotated", "person", caller.person)
    return token


async def remove(caller: Caller) -> None:
    """Ends the person's feed. Twice is once."""
    async with transaction() as tx:
        gone = await tx.connection.fetchval(
            "DELETE FROM calendar_feed WHERE person = $1 RETURNING id", caller.person
        )
        if gone is not None:
            await audit.record(caller.actor, "calendar_feed.removed", "person", caller.person)


async def opened(token: str) -> tuple[bytes, str]:
    """The calendar under a token, and the language of its owner. Raises NotFound for a token that is none.

    No person's name, address or telephone number is in it: whoever has the address reads it.
    """
    rows = await fetch(
        """SELECT p.id, p.language, p.time_zone FROM calendar_feed f JOIN person p ON p.id = f.person
        WHERE f.token = $1 AND p.state = 'ACTIVE'""",
        token,
    )
    if not rows:
        raise NotFound()
    person = rows[0]
    language, zone = person["language"], person["time_zone"]
    entries = [
        invites.entry(row, _side(row, person["id"]), language, zone)
        for row in await fetch(_MEETINGS, person["id"], KEPT_DAYS)
    ]
    entries += [_event(row, language) for row in await fetch(_OWN_EVENTS, person["id"], language, KEPT_DAYS)]
    name = translate(language, N_("Kervan agenda"))
    return ics.calendar(entries, name=name, language=language, refresh=REFRESH), language


def _side(row: Mapping[str, Any], person: int) -> Side:
    return Side.EXPORTER if row["exporter_person"] == person else Side.IMPORTER


def _event(row: Mapping[str, Any], language: str) -> Entry:
    settings = load()
    off = row["state"] == "CANCELLED" or row["place"] == "CANCELLED"
    changed = max(row["changed_at"], row["updated_at"])
    return Entry(
        uid=ics.uid("event", row["public_id"], invites.host(settings)),
        # A place that was given back ends the entry like an event that is off, and may be taken again: every step of
        # the event and of the registration counts, else a calendar would keep what it has.
        sequence=row["sequence"] + row["step"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        whole_days=row["whole_days"],
        summary=row["title"] or "",
        location=", ".join(part for part in (row["venue"], row["city"]) if part),
        url=link(settings.public_url, language, f"/desk/{row['org']}/events/{row['registration']}"),
        status="CANCELLED" if off else "CONFIRMED",
        created_at=row["created_at"],
        changed_at=changed,
    )


async def events_of(organisation: int, language: str) -> Sequence[Mapping[str, Any]]:
    """Events that are not over for which a firm has, or waits for, a place; rows of EVENTS."""
    return await fetch(
        f"""{EVENTS} AND r.organisation = $1 AND v.state = 'PUBLISHED' AND v.ends_at > now()
            AND r.state IN ('APPLIED', 'CONFIRMED', 'WAITLISTED', 'OFFERED', 'ATTENDED')
        ORDER BY v.starts_at, v.id LIMIT 200""",
        organisation,
        language,
    )
