"""A forgotten password: the link that is mailed, and the new password that it lets choose."""

from kervan import audit
from kervan.accounts import links, passwords, queries, registration, sessions
from kervan.accounts.links import new_link as new_link
from kervan.accounts.tables import LinkPurpose, PersonState
from kervan.db import transaction
from kervan.errors import Conflict
from kervan.notifications.letters import send
from kervan.organisations import keys
from kervan.trade.emails import Email


async def ask(email: Email, language: str) -> None:
    """Mails a link for a new password to the address; to an address without account that it has none."""
    person = await queries.person_by_key(email.key)
    async with transaction() as tx:
        if person is None:
            await send("no_account", email.shown, language)
            return
        if person.state == PersonState.SUSPENDED:
            await send(
                "account_suspended", person.email, person.language,
                person=person.id, name=person.name, reason=person.state_reason or "",
            )  # fmt: skip
            return
        token = await links.new_link(tx.connection, person.id, LinkPurpose.RESET_PASSWORD, links.RESET_FOR)
        await send(
            "reset_password", person.email, person.language, person=person.id, name=person.name, token=token
        )


async def reset(token: str, password: str) -> queries.Person:
    """Gives the person of a link a new password and ends all their sessions and API keys; the second factor stays.

    The link shows that the address is theirs, so an account that waited for that is open now. Raises TradeError for
    a password that may not be chosen (the link still works then) and Conflict when the link is over.
    """
    opened = await links.look(token, LinkPurpose.RESET_PASSWORD)
    if opened is None:
        raise Conflict(registration.LINK_IS_OVER)
    passwords.check(password, about=(opened.name, opened.email))
    hashed = await passwords.hash(password)
    async with transaction() as tx:
        conn = tx.connection
        if not await links.use(conn, token, LinkPurpose.RESET_PASSWORD):
            raise Conflict(registration.LINK_IS_OVER)
        if opened.state == PersonState.PENDING_EMAIL:
            # Nobody has shown that whoever registered with this address owns it: who resets did not know the password.
            await registration.forget_earlier(conn, opened.person)
        await registration.activate(conn, opened.person)
        await conn.execute(
            "UPDATE person SET password_hash = $2, updated_at = now() WHERE id = $1", opened.person, hashed
        )
        await links.void(conn, opened.person)
        await sessions.end_all(conn, opened.person)
        await audit.record(f"user:{opened.person}", "person.password_reset", "person", opened.person)
        ended = await keys.revoke_all(conn, opened.person, opened.name)
        await send(
            "password_changed",
            opened.email,
            opened.language,
            person=opened.person,
            name=opened.name,
            ended=ended,
        )
    found = await queries.person(opened.person)
    if found is None:
        raise Conflict(registration.LINK_IS_OVER)
    return found
