"""Invitations: written by an owner, and taken by whoever got the mail."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import passwords, proof, signing_in, throttle
from kervan.accounts.callers import Caller, caller_of, member, signed_in
from kervan.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from kervan.organisations import access, invitations
from kervan.organisations.desk import frame
from kervan.organisations.invitations import Offer
from kervan.organisations.roles import MANAGER, MEANINGS, MEMBERS, NAMES, STAFF_KINDS, roles_of
from kervan.organisations.tables import Kind, Role
from kervan.trade import emails, time_zones
from kervan.trade.errors import TradeError
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

GONE = 410


@get("/desk/{org:str}/members/invite")
async def invitation_form(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Whom to invite, and as what."""
    membership = member(signed_in(request), org, MEMBERS, *MANAGER)
    query = query_of(request)
    asked = {name: query.get(name, [""])[-1][:320] for name in ("email", "role")}
    return await _invitation_form(request, membership.public_id, Form(language_of(request), asked))


async def _invitation_form(request: Request[Any, Any, Any], org: str, form: Form, status: int = 200) -> Page:
    membership = member(signed_in(request), org, MEMBERS, *MANAGER)
    return page(
        request,
        "organisations/invite.html",
        status_code=status,
        **await frame(request, membership, "members"),
        roles=[(role.value, NAMES[role], MEANINGS[role]) for role in roles_of(membership.kind)],
        form=form,
    )


@post("/desk/{org:str}/members/invite", status_code=200)
async def send_invitation(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Mails an invitation; one that is open to the same address is replaced."""
    caller = signed_in(request)
    membership = member(caller, org, MEMBERS, *MANAGER)
    form = await forms.read(request)
    email = form.parsed("email", emails.address)
    role = form.choice("role", roles_of(membership.kind))
    await proof.asked(request, caller, form)
    if form.ok and email is not None:
        try:
            await invitations.invite(caller, access.own(membership), email, role, language_of(request))
            return back(request, f"/desk/{org}/members", said="invited")
        except (Conflict, Invalid, TooMany) as error:
            form.take(error)
    return await _invitation_form(request, org, form, 422)


@post("/desk/{org:str}/members/invitations/{invitation:str}/withdraw", status_code=200)
async def withdraw(request: Request[Any, Any, Any], org: FromPath[str], invitation: FromPath[str]) -> Page:
    """Makes the link of an invitation worthless."""
    caller = signed_in(request)
    membership = member(caller, org, MEMBERS, *MANAGER)
    await invitations.withdraw(caller, access.own(membership), invitation)
    return back(request, f"/desk/{org}/members", said="invitation-withdrawn")


@get("/invite/{token:str}")
async def offer(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What the link of the mail opens: accept, sign in first, or open an account with the acceptance."""
    found = await invitations.look(token)
    return _offer(request, token, found, Form(language_of(request)))


def _offer(
    request: Request[Any, Any, Any],
    token: str,
    found: Offer,
    form: Form,
    status: int = 200,
) -> Page:
    caller = caller_of(request)
    language = language_of(request)
    refusal = found.refusal
    return page(
        request,
        "organisations/offer.html",
        status_code=GONE if refusal else status,
        headers={"Cache-Control": "private, no-store"},
        canonical="/invite",
        token=token,
        offer=found,
        role=NAMES[Role(found.role)],
        meaning=MEANINGS[Role(found.role)],
        staff=Kind(found.kind) in STAFF_KINDS,
        refusal=i18n.sentence(language, refusal) if refusal else None,
        fits=caller is not None and _key(caller) == found.email_key,
        form=form,
    )


def _key(caller: Caller) -> str:
    return emails.address(caller.email).key


@post("/invite/{token:str}", status_code=200)
async def accept(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Takes the place: as the account that is signed in, else with a new account for the invited address."""
    found = await invitations.look(token)
    form = await forms.read(request)
    try:
        if caller := caller_of(request):
            return await _join(request, token, caller)
        if found.needs_account:
            return await _open_account(request, token, found, form)
    except (Conflict, Invalid, Forbidden, TooMany) as error:
        form.take(error)
        return _offer(request, token, await invitations.look(token), form, 422)
    return _offer(request, token, found, form, 422)


async def _join(request: Request[Any, Any, Any], token: str, caller: Caller) -> Page:
    if caller.key is not None:
        raise NotFound()
    organisation = await invitations.accept(caller, token)
    return back(request, f"/desk/{organisation}", said="joined")


async def _open_account(request: Request[Any, Any, Any], token: str, found: Offer, form: Form) -> Page:
    await throttle.spend("registration", request, found.email_key)
    name = form.text("name", longest=120)
    zone = form.parsed("time_zone", time_zones.zone, required=False)
    password = form.raw("password")
    try:
        passwords.check(password, about=(found.email, name, found.name))
    except TradeError as error:
        form.refuse("password", error)
    if refusal := found.refusal:
        raise refusal
    if not form.ok:
        return _offer(request, token, found, form, 422)
    person, organisation = await invitations.accept_as_new(
        token,
        name=name,
        password_hash=await passwords.hash(password),
        language=language_of(request),
        time_zone=zone or "UTC",
    )
    cookie = await signing_in.sign_in_cookie(request, person)
    return back(request, f"/desk/{organisation}", cookie, said="joined")


ROUTES: list[ControllerRouterHandler] = [invitation_form, send_invitation, withdraw, offer, accept]
