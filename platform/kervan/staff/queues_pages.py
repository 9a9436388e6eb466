"""The page of what waits: side effects, mails, refused addresses, indexes; tried again by hand."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid, NotFound
from kervan.mail import queries as mail
from kervan.mail.names import NAMES
from kervan.mail.tables import MailState
from kervan.staff import desk, queues
from kervan.staff.access import administrator
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.http import query_of, row_id, whole_number
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25
_STATES = tuple(state.value for state in MailState)


@get("/staff/queues")
async def waiting(request: Request[Any, Any, Any]) -> Page:
    """Everything that waits; `compare=1` compares the indexes with the database."""
    return await _waiting(request, Form(language_of(request)))


async def _waiting(request: Request[Any, Any, Any], form: Form, status: int = 200) -> Page:
    caller = administrator(request)
    query = query_of(request)
    state = query.get("state", [""])[-1]
    state = state if state in _STATES else ""
    compared = query.get("compare", [""])[-1] == "1"
    number = whole_number(query, "page", 1, 1, 400)
    suppressed_page = whole_number(query, "refused", 1, 1, 400)
    rows, more = await mail.mails(state or None, number, PER_PAGE)
    refused, more_refused = await queues.suppressed(suppressed_page, PER_PAGE)
    language = language_of(request)
    return page(
        request,
        "staff/admin/queues.html",
        status_code=status,
        **await desk.frame(request, caller, "queues"),
        topics=await queues.topics(),
        failing=await queues.failing(),
        counts=await mail.counts(),
        mails=rows,
        names=NAMES,
        state_chosen=state,
        number=number,
        last=number + more,
        paged=partial(address, language, "/staff/queues", state=state),
        suppressed=refused,
        refused_number=suppressed_page,
        refused_last=suppressed_page + more_refused,
        refused_paged=lambda page: address(language, "/staff/queues", state=state, refused=page),
        indexes=await queues.indexes(request.app.state.search, compared=compared),
        compared=compared,
        form=form,
        refused_at=_place_of(form.value("address"), refused),
    )


def _place_of(sealed: str, listed: Sequence[queues.Suppressed]) -> int | None:
    """Which of the listed addresses a form was about; the seal of one is another on each page."""
    asked = queues.address_of(sealed) if sealed else None
    return next((n for n, one in enumerate(listed) if asked and queues.address_of(one.sealed) == asked), None)


@post("/staff/queues/outbox/{entry:int}/retry", status_code=200)
async def retry_entry(request: Request[Any, Any, Any], entry: FromPath[int]) -> Page:
    """Has a failed side effect tried at once."""
    caller = administrator(request)
    try:
        await queues.retry(caller, row_id(entry))
    except Conflict as error:
        return await _refused(request, error)
    return back(request, "/staff/queues", said="retried")


@post("/staff/queues/mails/{mail_id:str}/retry", status_code=200)
async def retry_mail(request: Request[Any, Any, Any], mail_id: FromPath[str]) -> Page:
    """Queues a mail once more that was given up."""
    caller = administrator(request)
    try:
        await queues.retry_mail(caller, mail_id)
    except Conflict as error:
        return await _refused(request, error)
    return back(request, "/staff/queues", said="retried")


@post("/staff/queues/refused", status_code=200)
async def lift(request: Request[Any, Any, Any]) -> Page:
    """Lets an address have mail again."""
    caller = administrator(request)
    form = await forms.read(request)
    reason = form.lines("reason", longest=1000)
    if form.ok:
        try:
            await queues.lift(caller, form.raw("address"), reason)
            return back(request, "/staff/queues", said="address-lifted")
        except (NotFound, Invalid) as error:
            form.take(error)
    return await _waiting(request, form, 422)


async def _refused(request: Request[Any, Any, Any], error: Conflict) -> Page:
    form = Form(language_of(request))
    form.message = i18n.sentence(language_of(request), error)
    return await _waiting(request, form, 409)


ROUTES: list[ControllerRouterHandler] = [waiting, retry_entry, retry_mail, lift]
