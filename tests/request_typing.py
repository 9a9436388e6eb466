"""A filled form of a request, as the pages of buyers and posts take it."""

from datetime import timedelta
from typing import Any

from kervan.orders.deadlines import today


def typed(**changes: Any) -> dict[str, Any]:
    """400 white towels for Hamburg, open for 30 days."""
    values = {
        "key": "0123456789abcdef",
        "rows": "3",
        "title": "White cotton towels for hotels",
        "summary": "A hotel group in Hamburg looks for white cotton towels, washed once.",
        "description": "Terry towels, double stitched hems.",
        "language": "en",
        "hs_code": "6302.60",
        "spec_name_1": "Weight",
        "spec_value_1": "500 g/m²",
        "spec_name_2": "Size",
        "spec_value_2": "50 x 100 cm",
        "quantity": "400",
        "unit": "C62",
        "target_price": "3.80",
        "currency": "EUR",
        "country": "DE",
        "place": "Hamburg",
        "incoterm": "DAP",
        "deadline": (today() + timedelta(days=30)).isoformat(),
        "certificates": ["oeko-tex-100"],
        "buyer_type": "HOSPITALITY",
        "languages": ["en", "de"],
        "visibility": "RELAY",
    }
    return {**values, **changes}
