"""What people change about themselves: name, language, time zone, password, e-mail address, open sessions."""

import asyncpg

from kervan import audit
from kervan.accounts import links, passwords, queries, sessions
from kervan.accounts.callers import Caller
from kervan.accounts.registration import LINK_IS_OVER
from kervan.accounts.tables import LinkPurpose
from kervan.db import execute, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.notifications.letters import send
from kervan.organisations import keys
from kervan.trade.emails import Email
from kervan.trade.errors import N_


async def change(caller: Caller, name: str, language: str, time_zone: str) -> None:
    """Another name, language of mails, or time zone (an IANA name)."""
    before = {"language": caller.language, "time_zone": caller.time_zone}
    after = {"language": language, "time_zone": time_zone}
    if (name, before) == (caller.name, after):
        return
    async with transaction() as tx:
        await tx.connection.execute(
            "UPDATE person SET name = $2, language = $3, time_zone = $4, updated_at = now() WHERE id = $1",
            caller.person,
            name,
            language,
            time_zone,
        )
        # The trail is for ever: it says that the name changed, not to what.
        after |= {"name": "changed"} if name != caller.name else {}
        await audit.record(caller.actor, "person.changed", "person", caller.person, before, after)


async def change_password(caller: Caller, old: str, new: str) -> str:
    """Another password: ends the person's other sessions and open links, and returns this session's new token.

    Raises Invalid beside `old`, and TradeError for a new one that may not be chosen.
    """
    person = await queries.person(caller.person)
    if person is None or not await passwords.verify(person.password_hash, old):
        raise Invalid(fields={"old": N_("This is not your password.")})
    passwords.check(new, about=(caller.name, caller.email))
    hashed = await passwords.hash(new)
    async with transaction() as tx:
        conn = tx.connection
        done = await conn.fetchval(
            """UPDATE person SET password_hash = $2, updated_at = now()
            WHERE id = $1 AND password_hash = $3 RETURNING id""",
            caller.person,
            hashed,
            person.password_hash,
        )
        if done is None:
            raise Conflict(N_("Your password was changed in another window a moment ago."))
        await links.void(conn, caller.person)
        await sessions.end_all(conn, caller.person, but=caller.session)
        token = await sessions.turn_over(conn, caller.session or 0, proved=True)
        await audit.record(caller.actor, "person.password_changed", "person", caller.person)
        await send(
            "password_changed", caller.email, caller.language, person=caller.person, name=caller.name,
            living=await keys.living(caller.person),
        )  # fmt: skip
    return token


async def ask_email(caller: Caller, email: Email) -> None:
    """Mails a link to the new address and a notice to the old one. Nothing tells whether the new one has an account
    but a mail to it. Raises Invalid beside `email` when it is the present one."""
    present = await queries.person(caller.person)
    if present is not None and present.email_key == email.key:
        raise Invalid(fields={"email": N_("This is your address already.")})
    other = await queries.person_by_key(email.key)
    async with transaction() as tx:
        if other is not None:
            await send("already_registered", other.email, other.language, person=other.id, name=other.name)
        else:
            payload = {"email": email.shown, "email_key": email.key}
            token = await links.new_link(
                tx.connection, caller.person, LinkPurpose.CHANGE_EMAIL, links.CHANGE_FOR, payload
            )
            await send("email_change_confirm", email.shown, caller.language, name=caller.name, token=token)
        await send(
            "email_change_asked", caller.email, caller.language,
            person=caller.person, name=caller.name, new=email.shown,
        )  # fmt: skip
        await audit.record(caller.actor, "person.email_asked", "person", caller.person)


async def change_email(token: str) -> int:
    """Puts the address of a link in the place of the old one and tells both; returns person.id.

    Links that were mailed to the old address end. Raises Conflict when the link is over or the address was taken
    meanwhile.
    """
    opened = await links.look(token, LinkPurpose.CHANGE_EMAIL)
    if opened is None:
        raise Conflict(LINK_IS_OVER)
    new = opened.payload
    try:
        async with transaction() as tx:
            conn = tx.connection
            if not await links.use(conn, token, LinkPurpose.CHANGE_EMAIL):
                raise Conflict(LINK_IS_OVER)
            await conn.execute(
                """UPDATE person SET email = $2, email_key = $3, email_confirmed_at = now(), updated_at = now()
                WHERE id = $1""",
                opened.person,
                new["email"],
                new["email_key"],
            )
            await links.void(conn, opened.person)
            await sessions.turn_all(conn, opened.person)
            await audit.record(f"user:{opened.person}", "person.email_changed", "person", opened.person)
            # Two letters, one line under the bell.
            told = f"email_changed {new_public_id()}"
            for to in (opened.email, new["email"]):
                await send(
                    "email_changed", to, opened.language,
                    person=opened.person, name=opened.name, old=opened.email, new=new["email"],
                    source=told,
                )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Conflict(N_("This address has an account of its own by now. Choose another one.")) from error
    return opened.person


async def end_session(caller: Caller, public_id: str) -> None:
    """Ends one of the caller's sessions. Raises NotFound for one that is not theirs or is over."""
    done = await execute("DELETE FROM session WHERE person = $1 AND public_id = $2", caller.person, public_id)
    if done == "DELETE 0":
        raise NotFound(N_("This session is over already."))


async def end_other_sessions(caller: Caller) -> int:
    """Ends all of the caller's sessions but this one; returns how many."""
    async with transaction() as tx:
        return await sessions.end_all(tx.connection, caller.person, but=caller.session)
