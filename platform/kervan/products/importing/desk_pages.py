"""Bringing a list of products from a file: upload, columns, check, save, and what became of it."""

from typing import Any, get_args

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.errors import Conflict, Invalid, TooMany
from kervan.files import answers, uploads
from kervan.files.images import MB
from kervan.organisations.desk import frame
from kervan.products import access, desk_queries
from kervan.products.form import CURRENCIES
from kervan.products.importing import choices, jobs, template
from kervan.products.importing.jobs import Job
from kervan.products.importing.mapping import Encoding, FileOptions
from kervan.trade import money
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form, Initial
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

ENCODINGS = get_args(Encoding)
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_NO_STORE = {"Cache-Control": "private, no-store"}


@get("/desk/{org:str}/import")
async def imports(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Where a file is sent, and the imports so far."""
    access.desk(request, org)
    return await _start(request, org, Form(language_of(request)))


async def _start(request: Request[Any, Any, Any], org: str, form: Form) -> Page:
    _, membership, exporter_id = access.desk(request, org)
    return page(
        request,
        "products/import/start.html",
        status_code=200 if form.ok else 422,
        form=form,
        jobs=await jobs.recent(exporter_id),
        limit_mb=jobs.LARGEST // MB,
        **await frame(request, membership, "import"),
    )


@post("/desk/{org:str}/import", status_code=200, request_max_body_size=jobs.LARGEST + MB)
async def send(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Keeps the file; the columns come next."""
    caller, _, exporter_id = access.desk(request, org)
    form = await forms.read(request)
    try:
        await throttle.spend("upload", request, caller.person)
        file = await uploads.one(request, "file", jobs.LARGEST)
        public_id = await jobs.begin(caller, exporter_id, form.language, file)
        return back(request, f"/desk/{org}/import/{public_id}")
    except TradeError as error:
        form.refuse("file", error)
    except (Invalid, Conflict, TooMany) as error:
        form.take(error)
    return await _start(request, org, form)


@get("/desk/{org:str}/import/template/{ending:str}")
async def empty_file(
    request: Request[Any, Any, Any], org: FromPath[str], ending: FromPath[str]
) -> Response[bytes]:
    """The standard file, empty."""
    access.desk(request, org)
    return answers.download(
        await template.made(ending), f"kervan-products.{ending}", template.content_type(ending)
    )


@get("/desk/{org:str}/import/{job_id:str}")
async def show(request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]) -> Page:
    """The import where it stands: its columns, its progress, its report."""
    _, _, exporter_id = access.desk(request, org)
    job = await jobs.get(exporter_id, job_id)
    if job.state == "UPLOADED":
        return await _columns(request, org, job, _filled(job, language_of(request)))
    return await _job(request, org, job)


async def _job(request: Request[Any, Any, Any], org: str, job: Job, refusal: str = "") -> Page:
    _, membership, _ = access.desk(request, org)
    language = language_of(request)
    report = job.report
    return page(
        request,
        "products/import/job.html",
        status_code=422 if refusal else 200,
        job=job,
        refusal=refusal,
        by_field=[(choices.label(field, language), n) for field, n in report.by_field] if report else [],
        label=lambda field: choices.label(field, language) if field else "",
        **await frame(request, membership, "import"),
    )


@get("/desk/{org:str}/import/{job_id:str}/columns")
async def columns(request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]) -> Page:
    """Which column is which field, also after a check showed that one was wrong."""
    _, _, exporter_id = access.desk(request, org)
    job = await jobs.get(exporter_id, job_id)
    if job.state not in ("UPLOADED", "CHECKED"):
        return back(request, f"/desk/{org}/import/{job_id}")
    return await _columns(request, org, job, _filled(job, language_of(request)))


def _filled(job: Job, language: str) -> Form:
    options = job.mapping.file
    fields = choices.chosen(job.mapping) or choices.guessed(job.header, options.language)
    by_sign = {sign: name for name, sign in DELIMITERS.items()}
    values: Initial = {
        **{f"column_{n}": fields.get(name, "") for n, name in enumerate(job.header)},
        "language": options.language,
        "decimal": options.decimal or "",
        "encoding": options.encoding or "",
        "delimiter": by_sign.get(options.delimiter or "", ""),
        "currency": "EUR",
        "publishes": "1" if job.publishes or not job.mapping.columns else "",
    }
    return Form(language, values)


async def _columns(request: Request[Any, Any, Any], org: str, job: Job, form: Form) -> Page:
    _, membership, exporter_id = access.desk(request, org)
    return page(
        request,
        "products/import/columns.html",
        status_code=200 if form.ok else 422,
        job=job,
        form=form,
        fields=choices.offered(form.language),
        encodings=ENCODINGS,
        currencies=[(code, code) for code in (*CURRENCIES, *sorted(money.currencies() - set(CURRENCIES)))],
        is_verified=await desk_queries.verification(exporter_id) == "VERIFIED",
        **await frame(request, membership, "import"),
    )


@post("/desk/{org:str}/import/{job_id:str}/columns", status_code=200)
async def check(request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]) -> Page:
    """Has the file checked by the columns that were chosen, or read again another way."""
    caller, _, exporter_id = access.desk(request, org)
    job = await jobs.get(exporter_id, job_id)
    form = await forms.read(request)
    chosen = {
        "encoding": form.choice("encoding", ENCODINGS, required=False) or None,
        "delimiter": DELIMITERS.get(form.choice("delimiter", tuple(DELIMITERS), required=False)),
        "decimal": form.choice("decimal", (",", "."), required=False) or None,
        "language": form.choice("language", ("tr", "en")) or "tr",
    }
    options = msgspec.convert(chosen, FileOptions)
    currency = form.choice("currency", money.currencies(), required=False)
    try:
        if form.value("again"):
            await jobs.read_again(exporter_id, job, options)
            return back(request, f"/desk/{org}/import/{job_id}/columns")
        picked = _picked(form, job)
        if form.ok:
            mapping = choices.mapping_of(picked, options, currency or None)
            await jobs.check(caller, exporter_id, job, mapping, form.ticked("publishes"), form.language)
            return back(request, f"/desk/{org}/import/{job_id}")
    except TradeError as error:
        form.refuse("encoding", error)
    except (Invalid, Conflict) as error:
        form.take(error)
    return await _columns(request, org, job, form)


def _picked(form: Form, job: Job) -> dict[str, str]:
    """Column -> field; a field that was chosen twice is refused at its second column."""
    allowed = [field for field, _ in choices.offered("en")]
    picked: dict[str, str] = {}
    for n, name in enumerate(job.header):
        field = form.choice(f"column_{n}", allowed, required=False)
        if field and field in picked.values():
            form.refuse(f"column_{n}", N_("Another column is this field already."))
        elif field:
            picked[name] = field
    if form.ok and not {"sku", "name_tr"} <= set(picked.values()):
        form.message = gettext(form.language, N_("Say which column is the SKU and which the Turkish name."))
    return picked


@post("/desk/{org:str}/import/{job_id:str}", status_code=200)
async def go_on(request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]) -> Page:
    """Saves what was checked, or cancels."""
    caller, _, exporter_id = access.desk(request, org)
    form = await forms.read(request)
    action = form.choice("action", ("save", "cancel"))
    try:
        if action == "save":
            await jobs.save(caller, exporter_id, job_id)
        elif action == "cancel":
            await jobs.cancel(caller, exporter_id, job_id)
        return back(request, f"/desk/{org}/import/{job_id}")
    except Conflict as error:
        form.take(error)
    return await _job(request, org, await jobs.get(exporter_id, job_id), form.message or "")


@get("/desk/{org:str}/import/{job_id:str}/progress")
async def progress(
    request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]
) -> Response[dict[str, Any]]:
    """How far the import is, for the page's script."""
    _, _, exporter_id = access.desk(request, org)
    job = await jobs.get(exporter_id, job_id)
    state = {"under_way": job.is_under_way, "state": job.state, "share": job.share / 1000, "rows": job.rows}
    return Response(state, headers=_NO_STORE)


@get("/desk/{org:str}/import/{job_id:str}/errors.csv")
async def errors_file(
    request: Request[Any, Any, Any], org: FromPath[str], job_id: FromPath[str]
) -> Response[bytes]:
    """The refused rows with what is wrong with them, to be corrected and sent again."""
    _, _, exporter_id = access.desk(request, org)
    data, name = await jobs.errors_file(exporter_id, job_id)
    return answers.download(data, name, "text/csv")


ROUTES: list[ControllerRouterHandler] = [
    imports, send, empty_file, show, columns, check, go_on, progress, errors_file,
]  # fmt: skip
