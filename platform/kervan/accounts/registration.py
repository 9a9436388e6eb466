"""Registering and confirming: nobody learns whether an address has an account but its owner, by mail."""

from collections.abc import Awaitable, Callable

from asyncpg import Connection

from kervan import audit
from kervan.accounts import links, passwords, people, queries, states
from kervan.accounts.tables import LinkPurpose, PersonState
from kervan.db import transaction
from kervan.errors import Conflict, Invalid
from kervan.mail.service import send
from kervan.privacy.firms import close_firm
from kervan.trade.emails import Email
from kervan.trade.errors import N_

After = Callable[[Connection, int], Awaitable[None]]
"""What else is made for a new person (id), in the registration's transaction. It must not refuse what the form could
have refused: that would tell that the address was free."""

WRONG_PASSWORD = N_("This is not the password that you chose. Choose a new one if you have forgotten it.")
LINK_IS_OVER = N_("This link was used already, or its time is over. Ask for a new one.")

_EXISTING = "SELECT id, state, email, language, name FROM person WHERE email_key = $1 FOR UPDATE"
_AGAIN = """
UPDATE person SET name = $2, email = $3, password_hash = $4, language = $5, time_zone = $6, updated_at = now()
WHERE id = $1
"""
_EARLIER_FIRMS = """
SELECT o.id, o.public_id, i.contact_name FROM membership m JOIN organisation o ON o.id = m.organisation
JOIN importer i ON i.organisation = o.id
WHERE m.person = $1 AND m.ended_at IS NULL AND i.standing = 'PENDING_EMAIL' ORDER BY o.id
"""
# Whoever registered with the address before never showed that it is theirs: nothing of it goes over to its owner.
_FORGET_EARLIER = (
    "UPDATE membership SET ended_at = now() WHERE person = $1 AND ended_at IS NULL",
    "UPDATE consent SET withdrawn_at = now() WHERE person = $1 AND withdrawn_at IS NULL",
)
_WELCOME = """
UPDATE importer i SET standing = 'ACTIVE', updated_at = now(), version = i.version + 1
FROM membership m, organisation o
WHERE m.organisation = i.organisation AND o.id = i.organisation AND m.person = $1 AND m.role = 'OWNER'
    AND m.ended_at IS NULL AND o.closed_at IS NULL AND i.standing = 'PENDING_EMAIL'
RETURNING i.public_id, o.name
"""


async def register(
    *,
    name: str,
    email: Email,
    password: str,
    language: str,
    time_zone: str = "UTC",
    after: After | None = None,
) -> None:
    """Makes a person who may come in once the mailed link was opened, or tells an existing one by mail.

    The same answer and the same work (one hash, one mail) in both cases. The password was checked by
    passwords.check. Somebody who never confirmed begins anew: earlier links and what was made with them end.
    """
    hashed = await passwords.hash(password)
    async with transaction() as tx:
        conn = tx.connection
        try:
            person = await people.create(
                conn, name=name, email=email, password_hash=hashed, language=language, time_zone=time_zone
            )
        except Conflict:
            existing = await conn.fetchrow(_EXISTING, email.key)
            person = existing["id"]
            if existing["state"] != PersonState.PENDING_EMAIL:
                await send(
                    "already_registered",
                    existing["email"],
                    existing["language"],
                    person=person,
                    name=existing["name"],
                )
                return
            await conn.execute(_AGAIN, person, name, email.shown, hashed, language, time_zone)
            await forget_earlier(conn, person)
            await audit.record(f"user:{person}", "person.registered_again", "person", person)
        if after is not None:
            await after(conn, person)
        await _mail_confirmation(conn, person, name, email.shown, language)


async def forget_earlier(conn: Connection, person: int) -> None:
    """Ends what was made for an address that nobody had shown to be theirs, inside a transaction.

    The firm that was registered with it is closed; its contact and the work that it made for staff go.
    """
    for firm in await conn.fetch(_EARLIER_FIRMS, person):
        await close_firm(conn, firm, firm["contact_name"], f"user:{person}", "address registered anew")
    for statement in _FORGET_EARLIER:
        await conn.execute(statement, person)


async def _mail_confirmation(conn: Connection, person: int, name: str, email: str, language: str) -> None:
    token = await links.new_link(conn, person, LinkPurpose.CONFIRM_EMAIL, links.CONFIRM_FOR)
    await send("confirm_email", email, language, person=person, name=name, token=token)


async def confirm_again(email: Email, language: str) -> None:
    """Mails what there is to say to the address: a new link, that it is confirmed already, or that nobody has it."""
    async with transaction() as tx:
        row = await tx.connection.fetchrow(_EXISTING, email.key)
        if row is None:
            await send("no_account", email.shown, language)
        elif row["state"] == PersonState.PENDING_EMAIL:
            await _mail_confirmation(tx.connection, row["id"], row["name"], row["email"], row["language"])
        else:
            await send(
                "already_registered", row["email"], row["language"], person=row["id"], name=row["name"]
            )


async def confirm(token: str, password: str) -> queries.Person:
    """Opens the account of a confirmation link with the password that was chosen, and returns its person.

    A wrong password (Invalid, beside `password`) does not use the link up. Raises Conflict when the link is over.
    """
    opened = await links.look(token, LinkPurpose.CONFIRM_EMAIL)
    good = await passwords.verify(opened.password_hash if opened else None, password)
    if opened is None:
        raise Conflict(LINK_IS_OVER)
    if not good:
        raise Invalid(fields={"password": WRONG_PASSWORD})
    async with transaction() as tx:
        if not await links.use(tx.connection, token, LinkPurpose.CONFIRM_EMAIL):
            raise Conflict(LINK_IS_OVER)
        await activate(tx.connection, opened.person)
    found = await queries.person(opened.person)
    if found is None or found.state != PersonState.ACTIVE:
        raise Conflict(LINK_IS_OVER)
    return found


async def activate(conn: Connection, person: int) -> None:
    """Lets a person in whose address is shown to be theirs, and the importers that they own; inside a transaction.

    Nothing happens to a person who is in already.
    """
    row = await conn.fetchrow(
        "SELECT name, email, language, state FROM person WHERE id = $1 FOR UPDATE", person
    )
    if row["state"] == PersonState.ACTIVE:
        return
    states.check(row["state"], PersonState.ACTIVE)
    await conn.execute(
        "UPDATE person SET state = 'ACTIVE', email_confirmed_at = now(), updated_at = now() WHERE id = $1",
        person,
    )
    await audit.record(
        f"user:{person}", "person.confirmed", "person", person, {"state": row["state"]}, {"state": "ACTIVE"}
    )
    for importer in await conn.fetch(_WELCOME, person):
        await audit.record(
            f"user:{person}", "importer.standing", "importer", importer["public_id"],
            {"standing": "PENDING_EMAIL"}, {"standing": "ACTIVE"},
        )  # fmt: skip
        await send(
            "importer_welcome", row["email"], row["language"],
            person=person, name=row["name"], organisation=importer["name"],
        )  # fmt: skip
