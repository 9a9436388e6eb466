"""API keys of a firm: listed, made and shown once, revoked."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.account_pages import is_proved, to_proof
from kervan.accounts.callers import Membership, member, signed_in
from kervan.errors import Conflict, Invalid
from kervan.organisations import keys
from kervan.organisations.desk import frame
from kervan.organisations.roles import KEYS, MANAGER, SCOPE_NAMES, SCOPES
from kervan.organisations.tables import Kind
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

DAYS = (("30", N_("30 days")), ("90", N_("90 days")), ("180", N_("180 days")), ("366", N_("One year")))


@get("/desk/{org:str}/keys")
async def all_keys(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The keys that live, and those that were revoked or ran out."""
    membership = member(signed_in(request), org, KEYS, *MANAGER)
    return page(
        request,
        "organisations/keys.html",
        **await frame(request, membership, "keys"),
        keys=await keys.of(membership.organisation),
        scope_names=SCOPE_NAMES,
        most=keys.MOST_KEYS,
    )


@get("/desk/{org:str}/keys/new")
async def key_form(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What the new key is for."""
    caller = signed_in(request)
    membership = member(caller, org, KEYS, *MANAGER)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/keys/new")
    return await _key_form(request, membership, Form(language_of(request), {"days": "90"}))


async def _key_form(
    request: Request[Any, Any, Any], membership: Membership, form: Form, status: int = 200
) -> Page:
    language = language_of(request)
    choices = SCOPES[Kind(membership.kind)]
    return page(
        request,
        "organisations/key_form.html",
        status_code=status,
        **await frame(request, membership, "keys"),
        scopes=[(scope, gettext(language, SCOPE_NAMES[scope])) for scope in choices],
        days=[(days, gettext(language, shown)) for days, shown in DAYS],
        form=form,
    )


@post("/desk/{org:str}/keys/new", status_code=200)
async def make_key(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The new key, on this answer and nowhere else."""
    caller = signed_in(request)
    membership = member(caller, org, KEYS, *MANAGER)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/keys/new")
    form = await forms.read(request)
    name = form.text("name", longest=80)
    scopes = form.several("scopes", SCOPES[Kind(membership.kind)], least=1)
    days = form.choice("days", [days for days, _ in DAYS])
    if form.ok:
        try:
            key = await keys.create(caller, membership, name, scopes, int(days))
            return page(
                request,
                "organisations/key_made.html",
                headers={"Cache-Control": "private, no-store"},
                **await frame(request, membership, "keys"),
                name=name,
                key=key,
            )
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _key_form(request, membership, form, 422)


@post("/desk/{org:str}/keys/{key:str}/revoke", status_code=200)
async def revoke(request: Request[Any, Any, Any], org: FromPath[str], key: FromPath[str]) -> Page:
    """Ends a key at once."""
    caller = signed_in(request)
    membership = member(caller, org, KEYS, *MANAGER)
    await keys.revoke(caller, membership, key)
    return back(request, f"/desk/{org}/keys", said="key-revoked")


ROUTES: list[ControllerRouterHandler] = [all_keys, key_form, make_key, revoke]
