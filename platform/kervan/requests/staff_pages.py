"""The staff's desk for requests: the queue by its clock, one request with all that there is to check, the decisions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.db import connection
from kervan.errors import Conflict, Forbidden, Invalid, KervanError, NotFound
from kervan.files import spreadsheets, store
from kervan.files.answers import download
from kervan.importers import access as importers
from kervan.organisations import roles, tasks
from kervan.organisations.tables import Kind
from kervan.requests import (
    access,
    country_pages,
    files,
    import_pages,
    masking,
    queries,
    rules,
    service,
    staff_queries,
    staff_view,
    staff_writing_pages,
)
from kervan.requests.access import Seat
from kervan.requests.staff_queries import Filters, StaffRow
from kervan.requests.states import CLOSED_NAMES, NAMES, SOURCE_NAMES, TONES
from kervan.staff.desk import frame
from kervan.trade import countries, nomenclature
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, address, back, page

_TEMPLATE = "requests/staff_review.html"
_HEADER = (
    "number", "state", "title", "buyer", "buyer_country", "source", "sector", "hs_code", "deadline", "review_due",
    "overdue", "escalated", "published", "quotes", "unread", "with", "address",
)  # fmt: skip


@get("/staff/requests")
async def requests(request: Request[Any, Any, Any]) -> Page:
    """What there is to review by its clock, and every other request that the caller looks after."""
    caller = signed_in(request)
    within = staff_queries.scope(caller)
    query = query_of(request)
    filters = staff_queries.filters_of(query, whole_number(query, "page", 1, 1, 100_000))
    rows, total = await staff_queries.listed(within, filters, caller.person)
    language = language_of(request)
    return page(
        request,
        "requests/staff_queue.html",
        rows=rows,
        total=total,
        counts=await staff_queries.counts(within),
        filters=filters,
        tabs=tuple(staff_queries.TABS),
        everywhere=within.everything,
        posts=bool(within.posts),
        imports=bool(within.posts) or within.everything,
        several=within.everything or within.unmanned or len(within.countries) > 1,
        countries=_countries(within, language),
        sectors=[(one.slug, one.names.get(language, one.names["en"])) for one in nomenclature.sectors()],
        sources=list(SOURCE_NAMES.items()),
        names=NAMES,
        closed_names=CLOSED_NAMES,
        tones=TONES,
        person=caller.person,
        now=datetime.now(UTC),
        last=max(1, -(-total // staff_queries.PER_PAGE)),
        paged=partial(address, language, "/staff/requests", **_asked(filters)),
        as_file=address(language, "/staff/requests.csv", **_asked(filters)),
        **await frame(request, caller, "requests"),
    )


def _asked(filters: Filters) -> dict[str, str]:
    return {
        "tab": filters.tab, "q": filters.text, "country": filters.country, "source": filters.source,
        "sector": filters.sector, "who": filters.who,
    }  # fmt: skip


def _countries(within: staff_queries.Scope, language: str) -> list[tuple[str, str]]:
    if within.everything or within.unmanned:
        return [pair for pair in countries.countries(language) if pair[0] != countries.TURKIYE]
    return [(code, countries.country_name(code, language)) for code in within.countries]


@get("/staff/requests.csv")
async def requests_as_file(request: Request[Any, Any, Any]) -> Stream:
    """What a tab of the list shows, as a file."""
    caller = signed_in(request)
    within = staff_queries.scope(caller)
    filters = staff_queries.filters_of(query_of(request), 1)
    language = language_of(request)
    site = request.app.state.settings.public_url + address(language, "/staff/requests/")

    async def cells() -> AsyncIterator[list[tuple[object, ...]]]:
        async for batch in staff_queries.everything(within, filters, caller.person):
            yield [_cells(row, language, site) for row in batch]

    return spreadsheets.streamed(f"requests-{filters.tab}", _HEADER, cells())


def _cells(row: StaffRow, language: str, site: str) -> tuple[object, ...]:
    state = CLOSED_NAMES[row.closed_as] if row.closed_as else NAMES[row.state]
    return (
        row.number, gettext(language, state), row.title, row.buyer_name, row.buyer_country,
        gettext(language, SOURCE_NAMES[row.source]), row.sector, row.hs_code, row.deadline, row.review_due_at,
        "yes" if row.overdue else "", row.escalated_at, row.published_at, row.answers, row.unread, row.reviewer,
        f"{site}{row.public_id}",
    )  # fmt: skip


@get("/staff/requests/{id:str}")
async def one(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """A request with everything that there is to check, and what can be done with it."""
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    stopped = query_of(request).get("stopped", [""])[-1]
    did = stopped if stopped in ("publish", "submit") else ""
    return await _show(request, caller, seat, Form(language_of(request)), did=did)


async def _show(
    request: Request[Any, Any, Any],
    caller: Caller,
    seat: Seat,
    form: Form,
    *,
    did: str = "",
    status: int = 200,
    duplicates: tuple[Any, ...] = (),
) -> Page:
    """`did` is the step whose form was refused, `duplicates` the open requests that stopped it."""
    language = language_of(request)
    shown = await queries.shown(seat.request)
    work = await staff_queries.work(seat.request)
    async with connection() as conn:
        similar = await queries.similar(conn, shown.content, shown.importer, shown.id)
    if did and form.typed is None:
        # What was just stored was to be published too, and one of these stopped it.
        duplicates = tuple(similar)
    may_verify = roles.VERIFY_IMPORTERS in seat.membership.rights
    reach = importers.countries(caller) if may_verify else frozenset()
    is_post = seat.membership.kind == Kind.POST
    texts = (shown.title, shown.summary, shown.description, *(spec.value for spec in shown.specs))
    return page(
        request,
        _TEMPLATE,
        status_code=status,
        shown=shown,
        work=work,
        seat=seat,
        form=form,
        did=did,
        duplicates=duplicates,
        similar=[other for other in similar if other not in duplicates],
        steps=staff_view.steps(shown, seat),
        editable=staff_queries.is_editable(shown.state, shown.source, bool(shown.gate)),
        lacks=staff_view.lacking(shown, language),
        gate=staff_view.gate(shown, language),
        suggested=await staff_view.suggested(request.app.state.search, shown, language),
        restricted=staff_view.restriction(shown),
        masked=any(masking.MASK in text for text in texts),
        timeline=staff_view.timeline(await queries.timeline(shown.id), language),
        names=NAMES,
        closed_names=CLOSED_NAMES,
        tones=TONES,
        source=gettext(language, SOURCE_NAMES[shown.source]),
        buyer_type=staff_view.buyer_type(shown, language),
        visibility=staff_view.visibility(shown, language),
        consent_way=rules.CONSENT_WAYS.get(shown.consent.how, "") if shown.consent else "",
        sees_consent=seat.membership.kind != Kind.ASSOCIATION,
        buyer_page=may_verify and (reach is None or shown.buyer_country in reach),
        answers=f"/desk/{seat.membership.public_id}/inquiries/{shown.inquiry_id}"
        if is_post and shown.inquiry_id and shown.post == seat.membership.organisation
        else "",
        speaks=is_post and staff_view.speaks(shown),
        mine=work.reviewer_id == caller.person,
        own=staff_view.is_own(shown, seat),
        shows_source=bool(shown.source_url or shown.source_ref),
        now=datetime.now(UTC),
        days_left=queries.days_left(shown),
        **await frame(request, caller, "requests"),
    )


_Step = Callable[[Caller, Seat, Form, int | None], Awaitable[object]]


async def _publish(caller: Caller, seat: Seat, form: Form, version: int | None) -> object:
    return await service.publish(caller, seat, version, seen=form.ticked("seen"))


async def _submit(caller: Caller, seat: Seat, form: Form, version: int | None) -> object:
    return await service.submit(caller, seat, version, seen=form.ticked("seen"))


async def _give_back(caller: Caller, seat: Seat, form: Form, version: int | None, *, action: str) -> object:
    return await service.give_back(caller, seat, action, form.value("reason"), version)


async def _withdraw(caller: Caller, seat: Seat, form: Form, version: int | None) -> object:
    return await service.withdraw(caller, seat, form.value("reason"), version)


async def _take_back(caller: Caller, seat: Seat, _form: Form, version: int | None) -> object:
    return await service.take_back(caller, seat, version)


# What each step does, and what the page says afterwards.
_STEPS: dict[str, tuple[_Step, str]] = {
    "publish": (_publish, "request-published"),
    "submit": (_submit, "request-submitted"),
    "return": (partial(_give_back, action="return"), "request-returned"),
    "reject": (partial(_give_back, action="reject"), "request-rejected"),
    "withdraw": (_withdraw, "request-withdrawn"),
    "take-back": (_take_back, "request-taken-back"),
}


@post("/staff/requests/{id:str}/{step:str}", status_code=200)
async def take_step(request: Request[Any, Any, Any], id: FromPath[str], step: FromPath[str]) -> Page:
    """Publishes, sends on, sends back, rejects, withdraws a request, or takes its review into one's own hands."""
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    form = await forms.read(request)
    if step in ("take", "discard"):
        return await _aside(request, caller, seat, form, id, step)
    if step not in _STEPS:
        raise NotFound()
    act, said = _STEPS[step]
    version = form.whole("version", low=1, high=10**9, required=False)
    duplicates: tuple[Any, ...] = ()
    try:
        await staff_view.check_step(seat, step)
        if form.ok:
            await act(caller, seat, form, version)
            return back(request, f"/staff/requests/{id}", said=said)
        status = 422
    except rules.Duplicates as found:
        status, duplicates = 409, found.similar
        form.take(found)
    except Invalid as error:
        status = 422
        if step in ("publish", "submit"):
            # Its fields are on another page: what they lack is said beside them there, and listed here.
            form.message = gettext(form.language, staff_view.INCOMPLETE)
        else:
            form.take(error)
    except (Conflict, Forbidden) as error:
        status = error.status_code
        form.take(error)
    return await _show(request, caller, seat, form, did=step, status=status, duplicates=duplicates)


async def _aside(
    request: Request[Any, Any, Any], caller: Caller, seat: Seat, form: Form, id: str, step: str
) -> Page:
    """Takes the review or gives it back to all; throws an own draft away."""
    try:
        if step == "discard":
            await staff_view.check_step(seat, step)
            await service.discard(caller, seat)
            return back(request, "/staff/requests", tab="own", said="request-discarded")
        gives_back = bool(form.value("back"))
        await tasks.assign(caller, tasks.REQUEST_REVIEW, id, None if gives_back else caller.person)
        return back(request, f"/staff/requests/{id}", said=None if gives_back else "assigned")
    except KervanError as error:
        if error.status_code not in (403, 409):
            raise
        form.take(error)
        return await _show(request, caller, seat, form, did=step, status=error.status_code)


@get("/staff/requests/{id:str}/files/{file:str}")
async def attachment(
    request: Request[Any, Any, Any], id: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """An attachment of a request that the caller looks after, as a download."""
    seat = await access.handled(signed_in(request), id)
    name, content_type, path = await files.opened(seat.request, file)
    return download(await store.read(path), name, content_type)


ROUTES: list[ControllerRouterHandler] = [
    requests, requests_as_file, one, take_step, attachment, *country_pages.ROUTES, *import_pages.ROUTES,
    *staff_writing_pages.ROUTES,
]  # fmt: skip
