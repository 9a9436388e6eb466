"""Products as rows of the standard file: what an export writes, an import reads again."""

from kervan.products.importing.mapping import fields
from kervan.products.inputs import ProductInput
from kervan.products.rules import MOST_TIERS
from kervan.trade.codes import format_gtip

_TIERS = tuple(name for number in range(4, MOST_TIERS + 1) for name in (f"price_{number}", f"from_{number}"))
HEADER: tuple[str, ...] = (*fields(), *_TIERS)
"""The columns of the template, then the price tiers that it has no room for."""

_ATTRIBUTES = {
    "package_gross_weight_g": "package_gross_g",
    "micro_export": "micro_export_ok",
    "gtip": "hs_code",
}


def cells(product: ProductInput) -> tuple[str, ...]:
    """One product in the order of HEADER; numbers with a point, whatever the reader's language."""
    row: dict[str, object] = {}
    for number, (quantity, price) in enumerate(product.tiers, start=1):
        row[f"price_{number}"], row[f"from_{number}"] = f"{price:f}", quantity
    for language, text in product.texts.items():
        row[f"name_{language}"], row[f"description_{language}"] = text.name, text.description
    row["gtip"] = format_gtip(product.hs_code) if product.hs_code else None
    row["micro_export"] = "yes" if product.micro_export_ok else "no"
    row["keywords"], row["certificates"] = ", ".join(product.keywords), ", ".join(product.certificates)
    row["published_at"] = product.published_at.isoformat() if product.published_at else None
    for name in HEADER:
        attribute = _ATTRIBUTES.get(name, name)
        if name not in row and hasattr(product, attribute):
            row[name] = getattr(product, attribute)
    return tuple("" if row.get(name) is None else str(row[name]) for name in HEADER)
