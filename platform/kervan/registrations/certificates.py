"""Certificates of attendance: a page to print and keep, with a QR behind which anybody can check it."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
import typst

from kervan import vault
from kervan.calendars.shown import span_text
from kervan.calendars.zones import days_of, whole_days
from kervan.db import fetch
from kervan.documents.prints import qr
from kervan.errors import NotFound
from kervan.events.wording import place
from kervan.registrations import happening
from kervan.registrations.structs import Ticket
from kervan.resources import templates_dir
from kervan.trade.errors import N_
from kervan.web.i18n import gettext

_PURPOSE = "attendance"
_ATTENDED = """
SELECT p.public_id AS participant, p.name, p.job, p.checked_in_at, o.name AS firm, e.*,
    (SELECT coalesce(jsonb_object_agg(t.language, t.title), '{}') FROM event_text t WHERE t.event = e.id) AS titles
FROM registration_participant p JOIN registration r ON r.id = p.registration
JOIN organisation o ON o.id = r.organisation JOIN trade_event e ON e.id = r.event
WHERE p.public_id = $1 AND p.checked_in_at IS NOT NULL AND r.state = 'ATTENDED' AND e.state <> 'CANCELLED'
"""
BLANK = "—"


class Attended(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate says, and all that the check of one tells."""

    title: str
    when: str
    name: str
    """'' when the names of that event were forgotten already."""
    organiser: str
    day: date
    """The last day of the event, by its own clock."""


def code(participant: str) -> str:
    """What the address of the check ends with; nobody else can make one."""
    return f"{participant}.{vault.sign(participant, _PURPOSE)}"


async def checked(code: str, language: str) -> Attended:
    """What the certificate with this code says. Raises NotFound for a code that we did not write."""
    participant, _, signature = code.partition(".")
    if not participant or not vault.is_signed(participant, signature, _PURPOSE):
        raise NotFound()
    row = await _row(participant)
    return _attended(row, language)


async def of(ticket: Ticket, language: str, public_url: str) -> dict[str, str]:
    """What the template of a ticket's certificate gets. Raises NotFound for who was not checked in, and before the
    event is over."""
    row = await _row(ticket.participant)
    if row["ends_at"] > datetime.now(UTC) or row["name"] == BLANK:
        raise NotFound()
    shown = _attended(row, language)
    address = f"{public_url}/attended/{code(ticket.participant)}"
    data = {
        "language": language,
        "title": gettext(language, N_("Certificate of attendance")),
        "name": shown.name,
        "firm": row["firm"],
        "words": gettext(language, N_("took part in")),
        "event": shown.title,
        "when": shown.when,
        "where": place(language, row["format"], row["country"], row["city"], row["venue"]),
        "organiser_label": gettext(language, N_("Organiser")),
        "organiser": shown.organiser,
        "check": gettext(language, N_("Scan to check that this certificate is genuine.")),
        "address": address,
        "day": shown.day.isoformat(),
    }
    return {"data": msgspec.json.encode(data).decode(), "qr": qr(address)}


def pdf(given: dict[str, str]) -> bytes:
    """The certificate as PDF, made of what `of` gives. Some 50 ms of one core: call it in a thread."""
    day = date.fromisoformat(msgspec.json.decode(given["data"])["day"])
    found = typst.compile(
        templates_dir() / "registrations" / "certificate.typ",
        root=templates_dir(),
        font_paths=[templates_dir() / "documents" / "fonts"],
        format="pdf",
        sys_inputs=given,
        timestamp=datetime.combine(day, time(), UTC),
    )
    assert isinstance(found, bytes)
    return found


async def _row(participant: str) -> Any:
    rows = await fetch(_ATTENDED, participant)
    if not rows:
        raise NotFound()
    return rows[0]


def _attended(row: Any, language: str) -> Attended:
    return Attended(
        title=happening.title(row, language),
        when=span_text(language, *_days(row)),
        name="" if row["name"] == BLANK else row["name"],
        organiser=row["organiser_name"],
        day=days_of(row["starts_at"], row["ends_at"], row["zone"])[1],
    )


def _days(row: Any) -> tuple[datetime, datetime, str, bool]:
    """The days of an event without its hours: a certificate tells of days."""
    first, last = days_of(row["starts_at"], row["ends_at"], row["zone"])
    return (*whole_days(first, last, row["zone"]), row["zone"], True)
