"""Pages of the door: sign in, second step, sign out, forgotten password."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import links, recovery, signing_in, throttle
from kervan.accounts.answers import mailed, refused
from kervan.accounts.callers import caller_of
from kervan.accounts.middleware import no_session_cookie_of
from kervan.accounts.returning import local, onward
from kervan.accounts.tables import LinkPurpose
from kervan.errors import Conflict, Invalid, KervanError, TooMany
from kervan.trade import emails
from kervan.trade.errors import TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

DESK = "/desk"


def next_of(request: Request[Any, Any, Any]) -> str:
    """Where the reader wants to go on afterwards, as far as it is on this site."""
    return local(query_of(request).get("next", [""])[-1])


@get("/sign-in")
async def sign_in(request: Request[Any, Any, Any]) -> Page:
    """The form; who is in already goes on, who owes the second factor goes there."""
    to = next_of(request)
    if signing_in.owing_of(request) is not None:
        return back(request, "/sign-in/second", next=to)
    if caller_of(request) is not None:
        return onward(request, to, default=DESK)
    form = Form(language_of(request), {"next": to})
    return page(request, "accounts/sign_in.html", form=form, demo=await _demo(request))


async def _demo(request: Request[Any, Any, Any]) -> dict[str, Any] | None:
    """The accounts that a demo shows on its door, with their password; None where there is no demo."""
    if request.app.state.settings.production:
        return None
    from kervan.demo import accounts

    found = await accounts.listed()
    return {"accounts": found, "password": accounts.PASSWORD} if found else None


@post("/sign-in", status_code=200)
async def save_sign_in(request: Request[Any, Any, Any]) -> Page:
    """A new session, or the second step; every refusal says the same."""
    form = await forms.read(request)
    to = local(form.value("next"))
    email = _address(form)
    if not form.raw("password"):
        form.refuse("password", forms.REQUIRED)
    error: KervanError | None = None
    if form.ok:
        try:
            # What is no address counts as one too: it may not be asked more often.
            await throttle.spend("sign-in", request, email.key if email else form.value("email"))
            person = await signing_in.by_password(request, email, form.raw("password"))
            cookie = await signing_in.open_session(request, person)
            if person.has_factor:
                return back(request, "/sign-in/second", cookie, next=to)
            return onward(request, to, cookie, default=DESK)
        except (Invalid, TooMany) as problem:
            error = problem
    return refused(request, "accounts/sign_in.html", form, error, demo=await _demo(request))


def _address(form: Form) -> emails.Email | None:
    typed = form.value("email")
    if not typed.strip():
        form.refuse("email", forms.REQUIRED)
    try:
        return emails.address(typed)
    except TradeError:
        return None


@get("/sign-in/second")
async def second(request: Request[Any, Any, Any]) -> Page:
    """Asks for the code of the app, or for a recovery code."""
    owing = signing_in.owing_of(request)
    to = next_of(request)
    if owing is None:
        return onward(request, to, default=DESK if caller_of(request) else "/sign-in")
    form = Form(language_of(request), {"next": to})
    code = await _demo_code(request, owing.email)
    return page(request, "accounts/second.html", form=form, owing=owing, demo_code=code)


async def _demo_code(request: Request[Any, Any, Any], email: str) -> str | None:
    if request.app.state.settings.production:
        return None
    from kervan.demo.accounts import demo_code

    return await demo_code(email)


@post("/sign-in/second", status_code=200)
async def save_second(request: Request[Any, Any, Any]) -> Page:
    """Makes the session whole, with a new token."""
    owing = signing_in.owing_of(request)
    form = await forms.read(request)
    to = local(form.value("next"))
    if owing is None:
        return back(request, "/sign-in", next=to)
    form.text("code", longest=64)
    error: KervanError | None = None
    if form.ok:
        try:
            cookie, by_recovery = await signing_in.give_factor(request, owing, form.raw("code"))
            return onward(request, to, cookie, default=DESK, said="recovery-used" if by_recovery else None)
        except (Invalid, TooMany) as problem:
            error = problem
    shown = await _demo_code(request, owing.email)
    return refused(request, "accounts/second.html", form, error, owing=owing, demo_code=shown)


@post("/sign-out", status_code=303)
async def sign_out(request: Request[Any, Any, Any]) -> Page:
    """Ends the session, a half one too."""
    await signing_in.sign_out(caller_of(request) or signing_in.half_of(request))
    return back(request, "/", no_session_cookie_of(request), said="signed-out")


@get("/forgotten", sync_to_thread=False)
def forgotten(request: Request[Any, Any, Any]) -> Page:
    """Where a new password is asked for."""
    return page(request, "accounts/forgotten.html", form=Form(language_of(request)), over=False)


@post("/forgotten", status_code=200)
async def save_forgotten(request: Request[Any, Any, Any]) -> Page:
    """Mails a link, or that there is no account; the answer does not tell."""
    return await mailed(request, recovery.ask, "/forgotten/sent", otherwise="accounts/forgotten.html")


@get("/forgotten/sent", sync_to_thread=False)
def forgotten_sent(request: Request[Any, Any, Any]) -> Page:
    """Look into your mail."""
    return page(request, "accounts/sent.html", resetting=True)


@get("/reset/{token:str}")
async def reset(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Asks for the new password; opening the page uses nothing up."""
    opened = await links.look(token, LinkPurpose.RESET_PASSWORD)
    form = Form(language_of(request))
    if opened is None:
        return page(request, "accounts/forgotten.html", status_code=410, form=form, over=True)
    return page(request, "accounts/reset.html", form=form, email=opened.email)


@post("/reset/{token:str}", status_code=200)
async def save_reset(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """The new password; its person is signed in, up to the second factor."""
    form = await forms.read(request)
    opened = await links.look(token, LinkPurpose.RESET_PASSWORD)
    try:
        await throttle.spend("code", request)
        person = await recovery.reset(token, form.raw("password"))
    except Conflict:
        return page(
            request, "accounts/forgotten.html", status_code=410, form=Form(language_of(request)), over=True
        )
    except TradeError as refusal:
        form.refuse("password", refusal)
        return refused(request, "accounts/reset.html", form, email=opened.email if opened else "")
    except TooMany as error:
        return refused(request, "accounts/reset.html", form, error, email=opened.email if opened else "")
    await throttle.forgive("sign-in", person.email_key)
    cookie = await signing_in.open_session(request, person)
    if person.has_factor:
        return back(request, "/sign-in/second", cookie)
    return back(request, DESK, cookie, said="password-changed")


ROUTES: list[ControllerRouterHandler] = [
    sign_in,
    save_sign_in,
    second,
    save_second,
    sign_out,
    forgotten,
    save_forgotten,
    forgotten_sent,
    reset,
    save_reset,
]
