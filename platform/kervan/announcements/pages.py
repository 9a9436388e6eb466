"""How a person hears of events, and what counts that an announcement was opened."""

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import account_pages
from kervan.accounts.callers import Caller, signed_in
from kervan.announcements import bounces, preferences, quiet
from kervan.announcements.letter import PURPOSE, opened_of
from kervan.announcements.preferences import FREQUENCIES, Preference
from kervan.errors import Invalid
from kervan.privacy import texts
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_WHERE = "page about news of events"
# One transparent point.
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@get("/account/events")
async def news(request: Request[Any, Any, Any]) -> Page:
    """At once, weekly or never; mails or none; counted or not."""
    caller = signed_in(request)
    now = await preferences.of(caller.person)
    initial = {
        "frequency": now.frequency,
        "consent": "1" if now.consent else "",
        "count_opens": "1" if now.count_opens else "",
    }
    return await _news(request, caller, Form(language_of(request), initial))


async def _news(request: Request[Any, Any, Any], caller: Caller, form: Form, status: int = 200) -> Page:
    found = texts.consents()
    return page(
        request,
        "announcements/account.html",
        status_code=status,
        form=form,
        told=found.languages[language_of(request)].of(PURPOSE),
        consent_version=found.version,
        most=await quiet.most_a_month(datetime.now(UTC)),
        **account_pages.frame(request, caller, "/account/events"),
    )


@post("/account/events", status_code=200)
async def save_news(request: Request[Any, Any, Any]) -> Page:
    """Keeps what was chosen; without the tick the consent ends."""
    caller = signed_in(request)
    form = await forms.read(request)
    wanted = Preference(
        frequency=form.choice("frequency", FREQUENCIES),
        consent=form.ticked("consent"),
        count_opens=form.ticked("count_opens"),
    )
    version = form.value("consent_version")
    if version not in texts.consent_versions():
        form.refuse("consent", texts.CHANGED)
    if form.ok:
        try:
            await preferences.save(caller.person, wanted, language_of(request), version, _WHERE)
            return back(request, "/account/events", said="event-news-saved")
        except Invalid as error:
            form.take(error)
    return await _news(request, caller, form, 422)


@get("/o/{name:str}", include_in_schema=False)
async def opened(name: FromPath[str]) -> Response[bytes]:
    """The point in mails of those who agreed to be counted. It is the same for every address, also for wrong ones."""
    delivery = opened_of(name.removesuffix(".gif"))
    if delivery is not None:
        await bounces.count_opened(delivery)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(_GIF, media_type="image/gif", headers=headers)


ANYWHERE: list[ControllerRouterHandler] = [opened]
"""Mounted without a language in front."""
ROUTES: list[ControllerRouterHandler] = [news, save_news]
