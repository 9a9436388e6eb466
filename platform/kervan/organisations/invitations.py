"""Invitations: sent by mail, bound to the address, open for 72 hours, taken once."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from asyncpg import Connection, Record

from kervan import audit, vault
from kervan.accounts import links, people, registration, sessions
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, transaction
from kervan.errors import Conflict, Forbidden, Invalid, KervanError, NotFound, TooMany
from kervan.ids import new_public_id
from kervan.importers.takeover import taken_over
from kervan.mail.service import send
from kervan.organisations import service
from kervan.organisations.access import Managed
from kervan.organisations.roles import NAMES, roles_of
from kervan.organisations.tables import Kind, Role
from kervan.trade.emails import Email
from kervan.trade.errors import N_

OPEN_FOR = timedelta(hours=72)
MOST_OPEN = 50
"""Invitations of one organisation that are open at a time."""
MOST_A_DAY = 30
"""Invitations of one organisation in 24 hours: nobody shall use them to write to strangers."""
LONGEST_TERM = timedelta(days=366 * 6)
"""A term that is longer than this was mistyped; a rule of the platform, not a law."""

_FIND = """
SELECT i.email, i.email_key, i.role, i.valid_from, i.valid_to, i.expires_at, i.accepted_at, i.withdrawn_at,
    o.public_id AS organisation, o.kind, o.name, o.country, o.closed_at, inviter.name AS invited_by,
    inviter.state = 'ACTIVE' AS inviter_is_active,
    receiver.state AS account
FROM invitation i JOIN organisation o ON o.id = i.organisation JOIN person inviter ON inviter.id = i.invited_by
LEFT JOIN person receiver ON receiver.email_key = i.email_key
WHERE i.token_hash = $1
"""
_LOCK = """
SELECT FROM organisation WHERE id = (SELECT organisation FROM invitation WHERE token_hash = $1) FOR UPDATE
"""
_TAKE = """
UPDATE invitation SET accepted_at = now()
WHERE token_hash = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > now()
    AND EXISTS (SELECT FROM person p WHERE p.id = invited_by AND p.state = 'ACTIVE')
RETURNING public_id, organisation, email_key, role, valid_from, valid_to
"""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the one who holds its link sees it."""

    email: str
    email_key: str
    role: str
    valid_from: date | None
    valid_to: date | None
    expires_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None
    organisation: str
    """Public id of the organisation."""
    kind: str
    name: str
    country: str
    closed_at: datetime | None
    invited_by: str
    inviter_is_active: bool
    """False while the inviter is suspended: an account in wrong hands lets nobody in."""
    account: str | None
    """State of the account that has the invited address; None when there is none."""

    @property
    def needs_account(self) -> bool:
        """Nobody with the address can sign in yet: name and password are chosen with the acceptance.

        An account whose address was never confirmed counts as none: whoever opened it may not own the address.
        """
        return self.account in (None, "PENDING_EMAIL")

    @property
    def refusal(self) -> KervanError | None:
        """Why it cannot be taken any more; None while it can."""
        if self.accepted_at is not None:
            return Conflict(N_("This invitation was accepted already. Sign in to go to your desk."))
        if self.withdrawn_at is not None or self.closed_at is not None or not self.inviter_is_active:
            return Conflict(N_("This invitation was withdrawn. Ask {name} for a new one."), name=self.name)
        if self.expires_at <= datetime.now(UTC):
            return Conflict(
                N_("This invitation was open for 72 hours and is over. Ask {name} for a new one."),
                name=self.name,
            )
        return None


async def invite(
    caller: Caller,
    organisation: Managed,
    email: Email,
    role: str,
    language: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> str:
    """Mails an invitation and returns its public id; an open one to the same address is replaced.

    The mail is in the language of the receiver's account, else in `language`. A post's needs a term (both days
    count). Raises Invalid, and TooMany above 50 open ones or 30 a day.
    """
    _check(organisation, role, valid_from, valid_to)
    token, public_id = vault.new_token(), new_public_id()
    async with transaction() as tx:
        conn = tx.connection
        await service.lock(conn, organisation.id)
        if await conn.fetchval(
            """SELECT true FROM membership m JOIN person p ON p.id = m.person
            WHERE m.organisation = $1 AND p.email_key = $2 AND m.ended_at IS NULL
                AND coalesce(m.valid_to, current_date) >= current_date""",
            organisation.id,
            email.key,
        ):
            raise Invalid(fields={"email": N_("This person is a member already.")})
        await conn.execute(
            """UPDATE invitation SET withdrawn_at = now()
            WHERE organisation = $1 AND email_key = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL""",
            organisation.id,
            email.key,
        )
        await _refuse_too_many(conn, organisation.id)
        await conn.execute(
            """INSERT INTO invitation (public_id, token_hash, organisation, email, email_key, role, valid_from,
                valid_to, invited_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval)""",
            public_id, vault.token_hash(token), organisation.id, email.shown, email.key, role, valid_from, valid_to,
            caller.person, OPEN_FOR,
        )  # fmt: skip
        await audit.record(
            caller.actor, "invitation.sent", "organisation", organisation.public_id,
            after={"invitation": public_id, "role": role, "from": valid_from, "to": valid_to},
        )  # fmt: skip
        known = await conn.fetchrow("SELECT id, name, language FROM person WHERE email_key = $1", email.key)
        await send(
            "invitation", email.shown, known["language"] if known else language,
            person=known["id"] if known else None, name=known["name"] if known else "",
            inviter=caller.name, organisation=organisation.name, role=NAMES[Role(role)], token=token,
        )  # fmt: skip
    return public_id


def _check(organisation: Managed, role: str, valid_from: date | None, valid_to: date | None) -> None:
    wrong = {}
    if role not in roles_of(organisation.kind) or organisation.kind == Kind.MINISTRY:
        wrong["role"] = N_("This cannot be chosen here.")
    today = datetime.now(UTC).date()
    if organisation.kind == Kind.POST and valid_from is None:
        wrong["valid_from"] = N_("A post has a term: say when it begins.")
    if organisation.kind == Kind.POST and valid_to is None:
        wrong["valid_to"] = N_("A post has a term: say when it ends.")
    if valid_to is not None:
        begins = valid_from or today
        if valid_to < max(begins, today):
            wrong["valid_to"] = N_("The term must end after it begins, and not in the past.")
        elif valid_to - begins > LONGEST_TERM:
            wrong["valid_to"] = N_("A term lasts at most six years.")
    if wrong:
        raise Invalid(fields=wrong)


async def _refuse_too_many(conn: Connection, organisation: int) -> None:
    row = await conn.fetchrow(
        """SELECT
            count(*) FILTER (WHERE accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > now()) AS waiting,
            count(*) FILTER (WHERE created_at > now() - interval '1 day') AS today
        FROM invitation WHERE organisation = $1 AND created_at > now() - interval '4 days'""",
        organisation,
    )
    if row["waiting"] >= MOST_OPEN:
        raise Conflict(N_("{n} invitations are open. Withdraw one first."), n=MOST_OPEN)
    if row["today"] >= MOST_A_DAY:
        raise TooMany(
            N_("You have sent {n} invitations today. Go on tomorrow."), n=MOST_A_DAY, retry_after=3600
        )


async def withdraw(caller: Caller, organisation: Managed, public_id: str) -> None:
    """Makes the link of an open invitation worthless. Raises NotFound for one of another organisation, Conflict for
    one that was accepted."""
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """UPDATE invitation SET withdrawn_at = CASE WHEN accepted_at IS NULL THEN coalesce(withdrawn_at, now()) END
            WHERE public_id = $1 AND organisation = $2 RETURNING accepted_at""",
            public_id,
            organisation.id,
        )
        if row is None:
            raise NotFound(N_("There is no such invitation."))
        if row["accepted_at"] is not None:
            raise Conflict(N_("This invitation was accepted in the meantime."))
        await audit.record(
            caller.actor,
            "invitation.withdrawn",
            "organisation",
            organisation.public_id,
            {"invitation": public_id},
        )


async def look(token: str) -> Offer:
    """The invitation of a link. Raises NotFound for a link that was never sent."""
    rows = await fetch(_FIND, vault.token_hash(token)) if len(token) == 43 and token.isascii() else ()
    if not rows:
        raise NotFound(N_("This link is not complete. Copy it from the mail once more."))
    return Offer(**rows[0])


async def accept(caller: Caller, token: str) -> str:
    """The signed-in person takes the place; returns the organisation's public id.

    Raises Forbidden when the invitation went to another address than the account's, Conflict when it is over or the
    person is a member already.
    """
    async with transaction() as tx:
        conn = tx.connection
        taken = await _take(conn, token)
        key = await conn.fetchval("SELECT email_key FROM person WHERE id = $1", caller.person)
        if key != taken["email_key"]:
            raise Forbidden(N_("This invitation is for another address than yours."))
        await _join(conn, taken, caller.person)
    return (await look(token)).organisation


async def accept_as_new(
    token: str, *, name: str, password_hash: str, language: str, time_zone: str = "UTC"
) -> tuple[int, str]:
    """The person whom the mail reached opens an account with the acceptance, active at once: the link proved the
    address. Returns person.id and the organisation's public id.

    An account with the address that was never confirmed becomes theirs, with this name and password; its sessions
    end. Raises Conflict when the invitation is over, or when there is an account that can sign in.
    """
    offer = await look(token)
    async with transaction() as tx:
        conn = tx.connection
        taken = await _take(conn, token)
        pending = await conn.fetchrow(
            "SELECT id, state FROM person WHERE email_key = $1 FOR UPDATE", taken["email_key"]
        )
        if pending is None:
            email = Email(offer.email, offer.email_key, offer.email_key.rpartition("@")[2])
            person = await people.create(
                conn, name=name, email=email, password_hash=password_hash, language=language,
                time_zone=time_zone, state="ACTIVE",
            )  # fmt: skip
        elif pending["state"] == "PENDING_EMAIL":
            person = pending["id"]
            await conn.execute(
                """UPDATE person SET name = $2, password_hash = $3, language = $4, time_zone = $5, updated_at = now()
                WHERE id = $1""",
                person,
                name,
                password_hash,
                language,
                time_zone,
            )
            await links.void(conn, person)
            await sessions.end_all(conn, person)
            await registration.forget_earlier(conn, person)
            await registration.activate(conn, person)
        else:
            raise Conflict(N_("There is an account with this address already. Sign in to accept."))
        await _join(conn, taken, person)
    return person, offer.organisation


async def _take(conn: Connection, token: str) -> Record:
    # The organisation first, as everything else that changes members does: nobody waits for each other crosswise.
    await conn.execute(_LOCK, vault.token_hash(token))
    taken = await conn.fetchrow(_TAKE, vault.token_hash(token))
    if taken is None:
        raise (await look(token)).refusal or Conflict()
    return taken


async def _join(conn: Connection, taken: Record, person: int) -> None:
    await service.add_member(
        conn, taken["organisation"], person, taken["role"], taken["valid_from"], taken["valid_to"]
    )
    await taken_over(conn, taken["organisation"], person)
    await audit.record(
        f"user:{person}",
        "invitation.accepted",
        "invitation",
        taken["public_id"],
        after={"role": taken["role"]},
    )


async def forget_old() -> None:
    """Deletes invitations 30 days after they ran out, with the addresses in them; the audit trail stays."""
    await execute("DELETE FROM invitation WHERE expires_at < now() - interval '30 days'")
