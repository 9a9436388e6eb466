"""The privacy centre: what is kept, consents, my data, deletion; the notice; and the end of mails by a click."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.answers import refused
from kervan.accounts.callers import Caller, caller_of, signed_in
from kervan.accounts.middleware import no_session_cookie_of
from kervan.errors import Conflict, Invalid, KervanError, TooMany
from kervan.privacy import consents, erasure, export, queries, texts
from kervan.privacy.open_matters import open_matters
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import JSON
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

_WHERE = "privacy centre"


@get("/privacy")
async def centre(request: Request[Any, Any, Any]) -> Page:
    """What the platform knows of the caller, and what they can do about it."""
    caller = signed_in(request)
    return await _centre(request, caller, Form(language_of(request)))


async def _centre(request: Request[Any, Any, Any], caller: Caller, form: Form) -> Page:
    language = language_of(request)
    given = await queries.consents_of(caller.person)
    return page(
        request,
        "privacy/centre.html",
        form=form,
        known=await queries.known(caller.person),
        purposes=consents.PURPOSES,
        live={consent.purpose: consent for consent in given if consent.withdrawn_at is None},
        history=given,
        texts=texts.consents().languages[language],
        consent_version=texts.consents().version,
        versions={name: version.languages[language] for name, version in texts.consent_versions().items()},
        wish=await erasure.open_wish(caller.person),
    )


@post("/privacy/consents", status_code=200)
async def save_consents(request: Request[Any, Any, Any]) -> Page:
    """Gives and withdraws consents, purpose by purpose."""
    caller = signed_in(request)
    form = await forms.read(request)
    agreed = form.several("agree", consents.PURPOSES)
    version = form.value("consent_version")
    if version not in texts.consent_versions():
        form.refuse("agree", texts.CHANGED)
    if not form.ok:
        return await _centre(request, caller, form)
    await consents.change(caller.person, agreed, language_of(request), _WHERE, version)
    return back(request, "/privacy", said="privacy-saved")


@get("/privacy/data.json")
async def my_data(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Everything that is kept about the caller, as a file."""
    caller = signed_in(request)
    headers = {
        "Content-Disposition": 'attachment; filename="kervan-my-data.json"',
        "Cache-Control": "private, no-store",
    }
    return Response(await export.as_json(caller.person), media_type=JSON, headers=headers)


@get("/privacy/delete")
async def delete(request: Request[Any, Any, Any]) -> Page:
    """What deleting means, what it has to wait for, and the form."""
    caller = signed_in(request)
    form = Form(language_of(request))
    return page(request, "privacy/delete.html", form=form, **await _deletion(request, caller))


async def _deletion(request: Request[Any, Any, Any], caller: Caller) -> dict[str, Any]:
    return {
        "reasons": await open_matters(caller.person, language_of(request)),
        "wish": await erasure.open_wish(caller.person),
    }


@post("/privacy/delete", status_code=200)
async def carry_out(request: Request[Any, Any, Any]) -> Page:
    """Deletes the caller's account, or notes the wish while something is open."""
    caller = signed_in(request)
    form = await forms.read(request)
    form.ticked("sure", required=erasure.NOT_SURE)
    if not form.raw("password"):
        form.refuse("password", forms.REQUIRED)
    error: KervanError | None = None
    if form.ok:
        try:
            await throttle.spend("sign-in", request, caller.person)
            if await erasure.ask(caller.person, form.raw("password")):
                return back(request, "/", no_session_cookie_of(request), said="account-deleted")
            return back(request, "/privacy", said="deletion-deferred")
        except (Invalid, Conflict, TooMany) as problem:
            error = problem
    return refused(request, "privacy/delete.html", form, error, **await _deletion(request, caller))


@post("/privacy/stay", status_code=200)
async def stay(request: Request[Any, Any, Any]) -> Page:
    """Takes a wish to be deleted back."""
    await erasure.take_back(signed_in(request).person)
    return back(request, "/privacy", said="deletion-withdrawn")


@get("/privacy/notice", sync_to_thread=False)
def notice(request: Request[Any, Any, Any]) -> Page:
    """The privacy notice, for everybody."""
    found = texts.notice()
    return page(
        request,
        "privacy/notice.html",
        notice=found.languages[language_of(request)],
        version=found.version,
        in_force=found.in_force,
    )


@get("/unsubscribe/{token:str}", sync_to_thread=False)
def unsubscribe(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """One button; opening the address alone ends nothing, since mail programs open addresses by themselves."""
    opened = consents.opened(token)
    return _unsubscribe(request, opened[1] if opened else None, done=False)


@post("/unsubscribe/{token:str}", status_code=200, opt={"csrf": False})
async def end_mails(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Ends the mails of a purpose: by the button, or by a mail program (RFC 8058), without cookies or account."""
    return await _end_mails(request, token)


async def _end_mails(request: Request[Any, Any, Any], token: str) -> Page:
    opened = consents.opened(token)
    if opened is None:
        return _unsubscribe(request, None, done=False)
    form = await forms.read(request)
    one_click = form.value("List-Unsubscribe") == "One-Click"
    await consents.unsubscribe(*opened, "one click in the mail program" if one_click else "link of a mail")
    return _unsubscribe(request, opened[1], done=True)


def _unsubscribe(request: Request[Any, Any, Any], purpose: str | None, *, done: bool) -> Page:
    language = language_of(request)
    return page(
        request,
        "privacy/unsubscribe.html",
        status_code=200 if purpose else 404,
        headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
        purpose=texts.consents().languages[language].of(purpose) if purpose else None,
        done=done,
        signed=caller_of(request) is not None,
    )


@get("/unsubscribe/{token:str}", include_in_schema=False, sync_to_thread=False)
def unsubscribe_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """The address of the mails has no language: to the page in the one that the browser asks for."""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Redirect(address(language_of(request), f"/unsubscribe/{token}"), status_code=302, headers=headers)


@post("/unsubscribe/{token:str}", status_code=200, opt={"csrf": False}, include_in_schema=False)
async def end_mails_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What mail programs post to: carried out here, since they follow no redirects."""
    return await _end_mails(request, token)


ANYWHERE: list[ControllerRouterHandler] = [unsubscribe_anywhere, end_mails_anywhere]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [
    centre, save_consents, my_data, delete, carry_out, stay, notice, unsubscribe, end_mails,
]  # fmt: skip
