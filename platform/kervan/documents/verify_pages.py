"""The page behind the QR of a printed document: is it genuine, and does it still hold?"""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.throttle import address_of
from kervan.documents import queries
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.limits import Bucket, Limit
from kervan.web.templates import Page, address, page

# A code has 100 random bits: this keeps the table from being asked for nothing, not the codes from being guessed.
_LOOKS = Bucket("verify", Limit(120, 900))

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@get("/verify")
async def ask(request: Request[Any, Any, Any]) -> Page:
    """Where a code is typed in from paper; with `?code=` the answer."""
    typed = query_of(request).get("code", [""])[-1][: queries.LONGEST]
    if not typed.strip():
        return page(request, "documents/verify.html", typed="", looked=False, found=None, headers=_HEADERS)
    return await _answer(request, typed)


@get("/verify/{code:str}")
async def answer(request: Request[Any, Any, Any], code: FromPath[str]) -> Page:
    """Firm, status and date of the document with this code; for every other the same answer."""
    return await _answer(request, code[: queries.LONGEST])


async def _answer(request: Request[Any, Any, Any], typed: str) -> Page:
    await _LOOKS.take(address_of(request))
    found = await queries.by_code(typed)
    return page(
        request,
        "documents/verify.html",
        status_code=404 if found is None else 200,
        typed=typed,
        looked=True,
        found=found,
        headers=_HEADERS,
        canonical="/verify",
    )


@get("/verify", include_in_schema=False, sync_to_thread=False)
def ask_anywhere(request: Request[Any, Any, Any]) -> Redirect:
    """The address as it is printed, in the language that the browser asks for."""
    return _onward(request, "/verify")


@get("/verify/{code:str}", include_in_schema=False, sync_to_thread=False)
def answer_anywhere(request: Request[Any, Any, Any], code: FromPath[str]) -> Redirect:
    """Where the QR leads, in the language that the browser asks for."""
    return _onward(request, f"/verify/{code[: queries.LONGEST]}")


def _onward(request: Request[Any, Any, Any], path: str) -> Redirect:
    headers = {"Vary": "Accept-Language", **_HEADERS}
    return Redirect(address(language_of(request), path), status_code=302, headers=headers)


ROUTES: list[ControllerRouterHandler] = [ask, answer]
ANYWHERE: list[ControllerRouterHandler] = [ask_anywhere, answer_anywhere]
"""Addresses without a language."""
