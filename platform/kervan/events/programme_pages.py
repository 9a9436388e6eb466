"""The programme of an event: its points by time, one added, changed or taken out at a time."""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.calendars import zones
from kervan.errors import NotFound
from kervan.events import rules, writing
from kervan.events.structs import Session
from kervan.events.writing import Desk
from kervan.staff.desk import frame
from kervan.trade import languages
from kervan.trade.errors import TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


@get("/staff/events/{id:str}/programme")
async def programme(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The points by day and an empty form for the next one; `edit` fills it with one that is there."""
    at = await writing.desk(request, id)
    number = query_of(request).get("edit", [""])[-1]
    values: dict[str, Any] = _next(at)
    if number and at.editable:
        values = _initial(at, _session(at, number)) | {"position": number}
    return await _page(request, at, Form(language_of(request), {**values, "version": str(at.shown.version)}))


def _session(at: Desk, number: str) -> Session:
    sessions = at.shown.content.sessions
    if not (number.isascii() and number.isdigit() and len(number) < 4 and 1 <= int(number) <= len(sessions)):
        raise NotFound()
    return sessions[int(number) - 1]


def _next(at: Desk) -> dict[str, str]:
    """A new point begins where the last one ends."""
    held = at.shown.content
    if held.sessions:
        last = zones.local(held.sessions[-1].ends_at, held.zone)
        return {"day": last.date().isoformat(), "starts": f"{last:%H:%M}"}
    if held.starts_at is None:
        return {}
    first = zones.local(held.starts_at, held.zone)
    return {"day": first.date().isoformat(), "starts": "" if held.whole_days else f"{first:%H:%M}"}


def _initial(at: Desk, session: Session) -> dict[str, str]:
    zone = at.shown.content.zone
    starts, ends = zones.local(session.starts_at, zone), zones.local(session.ends_at, zone)
    return {
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "title": session.title,
        "speakers": "\n".join(session.speakers),
        "place": session.place,
        "language": session.language or "",
    }


async def _page(request: Request[Any, Any, Any], at: Desk, form: Form, status: int = 0) -> Page:
    held = at.shown.content
    days: dict[date, list[tuple[int, Session, datetime, datetime]]] = {}
    for number, session in enumerate(held.sessions, start=1):
        starts = zones.local(session.starts_at, held.zone)
        point = (number, session, starts, zones.local(session.ends_at, held.zone))
        days.setdefault(starts.date(), []).append(point)
    first, last = _days(at)
    return page(
        request,
        "events/staff_programme.html",
        status_code=status or (200 if form.ok else 422),
        shown=at.shown,
        held=held,
        title=at.shown.text(form.language).title,
        form=form,
        editable=at.editable,
        days=list(days.items()),
        first=first.isoformat() if first else "",
        last=last.isoformat() if last else "",
        spoken=languages.languages(form.language),
        most=rules.MOST_SESSIONS,
        **await frame(request, at.caller, "events"),
    )


def _days(at: Desk) -> tuple[date | None, date | None]:
    held = at.shown.content
    if held.starts_at is None or held.ends_at is None:
        return None, None
    return zones.days_of(held.starts_at, held.ends_at, held.zone)


@post("/staff/events/{id:str}/programme", status_code=200)
async def save(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Adds a point, or changes the one at `position`; the programme orders itself by time."""
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    session = _read(at, form)
    status = 422
    if session is not None and form.ok:
        sessions = list(at.shown.content.sessions)
        if number := form.value("position"):
            sessions.remove(_session(at, number))
        sessions.append(session)
        sessions.sort(key=lambda each: (each.starts_at, each.ends_at, each.title))
        status = await writing.store(at, form, "sessions", sessions=tuple(sessions))
        if not status:
            return back(request, f"/staff/events/{id}/programme", said="saved")
    return await _page(request, await writing.desk(request, id), form, status)


def _read(at: Desk, form: Form) -> Session | None:
    zone = at.shown.content.zone
    day = form.parsed("day", zones.parse_day, longest=40)
    starts = form.parsed("starts", zones.parse_time, longest=20)
    ends = form.parsed("ends", zones.parse_time, longest=20)
    title = form.text("title", longest=rules.LONGEST_TITLE)
    speakers = form.lines("speakers", required=False, longest=600)
    place = form.text("place", required=False, longest=120)
    language = form.choice("language", [code for code, _ in languages.languages("en")], required=False)
    if day is None or starts is None or ends is None:
        return None
    # What ends at midnight or later ends on the next day.
    until = day + timedelta(days=1) if ends < starts and ends.hour < 6 and day < date.max else day
    moments = []
    for name, on, clock in (("starts", day, starts), ("ends", until, ends)):
        try:
            moments.append(zones.moment(on, clock, zone))
        except TradeError as error:
            form.refuse(name, error)
    if len(moments) < 2 or not form.ok:
        return None
    return Session(
        starts_at=moments[0], ends_at=moments[1], title=title, place=place, language=language or None,
        speakers=tuple(line.strip() for line in speakers.split("\n") if line.strip()),
    )  # fmt: skip


@post("/staff/events/{id:str}/programme/remove", status_code=200)
async def remove(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Takes a point out of the programme."""
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    gone = _session(at, form.value("position"))
    sessions = list(at.shown.content.sessions)
    sessions.remove(gone)
    status = await writing.store(at, form, "sessions", sessions=tuple(sessions))
    if not status:
        return back(request, f"/staff/events/{id}/programme", said="saved")
    again = Form(form.language, {**_next(at), "version": str(at.shown.version)})
    again.message = form.message or (form.errors[0][1] if form.errors else None)
    return await _page(request, await writing.desk(request, id), again, status)


ROUTES: list[ControllerRouterHandler] = [programme, save, remove]
