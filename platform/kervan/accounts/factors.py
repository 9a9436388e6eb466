"""The second factor of a person: set up, given at sign-in, replaced by recovery codes, switched off."""

from datetime import UTC, datetime
from typing import Literal

from asyncpg import Connection

from kervan import audit, vault
from kervan.accounts import sessions, totp
from kervan.accounts.callers import Caller, is_staff
from kervan.db import transaction
from kervan.errors import Conflict, Invalid
from kervan.notifications.letters import send
from kervan.trade.errors import N_

SEALED_FOR = "totp"
_OFFERED_FOR = "totp offered"

WRONG_CODE = N_("This code is not right. Type the six digits that your app shows now.")


def offer(caller: Caller) -> str:
    """A new secret for the caller, sealed: it travels in the form until a code of it was typed."""
    return vault.seal(f"{caller.public_id} {totp.new_secret()}", _OFFERED_FOR)


def offered(caller: Caller, sealed: str) -> str | None:
    """The secret of an offer that was made to this caller."""
    try:
        owner, _, secret = vault.unseal(sealed, _OFFERED_FOR).partition(" ")
    except vault.Broken:
        return None
    return secret if owner == caller.public_id else None


async def switch_on(caller: Caller, secret: str, code: str) -> tuple[str, list[str]]:
    """Sets the factor up when the code belongs to the secret: the session's new token and ten recovery codes.

    All other sessions end. Raises Invalid beside `code`, and Conflict when there is a factor already.
    """
    step = totp.matching_step(secret, code, None, datetime.now(UTC))
    if step is None:
        raise Invalid(fields={"code": WRONG_CODE})
    async with transaction() as tx:
        conn = tx.connection
        done = await conn.fetchval(
            """UPDATE person SET totp_secret = $2, totp_confirmed_at = now(), totp_step = $3, updated_at = now()
            WHERE id = $1 AND totp_confirmed_at IS NULL AND state = 'ACTIVE' RETURNING id""",
            caller.person,
            vault.seal(secret, SEALED_FOR),
            step,
        )
        if done is None:
            raise Conflict(N_("There is a second factor already. Switch it off first."))
        codes = await _new_codes(conn, caller.person)
        await sessions.end_all(conn, caller.person, but=caller.session)
        token = await sessions.turn_over(conn, caller.session or 0, factor=True)
        await audit.record(caller.actor, "person.factor_on", "person", caller.person)
        await _tell(caller, on=True)
    return token, codes


async def accept(conn: Connection, person: int, code: str) -> Literal["app", "recovery"] | None:
    """What kind of code this was, used up now, inside a transaction; None when it is none of the person's."""
    row = await conn.fetchrow(
        "SELECT totp_secret, totp_step FROM person WHERE id = $1 AND totp_confirmed_at IS NOT NULL FOR UPDATE",
        person,
    )
    if row is None:
        return None
    secret = vault.unseal(row["totp_secret"], SEALED_FOR)
    step = totp.matching_step(secret, code, row["totp_step"], datetime.now(UTC))
    if step is not None:
        await conn.execute("UPDATE person SET totp_step = $2 WHERE id = $1", person, step)
        return "app"
    used = await conn.fetchval(
        """UPDATE recovery_code SET used_at = now() WHERE id =
            (SELECT id FROM recovery_code WHERE person = $1 AND code_hash = $2 AND used_at IS NULL LIMIT 1)
        RETURNING id""",
        person,
        totp.code_hash(code),
    )
    if used is None:
        return None
    await audit.record(f"user:{person}", "person.recovery_code_used", "person", person)
    return "recovery"


async def renew_codes(caller: Caller) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing. Raises Conflict without a factor."""
    async with transaction() as tx:
        has_factor = await tx.connection.fetchval(
            "SELECT totp_confirmed_at IS NOT NULL FROM person WHERE id = $1 FOR UPDATE", caller.person
        )
        if not has_factor:
            raise Conflict(N_("Set up the second factor first."))
        codes = await _new_codes(tx.connection, caller.person)
        await audit.record(caller.actor, "person.recovery_codes_renewed", "person", caller.person)
    return codes


async def switch_off(caller: Caller) -> None:
    """Takes the factor away. Raises Conflict for staff, who must have one."""
    if any(is_staff(membership) for membership in caller.memberships):
        raise Conflict(N_("Your office asks for a second factor: it cannot be switched off."))
    async with transaction() as tx:
        conn = tx.connection
        done = await conn.fetchval(
            """UPDATE person SET totp_secret = NULL, totp_confirmed_at = NULL, updated_at = now()
            WHERE id = $1 AND totp_confirmed_at IS NOT NULL RETURNING id""",
            caller.person,
        )
        if done is None:
            return
        await conn.execute("DELETE FROM recovery_code WHERE person = $1", caller.person)
        await audit.record(caller.actor, "person.factor_off", "person", caller.person)
        await _tell(caller, on=False)


async def _new_codes(conn: Connection, person: int) -> list[str]:
    codes = totp.recovery_codes()
    await conn.execute("DELETE FROM recovery_code WHERE person = $1", person)
    await conn.executemany(
        "INSERT INTO recovery_code (person, code_hash) VALUES ($1, $2)",
        [(person, totp.code_hash(code)) for code in codes],
    )
    return codes


async def _tell(caller: Caller, *, on: bool) -> None:
    await send(
        "second_factor_changed", caller.email, caller.language, person=caller.person, name=caller.name, on=on
    )
