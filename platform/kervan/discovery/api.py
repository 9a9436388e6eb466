"""What is meant under each keystroke, as JSON."""

from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from kervan.discovery import queries
from kervan.discovery.structs import SuggestedExporter, SuggestedHeading, SuggestedProduct, Suggestions
from kervan.errors import Invalid
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan_search.text import MAX_QUERY

_EXAMPLE = Suggestions(
    products=(SuggestedProduct("k7m2q9x4t1bd", "cotton-bath-towel", "Cotton bath towel 70x140"),),
    headings=(SuggestedHeading("6302", "Bed, bath and table linen"),),
    exporters=(SuggestedExporter("ornek-tekstil", "Örnek Tekstil"),),
)


@get(
    "/suggest",
    tags=["Search"],
    summary="Suggest while typing",
    operation_id="suggest",
    operation_class=openapi.described(
        openapi.text("q", "What has been typed so far.", "tow", longest=MAX_QUERY),
    ),
    responses=openapi.responses(Suggestions, _EXAMPLE),
)
async def suggest(request: Request[Any, Any, Any]) -> Response[Suggestions]:
    """Products, headings and exporters that what is typed may mean, a few of each, best first."""
    query = query_of(request)
    language = api_language(request, query)
    text = query.get("q", [""])[-1]
    if len(text) > MAX_QUERY:
        raise Invalid(fields={"q": Invalid(N_("Please search with at most 200 characters."))})
    found = await queries.suggest(request.app.state.search, text, language)
    return answer(request, found, language, max_age=30)


ROUTES: list[ControllerRouterHandler] = [suggest]
