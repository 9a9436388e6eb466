"""The same documents and the same questions for the servers that are compared with."""

import json
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from processes import Server

from kervan_search.engine import Document, IndexSpec, Query

_FIELDS = ("titles", "keywords", "texts", "codes")


def call(server: Server, method: str, path: str, body: bytes | None = None) -> Any:
    """One request to a peer outside the measuring."""
    request = urllib.request.Request(server.url + path, data=body, headers=server.headers, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read() or b"null")


# ------------------------------------------------------------------------------------------ Meilisearch


def _meili_filters(query: Query, without: str = "") -> list[str]:
    chosen = [
        f"f_{name} IN [{', '.join(json.dumps(value) for value in values)}]"
        for name, values in query.filters.items()
        if name != without
    ]
    for name, (low, high) in query.ranges.items():
        chosen += [f"n_{name} >= {low}"] if low is not None else []
        chosen += [f"n_{name} <= {high}"] if high is not None else []
    return chosen


def _meili_body(query: Query, facets: Sequence[str], without: str = "", limit: int = 20) -> dict[str, Any]:
    body: dict[str, Any] = {
        "q": query.text,
        "limit": limit,
        "offset": query.offset if limit else 0,
        "facets": [f"f_{name}" for name in facets],
        "attributesToRetrieve": ["id"],
    }
    if filters := _meili_filters(query, without):
        body["filter"] = filters
    if query.sort and limit:
        body["sort"] = [f"n_{query.sort.removeprefix('-')}:{'desc' if query.sort.startswith('-') else 'asc'}"]
    return body


def meili_request(index: str, queries: Sequence[Query], disjunctive: bool) -> tuple[str, str, str]:
    """Method, path and body that ask Meilisearch the question with all facets, and what is counted beside it.

    `disjunctive` asks as the answer needs it: once more for every facet with a choice of its own. Without it the
    server does less than we do: the counts of a chosen facet are narrowed by its own choice.
    """
    query, *others = queries
    apart = [name for name in query.facets if disjunctive and name in query.filters]
    bodies = [_meili_body(query, [name for name in query.facets if name not in apart])]
    bodies += [_meili_body(query, [name], without=name, limit=0) for name in apart]
    bodies += [_meili_body(other, (), limit=other.limit) for other in others]
    if len(bodies) == 1:
        return "POST", f"/indexes/{index}/search", json.dumps(bodies[0])
    return "POST", "/multi-search", json.dumps({"queries": [{"indexUid": index, **body} for body in bodies]})


# ------------------------------------------------------------------------------------------ Typesense


def typesense_schema(spec: IndexSpec) -> dict[str, Any]:
    """The collection for an index: texts, faceted strings, sortable numbers."""
    fields: list[dict[str, Any]] = [{"name": name, "type": "string[]"} for name in _FIELDS]
    fields += [
        {"name": f"f_{name}", "type": "string[]", "facet": True, "optional": True} for name in spec.facets
    ]
    fields += [
        {"name": f"n_{name}", "type": "float", "optional": True, "sort": True} for name in spec.numbers
    ]
    fields.append({"name": "quality", "type": "float"})
    return {"name": spec.name, "fields": fields, "default_sorting_field": "quality"}


def typesense_row(document: Document) -> dict[str, Any]:
    """A document as Typesense takes it."""
    row: dict[str, Any] = {
        "id": document.id,
        "titles": list(document.titles.values()),
        "keywords": list(document.keywords),
        "texts": list(document.texts.values()),
        "codes": list(document.codes),
        "quality": document.quality,
    }
    row.update({f"f_{name}": list(values) for name, values in document.facets.items()})
    row.update({f"n_{name}": number for name, number in document.numbers.items()})
    return row


def typesense_load(server: Server, index: str, documents: Sequence[Document]) -> None:
    """The documents are in the collection and searchable on return."""
    lines = "\n".join(json.dumps(typesense_row(document)) for document in documents).encode()
    request = urllib.request.Request(
        f"{server.url}/collections/{index}/documents/import?action=create", data=lines, headers=server.headers
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        for line in answer.read().splitlines():
            if not json.loads(line).get("success"):
                raise RuntimeError(f"Typesense refused a document: {line[:300]!r}")


def _typesense_filter(query: Query, without: str = "") -> str:
    chosen = [
        f"f_{name}:=[{','.join(f'`{value}`' for value in values)}]"
        for name, values in query.filters.items()
        if name != without
    ]
    for name, (low, high) in query.ranges.items():
        chosen += [f"n_{name}:>={low}"] if low is not None else []
        chosen += [f"n_{name}:<={high}"] if high is not None else []
    return " && ".join(chosen)


def _typesense_params(
    query: Query, facets: Sequence[str], without: str = "", limit: int = 20
) -> dict[str, Any]:
    params: dict[str, Any] = {
        "q": query.text or "*",
        "query_by": ",".join(_FIELDS),
        "facet_by": ",".join(f"f_{name}" for name in facets),
        "max_facet_values": query.facet_limit,
        "per_page": limit,
        "page": query.offset // limit + 1 if limit else 1,
        "include_fields": "id",
        "highlight_fields": "none",
        "highlight_full_fields": "none",
    }
    if wanted := _typesense_filter(query, without):
        params["filter_by"] = wanted
    if query.sort and limit:
        params["sort_by"] = (
            f"n_{query.sort.removeprefix('-')}:{'desc' if query.sort.startswith('-') else 'asc'}"
        )
    return params


def typesense_request(index: str, queries: Sequence[Query], disjunctive: bool) -> tuple[str, str, str]:
    """As meili_request, for Typesense."""
    query, *others = queries
    apart = [name for name in query.facets if disjunctive and name in query.filters]
    searches = [_typesense_params(query, [name for name in query.facets if name not in apart])]
    searches += [_typesense_params(query, [name], without=name, limit=0) for name in apart]
    searches += [_typesense_params(other, (), limit=other.limit) for other in others]
    if len(searches) == 1:
        return "GET", f"/collections/{index}/documents/search?{urlencode(searches[0])}", ""
    body = json.dumps({"searches": [{"collection": index, **search} for search in searches]})
    return "POST", "/multi_search", body
