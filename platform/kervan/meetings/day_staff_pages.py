"""Meeting days at the organisers' desk: the list, one day with its firms and plans, and what can be done with it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.calendars import zones
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events.structs import EventShown
from kervan.meetings import (
    day_access,
    day_form,
    day_queries,
    day_reasons,
    day_structs,
    days,
    planning,
)
from kervan.meetings.day_access import Desk
from kervan.staff.desk import frame
from kervan.trade import languages, time_zones
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import NOT_KEPT, query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_WORDS: dict[str, Any] = {
    "names": day_structs.NAMES,
    "tones": day_structs.TONES,
    "participant_names": day_structs.PARTICIPANT_NAMES,
}


@get("/staff/meeting-days")
async def all_days(request: Request[Any, Any, Any]) -> Page:
    """The days of the caller's organisations; with `event` those of one event."""
    caller, language = signed_in(request), language_of(request)
    mine = day_access.organisers(caller)
    event = query_of(request).get("event", [""])[0][:20]
    return page(
        request,
        "meetings/day_list.html",
        makes=not event or await _inside(event, mine) is not None,
        rows=await day_queries.listed(caller, language, event),
        event=event,
        own=caller.time_zone,
        **_WORDS,
        **await frame(request, caller, "meeting-days"),
    )


@get("/staff/meeting-days/new")
async def new(request: Request[Any, Any, Any]) -> Page:
    """The form of a new day; with `event` inside one."""
    caller, language = signed_in(request), language_of(request)
    mine = day_access.organisers(caller)
    query = query_of(request)
    event = query.get("event", [""])[0][:20]
    inside = await _inside(event, mine) if event else None
    if event and inside is None:
        raise NotFound()
    zone = time_zones.of_country(mine[0].country)
    values = day_form.fresh(inside, zone, inside.text(language).title if inside else "")
    return await _form(request, caller, Form(language, values))


async def _inside(event: str, mine: Sequence[Membership]) -> EventShown | None:
    """The event (public id) when one of these organisations holds it."""
    for membership in mine:
        try:
            return await days.event_of(event, membership.organisation)
        except NotFound:
            continue
    return None


async def _form(
    request: Request[Any, Any, Any], caller: Caller, form: Form, kept: day_structs.DayShown | None = None
) -> Page:
    language = language_of(request)
    zone = form.value("zone")
    return page(
        request,
        "meetings/day_form.html",
        status_code=200 if form.ok else 422,
        form=form,
        stored=kept,
        fixed=kept is not None and kept.state != "DRAFT",
        rows=day_form.rows(form),
        organisers=[(m.public_id, m.name) for m in day_access.organisers(caller)],
        zones=zones.choices(language, also=zone if zones.known(zone) else ""),
        languages_spoken=languages.languages(language),
        city=zones.city(kept.zone, language) if kept else "",
        **await frame(request, caller, "meeting-days"),
    )


@post("/staff/meeting-days/new", status_code=200)
async def create(request: Request[Any, Any, Any]) -> Page:
    """Keeps a draft."""
    caller = signed_in(request)
    mine = day_access.organisers(caller)
    form = await forms.read(request)
    org = form.value("org") or mine[0].public_id
    if (content := day_form.read(form)) is not None:
        try:
            day = await days.create(caller, org, content, form.value("event")[:20])
            return back(request, f"/staff/meeting-days/{day}", said="day-saved")
        except (Invalid, Conflict) as error:
            day_form.take(form, error)
    return await _form(request, caller, form)


@get("/staff/meeting-days/{day:str}/edit")
async def edit(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """The form of a day as it is kept."""
    caller = signed_in(request)
    desk = await day_access.organised(caller, day)
    kept = await day_queries.shown(desk.id)
    return await _form(request, caller, Form(language_of(request), day_form.stored(kept)), kept)


@post("/staff/meeting-days/{day:str}/edit", status_code=200)
async def save(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """Writes it anew."""
    caller = signed_in(request)
    desk = await day_access.organised(caller, day)
    kept = await day_queries.shown(desk.id)
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9, required=False)
    if (content := day_form.read(form, None if kept.state == "DRAFT" else kept)) is not None:
        try:
            await days.change(caller, day, content, version)
            return back(request, f"/staff/meeting-days/{day}", said="day-saved")
        except (Invalid, Conflict) as error:
            day_form.take(form, error)
    return await _form(request, caller, form, kept)


@get("/staff/meeting-days/{day:str}")
async def one(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """A day: where it stands, who comes, the newest plan with its figures."""
    caller = signed_in(request)
    desk = await day_access.organised(caller, day)
    return await _show(request, caller, desk, Form(language_of(request)))


async def _show(
    request: Request[Any, Any, Any],
    caller: Caller,
    desk: Desk,
    form: Form,
    *,
    did: str = "",
    status: int = 200,
) -> Page:
    language = language_of(request)
    shown = await day_queries.shown(desk.id, language)
    people = await day_queries.participants(desk.id)
    plan = await day_queries.plan(shown)
    text = query_of(request).get("firm", [""])[0][:100].strip()
    return page(
        request,
        "meetings/day_staff.html",
        status_code=status,
        shown=shown,
        people=people,
        plan=plan,
        reasons=day_reasons.counted(plan) if plan else [],
        reason_names=day_reasons.SHORT,
        waiting=sum(one.state == "PLANNED" for one in await day_queries.agenda(desk.id)),
        under_way=shown.state in ("OPEN", "PLANNED", "PUBLISHED"),
        text=text,
        found=await day_queries.invitable(desk.id, text) if len(text) > 1 else [],
        form=form,
        did=did,
        now=datetime.now(UTC),
        own=caller.time_zone,
        **_WORDS,
        **await frame(request, caller, "meeting-days"),
    )


@get("/staff/meeting-days/{day:str}/progress", response_headers=NOT_KEPT)
async def progress(request: Request[Any, Any, Any], day: FromPath[str]) -> dict[str, Any]:
    """How far the newest plan is; share is 0 to 1."""
    desk = await day_access.organised(signed_in(request), day)
    plan = await day_queries.plan(await day_queries.shown(desk.id))
    percent = plan.progress if plan else 0
    return {"under_way": bool(plan and plan.under_way), "share": percent / 100, "rows": percent}


@get("/staff/meeting-days/{day:str}/agenda")
async def agenda(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """All meetings of the day by slot."""
    caller, language = signed_in(request), language_of(request)
    desk = await day_access.organised(caller, day)
    return page(
        request,
        "meetings/day_agenda.html",
        shown=await day_queries.shown(desk.id, language),
        meetings=await day_queries.agenda(desk.id),
        own=caller.time_zone,
        **await frame(request, caller, "meeting-days"),
    )


@get("/staff/meeting-days/{day:str}/reasons")
async def reasons(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """Every wish that the newest plan does not meet, with the sentence that the firm reads."""
    caller, language = signed_in(request), language_of(request)
    desk = await day_access.organised(caller, day)
    shown = await day_queries.shown(desk.id, language)
    plan = await day_queries.plan(shown)
    if plan is None or plan.state != "DONE":
        raise NotFound()
    return page(
        request,
        "meetings/day_reasons.html",
        shown=shown,
        unmet=day_reasons.unmet(shown, plan, await day_queries.participants(desk.id), language),
        **await frame(request, caller, "meeting-days"),
    )


_Step = Callable[[Caller, str, Form, int | None], Awaitable[object]]


async def _open(caller: Caller, day: str, _form: Form, version: int | None) -> object:
    return await days.open_for_wishes(caller, day, version)


async def _take_in(caller: Caller, day: str, _form: Form, _version: int | None) -> object:
    return await days.take_in(caller, day)


async def _plan(caller: Caller, day: str, form: Form, version: int | None) -> object:
    seed = form.whole("seed", low=1, high=999_999, required=False)
    return await planning.ask(caller, day, seed=seed or 1, version=version) if form.ok else None


async def _publish(caller: Caller, day: str, _form: Form, version: int | None) -> object:
    return await planning.publish(caller, day, version)


async def _cancel(caller: Caller, day: str, form: Form, version: int | None) -> None:
    await days.cancel(caller, day, form.value("reason"), version)


async def _invite(caller: Caller, day: str, form: Form, _version: int | None) -> None:
    await days.invite(caller, day, form.value("org")[:20])


async def _missing(caller: Caller, day: str, form: Form, _version: int | None) -> object:
    return await planning.missing(caller, day, form.value("participant")[:20])


async def _present(caller: Caller, day: str, form: Form, _version: int | None) -> None:
    await planning.present(caller, day, form.value("participant")[:20])


# What each step does, and what the page says afterwards.
_STEPS: dict[str, tuple[_Step, str]] = {
    "open": (_open, "day-opened"),
    "take-in": (_take_in, "day-taken-in"),
    "plan": (_plan, "day-planning"),
    "publish": (_publish, "day-published"),
    "cancel": (_cancel, "day-cancelled"),
    "invite": (_invite, "day-invited"),
    "missing": (_missing, "day-missing"),
    "present": (_present, "day-present"),
}


@post("/staff/meeting-days/{day:str}/steps/{step:str}", status_code=200)
async def take_step(request: Request[Any, Any, Any], day: FromPath[str], step: FromPath[str]) -> Page:
    """Opens a day, asks firms, has it planned, makes the agenda known, notes who is missing, calls it off."""
    caller = signed_in(request)
    desk = await day_access.organised(caller, day)
    if step not in _STEPS:
        raise NotFound()
    act, said = _STEPS[step]
    form = await forms.read(request)
    version = form.whole("version", low=1, high=10**9, required=False)
    status = 422
    if form.ok:
        try:
            await act(caller, day, form, version)
            if form.ok:
                return back(request, f"/staff/meeting-days/{day}", said=said)
        except Invalid as error:
            form.take(error)
        except (Conflict, Forbidden) as error:
            status = error.status_code
            form.take(error)
    return await _show(request, caller, desk, form, did=step, status=status)


@post("/staff/meeting-days/{day:str}/discard", status_code=200)
async def discard(request: Request[Any, Any, Any], day: FromPath[str]) -> Page:
    """Throws a draft away."""
    caller = signed_in(request)
    desk = await day_access.organised(caller, day)
    form = await forms.read(request)
    try:
        await days.discard(caller, day)
    except Conflict as error:
        form.take(error)
        return await _show(request, caller, desk, form, did="discard", status=error.status_code)
    return back(request, "/staff/meeting-days", said="day-discarded")


ROUTES: Sequence[ControllerRouterHandler] = (
    all_days, new, create, one, edit, save, progress, agenda, reasons, take_step, discard,
)  # fmt: skip
