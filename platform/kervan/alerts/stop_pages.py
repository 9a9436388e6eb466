"""The end of alerts by the link of a mail: no sign-in, one question, a reason; and the button of mail programs."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.alerts import queries, service, wording
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, page

_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@get("/alerts/stop/{token:str}")
async def stop(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Asks what shall end and why; opening the address ends nothing: mail programs open addresses by themselves."""
    return await _asked(request, token, Form(language_of(request), {"what": "this"}))


async def _asked(request: Request[Any, Any, Any], token: str, form: Form, status: int = 200) -> Page:
    language = language_of(request)
    public_id = service.opened(token)
    if public_id is None:
        return _page(request, "unknown", status=404)
    found = await queries.named(public_id)
    chips = wording.chips(found[1], language) if found else []
    return _page(request, "asked", status=status, form=form, name=found[0] if found else None, chips=chips)


def _page(request: Request[Any, Any, Any], stage: str, status: int = 200, **context: Any) -> Page:
    language = language_of(request)
    return page(
        request,
        "alerts/stop.html",
        status_code=status,
        headers=_HEADERS,
        stage=stage,
        reasons=[(code, gettext(language, said)) for code, said in service.REASONS.items()],
        **context,
    )


@post("/alerts/stop/{token:str}", status_code=200, opt={"csrf": False})
async def end(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Ends the alert, or all of its owner's: by the form, or by a mail program (RFC 8058), without an account."""
    return await _end(request, token)


async def _end(request: Request[Any, Any, Any], token: str) -> Page:
    form = await forms.read(request)
    if form.value("List-Unsubscribe") == "One-Click":
        done = await service.stop(
            token, everything=False, reason=service.ONE_CLICK, where="one click in the mail program"
        )
        return _page(request, "done", everything=False) if done else _page(request, "unknown", status=404)
    what = form.choice("what", ("this", "all"))
    reason = form.choice("reason", tuple(service.REASONS))
    note = form.lines("note", required=False, longest=service.LONGEST_NOTE)
    if service.opened(token) is not None and not form.ok:
        return await _asked(request, token, form, 422)
    everything = what == "all"
    if not await service.stop(token, everything=everything, reason=reason, note=note, where="link of a mail"):
        return _page(request, "unknown", status=404)
    return _page(request, "done", everything=everything)


@get("/alerts/stop/{token:str}", include_in_schema=False, sync_to_thread=False)
def stop_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """The address in a mail's header has no language: to the page in the one that the browser asks for."""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Redirect(address(language_of(request), f"/alerts/stop/{token}"), status_code=302, headers=headers)


@post("/alerts/stop/{token:str}", status_code=200, opt={"csrf": False}, include_in_schema=False)
async def end_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What mail programs post to: carried out here, since they follow no redirects."""
    return await _end(request, token)


ANYWHERE: list[ControllerRouterHandler] = [stop_anywhere, end_anywhere]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [stop, end]
