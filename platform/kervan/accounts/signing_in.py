"""Signing in: the password, the second factor when there is one, and a new session each time."""

from typing import Any

from asyncpg import Connection
from litestar import Request
from litestar.datastructures import Cookie

from kervan.accounts import devices, factors, passwords, queries, registration, sessions, throttle
from kervan.accounts.callers import Caller, caller_of
from kervan.accounts.middleware import session_cookie_of
from kervan.accounts.queries import Person
from kervan.accounts.tables import PersonState
from kervan.db import execute, transaction
from kervan.errors import Conflict, Invalid, TooMany
from kervan.mail.service import send
from kervan.trade.emails import Email
from kervan.trade.errors import N_

REFUSED = N_(
    "The e-mail address or the password is not right. If you have just registered, open the link in our mail first."
)
WRONG_CODE = N_("This code is not right, or it was used already. Wait for the next one and type that.")


async def by_password(request: Request[Any, Any, Any], email: Email | None, password: str) -> Person:
    """The active person of an address and a password; `email` is None for a text that is no address.

    Everybody else is refused by one and the same sentence (Invalid) after the same work. Those who knew the
    password but may not come in are told why by mail.
    """
    person = await queries.person_by_key(email.key) if email else None
    good = await passwords.verify(person.password_hash if person else None, password)
    if person is None or not good:
        raise Invalid(REFUSED)
    if person.state != PersonState.ACTIVE:
        await _tell_why(request, person)
        raise Invalid(REFUSED)
    await _renew_hash(person, password)
    await throttle.forgive("sign-in", person.email_key)
    return person


async def _tell_why(request: Request[Any, Any, Any], person: Person) -> None:
    try:
        await throttle.spend("mail", request, person.email_key)
    except TooMany:
        return  # enough mails say it already
    if person.state == PersonState.PENDING_EMAIL:
        await registration.confirm_again(_address_of(person), person.language)
    elif person.state == PersonState.SUSPENDED:
        async with transaction():
            await send(
                "account_suspended", person.email, person.language,
                person=person.id, name=person.name, reason=person.state_reason or "",
            )  # fmt: skip


def _address_of(person: Person) -> Email:
    return Email(shown=person.email, key=person.email_key, domain=person.email_key.rpartition("@")[2])


async def _renew_hash(person: Person, password: str) -> None:
    """The hash with today's parameters: only now is the password known."""
    if person.password_hash is None or not passwords.needs_rehash(person.password_hash):
        return
    await execute(
        "UPDATE person SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
        person.id,
        await passwords.hash(password),
        person.password_hash,
    )


async def open_session(request: Request[Any, Any, Any], person: Person) -> Cookie:
    """The cookie of a new session: a half one when the person has a second factor. The browser's old session ends."""
    whole = not person.has_factor
    device, address = device_of(request), throttle.address_of(request)
    async with transaction() as tx:
        await _end_old(tx.connection, request)
        token = await sessions.begin(
            tx.connection, person.id, whole=whole, factor=False, device=device, address=address
        )
        if whole:
            await devices.note(tx.connection, person.id, device, address)
    return session_cookie_of(request, token)


async def sign_in_cookie(request: Request[Any, Any, Any], person: int) -> Cookie:
    """The same for a person's id, after an invitation or a claim was accepted. Raises Conflict for no active person."""
    found = await queries.person(person)
    if found is None or found.state != PersonState.ACTIVE:
        raise Conflict(N_("This account is not open."))
    return await open_session(request, found)


def device_of(request: Request[Any, Any, Any]) -> str:
    """The browser and system that ask, for people."""
    return devices.name(request.headers.get("user-agent", ""))


async def _end_old(conn: Connection, request: Request[Any, Any, Any]) -> None:
    old = caller_of(request) or half_of(request)
    if old is not None:
        await conn.execute("DELETE FROM session WHERE id = $1", old.session)


def half_of(request: Request[Any, Any, Any]) -> Caller | None:
    """Who has given the password in this browser and still owes the second factor."""
    found: Caller | None = request.scope["state"].get("half")
    return found


def owing_of(request: Request[Any, Any, Any]) -> Caller | None:
    """Who owes a code: a half session, or one that became staff's or was begun before the factor was set up."""
    caller = caller_of(request)
    if caller is not None and caller.has_factor and not caller.factor_given:
        return caller
    return half_of(request)


async def give_factor(request: Request[Any, Any, Any], caller: Caller, code: str) -> tuple[Cookie, bool]:
    """The cookie of the session made whole by a code of the app or a recovery code, and whether it was the latter.

    Raises Invalid beside `code`, and TooMany.
    """
    await throttle.spend("code", request, caller.person)
    device, address = device_of(request), throttle.address_of(request)
    async with transaction() as tx:
        used = await factors.accept(tx.connection, caller.person, code)
        if used is None:
            raise Invalid(fields={"code": WRONG_CODE})
        token = await sessions.turn_over(tx.connection, caller.session or 0, factor=True)
        await devices.note(tx.connection, caller.person, device, address)
    await throttle.forgive("code", caller.person)
    return session_cookie_of(request, token), used == "recovery"


async def sign_out(caller: Caller | None) -> None:
    """Ends the caller's session, whole or half."""
    if caller is not None:
        await execute("DELETE FROM session WHERE id = $1", caller.session)


async def prove(request: Request[Any, Any, Any], caller: Caller, password: str) -> Cookie:
    """The cookie of the session after its person typed the password once more. Raises as check_password() does."""
    await check_password(request, caller, password)
    async with transaction() as tx:
        token = await sessions.turn_over(tx.connection, caller.session or 0, proved=True)
    return session_cookie_of(request, token)


async def check_password(request: Request[Any, Any, Any], caller: Caller, password: str) -> None:
    """Counts a try to type the person's own password. Raises Invalid beside `password`, and TooMany."""
    await throttle.spend("sign-in", request, caller.person)
    person = await queries.person(caller.person)
    if not await passwords.verify(person.password_hash if person else None, password):
        raise Invalid(fields={"password": N_("This is not your password.")})
    await throttle.forgive("sign-in", caller.person)
