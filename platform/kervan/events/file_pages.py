"""The picture and the documents of an event: added, looked at, taken away."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.callers import signed_in
from kervan.errors import Conflict, Invalid, TooMany
from kervan.events import access, files, writing
from kervan.events.files import DOCUMENTS, LARGEST_BODY
from kervan.events.writing import Desk
from kervan.files import answers, store
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_NOTHING = N_("Choose a file first.")


@get("/staff/events/{id:str}/files")
async def listed(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """What is there, and where more is sent."""
    return await _page(request, await writing.desk(request, id), Form(language_of(request)))


async def _page(request: Request[Any, Any, Any], at: Desk, form: Form, status: int = 0) -> Page:
    return page(
        request,
        "events/staff_files.html",
        status_code=status or (200 if form.ok else 422),
        shown=at.shown,
        title=at.shown.text(form.language).title,
        form=form,
        editable=at.editable,
        most=files.MOST_DOCUMENTS,
        **await frame(request, at.caller, "events"),
    )


@post("/staff/events/{id:str}/files", status_code=200, request_max_body_size=LARGEST_BODY)
async def add(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Adds documents; a picture takes the place of the one before."""
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    status = 422
    try:
        chosen = await files.of_form(request)
        if chosen.picture is None and not chosen.documents:
            form.refuse(DOCUMENTS, _NOTHING)
        else:
            await throttle.spend("upload", request, at.caller.person)
            async with files.stored(chosen) as kept:
                await files.add(at.caller, at.seat.id, kept)
            return back(request, f"/staff/events/{id}/files", said="document-added")
    except Conflict as error:
        status = 409
        form.take(error)
    except (Invalid, TooMany) as error:
        form.take(error)
    return await _page(request, at, form, status)


@post("/staff/events/{id:str}/files/remove", status_code=200)
async def remove(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Takes a file away."""
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    await files.remove(at.caller, at.seat.id, form.value("file"))
    return back(request, f"/staff/events/{id}/files", said="document-removed")


@get("/staff/events/{id:str}/files/{file:str}")
async def one(request: Request[Any, Any, Any], id: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """A file of an event that the caller looks after: a picture to be seen, a document as a download."""
    seat = await access.organised(signed_in(request), id)
    name, content_type, path = await files.opened(seat, file)
    data = await store.read(path)
    if content_type == "image/webp":
        shown = answers.picture(data, content_type)
        shown.headers["Cache-Control"] = "private, no-store"
        return shown
    return answers.download(data, name, content_type)


ROUTES: list[ControllerRouterHandler] = [listed, add, remove, one]
