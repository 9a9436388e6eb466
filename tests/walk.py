"""Every type of page of the demo, by name: what tests that hold for all pages walk through."""

from typing import Any

import httpx

LANGUAGES = ("en", "tr")

# Paths behind the language; what stands in braces only a running demo knows: addresses, an event's id, its month.
PAGES = {
    "home": "/",
    "results": "/products?q=towel",
    "all-products": "/products",
    "narrowed": "/products?q=towel&certificate=gots&price_from=1&sort=price",
    "corrected": "/products?q=towle&per_page=5",
    "second-page": "/products?per_page=5&page=2",
    "nothing": "/products?q=xqzvwk",
    "refused": "/products?q=towel&price_from=abc&sort=loud&per_page=5",
    "exporters": "/exporters?per_page=5",
    "exporters-found": "/exporters?q=tekstil&province=20",
    "product": "{towel}",
    "product-refused": "{towel}?quantity=1",
    "product-no-micro": "{yarn}",
    "exporter": "{firm}",
    "requests": "/requests",
    "requests-found": "/requests?q=towel&country=DE&sort=closing",
    "requests-none": "/requests?q=xqzvwk",
    "requests-refused": "/requests?quantity_from=abc&sort=loud",
    "request": "{wanted}",
    "outcome-unknown": "/outcome/nobody.0",
    "stop-unknown": "/alerts/stop/nobody.0",
    "events": "/events",
    "events-found": "/events?q=textile&phase=open&place=TR",
    "events-none": "/events?q=xqzvwk",
    "events-refused": "/events?starts_from=abc&sort=loud",
    "month": "/events/calendar/{month}",
    "event": "{event}",
    "guest": "/events/{event_id}/guest",
    "ticket-unknown": "/tickets/nobody",
    "survey-unknown": "/survey/nobody.0",
    "browse": "/browse",
    "section": "/browse/section-11",
    "chapter": "/browse/63",
    "heading": "/browse/6302",
    "subheading": "/browse/630260",
    "help": "/help",
    "about": "/about",
    "missing": "/no-such-page",
}
STATUS = {
    "refused": 422,
    "product-refused": 422,
    "requests-refused": 422,
    "outcome-unknown": 404,
    "stop-unknown": 404,
    "events-refused": 422,
    "ticket-unknown": 404,
    "survey-unknown": 404,
    "missing": 404,
}


def paths(address: str, language: str) -> dict[str, str]:
    """The path of every page type in the language, on the demo at `address`."""
    with httpx.Client(base_url=address) as client:
        towel = _cards(client, language, q="towel")[0]
        yarn = next(card for card in _cards(client, language, q="yarn") if not card["micro_export_ok"])
        wanted = _cards(client, language, "requests", q="towel")[0]
        event = _cards(client, language, "events", kind="BUYING_MISSION", phase="open")[0]
    known = {
        "towel": _product(towel),
        "yarn": _product(yarn),
        "firm": f"/exporters/{towel['exporter']}",
        "wanted": f"/requests/{wanted['slug']}-{wanted['id']}",
        "event": f"/events/{event['slug']}-{event['id']}",
        "event_id": event["id"],
        "month": event["starts_at"][:7],
    }
    return {name: f"/{language}{path.format(**known)}".rstrip("/") for name, path in PAGES.items()}


def _cards(
    client: httpx.Client, language: str, kind: str = "products", /, **asked: str
) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/{kind}", params={"lang": language, "per_page": 50, **asked})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
    return found


def _product(card: dict[str, Any]) -> str:
    return f"/products/{card['slug']}-{card['id']}"
