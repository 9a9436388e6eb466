"""Who hears of an event's way to its announcement: the Ministry that approves, the organiser that waits."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import Connection, Record

from kervan.accounts.callers import Caller
from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.organisations.queries import IN_TERM

_PEOPLE = f"""
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
JOIN organisation o ON o.id = m.organisation
WHERE (o.id = $1 OR $1 IS NULL AND o.kind = 'MINISTRY') AND {IN_TERM} AND p.state = 'ACTIVE' AND o.closed_at IS NULL
    AND p.id <> $2
ORDER BY p.id LIMIT 50
"""
_TITLE = """
SELECT title FROM event_text WHERE event = $1 ORDER BY language = $2 DESC, language = 'en' DESC, id LIMIT 1
"""

_TO_MINISTRY = frozenset({"submit"})
_TO_ORGANISER = frozenset({"approve", "return", "cancel"})


async def people(conn: Connection, organisation: int | None, but: int) -> Sequence[Record]:
    """Who works in an organisation now, or with None in the Ministry, except one person."""
    found: Sequence[Record] = await conn.fetch(_PEOPLE, organisation, but)
    return found


async def step(conn: Connection, row: Mapping[str, Any], action: str, caller: Caller, reason: str) -> None:
    """A mail and a line in the bell for those who have to act on a step or wait for it; `row` is moves.locked's."""
    if action in _TO_MINISTRY:
        told, organisation = await people(conn, None, caller.person), None
    elif action in _TO_ORGANISER:
        told, organisation = await people(conn, row["organiser"], caller.person), row["organiser"]
    else:
        return
    path = f"/staff/events/{row['public_id']}"
    titles: dict[str, str] = {}
    for person in told:
        language = person["language"]
        if language not in titles:
            titles[language] = await conn.fetchval(_TITLE, row["id"], language) or ""
        await send(
            "event_step", person["email"], language, person=person["id"], name=person["name"], go=path,
            action=action, title=titles[language], organiser=row["organiser_name"] or row["organisation_name"],
            reason=reason,
        )  # fmt: skip
    await notifications.tell(
        conn,
        [person["id"] for person in told],
        "event_step",
        {"action": action, "title": titles.get("en") or next(iter(titles.values()), "")},
        path,
        f"event-{row['public_id']}-{row['version']}-{action}",
        organisation,
    )
