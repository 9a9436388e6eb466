"""People without an account: they ask to be invited to an event, the organiser invites them or declines."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection

from kervan import audit, reasons
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.events import access
from kervan.events.tables import EventState, RegistrationBy
from kervan.ids import new_public_id
from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.registrations import happening, places, telling
from kervan.registrations.structs import Guest
from kervan.trade import countries, emails
from kervan.trade.errors import N_
from kervan.web.forms import is_unfit

LONGEST_NOTE = 600
LONGEST_FIRM = 200

_ASK = """
INSERT INTO event_guest (public_id, event, name, email, email_key, firm, country, language, note)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (event, email_key) DO NOTHING RETURNING id
"""
# Whoever has an account by now registers without an invitation.
_JOINED = """
WITH found AS (
    SELECT g.id, g.event, g.state, p.id AS person, p.language FROM event_guest g
    JOIN person p ON p.email_key = g.email_key AND p.state = 'ACTIVE'
    WHERE g.state IN ('ASKED', 'INVITED') AND ($1::bigint IS NULL OR p.id = $1) FOR UPDATE OF g
)
UPDATE event_guest g SET state = 'JOINED' FROM found WHERE g.id = found.id
RETURNING found.event, found.state, found.person, found.language
"""
_LIST = """
SELECT public_id, name, email, firm, country, note, state, reason, created_at, decided_at FROM event_guest
WHERE event = $1 AND email_key NOT LIKE '—%' AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT 500
"""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody without an account says of himself."""

    name: str
    email: str
    firm: str
    country: str
    note: str = ""


async def ask(event: str, asking: Asking, language: str) -> None:
    """Notes that somebody wants to be invited to an event (public id); the same address twice is noted once.

    Nothing tells the asker whether the address was known: not to this event, nor to the platform. Raises NotFound for
    an event that is not announced, Conflict when nobody can register any more, Invalid by field.
    """
    wrong: dict[str, KervanError | str] = {}
    name, firm = " ".join(asking.name.split()), " ".join(asking.firm.split())
    if not 2 <= len(name) <= 120 or is_unfit(name):
        wrong["name"] = N_("Say your name: 2 to 120 characters.")
    if not 2 <= len(firm) <= LONGEST_FIRM or is_unfit(firm):
        wrong["firm"] = Invalid(N_("Say your firm's name, with at most {n} characters."), n=LONGEST_FIRM)
    if not countries.is_country(asking.country):
        wrong["country"] = N_("Please choose one.")
    if len(asking.note) > LONGEST_NOTE or is_unfit(asking.note):
        wrong["note"] = Invalid(N_("At most {n} characters."), n=LONGEST_NOTE)
    if wrong:
        raise Invalid(fields=wrong)
    address = emails.address(asking.email)
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow(f"{places.EVENT} WHERE e.public_id = $1", event)
        if row is None or row["published_at"] is None:
            raise NotFound()
        if (
            row["state"] != EventState.PUBLISHED
            or row["registration"] != RegistrationBy.PLATFORM
            or await conn.fetchval("SELECT now() >= $1", row["ends_at"])
        ):
            raise Conflict(N_("Registration is over."))
        new = await conn.fetchval(
            _ASK, new_public_id(), row["id"], name, address.shown, address.key, firm, asking.country, language,
            asking.note.strip(),
        )  # fmt: skip
        if new is not None:
            await telling.guest_asks(conn, row)


async def decide(caller: Caller, event: str, guest: str, invite: bool, reason: str = "") -> None:
    """Invites a guest by mail, with the way to an account and back to the event, or declines with a reason.

    Raises NotFound for who does not look after the event, Conflict for a guest that was answered already.
    """
    seat = await access.organised(caller, event)
    why = reasons.optional(reason) if invite else reasons.needed(reason)
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow(f"{places.EVENT} WHERE e.id = $1", seat.id)
        found = await conn.fetchrow(
            """UPDATE event_guest SET state = $3::text, reason = $4, decided_at = now(), decided_by = $5
            WHERE event = $1 AND public_id = $2 AND (state = 'ASKED' OR state = 'DECLINED' AND $3::text = 'INVITED')
            RETURNING *""",
            seat.id,
            guest,
            "INVITED" if invite else "DECLINED",
            why,
            caller.person,
        )
        if found is None:
            if await conn.fetchval(
                "SELECT id FROM event_guest WHERE event = $1 AND public_id = $2", seat.id, guest
            ):
                raise Conflict(N_("This guest was answered already."))
            raise NotFound()
        language = found["language"]
        register = f"{happening.path(row, language)}/register"
        await send(
            "event_guest", found["email"], language, name=found["name"], invited=invite, reason=why or "",
            title=happening.title(row, language), when=happening.when(row, language),
            place=happening.place(row, language), organiser=row["organiser_name"],
            go="/register/importer" if invite else happening.path(row, language), register=register,
        )  # fmt: skip
        await audit.record(
            caller.actor, "event.guest_invited" if invite else "event.guest_declined", "event", event,
            after={"guest": guest}, reason=why,
        )  # fmt: skip


async def joined(conn: Connection, person: int | None) -> None:
    """Marks what a person (None: anybody) asked for as a guest: he has an account now. Invited ones find the way back
    to the event under their bell."""
    for row in await conn.fetch(_JOINED, person):
        event = await conn.fetchrow(f"{places.EVENT} WHERE e.id = $1", row["event"])
        if row["state"] == "INVITED" and event["state"] == EventState.PUBLISHED:
            await notifications.tell(
                conn,
                [row["person"]],
                "guest_joined",
                {"title": happening.title(event, row["language"])},
                f"{happening.path(event, row['language'])}/register",
                f"guest_joined-{event['public_id']}",
            )


async def mark_joined() -> None:
    """Marks all guests whose address has an account by now; for a round."""
    async with transaction() as tx:
        await joined(tx.connection, None)


async def of_event(event: int, state: str = "") -> Sequence[Guest]:
    """Guests of an event (trade_event.id), the newest first."""
    return [Guest(**row) for row in await fetch(_LIST, event, state)]
