"""Pages of the tariff's tree: sections, chapters, headings and subheadings with what is listed under them."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.discovery import queries as discovery
from kervan.discovery.structs import Request as Search
from kervan.errors import Invalid, NotFound
from kervan.nomenclature import queries
from kervan.nomenclature.links import steps_to
from kervan.nomenclature.structs import Node
from kervan.products.structs import ProductCard
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, page

_SECTION = "section-"
_EXAMPLES = 4


@get("/browse")
async def browse(request: Request[Any, Any, Any]) -> Page:
    """The 21 sections with their chapters."""
    return page(request, "nomenclature/browse.html", sections=await queries.sections(language_of(request)))


@get("/browse/{code:str}")
async def node(request: Request[Any, Any, Any], code: FromPath[str]) -> Page | Redirect:
    """A section, or a code with what lies below it; a code with dots leads to the address without."""
    language = language_of(request)
    if code.startswith(_SECTION):
        section = await queries.section(_number(code), language)
        return page(request, "nomenclature/section.html", section=section)
    found = await _known(code, language)
    if found.code != code:
        return Redirect(address(language, f"/browse/{found.code}"), status_code=301)
    return page(
        request,
        "nomenclature/node.html",
        node=found,
        steps=steps_to(found.code, language),
        products=await _examples(request, found.code, language) if found.products else (),
    )


async def _known(code: str, language: str) -> Node:
    try:
        return await queries.code(code, language)
    except Invalid as error:
        raise NotFound(error.message, **error.params) from error


def _number(code: str) -> int:
    digits = code.removeprefix(_SECTION)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 3):
        raise NotFound
    return int(digits)


async def _examples(request: Request[Any, Any, Any], code: str, language: str) -> tuple[ProductCard, ...]:
    # The facets know chapters and headings; a subheading's goods are found by its digits.
    facet = {2: "chapter", 4: "heading"}.get(len(code))
    search = Search(
        kind="products",
        language=language,
        text="" if facet else code,
        filters={facet: (code,)} if facet else {},
        per_page=_EXAMPLES,
    )
    return (await discovery.find(request.app.state.search, search)).products


ROUTES: list[ControllerRouterHandler] = [browse, node]
