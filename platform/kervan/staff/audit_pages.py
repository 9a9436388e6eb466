"""The audit trail: searched on a page, taken along as CSV."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from kervan.staff import audit, desk
from kervan.staff.access import administrator
from kervan.staff.audit import Ask
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of
from kervan.web.paging import refuse_too_deep
from kervan.web.templates import Page, address, page

PER_PAGE = 25
_FIELDS = ("actor", "action", "entity", "id", "first", "last", "text")


@get("/staff/audit")
async def trail(request: Request[Any, Any, Any]) -> Page:
    """Who did what, the newest first."""
    query = query_of(request)
    return await _trail(
        request, Form(language_of(request), None, {name: query.get(name, []) for name in _FIELDS})
    )


async def _trail(request: Request[Any, Any, Any], form: Form) -> Page:
    caller = administrator(request)
    ask = _asked(form)
    number = whole_number(query_of(request), "page", 1, 1, audit.MOST_COUNTED // PER_PAGE)
    total, rows = await audit.entries(ask, number, PER_PAGE) if form.ok else (0, ())
    last = max(1, -(-min(total, audit.MOST_COUNTED) // PER_PAGE))
    refuse_too_deep(number > last)
    entities, actions = await audit.known()
    kept = {name: form.value(name) for name in _FIELDS}
    return page(
        request,
        "staff/admin/audit.html",
        status_code=200 if form.ok else 422,
        **await desk.frame(request, caller, "audit"),
        rows=rows,
        total=min(total, audit.MOST_COUNTED),
        more=total > audit.MOST_COUNTED,
        entities=entities,
        actions=actions,
        kept=kept,
        form=form,
        number=number,
        last=last,
        paged=partial(address, language_of(request), "/staff/audit", **kept),
    )


def _asked(form: Form) -> Ask:
    first = form.day("first", required=False)
    return Ask(
        actor=form.text("actor", required=False, longest=320),
        action=form.text("action", required=False, longest=80),
        entity=form.text("entity", required=False, longest=40),
        id=form.text("id", required=False, longest=64),
        first=first,
        last=form.day("last", required=False, first=first),
        text=form.text("text", required=False, longest=200),
    )


@post("/staff/audit.csv", status_code=200)
async def trail_as_csv(request: Request[Any, Any, Any]) -> Page | Stream:
    """The same as a file. A form with a token, not a link: the export is written into the trail."""
    caller = administrator(request)
    form = await forms.read(request)
    ask = _asked(form)
    if not form.ok:
        return await _trail(request, form)
    pieces = await audit.export(caller, ask)
    return Stream(pieces, media_type="text/csv; charset=utf-8", headers=_file("kervan-audit.csv"))


def _file(name: str) -> Mapping[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


ROUTES: list[ControllerRouterHandler] = [trail, trail_as_csv]
