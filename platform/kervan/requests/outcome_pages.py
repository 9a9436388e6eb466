"""The page on which an outcome is told: by its link alone, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid, NotFound
from kervan.requests import outcomes
from kervan.requests.outcomes import BANDS, RESULTS, WHYS, Asked, Told
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, page

_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@get("/outcome/{token:str}")
async def outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked, with what was told already."""
    try:
        asked = await outcomes.opened(token)
    except NotFound:
        return _page(request, None, Form(language_of(request)), status_code=404)
    told = {"result": asked.result or "", "value_band": asked.value_band or "", "why": asked.why or ""}
    return _page(request, asked, Form(language_of(request), {**told, "note": asked.note}))


@post("/outcome/{token:str}", status_code=200, opt={"csrf": False})
async def tell_outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Writes it down. Without cookies: who has the link may tell, and nothing else can be done with it."""
    form = await forms.read(request)
    try:
        asked = await outcomes.opened(token)
    except NotFound:
        return _page(request, None, form, status_code=404)
    told = Told(
        result=form.choice("result", RESULTS),
        value_band=form.choice("value_band", BANDS, required=False) or None,
        why=form.choice("why", WHYS, required=False) or None,
        note=form.lines("note", required=False, longest=outcomes.LONGEST_NOTE),
    )
    if form.ok:
        try:
            await outcomes.tell(token, told)
            return _page(request, await outcomes.opened(token), form, done=True)
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

    def named(choices: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(value, gettext(language, name)) for value, name in choices.items()]

    return page(
        request,
        "requests/outcome.html",
        status_code=status_code,
        headers=_PRIVATE,
        outcome=asked,
        form=form,
        done=done,
        told=gettext(language, RESULTS[asked.result]) if asked and asked.result else "",
        results=named(RESULTS),
        bands=named(BANDS),
        whys=named(WHYS),
    )


@get("/outcome/{token:str}", include_in_schema=False, sync_to_thread=False)
def outcome_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """An address without language: to the page in the one that the browser asks for."""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Redirect(address(language_of(request), f"/outcome/{token}"), status_code=302, headers=headers)


ANYWHERE: list[ControllerRouterHandler] = [outcome_anywhere]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [outcome, tell_outcome]
