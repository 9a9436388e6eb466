"""Which column of a list of events is which part of an event: a TOML file, checked before a row is read."""

from collections.abc import Mapping as Map
from pathlib import Path

import msgspec

from kervan.events.tables import EventKind, Format
from kervan.imports import mapping as shared
from kervan.imports.mapping import Column, cell, shipped_file
from kervan.trade import languages
from kervan.trade.errors import N_

__all__ = ["FIELDS", "SHIPPED", "Column", "Mapping", "cell", "load", "load_file", "shipped", "shipped_file"]

FIELDS: Map[str, str] = {
    "source_ref": N_("Number of the event in its list"),
    "source_url": N_("Its page there"),
    "title": N_("Title"),
    "summary": N_("In one sentence"),
    "text": N_("Text"),
    "language": N_("Language of the texts"),
    "kind": N_("Kind"),
    "format": N_("On site or online"),
    "organiser": N_("Name of the organiser"),
    "starts": N_("First day"),
    "starts_time": N_("Begins at"),
    "ends": N_("Last day"),
    "ends_time": N_("Ends at"),
    "zone": N_("Time zone"),
    "country": N_("Country"),
    "province": N_("Province"),
    "city": N_("Town"),
    "venue": N_("Venue"),
    "address": N_("Street and number"),
    "sectors": N_("Sectors"),
    "fee_exporters": N_("Fee for an exporter"),
    "fee_importers": N_("Fee for an importer"),
    "currency": N_("Currency"),
    "registration_url": N_("Address where one registers"),
    "external_url": N_("Website of the event"),
    "contact_email": N_("E-mail for questions"),
}
"""What a column can be, with its name (msgid)."""

SHIPPED: Map[str, str] = {
    "kervan-events": N_("Kervan's own list"),
    "us-trade-events": N_("Trade events of the International Trade Administration of the United States"),
    "tr-fairs-events": N_("Fairs of Turkish fairgrounds: name, days, hall and city"),
}
"""Mappings that come with the platform: the file's name in fixtures/imports and what it is for (msgid)."""


class Cuts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Signs at both ends of a title that belong to the layout of the page that it was taken from."""

    bullets: str = ""


class Mapping(shared.Mapping, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping file: [file], [columns], [sectors] and [titles]."""

    titles: Cuts = Cuts()


def load(name: str, data: bytes) -> Mapping:
    """The mapping of a TOML file. Raises CommandError with the first thing that is wrong in it."""
    return shared.load(name, data, Mapping, _fault)


def load_file(path: Path) -> Mapping:
    """The same of a file on this machine."""
    return load(path.name, shared.read(path))


def shipped(name: str) -> Mapping:
    """A mapping that comes with the platform. Raises KeyError for a name that is not in SHIPPED."""
    SHIPPED[name]
    return load(f"{name}.toml", shipped_file(name))


def _fault(mapping: Mapping) -> str | None:
    if (found := shared.fault(mapping, FIELDS, FIELDS, ("title", "starts"))) is not None:
        return found
    for field, allowed in (("kind", tuple(EventKind)), ("format", tuple(Format))):
        entry = mapping.columns.get(field)
        if isinstance(entry, Column):
            given = [*entry.values.values(), *(word for word in (entry.constant, entry.default) if word)]
            if wrong := [word for word in given if word not in allowed]:
                return f"{field}: {wrong[0]!r} is none of {', '.join(allowed)}"
    entry = mapping.columns.get("language")
    if isinstance(entry, Column) and entry.constant and not languages.is_language(entry.constant):
        return f"language: {entry.constant!r} is no code of a language"
    return None
