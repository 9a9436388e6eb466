"""The topics "mail.send" and "mail.bulk": mails are written and handed to the server; what became of each is kept.

A mail is claimed by a conditional UPDATE with a lease, so that two workers never have the same one, and marked SENT
right after the server's 250. Only a crash between those two can send it twice; it then has the same Message-ID.

The mails in letters.ONCE never go twice: that the server is about to get one is committed before, and a mail that is
found so is FAILED with a sentence, for staff to look at; as is one whose server fell silent over the letter itself.

Tries follow a schedule of the mail's own (PAUSES) and not the outbox's, which would try a batch that failed again
row by row at once, and never gives up. What stays queued gets a new outbox row for its next try.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from kervan import vault
from kervan.db import execute, fetch, transaction
from kervan.mail.compose import Composed, compose, message
from kervan.mail.delivery import Refused, Silence, Trouble, post_office
from kervan.mail.letters import ONCE
from kervan.mail.queries import masked, public_id_of, suppressed
from kervan.mail.service import BULK, CALENDAR, SEALED_FOR
from kervan.outbox import Handler
from kervan.settings import Settings
from kervan.web.templates import Templates

log = structlog.get_logger(__name__)

MaySend = Callable[[int, str], Awaitable[bool]]
"""Whether a person (by id) has a live consent for a purpose."""
Deliver = Callable[[EmailMessage, str], Awaitable[None]]

PAUSES = (60, 5 * 60, 15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
"""Seconds between the tries: eight of them in 22 hours, then the mail is given up."""
LEASE_SECONDS = 300
"""How long a mail belongs to the process that sends it; longer than any conversation with a server."""

_CLAIM = f"""
UPDATE mail SET attempts = attempts + 1, next_try_at = now() + interval '{LEASE_SECONDS} seconds'
WHERE id = $1 AND state = 'QUEUED' AND next_try_at <= now()
RETURNING id, public_id, template, to_address, address_key, person, language, purpose, context, attempts
"""
_SENT = """
UPDATE mail SET state = 'SENT', sent_at = now(), context = NULL, last_error = NULL, subject = $2, message_id = $3
WHERE id = $1 AND state = 'QUEUED'
"""
# A mail that was given up keeps its content for a week: staff may try it again.
_FAILED = "UPDATE mail SET state = 'FAILED', last_error = $2 WHERE id = $1 AND state = 'QUEUED'"
_FORGET = """
UPDATE mail SET context = NULL
WHERE state = 'FAILED' AND context IS NOT NULL AND next_try_at < now() - interval '7 days'
"""
_WITHHELD = """
UPDATE mail SET state = 'SUPPRESSED', context = NULL, last_error = $2 WHERE id = $1 AND state = 'QUEUED'
"""
_LATER = """
UPDATE mail SET next_try_at = now() + $3 * interval '1 second', last_error = $2, handed_at = NULL
WHERE id = $1 AND state = 'QUEUED'
"""
_AGAIN = f"""
INSERT INTO outbox (topic, payload, next_try_at)
SELECT CASE WHEN template = ANY($2) THEN '{BULK}' ELSE 'mail.send' END,
    jsonb_build_object('ids', jsonb_build_array(id)), next_try_at
FROM mail WHERE id = ANY($1) AND state = 'QUEUED'
"""
# Committed before the server hears of the letter.
_HANDED = """
UPDATE mail SET handed_at = now() WHERE id = $1 AND state = 'QUEUED' AND handed_at IS NULL RETURNING id
"""
UNSURE = "nobody knows whether it arrived: the server had it when the answer was lost"
_SUPPRESS = """
INSERT INTO suppression (address_key, reason) VALUES ($1, $2) ON CONFLICT (address_key) DO NOTHING
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that this process is about to send."""

    id: int
    public_id: str
    template: str
    to_address: str
    address_key: str
    person: int | None
    language: str
    purpose: str | None
    context: str
    attempts: int

    @property
    def envelope(self) -> str:
        """The address as servers want it: the user as typed, the domain in ASCII."""
        return f"{self.to_address.rpartition('@')[0]}@{self.address_key.rpartition('@')[2]}"


async def has_consent(person: int, purpose: str) -> bool:
    """Whether the person has a live consent for the purpose."""
    from kervan.privacy.queries import has_consent as live

    return await live(person, purpose)


def handlers(
    settings: Settings, may_send: MaySend = has_consent, templates: Templates | None = None
) -> Mapping[str, Handler]:
    """The topics of the outbox that send mails, and their handler."""
    office = Office(settings, may_send, templates or Templates(settings))

    async def send_all(payloads: Sequence[Mapping[str, Any]]) -> None:
        await carry(office, [id for payload in payloads for id in payload["ids"]])

    return {"mail.send": send_all, BULK: send_all}


class Office(msgspec.Struct, frozen=True):
    """What sending needs to know; one a worker."""

    settings: Settings
    may_send: MaySend
    templates: Templates


async def carry(office: Office, ids: Sequence[int]) -> None:
    """Sends those of the mails that are due and nobody else's; the others, and those that failed, come again."""
    async with post_office(office.settings) as deliver:
        for id in ids:
            if rows := await fetch(_CLAIM, id):
                await _one(office, Claimed(**rows[0]), deliver)
    async with transaction():
        await execute(_AGAIN, list(ids), list(ONCE))
        await execute(_FORGET)


async def _one(office: Office, mail: Claimed, deliver: Deliver) -> None:
    if (reason := await _withheld(office, mail)) is not None:
        await execute(_WITHHELD, mail.id, reason)
        log.info("mail withheld", mail=mail.public_id, template=mail.template, reason=reason)
        return
    try:
        composed, letter = await _written(office, mail)
    except Exception as error:
        # A template or a context that is wrong stays wrong: staff tries again when it has been mended.
        log.error(
            "mail cannot be written", mail=mail.public_id, template=mail.template, error=type(error).__name__
        )
        await execute(_FAILED, mail.id, f"{type(error).__name__}: the mail could not be written")
        return
    once = mail.template in ONCE
    if once and not await fetch(_HANDED, mail.id):
        await _unsure(mail, UNSURE)
        return
    try:
        await deliver(letter, mail.envelope)
    except Refused as refusal:
        await _given_up(mail, refusal)
    except Trouble as trouble:
        if once and isinstance(trouble, Silence):
            await _unsure(mail, f"{UNSURE} ({_without(mail, str(trouble))})")
        else:
            await _later(mail, trouble)
    else:
        await execute(_SENT, mail.id, composed.subject, str(letter["Message-ID"]))
        log.info("mail sent", mail=mail.public_id, template=mail.template, to=masked(mail.envelope))


async def _withheld(office: Office, mail: Claimed) -> str | None:
    if (reason := await suppressed(mail.address_key)) is not None:
        return f"suppressed: {reason}"
    if mail.purpose is not None and mail.person is not None:
        return None if await office.may_send(mail.person, mail.purpose) else "consent was withdrawn"
    return None


async def _written(office: Office, mail: Claimed) -> tuple[Composed, EmailMessage]:
    context = msgspec.json.decode(vault.unseal(mail.context, SEALED_FOR))
    calendar = context.pop(CALENDAR, None)
    stop = await _stop_address(office, mail, context)
    composed = compose(office.templates, mail.language, mail.template, context, stop)
    host = urlsplit(office.settings.public_url).hostname or "kervan.localhost"
    letter = message(
        composed,
        sender=office.settings.mail_from,
        to=mail.envelope,
        message_id=f"<{mail.public_id}@{host}>",
        at=datetime.now(UTC),
        language=mail.language,
        stop=stop,
        calendar=calendar,
    )
    letter["X-Kervan-Mail"] = mail.template
    return composed, letter


async def _stop_address(office: Office, mail: Claimed, context: Mapping[str, Any]) -> str | None:
    """Where mails of this kind end: the page that the mail's room has for it, else that of the consent."""
    if path := context.get("stop_path"):
        return f"{office.settings.public_url}{path}"
    if mail.purpose is None or mail.person is None:
        return None
    who = f"{await public_id_of(mail.person)}.{mail.purpose}"
    return f"{office.settings.public_url}/unsubscribe/{who}.{vault.sign(who, 'unsubscribe')}"


async def _given_up(mail: Claimed, refusal: Refused) -> None:
    reason = _without(mail, str(refusal))
    async with transaction():
        await execute(_FAILED, mail.id, reason)
        if refusal.address_is_bad:
            await execute(_SUPPRESS, mail.address_key, reason)
    log.warning("mail refused", mail=mail.public_id, to=masked(mail.envelope), reason=reason)


async def _unsure(mail: Claimed, reason: str) -> None:
    """Staff see it among the failed ones and decide whether it goes again."""
    await execute(_FAILED, mail.id, reason)
    log.error("mail may have arrived, it is not sent again", mail=mail.public_id, template=mail.template)


async def _later(mail: Claimed, trouble: Trouble) -> None:
    reason = _without(mail, str(trouble))
    if mail.attempts > len(PAUSES):
        await execute(_FAILED, mail.id, reason)
        log.error("mail given up", mail=mail.public_id, attempts=mail.attempts, reason=reason)
    else:
        await execute(_LATER, mail.id, reason, PAUSES[mail.attempts - 1])
        log.warning("mail postponed", mail=mail.public_id, attempts=mail.attempts, reason=reason)


def _without(mail: Claimed, reason: str) -> str:
    """What the server said, without the address it may have repeated."""
    for address in (mail.envelope, mail.to_address, mail.address_key):
        reason = reason.replace(address, masked(address))
    return reason[:1000]
