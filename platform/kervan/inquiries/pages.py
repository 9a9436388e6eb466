"""The ways to inquiries that both kinds of firms share: the list, its file, one inquiry, its messages."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership, member, signed_in
from kervan.conversations import compose
from kervan.conversations.files import LARGEST_BODY
from kervan.conversations.parties import INQUIRY
from kervan.errors import Conflict, NotFound
from kervan.inquiries import access, deal_pages, exporter_pages, importer_pages, lists, new_pages, queries
from kervan.inquiries.lists import Filters
from kervan.inquiries.states import INQUIRY_NAMES, QUOTE_NAMES, TONES
from kervan.orders.access import right_of, trader
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.products.importing.report import harmless
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_HEADER = (
    "number", "state", "goods", "lines", "other_party", "country", "destination", "exporters_asked", "open_quotes",
    "best_total", "currency", "sent_at", "open_until", "unread",
)  # fmt: skip


def _firm(membership: Membership) -> int:
    firm = membership.exporter if membership.kind == Kind.EXPORTER else membership.importer
    if firm is None:
        raise NotFound()
    return firm


def _filters(request: Request[Any, Any, Any], kind: str) -> Filters:
    query = {name: values[-1] for name, values in query_of(request).items()}
    number = query.get("page", "1")
    return Filters(
        text=query.get("q", "")[:200],
        state=query["state"] if query.get("state", "") in lists.STATES[kind] else "",
        page=int(number) if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 100_000 else 1,
    )


@get("/desk/{org:str}/inquiries")
async def inquiries(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What the firm has asked, or was asked."""
    membership = trader(signed_in(request), org)
    firm, filters = _firm(membership), _filters(request, membership.kind)
    rows, total = await lists.rows(membership.kind, firm, filters)
    by_state = await lists.counts(membership.kind, firm)
    return page(
        request,
        "inquiries/list.html",
        rows=rows,
        total=total,
        last=max(1, -(-total // lists.PER_PAGE)),
        filters=filters,
        by_state=by_state,
        all=sum(by_state.values()),
        states=[(state, _name(state)) for state in lists.STATES[membership.kind]],
        names={**QUOTE_NAMES, **INQUIRY_NAMES},
        tones=TONES,
        may_act=right_of(membership) in membership.rights,
        **await frame(request, membership, "inquiries"),
    )


def _name(state: str) -> str:
    return INQUIRY_NAMES.get(state) or N_("Declined")


@get("/desk/{org:str}/inquiries.csv")
async def inquiries_as_file(request: Request[Any, Any, Any], org: FromPath[str]) -> Stream:
    """What the list shows, as a file."""
    membership = trader(signed_in(request), org)
    firm, filters = _firm(membership), _filters(request, membership.kind)
    today = datetime.now(UTC).date()
    return Stream(
        _csv(membership.kind, firm, filters, language_of(request)),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="inquiries-{today}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


async def _csv(kind: str, firm: int, filters: Filters, language: str) -> AsyncIterator[bytes]:
    # With the mark, spreadsheets open it as UTF-8.
    yield "\ufeff".encode() + _lines([_HEADER])
    async for batch in lists.everything(kind, firm, filters):
        yield _lines(
            [
                tuple(
                    harmless("" if value is None else str(value))
                    for value in (
                        row.number, gettext(language, _name(row.state)), row.what, row.line_count, row.other,
                        row.country, row.destination, row.recipients if kind == Kind.IMPORTER else None, row.quotes,
                        row.best, row.currency, row.created_at.isoformat(), row.expires_at.isoformat(), row.unread,
                    )
                )
                for row in batch
            ]
        )  # fmt: skip


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@get("/desk/{org:str}/inquiries/{inquiry:str}")
async def one(request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str]) -> Page:
    """An inquiry: all its quotes side by side for the importer or its post, its own part for an exporter."""
    membership = member(signed_in(request), org, roles.VIEW, Kind.EXPORTER, Kind.IMPORTER, Kind.POST)
    if membership.kind == Kind.EXPORTER:
        return await exporter_pages.show(request, org, inquiry)
    return await importer_pages.show(request, org, inquiry)


@post(
    "/desk/{org:str}/inquiries/{recipient:str}/messages", status_code=200, request_max_body_size=LARGEST_BODY
)
async def write_as_exporter(
    request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]
) -> Page:
    """A message of an exporter to the importer that asked."""
    caller = signed_in(request)
    part = await access.received(caller, org, recipient, act=True)
    form = await forms.read(request)
    if await _send(request, form, part):
        return back(request, f"/desk/{org}/inquiries/{recipient}", said="message-sent")
    return await exporter_pages.show(request, org, recipient, form)


@post(
    "/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/messages",
    status_code=200,
    request_max_body_size=LARGEST_BODY,
)
async def write_as_importer(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """A message of the importer to one of the exporters."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, recipient, act=True)
    form = await forms.read(request)
    if await _send(request, form, part):
        return back(request, f"/desk/{org}/inquiries/{inquiry}/{recipient}", said="message-sent")
    return await importer_pages.talk_page(request, part, org, inquiry, recipient, form)


async def _send(request: Request[Any, Any, Any], form: Form, part: access.Part) -> bool:
    caller = signed_in(request)
    if part.recipient is None:
        raise NotFound()
    if not await queries.talk_open(part.recipient):
        form.take(Conflict(N_("This inquiry is over: nothing can be written any more.")))
        return False
    return await compose.send(request, form, INQUIRY, part.recipient, part.side, caller, part.membership)


ROUTES: list[ControllerRouterHandler] = [
    inquiries,
    inquiries_as_file,
    one,
    write_as_exporter,
    write_as_importer,
    *new_pages.ROUTES,
    *importer_pages.ROUTES,
    *exporter_pages.ROUTES,
    *deal_pages.ROUTES,
]
