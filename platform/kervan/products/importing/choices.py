"""What the mapping page offers: the fields of a product by their names, and what the header itself suggests."""

from collections.abc import Sequence

import msgspec

from kervan.products.importing.mapping import MEASURES, Column, FileOptions, Mapping, field_of
from kervan.trade.errors import N_
from kervan.trade.languages import language_name
from kervan.web.i18n import gettext, translate

LABELS = {
    "sku": N_("SKU"),
    "gtin": N_("GTIN"),
    "brand": N_("Brand"),
    "origin": N_("Country of origin"),
    "gtip": N_("GTIP"),
    "tariff_year": N_("Tariff year"),
    "unit": N_("Unit of sale"),
    "net_weight": N_("Net weight of one unit"),
    "gross_weight": N_("Gross weight of one unit"),
    "moq": N_("Smallest order (MOQ)"),
    "step": N_("Order step"),
    "currency": N_("Currency"),
    "price": N_("Price of one unit"),
    "lead_days": N_("Lead time"),
    "package_units": N_("Units in one package"),
    "package_length": N_("Length of the package"),
    "package_width": N_("Width of the package"),
    "package_height": N_("Height of the package"),
    "package_gross_weight": N_("Gross weight of the package"),
    "micro_export": N_("Micro-export"),
    "exclusion_reason": N_("Why not by micro-export"),
    "keywords": N_("Search words"),
    "certificates": N_("Certificates"),
    "published_at": N_("Day of first publication"),
}
_LANGUAGES = ("tr", "en", "de", "fr", "ar", "ru", "es", "it")
_TIERS_OFFERED = 5
_UNITS = {"weight": ("g", "kg"), "length": ("mm", "cm")}


def offered(language: str) -> list[tuple[str, str]]:
    """(field as a mapping names it, its name in the language), in the order of the template."""
    found: list[tuple[str, str]] = []
    for field in LABELS:
        if field in MEASURES:
            found += [(f"{field}_{unit}", label(f"{field}_{unit}", language)) for unit in _units(field)]
            found.append((field, label(field, language)))
        elif field != "price":
            found.append((field, label(field, language)))
        if field == "gtip":
            for kind in ("name", "description"):
                found += [(f"{kind}_{code}", label(f"{kind}_{code}", language)) for code in _LANGUAGES]
        if field == "currency":
            found.append(("price", label("price", language)))
            for number in range(1, _TIERS_OFFERED + 1):
                found += [(name, label(name, language)) for name in (f"price_{number}", f"from_{number}")]
    return found


def _units(field: str) -> tuple[str, ...]:
    return _UNITS["weight" if "weight" in field else "length"]


def label(field: str, language: str) -> str:
    """The name of a field in the language: net_weight_kg is "Net weight of one unit (kg)"."""
    if field in LABELS:
        return gettext(language, LABELS[field])
    stem, _, last = field.rpartition("_")
    if stem in ("name", "description"):
        sentence = N_("Name, {spoken}") if stem == "name" else N_("Description, {spoken}")
        return translate(language, sentence, spoken=language_name(last, language))
    if stem in ("price", "from"):
        return translate(language, N_("Price {n}") if stem == "price" else N_("From quantity {n}"), n=last)
    return f"{gettext(language, LABELS[stem])} ({last})" if stem in LABELS else field


def guessed(header: Sequence[str], language: str) -> dict[str, str]:
    """Column -> the field that its name means; of two columns that mean one field the first."""
    known = {name for name, _ in offered("en")}
    found: dict[str, str] = {}
    for name in header:
        meant = field_of(name, language)
        if meant is None:
            continue
        field, unit = meant
        full = f"{field}_{unit}" if unit else field
        if full in known and field not in (_plain(chosen) for chosen in found.values()):
            found[name] = full
    return found


def _plain(field: str) -> str:
    """The field without its unit."""
    stem, _, last = field.rpartition("_")
    return stem if stem in MEASURES and last in MEASURES[stem] else field


def chosen(mapping: Mapping) -> dict[str, str]:
    """Column -> field, as a stored mapping says."""
    return {
        (entry if isinstance(entry, str) else entry.column or ""): field
        for field, entry in mapping.columns.items()
        if isinstance(entry, str) or entry.column
    }


def mapping_of(columns: dict[str, str], options: FileOptions, currency: str | None) -> Mapping:
    """The mapping of what was chosen (column -> field); `currency` where a price has none of its own."""
    fields: dict[str, str | Column] = {field: Column(column=name) for name, field in columns.items()}
    priced = any(field.startswith("price") for field in fields)
    if currency and priced:
        own = fields.get("currency")
        fields["currency"] = (
            msgspec.structs.replace(own, default=currency)
            if isinstance(own, Column)
            else Column(constant=currency)
        )
    return Mapping(file=options, columns=fields)
