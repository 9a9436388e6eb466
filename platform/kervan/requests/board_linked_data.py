"""A request as schema.org describes it, for search engines: the public part only."""

from typing import Any

from kervan.requests.structs import RequestCard
from kervan.trade.codes import format_gtip
from kervan.trade.countries import country_name


def linked_data(card: RequestCard, public_url: str, language: str) -> dict[str, Any]:
    """JSON-LD of type Demand; what the request does not say is left out."""
    here = f"{public_url}/{language}/requests/{card.slug}-{card.public_id}"
    code = {"@type": "PropertyValue", "name": "HS", "value": format_gtip(card.hs_code)}
    quantity = {"@type": "QuantitativeValue", "value": card.quantity, "unitCode": card.unit}
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Demand",
        "@id": here,
        "url": here,
        "name": card.title,
        "description": card.summary,
        "identifier": card.number,
        "itemOffered": {"@type": "Product", "name": card.title, "additionalProperty": [code]},
        "eligibleQuantity": quantity if card.quantity else None,
        "areaServed": {"@type": "Country", "name": country_name(card.country, language)},
        "availabilityStarts": card.published_at.isoformat(),
        "validThrough": card.deadline.isoformat(),
    }
    return {name: value for name, value in found.items() if value}
