"""The page on which a side says what came of a meeting: by the link of its mail alone."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.meetings import outcomes
from kervan.meetings.outcomes import LONGEST_NOTE, RESULTS, Asked
from kervan.web import by_link, forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page


@get("/meeting-outcome/{token:str}")
async def outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked. What was said before is not shown: a mail can be passed on, and the note is private."""
    asked = await by_link.opened(outcomes.opened(token))
    return _page(request, asked, Form(language_of(request)))


@post("/meeting-outcome/{token:str}", status_code=200, opt={"csrf": False})
async def tell_outcome(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Writes it down. Without cookies: who has the link may say it, and nothing else can be done with it."""
    form = await forms.read(request)
    asked = await by_link.opened(outcomes.opened(token))
    if asked is None:
        return _page(request, None, form)
    result = form.choice("result", RESULTS)
    note = form.lines("note", required=False, longest=LONGEST_NOTE)
    actor = f"link:{asked.public_id}"
    done = form.ok and await by_link.told(
        form, outcomes.tell(asked.meeting, asked.side, result, note, actor=actor)
    )
    return _page(request, asked, form, done=done)


def _page(request: Request[Any, Any, Any], asked: Asked | None, form: Form, *, done: bool = False) -> Page:
    results = by_link.named(request, RESULTS)
    return by_link.shown(request, "meetings/outcome.html", asked, form, done=done, results=results)


ANYWHERE: list[ControllerRouterHandler] = [by_link.anywhere("/meeting-outcome")]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [outcome, tell_outcome]
