"""What somebody types into the form of an event."""

from datetime import UTC, datetime, timedelta
from typing import Any


def soon(days: int) -> str:
    """A day from now, as date inputs send it."""
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def typed(**changes: Any) -> dict[str, Any]:
    """A whole fair of three days in Denizli with registration on the platform."""
    values: dict[str, Any] = {
        "kind": "FAIR",
        "text_languages": ["tr", "en"],
        "title_tr": "Denizli ev tekstili fuarı",
        "summary_tr": "İki yüz havlu üreticisi koleksiyonlarını gösteriyor.",
        "text_tr": "",
        "title_en": "Denizli home textile fair",
        "summary_en": "Two hundred makers of towels show their collections.",
        "text_en": "Open to trade visitors.\nSamples at the stands.",
        "organiser": "OWN",
        "organiser_name": "Denizli exporters' association",
        "format": "ONSITE",
        "country": "TR",
        "province": "20",
        "city": "Denizli",
        "venue": "Fair hall",
        "address": "Çınar Cad. 1",
        "online_url": "",
        "zone": "Europe/Istanbul",
        "starts_day": soon(40),
        "starts_time": "09:30",
        "ends_day": soon(42),
        "ends_time": "18:00",
        "sectors": ["home-textiles"],
        "heading_words": "6302",
        "target_countries": "Germany, fransa; GB",
        "languages": ["tr", "en"],
        "registration": "PLATFORM",
        "capacity_exporters": "40",
        "capacity_importers": "",
        "people_per_firm": "3",
        "fee_exporters": "120.50",
        "fee_importers": "0",
        "fee_currency": "EUR",
        "opens_day": soon(5),
        "opens_time": "",
        "closes_day": soon(30),
        "closes_time": "17:00",
        "reviewed": "1",
        "support_reference": "Decree 5973, article 7",
        "contact_name": "Ege Tuna",
        "contact_email": "fair@example.com",
        "contact_phone": "+90 258 123 45 67",
        "external_url": "fair.example.com",
    }
    return values | changes
