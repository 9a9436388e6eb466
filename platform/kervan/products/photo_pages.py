"""Photos of a product: added, described, put in order, taken away."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.errors import Conflict, Invalid, TooMany
from kervan.files import uploads
from kervan.files.images import LARGEST_PHOTO, MB
from kervan.organisations.desk import frame
from kervan.products import access, desk_queries, photos
from kervan.trade.errors import TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import row_id
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_LARGEST_ID = 2**63 - 1
LARGEST_BODY = photos.MOST * LARGEST_PHOTO + MB


async def _shown(
    request: Request[Any, Any, Any], org: str, product_id: str, form: Form, about: int | None = None
) -> Page:
    """`about` is the photo whose form was refused; None: the form for new ones, or none."""
    _, membership, exporter_id = access.desk(request, org)
    stored = await desk_queries.editable(exporter_id, product_id)
    return page(
        request,
        "products/desk/photos.html",
        status_code=200 if form.ok else 422,
        form=form,
        about=about,
        stored=stored,
        photos=await photos.of(stored.id),
        most=photos.MOST,
        limit_mb=LARGEST_PHOTO // MB,
        **await frame(request, membership, "products"),
    )


@get("/desk/{org:str}/products/{product_id:str}/photos")
async def gallery(request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]) -> Page:
    """The photos of a product, and where new ones are added."""
    access.desk(request, org)
    return await _shown(request, org, product_id, Form(language_of(request)))


@post("/desk/{org:str}/products/{product_id:str}/photos", status_code=200, request_max_body_size=LARGEST_BODY)
async def add(request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str]) -> Page:
    """Adds photos, all that were chosen or none."""
    caller, _, exporter_id = access.desk(request, org)
    own = await access.product(exporter_id, product_id)
    form = await forms.read(request)
    try:
        await throttle.spend("upload", request, caller.person)
        files = await uploads.several(request, "photo", photos.MOST, LARGEST_PHOTO)
        await photos.add(caller, own.id, [file.data for file in files])
        return back(request, f"/desk/{org}/products/{product_id}/photos", said="photo-added")
    except TradeError as error:
        form.refuse("photo", error)
    except (Invalid, Conflict, TooMany) as error:
        form.take(error)
    return await _shown(request, org, product_id, form)


@post("/desk/{org:str}/products/{product_id:str}/photos/{photo:int}", status_code=200)
async def change(
    request: Request[Any, Any, Any], org: FromPath[str], product_id: FromPath[str], photo: FromPath[int]
) -> Page:
    """Describes a photo, moves it up or down, or takes it away, as its button says."""
    caller, _, exporter_id = access.desk(request, org)
    own, photo = await access.product(exporter_id, product_id), row_id(photo)
    form = await forms.read(request)
    action = form.choice("action", ("describe", "up", "down", "remove"))
    alt = form.text("alt", required=False, longest=photos.LONGEST_ALT)
    if not form.ok:
        return await _shown(request, org, product_id, form, photo)
    said = "saved"
    if action == "remove":
        await photos.remove(caller, own.id, photo)
        said = "photo-removed"
    elif action == "describe":
        await photos.describe(caller, own.id, photo, alt)
    else:
        await photos.shift(caller, own.id, photo, -1 if action == "up" else 1)
    return back(request, f"/desk/{org}/products/{product_id}/photos", said=said)


ROUTES: list[ControllerRouterHandler] = [gallery, add, change]
