"""What firms hear of a meeting day: that they are asked, that its agenda is made known, that it is called off."""

from collections.abc import Collection, Mapping, Sequence

from asyncpg import Connection

from kervan.calendars import shown
from kervan.mail.service import send
from kervan.meetings import telling
from kervan.notifications import service as notifications
from kervan.webhooks import service as webhooks

_FIRMS = """
SELECT p.id, p.organisation, o.public_id AS org, o.name AS firm, d.name AS title, d.public_id, d.wishes_until,
    h.name AS organiser, (SELECT min(starts_at) FROM meeting_slot s WHERE s.day = d.id) AS starts_at,
    (SELECT max(ends_at) FROM meeting_slot s WHERE s.day = d.id) AS ends_at, d.zone
FROM day_participant p JOIN meeting_day d ON d.id = p.day JOIN organisation o ON o.id = p.organisation
JOIN organisation h ON h.id = d.organiser WHERE p.day = $1 AND p.id = ANY($2::bigint[]) ORDER BY p.id
"""
_DAY = """
SELECT d.public_id AS id, d.name, d.state, d.version, d.day, d.zone, d.wishes_until, d.published_at,
    h.name AS organiser, e.public_id AS event,
    (SELECT min(starts_at) FROM meeting_slot s WHERE s.day = d.id) AS starts_at,
    (SELECT max(ends_at) FROM meeting_slot s WHERE s.day = d.id) AS ends_at
FROM meeting_day d JOIN organisation h ON h.id = d.organiser LEFT JOIN trade_event e ON e.id = d.event
WHERE d.id = $1
"""
_EVENTS: Mapping[str, str] = {"open": "meeting-day.opened", "cancelled": "meeting-day.cancelled"}


async def tell(
    conn: Connection, day: int, action: str, participants: Sequence[int], reason: str = ""
) -> None:
    """Tells everybody who answers for these firms (day_participant.id), and their programs.

    `action` is open or cancelled.
    """
    firms = await conn.fetch(_FIRMS, day, list(participants))
    await _hook(conn, day, _EVENTS[action], [firm["organisation"] for firm in firms])
    for firm in firms:
        people = await telling.people(conn, firm["organisation"])
        go = f"/desk/{firm['org']}/meeting-days/{firm['public_id']}"
        for person in people:
            language, own = person["language"], person["time_zone"]
            await send(
                "meeting_day", person["email"], language, person=person["id"], name=person["name"], action=action,
                title=firm["title"], organiser=firm["organiser"], reason=reason, go=go,
                when=shown.span_text(language, firm["starts_at"], firm["ends_at"], firm["zone"], False, own),
                closes=shown.at_text(language, firm["wishes_until"], firm["zone"], own),
            )  # fmt: skip
        await notifications.tell(
            conn, [person["id"] for person in people], "meeting_day",
            {"action": action, "title": firm["title"]}, go,
            f"meeting-day-{firm['public_id']}-{action}", firm["organisation"],
        )  # fmt: skip


async def published(conn: Connection, day: int) -> None:
    """Tells programs of all firms that come of an agenda (meeting_day.id); people get theirs by telling.agenda."""
    firms = await conn.fetch(
        "SELECT organisation FROM day_participant WHERE day = $1 AND state <> 'ABSENT'", day
    )
    await _hook(conn, day, "meeting-day.published", [firm["organisation"] for firm in firms])


async def _hook(conn: Connection, day: int, event: str, organisations: Collection[int]) -> None:
    told = dict(await conn.fetchrow(_DAY, day))
    event_id = f"{told['id']}-{event.partition('.')[2]}-{told['version']}"
    await webhooks.tell(organisations, event, told, event_id=event_id)
