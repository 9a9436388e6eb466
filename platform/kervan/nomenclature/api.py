"""The nomenclature as JSON: the tree from its sections, a code with its family, a search in everyday words."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import Invalid
from kervan.nomenclature import queries
from kervan.nomenclature.structs import Node, NodeLink, SectionNode
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of, whole_number
from kervan_search.text import MAX_QUERY

_CHAPTER = NodeLink("63", "63", "Home textiles and other made-up articles", 37)
_EXAMPLE_NODE = Node(
    code="6302",
    formatted="6302",
    level=4,
    section=11,
    name="Bed, bath and table linen",
    legal_text="Bed linen, table linen, toilet linen and kitchen linen",
    legal_language="en",
    tariff_year=None,
    parents=(_CHAPTER,),
    children=(NodeLink("630260", "6302.60", "Toilet and kitchen linen of terry towelling, of cotton", 21),),
    products=21,
)
_CODE = r"^(?!00|77|98|99)[0-9]{2}([0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}){0,3})?)?$"


class Tree(msgspec.Struct, frozen=True):
    """The roots of the nomenclature."""

    data: tuple[SectionNode, ...]


class NodeDocument(msgspec.Struct, frozen=True):
    """One code."""

    data: Node


class FoundCodes(msgspec.Struct, frozen=True):
    """Codes for everyday words, best first."""

    data: tuple[NodeLink, ...]


@get(
    "/nomenclature",
    tags=["Nomenclature"],
    summary="Sections and chapters",
    operation_id="getNomenclature",
    operation_class=openapi.described(),
    responses=openapi.responses(Tree),
)
async def tree(request: Request[Any, Any, Any]) -> Response[Tree]:
    """The 21 sections of HS 2022 with their chapters; `products` counts what is published below."""
    language = api_language(request, query_of(request))
    return answer(request, Tree(await queries.sections(language)), language)


@get(
    "/nomenclature/search",
    tags=["Nomenclature"],
    summary="Find a code by words",
    operation_id="searchNomenclature",
    operation_class=openapi.described(
        openapi.text(
            "q", "Everyday words in any language, or the beginning of a code.", "towel", longest=MAX_QUERY
        ),
        openapi.number("limit", "How many codes at most.", 10, 1, 50),
    ),
    responses=openapi.responses(
        FoundCodes, FoundCodes((NodeLink("6302", "6302", "Bed, bath and table linen", 21),))
    ),
)
async def search(request: Request[Any, Any, Any]) -> Response[FoundCodes]:
    """Headings and chapters that the words may mean, best first."""
    query = query_of(request)
    language = api_language(request, query)
    limit = whole_number(query, "limit", 10, 1, 50)
    text = query.get("q", [""])[-1]
    if len(text) > MAX_QUERY:
        raise Invalid(fields={"q": Invalid(N_("Please search with at most 200 characters."))})
    found = await queries.search(request.app.state.search, text, language, limit)
    return answer(request, FoundCodes(tuple(found)), language)


@get(
    "/nomenclature/{code:str}",
    tags=["Nomenclature"],
    summary="One code",
    operation_id="getCode",
    operation_class=openapi.described(
        openapi.in_path("code", "2, 4, 6 or 12 digits, dots allowed.", "6302.60", _CODE),
    ),
    responses=openapi.responses(NodeDocument, NodeDocument(_EXAMPLE_NODE), 404),
)
async def get_code(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[NodeDocument]:
    """A chapter, heading, subheading or GTIP in any punctuation, with what is above and below it."""
    language = api_language(request, query_of(request))
    return answer(request, NodeDocument(await queries.code(code, language)), language)


ROUTES: list[ControllerRouterHandler] = [tree, search, get_code]
