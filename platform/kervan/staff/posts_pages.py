"""Posts and associations: which are manned, whom to invite for which term, terms moved and ended, work handed over."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import proof
from kervan.errors import Conflict, Invalid, NotFound, TooMany
from kervan.organisations import access, invitations, members, queries, terms
from kervan.organisations.roles import MEANINGS, NAMES, roles_of
from kervan.organisations.tables import Kind
from kervan.staff import desk, posts
from kervan.staff.access import administrator
from kervan.trade import emails
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import LANGUAGES, language_of
from kervan.web.templates import Page, back, page

_LANGUAGES = tuple(language.code for language in LANGUAGES)


@get("/staff/posts")
async def all_posts(request: Request[Any, Any, Any]) -> Page:
    """Posts by country, and the associations; `show` keeps the empty ones or those whose term ends soon."""
    caller = administrator(request)
    show = query_of(request).get("show", [""])[-1]
    every = await posts.units(Kind.POST)
    kept = [
        unit
        for unit in every
        if show not in ("empty", "ending")
        or (show == "empty" and unit.people == 0)
        or (show == "ending" and unit.ending > 0)
    ]
    return page(
        request,
        "staff/admin/posts.html",
        **await desk.frame(request, caller, "posts"),
        posts=kept,
        show=show if show in ("empty", "ending") else "",
        manned=sum(unit.people > 0 for unit in every),
        empty_posts=sum(unit.people == 0 for unit in every),
        ending=sum(unit.ending > 0 for unit in every),
        ending_days=posts.ENDING_DAYS,
        associations=await posts.units(Kind.ASSOCIATION),
    )


@get("/staff/posts/{organisation:str}")
async def one_post(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Page:
    """The people of one post or association, their terms, and whom to invite."""
    return await _one(request, organisation, _empty(request))


def _empty(request: Request[Any, Any, Any]) -> Form:
    today = datetime.now(UTC).date()
    return Form(
        language_of(request),
        {
            "valid_from": today.isoformat(),
            "valid_to": (_years_later(today, 3) - timedelta(days=1)).isoformat(),
            "language": "tr",
        },
    )


def _years_later(day: date, years: int) -> date:
    # 29 February has no counterpart in most years.
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


async def _one(
    request: Request[Any, Any, Any],
    organisation: str,
    form: Form,
    status: int = 200,
    about: str = "",
    did: str = "",
) -> Page:
    """`about` is whose term the refused form is of, `did` what it wanted."""
    caller = administrator(request)
    unit = await access.managed(caller, organisation)
    if unit.kind not in (Kind.POST, Kind.ASSOCIATION):
        raise NotFound()
    # What was typed about somebody's term belongs into no invitation.
    inviting = _empty(request) if about else form
    return page(
        request,
        "staff/admin/post.html",
        status_code=status,
        **await desk.frame(request, caller, "posts"),
        unit=unit,
        has_terms=unit.kind == Kind.POST,
        terms=await posts.terms(organisation),
        invitations=await queries.invitations(unit.id),
        roles=[(role.value, NAMES[role], MEANINGS[role]) for role in roles_of(unit.kind)],
        role_names=NAMES,
        mail_languages=[(language.code, language.name) for language in LANGUAGES],
        form=form,
        inviting=inviting,
        about=about,
        did=did,
    )


@post("/staff/posts/{organisation:str}", status_code=200)
async def invite(request: Request[Any, Any, Any], organisation: FromPath[str]) -> Page:
    """Mails an invitation to a post (with its term) or an association."""
    caller = administrator(request)
    unit = await access.managed(caller, organisation)
    form = await forms.read(request)
    email = form.parsed("email", emails.address)
    roles = roles_of(unit.kind)
    role = form.choice("role", roles) if len(roles) > 1 else roles[0].value
    language = form.choice("language", _LANGUAGES)
    has_terms = unit.kind == Kind.POST
    valid_from = form.day("valid_from") if has_terms else None
    valid_to = form.day("valid_to") if has_terms else None
    await proof.asked(request, caller, form)
    if form.ok and email is not None:
        try:
            await invitations.invite(
                caller, unit, email, role, language, valid_from=valid_from, valid_to=valid_to
            )
            return back(request, f"/staff/posts/{organisation}", said="invited")
        except (Conflict, Invalid, TooMany) as error:
            form.take(error)
    return await _one(request, organisation, form, 422)


@post("/staff/posts/{organisation:str}/{person:str}/term", status_code=200)
async def move_end(
    request: Request[Any, Any, Any], organisation: FromPath[str], person: FromPath[str]
) -> Page:
    """Another last day for somebody's term."""
    caller = administrator(request)
    unit = await access.managed(caller, organisation)
    form = await forms.read(request, _initial(request))
    valid_to = form.day("valid_to")
    if form.ok and valid_to is not None:
        try:
            await terms.extend(caller, unit, person, valid_to)
            return back(request, f"/staff/posts/{organisation}", said="term-changed")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _one(request, organisation, form, 422, person, "term")


@post("/staff/posts/{organisation:str}/{person:str}/end", status_code=200)
async def end(request: Request[Any, Any, Any], organisation: FromPath[str], person: FromPath[str]) -> Page:
    """Ends somebody's term today; the open work goes to a colleague or back to all."""
    caller = administrator(request)
    unit = await access.managed(caller, organisation)
    form = await forms.read(request, _initial(request))
    reason = form.lines("reason", longest=1000)
    successor = form.text("successor", required=False, longest=20)
    if form.ok:
        try:
            await members.remove(caller, unit, person, successor=successor or None, reason=reason)
            return back(request, f"/staff/posts/{organisation}", said="term-ended")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _one(request, organisation, form, 422, person, "end")


@post("/staff/posts/{organisation:str}/invitations/{invitation:str}/withdraw", status_code=200)
async def withdraw(
    request: Request[Any, Any, Any], organisation: FromPath[str], invitation: FromPath[str]
) -> Page:
    """Makes the link of an invitation worthless."""
    caller = administrator(request)
    await invitations.withdraw(caller, await access.managed(caller, organisation), invitation)
    return back(request, f"/staff/posts/{organisation}", said="invitation-withdrawn")


def _initial(request: Request[Any, Any, Any]) -> forms.Initial:
    return {"language": language_of(request)}


ROUTES: list[ControllerRouterHandler] = [all_posts, one_post, invite, withdraw, move_end, end]
