"""The page on which an outcome is told: by its link alone, in the reader's language."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.requests import outcomes
from kervan.requests.outcomes import BANDS, RESULTS, WHYS, Asked, Told
from kervan.web import by_link, forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page


@get("/outcome/{token:str}")
async def outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked, with what was told already."""
    asked = await by_link.opened(outcomes.opened(token))
    if asked is None:
        return _page(request, None, Form(language_of(request)))
    told = {"result": asked.result or "", "value_band": asked.value_band or "", "why": asked.why or ""}
    return _page(request, asked, Form(language_of(request), {**told, "note": asked.note}))


@post("/outcome/{token:str}", status_code=200, opt={"csrf": False})
async def tell_outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Writes it down. Without cookies: who has the link may tell, and nothing else can be done with it."""
    form = await forms.read(request)
    asked = await by_link.opened(outcomes.opened(token))
    if asked is None:
        return _page(request, None, form)
    told = Told(
        result=form.choice("result", RESULTS),
        value_band=form.choice("value_band", BANDS, required=False) or None,
        why=form.choice("why", WHYS, required=False) or None,
        note=form.lines("note", required=False, longest=outcomes.LONGEST_NOTE),
    )
    done = form.ok and await by_link.told(form, outcomes.tell(token, told))
    return _page(request, asked, form, done=done)


def _page(request: Request[Any, Any, Any], asked: Asked | None, form: Form, *, done: bool = False) -> Page:
    return by_link.shown(
        request,
        "requests/outcome.html",
        asked,
        form,
        done=done,
        told=gettext(language_of(request), RESULTS[asked.result]) if asked and asked.result else "",
        results=by_link.named(request, RESULTS),
        bands=by_link.named(request, BANDS),
        whys=by_link.named(request, WHYS),
    )


ANYWHERE: list[ControllerRouterHandler] = [by_link.anywhere("/outcome")]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [outcome, tell_outcome]
