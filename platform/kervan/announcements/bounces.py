"""What comes back for mails that were sent: reports that one was not delivered, and complaints about one.

A report is believed only by the name that we signed into the letter it is about. Formats: RFC 3464 (delivery status) in
RFC 6522 (multipart/report), RFC 5965 (abuse reports).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Literal

import msgspec
import structlog

from kervan.announcements.letter import delivery_of
from kervan.db import fetch, transaction
from kervan.policies import book
from kervan.trade import law

log = structlog.get_logger(__name__)

LARGEST = 10_000_000
"""Octets of a message that are read."""

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>;:,\"'()]+@[^\s<>;:,\"'()]+")
_MARK = """
UPDATE event_delivery SET state = $2, ended_at = now(), detail = $3
WHERE id = $1 AND state IN ('SENT', 'HANDED', 'UNKNOWN', 'BOUNCED') RETURNING id, person, address_key
"""
_SUPPRESS = """
INSERT INTO suppression (address_key, reason) VALUES ($1, $2) ON CONFLICT (address_key) DO NOTHING
"""
_OTHER_MAIL = "SELECT address_key FROM mail WHERE public_id = $1 AND address_key <> '—'"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a message tells of a letter of ours. BAD_ADDRESS: nothing will arrive there; LOST: this one did not."""

    kind: Literal["BAD_ADDRESS", "LOST", "COMPLAINT"]
    said: str
    """The status and the diagnosis, without addresses."""
    token: str = ""
    """X-Kervan-Delivery of the letter, else what stands before the @ of its Message-ID; '' when neither came along."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about a message: a letter found, its address suppressed; both False for what says nothing to us."""

    report: Report | None = None
    found: bool = False
    suppressed: bool = False


def parse(raw: bytes) -> Report | None:
    """What a message tells; None for one that is no report, or that only says that something takes longer."""
    message = message_from_bytes(raw[:LARGEST], EmailMessage, policy=policy.default)
    kinds = {part.get_content_type(): part for part in _parts(message)}
    if (feedback := kinds.get("message/feedback-report")) is not None:
        fields = _fields(feedback)
        said = " ".join(str(fields.get("Feedback-Type", "abuse")).split())[:60]
        return Report(kind="COMPLAINT", said=f"complaint: {said}", token=_token(kinds))
    if (status := kinds.get("message/delivery-status")) is not None:
        return _failure(status, _token(kinds))
    return None


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a report, one level deep: what is inside the letter that it brings along is not its own."""
    if message.get_content_type() in ("message/delivery-status", "message/feedback-report"):
        yield message
    elif message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from ([part] if part.get_content_maintype() in ("message", "text") else _parts(part))


def _groups(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []


def _fields(part: Message) -> Message:
    """The fields of a feedback report; programs differ in whether they call its body a message."""
    groups = _groups(part)
    if groups and groups[0].keys():
        return groups[0]
    body = groups[0].get_payload() if groups else part.get_payload()
    return message_from_bytes(str(body).encode("utf-8", "replace"), EmailMessage, policy=policy.default)


def _failure(part: Message, token: str) -> Report | None:
    for group in _groups(part):
        if str(group.get("Action", "")).strip().casefold() != "failed":
            continue
        status = _STATUS.search(str(group.get("Status", "")))
        said = _ADDRESS.sub("•••", " ".join(str(group.get("Diagnostic-Code", "")).split()))
        code = status[0] if status else ""
        text = f"{code} {said}".strip()[:300] or "not delivered"
        return Report(kind="BAD_ADDRESS" if _is_for_good(status) else "LOST", said=text, token=token)
    return None


def _is_for_good(status: re.Match[str] | None) -> bool:
    """Whether the address is to blame (RFC 3463): 5.1.x it is wrong, 5.2.1 closed, 5.4.4 its domain has no server.

    A full mailbox, a letter that is too big and policy (5.7.x) say nothing about the address; a 4.x.x that was given up
    neither.
    """
    if status is None or status[1] != "5":
        return False
    return status[2] == "1" or (status[2], status[3]) in (("2", "1"), ("4", "4"), ("0", "0"))


def _token(kinds: dict[str, Message]) -> str:
    """From the headers of our letter, which the report brings whole, or as headers alone."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        if (part := kinds.get(kind)) is None:
            continue
        groups = _groups(part)
        head: Message = (
            groups[0] if groups else message_from_bytes(_body(part), EmailMessage, policy=policy.default)
        )
        if (named := str(head.get("X-Kervan-Delivery", "")).strip()) != "":
            return named[:80]
        return str(head.get("Message-ID", "")).strip().strip("<>").rpartition("@")[0][:80]
    return ""


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


async def take(raw: bytes) -> Taken:
    """Reads a message that came back and acts on it; safe to do twice with the same one."""
    report = parse(raw)
    if report is None:
        return Taken()
    delivery = delivery_of(report.token)
    async with transaction() as tx:
        conn = tx.connection
        key: str | None = None
        if delivery is not None:
            bounced = "FAILED" if report.kind == "LOST" else "BOUNCED"
            row = await conn.fetchrow(_MARK, delivery, bounced, report.said)
            key = row["address_key"] if row else None
        elif report.token:
            # Other mails have a name of 60 random bits that nobody guesses.
            key = await conn.fetchval(_OTHER_MAIL, report.token)
        if key is None:
            return Taken(report=report)
        if report.kind != "LOST":
            await conn.execute(_SUPPRESS, key, report.said)
    log.info("mail came back", kind=report.kind, said=report.said, delivery=delivery)
    return Taken(report=report, found=True, suppressed=report.kind != "LOST")


async def count_opened(delivery: int) -> None:
    """Notes that a letter was opened, once, where its reader agreed to be counted at this moment as well."""
    await fetch(
        """UPDATE event_delivery d SET opened_at = now() WHERE d.id = $1 AND d.opened_at IS NULL
            AND d.state IN ('SENT', 'HANDED', 'UNKNOWN')
            AND EXISTS (SELECT FROM event_news n WHERE n.person = d.person AND n.count_opens)""",
        delivery,
    )


async def forget_old() -> None:
    """Takes the addresses out of lists of recipients after EVENT_LIST_MONTHS; the numbers stay. For a daily round."""
    months = (await book.refresh()).figure("EVENT_LIST_MONTHS", law.day_of(datetime.now(UTC)))
    await fetch(
        """UPDATE event_delivery SET address_key = '—', domain = '—', detail = NULL
        WHERE ended_at < now() - make_interval(months => $1) AND address_key <> '—'""",
        months,
    )
