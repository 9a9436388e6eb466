"""What needs a link and nobody signed in: tickets with their QR, certificates, the survey after an event."""

from typing import Any

from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.throttle import address_of
from kervan.accounts.totp import qr_svg
from kervan.events import queries as events
from kervan.files.answers import download
from kervan.registrations import certificates, surveys, tickets
from kervan.registrations.limits import TICKET_LOOKS
from kervan.registrations.surveys import EXPECTED, RATINGS, Asked, Told
from kervan.trade.errors import N_
from kervan.web import by_link, forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, page


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
        headers=by_link.PRIVATE,
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
    found = await by_link.opened(certificates.checked(code, language_of(request)))
    return page(
        request,
        "registrations/attended.html",
        status_code=200 if found else 404,
        headers=by_link.PRIVATE,
        found=found,
    )


@get("/survey/{token:str}")
async def survey(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What is asked, with what was told already."""
    asked = await by_link.opened(surveys.opened(token))
    if asked is None:
        return _survey(request, None, Form(language_of(request)))
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
    asked = await by_link.opened(surveys.opened(token))
    if asked is None:
        return _survey(request, None, typed)
    rating = typed.choice("rating", RATINGS)
    again = typed.choice("again", ("1", "0"), required=False)
    told = Told(
        rating=int(rating or 0),
        contacts=typed.whole("contacts", low=0, high=surveys.MOST_CONTACTS, required=False),
        expected=typed.choice("expected", EXPECTED, required=False) or None,
        again=again == "1" if again else None,
        text=typed.lines("text", required=False, longest=surveys.LONGEST_TEXT),
    )
    done = typed.ok and await by_link.told(typed, surveys.tell(token, told))
    return _survey(request, asked, typed, done=done)


def _survey(request: Request[Any, Any, Any], asked: Asked | None, typed: Form, *, done: bool = False) -> Page:
    return by_link.shown(
        request,
        "registrations/survey.html",
        asked,
        typed,
        done=done,
        title=asked.title(language_of(request)) if asked else "",
        ratings=by_link.named(request, RATINGS),
        bands=by_link.named(request, EXPECTED),
    )


ANYWHERE: list[ControllerRouterHandler] = [
    by_link.anywhere("/tickets"),
    by_link.anywhere("/attended"),
    by_link.anywhere("/survey"),
]
"""Mounted without a language in front: the QR of a ticket and of a certificate leads there."""
ROUTES: list[ControllerRouterHandler] = [ticket, certificate, attended, survey, tell]
