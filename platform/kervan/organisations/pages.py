"""The way to one's desks: the list of them, and the overview of each."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import is_staff, member, signed_in
from kervan.exporters import desk_pages as exporter_desk
from kervan.importers import desk_pages as importer_desk
from kervan.organisations import pages_invitations, pages_keys, pages_members, queries
from kervan.organisations.desk import path_of
from kervan.organisations.roles import NAMES, VIEW
from kervan.organisations.tables import Kind, Role
from kervan.web.templates import Page, back, page


@get("/desk")
async def my_desks(request: Request[Any, Any, Any]) -> Page:
    """The organisations that one works for. Who has one is led to its desk; who has none is shown two ways on."""
    caller = signed_in(request)
    if len(caller.memberships) == 1 and b"said=" not in request.scope["query_string"]:
        return back(request, path_of(caller.memberships[0]))
    work = await queries.work_of_desks(caller)
    cards = [
        {
            "path": path_of(m),
            "name": m.name,
            "kind": m.kind,
            "role": NAMES[Role(m.role)],
            "state": m.standing,
            "work": work.get(m.public_id, 0),
        }
        for m in caller.memberships
    ]
    return page(
        request,
        "organisations/desks.html",
        cards=cards,
        invitations=await queries.invitations_to(caller.email),
        names=NAMES,
        exporter=any(m.kind == Kind.EXPORTER for m in caller.memberships),
    )


@get("/desk/{org:str}")
async def desk(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The overview of one organisation: each kind has its own."""
    membership = member(signed_in(request), org, VIEW)
    if is_staff(membership):
        return back(request, "/staff")
    if membership.kind == Kind.EXPORTER:
        return await exporter_desk.overview(request, membership)
    return await importer_desk.overview(request, membership)


ROUTES: list[ControllerRouterHandler] = [
    my_desks,
    desk,
    *pages_members.ROUTES,
    *pages_invitations.ROUTES,
    *pages_keys.ROUTES,
]
