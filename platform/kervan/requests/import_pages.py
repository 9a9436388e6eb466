"""Bringing tender notices from a file: upload and mapping, what it would do, the import itself, its report."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.errors import CommandError, Invalid, NotFound
from kervan.imports import desk, reports, sealed, wording
from kervan.imports.sealed import Checked
from kervan.requests import import_mapping, import_report, importing, staff_queries
from kervan.requests.import_mapping import SHIPPED
from kervan.requests.import_report import WORDS
from kervan.requests.importing import SHELF, Report, Who
from kervan.staff.desk import frame
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_SEALED = "tender notices"
EVERYBODY = "all"

Target = tuple[str, int, str, str]
"""A post: public id, organisation.id, country, name."""


@get("/staff/requests/import")
async def imports(request: Request[Any, Any, Any]) -> Page:
    """Where a file of notices is sent, and the imports so far."""
    caller = signed_in(request)
    return await _start(request, caller, Form(language_of(request), {"mapping": "kervan-requests"}))


def _posts(caller: Caller) -> tuple[int, ...] | None:
    """Whose imports the caller reads (organisation.id); None: everybody's."""
    within = staff_queries.scope(caller)
    return None if within.everything else within.posts


async def _targets(caller: Caller) -> list[Target]:
    """The posts whose queue the caller may fill. Raises NotFound."""
    within = staff_queries.scope(caller)
    found = [
        (row["public_id"], row["id"], row["country"], row["name"])
        for row in await staff_queries.posts()
        if within.everything or row["id"] in within.posts
    ]
    if not found and not within.everything:
        raise NotFound()
    return found


async def _start(request: Request[Any, Any, Any], caller: Caller, form: Form) -> Page:
    targets = await _targets(caller)
    within = staff_queries.scope(caller)
    return page(
        request,
        "requests/staff_import.html",
        status_code=200 if form.ok else 422,
        targets=[(public_id, name) for public_id, _, _, name in targets],
        past=await reports.recent(SHELF, _posts(caller)),
        several=within.everything,
        **desk.form_parts(form, WORDS, SHIPPED),
        **await frame(request, caller, "requests"),
    )


@get("/staff/requests/import/template")
async def template(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The empty list with Kervan's own columns and one row as an example."""
    await _targets(signed_in(request))
    return desk.as_csv(import_report.template(), "kervan-requests")


@get("/staff/requests/import/mappings/{name:str}")
async def mapping_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A mapping that comes with the platform, to be changed for another list."""
    await _targets(signed_in(request))
    return desk.mapping_file(name, SHIPPED)


@post("/staff/requests/import", status_code=200)
async def check(request: Request[Any, Any, Any]) -> Page:
    """What a file would do, row by row; nothing is written."""
    caller = signed_in(request)
    targets = await _targets(caller)
    form = await forms.read(request)
    chosen = _chosen(form, caller, targets)

    async def answer(checked: Checked) -> Page:
        report = await _run(caller, checked, targets, commit=False)
        packed = sealed.pack(checked, _SEALED)
        return await _report(request, caller, report, name=checked.name, packed=packed)

    told = await desk.looked_at(request, caller, form, chosen, import_mapping.load, SHIPPED, answer)
    return told or await _start(request, caller, form)


def _chosen(form: Form, caller: Caller, targets: Sequence[Target]) -> str:
    """Public id of the post that was chosen; EVERYBODY: each notice to its country's post."""
    everywhere = staff_queries.scope(caller).everything
    if len(targets) == 1 and not everywhere:
        return targets[0][0]
    return form.choice("post", (*(one[0] for one in targets), *((EVERYBODY,) if everywhere else ())))


async def _run(caller: Caller, checked: Checked, targets: Sequence[Target], *, commit: bool) -> Report:
    """Raises NotFound for a post that was closed, or whose term is over, since the file was looked at."""
    post, country = None, None
    if checked.target != EVERYBODY or not staff_queries.scope(caller).everything:
        by_id = {public_id: (id, country) for public_id, id, country, _ in targets}
        if checked.target not in by_id:
            raise NotFound()
        post, country = by_id[checked.target]
    mapping = import_mapping.load("mapping", checked.mapping.encode())
    who = Who(actor=caller.actor, person=caller.person)
    with desk.as_file(checked) as path:
        return await importing.run(
            path, checked.name, mapping, who, post=post, country=country, commit=commit
        )


@post("/staff/requests/import/commit", status_code=200)
async def commit(request: Request[Any, Any, Any]) -> Page:
    """Puts the checked notices into the review queue."""
    caller = signed_in(request)
    targets = await _targets(caller)
    form = await forms.read(request)
    try:
        checked = sealed.unpack(form.values("packed"), caller.person, _SEALED)
        report = await _run(caller, checked, targets, commit=True)
        return back(request, f"/staff/requests/import/{report.public_id}", said="requests-imported")
    except (Invalid, CommandError) as error:
        form.take(error)
    return await _start(request, caller, form)


@get("/staff/requests/import/{id:str}")
async def done(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The report of an import."""
    caller = signed_in(request)
    report, row = await reports.kept(SHELF, Report, id, _posts(caller))
    return await _report(request, caller, report, name=row["name"], row=row)


@get("/staff/requests/import/{id:str}/report.csv")
async def report_file(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[bytes]:
    """The same as a file."""
    report, _ = await reports.kept(SHELF, Report, id, _posts(signed_in(request)))
    return desk.as_csv(import_report.as_csv(report, language_of(request)), f"import-{id}")


async def _report(request: Request[Any, Any, Any], caller: Caller, report: Report, **found: Any) -> Page:
    """`found`: the file's name, and what it was packed as for the commit, or the row of the import."""
    language = language_of(request)
    return page(
        request,
        "requests/staff_import_report.html",
        gaps=[(wording.part(WORDS, field, language), n) for field, n in report.gaps],
        **desk.report_parts(report, WORDS, language),
        **found,
        **await frame(request, caller, "requests"),
    )


ROUTES: list[ControllerRouterHandler] = [
    imports, template, mapping_file, check, commit, done, report_file,
]  # fmt: skip
