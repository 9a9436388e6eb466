"""One page of found things as the API answers it, the same for products and exporters."""

from typing import Any

import msgspec
from litestar import Request

from kervan.discovery import queries, requests
from kervan.discovery.structs import Facet, Results
from kervan.web.http import api_language, query_of
from kervan.web.paging import PageLinks, links, refuse_blank_numbers, refuse_too_deep
from kervan_search.engine import Term


class FoundPage(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of an answer says besides the things themselves (`data`)."""

    total: int
    total_exact: bool
    """False when `total` is an estimate."""
    page: int
    pages: int
    """Pages that can be opened: at most 1,000 results."""
    per_page: int
    facets: tuple[Facet, ...]
    """Choices with counts; a facet's own choice does not narrow its counts."""
    marks: tuple[Term, ...]
    """Folded words to mark in the names."""
    corrected: str | None
    """The nearest known spelling of the query, when a word of it is unknown."""
    synonyms: tuple[str, ...]
    """What else was searched."""
    dropped: tuple[str, ...]
    """Words left out because all of them together found too little."""
    fallback: bool
    """True while the search engine is away and the database answers, without facets and typo tolerance."""
    links: PageLinks


async def search(request: Request[Any, Any, Any], kind: str) -> tuple[Results, dict[str, Any]]:
    """What the query of this request finds, and the fields of FoundPage. Raises Invalid for what cannot be asked."""
    query = query_of(request)
    refuse_blank_numbers(query)
    asked = requests.parse(kind, api_language(request, query), query, strict=True)
    found = await queries.find(request.app.state.search, asked)
    return found, envelope(found, query)


def envelope(found: Results, query: dict[str, list[str]]) -> dict[str, Any]:
    """The fields of FoundPage. Raises Invalid when the asked page lies past what can be opened."""
    asked = found.request
    refuse_too_deep(found.too_deep)
    return {
        "total": found.total,
        "total_exact": found.total_exact,
        "page": asked.page,
        "pages": found.reachable_pages,
        "per_page": asked.per_page,
        "facets": found.facets,
        "marks": found.marks,
        "corrected": found.corrected,
        "synonyms": found.synonyms,
        "dropped": found.dropped,
        "fallback": found.fallback,
        "links": links(f"/api/v1/{asked.kind}", query, asked.page, found.reachable_pages),
    }
