"""Pages of matching: exporters for a request with the form that invites them, for an importer, and the way out."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import member, signed_in
from kervan.errors import Conflict, Invalid, NotFound
from kervan.importers import access as importers
from kervan.matching import queries, service, weights_file
from kervan.organisations import desk, roles
from kervan.organisations.tables import Kind
from kervan.requests import access
from kervan.requests.access import Seat
from kervan.requests.queries import shown as request_shown
from kervan.requests.states import Side
from kervan.staff.desk import frame as staff_frame
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_MOST_TICKED = 100


@get("/desk/{org:str}/requests/{public_id:str}/suggested")
async def of_own(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """The exporters that fit a request of the firm."""
    seat = await access.own(signed_in(request), org, public_id)
    return await _for_request(request, seat, f"/desk/{org}/requests/{public_id}")


@get("/staff/requests/{id:str}/suggested")
async def of_handled(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The exporters that fit a request that the caller's post looks after."""
    seat = await access.handled(signed_in(request), id)
    return await _for_request(request, seat, f"/staff/requests/{id}")


async def _for_request(
    request: Request[Any, Any, Any], seat: Seat, here: str, form: Form | None = None, status: int = 200
) -> Page:
    language = language_of(request)
    shown = await request_shown(seat.request)
    if seat.side == Side.IMPORTER:
        around = await desk.frame(request, seat.membership, "requests")
    else:
        around = await staff_frame(request, signed_in(request), "requests")
    return page(
        request,
        "matching/for_request.html",
        status_code=status,
        form=form or Form(language),
        shown=shown,
        here=here,
        suggested=await queries.for_request(seat.request, language),
        left=await service.left(seat.request),
        may_invite=seat.may_act and shown.is_open,
        weights=weights_file.lines("matching"),
        **around,
    )


@post("/desk/{org:str}/requests/{public_id:str}/invite", status_code=200)
async def invite_of_own(
    request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]
) -> Page:
    """Invites the ticked exporters to quote."""
    seat = await access.own(signed_in(request), org, public_id, act=True)
    return await _invite(request, seat, f"/desk/{org}/requests/{public_id}")


@post("/staff/requests/{id:str}/invite", status_code=200)
async def invite_of_handled(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The same by the post that looks after the request."""
    seat = await access.handled(signed_in(request), id)
    return await _invite(request, seat, f"/staff/requests/{id}")


async def _invite(request: Request[Any, Any, Any], seat: Seat, here: str) -> Page:
    form = await forms.read(request)
    slugs = form.several("exporters", least=1, most=_MOST_TICKED)
    status = 422
    if form.ok:
        try:
            await service.invite(signed_in(request), seat, slugs)
            return back(request, f"{here}/suggested", said="exporters-invited")
        except Invalid as error:
            form.take(error)
        except Conflict as error:
            status = 409
            form.take(error)
    return await _for_request(request, seat, here, form, status)


@get("/desk/{org:str}/suggested")
async def for_importer(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The exporters for what an importer looks for."""
    membership, importer = await importers.own(signed_in(request), org, roles.VIEW)
    return page(
        request,
        "matching/for_importer.html",
        importer=importer,
        suggested=await queries.for_importer(importer.id, language_of(request)),
        may_change=roles.PROFILE in membership.rights,
        weights=weights_file.lines("matching"),
        **await desk.frame(request, membership, "suggested"),
    )


@get("/desk/{org:str}/matching")
async def own_matching(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """How an exporter is suggested to requesters, and the switch."""
    return await _own_matching(request, org, Form(language_of(request)))


async def _own_matching(request: Request[Any, Any, Any], org: str, form: Form) -> Page:
    membership = member(signed_in(request), org, roles.VIEW, Kind.EXPORTER)
    if membership.exporter is None:
        raise NotFound()
    return page(
        request,
        "matching/own.html",
        status_code=200 if form.ok else 422,
        form=form,
        opted_out=await service.opted_out(membership.exporter),
        may_change=roles.MEMBERS in membership.rights,
        verified=membership.standing == "VERIFIED",
        weights=weights_file.lines("matching"),
        **await desk.frame(request, membership, "matching"),
    )


@post("/desk/{org:str}/matching", status_code=200)
async def switch_matching(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Takes the firm out of suggestions, or back in with in=1. Only its owners decide that."""
    caller = signed_in(request)
    membership = member(caller, org, roles.MEMBERS, Kind.EXPORTER)
    if membership.exporter is None:
        raise NotFound()
    form = await forms.read(request)
    if form.value("in"):
        await service.opt_in(caller, membership.exporter)
        return back(request, f"/desk/{org}/matching", said="matching-in")
    reason = form.text("reason", required=False, longest=service.LONGEST_REASON)
    if not form.ok:
        return await _own_matching(request, org, form)
    await service.opt_out(caller, membership.exporter, reason)
    return back(request, f"/desk/{org}/matching", said="matching-out")


ROUTES: list[ControllerRouterHandler] = [
    of_own,
    of_handled,
    invite_of_own,
    invite_of_handled,
    for_importer,
    own_matching,
    switch_matching,
]
