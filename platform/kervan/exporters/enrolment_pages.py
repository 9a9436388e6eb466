"""Lists of an association's members: uploaded, looked at, committed; and the page behind the mailed link."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import passwords, signing_in, throttle
from kervan.accounts.callers import Caller, caller_of, signed_in
from kervan.errors import CommandError, Conflict, Invalid, NotFound, TooMany
from kervan.exporters import enrolment, enrolment_lists, rules
from kervan.exporters.enrolment import Body
from kervan.exporters.enrolment_lists import Report
from kervan.files import answers, uploads
from kervan.staff import desk
from kervan.trade.errors import N_, TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import language_of, translate
from kervan.web.templates import Page, address, back, page

PER_PAGE = 25
_STATES = ("open", "claimed", "withdrawn")


@get("/staff/enrolments")
async def enrolments(request: Request[Any, Any, Any]) -> Page:
    """The members of one association's lists, and the form for another list."""
    return await _list(request, signed_in(request), Form(language_of(request)))


async def _body(caller: Caller, asked: str) -> tuple[Body | None, tuple[Body, ...]]:
    """The association that is meant: the only one, or the one that was asked for; None when there is none yet."""
    found = await enrolment.bodies(caller)
    if asked and asked not in {body.public_id for body in found}:
        raise NotFound()
    return next((body for body in found if body.public_id == asked), found[0] if found else None), found


async def _list(request: Request[Any, Any, Any], caller: Caller, form: Form, status_code: int = 200) -> Page:
    query = query_of(request)
    body, all_bodies = await _body(caller, form.value("body") or query.get("association", [""])[-1])
    state = query.get("state", ["open"])[-1]
    state = state if state in _STATES else "open"
    number = whole_number(query, "page", 1, 1, 10_000)
    rows, counts = (
        await enrolment.of_association(body.id, state, number, PER_PAGE)
        if body
        else ([], dict.fromkeys(_STATES, 0))
    )
    language = language_of(request)
    total = counts[state]
    return page(
        request,
        "staff/exporters/enrolments.html",
        status_code=status_code,
        body=body,
        bodies=all_bodies,
        rows=rows,
        counts=counts,
        state=state,
        states=_STATES,
        days=rules.ENROLMENT_DAYS,
        most=enrolment_lists.MOST_ROWS,
        total=total,
        number=number,
        last=max(1, -(-total // PER_PAGE)),
        paged=lambda page: address(
            language, "/staff/enrolments", association=body and body.public_id, state=state, page=page
        ),
        form=form,
        **await desk.frame(request, caller, "enrolments"),
    )


@get("/staff/enrolments/template")
async def template(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The empty list as CSV, as spreadsheets in Türkiye open it without questions (semicolons, byte order mark)."""
    await enrolment.bodies(signed_in(request))
    data = enrolment_lists.TEMPLATE.encode("utf-8-sig")
    return answers.download(data, "kervan-members.csv", "text/csv; charset=utf-8")


@post("/staff/enrolments", status_code=200)
async def check_list(request: Request[Any, Any, Any]) -> Page:
    """What a list would do, row by row; nothing is written."""
    caller = signed_in(request)
    form = await forms.read(request)
    body, _ = await _body(caller, form.value("body"))
    if body is None:
        raise NotFound()
    try:
        upload = await uploads.one(request, "file", enrolment_lists.LARGEST_FILE)
        report = await enrolment_lists.read(upload.data, upload.name)
    except TradeError as error:
        form.refuse("file", error)
    except (Invalid, CommandError) as error:
        form.refuse("file", error)
    else:
        report = await enrolment_lists.against_platform(report, body.id)
        return await _report(request, caller, body, report)
    return await _list(request, caller, form, 422)


async def _report(request: Request[Any, Any, Any], caller: Caller, body: Body, report: Report) -> Page:
    language = language_of(request)
    return page(
        request,
        "staff/exporters/enrolment_report.html",
        body=body,
        members=report.members,
        refused=[
            (row.number, row.name, translate(language, row.message, **row.params)) for row in report.refused
        ],
        packed=enrolment_lists.pack(report, body.id, caller.person),
        days=rules.ENROLMENT_DAYS,
        form=Form(language),
        **await desk.frame(request, caller, "enrolments"),
    )


@post("/staff/enrolments/commit", status_code=200)
async def commit_list(request: Request[Any, Any, Any]) -> Page:
    """Stores what was checked and mails the links."""
    caller = signed_in(request)
    form = await forms.read(request)
    body, _ = await _body(caller, form.value("body"))
    if body is None:
        raise NotFound()
    try:
        report = enrolment_lists.unpack(form.values("rows"), body.id, caller.person)
        await enrolment.commit(caller, body, report)
        return back(request, "/staff/enrolments", said="list-committed", association=body.public_id)
    except Invalid as error:
        form.take(error)
    return await _list(request, caller, form, 422)


@post("/staff/enrolments/{member:str}/{action:str}", status_code=200)
async def change_member(
    request: Request[Any, Any, Any], member: FromPath[str], action: FromPath[str]
) -> Page:
    """Mails a new link to one member, or takes it off the list."""
    caller = signed_in(request)
    form = await forms.read(request)
    deeds = {"resend": (enrolment.resend, "link-sent"), "withdraw": (enrolment.withdraw, "member-withdrawn")}
    if action not in deeds:
        raise NotFound()
    deed, said = deeds[action]
    await deed(caller, member)
    return back(request, "/staff/enrolments", said=said, association=form.value("body") or None)


@get("/claim/{token:str}")
async def open_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """The firm and the association behind a mailed link, and what its reader declares."""
    return await _link(request, token, Form(language_of(request)))


async def _link(request: Request[Any, Any, Any], token: str, form: Form, status_code: int = 200) -> Page:
    row = await enrolment.by_token(token)
    caller = caller_of(request)
    return page(
        request,
        "exporters/desk/enrolled.html",
        status_code=status_code,
        headers={"Referrer-Policy": "no-referrer"},
        row=row,
        caller=caller,
        has_account=caller is None and await enrolment.holder_exists(row),
        token=token,
        versions=rules.DECLARATIONS,
        form=form,
    )


@post("/claim/{token:str}", status_code=200)
async def take_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Makes the reader the owner of a verified firm; somebody without an account gets one by it."""
    caller = caller_of(request)
    if caller is not None:
        caller = signed_in(request)
    form = await forms.read(request)
    row = await enrolment.by_token(token)
    given = {key: form.ticked(key, required=N_("Please tick this to go on.")) for key in rules.DECLARATIONS}
    name, hashed = "", None
    try:
        if caller is None:
            if await enrolment.holder_exists(row):
                return back(request, "/sign-in", next=address(language_of(request), f"/claim/{token}"))
            await throttle.spend("registration", request, row["email_key"])
            name = form.text("name", longest=120, shortest=2)
            hashed = await _password(form, row["email"], name, row["legal_name"])
        if form.ok:
            person, firm = await enrolment.claim(token, given, caller, name, hashed)
            cookies: list[Cookie] = [] if caller else [await signing_in.sign_in_cookie(request, person)]
            return back(request, f"/desk/{firm}", *cookies, said="joined")
    except (Invalid, Conflict, TooMany) as error:
        form.take(error)
    return await _link(request, token, form, 422)


async def _password(form: Form, *about: str) -> str | None:
    password = form.raw("password")
    try:
        passwords.check(password, about=about)
    except TradeError as error:
        form.refuse("password", error)
    return await passwords.hash(password) if form.ok else None


ROUTES: list[ControllerRouterHandler] = [
    enrolments,
    template,
    check_list,
    commit_list,
    change_member,
    open_link,
    take_link,
]
