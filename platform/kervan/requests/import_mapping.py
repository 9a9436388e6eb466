"""Which column of a list of notices is which part of a request: a TOML file, checked before a row is read."""

from collections.abc import Mapping as Map
from pathlib import Path

from kervan.imports import mapping as shared
from kervan.imports.mapping import Column, cell, check_header, shipped_file
from kervan.trade.errors import N_

__all__ = [
    "FIELDS", "SHIPPED", "Column", "Mapping", "cell", "check_header", "load", "load_file", "sector", "shipped",
    "shipped_file",
]  # fmt: skip

Mapping = shared.Mapping

FIELDS: Map[str, str] = {
    "source_ref": N_("Number of the notice"),
    "source_url": N_("Address of the notice"),
    "title": N_("Title"),
    "summary": N_("In one sentence"),
    "description": N_("Description"),
    "language": N_("Language of your text"),
    "buyer": N_("Procuring body"),
    "buyer_type": N_("Kind of buyer"),
    "country": N_("Country"),
    "place": N_("Place or port"),
    "sector": N_("Sector"),
    "hs_code": N_("HS heading or GTIP"),
    "quantity": N_("Quantity"),
    "unit": N_("Unit"),
    "budget": N_("Budget for everything"),
    "currency": N_("Currency"),
    "incoterm": N_("Incoterm 2020"),
    "deadline": N_("Answers until"),
}
"""What a column can be, with its name (msgid)."""

SHIPPED: Map[str, str] = {
    "kervan-requests": N_("Kervan's own list"),
    "us-trade-leads": N_("Trade leads of the US Department of State, UK Contracts Finder and Canada"),
}
"""Mappings that come with the platform: the file's name in fixtures/imports and what it is for (msgid)."""


def load(name: str, data: bytes) -> Mapping:
    """The mapping of a TOML file. Raises CommandError with the first thing that is wrong in it."""
    return shared.load(
        name, data, Mapping, lambda mapping: shared.fault(mapping, FIELDS, FIELDS, ("title", "country"))
    )


def load_file(path: Path) -> Mapping:
    """The same of a file on this machine."""
    return load(path.name, shared.read(path))


def shipped(name: str) -> Mapping:
    """A mapping that comes with the platform. Raises KeyError for a name that is not in SHIPPED."""
    SHIPPED[name]
    return load(f"{name}.toml", shipped_file(name))


def sector(mapping: Mapping, text: str) -> tuple[str | None, str | None]:
    """(slug of the sector, HS heading) that the words or numbers of a sector's cell mean; the longest word counts."""
    return shared.sector(mapping.sectors, text)
