"""What the pages of accounts answer with when a form is refused, and what their forms have in common."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request

from kervan.accounts import passwords, throttle
from kervan.errors import KervanError, TooMany
from kervan.trade import emails, time_zones
from kervan.trade.errors import N_, TradeError
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.templates import Page, back, page

SAME_SECONDS = 0.25

TRAP = "motto"
"""A field that people do not see and programs fill in."""


def refused(
    request: Request[Any, Any, Any], name: str, form: Form, error: KervanError | None = None, **context: Any
) -> Page:
    """The form once more, with what is wrong: 429 when a limit is used up, else 422."""
    if error is not None:
        form.take(error)
    if isinstance(error, TooMany):
        headers = {"Retry-After": str(error.retry_after)}
        return page(request, name, status_code=429, headers=headers, form=form, **context)
    return page(request, name, status_code=422, form=form, **context)


async def mailed(
    request: Request[Any, Any, Any],
    ask: Callable[[emails.Email, str], Awaitable[None]],
    sent: str,
    *,
    otherwise: str,
) -> Page:
    """To the page `sent` once `ask` has dealt with the address of the form, whether it has an account or not; the
    template `otherwise` once more when it is no address or a limit is used up."""
    form = await forms.read(request)
    email = form.parsed("email", emails.address)
    error: KervanError | None = None
    if form.ok and email:
        try:
            await throttle.spend("mail", request, email.key)
            async with in_the_same_time():
                await ask(email, i18n.language_of(request))
            return back(request, sent)
        except TooMany as problem:
            error = problem
    return refused(request, otherwise, form, error, over=False)


@asynccontextmanager
async def in_the_same_time() -> AsyncIterator[None]:
    """Its body takes a quarter of a second at least: so nobody can tell by the clock whether an address has an account.

    What is done inside takes a few milliseconds more for one that has; a password's hash is well below the quarter.
    """
    until = time.monotonic() + SAME_SECONDS
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, until - time.monotonic()))


def work_email(text: str) -> emails.Email:
    """The address of somebody who stays: TradeError for one of a throw-away mailbox."""
    found = emails.address(text)
    if emails.is_disposable(found.domain):
        raise TradeError(N_("This is a throw-away mailbox. Give the address that you use at work."))
    return found


def new_password(form: Form, *about: str, field: str = "password") -> str:
    """The password of a form's field when it is good enough; `about` is what others know of the person."""
    password = form.raw(field)
    if not password:
        form.refuse(field, forms.REQUIRED)
        return ""
    try:
        passwords.check(password, about=about)
    except TradeError as error:
        form.refuse(field, error)
        return ""
    return password


def zone_of(form: Form) -> str:
    """The time zone that the browser told; UTC when it is none: nobody typed it, so nobody is asked to correct it."""
    try:
        return time_zones.zone(form.value("time_zone"))
    except TradeError:
        return time_zones.UTC


def languages() -> list[tuple[str, str]]:
    """The languages of pages and mails, each by its own name."""
    return [(language.code, language.name) for language in i18n.LANGUAGES]
