"""What the firms that registered are told of an event: its name, time and place in words, and its calendar entry."""

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kervan.calendars import ics
from kervan.calendars.shown import at_text, span_text
from kervan.events.queries import address_of
from kervan.events.structs import in_language
from kervan.settings import Settings, load
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import gettext

ONLINE = N_("Online")


def title(event: Mapping[str, Any], language: str) -> str:
    """The event's name for a reader; `event` is a row of places.EVENT."""
    return in_language(msgspec.json.decode(event["titles"], type=dict[str, str]), language)


def when(event: Mapping[str, Any], language: str, own: str | None = None) -> str:
    """Its days and times in words, on the clocks of its place and, where they differ, on the reader's."""
    return span_text(language, event["starts_at"], event["ends_at"], event["zone"], event["whole_days"], own)


def moment(event: Mapping[str, Any], at: datetime, language: str, own: str | None = None) -> str:
    """A moment in words, on the clocks of the event's place."""
    return at_text(language, at, event["zone"], own)


def place(event: Mapping[str, Any], language: str) -> str:
    """Where it is, in one line; never the address of what is held online."""
    if event["format"] == "ONLINE":
        return gettext(language, ONLINE)
    country = formats.country(language, event["country"]) if event["country"] else ""
    parts = (event["venue"], event["address"], event["city"], country)
    return ", ".join(dict.fromkeys(part for part in parts if part))


def path(event: Mapping[str, Any], language: str) -> str:
    """Its public page, a path without language."""
    return f"/events/{address_of(title(event, language), event['public_id'])}"


def invitation(
    event: Mapping[str, Any],
    registration: Mapping[str, Any],
    person: Mapping[str, Any],
    *,
    go: str,
    cancelled: bool = False,
) -> dict[str, str]:
    """The calendar file of a registration for one reader (name, email, language), as mail.service.send takes it.

    Its number rises with every change of the event and of the registration, so an update always wins. `go` is the
    path that it leads to.
    """
    settings = load()
    language = person["language"]
    entry = ics.Entry(
        uid=ics.uid(
            "registration", registration["public_id"], urlsplit(settings.public_url).hostname or "kervan"
        ),
        sequence=event["sequence"] + registration["version"],
        starts_at=event["starts_at"],
        ends_at=event["ends_at"],
        zone=event["zone"],
        whole_days=event["whole_days"],
        summary=title(event, language),
        location=place(event, language),
        url=f"{settings.public_url}/{language}{go}",
        organizer=sender(settings),
        attendees=((person["name"], person["email"], "ACCEPTED"),),
        status="CANCELLED" if cancelled else "CONFIRMED",
        created_at=registration["created_at"],
        changed_at=max(event["changed_at"], registration["updated_at"]),
    )
    method: ics.Method = "CANCEL" if cancelled else "REQUEST"
    return {"method": method, "text": ics.calendar([entry], method=method, language=language).decode()}


def sender(settings: Settings) -> tuple[str, str]:
    """Name and address that answers of calendar programs go to: the platform's, never a person's."""
    header = SMTP.header_factory("From", settings.mail_from)
    first: Address = header.addresses[0]
    return first.display_name or "Kervan", first.addr_spec
