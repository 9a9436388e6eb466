"""Pages of a person's own account: profile, e-mail address, password, open sessions."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import links, profile, queries, signing_in, throttle
from kervan.accounts.answers import in_the_same_time, languages, refused
from kervan.accounts.callers import Caller, caller_of, signed_in
from kervan.accounts.middleware import session_cookie_of
from kervan.accounts.returning import local, onward
from kervan.accounts.sign_in_pages import next_of
from kervan.accounts.tables import LinkPurpose
from kervan.errors import Conflict, Invalid, KervanError, SignInNeeded, TooMany
from kervan.trade import emails, time_zones
from kervan.trade.errors import N_, TradeError
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

# Path, name, icon.
_PAGES = (
    ("/account", N_("Profile"), "user"),
    ("/account/email", N_("E-mail address"), "mail"),
    ("/account/password", N_("Password"), "key"),
    ("/account/second-factor", N_("Second factor"), "shield"),
    ("/account/sessions", N_("Sessions"), "lock"),
    ("/account/events", N_("News of events"), "calendar"),
    ("/privacy", N_("Privacy"), "eye"),
    ("/notifications", N_("Notifications"), "bell"),
)


def frame(request: Request[Any, Any, Any], caller: Caller, current: str) -> dict[str, Any]:
    """What desk.html needs round a page of the account; `current` is the page's path."""
    language = language_of(request)
    work = {"/notifications": caller.unread}
    own = [
        (address(language, path), i18n.translate(language, name), sign, work.get(path), path == current)
        for path, name, sign in _PAGES
    ]
    back_to = [
        (
            address(language, caller.desk),
            i18n.translate(language, N_("Back to the desk")),
            "home",
            None,
            False,
        )
    ]
    return {"nav": [(None, own), (None, back_to)], "place": None}


def is_proved(caller: Caller) -> bool:
    """Whether the password was typed in this session a short while ago."""
    return caller.proved


def to_proof(request: Request[Any, Any, Any], then: str) -> Page:
    """To the page that asks for the password, and from there to `then`."""
    return back(request, "/account/prove", next=then)


@get("/account", sync_to_thread=False)
def account(request: Request[Any, Any, Any]) -> Page:
    """Name, language of mails, time zone."""
    caller = signed_in(request)
    form = Form(
        language_of(request),
        {"name": caller.name, "language": caller.language, "time_zone": caller.time_zone},
    )
    return page(request, "accounts/account.html", form=form, **_profile(request, caller))


def _profile(request: Request[Any, Any, Any], caller: Caller) -> dict[str, Any]:
    listed = time_zones.listed()
    zones: dict[str, list[tuple[str, str]]] = {}
    for zone in listed if caller.time_zone in listed else (caller.time_zone, *listed):
        region, _, city = zone.rpartition("/")
        zones.setdefault(region.partition("/")[0] or zone, []).append((zone, city.replace("_", " ")))
    return frame(request, caller, "/account") | {
        "zones": zones,
        "languages_offered": languages(),
        "caller": caller,
    }


@post("/account", status_code=200)
async def save_account(request: Request[Any, Any, Any]) -> Page:
    """Saves them; the page comes back in the chosen language."""
    caller = signed_in(request)
    form = await forms.read(request)
    name = form.text("name", longest=120)
    language = form.choice("language", i18n.BY_CODE)
    zone = form.parsed("time_zone", time_zones.zone)
    if form.ok and zone:
        await profile.change(caller, name, language, zone)
        changed = language if language != caller.language else None
        return back(request, "/account", said="saved", language=changed)
    return refused(request, "accounts/account.html", form, **_profile(request, caller))


@get("/account/prove", sync_to_thread=False)
def prove(request: Request[Any, Any, Any]) -> Page:
    """Asks for the password once more, before what guards the account is changed."""
    if caller_of(request) is None:
        raise SignInNeeded()
    return page(request, "accounts/prove.html", form=Form(language_of(request), {"next": next_of(request)}))


@post("/account/prove", status_code=200)
async def save_prove(request: Request[Any, Any, Any]) -> Page:
    """Goes on to what was asked for."""
    caller = caller_of(request)
    if caller is None:
        raise SignInNeeded()
    form = await forms.read(request)
    try:
        cookie = await signing_in.prove(request, caller, form.raw("password"))
    except (Invalid, TooMany) as error:
        return refused(request, "accounts/prove.html", form, error)
    return onward(request, local(form.value("next")), cookie, default="/account")


@get("/account/email", sync_to_thread=False)
def email(request: Request[Any, Any, Any]) -> Page:
    """The present address and the way to another one."""
    caller = signed_in(request)
    if not is_proved(caller):
        return to_proof(request, "/account/email")
    return page(
        request,
        "accounts/email.html",
        form=Form(language_of(request)),
        caller=caller,
        **frame(request, caller, "/account/email"),
    )


@post("/account/email", status_code=200)
async def save_email(request: Request[Any, Any, Any]) -> Page:
    """Mails a link to the new address and a notice to the old one."""
    caller = signed_in(request)
    if not is_proved(caller):
        return to_proof(request, "/account/email")
    form = await forms.read(request)
    new = form.parsed("email", emails.address)
    error: KervanError | None = None
    if form.ok and new:
        try:
            await throttle.spend("mail", request, new.key)
            async with in_the_same_time():
                await profile.ask_email(caller, new)
            return back(request, "/account/email", said="email-asked")
        except (Invalid, TooMany) as problem:
            error = problem
    return refused(
        request, "accounts/email.html", form, error, caller=caller, **frame(request, caller, "/account/email")
    )


@get("/email/{token:str}")
async def change_email(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Shows both addresses and a button; opening the page changes nothing."""
    opened = await links.look(token, LinkPurpose.CHANGE_EMAIL)
    if opened is None:
        return page(request, "accounts/email_over.html", status_code=410, sentence="")
    return page(request, "accounts/email_change.html", old=opened.email, new=opened.payload["email"])


@post("/email/{token:str}", status_code=200)
async def save_change_email(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Changes the address."""
    try:
        person = await profile.change_email(token)
    except Conflict as error:
        sentence = i18n.sentence(language_of(request), error)
        return page(request, "accounts/email_over.html", status_code=410, sentence=sentence)
    caller = caller_of(request)
    to = "/account" if caller is not None and caller.person == person else "/sign-in"
    return back(request, to, said="email-changed")


@get("/account/password", sync_to_thread=False)
def password(request: Request[Any, Any, Any]) -> Page:
    """The old password and a new one."""
    caller = signed_in(request)
    form = Form(language_of(request))
    return page(request, "accounts/password.html", form=form, **frame(request, caller, "/account/password"))


@post("/account/password", status_code=200)
async def save_password(request: Request[Any, Any, Any]) -> Page:
    """The new password; all other sessions end."""
    caller = signed_in(request)
    form = await forms.read(request)
    for name in ("old", "password"):
        if not form.raw(name):
            form.refuse(name, forms.REQUIRED)
    error: KervanError | None = None
    if form.ok:
        try:
            await throttle.spend("sign-in", request, caller.person)
            token = await profile.change_password(caller, form.raw("old"), form.raw("password"))
            return back(
                request, "/account/password", session_cookie_of(request, token), said="password-changed"
            )
        except TradeError as refusal:
            form.refuse("password", refusal)
        except (Invalid, Conflict, TooMany) as problem:
            error = problem
    return refused(
        request, "accounts/password.html", form, error, **frame(request, caller, "/account/password")
    )


@get("/account/sessions")
async def sessions_page(request: Request[Any, Any, Any]) -> Page:
    """Where the person is signed in."""
    caller = signed_in(request)
    open_now = await queries.sessions_of(caller.person)
    return page(
        request,
        "accounts/sessions.html",
        sessions=open_now,
        current=caller.session_id,
        **frame(request, caller, "/account/sessions"),
    )


@post("/account/sessions/others/end", status_code=303)
async def end_others(request: Request[Any, Any, Any]) -> Page:
    """Ends all other sessions."""
    await profile.end_other_sessions(signed_in(request))
    return back(request, "/account/sessions", said="sessions-ended")


@post("/account/sessions/{session:str}/end", status_code=303)
async def end_session(request: Request[Any, Any, Any], session: FromPath[str]) -> Page:
    """Ends one session; ending the present one is signing out."""
    caller = signed_in(request)
    await profile.end_session(caller, session)
    if session == caller.session_id:
        return back(request, "/", said="signed-out")
    return back(request, "/account/sessions", said="session-ended")


ROUTES: list[ControllerRouterHandler] = [
    account,
    save_account,
    prove,
    save_prove,
    email,
    save_email,
    change_email,
    save_change_email,
    password,
    save_password,
    sessions_page,
    end_others,
    end_session,
]
