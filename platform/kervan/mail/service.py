"""What the other rooms ask of the mail room: send, suppress, try again."""

from collections.abc import Mapping
from typing import Any

import msgspec

from kervan import audit, vault
from kervan.db import current, execute, fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.mail.compose import has_control_signs
from kervan.mail.letters import LETTERS, LONG_TEXTS, ONCE
from kervan.outbox import publish
from kervan.trade import emails
from kervan.trade.errors import N_
from kervan.web.i18n import BY_CODE

SEALED_FOR = "mail"
BULK = "mail.bulk"
"""The topic of mails that go to very many at once (letters.ONCE)."""
_LONGEST = 4000
CALENDAR = "calendar"
"""The key of the sealed context under which a calendar file waits."""
METHODS = ("PUBLISH", "REQUEST", "CANCEL")
_LARGEST_CALENDAR = 100_000
"""Octets. An entry has some thousand; more is no invitation."""

_INSERT = """
INSERT INTO mail (public_id, template, to_address, address_key, person, language, purpose, context)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
_SUPPRESS = """
INSERT INTO suppression (address_key, reason) VALUES ($1, $2) ON CONFLICT (address_key) DO NOTHING
"""
_RETRY = """
UPDATE mail SET state = 'QUEUED', attempts = 0, next_try_at = now(), last_error = NULL, handed_at = NULL
WHERE public_id = $1 AND state = 'FAILED' AND context IS NOT NULL RETURNING id, template
"""


async def send(
    template: str,
    to: str,
    language: str,
    *,
    person: int | None = None,
    purpose: str | None = None,
    calendar: Mapping[str, str] | None = None,
    **context: Any,
) -> str:
    """Queues one mail in the open transaction, and returns its public id; it goes out after the commit.

    `template` is one of LETTERS, `context` what it needs; `purpose` is the consent that the mail depends on: it is
    asked again when the mail goes out. Raises TradeError for an address that is none, and Invalid for a text that
    would break out of a header. An unknown template or language and a missing key are ValueErrors: the caller is
    wrong, not the user.
    """
    if current() is None:
        raise RuntimeError("mail.send() needs an open transaction")
    if template not in LETTERS or language not in BY_CODE:
        raise ValueError(f"There is no mail {template!r} in language {language!r}.")
    if missing := LETTERS[template] - context.keys():
        raise ValueError(f"The mail {template!r} lacks {', '.join(sorted(missing))}.")
    if purpose is not None and person is None:
        raise ValueError("Only a person can have consented to mails.")
    for key, value in context.items():
        _check(value, long=key in LONG_TEXTS)
    if calendar is not None:
        context[CALENDAR] = _checked(calendar)
    address = emails.address(to)
    public_id = new_public_id()
    sealed = vault.seal(msgspec.json.encode(context).decode(), SEALED_FOR)
    [row] = await fetch(
        _INSERT, public_id, template, address.shown, address.key, person, language, purpose, sealed
    )
    await publish(topic_of(template), ids=[row["id"]])
    return public_id


def topic_of(template: str) -> str:
    """The topic of the outbox that sends such a mail: a new password does not wait behind ten thousand alerts."""
    return BULK if template in ONCE else "mail.send"


def _checked(calendar: Mapping[str, str]) -> Mapping[str, str]:
    """The calendar file that goes along: whole, small enough, and of the method that the letter will say it is."""
    method, text = calendar["method"], calendar["text"]
    if len(text.encode()) > _LARGEST_CALENDAR:
        raise Invalid(N_("This text is too long."))
    lines = text.split("\r\n")
    if method not in METHODS or f"METHOD:{method}" not in lines or has_control_signs(text, allowed="\r\n"):
        raise ValueError(f"This is no calendar of the method {method!r}.")
    if (lines[0], lines[-2:]) != ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""]) or any(
        "\n" in line for line in lines
    ):
        raise ValueError("This is no whole calendar.")
    return {"method": method, "text": text}


def _check(value: Any, *, long: bool) -> None:
    """Names and addresses stand in subjects and headers: they have one line."""
    if isinstance(value, str):
        if len(value) > _LONGEST:
            raise Invalid(N_("This text is too long."))
        if has_control_signs(value, allowed="\n\r\t" if long else ""):
            raise Invalid(N_("Line breaks and control characters are not allowed here."))
    elif isinstance(value, Mapping):
        for item in value.values():
            _check(item, long=long)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, long=long)


async def suppress(address: str, reason: str) -> None:
    """Never writes to the address again, in the open transaction or by itself. The first reason is kept."""
    await execute(_SUPPRESS, emails.address(address).key, reason)


async def lift(address: str, actor: str, reason: str) -> None:
    """Lets a suppressed address have mail again. Raises NotFound when it is not suppressed."""
    key = emails.address(address).key
    async with transaction():
        rows = await fetch("DELETE FROM suppression WHERE address_key = $1 RETURNING reason", key)
        if not rows:
            raise NotFound(N_("This address is not suppressed."))
        # The audit trail is for ever: it names the address by its fingerprint only.
        entity = vault.fingerprint(key, "mail address")
        await audit.record(
            actor,
            "mail.suppression_lifted",
            "suppression",
            entity,
            {"reason": rows[0]["reason"]},
            None,
            reason,
        )


async def retry(public_id: str, actor: str) -> None:
    """Queues a mail that was given up once more. Raises NotFound, or Conflict when it cannot be sent any more."""
    async with transaction():
        rows = await fetch(_RETRY, public_id)
        if not rows:
            if not await fetch("SELECT 1 FROM mail WHERE public_id = $1", public_id):
                raise NotFound()
            raise Conflict(N_("This mail cannot be sent again: it went out, or what it said was deleted."))
        await publish(topic_of(rows[0]["template"]), ids=[rows[0]["id"]])
        await audit.record(actor, "mail.retried", "mail", public_id, {"state": "FAILED"}, {"state": "QUEUED"})
