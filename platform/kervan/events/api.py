"""Events in the API: search with facets, and one event."""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.discovery import requests
from kervan.discovery.answers import envelope
from kervan.discovery.parameters import parameters
from kervan.errors import NotFound
from kervan.events import board, public_queries, queries
from kervan.events.api_shapes import (
    EXAMPLE,
    Event,
    EventDetail,
    EventDocument,
    EventFile,
    EventPage,
    EventSession,
    EventSide,
    EventText,
    of_card,
)
from kervan.events.public_queries import Room
from kervan.events.structs import EventShown
from kervan.registrations import places
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import refuse_blank_numbers

_ID = openapi.in_path("public_id", "The event's id.", "e6k2m9q4t7bd", "^[a-z0-9]{12}$")


@get(
    "/events",
    tags=["Events"],
    summary="Search events",
    operation_id="searchEvents",
    operation_class=openapi.described(*parameters("events")),
    responses=openapi.responses(EventPage, EXAMPLE),
)
async def search_events(request: Request[Any, Any, Any]) -> Response[EventPage]:
    """Events that are not over, by date; with `phase=past` those that are. Values of one facet widen the answer,
    facets narrow each other.
    """
    query = query_of(request)
    refuse_blank_numbers(query)
    asked = requests.parse("events", api_language(request, query), query, strict=True)
    found = await board.find(request.app.state.search, asked)
    site: str = request.app.state.settings.public_url
    data = tuple(Event(**of_card(card, site, asked.language)) for card in found.events)
    return answer(request, EventPage(data=data, **envelope(found, query)), asked.language)


@get(
    "/events/{public_id:str}",
    tags=["Events"],
    summary="One event",
    operation_id="getEvent",
    operation_class=openapi.described(_ID),
    responses=openapi.responses(EventDocument, None, 404),
)
async def get_event(request: Request[Any, Any, Any], public_id: FromPath[str]) -> Response[EventDocument]:
    """An announced event, also when it is over or was cancelled. The address of an online event is for those who are
    registered.
    """
    language = api_language(request, query_of(request))
    event = await queries.public(public_id)
    cards = await queries.cards([event.id], language)
    if not cards:
        raise NotFound()
    rooms = {room.side: room for room in await public_queries.rooms(event)}
    site: str = request.app.state.settings.public_url
    same = of_card(cards[0], site, language)
    detail = EventDetail(**same, **_detail(event, rooms, same["html"]))
    return answer(request, EventDocument(detail), language)


def _detail(event: EventShown, rooms: dict[str, Room], html: str) -> dict[str, Any]:
    content = event.content
    same = (
        "address", "headings", "fee_currency", "people_per_firm", "registration_opens_at", "support_reference",
        "contact_name", "contact_email", "contact_phone",
    )  # fmt: skip
    return {name: getattr(content, name) for name in same} | {
        "texts": tuple(EventText(**msgspec.structs.asdict(text)) for text in content.texts),
        "importers": _side(rooms[places.IMPORTER], content.fee_importers),
        "exporters": _side(rooms[places.EXPORTER], content.fee_exporters),
        "registration_open": queries.is_open(event),
        "registration_url": content.registration_url or None,
        "external_url": content.external_url or None,
        "cancelled_because": event.reason if event.state == "CANCELLED" else None,
        "sequence": event.sequence,
        "published_at": event.published_at,
        "changed_at": event.changed_at,
        "sessions": tuple(EventSession(**msgspec.structs.asdict(session)) for session in content.sessions),
        "files": tuple(
            EventFile(
                id=file.public_id,
                name=file.name,
                content_type=file.content_type,
                size=file.size,
                href=f"{html}/files/{file.public_id}",
            )
            for file in event.documents
        ),
    }


def _side(room: Room, fee: Decimal | None) -> EventSide:
    return EventSide(fee=fee, capacity=room.capacity, left=room.left)


ROUTES: list[ControllerRouterHandler] = [search_events, get_event]
