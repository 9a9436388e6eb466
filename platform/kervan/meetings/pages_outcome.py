"""The page on which a side says what came of a meeting: by the link of its mail alone."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid, NotFound
from kervan.meetings import outcomes
from kervan.meetings.outcomes import LONGEST_NOTE, RESULTS, Asked
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, page

_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@get("/meeting-outcome/{token:str}")
async def outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked. What was said before is not shown: a mail can be passed on, and the note is private."""
    try:
        asked = await outcomes.opened(token)
    except NotFound:
        return _page(request, None, Form(language_of(request)), status_code=404)
    return _page(request, asked, Form(language_of(request)))


@post("/meeting-outcome/{token:str}", status_code=200, opt={"csrf": False})
async def tell_outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Writes it down. Without cookies: who has the link may say it, and nothing else can be done with it."""
    form = await forms.read(request)
    try:
        asked = await outcomes.opened(token)
    except NotFound:
        return _page(request, None, form, status_code=404)
    result = form.choice("result", RESULTS)
    note = form.lines("note", required=False, longest=LONGEST_NOTE)
    if form.ok:
        try:
            await outcomes.tell(asked.meeting, asked.side, result, note, actor=f"link:{asked.public_id}")
            return _page(request, asked, form, done=True)
        except (Invalid, Conflict) as error:
            form.take(error)
    return _page(request, asked, form, status_code=422)


def _page(
    request: Request[Any, Any, Any],
    asked: Asked | None,
    form: Form,
    *,
    done: bool = False,
    status_code: int = 200,
) -> Page:
    language = language_of(request)
    return page(
        request,
        "meetings/outcome.html",
        status_code=status_code,
        headers=_PRIVATE,
        asked=asked,
        form=form,
        done=done,
        results=[(code, gettext(language, text)) for code, text in RESULTS.items()],
    )


@get("/meeting-outcome/{token:str}", include_in_schema=False, sync_to_thread=False)
def outcome_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """An address without language: to the page in the one that the browser asks for."""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    to = address(language_of(request), f"/meeting-outcome/{token}")
    return Redirect(to, status_code=302, headers=headers)


ANYWHERE: list[ControllerRouterHandler] = [outcome_anywhere]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [outcome, tell_outcome]
