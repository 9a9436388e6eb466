"""What firms hear of a meeting day by mail and under the bell: that they are asked, and that it is called off."""

from collections.abc import Sequence

from asyncpg import Connection

from kervan.calendars import shown
from kervan.mail.service import send
from kervan.meetings import telling
from kervan.notifications import service as notifications

_FIRMS = """
SELECT p.id, p.organisation, o.public_id AS org, o.name AS firm, d.name AS title, d.public_id, d.wishes_until,
    h.name AS organiser, (SELECT min(starts_at) FROM meeting_slot s WHERE s.day = d.id) AS starts_at,
    (SELECT max(ends_at) FROM meeting_slot s WHERE s.day = d.id) AS ends_at, d.zone
FROM day_participant p JOIN meeting_day d ON d.id = p.day JOIN organisation o ON o.id = p.organisation
JOIN organisation h ON h.id = d.organiser WHERE p.day = $1 AND p.id = ANY($2::bigint[]) ORDER BY p.id
"""


async def tell(
    conn: Connection, day: int, action: str, participants: Sequence[int], reason: str = ""
) -> None:
    """Tells everybody who answers for these firms (day_participant.id); `action` is open or cancelled."""
    for firm in await conn.fetch(_FIRMS, day, list(participants)):
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
