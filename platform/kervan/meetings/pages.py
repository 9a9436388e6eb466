"""Meetings of a firm: the agenda, asking somebody for a meeting, the calendar for programs."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.calendars import zones
from kervan.errors import Conflict, Forbidden, Invalid, KervanError, TooMany
from kervan.ids import new_public_id
from kervan.meetings import (
    access,
    agenda,
    direct,
    feed,
    fields,
    pages_feed,
    pages_meeting,
    pages_outcome,
    parties,
    queries,
    rooms,
    states,
)
from kervan.meetings.parties import Party
from kervan.orders.once import checked
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.policies import book
from kervan.trade import languages, law, time_zones
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

PAST_ON_A_PAGE = 20

_WHYS = {
    "ORDER": N_("You trade with each other"),
    "INQUIRY": N_("You know each other from an inquiry"),
    "MEETING": N_("You have met before"),
    "EVENT": N_("At the same event"),
    "SAVED": N_("You saved this exporter"),
}


@get("/desk/{org:str}/meetings")
async def show(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Today, what comes, what waits for an answer, and what is over, on the reader's clocks."""
    caller = signed_in(request)
    membership = access.firm(caller, org)
    language = language_of(request)
    number = whole_number(query_of(request), "page", 1, 1, 1000)
    found = await agenda.of_firm(membership, caller.person, caller.time_zone, language)
    past, more = await queries.past(membership.organisation, caller.person, number, PAST_ON_A_PAGE)
    token = await feed.token_of(caller.person)
    return page(
        request,
        "meetings/agenda.html",
        agenda=found,
        past=past,
        more=more,
        number=number,
        feed=f"/agenda/{token}.ics" if token else None,
        may_act=access.right_of(membership) in membership.rights,
        may_ask=access.right_of(membership) in membership.rights and parties.can_meet(membership),
        **clocks(caller, language),
        **await frame(request, membership, "meetings"),
    )


def clocks(caller: Caller, language: str) -> dict[str, Any]:
    """Words and clocks that every page of meetings needs."""
    return {
        "zone": caller.time_zone,
        "city": zones.city(caller.time_zone, language),
        "offset": zones.offset(caller.time_zone),
        "names": {state: gettext(language, name) for state, name in states.NAMES.items()},
        "tones": states.TONES,
    }


@post("/desk/{org:str}/meetings/feed", status_code=200)
async def change_feed(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Gives the person's calendar an address, another one, or none."""
    caller = signed_in(request)
    access.firm(caller, org)
    form = await forms.read(request)
    if form.value("remove"):
        await feed.remove(caller)
        return back(request, f"/desk/{org}/meetings", said="feed-removed")
    known = await feed.token_of(caller.person)
    await feed.rotate(caller)
    return back(request, f"/desk/{org}/meetings", said="feed-rotated" if known else "feed-made")


@get("/meetings/ask")
async def which(request: Request[Any, Any, Any]) -> Page:
    """From a public page to the form at the desk of the reader's firm; who has none is told what to do."""
    caller = signed_in(request)
    query = query_of(request)
    passed: dict[str, Any] = {
        name: values[0][:80] for name, values in query.items() if name in ("with", "event") and values
    }
    firms = [m for m in caller.may(roles.BUY) if m.kind == Kind.IMPORTER]
    if len(firms) == 1:
        return back(request, f"/desk/{firms[0].public_id}/meetings/new", **passed)
    return page(
        request,
        "meetings/firm.html",
        firms=[(m.public_id, m.name) for m in firms],
        passed=passed,
        looks_on=any(m.kind == Kind.IMPORTER for m in caller.memberships),
    )


@get("/desk/{org:str}/meetings/new")
async def new(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The form for a meeting with one firm; without one, the firms whom the own one may ask."""
    caller = signed_in(request)
    membership = access.firm(caller, org, act=True)
    query = query_of(request)
    language = language_of(request)
    key = query.get("with", [""])[0][:80]
    try:
        parties.may_ask(membership)
        if not key and (part := query.get("inquiry", [""])[0][:20]) and membership.exporter is not None:
            key = await parties.of_inquiry(membership, part)
        if not key:
            return await _choose(request, caller, membership)
        party = await parties.wanted(membership, key)
    except (Conflict, Forbidden) as error:
        return await _choose(request, caller, membership, error)
    values = {
        "key": new_public_id() + new_public_id(),
        "minutes": "30",
        "language": language,
        "event": query.get("event", [""])[0][:20],
    }
    return await _form(request, caller, membership, party, Form(language, values))


@post("/desk/{org:str}/meetings/new", status_code=200)
async def send(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Asks for the meeting; what is wrong stands beside its field."""
    caller = signed_in(request)
    membership = access.firm(caller, org, act=True)
    key = query_of(request).get("with", [""])[0][:80]
    form = await forms.read(request)
    try:
        party = await parties.wanted(membership, key)
    except (Conflict, Forbidden) as error:
        return await _choose(request, caller, membership, error)
    most = await most_times()
    times, rows = fields.times(form, caller.time_zone, most)
    wanted = direct.Wanted(
        times=times,
        zone=caller.time_zone,
        topic=form.text("topic", longest=direct.LONGEST_TOPIC, shortest=3),
        message=form.lines("message", required=False, longest=direct.LONGEST_MESSAGE),
        language=form.choice("language", languages.LANGUAGES) or None,
        event=form.text("event", required=False, longest=20) or None,
        room_url=form.parsed("room_url", rooms.address, required=False, longest=rooms.LONGEST) or "",
    )
    if form.ok:
        try:
            await throttle.spend("meeting", request, caller.person)
            made = await direct.ask(caller, membership, key, wanted, checked(form.value("key")))
            said = "meeting-asked-masked" if made.masked else "meeting-asked"
            return back(request, f"/desk/{org}/meetings/{made.public_id}", said=said)
        except (Invalid, Conflict, Forbidden, TooMany) as error:
            fields.take(form, error, rows)
    return await _form(request, caller, membership, party, form)


async def most_times() -> int:
    """How many times one side may offer at once."""
    the_book = await book.refresh()
    return the_book.figure("MEETING_PROPOSALS", law.day_of(datetime.now(UTC)))


async def _form(
    request: Request[Any, Any, Any], caller: Caller, membership: Membership, party: Party, form: Form
) -> Page:
    language = language_of(request)
    there = time_zones.of_country(party.country)
    return page(
        request,
        "meetings/new.html",
        status_code=200 if form.ok else 422,
        form=form,
        party=party,
        there=zones.city(there, language),
        there_offset=zones.offset(there),
        times=await most_times(),
        minutes=fields.MINUTES,
        languages_spoken=languages.languages(language),
        events=await parties.events(membership, party, language),
        own_rooms=bool(rooms.own()),
        today=zones.day_of(datetime.now(UTC), caller.time_zone),
        **clocks(caller, language),
        **await frame(request, membership, "meetings"),
    )


async def _choose(
    request: Request[Any, Any, Any], caller: Caller, membership: Membership, why: KervanError | None = None
) -> Page:
    language = language_of(request)
    form = Form(language)
    if why is not None:
        form.take(why)
    return page(
        request,
        "meetings/choose.html",
        status_code=why.status_code if why else 200,
        form=form,
        partners=await parties.partners(membership, caller.person),
        whys={code: gettext(language, text) for code, text in _WHYS.items()},
        **clocks(caller, language),
        **await frame(request, membership, "meetings"),
    )


ANYWHERE: list[ControllerRouterHandler] = [*pages_feed.ANYWHERE, *pages_outcome.ANYWHERE]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [
    show,
    change_feed,
    which,
    new,
    send,
    *pages_meeting.ROUTES,
    *pages_outcome.ROUTES,
]
