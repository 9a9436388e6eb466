"""Events for everybody: the list and its searches, the months, one event, its files, its calendar entry."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, caller_of
from kervan.calendars.shown import span_text
from kervan.calendars.zones import city, day_of, days_of, local
from kervan.errors import NotFound
from kervan.events import feeds, list_pages, month_pages, public_queries, queries, share, standing, views
from kervan.events.linked_data import linked_data
from kervan.events.queries import address_of
from kervan.events.states import KIND_NAMES
from kervan.events.structs import EventShown, Session
from kervan.events.tables import EventState
from kervan.events.wording import place
from kervan.files import store
from kervan.files.answers import download
from kervan.organisations.roles import EVENTS
from kervan.trade.errors import N_
from kervan.web.http import conditional, query_of
from kervan.web.i18n import LANGUAGES, gettext, language_of
from kervan.web.templates import Page, address, page

_ID_LENGTH = 12
_RELATED = 3
_PICTURE_SECONDS = 86_400
_CANCELLED = N_("Cancelled")


@get("/events/{address_name:str}")
async def one(
    request: Request[Any, Any, Any], address_name: FromPath[str]
) -> Page | Redirect | Response[bytes]:
    """An event by the id at the end of its address; another title before it leads to the right address.

    With `.ics` behind it, its calendar file. Raises NotFound for what was never announced.
    """
    language = language_of(request)
    name = address_name.removesuffix(".ics")
    event = await _public(name)
    if address_name.endswith(".ics"):
        return feeds.calendar_file(request, event, language)
    path = _path(event, language)
    if path != f"/events/{address_name}":
        return Redirect(address(language, path, **query_of(request)), status_code=301)
    caller = caller_of(request)
    desk = _desk(caller, event)
    if not desk:
        views.viewed(request, event.id)
    rooms = await public_queries.rooms(event)
    first, last = days_of(*_span(event), event.content.zone)
    site = request.app.state.settings.public_url
    here = f"{site}{address(language, path)}"
    shared = f"{here}/share.png?v={event.version}"
    picture = event.picture
    large = f"{address(language, path)}/picture?v={picture.public_id}" if picture else ""
    return page(
        request,
        "events/event.html",
        canonical=path,
        alternates=_alternates(event, site),
        event=event,
        content=event.content,
        text=event.text(language),
        place=_place(event, language),
        first_day=first,
        last_day=last,
        days=_days(event),
        zone_city=city(event.content.zone, language),
        rooms={room.side: room for room in rooms},
        standing=standing.standing(event, rooms, caller),
        path_here=path,
        desk=desk,
        shared=shared,
        picture_address=large,
        related=await public_queries.like(event, language, _RELATED),
        linked_data=linked_data(
            event,
            rooms,
            here,
            [shared, *([f"{site}{large}"] if large else [])],
            language,
            queries.is_open(event),
        ),
    )


async def _public(name: str) -> EventShown:
    if len(name) < _ID_LENGTH:
        raise NotFound()
    return await queries.public(name[-_ID_LENGTH:])


def _path(event: EventShown, language: str) -> str:
    return f"/events/{address_of(event.text(language).title, event.public_id)}"


def _span(event: EventShown) -> tuple[datetime, datetime]:
    starts_at, ends_at = event.content.starts_at, event.content.ends_at
    # What is announced has its times (trade_event_published).
    assert starts_at is not None
    assert ends_at is not None
    return starts_at, ends_at


def _alternates(event: EventShown, site: str) -> list[tuple[str, str]]:
    """The same page in each language of the pages; its title there is its own."""
    found = [(one.code, f"{site}{address(one.code, _path(event, one.code))}") for one in LANGUAGES]
    return [*found, ("x-default", dict(found)["en"])]


def _place(event: EventShown, language: str) -> str:
    content = event.content
    return place(language, content.format, content.country, content.city, content.venue, content.address)


def _days(event: EventShown) -> list[tuple[date, list[tuple[str, Session]]]]:
    """The programme by day of the venue's clock: from when to when, and what."""
    zone = event.content.zone
    sessions = sorted(event.content.sessions, key=lambda session: (session.starts_at, session.ends_at))
    return [
        (day, [(_clock(session, zone), session) for session in some])
        for day, some in groupby(sessions, key=lambda session: day_of(session.starts_at, zone))
    ]


def _clock(session: Session, zone: str) -> str:
    return f"{local(session.starts_at, zone):%H:%M} – {local(session.ends_at, zone):%H:%M}"


def _desk(caller: Caller | None, event: EventShown) -> str:
    """Where the organiser's staff works on it, a path without language; '' for everybody else."""
    if caller and any(m.organisation == event.organiser for m in caller.may(EVENTS)):
        return f"/staff/events/{event.public_id}"
    return ""


@get("/events/{address_name:str}/share.png")
async def shared(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Response[bytes]:
    """The picture that an event has where its link is shared."""
    language = language_of(request)
    event = await _public(address_name)
    content = event.content
    shown = share.Shown(
        kind=gettext(language, KIND_NAMES[content.kind]),
        title=event.text(language).title,
        when=span_text(language, *_span(event), content.zone, content.whole_days),
        where=place(language, content.format, content.country, content.city, content.venue),
        note=gettext(language, _CANCELLED) if event.state == EventState.CANCELLED else "",
    )
    return _kept(request, await share.picture(shown), "image/png", language)


@get("/events/{address_name:str}/picture")
async def picture(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Response[bytes]:
    """An event's picture. Raises NotFound where it has none."""
    event = await _public(address_name)
    if event.picture is None:
        raise NotFound()
    data = await store.read(event.picture.path)
    return _kept(request, data, event.picture.content_type, language_of(request))


def _kept(request: Request[Any, Any, Any], data: bytes, media_type: str, language: str) -> Response[bytes]:
    """A picture whose address says which one it is (`v`), so that it may be kept for a day."""
    return conditional(
        request,
        data,
        media_type,
        language=language,
        cache=f"public, max-age={_PICTURE_SECONDS}",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


@get("/events/{address_name:str}/files/{file:str}")
async def document(
    request: Request[Any, Any, Any], address_name: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """A document of an event, as a download."""
    event = await _public(address_name)
    for one in event.documents:
        if one.public_id == file:
            return download(await store.read(one.path), one.name, one.content_type)
    raise NotFound()


ROUTES: Sequence[ControllerRouterHandler] = (
    *list_pages.ROUTES,
    *month_pages.ROUTES,
    one,
    shared,
    picture,
    document,
)
