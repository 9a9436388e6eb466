"""The organisers' desk for registrations: lists, one registration, guests, the door."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.errors import Conflict, Invalid
from kervan.events import access
from kervan.events import queries as events
from kervan.products.importing.report import harmless
from kervan.registrations import answers, door_pages, guests, organising, queries, states, surveys
from kervan.registrations.queries import Filters
from kervan.registrations.structs import Guest
from kervan.registrations.tables import RegistrationState
from kervan.staff.desk import frame
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_SIDES = ("EXPORTER", "IMPORTER")
_GUEST_TABS = ("", "ASKED", "INVITED", "DECLINED", "JOINED")


def _filters(request: Request[Any, Any, Any]) -> Filters:
    query = query_of(request)
    asked = {name: values[-1] for name, values in query.items()}
    return Filters(
        text=asked.get("q", "")[:120].strip(),
        state=asked["state"] if asked.get("state") in set(RegistrationState) else "",
        side=asked["side"] if asked.get("side") in _SIDES else "",
        page=whole_number(query, "page", 1, 1, 100_000),
    )


@get("/staff/events/{event:str}/registrations")
async def registrations(request: Request[Any, Any, Any], event: FromPath[str]) -> Page:
    """Who registered: what waits for the organiser first, then the waiting list in its order, then the rest."""
    return await _list(request, signed_in(request), event, Form(language_of(request)))


async def _list(
    request: Request[Any, Any, Any], caller: Caller, event: str, form: Form, status: int = 200
) -> Page:
    seat = await access.organised(caller, event)
    filters, language = _filters(request), language_of(request)
    rows, total = await queries.rows(seat.id, filters)
    counts = await queries.counts(seat.id)
    shown = await events.shown(seat.id)
    return page(
        request,
        "registrations/staff_list.html",
        status_code=status,
        event=shown,
        content=shown.content,
        title=shown.text(language).title,
        rows=rows,
        total=total,
        last=max(1, -(-total // queries.PER_PAGE)),
        filters=filters,
        counts=counts,
        rooms=[(side, await queries.room(seat.id, side)) for side in _SIDES],
        names=states.NAMES,
        tones=states.TONES,
        survey=await surveys.numbers(seat.id),
        bands=surveys.EXPECTED,
        form=form,
        **await frame(request, caller, "events"),
    )


@post("/staff/events/{event:str}/registrations", status_code=200)
async def decide_many(request: Request[Any, Any, Any], event: FromPath[str]) -> Page:
    """Takes a step with all that are chosen."""
    caller = signed_in(request)
    form = await forms.read(request)
    action = form.choice("action", organising.ACTIONS)
    chosen = form.several("id", least=1, most=organising.MOST_AT_ONCE)
    status = 422
    if form.ok:
        try:
            _, refused = await organising.decide_many(
                caller, event, chosen, action, form.lines("reason", required=False, longest=1000)
            )
            said = "registrations-some" if refused else "registrations-decided"
            return back(request, f"/staff/events/{event}/registrations", said=said)
        except (Invalid, Conflict) as error:
            status = error.status_code
            form.take(error)
    return await _list(request, caller, event, form, status)


@get("/staff/events/{event:str}/registrations.csv")
async def as_file(request: Request[Any, Any, Any], event: FromPath[str]) -> Stream:
    """The list with its filters as a file: a line a person, with the firm's answers."""
    seat = await access.organised(signed_in(request), event)
    filters, language = _filters(request), language_of(request)
    asked = await answers.questions(seat.id)
    names = {state: gettext(language, name) for state, name in states.NAMES.items()}

    async def lines() -> AsyncIterator[bytes]:
        out = io.StringIO()
        write = csv.writer(out)
        head = ["registration", "firm", "country", "side", "state", "waiting", "name", "role", "interest",
                "meetings", "registered_at"]  # fmt: skip
        write.writerow([*head, *(harmless(question.words(language)) for question in asked)])
        yield b"\xef\xbb\xbf" + out.getvalue().encode()
        async for row in queries.in_file(seat.id, filters):
            out.seek(0)
            out.truncate()
            told = [
                answers.word(question, row["answers"][str(question.id)], language)
                if str(question.id) in row["answers"]
                else ""
                for question in asked
            ]
            for name, job in zip(row["people"] or [""], row["jobs"] or [""], strict=True):
                write.writerow(
                    harmless(str(value))
                    for value in (
                        row["public_id"], row["firm"], row["country"], row["side"], names[row["state"]],
                        row["place"] or "", name, job, row["interest"], int(row["wants_meetings"]),
                        row["created_at"].isoformat(timespec="seconds"), *told,
                    )
                )  # fmt: skip
            yield out.getvalue().encode()

    headers = {
        "Content-Disposition": f'attachment; filename="registrations-{event}.csv"',
        "Cache-Control": "private, no-store",
    }
    return Stream(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@get("/staff/events/{event:str}/registrations/{registration:str}")
async def one(request: Request[Any, Any, Any], event: FromPath[str], registration: FromPath[str]) -> Page:
    """One registration as the organiser sees it."""
    return await _one(request, signed_in(request), event, registration, Form(language_of(request)))


async def _one(
    request: Request[Any, Any, Any],
    caller: Caller,
    event: str,
    registration: str,
    form: Form,
    status: int = 200,
) -> Page:
    seat = await access.organised(caller, event)
    language = language_of(request)
    shown = await queries.of_event(seat.id, registration)
    held = await events.shown(seat.id)
    begun = held.phase in ("LIVE", "DONE")
    return page(
        request,
        "registrations/staff_one.html",
        status_code=status,
        registration=shown,
        event=held,
        content=held.content,
        title=held.text(language).title,
        answers=await answers.in_words(seat.id, shown.answers, language),
        may=[
            action
            for action in organising.ACTIONS
            if states.may(action, shown.state, "ORGANISER") and (begun or action not in ("attend", "miss"))
        ],
        actions=states.ACTIONS,
        names=states.NAMES,
        tones=states.TONES,
        form=form,
        **await frame(request, caller, "events"),
    )


@post("/staff/events/{event:str}/registrations/{registration:str}/{action:str}", status_code=200)
async def decide(
    request: Request[Any, Any, Any],
    event: FromPath[str],
    registration: FromPath[str],
    action: FromPath[str],
) -> Page:
    """Takes a step with one registration, or moves it in the waiting list (first, last)."""
    caller = signed_in(request)
    form = await forms.read(request)
    reason = form.lines("reason", required=False, longest=1000)
    version = form.whole("version", low=1, high=1_000_000, required=False)
    here = f"/staff/events/{event}/registrations/{registration}"
    try:
        if action in ("first", "last"):
            await organising.move_in_queue(caller, event, registration, action == "first")
            return back(request, here, said="queue-moved")
        await organising.decide(caller, event, registration, action, reason=reason, version=version)
    except (Invalid, Conflict) as error:
        form.take(error)
        return await _one(request, caller, event, registration, form, error.status_code)
    return back(request, here, said="registrations-decided")


@get("/staff/events/{event:str}/guests")
async def guest_list(request: Request[Any, Any, Any], event: FromPath[str]) -> Page:
    """People without an account who want to come."""
    return await _guests(request, signed_in(request), event, Form(language_of(request)))


async def _guests(
    request: Request[Any, Any, Any],
    caller: Caller,
    event: str,
    form: Form,
    status: int = 200,
    answered: str = "",
) -> Page:
    seat = await access.organised(caller, event)
    language = language_of(request)
    state = query_of(request).get("state", [""])[-1]
    state = state if state in _GUEST_TABS else ""
    shown = await events.shown(seat.id)
    every: Sequence[Guest] = await guests.of_event(seat.id)
    return page(
        request,
        "registrations/guests.html",
        status_code=status,
        event=shown,
        content=shown.content,
        title=shown.text(language).title,
        guests=[guest for guest in every if not state or guest.state == state],
        tabs=[(tab, sum(not tab or guest.state == tab for guest in every)) for tab in _GUEST_TABS],
        state=state,
        names=states.GUEST_NAMES,
        tones=states.GUEST_TONES,
        form=form,
        answered=answered,
        **await frame(request, caller, "events"),
    )


@post("/staff/events/{event:str}/guests/{guest:str}", status_code=200)
async def answer_guest(request: Request[Any, Any, Any], event: FromPath[str], guest: FromPath[str]) -> Page:
    """Invites a guest (`answer=invite`), or declines with a reason."""
    caller = signed_in(request)
    form = await forms.read(request)
    invites = form.choice("answer", ("invite", "decline")) == "invite"
    status = 422
    if form.ok:
        try:
            reason = form.lines("reason", required=False, longest=1000)
            await guests.decide(caller, event, guest, invites, reason)
            return back(request, f"/staff/events/{event}/guests", said="guest-answered")
        except (Invalid, Conflict) as error:
            status = error.status_code
            form.take(error)
    return await _guests(request, caller, event, form, status, guest)


ROUTES: Sequence[ControllerRouterHandler] = (
    registrations,
    decide_many,
    as_file,
    one,
    decide,
    guest_list,
    answer_guest,
    *door_pages.ROUTES,
)
