"""The public address of product photos."""

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import NotFound
from kervan.files import answers, store

FOLDER = "photos"
"""Of the store: only what lies here has a public address."""


def address(path: str) -> str:
    """Where the browser finds a stored product photo."""
    return f"/{path}"


@get("/photos/{path:path}", include_in_schema=False)
async def photo(path: FromPath[str]) -> Response[bytes]:
    """A product photo. NotFound for every path that is none of a photo, without a look at the disk.

    Nobody asks whether the product is public: a photo is made to be shown to importers, and its random name of 130
    bits, which only a page that shows the photo tells, is the right to see it.
    """
    place = f"{FOLDER}/{str(path).lstrip('/')}"
    if not store.is_ours(place, FOLDER) or not place.endswith(".webp"):
        raise NotFound()
    return answers.picture(await store.read(place))


ROUTES: list[ControllerRouterHandler] = [photo]
