"""An event as schema.org describes it, for search engines: what everybody may know, never the online address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kervan.calendars.zones import days_of, local
from kervan.events.public_queries import Room
from kervan.events.structs import Content, EventShown
from kervan.events.tables import EventKind, EventState, Format
from kervan.registrations import places
from kervan.trade import provinces
from kervan.trade.errors import N_
from kervan.web.i18n import translate

_TYPES = {EventKind.FAIR: "ExhibitionEvent", EventKind.TRAINING: "EducationEvent"}
_MODES = {
    Format.ONSITE: "OfflineEventAttendanceMode",
    Format.ONLINE: "OnlineEventAttendanceMode",
    Format.HYBRID: "MixedEventAttendanceMode",
}
_SIDES = {places.IMPORTER: N_("Importers"), places.EXPORTER: N_("Exporters")}


def linked_data(
    event: EventShown, rooms: Sequence[Room], here: str, images: Sequence[str], language: str, is_open: bool
) -> dict[str, Any]:
    """JSON-LD of an event (schema.org/Event, as search engines read it); what is not said is left out.

    `here` is the address of its page, `images` are those of its pictures.
    """
    content, text = event.content, event.text(language)
    starts, ends = _times(content)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(EventKind(content.kind), "BusinessEvent"),
        "@id": here,
        "url": here,
        "name": text.title,
        "description": text.summary or text.title,
        "inLanguage": list(content.languages),
        "startDate": starts,
        "endDate": ends,
        "eventStatus": f"https://schema.org/{_status(event.state)}",
        "eventAttendanceMode": f"https://schema.org/{_MODES[Format(content.format)]}",
        "location": _location(content, here),
        "image": list(images),
        "organizer": _organizer(content),
        "offers": _offers(content, rooms, here, language, is_open),
    }
    return {name: value for name, value in found.items() if value}


def _status(state: str) -> str:
    return "EventCancelled" if state == EventState.CANCELLED else "EventScheduled"


def _times(content: Content) -> tuple[str, str]:
    """Days where there are only days, else times with the offset of the venue's clocks."""
    assert content.starts_at is not None
    assert content.ends_at is not None
    if content.whole_days:
        first, last = days_of(content.starts_at, content.ends_at, content.zone)
        return first.isoformat(), last.isoformat()
    return _iso(content.starts_at, content.zone), _iso(content.ends_at, content.zone)


def _iso(moment: datetime, zone: str) -> str:
    return local(moment, zone).isoformat(timespec="seconds")


def _location(content: Content, here: str) -> list[dict[str, Any]] | dict[str, Any]:
    # Who takes part online is told where by the organiser; everybody else finds it on the page.
    online = {"@type": "VirtualLocation", "url": here}
    if content.format == Format.ONLINE:
        return online
    region = provinces.province(content.province).name if content.province else ""
    address = {
        "@type": "PostalAddress",
        "streetAddress": content.address,
        "addressLocality": content.city or region,
        "addressRegion": region,
        "addressCountry": content.country,
    }
    place = {
        "@type": "Place",
        "name": content.venue or content.city or region,
        "address": {name: value for name, value in address.items() if value},
    }
    place = {name: value for name, value in place.items() if value}
    return [place, online] if content.format == Format.HYBRID else place


def _organizer(content: Content) -> dict[str, Any]:
    found = {"@type": "Organization", "name": content.organiser_name, "url": content.external_url}
    return {name: value for name, value in found.items() if value} if content.organiser_name else {}


def _offers(
    content: Content, rooms: Sequence[Room], here: str, language: str, is_open: bool
) -> list[dict[str, Any]]:
    fees = {places.IMPORTER: content.fee_importers, places.EXPORTER: content.fee_exporters}
    found = []
    for room in rooms:
        fee = fees[room.side]
        if fee is None or room.capacity == 0:
            continue
        opens = content.registration_opens_at
        offer = {
            "@type": "Offer",
            "name": translate(language, _SIDES[room.side]),
            "price": f"{fee:f}" if fee else "0",
            "priceCurrency": content.fee_currency or "EUR",
            "url": here,
            "availability": f"https://schema.org/{_availability(room, is_open)}",
            "validFrom": _iso(opens, content.zone) if opens else None,
        }
        found.append({name: value for name, value in offer.items() if value})
    return found


def _availability(room: Room, is_open: bool) -> str:
    if room.left == 0 and room.capacity:
        return "SoldOut"
    return "InStock" if is_open else "OutOfStock"
