"""Writing an announcement: the text in each language, whom it is for, and how it looks as a mail."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, signed_in
from kervan.announcements import access, fields, letter, markup, queries, service
from kervan.announcements.access import Seat
from kervan.announcements.audience import Audience
from kervan.announcements.structs import About, Announcement, Reach
from kervan.errors import Conflict, Invalid, NotFound
from kervan.mail.compose import Composed
from kervan.privacy import consents
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import NOT_KEPT, query_of
from kervan.web.i18n import BY_CODE, LANGUAGES, language_of
from kervan.web.middleware import CONTENT_POLICY
from kervan.web.templates import HTML, Page, back, page

# Only the preview may show a frame, and only of this site.
_WITH_FRAME = {"Content-Security-Policy": f"{CONTENT_POLICY}; frame-src 'self'", "Cache-Control": "no-store"}
# Mails carry their styles with them. Nothing else of them works: no script, no form, no picture from elsewhere.
_MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)


@get("/staff/announcements/new")
async def new(request: Request[Any, Any, Any]) -> Page:
    """Which event, then the text."""
    caller = signed_in(request)
    within = access.scope(caller)
    event = query_of(request).get("event", [""])[-1][:12]
    if not event:
        language = language_of(request)
        return page(
            request,
            "announcements/which.html",
            events=await queries.events(within, language),
            **await frame(request, caller, "announcements"),
        )
    about = await access.announceable(caller, event)
    form = Form(language_of(request), {"name": about.title(language_of(request))[: service.LONGEST_NAME]})
    return await _editor(request, caller, about, form)


@post("/staff/announcements/new", status_code=200)
async def draft(request: Request[Any, Any, Any]) -> Page:
    """Drafts it and goes on to the audience."""
    caller = signed_in(request)
    form = await forms.read(request)
    about = await access.announceable(caller, form.value("event")[:12])
    name, texts = fields.texts(form)
    status = 422
    if form.ok:
        try:
            made = await service.create(caller, about, name, texts)
            return back(request, f"/staff/announcements/{made}/audience", said="announcement-drafted")
        except Invalid as error:
            form.take(error)
    return await _editor(request, caller, about, form, status=status)


async def _editor(
    request: Request[Any, Any, Any],
    caller: Caller,
    about: About,
    form: Form,
    found: Announcement | None = None,
    *,
    status: int = 200,
) -> Page:
    language = language_of(request)
    values = {code: _filled(about, code) for code in BY_CODE}
    return page(
        request,
        "announcements/editor.html",
        status_code=status,
        form=form,
        about=about,
        found=found,
        languages_offered=[(one.code, one.name, one.dir) for one in LANGUAGES],
        values=values,
        when=about.when(language),
        where=about.where(language),
        longest=(service.LONGEST_NAME, markup.LONGEST_SUBJECT, markup.LONGEST_TEXT),
        **await frame(request, caller, "announcements"),
    )


def _filled(about: About, language: str) -> list[tuple[str, str]]:
    """What each placeholder becomes in a language."""
    return [
        ("{event}", about.title(language)),
        ("{when}", about.when(language)),
        ("{where}", about.where(language)),
    ]


@get("/staff/announcements/{id:str}/edit")
async def edit(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Name and texts of a draft."""
    caller, _, found = await _draft(request, id)
    form = Form(language_of(request), fields.text_values(found.name, found.texts))
    return await _editor(request, caller, found.about, form, found)


async def _draft(request: Request[Any, Any, Any], id: str) -> tuple[Caller, Seat, Announcement]:
    caller = signed_in(request)
    seat = await access.handled(caller, id)
    return caller, seat, await queries.one(seat.id)


@post("/staff/announcements/{id:str}/edit", status_code=200)
async def change(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Stores name and texts."""
    caller, seat, found = await _draft(request, id)
    form = await forms.read(request)
    name, texts = fields.texts(form)
    version = form.whole("version", low=1, high=10**9)
    status = 422
    if form.ok and version is not None:
        try:
            await service.change(caller, seat, name, texts, version)
            return back(request, f"/staff/announcements/{id}/preview", said="saved")
        except (Invalid, Conflict) as error:
            status = error.status_code
            form.take(error)
    return await _editor(request, caller, found.about, form, found, status=status)


@get("/staff/announcements/{id:str}/audience")
async def audience(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Whom it is for, with how many that are at this moment."""
    caller, _, found = await _draft(request, id)
    form = Form(language_of(request), fields.audience_values(found.audience, language_of(request)))
    return await _audience(request, caller, found, form, found.audience)


async def _audience(
    request: Request[Any, Any, Any],
    caller: Caller,
    found: Announcement,
    form: Form,
    chosen: Audience | None,
    *,
    status: int = 200,
) -> Page:
    language = language_of(request)
    reach = await _reach(found, chosen) if chosen is not None else None
    return page(
        request,
        "announcements/audience.html",
        status_code=status,
        form=form,
        found=found,
        reach=reach,
        editable=found.state == "DRAFT",
        **fields.choices(language),
        **await frame(request, caller, "announcements"),
    )


async def _reach(found: Announcement, chosen: Audience) -> Reach:
    return await queries.reach(chosen, found.id, found.about.id, found.edition)


@post("/staff/announcements/{id:str}/audience", status_code=200)
async def choose(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Stores the audience, or with the button "count" only counts it."""
    caller, seat, found = await _draft(request, id)
    form = await forms.read(request)
    chosen = fields.audience(form)
    version = form.whole("version", low=1, high=10**9)
    if not form.ok or version is None:
        return await _audience(request, caller, found, form, None, status=422)
    if form.value("do") == "count":
        return await _audience(request, caller, found, form, chosen)
    try:
        await service.choose(caller, seat, chosen, version)
    except (Invalid, Conflict) as error:
        form.take(error)
        return await _audience(request, caller, found, form, chosen, status=error.status_code)
    return back(request, f"/staff/announcements/{id}/preview", said="saved")


@get("/staff/announcements/{id:str}/audience/count.json", response_headers=NOT_KEPT)
async def count(request: Request[Any, Any, Any], id: FromPath[str]) -> Reach:
    """How many the choices of the query hold, in groups; never who. Raises Invalid for choices that do not exist."""
    _, _, found = await _draft(request, id)
    form = Form(language_of(request), typed=query_of(request))
    chosen = fields.audience(form)
    if not form.ok:
        raise Invalid(fields=dict(form.errors))
    return await _reach(found, chosen)


@get("/staff/announcements/{id:str}/preview")
async def preview(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The mail in each language as its readers get it: in a frame, and as plain text."""
    caller, _, found = await _draft(request, id)
    asked = query_of(request).get("lang", [""])[-1]
    shown = asked if asked in BY_CODE else language_of(request)
    mail = _mail(request, caller, found, shown)
    words = found.words(shown)
    return page(
        request,
        "announcements/preview.html",
        headers=_WITH_FRAME,
        found=found,
        mail=mail,
        shown=shown,
        falls_back=words is not None and words.language != shown,
        languages_offered=[(one.code, one.name) for one in LANGUAGES],
        form=Form(language_of(request)),
        **await frame(request, caller, "announcements"),
    )


def _mail(request: Request[Any, Any, Any], caller: Caller, found: Announcement, language: str) -> Composed:
    """The mail as a reader of the language gets it, with the caller's name and a link that ends nothing."""
    words = found.words(language)
    if words is None:
        raise NotFound()
    stop = f"{request.app.state.settings.public_url}/unsubscribe/{consents.token('x' * 12, letter.PURPOSE)}"
    return letter.preview(request.app.state.templates, found.about, words, name=caller.name, stop=stop)


@get("/staff/announcements/{id:str}/preview/{lang:str}/mail")
async def preview_html(
    request: Request[Any, Any, Any], id: FromPath[str], lang: FromPath[str]
) -> Response[bytes]:
    """The HTML part as a mail program would show it; its links open outside the frame."""
    caller, _, found = await _draft(request, id)
    if lang not in BY_CODE:
        raise NotFound()
    html = _mail(request, caller, found, lang).html.replace("<head>", '<head><base target="_blank">', 1)
    headers = {"Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "private, no-store"}
    return Response(html.encode(), media_type=HTML, headers=headers)


@post("/staff/announcements/{id:str}/test", status_code=200)
async def test(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Sends a test of one language to the caller's own address."""
    caller, seat, _ = await _draft(request, id)
    form = await forms.read(request)
    language = form.choice("lang", tuple(BY_CODE))
    if not form.ok:
        raise Invalid(N_("This cannot be chosen here."))
    await service.test(caller, seat, language)
    return back(request, f"/staff/announcements/{id}/preview", lang=language, said="announcement-tested")


ROUTES: list[ControllerRouterHandler] = [
    new, draft, edit, change, audience, choose, count, preview, preview_html, test,
]  # fmt: skip
