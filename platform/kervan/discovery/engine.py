"""The search engine of this installation: its indexes, its synonyms, and how it is opened."""

from collections.abc import Sequence
from functools import cache

from kervan.errors import SettingsError
from kervan.settings import Settings
from kervan.trade import nomenclature
from kervan_search.engine import Engine, IndexSpec, open_engine
from kervan_search.text import tokens

PRODUCTS = IndexSpec(
    name="products",
    facets=(
        "section", "chapter", "heading", "sector", "province", "certificate", "brand", "price", "moq", "lead",
        "micro", "language", "exporter",
    ),
    numbers=("price_eur", "moq_units", "lead_days", "published_at"),
)  # fmt: skip

EXPORTERS = IndexSpec(
    name="exporters",
    facets=("sector", "province", "certificate", "business_model", "language", "employees", "country"),
    numbers=("products", "published_at", "founded"),
)

REQUESTS = IndexSpec(
    name="requests",
    facets=(
        "section", "chapter", "heading", "sector", "country", "certificate", "buyer_type", "source", "language",
        "unit", "quantity", "deadline",
    ),
    numbers=("value_eur", "quantity", "deadline", "published_at"),
    exact=True,
)  # fmt: skip
"""Open requests. `deadline` is a day, never a band: a band would be wrong the next morning. As a facet it is written
2026-11-22, as a number it counts days since 1970-01-01; what closes within a week is counted when it is asked."""

EVENTS = IndexSpec(
    name="events",
    facets=("state", "kind", "month", "place", "sector", "format", "language", "organiser", "free"),
    numbers=("starts_at", "ends_at", "opens_at", "closes_at", "published_at"),
)
"""Events with a public page, also cancelled ones. `month` is 2026-12, each that it touches; `place` is online, TR,
TR-34 or DE, all that are true. Numbers are seconds since 1970, by which what is open, coming, running or over is
asked."""

HEADINGS = IndexSpec(name="headings", facets=("section", "chapter", "level"), numbers=())

SPECS = (PRODUCTS, EXPORTERS, REQUESTS, EVENTS, HEADINGS)


@cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Groups of words that mean the same goods, in several languages, from fixtures/nomenclature."""
    return tuple(group.terms for group in nomenclature.synonym_groups() if len(group.terms) > 1)


@cache
def _written() -> dict[str, str]:
    return {" ".join(tokens(term)): term for group in synonyms() for term in group}


def written_synonyms(folded: Sequence[str]) -> tuple[str, ...]:
    """Synonyms as people write them (olivenöl), for those that an engine names in folded words (olivenol)."""
    return tuple(_written().get(words, words) for words in folded)


def open_search(settings: Settings) -> Engine:
    """The engine that the settings ask for, not opened yet. Raises SettingsError for an unwritable folder."""
    if settings.search_engine == "meilisearch":
        return open_engine(
            specs=SPECS, synonyms=synonyms(), meili_url=settings.meili_url, meili_key=settings.meili_key
        )
    folder = settings.data / "search"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            "The data folder {folder} cannot be written ({reason}). Set KERVAN_DATA to a folder of your own.",
            folder=settings.data,
            reason=error.strerror,
        ) from error
    return open_engine(specs=SPECS, synonyms=synonyms(), data_dir=folder)
