"""A buyer's own requests: the list with its file, one request with where it stands, the steps that it can take."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership, member, signed_in
from kervan.errors import Conflict, Invalid, NotFound
from kervan.files import answers, store
from kervan.matching import queries as matching
from kervan.matching.service import left
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.products.importing.report import harmless
from kervan.requests import (
    access,
    desk_cards,
    desk_form_pages,
    files,
    own_queries,
    queries,
    service,
    states,
    wording,
)
from kervan.requests.access import Seat
from kervan.requests.desk_form_pages import send
from kervan.requests.form import named
from kervan.requests.own_queries import Filters
from kervan.requests.structs import RequestRow, RequestShown
from kervan.requests.tables import RequestState
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_HEADER = (
    "number", "title", "state", "closed_as", "hs_code", "country", "deadline", "quotes", "unread_talks", "invited",
    "views", "editions", "created_at", "published_at",
)  # fmt: skip
_TAB_NAMES = {
    "all": N_("All"),
    "drafts": N_("Drafts"),
    "review": N_("Under review"),
    "open": N_("Open"),
    "closed": N_("Closed"),
}
_SORT_NAMES = {
    "newest": N_("Newest first"),
    "deadline": N_("Deadline"),
    "answers": N_("Most quotes"),
}
_SUGGESTED = 5


def desk(request: Request[Any, Any, Any], org: str) -> tuple[Membership, int]:
    """The caller's membership in an importer's firm, and importer.id. Raises NotFound for everybody else."""
    membership = member(signed_in(request), org, roles.VIEW, Kind.IMPORTER)
    if membership.importer is None:
        raise NotFound()
    return membership, membership.importer


def _filters(request: Request[Any, Any, Any]) -> Filters:
    query = {name: values[-1] for name, values in query_of(request).items()}
    number = query.get("page", "1")
    return Filters(
        text=query.get("q", "")[:200],
        tab=query["tab"] if query.get("tab") in own_queries.TABS else "all",
        sort=query["sort"] if query.get("sort") in own_queries.SORTS else "newest",
        page=int(number) if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 100_000 else 1,
    )


@get("/desk/{org:str}/requests")
async def requests(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What the firm asks for on the board."""
    membership, importer = desk(request, org)
    filters, language = _filters(request), language_of(request)
    rows, total = await own_queries.rows(importer, filters)
    counts = await own_queries.counts(importer)
    return page(
        request,
        "requests/desk/list.html",
        rows=[(row, desk_cards.next_step(row, language)) for row in rows],
        total=total,
        last=max(1, -(-total // own_queries.PER_PAGE)),
        filters=filters,
        tabs=[(tab, gettext(language, name), counts[tab]) for tab, name in _TAB_NAMES.items()],
        sorts=[(sort, gettext(language, name)) for sort, name in _SORT_NAMES.items()],
        may_act=roles.BUY in membership.rights,
        **desk_cards.words(),
        **await frame(request, membership, "requests"),
    )


@get("/desk/{org:str}/requests.csv")
async def requests_as_file(request: Request[Any, Any, Any], org: FromPath[str]) -> Stream:
    """What the list shows, as a file."""
    _, importer = desk(request, org)
    today = datetime.now(UTC).date()
    return Stream(
        _csv(importer, _filters(request), language_of(request)),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="requests-{today}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def _csv(importer: int, filters: Filters, language: str) -> AsyncIterator[bytes]:
    # With the mark, spreadsheets open it as UTF-8.
    yield "\ufeff".encode() + _lines([_HEADER])
    async for batch in own_queries.everything(importer, filters):
        yield _lines([_cells(row, language) for row in batch])


def _cells(row: RequestRow, language: str) -> tuple[str, ...]:
    closed = states.CLOSED_NAMES.get(row.closed_as or "", "")
    cells = (
        row.number, row.title, gettext(language, states.NAMES[row.state]), closed and gettext(language, closed),
        row.hs_code, row.country, row.deadline, row.answers, row.questions, row.invited, row.views, row.edition,
        row.created_at.isoformat(), row.published_at and row.published_at.isoformat(),
    )  # fmt: skip
    return tuple(harmless("" if cell is None else str(cell)) for cell in cells)


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@get("/desk/{org:str}/requests/{public_id:str}")
async def one(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """One request: where it stands, what came in, what can be done with it."""
    seat = await access.own(signed_in(request), org, public_id)
    return await show(request, seat)


async def show(
    request: Request[Any, Any, Any], seat: Seat, form: Form | None = None, status: int = 200
) -> Page:
    """The same with the refusal of a step."""
    shown = await queries.shown(seat.request)
    language = language_of(request)
    suggested = []
    if shown.is_open:
        suggested = await matching.for_request(seat.request, language, _SUGGESTED)
    masked = [kind for kind in query_of(request).get("masked", []) if kind in wording.MASKED]
    return page(
        request,
        "requests/desk/request.html",
        status_code=status,
        shown=shown,
        form=form or Form(language),
        steps=_steps(shown, seat),
        actions=states.ACTIONS,
        came=await own_queries.came_in(seat.request),
        editions=await own_queries.editions(seat.request, language) if shown.edition > 1 else [],
        events=await queries.timeline(seat.request),
        suggested=suggested,
        left=await left(seat.request) if shown.is_open else 0,
        days=queries.days_left(shown),
        overdue=shown.review_due_at is not None and shown.review_due_at < datetime.now(UTC),
        masked=[gettext(language, wording.MASKED[kind]) for kind in wording.MASKED if kind in masked],
        masked_in=[gettext(language, wording.LABELS[name]) for name in wording.masked_in(shown)],
        visibilities=wording.VISIBILITIES,
        buyer_names=states.BUYER_NAMES,
        code_name=named(shown.hs_code or "", language),
        may_act=seat.may_act,
        **desk_cards.words(),
        **await frame(request, seat.membership, "requests"),
    )


def _steps(shown: RequestShown, seat: Seat) -> set[str]:
    """What the caller may do with the request now."""
    if not seat.may_act:
        return set()
    found = {
        name
        for name in ("submit", "take-back", "edit", "withdraw")
        if states.may(name, shown.state, states.Side.IMPORTER)
    }
    if shown.state in states.EDITABLE:
        found.add("edit")
    if shown.state == RequestState.DRAFT and shown.submitted_at is None:
        found.add("discard")
    return found


async def _step(request: Request[Any, Any, Any], org: str, public_id: str) -> tuple[Seat, Form, int | None]:
    seat = await access.own(signed_in(request), org, public_id, act=True)
    form = await forms.read(request)
    return seat, form, form.whole("version", low=1, high=10**9, required=False)


@post("/desk/{org:str}/requests/{public_id:str}/submit", status_code=200)
async def submit(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """Sends it for review; what it lacks stands beside the fields, similar ones are shown first."""
    seat, form, version = await _step(request, org, public_id)
    try:
        return await send(request, seat, version, seen=form.ticked("seen"))
    except Conflict as error:
        form.take(error)
    return await show(request, seat, form, 409)


@post("/desk/{org:str}/requests/{public_id:str}/take-back", status_code=200)
async def take_back(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """Takes it back from review, to write on."""
    seat, form, version = await _step(request, org, public_id)
    try:
        await service.take_back(signed_in(request), seat, version)
        return back(request, f"/desk/{org}/requests/{public_id}/edit", said="request-taken-back")
    except Conflict as error:
        form.take(error)
    return await show(request, seat, form, 409)


@post("/desk/{org:str}/requests/{public_id:str}/withdraw", status_code=200)
async def withdraw(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """Takes it off the board, with a reason that exporters read."""
    seat, form, version = await _step(request, org, public_id)
    reason = form.lines("reason", required=False, longest=1000)
    status = 422
    if form.ok:
        try:
            await service.withdraw(signed_in(request), seat, reason, version)
            return back(request, f"/desk/{org}/requests/{public_id}", said="request-withdrawn")
        except Invalid as error:
            form.take(error)
        except Conflict as error:
            status = 409
            form.take(error)
    return await show(request, seat, form, status)


@post("/desk/{org:str}/requests/{public_id:str}/discard", status_code=200)
async def discard(request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str]) -> Page:
    """Throws a draft away that nobody else has seen."""
    seat, form, _ = await _step(request, org, public_id)
    try:
        await service.discard(signed_in(request), seat)
        return back(request, f"/desk/{org}/requests", said="request-discarded")
    except Conflict as error:
        form.take(error)
    return await show(request, seat, form, 409)


@get("/desk/{org:str}/requests/{public_id:str}/files/{file:str}")
async def attachment(
    request: Request[Any, Any, Any], org: FromPath[str], public_id: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """A file of the request, as a download."""
    seat = await access.own(signed_in(request), org, public_id)
    name, content_type, path = await files.opened(seat.request, file)
    return answers.download(await store.read(path), name, content_type)


ROUTES: list[ControllerRouterHandler] = [
    requests,
    requests_as_file,
    one,
    submit,
    take_back,
    withdraw,
    discard,
    attachment,
    *desk_form_pages.ROUTES,
]
