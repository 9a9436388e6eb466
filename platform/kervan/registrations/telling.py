"""Who hears of a registration's steps: the firm by mail, calendar and bell; its programs; the organiser's people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from asyncpg import Connection, Record

from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.organisations.queries import IN_TERM
from kervan.organisations.roles import EVENTS, RIGHTS
from kervan.registrations import happening
from kervan.webhooks import service as webhooks

_PEOPLE = f"""
SELECT p.id, p.name, p.email, p.language, p.time_zone, m.role, o.kind FROM membership m
JOIN person p ON p.id = m.person JOIN organisation o ON o.id = m.organisation
WHERE m.organisation = $1 AND {IN_TERM} AND p.state = 'ACTIVE' AND o.closed_at IS NULL ORDER BY p.id LIMIT 50
"""

HOOKS: Mapping[str, str] = {
    "CONFIRMED": "registration.confirmed",
    "WAITLISTED": "registration.waitlisted",
    "OFFERED": "registration.offered",
    "CANCELLED": "registration.cancelled",
    "REJECTED": "registration.cancelled",
}
"""What programs of the firm hear, by the state that a step led to."""

_NOT_MAILED = frozenset({"attend", "miss", "reopen"})
_WITH_ENTRY = frozenset({"register", "confirm", "promote", "accept"})
_HAD_ENTRY = "CONFIRMED"


async def firm(conn: Connection, registration: Mapping[str, Any]) -> Sequence[Record]:
    """Who hears by mail: whoever registered the firm, while he works there, else all who may act for it."""
    people = await conn.fetch(_PEOPLE, registration["organisation"])
    own = [person for person in people if person["id"] == registration["person"]]
    return own or [person for person in people if person["role"] != "VIEWER"]


async def step(
    conn: Connection,
    event: Mapping[str, Any],
    before: str | None,
    registration: Mapping[str, Any],
    action: str,
    side: str,
    reason: str,
) -> None:
    """Tells of a step that led to the row `registration`; `event` is a row of places.EVENT."""
    if action not in _NOT_MAILED:
        cancelled = before == _HAD_ENTRY and registration["state"] == "CANCELLED"
        await _write(conn, event, registration, action, reason, cancelled)
    if action == "apply":
        await _organiser(conn, event)
    if hook := HOOKS.get(registration["state"]):
        data = {
            "id": registration["public_id"],
            "event": event["public_id"],
            "state": registration["state"],
            "action": action,
            "version": registration["version"],
            "offer_until": registration["offer_until"],
        }
        await webhooks.tell(
            [registration["organisation"]],
            hook,
            data,
            event_id=f"{registration['public_id']}-{registration['version']}",
        )


async def _write(
    conn: Connection,
    event: Mapping[str, Any],
    registration: Mapping[str, Any],
    action: str,
    reason: str,
    cancelled: bool,
) -> None:
    org = await conn.fetchval(
        "SELECT public_id FROM organisation WHERE id = $1", registration["organisation"]
    )
    go = f"/desk/{org}/events/{registration['public_id']}"
    people = await firm(conn, registration)
    for person in people:
        language, own = person["language"], person["time_zone"]
        calendar = None
        if action in _WITH_ENTRY or action == "moved" and registration["state"] == "CONFIRMED" or cancelled:
            calendar = happening.invitation(event, registration, person, go=go, cancelled=cancelled)
        until = registration["offer_until"]
        await send(
            "registration_step", person["email"], language, person=person["id"], name=person["name"], go=go,
            calendar=calendar, action=action, title=happening.title(event, language),
            when=happening.when(event, language, own), place=happening.place(event, language), reason=reason,
            answer=happening.moment(event, until, language, own) if until else "",
        )  # fmt: skip
        await notifications.tell(
            conn, [person["id"]], "registration_step",
            {"action": action, "title": happening.title(event, language)}, go,
            f"registration-{registration['public_id']}-{registration['version']}-{action}-{event['sequence']}",
            registration["organisation"],
        )  # fmt: skip


async def moved(conn: Connection, event: Mapping[str, Any], registration: Mapping[str, Any]) -> None:
    """Tells a firm that has registered of the event's other time or place, with a new calendar entry."""
    await _write(conn, event, registration, "moved", "", False)


async def organisers(conn: Connection, organisation: int) -> list[Record]:
    """The organiser's people who look after its events."""
    people = await conn.fetch(_PEOPLE, organisation)
    return [person for person in people if EVENTS in RIGHTS.get((person["kind"], person["role"]), ())]


async def _organiser(conn: Connection, event: Mapping[str, Any], kind: str = "registration_news") -> None:
    """One line under the bell for all that came in on a day."""
    people = await organisers(conn, event["organiser"])
    for person in people:
        await notifications.tell(
            conn,
            [person["id"]],
            kind,
            {"title": happening.title(event, person["language"])},
            f"/staff/events/{event['public_id']}/{'guests' if kind == 'guest_asks' else 'registrations'}",
            f"{kind}-{event['public_id']}-{datetime.now(UTC):%Y%m%d}",
            event["organiser"],
        )


async def guest_asks(conn: Connection, event: Mapping[str, Any]) -> None:
    """The organiser hears, once a day, that people without an account ask to be invited."""
    await _organiser(conn, event, "guest_asks")
