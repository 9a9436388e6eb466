"""What needs a link and nobody signed in: tickets with their QR, certificates, the survey after an event."""

import contextlib
from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.throttle import address_of
from kervan.accounts.totp import qr_svg
from kervan.errors import Conflict, Invalid, NotFound
from kervan.events import queries as events
from kervan.files.answers import download
from kervan.registrations import certificates, surveys, tickets
from kervan.registrations.limits import TICKET_LOOKS
from kervan.registrations.surveys import EXPECTED, RATINGS, Asked, Told
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, page

_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@get("/tickets/{token:str}")
async def ticket(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """The ticket for a phone or a printer. One that does not hold any more says so."""
    await TICKET_LOOKS.take(address_of(request))
    found = await tickets.opened(token)
    event = await events.shown(found.event)
    holds = tickets.holds(found) and event.state == "PUBLISHED"
    over = event.phase == "DONE"
    here = f"{request.app.state.settings.public_url}/tickets/{found.ticket}"
    return page(
        request,
        "registrations/ticket.html",
        headers=_PRIVATE,
        ticket=found,
        event=event,
        content=event.content,
        title=event.text(language_of(request)).title,
        holds=holds,
        over=over,
        code=qr_svg(here, gettext(language_of(request), N_("QR code of the ticket")))
        if holds and not over
        else "",
        certificate=over and found.checked_in_at is not None and found.state == "ATTENDED",
        online=event.content.online_url if holds and not over else "",
    )


@get("/tickets/{token:str}/certificate.pdf")
async def certificate(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[bytes]:
    """The certificate of attendance, when the event is over, for who was checked in."""
    await TICKET_LOOKS.take(address_of(request))
    found = await tickets.opened(token)
    language = language_of(request)
    given = await certificates.of(found, language, request.app.state.settings.public_url)
    data = await to_thread.run_sync(certificates.pdf, given)
    return download(data, f"{found.event_id}-{found.participant}.pdf", "application/pdf")


@get("/attended/{code:str}")
async def attended(request: Request[Any, Any, Any], code: FromPath[str]) -> Page:
    """Whether a certificate is genuine: event, date and name, and nothing else."""
    await TICKET_LOOKS.take(address_of(request))
    found = None
    with contextlib.suppress(NotFound):
        found = await certificates.checked(code, language_of(request))
    return page(
        request,
        "registrations/attended.html",
        status_code=200 if found else 404,
        headers=_PRIVATE,
        found=found,
    )


@get("/survey/{token:str}")
async def survey(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked, with what was told already."""
    try:
        asked = await surveys.opened(token)
    except NotFound:
        return _survey(request, None, Form(language_of(request)), status_code=404)
    told = {
        "rating": str(asked.rating or ""),
        "contacts": "" if asked.contacts is None else str(asked.contacts),
        "expected": asked.expected or "",
        "again": "" if asked.again is None else str(int(asked.again)),
        "text": asked.text,
    }
    return _survey(request, asked, Form(language_of(request), told))


@post("/survey/{token:str}", status_code=200, opt={"csrf": False})
async def tell(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Writes it down. Without cookies: who has the link may tell, and nothing else can be done with it."""
    typed = await forms.read(request)
    try:
        asked = await surveys.opened(token)
    except NotFound:
        return _survey(request, None, typed, status_code=404)
    rating = typed.choice("rating", RATINGS)
    again = typed.choice("again", ("1", "0"), required=False)
    told = Told(
        rating=int(rating or 0),
        contacts=typed.whole("contacts", low=0, high=surveys.MOST_CONTACTS, required=False),
        expected=typed.choice("expected", EXPECTED, required=False) or None,
        again=again == "1" if again else None,
        text=typed.lines("text", required=False, longest=surveys.LONGEST_TEXT),
    )
    if typed.ok:
        try:
            await surveys.tell(token, told)
            return _survey(request, await surveys.opened(token), typed, done=True)
        except (Invalid, Conflict) as error:
            typed.take(error)
    return _survey(request, asked, typed, status_code=422)


def _survey(
    request: Request[Any, Any, Any],
    asked: Asked | None,
    shown: Form,
    *,
    done: bool = False,
    status_code: int = 200,
) -> Page:
    language = language_of(request)

    def named(choices: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(value, gettext(language, name)) for value, name in choices.items()]

    return page(
        request,
        "registrations/survey.html",
        status_code=status_code,
        headers=_PRIVATE,
        survey=asked,
        title=asked.title(language) if asked else "",
        form=shown,
        done=done,
        ratings=named(RATINGS),
        bands=named(EXPECTED),
    )


def _onward(request: Request[Any, Any, Any], path: str) -> Redirect:
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Redirect(address(language_of(request), path), status_code=302, headers=headers)


@get("/tickets/{token:str}", include_in_schema=False, sync_to_thread=False)
def ticket_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """Where the QR of a ticket leads, in the language that the browser asks for."""
    return _onward(request, f"/tickets/{token[:100]}")


@get("/attended/{code:str}", include_in_schema=False, sync_to_thread=False)
def attended_anywhere(request: Request[Any, Any, Any], code: FromPath[str]) -> Redirect:
    """Where the QR of a certificate leads, in the language that the browser asks for."""
    return _onward(request, f"/attended/{code[:100]}")


@get("/survey/{token:str}", include_in_schema=False, sync_to_thread=False)
def survey_anywhere(request: Request[Any, Any, Any], token: FromPath[str]) -> Redirect:
    """A survey's address without language."""
    return _onward(request, f"/survey/{token[:100]}")


ANYWHERE: list[ControllerRouterHandler] = [ticket_anywhere, attended_anywhere, survey_anywhere]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [ticket, certificate, attended, survey, tell]
