"""What pages of results have in common: wrong parameters that do not stop the search, and where the page leads."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request

from kervan.discovery import requests
from kervan.discovery.structs import Chip, Results
from kervan.discovery.structs import Request as Search
from kervan.errors import Invalid
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of, sentence
from kervan.web.templates import address


async def found(
    request: Request[Any, Any, Any], kind: str, find: Callable[[Search], Awaitable[Results]]
) -> tuple[Results, dict[str, str], dict[str, str]]:
    """The answer, the sentences about parameters that are wrong, and what was typed in them.

    Wrong parameters are left out of the search, so that the page still helps.
    """
    query, language = query_of(request), language_of(request)
    problems: dict[str, str] = {}
    while True:
        good = {name: values for name, values in query.items() if name not in problems}
        try:
            results = await find(requests.parse(kind, language, good))
        except Invalid as refused:
            if not refused.fields.keys() & good.keys():
                raise
            problems |= {name: sentence(language, why) for name, why in refused.fields.items()}
            continue
        return results, problems, {name: query[name][-1][:200] for name in problems if query.get(name)}


def links(results: Results, sort_names: Mapping[str, str]) -> dict[str, Any]:
    """Where the page leads: other pages, the same without a choice, the nearest spelling."""
    search = results.request
    here = address(search.language, f"/{search.kind}")

    def link(**changes: object) -> str:
        return here + requests.address(search, **changes)

    def without(chip: Chip) -> str:
        return here + requests.without_choice(search, chip.name, chip.value)

    bounds = {name: "" for name in requests.bounds_of(search.kind)}
    return {
        "action": here,
        "link": link,
        "without": without,
        "searched": requests.address(search),
        "cleared": link(filters={}, **bounds),
        "corrected": link(text=results.corrected) if results.corrected else "",
        "sorts": [(key, gettext(search.language, sort_names[key])) for key in results.sorts],
    }


def as_json(search: Search) -> str:
    """The same page of the same search for programs."""
    query = requests.address(search, page=search.page)
    return f"/api/v1/{search.kind}{query}{'&' if query else '?'}lang={search.language}"
