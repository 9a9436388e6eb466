"""Pages where accounts begin: registering, confirming the address, and links that are over."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import (
    account_pages,
    factor_pages,
    links,
    queries,
    registration,
    sign_in_pages,
    signing_in,
    throttle,
)
from kervan.accounts.answers import (
    TRAP,
    in_the_same_time,
    languages,
    mailed,
    new_password,
    refused,
    work_email,
    zone_of,
)
from kervan.accounts.callers import caller_of
from kervan.accounts.tables import LinkPurpose
from kervan.errors import Conflict, Invalid, KervanError, TooMany
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


@get("/register", sync_to_thread=False)
def register(request: Request[Any, Any, Any]) -> Page:
    """Importer or exporter: the two ways in."""
    return page(request, "accounts/register.html")


@get("/register/exporter", sync_to_thread=False)
def register_exporter(request: Request[Any, Any, Any]) -> Page:
    """The form of an exporter's first person; somebody who is signed in goes on to the firm."""
    if caller_of(request) is not None:
        return back(request, "/desk/new-exporter")
    form = Form(language_of(request), {"language": language_of(request), "time_zone": "Europe/Istanbul"})
    return page(request, "accounts/register_exporter.html", form=form, languages_offered=languages())


@post("/register/exporter", status_code=200)
async def save_exporter(request: Request[Any, Any, Any]) -> Page:
    """Registers; the answer is the same whether or not the address has an account."""
    form = await forms.read(request)
    name = form.text("name", longest=120)
    email = form.parsed("email", work_email)
    password = new_password(form, name, email.shown if email else "")
    language = form.choice("language", i18n.BY_CODE)
    error: KervanError | None = None
    if form.ok and email:
        try:
            await throttle.spend("registration", request, email.key)
            if not form.raw(TRAP):
                async with in_the_same_time():
                    await registration.register(
                        name=name, email=email, password=password, language=language, time_zone=zone_of(form)
                    )
            return back(request, "/register/sent")
        except (Invalid, Conflict, TooMany) as problem:
            error = problem
    return refused(request, "accounts/register_exporter.html", form, error, languages_offered=languages())


@get("/register/sent", sync_to_thread=False)
def sent(request: Request[Any, Any, Any]) -> Page:
    """Look into your mail. The address is not repeated: it would stand in the history of the browser."""
    return page(request, "accounts/sent.html", resetting=False)


@get("/confirm", sync_to_thread=False)
def confirm_again(request: Request[Any, Any, Any]) -> Page:
    """Where a new confirmation link is asked for."""
    return page(request, "accounts/confirm_again.html", form=Form(language_of(request)), over=False)


@post("/confirm", status_code=200)
async def save_confirm_again(request: Request[Any, Any, Any]) -> Page:
    """Mails a new link, if the address waits for one; the answer does not tell."""
    return await mailed(
        request, registration.confirm_again, "/register/sent", otherwise="accounts/confirm_again.html"
    )


@get("/confirm/{token:str}")
async def confirm(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Asks for the password. Opening the page uses nothing up: mail programs open links to look at them."""
    opened = await links.look(token, LinkPurpose.CONFIRM_EMAIL)
    form = Form(language_of(request))
    if opened is None:
        return page(request, "accounts/confirm_again.html", status_code=410, form=form, over=True)
    return page(request, "accounts/confirm.html", form=form, email=opened.email)


@post("/confirm/{token:str}", status_code=200)
async def save_confirm(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Opens the account and signs its person in."""
    form = await forms.read(request)
    opened = await links.look(token, LinkPurpose.CONFIRM_EMAIL)
    try:
        await throttle.spend("sign-in", request, opened.person if opened else None)
        person = await registration.confirm(token, form.raw("password"))
    except Conflict:
        return page(
            request,
            "accounts/confirm_again.html",
            status_code=410,
            form=Form(language_of(request)),
            over=True,
        )
    except (Invalid, TooMany) as error:
        return refused(request, "accounts/confirm.html", form, error, email=opened.email if opened else "")
    cookie = await signing_in.open_session(request, person)
    return back(request, "/desk" if await queries.has_place(person.id) else "/desk/new-exporter", cookie)


ROUTES: list[ControllerRouterHandler] = [
    register,
    register_exporter,
    save_exporter,
    sent,
    confirm_again,
    save_confirm_again,
    confirm,
    save_confirm,
    *sign_in_pages.ROUTES,
    *account_pages.ROUTES,
    *factor_pages.ROUTES,
]
