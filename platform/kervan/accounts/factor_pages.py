"""Pages of the second factor: set it up, recovery codes, switch it off."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, get, post
from litestar.types import ControllerRouterHandler

from kervan.accounts import factors, queries, returning, throttle, totp
from kervan.accounts.account_pages import frame, is_proved, to_proof
from kervan.accounts.answers import refused
from kervan.accounts.callers import Caller, caller_of, is_staff
from kervan.accounts.middleware import session_cookie_of
from kervan.accounts.sign_in_pages import next_of
from kervan.errors import Conflict, Invalid, KervanError, SignInNeeded, TooMany
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

FACTOR = "/account/second-factor"
SET_UP = "/account/second-factor/set-up"


def _caller(request: Request[Any, Any, Any]) -> Caller:
    """Who asks. Not signed_in(): these are the pages that it sends staff without a factor to."""
    caller = caller_of(request)
    if caller is None:
        raise SignInNeeded()
    return caller


def _owes_code(caller: Caller) -> bool:
    return caller.has_factor and not caller.factor_given


@get("/account/second-factor")
async def second_factor(request: Request[Any, Any, Any]) -> Page:
    """How it stands. Staff without a factor go on to set it up, staff who owe a code to give it."""
    caller = _caller(request)
    to = next_of(request)
    if _owes_code(caller):
        return back(request, "/sign-in/second", next=to or FACTOR)
    if caller.needs_factor:
        return back(request, SET_UP, next=to)
    left = await queries.recovery_codes_left(caller.person) if caller.has_factor else 0
    return page(
        request,
        "accounts/second_factor.html",
        caller=caller,
        left=left,
        obligatory=_is_staff(caller),
        **frame(request, caller, FACTOR),
    )


def _is_staff(caller: Caller) -> bool:
    return any(is_staff(membership) for membership in caller.memberships)


@get("/account/second-factor/set-up", sync_to_thread=False)
def set_up(request: Request[Any, Any, Any]) -> Page:
    """The picture for the app and the field for its first code."""
    caller = _caller(request)
    to = next_of(request)
    if caller.has_factor:
        return back(request, FACTOR, next=to)
    if not is_proved(caller):
        return to_proof(request, f"{SET_UP}?{urlencode({'next': to})}" if to else SET_UP)
    form = Form(language_of(request), {"next": to, "offer": factors.offer(caller)})
    return page(request, "accounts/set_up.html", form=form, **_offered(request, caller, form))


def _offered(request: Request[Any, Any, Any], caller: Caller, form: Form) -> dict[str, Any]:
    secret = factors.offered(caller, form.value("offer")) or ""
    return frame(request, caller, FACTOR) | {
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "qr": totp.qr_svg(totp.uri(secret, caller.email)),
        "uri": totp.uri(secret, caller.email),
        "obligatory": _is_staff(caller),
    }


@post("/account/second-factor/set-up", status_code=200)
async def save_set_up(request: Request[Any, Any, Any]) -> Page:
    """Switches the factor on and shows the recovery codes, this once."""
    caller = _caller(request)
    form = await forms.read(request)
    to = returning.local(form.value("next"))
    secret = factors.offered(caller, form.value("offer"))
    if caller.has_factor:
        return back(request, FACTOR, next=to)
    if secret is None or not is_proved(caller):
        return back(request, SET_UP, next=to)
    form.text("code", longest=64)
    error: KervanError | None = None
    if form.ok:
        try:
            await throttle.spend("code", request, caller.person)
            token, codes = await factors.switch_on(caller, secret, form.raw("code"))
            await throttle.forgive("code", caller.person)
            answer = _codes_page(request, caller, codes, to)
            answer.cookies.append(session_cookie_of(request, token))
            return answer
        except (Invalid, Conflict, TooMany) as problem:
            error = problem
    return refused(request, "accounts/set_up.html", form, error, **_offered(request, caller, form))


def _codes_page(request: Request[Any, Any, Any], caller: Caller, codes: list[str], to: str) -> Page:
    file = "Kervan\n\n" + "\n".join(codes) + "\n"
    return page(
        request,
        "accounts/recovery_codes.html",
        codes=codes,
        download="data:text/plain;charset=utf-8," + quote(file),
        onward=returning.address(language_of(request), to or FACTOR),
        **frame(request, caller, FACTOR),
    )


@get("/account/recovery-codes", sync_to_thread=False)
def recovery_codes(request: Request[Any, Any, Any]) -> Page:
    """They are shown only when they are made."""
    return back(request, FACTOR)


@post("/account/recovery-codes", status_code=200)
async def save_recovery_codes(request: Request[Any, Any, Any]) -> Page:
    """Ten new codes; the old ones are worth nothing."""
    caller = _caller(request)
    if _owes_code(caller) or not caller.has_factor:
        return back(request, FACTOR)
    if not is_proved(caller):
        return to_proof(request, FACTOR)
    return _codes_page(request, caller, await factors.renew_codes(caller), "")


@post("/account/second-factor/off", status_code=303)
async def switch_off(request: Request[Any, Any, Any]) -> Page:
    """Takes the factor away; Conflict for staff."""
    caller = _caller(request)
    if _owes_code(caller):
        return back(request, FACTOR)
    if not is_proved(caller):
        return to_proof(request, FACTOR)
    await factors.switch_off(caller)
    return back(request, FACTOR, said="factor-off")


ROUTES: list[ControllerRouterHandler] = [
    second_factor,
    set_up,
    save_set_up,
    recovery_codes,
    save_recovery_codes,
    switch_off,
]
