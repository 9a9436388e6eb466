"""Bringing tender notices from a file: upload and mapping, what it would do, the import itself, its report."""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import Caller, signed_in
from kervan.errors import CommandError, Invalid, KervanError, NotFound, TooMany
from kervan.files import answers, uploads
from kervan.imports import sealed
from kervan.imports.files import ENDINGS, MB
from kervan.requests import import_mapping, import_report, importing, staff_queries
from kervan.requests.import_mapping import SHIPPED
from kervan.requests.importing import Report, Who
from kervan.staff.desk import frame
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

LARGEST = 2 * MB
"""Of a file on this page; `kervan requests import` takes larger ones."""
_SEALED = "tender notices"
EVERYBODY = "all"


class Checked(sealed.Checked, frozen=True, kw_only=True):
    """A file that was looked at, as the form that commits it holds it: sealed for who looked at it."""

    post: int | None
    country: str | None


@get("/staff/requests/import")
async def imports(request: Request[Any, Any, Any]) -> Page:
    """Where a file of notices is sent, and the imports so far."""
    caller = signed_in(request)
    return await _start(request, caller, Form(language_of(request), {"mapping": "kervan-requests"}))


async def _targets(caller: Caller) -> list[tuple[str, int, str, str]]:
    """(public id, organisation.id, country, name) of the posts whose queue the caller may fill. Raises NotFound."""
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
        form=form,
        targets=[(public_id, name) for public_id, _, _, name in targets],
        everywhere=within.everything,
        mappings=[(name, gettext(form.language, told)) for name, told in SHIPPED.items()],
        fields=[(name, gettext(form.language, told)) for name, told in import_mapping.FIELDS.items()],
        accept=",".join(ENDINGS),
        limit_mb=LARGEST // MB,
        past=await importing.recent(within.posts, everything=within.everything),
        **await frame(request, caller, "requests"),
    )


@get("/staff/requests/import/template")
async def template(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The empty list with Kervan's own columns and one row as an example."""
    await _targets(signed_in(request))
    return answers.download(import_report.template(), "kervan-requests.csv", "text/csv; charset=utf-8")


@get("/staff/requests/import/mappings/{name:str}")
async def mapping_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A mapping that comes with the platform, to be changed for another list."""
    await _targets(signed_in(request))
    if name not in SHIPPED:
        raise NotFound()
    return answers.download(import_mapping.shipped_file(name), f"{name}.toml", "application/toml")


@post("/staff/requests/import", status_code=200)
async def check(request: Request[Any, Any, Any]) -> Page:
    """What a file would do, row by row; nothing is written."""
    caller = signed_in(request)
    targets = await _targets(caller)
    form = await forms.read(request)
    chosen = _target(form, caller, targets)
    error: KervanError | TradeError | None = None
    if form.ok:
        try:
            await throttle.spend("upload", request, caller.person)
            upload = await uploads.one(request, "file", LARGEST)
            checked = Checked(
                person=caller.person, name=sealed.plain_name(upload.name), mapping=await _mapping(request, form),
                data=upload.data, post=chosen[0], country=chosen[1],
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


def _target(
    form: Form, caller: Caller, targets: Sequence[tuple[str, int, str, str]]
) -> tuple[int | None, str | None]:
    """(organisation.id, country) of the post that was chosen; (None, None): each notice to its country's post."""
    everywhere = staff_queries.scope(caller).everything
    if len(targets) == 1 and not everywhere:
        return targets[0][1], targets[0][2]
    by_id = {public_id: (id, country) for public_id, id, country, _ in targets}
    picked = form.choice("post", (*by_id, *((EVERYBODY,) if everywhere else ())))
    return by_id.get(picked, (None, None))


async def _mapping(request: Request[Any, Any, Any], form: Form) -> str:
    """The text of the mapping: the one that was sent, else the one that was chosen."""
    own = await sealed.own_mapping(request, "own", import_mapping.load)
    if own is not None:
        return own
    name = form.choice("mapping", SHIPPED)
    return import_mapping.shipped_file(name).decode() if name else ""


async def _run(caller: Caller, checked: Checked, *, commit: bool) -> Report:
    ending = Path(checked.name).suffix.casefold()
    if ending not in ENDINGS:
        raise CommandError(N_("{file} is not a CSV, JSON, JSONL or XLSX file."), file=checked.name)
    with tempfile.TemporaryDirectory(prefix="kervan-notices-") as folder:
        path = Path(folder) / f"notices{ending}"
        path.write_bytes(checked.data)  # two megabytes at most
        return await importing.run(
            path,
            checked.name,
            import_mapping.load("mapping", checked.mapping.encode()),
            Who(actor=caller.actor, person=caller.person),
            post=checked.post,
            country=checked.country,
            commit=commit,
        )


def pack(checked: Checked) -> list[str]:
    """The checked file for the form that commits it."""
    return sealed.pack(checked, _SEALED)


def unpack(parts: Sequence[str], person: int) -> Checked:
    """What `pack` sealed for this person. Raises Invalid for anything else."""
    return sealed.unpack(parts, person, _SEALED, Checked)


@post("/staff/requests/import/commit", status_code=200)
async def commit(request: Request[Any, Any, Any]) -> Page:
    """Puts the checked notices into the review queue."""
    caller = signed_in(request)
    targets = await _targets(caller)
    form = await forms.read(request)
    try:
        checked = unpack(form.values("packed"), caller.person)
        # The post may have been closed, or the term be over, since the file was looked at.
        if checked.post is None:
            if not staff_queries.scope(caller).everything:
                raise NotFound()
        elif checked.post not in {id for _, id, _, _ in targets}:
            raise NotFound()
        report = await _run(caller, checked, commit=True)
        return back(request, f"/staff/requests/import/{report.public_id}", said="requests-imported")
    except (Invalid, CommandError) as error:
        form.take(error)
    return await _start(request, caller, form)


@get("/staff/requests/import/{id:str}")
async def done(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The report of an import."""
    caller = signed_in(request)
    within = staff_queries.scope(caller)
    report, row = await importing.kept(id, within.posts, everything=within.everything)
    return await _report(request, caller, report, None, name=row["name"], row=row)


@get("/staff/requests/import/{id:str}/report.csv")
async def report_file(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[bytes]:
    """The same as a file."""
    within = staff_queries.scope(signed_in(request))
    report, _ = await importing.kept(id, within.posts, everything=within.everything)
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
        "requests/staff_import_report.html",
        report=report,
        counts=report.counts,
        packed=pack(checked) if checked is not None else [],
        name=name,
        row=row,
        lines=[
            (
                line,
                date.fromisoformat(line.deadline) if line.deadline else None,
                import_report.reason(line, language),
                [import_report.problem(found, language) for found in line.problems],
            )
            for line in report.lines
        ],
        gaps=[(import_report.field_name(field, language), n) for field, n in report.gaps],
        outcomes={code: gettext(language, told) for code, told in import_report.OUTCOMES.items()},
        **await frame(request, caller, "requests"),
    )


ROUTES: list[ControllerRouterHandler] = [
    imports, template, mapping_file, check, commit, done, report_file,
]  # fmt: skip
