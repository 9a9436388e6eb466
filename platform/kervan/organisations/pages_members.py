"""Members of a firm: who they are, what they may do, another role, removed, gone by themselves."""

from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership, member, signed_in
from kervan.errors import Conflict, Invalid, NotFound
from kervan.organisations import access, members, queries
from kervan.organisations.desk import frame
from kervan.organisations.roles import MANAGER, MEANINGS, MEMBERS, NAMES, VIEW, roles_of
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.paging import refuse_too_deep
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25


@get("/desk/{org:str}/members")
async def all_members(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Members, open invitations, and what the roles mean."""
    membership = member(signed_in(request), org, VIEW, *MANAGER)
    return await _all(request, membership)


async def _all(
    request: Request[Any, Any, Any], membership: Membership, form: Form | None = None, status: int = 200
) -> Page:
    caller = signed_in(request)
    number = whole_number(query_of(request), "page", 1, 1, 400)
    count = await queries.member_count(membership.organisation)
    last = max(1, -(-count // PER_PAGE))
    refuse_too_deep(number > last)
    return page(
        request,
        "organisations/members.html",
        status_code=status,
        **await frame(request, membership, "members"),
        members=await queries.members(membership.organisation, number, PER_PAGE),
        count=count,
        number=number,
        last=last,
        paged=partial(address, language_of(request), f"/desk/{membership.public_id}/members"),
        invitations=await queries.invitations(membership.organisation),
        manages=MEMBERS in membership.rights,
        me=caller.public_id,
        roles=[(role, NAMES[role], MEANINGS[role]) for role in roles_of(membership.kind)],
        names=NAMES,
        form=form or Form(language_of(request)),
    )


@get("/desk/{org:str}/members/{person:str}")
async def one_member(request: Request[Any, Any, Any], org: FromPath[str], person: FromPath[str]) -> Page:
    """One colleague, to give another role or to remove."""
    membership = member(signed_in(request), org, MEMBERS, *MANAGER)
    return await _one(request, membership, person, None)


async def _one(
    request: Request[Any, Any, Any], membership: Membership, person: str, form: Form | None, status: int = 200
) -> Page:
    found = await queries.member(membership.organisation, person)
    if found is None:
        raise NotFound()
    return page(
        request,
        "organisations/member.html",
        status_code=status,
        **await frame(request, membership, "members"),
        found=found,
        me=signed_in(request).public_id,
        roles=[(role.value, NAMES[role], MEANINGS[role]) for role in roles_of(membership.kind)],
        role_name=NAMES,
        keys=await queries.living_keys(membership.organisation, person),
        form=form or Form(language_of(request), {"role": found.role}),
    )


@post("/desk/{org:str}/members/{person:str}/role", status_code=200)
async def give_role(request: Request[Any, Any, Any], org: FromPath[str], person: FromPath[str]) -> Page:
    """Another role for a colleague, or for oneself while another owner is left."""
    caller = signed_in(request)
    membership = member(caller, org, MEMBERS, *MANAGER)
    form = await forms.read(request)
    role = form.choice("role", roles_of(membership.kind))
    if form.ok:
        try:
            await members.change_role(caller, access.own(membership), person, role)
            return back(request, f"/desk/{org}/members", said="role-changed")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _one(request, membership, person, form, 422)


@post("/desk/{org:str}/members/{person:str}/remove", status_code=200)
async def remove(request: Request[Any, Any, Any], org: FromPath[str], person: FromPath[str]) -> Page:
    """Ends a colleague's membership at once."""
    caller = signed_in(request)
    membership = member(caller, org, MEMBERS, *MANAGER)
    form = await forms.read(request)
    try:
        await members.remove(caller, access.own(membership), person)
    except (Conflict, Invalid) as error:
        form.take(error)
        return await _one(request, membership, person, form, 422)
    if person == caller.public_id:
        return back(request, "/desk", said="left")
    return back(request, f"/desk/{org}/members", said="member-removed")


@post("/desk/{org:str}/members/leave", status_code=200)
async def leave(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Ends one's own membership."""
    caller = signed_in(request)
    membership = member(caller, org, VIEW, *MANAGER)
    form = await forms.read(request)
    try:
        await members.leave(caller, membership)
    except (Conflict, Invalid) as error:
        form.take(error)
        return await _all(request, membership, form, 422)
    return back(request, "/desk", said="left")


ROUTES: list[ControllerRouterHandler] = [all_members, one_member, give_role, remove, leave]
