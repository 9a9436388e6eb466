"""Pages behind a mailed link that proves itself: who has it may read and answer, with nobody signed in."""

import contextlib
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from kervan.errors import Conflict, Invalid, NotFound
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, page

T = TypeVar("T")

PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Headers of such a page: its address opens it, so nobody is told it and nobody keeps it."""
_LONGEST = 100
"""Characters of what proves a link, a public id and a signature: less than 60."""


async def opened(asked: Awaitable[T]) -> T | None:
    """What stands behind a link; None where its service knows of nothing."""
    with contextlib.suppress(NotFound):
        return await asked
    return None


async def told(form: Form, telling: Awaitable[None]) -> bool:
    """Whether a service took what was told; what it refuses stands in the form then."""
    try:
        await telling
    except (Invalid, Conflict) as error:
        form.take(error)
    return form.ok


def shown(
    request: Request[Any, Any, Any], template: str, question: object | None, form: Form, **context: Any
) -> Page:
    """The page that asks: 404 for a link that is not ours (no `question`), 422 with what was refused in the form."""
    return page(
        request,
        template,
        status_code=404 if question is None else 200 if form.ok else 422,
        headers=PRIVATE,
        question=question,
        form=form,
        **context,
    )


def named(request: Request[Any, Any, Any], choices: Mapping[str, str]) -> list[tuple[str, str]]:
    """(value, name) of what can be chosen, in the reader's language."""
    return [(value, gettext(language_of(request), name)) for value, name in choices.items()]


def anywhere(path: str) -> HTTPRouteHandler:
    """The route of a link without a language: leads to the page in the one that the browser asks for."""

    @get(f"{path}/{{token:str}}", include_in_schema=False, sync_to_thread=False)
    def onward(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
        to = address(language_of(request), f"{path}/{token[:_LONGEST]}")
        headers = {
            "Vary": "Accept-Language",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
        return Redirect(to, status_code=302, headers=headers)

    return onward
