"""Meeting days as firms see them: when they are free, whom they want to meet, what came of it."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.calendars import zones
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.meetings import day_access, day_firm, day_queries, wishes
from kervan.meetings.day_access import Place
from kervan.meetings.day_rules import MOST_SLOTS
from kervan.meetings.day_structs import NAMES, TONES, Participant
from kervan.meetings.wishes import Times
from kervan.organisations.desk import frame
from kervan.trade import languages
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

# Offered at once; what the firm speaks besides is shown with them.
_COMMON = frozenset({"tr", "en", "de", "fr", "es", "it", "ar", "ru"})
_MOST_POSTED = 200


@get("/desk/{org:str}/meeting-days/{day:str}")
async def show(request: Request[Any, Any, Any], org: FromPath[str], day: FromPath[str]) -> Page:
    """The firm's place at a day: its times and wishes, later what came of them."""
    place = await day_access.invited(signed_in(request), org, day)
    return await _show(request, place)


async def _show(request: Request[Any, Any, Any], place: Place, form: Form | None = None) -> Page:
    """`form` is a refused one."""
    caller, language = signed_in(request), language_of(request)
    day = await day_firm.seen(place, language)
    shown, own = day.shown, day.own
    form_shown = form or Form(language, _initial(own, caller.language))
    spoken = languages.languages(language)
    first = {*_COMMON, *form_shown.values("languages")}
    agreed = [one for one in await day_firm.meetings(caller, place) if one.state in ("CONFIRMED", "HELD")]
    return page(
        request,
        "meetings/day_firm.html",
        status_code=200 if form is None else 422,
        shown=shown,
        own=own,
        form=form_shown,
        # Whoever says for the first time when it can come can mostly always come.
        fresh=own.state == "INVITED",
        wishes=day.wishes,
        others=day.others,
        suggestions=await day_firm.suggested(place, day, language),
        most=await wishes.most_wishes(),
        takes=day.takes,
        may_act=place.may_act,
        unmet=await day_firm.unmet(day, language),
        meetings=len(agreed),
        languages_first=[one for one in spoken if one[0] in first],
        languages_rest=[one for one in spoken if one[0] not in first],
        names=NAMES,
        tones=TONES,
        zone=caller.time_zone,
        differs=zones.offset(caller.time_zone, shown.starts_at) != zones.offset(shown.zone, shown.starts_at),
        city=zones.city(shown.zone, language),
        own_city=zones.city(caller.time_zone, language),
        **await frame(request, place.membership, "meetings"),
    )


def _initial(own: Participant, language: str) -> dict[str, Any]:
    return {
        "slots": [str(number) for number in own.slots],
        "languages": own.languages or ([language] if language == "en" else [language, "en"]),
        "most_meetings": str(own.most_meetings or ""),
    }


@post("/desk/{org:str}/meeting-days/{day:str}/times", status_code=200)
async def save_times(request: Request[Any, Any, Any], org: FromPath[str], day: FromPath[str]) -> Page:
    """When the firm can come."""
    caller = signed_in(request)
    place = await day_access.invited(caller, org, day, act=True)
    form = await forms.read(request)
    shown = await day_queries.shown(place.day)
    version = form.whole("version", low=1, high=10**9, required=False)
    times = Times(
        slots=tuple(
            int(number)
            for number in form.several("slots", [str(s.number) for s in shown.slots], most=MOST_SLOTS)
        ),
        languages=form.several("languages", languages.LANGUAGES, most=20),
        most_meetings=form.whole("most_meetings", low=1, high=MOST_SLOTS, required=False),
    )
    if form.ok:
        try:
            await wishes.save_times(caller, place, shown, times, version)
            return back(request, f"/desk/{org}/meeting-days/{day}", said="day-times")
        except (Invalid, Conflict, Forbidden) as error:
            form.take(error)
    return await _show(request, place, form)


@post("/desk/{org:str}/meeting-days/{day:str}/wishes", status_code=200)
async def save_wishes(request: Request[Any, Any, Any], org: FromPath[str], day: FromPath[str]) -> Page:
    """One change of the ranked list; every button of it is a form of its own kind, so that it works without scripts."""
    place = await day_access.invited(signed_in(request), org, day, act=True)
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9, required=False)
    wished = list(form.values("wish"))[:_MOST_POSTED]
    if len(form.values("wish")) > _MOST_POSTED:
        form.refuse(
            "wishes", Invalid(N_("At most {n} wishes: take some away first."), n=await wishes.most_wishes())
        )
    wished = _moved(wished, form)
    if form.ok:
        try:
            await wishes.save_wishes(place, wished, version)
            return back(request, f"/desk/{org}/meeting-days/{day}", said="day-wishes")
        except (Invalid, Conflict, Forbidden) as error:
            form.take(error)
    refused = Form(form.language, _initial(await _own(place), form.language))
    refused.message = form.message
    for name, sentence in form.errors:
        refused.refuse(name, sentence)
    return await _show(request, place, refused)


async def _own(place: Place) -> Participant:
    return next(one for one in await day_queries.participants(place.day) if one.id == place.participant)


def _moved(wished: list[str], form: Form) -> list[str]:
    """The list after the button that was pressed: add, remove, up or down with the public id of a participant."""
    if added := form.value("add"):
        return [*wished, added]
    if removed := form.value("remove"):
        return [one for one in wished if one != removed]
    for name, step in (("up", -1), ("down", 1)):
        one = form.value(name)
        if one in wished:
            place = wished.index(one)
            other = min(max(place + step, 0), len(wished) - 1)
            wished[place], wished[other] = wished[other], wished[place]
    return wished


@post("/desk/{org:str}/meeting-days/{day:str}/withdraw", status_code=200)
async def withdraw(request: Request[Any, Any, Any], org: FromPath[str], day: FromPath[str]) -> Page:
    """The firm does not come."""
    caller = signed_in(request)
    place = await day_access.invited(caller, org, day, act=True)
    await forms.read(request)
    await wishes.withdraw(caller, place)
    return back(request, f"/desk/{org}/meeting-days/{day}", said="day-withdrawn")


ROUTES: Sequence[ControllerRouterHandler] = (show, save_times, save_wishes, withdraw)
