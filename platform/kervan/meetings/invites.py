"""Meetings as entries of calendars: invitations in mails, single files, feeds."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kervan.calendars import ics
from kervan.calendars.ics import Answer, Entry
from kervan.meetings import queries, states
from kervan.meetings.tables import MeetingState
from kervan.settings import Settings, load
from kervan.trade.errors import N_
from kervan.web.i18n import translate
from kervan.web.templates import link

ALARM_MINUTES = 15


def host(settings: Settings) -> str:
    """The name behind the @ of every entry's UID."""
    found = urlsplit(settings.public_url).hostname or ""
    # An IPv6 address has signs that a UID does not take.
    return found if ":" not in found and found else "kervan.localhost"


def entry(row: Mapping[str, Any], side: str, language: str, zone: str, *, mailed: bool = False) -> Entry:
    """A meeting (a row of queries.WHOLE) in the calendar of a side's people.

    Names and addresses are in it only once both have agreed (states.shared), and then only in what is mailed: a feed
    can be read by whoever has its address.
    """
    settings = load()
    other = queries.firm(row, states.other(side))
    told = states.shared(row["state"], row["confirmed_at"])
    path = f"/desk/{queries.firm(row, side).org}/meetings/{row['public_id']}"
    url = link(settings.public_url, language, path)
    place = ", ".join(part for part in (row["place"], _table(row, language)) if part)
    agreed = row["state"] == MeetingState.CONFIRMED
    room = row["room_url"] if agreed else ""
    lines = [row["topic"], *_interpreted(row, language)]
    if room:
        lines.append(room)
    if told and mailed:
        person = queries.contact(row, states.other(side))
        lines += [part for part in (person.name, person.email, person.phone) if part]
    lines.append(url)
    return Entry(
        uid=ics.uid("meeting", row["public_id"], host(settings)),
        sequence=row["sequence"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=zone,
        summary=translate(language, N_("Meeting with {name}"), name=other.name),
        description="\n".join(line for line in lines if line),
        location=room or place,
        url=url,
        organizer=_organizer(settings),
        attendees=_attendees(row) if told and mailed else (),
        status="CONFIRMED"
        if row["state"] in states.TOLD
        else "TENTATIVE"
        if row["state"] == MeetingState.PROPOSED
        else "CANCELLED",
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        alarms=(ALARM_MINUTES,) if agreed else (),
    )


def invitation(row: Mapping[str, Any], side: str, language: str, zone: str) -> dict[str, str] | None:
    """What goes along with a mail to a side's people: an invitation, its correction or its end.

    None for a meeting that no calendar has heard of, since it was never agreed.
    """
    if row["confirmed_at"] is None:
        return None
    cancelled = row["state"] not in (*states.TOLD, MeetingState.PROPOSED)
    made = entry(row, side, language, zone, mailed=True)
    if cancelled:
        # Who is told of the end is who was invited.
        made = msgspec.structs.replace(made, attendees=_attendees(row))
    if not made.attendees:
        return None
    method: ics.Method = "CANCEL" if cancelled else "REQUEST"
    return {"method": method, "text": ics.calendar([made], method=method, language=language).decode()}


def _organizer(settings: Settings) -> tuple[str, str]:
    # The platform invites: answers of mail programs never go to somebody's own mailbox.
    name, address = parseaddr(settings.mail_from)
    return name or "Kervan", address


def _attendees(row: Mapping[str, Any]) -> tuple[tuple[str, str, Answer], ...]:
    waiting: Answer = "NEEDS-ACTION" if row["state"] == MeetingState.PROPOSED else "ACCEPTED"
    return tuple(
        (row[f"{side}_contact"] or "", row[f"{side}_email"], waiting)
        for side in ("exporter", "importer")
        if row[f"{side}_email"]
    )


def _table(row: Mapping[str, Any], language: str) -> str:
    return translate(language, N_("Table {n}"), n=row["table_no"]) if row["table_no"] is not None else ""


def _interpreted(row: Mapping[str, Any], language: str) -> list[str]:
    return [translate(language, N_("With an interpreter."))] if row["interpreter"] else []
