"""Deleting an account: at once when nothing is open, else as soon as it is closed.

What stays is a number: the person's row without name and address, what they did under `user:<id>`, and that a
consent was given and withdrawn. A firm that nobody is left in is closed with them.
"""

from datetime import datetime

import msgspec
import structlog
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts import passwords, people, queries
from kervan.db import execute, fetch, transaction
from kervan.errors import Invalid, NotFound
from kervan.files import store
from kervan.mail.service import send
from kervan.organisations import tasks
from kervan.organisations.service import end_membership
from kervan.privacy import consents
from kervan.privacy.firms import close_firm, forget_contact
from kervan.privacy.open_matters import open_matters
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

WRONG_PASSWORD = N_("This is not your password.")
NOT_SURE = N_("Tick that you have read this.")
BLANK = "—"

_OWN_FIRMS = """
SELECT o.id, o.public_id, o.kind,
    NOT EXISTS (SELECT FROM membership c JOIN person q ON q.id = c.person
        WHERE c.organisation = o.id AND c.person <> $1 AND c.ended_at IS NULL
            AND q.state IN ('ACTIVE', 'PENDING_EMAIL')) AS alone
FROM membership m JOIN organisation o ON o.id = m.organisation
WHERE m.person = $1 AND m.ended_at IS NULL AND o.closed_at IS NULL ORDER BY o.id
"""
_FORGET = (
    "DELETE FROM saved_product WHERE person = $1",
    "DELETE FROM saved_exporter WHERE person = $1",
    "DELETE FROM saved_search WHERE person = $1",
    "UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE created_by = $1",
    "UPDATE exporter_claim SET message = '—', document_path = NULL, document_name = NULL WHERE person = $1",
    "DELETE FROM cart WHERE person = $1",
    "DELETE FROM event_news WHERE person = $1",
    """UPDATE event_delivery SET address_key = '—', domain = '—', detail = NULL, opened_at = NULL,
        state = CASE WHEN state = 'QUEUED' THEN 'SUPPRESSED' ELSE state END WHERE person = $1""",
    "DELETE FROM calendar_feed WHERE person = $1",
    # Who is left in the firm takes over what is to come; what was said of past meetings is the firm's.
    """UPDATE meeting SET exporter_person = NULL, updated_at = now()
    WHERE exporter_person = $1 AND state IN ('PLANNED', 'PROPOSED', 'CONFIRMED')""",
    """UPDATE meeting SET importer_person = NULL, updated_at = now()
    WHERE importer_person = $1 AND state IN ('PLANNED', 'PROPOSED', 'CONFIRMED')""",
    "DELETE FROM notification WHERE person = $1",
    # Under the clock of the ledger: else an announcement could wait for these rows, and these for it.
    "UPDATE alert_clock SET tick = tick + 1 WHERE EXISTS (SELECT FROM alert WHERE person = $1)",
    "DELETE FROM alert WHERE person = $1",
    # The papers of an order keep what the law wants kept; who takes the parcel in is not needed any more.
    "UPDATE trade_order SET delivery = delivery - 'contact' - 'phone' WHERE ordered_by = $1",
    "UPDATE inquiry SET delivery = delivery - 'contact' - 'phone' WHERE person = $1",
    # Who is named as one of those who come for his firm does not come any more.
    """UPDATE registration_participant p SET name = '—', job = '',
        removed_at = CASE WHEN p.checked_in_at IS NULL THEN coalesce(p.removed_at, now()) ELSE p.removed_at END
    FROM registration r, person q WHERE r.id = p.registration AND q.id = $1 AND lower(p.name) = lower(q.name)
        AND r.organisation IN (SELECT organisation FROM membership WHERE person = $1)""",
    # That and when it was given and withdrawn, and to which text: nothing else is needed as proof.
    """UPDATE consent SET evidence = jsonb_build_object('where', evidence -> 'where'),
        withdrawal = jsonb_build_object('where', withdrawal -> 'where') WHERE person = $1""",
)
_FORGET_ADDRESS = (
    """UPDATE invitation SET email = '—', email_key = '—', withdrawn_at = coalesce(withdrawn_at, accepted_at, now())
    WHERE email_key = $1""",
    """UPDATE enrolment SET email = '—', email_key = '—', token_hash = NULL,
        withdrawn_at = coalesce(withdrawn_at, claimed_at, now()) WHERE email_key = $1""",
    """UPDATE event_guest SET name = '—', email = '—', email_key = '—' || id, firm = '', note = '', reason = NULL
    WHERE email_key = $1""",
    "DELETE FROM suppression WHERE address_key = $1",
)
_STOP_MAILS = """
UPDATE mail SET state = 'SUPPRESSED', context = NULL, last_error = 'the account was deleted'
WHERE (person = $1 OR address_key = $2) AND state = 'QUEUED'
"""
_BLANK_MAILS = """
UPDATE mail SET to_address = '—', address_key = '—', subject = NULL, context = NULL, last_error = NULL
WHERE state <> 'QUEUED' AND address_key <> '—' AND (person = $1 OR address_key = $2)
"""
# The goodbye goes out after the account is gone; its address goes with the next round.
_BLANK_SENT = """
UPDATE mail m SET to_address = '—', address_key = '—', subject = NULL, context = NULL, last_error = NULL
FROM erasure e WHERE e.person = m.person AND e.done_at IS NOT NULL AND m.state <> 'QUEUED' AND m.address_key <> '—'
"""


class Wish(msgspec.Struct, frozen=True):
    """A wish to be deleted that has to wait, and why."""

    asked_at: datetime
    deferred_for: str


async def open_wish(person: int) -> Wish | None:
    """The person's wish that is neither carried out nor taken back."""
    rows = await fetch(
        """SELECT asked_at, coalesce(deferred_for, '') AS deferred_for FROM erasure
        WHERE person = $1 AND done_at IS NULL AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1""",
        person,
    )
    return Wish(rows[0]["asked_at"], rows[0]["deferred_for"]) if rows else None


async def ask(person: int, password: str) -> bool:
    """Deletes the person now (True), or notes the wish and the reasons that it has to wait for (False).

    Raises Invalid beside `password` when it is wrong.
    """
    found = await queries.person(person)
    if found is None:
        raise NotFound()
    if not await passwords.verify(found.password_hash, password):
        raise Invalid(fields={"password": WRONG_PASSWORD})
    reasons = await open_matters(person, found.language)
    if not reasons:
        return await _carry_out(person)
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute("SELECT FROM person WHERE id = $1 FOR UPDATE", person)
        reason = "\n".join(reasons)
        known = await conn.fetchval(
            """UPDATE erasure SET deferred_for = $2
            WHERE person = $1 AND done_at IS NULL AND withdrawn_at IS NULL RETURNING id""",
            person,
            reason,
        )
        if known is None:
            await conn.execute("INSERT INTO erasure (person, deferred_for) VALUES ($1, $2)", person, reason)
            await audit.record(f"user:{person}", "person.deletion_deferred", "person", person)
            await send(
                "deletion_deferred", found.email, found.language, person=person, name=found.name, reason=reason,
                go="/privacy",
            )  # fmt: skip
    return False


async def take_back(person: int) -> None:
    """The person wants to stay after all."""
    async with transaction() as tx:
        done = await tx.connection.fetchval(
            """UPDATE erasure SET withdrawn_at = now()
            WHERE person = $1 AND done_at IS NULL AND withdrawn_at IS NULL RETURNING id""",
            person,
        )
        if done is not None:
            await audit.record(f"user:{person}", "person.deletion_withdrawn", "person", person)


async def _carry_out(person: int) -> bool:
    """Everything of the person that needs not stay is gone afterwards; files after the commit."""
    async with transaction() as tx:
        conn = tx.connection
        row = await conn.fetchrow(
            "SELECT name, email, email_key, language, state FROM person WHERE id = $1 FOR UPDATE", person
        )
        if row is None or row["state"] == "CLOSED":
            return False
        files = await _leave(conn, person, row)
        files += await forget(conn, person, row, f"user:{person}")
        await audit.record(
            f"user:{person}", "person.deleted", "person", person, {"state": row["state"]}, {"state": "CLOSED"}
        )
        await send("account_closed", row["email"], row["language"], person=person)
    await delete_files(files)
    return True


async def _leave(conn: Connection, person: int, row: Record) -> list[str]:
    """Ends the person's places; firms that stay empty are closed. Returns the files that nobody needs any more."""
    files: list[str] = []
    for firm in await conn.fetch(_OWN_FIRMS, person):
        if firm["alone"] and firm["kind"] in ("EXPORTER", "IMPORTER"):
            files += await close_firm(conn, firm, row["name"], f"user:{person}")
            await conn.execute(
                "UPDATE membership SET ended_at = now() WHERE organisation = $1 AND ended_at IS NULL",
                firm["id"],
            )
        else:
            await forget_contact(conn, firm["id"], person, row)
            await end_membership(
                conn, firm["id"], person, actor=f"user:{person}", reason="account deleted", told=True
            )
    return files


async def leave_places(conn: Connection, person: int, row: Record, actor: str, reason: str) -> None:
    """Ends the memberships of a person (name, email) whom somebody else takes out, inside a transaction.

    Where the person was a firm's contact a colleague becomes it. Raises Conflict for the last owner of a firm and for
    the last administrator.
    """
    for place in await conn.fetch(
        """SELECT m.organisation FROM membership m JOIN organisation o ON o.id = m.organisation
        WHERE m.person = $1 AND m.ended_at IS NULL AND o.closed_at IS NULL ORDER BY o.id""",
        person,
    ):
        await forget_contact(conn, place["organisation"], person, row)
        await end_membership(conn, place["organisation"], person, actor=actor, reason=reason, told=True)
    # Of organisations that were closed before.
    await conn.execute(
        "UPDATE membership SET ended_at = now() WHERE person = $1 AND ended_at IS NULL", person
    )


async def forget(conn: Connection, person: int, row: Record, actor: str) -> list[str]:
    """Takes out what is kept of a person (name, email, email_key) who has left every place, and closes the account.

    Works inside a transaction. Returns the files to delete after it (delete_files).
    """
    papers = await conn.fetch(
        "SELECT document_path FROM exporter_claim WHERE person = $1 AND document_path IS NOT NULL", person
    )
    await tasks.release(conn, person)
    for claim in await conn.fetch(
        """UPDATE exporter_claim SET decided_at = now(), accepted = false
        WHERE person = $1 AND decided_at IS NULL RETURNING public_id""",
        person,
    ):
        await tasks.close_task(conn, tasks.EXPORTER_CLAIM, claim["public_id"])
    await _forget(conn, person, row, actor)
    await conn.execute(
        """UPDATE erasure SET done_at = now(), deferred_for = NULL
        WHERE person = $1 AND done_at IS NULL AND withdrawn_at IS NULL""",
        person,
    )
    await conn.execute(
        """INSERT INTO erasure (person, done_at) SELECT $1, now()
        WHERE NOT EXISTS (SELECT FROM erasure WHERE person = $1 AND done_at IS NOT NULL)""",
        person,
    )
    return [paper["document_path"] for paper in papers]


async def delete_files(paths: list[str]) -> None:
    """Deletes what nobody needs any more; after the commit."""
    for path in paths:
        await store.delete(path)


async def _forget(conn: Connection, person: int, row: Record, actor: str) -> None:
    for purpose in consents.PURPOSES:
        await consents.withdraw(conn, person, purpose, "deletion", actor)
    for statement in _FORGET:
        await conn.execute(statement, person)
    for statement in _FORGET_ADDRESS:
        await conn.execute(statement, row["email_key"])
    await conn.execute(_STOP_MAILS, person, row["email_key"])
    await conn.execute(_BLANK_MAILS, person, row["email_key"])
    # Invitations name who invites in their subject. Only those of the person are looked at, and only whole words:
    # somebody who is called "e" shall not take every e out of everybody's mails.
    await conn.execute(
        """UPDATE mail SET subject = replace(subject, $1, $2) WHERE template = 'invitation'
            AND public_id IN (SELECT m.public_id FROM mail m JOIN invitation i ON i.email_key = m.address_key
                WHERE i.invited_by = $3)
            AND position(' ' || $1 || ' ' in ' ' || subject || ' ') > 0""",
        row["name"],
        BLANK,
        person,
    )
    await people.erase(conn, person)


async def carry_out_deferred() -> int:
    """Deletes those whose wish had to wait and has nothing to wait for any more; returns how many. For a daily round.

    Also takes the addresses out of goodbyes that have been sent.
    """
    done = 0
    waiting = await fetch(
        "SELECT DISTINCT person FROM erasure WHERE done_at IS NULL AND withdrawn_at IS NULL ORDER BY person"
    )
    for row in waiting:
        if not await open_matters(row["person"]):
            done += await _carry_out(row["person"])
    await execute(_BLANK_SENT)
    if done:
        log.info("accounts deleted after a delay", count=done)
    return done
