"""Bringing events from a file: upload and mapping, what it would do, what it may be twice, the import, its report."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, holder, is_staff, signed_in
from kervan.errors import CommandError, Invalid
from kervan.events import access, import_mapping, import_report, importing
from kervan.events.import_mapping import SHIPPED
from kervan.events.import_report import WORDS
from kervan.events.importing import SHELF, Report
from kervan.imports import desk, reports, sealed
from kervan.imports.sealed import Checked
from kervan.organisations.roles import EVENTS
from kervan.staff.desk import frame
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_SEALED = "events list"


def _organisers(caller: Caller) -> list[Membership]:
    """For whom the caller may import. Raises NotFound for everybody who organises nothing."""
    return [membership for membership in holder(caller, EVENTS) if is_staff(membership)]


def _ids(mine: Sequence[Membership]) -> list[int]:
    return [one.organisation for one in mine]


@get("/staff/events/import")
async def imports(request: Request[Any, Any, Any]) -> Page:
    """Where a file of events is sent, and the imports so far."""
    caller = signed_in(request)
    return await _start(request, caller, Form(language_of(request), {"mapping": "kervan-events"}))


async def _start(request: Request[Any, Any, Any], caller: Caller, form: Form) -> Page:
    mine = _organisers(caller)
    return page(
        request,
        "events/staff_import.html",
        status_code=200 if form.ok else 422,
        organisers=[(one.public_id, one.name) for one in mine],
        past=await reports.recent(SHELF, _ids(mine)),
        several=len(mine) > 1,
        **desk.form_parts(form, WORDS, SHIPPED),
        **await frame(request, caller, "events"),
    )


@get("/staff/events/import/template")
async def template(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The empty list with Kervan's own columns and one row as an example."""
    _organisers(signed_in(request))
    return desk.as_csv(import_report.template(), "kervan-events")


@get("/staff/events/import/mappings/{name:str}")
async def mapping_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A mapping that comes with the platform, to be changed for another list."""
    _organisers(signed_in(request))
    return desk.mapping_file(name, SHIPPED)


@post("/staff/events/import", status_code=200)
async def check(request: Request[Any, Any, Any]) -> Page:
    """What a file would do, row by row; nothing is written."""
    caller = signed_in(request)
    mine = _organisers(caller)
    form = await forms.read(request)
    chosen = form.choice("org", [one.public_id for one in mine]) if len(mine) > 1 else mine[0].public_id

    async def answer(checked: Checked) -> Page:
        report = await _run(caller, checked, commit=False)
        packed = sealed.pack(checked, _SEALED)
        return await _report(request, caller, report, name=checked.name, packed=packed)

    told = await desk.looked_at(request, caller, form, chosen, import_mapping.load, SHIPPED, answer)
    return told or await _start(request, caller, form)


async def _run(caller: Caller, checked: Checked, *, commit: bool, others: Sequence[int] = ()) -> Report:
    mapping = import_mapping.load("mapping", checked.mapping.encode())
    organiser = access.organiser(caller, checked.target)
    with desk.as_file(checked) as path:
        return await importing.run(
            path, checked.name, mapping, caller, organiser, commit=commit, others=frozenset(others)
        )


@post("/staff/events/import/commit", status_code=200)
async def commit(request: Request[Any, Any, Any]) -> Page:
    """Makes drafts of the checked rows, and of those alike that were ticked as other events."""
    caller = signed_in(request)
    _organisers(caller)
    form = await forms.read(request)
    try:
        checked = sealed.unpack(form.values("packed"), caller.person, _SEALED)
        ticked = [
            int(one) for one in form.values("other") if one.isascii() and one.isdigit() and len(one) < 6
        ]
        report = await _run(caller, checked, commit=True, others=ticked)
        return back(request, f"/staff/events/import/{report.public_id}", said="events-imported")
    except (Invalid, CommandError) as error:
        form.take(error)
    return await _start(request, caller, form)


@get("/staff/events/import/{id:str}")
async def done(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The report of an import."""
    caller = signed_in(request)
    report, row = await reports.kept(SHELF, Report, id, _ids(_organisers(caller)))
    return await _report(request, caller, report, name=row["name"], row=row)


@get("/staff/events/import/{id:str}/report.csv")
async def report_file(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[bytes]:
    """The same as a file."""
    report, _ = await reports.kept(SHELF, Report, id, _ids(_organisers(signed_in(request))))
    return desk.as_csv(import_report.as_csv(report, language_of(request)), f"import-{id}")


async def _report(request: Request[Any, Any, Any], caller: Caller, report: Report, **found: Any) -> Page:
    """`found`: the file's name, and what it was packed as for the commit, or the row of the import."""
    language = language_of(request)
    return page(
        request,
        "events/staff_import_report.html",
        gaps=[(*import_report.summed(field, what, language), n) for (field, what), n in report.gaps[:12]],
        **desk.report_parts(report, WORDS, language),
        **found,
        **await frame(request, caller, "events"),
    )


ROUTES: list[ControllerRouterHandler] = [
    imports, template, mapping_file, check, commit, done, report_file,
]  # fmt: skip
