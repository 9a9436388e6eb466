"""Bringing events from a file: upload and mapping, what it would do, what it may be twice, the import, its report."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, Membership, holder, is_staff, signed_in
from kervan.errors import CommandError, Invalid, KervanError, NotFound, TooMany
from kervan.events import access, import_mapping, import_report, importing
from kervan.events.import_mapping import SHIPPED
from kervan.events.importing import Report
from kervan.files import answers, uploads
from kervan.imports import sealed
from kervan.imports.files import ENDINGS, MB
from kervan.organisations.roles import EVENTS
from kervan.staff.desk import frame
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

LARGEST = 2 * MB
"""Of a file on this page; `kervan events import` takes larger ones."""
_SEALED = "events list"


class Checked(sealed.Checked, frozen=True, kw_only=True):
    """A file that was looked at, as the form that commits it holds it: sealed for who looked at it."""

    organisation: str
    """Public id."""


def _organisers(caller: Caller) -> list[Membership]:
    """For whom the caller may import. Raises NotFound for everybody who organises nothing."""
    return [membership for membership in holder(caller, EVENTS) if is_staff(membership)]


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
        form=form,
        organisers=[(one.public_id, one.name) for one in mine],
        mappings=[(name, gettext(form.language, told)) for name, told in SHIPPED.items()],
        fields=[(name, gettext(form.language, told)) for name, told in import_mapping.FIELDS.items()],
        accept=",".join(ENDINGS),
        limit_mb=LARGEST // MB,
        past=await importing.recent([one.organisation for one in mine]),
        **await frame(request, caller, "events"),
    )


@get("/staff/events/import/template")
async def template(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The empty list with Kervan's own columns and one row as an example."""
    _organisers(signed_in(request))
    return answers.download(import_report.template(), "kervan-events.csv", "text/csv; charset=utf-8")


@get("/staff/events/import/mappings/{name:str}")
async def mapping_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A mapping that comes with the platform, to be changed for another list."""
    _organisers(signed_in(request))
    if name not in SHIPPED:
        raise NotFound()
    return answers.download(import_mapping.shipped_file(name), f"{name}.toml", "application/toml")


@post("/staff/events/import", status_code=200)
async def check(request: Request[Any, Any, Any]) -> Page:
    """What a file would do, row by row; nothing is written."""
    caller = signed_in(request)
    mine = _organisers(caller)
    form = await forms.read(request)
    chosen = form.choice("org", [one.public_id for one in mine]) if len(mine) > 1 else mine[0].public_id
    error: KervanError | TradeError | None = None
    if form.ok:
        try:
            await throttle.spend("upload", request, caller.person)
            upload = await uploads.one(request, "file", LARGEST)
            checked = Checked(
                person=caller.person, name=sealed.plain_name(upload.name), mapping=await _mapping(request, form),
                data=upload.data, organisation=chosen,
            )  # fmt: skip
            if form.ok:
                report = await _run(caller, checked, commit=False)
                return await _report(request, caller, report, checked, name=checked.name)
        except (TradeError, CommandError, Invalid) as problem:
            error = problem
        except TooMany as problem:
            form.take(problem)
    if error is not None:
        form.refuse("own" if isinstance(error, sealed.WrongMapping) else "file", error)
    return await _start(request, caller, form)


async def _mapping(request: Request[Any, Any, Any], form: Form) -> str:
    """The text of the mapping: the one that was sent, else the one that was chosen."""
    own = await sealed.own_mapping(request, "own", import_mapping.load)
    if own is not None:
        return own
    name = form.choice("mapping", SHIPPED)
    return import_mapping.shipped_file(name).decode() if name else ""


async def _run(caller: Caller, checked: Checked, *, commit: bool, others: Sequence[int] = ()) -> Report:
    ending = Path(checked.name).suffix.casefold()
    if ending not in ENDINGS:
        raise CommandError(N_("{file} is not a CSV, JSON, JSONL or XLSX file."), file=checked.name)
    with tempfile.TemporaryDirectory(prefix="kervan-events-") as folder:
        path = Path(folder) / f"events{ending}"
        path.write_bytes(checked.data)  # two megabytes at most
        return await importing.run(
            path,
            checked.name,
            import_mapping.load("mapping", checked.mapping.encode()),
            caller,
            access.organiser(caller, checked.organisation),
            commit=commit,
            others=frozenset(others),
        )


@post("/staff/events/import/commit", status_code=200)
async def commit(request: Request[Any, Any, Any]) -> Page:
    """Makes drafts of the checked rows, and of those alike that were ticked as other events."""
    caller = signed_in(request)
    _organisers(caller)
    form = await forms.read(request)
    try:
        checked = sealed.unpack(form.values("packed"), caller.person, _SEALED, Checked)
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
    report, row = await importing.kept(id, [one.organisation for one in _organisers(caller)])
    return await _report(request, caller, report, None, name=row["name"], row=row)


@get("/staff/events/import/{id:str}/report.csv")
async def report_file(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[bytes]:
    """The same as a file."""
    mine = _organisers(signed_in(request))
    report, _ = await importing.kept(id, [one.organisation for one in mine])
    return answers.download(
        import_report.as_csv(report, language_of(request)), f"import-{id}.csv", "text/csv; charset=utf-8"
    )


async def _report(
    request: Request[Any, Any, Any],
    caller: Caller,
    report: Report,
    checked: Checked | None,
    *,
    name: str,
    row: Any = None,
) -> Page:
    language = language_of(request)
    return page(
        request,
        "events/staff_import_report.html",
        report=report,
        counts=report.counts,
        packed=sealed.pack(checked, _SEALED) if checked is not None else [],
        name=name,
        row=row,
        lines=[
            (
                line,
                import_report.reason(line, language),
                [import_report.problem(found, language) for found in line.problems],
            )
            for line in report.lines
        ],
        gaps=[(*import_report.summed(field, what, language), n) for (field, what), n in report.gaps[:12]],
        outcomes=import_report.NAMES,
        tones=import_report.TONES,
        **await frame(request, caller, "events"),
    )


ROUTES: list[ControllerRouterHandler] = [
    imports, template, mapping_file, check, commit, done, report_file,
]  # fmt: skip
