"""The answer to a search as pages and the API show it."""

import msgspec

from kervan.events.structs import EventCard
from kervan.exporters.structs import ExporterCard
from kervan.products.structs import ProductCard
from kervan.requests.structs import RequestCard
from kervan_search.engine import Term


class FacetValue(msgspec.Struct, frozen=True):
    """One choice of a facet; `count` ignores the facet's own choices."""

    value: str
    label: str
    count: int
    chosen: bool


class Facet(msgspec.Struct, frozen=True):
    """A facet with its choices, most frequent first; chosen ones are always among them."""

    name: str
    title: str
    values: tuple[FacetValue, ...]


class Chip(msgspec.Struct, frozen=True):
    """A choice in force that can be taken back."""

    name: str
    value: str
    label: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A search as it was asked, checked: what the address of the page says."""

    kind: str
    """`products`, `exporters`, `requests` or `events`."""
    language: str
    text: str = ""
    filters: dict[str, tuple[str, ...]] = {}
    price_from: str = ""
    """EUR, as typed and checked; empty when not asked."""
    price_to: str = ""
    value_from: str = ""
    """EUR, what a request is worth."""
    value_to: str = ""
    quantity_from: str = ""
    """In the requests' own units; the facets `unit` and `quantity` say which."""
    quantity_to: str = ""
    sort: str = "relevance"
    page: int = 1
    per_page: int = 20


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One page of results."""

    request: Request
    total: int
    total_exact: bool
    products: tuple[ProductCard, ...] = ()
    exporters: tuple[ExporterCard, ...] = ()
    requests: tuple[RequestCard, ...] = ()
    events: tuple[EventCard, ...] = ()
    facets: tuple[Facet, ...] = ()
    chips: tuple[Chip, ...] = ()
    marks: tuple[Term, ...] = ()
    """Terms to mark in titles, by kervan_search.highlight.mark(text, marks)."""
    corrected: str | None = None
    """The nearest spelling, when a word of the query is unknown."""
    synonyms: tuple[str, ...] = ()
    """What else was searched: `havlu`, `bath linen`."""
    dropped: tuple[str, ...] = ()
    """Words left out because all of them together found too little."""
    complete: int = 0
    """Where words were left out: how many results have all of them; they come first."""
    sorts: tuple[str, ...] = ()
    reachable_pages: int = 1
    """Pages that can be opened (1,000 results at most)."""
    too_deep: bool = False
    """The asked page lies past what can be opened: narrow the search."""
    fallback: bool = False
    """True when the engine is down and PostgreSQL answered."""


class SuggestedHeading(msgspec.Struct, frozen=True):
    """`Bed, bath and table linen - 6302`."""

    code: str
    name: str


class SuggestedProduct(msgspec.Struct, frozen=True):
    """A product whose name fits what is typed."""

    id: str
    slug: str
    name: str


class SuggestedExporter(msgspec.Struct, frozen=True):
    """An exporter whose name fits what is typed."""

    slug: str
    name: str


class Suggestions(msgspec.Struct, frozen=True):
    """What may be meant, under each keystroke."""

    products: tuple[SuggestedProduct, ...] = ()
    headings: tuple[SuggestedHeading, ...] = ()
    exporters: tuple[SuggestedExporter, ...] = ()


class HomeNumbers(msgspec.Struct, frozen=True):
    """Counted, cached for a minute: published products, verified exporters, provinces, and the same by sector."""

    products: int
    exporters: int
    provinces: int
    sectors: tuple[tuple[str, int, int], ...]
    """(sector slug, products, exporters), most products first."""
