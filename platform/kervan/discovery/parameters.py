"""What a search may ask, as the API describes it."""

from litestar.openapi.spec import Parameter

from kervan.discovery.requests import FACETS, MAX_REACHABLE, ONE_VALUE, SORTS, bounds_of, choices_of
from kervan.web.openapi import choice, number, several, text

# Description and an example.
_ABOUT = {
    "section": ("HS section, 1 to 21.", "11"),
    "chapter": ("HS chapter, two digits.", "63"),
    "heading": ("HS heading, four digits, with or without a dot.", "6302"),
    "sector": ("Sector.", "home-textiles"),
    "province": ("Province of Türkiye by plate code.", "20"),
    "certificate": ("Certificate that the exporter holds.", "oeko-tex-standard-100"),
    "brand": ("Brand as written on the goods.", "Örnek"),
    "price": ("Band of the lowest unit price, in EUR.", "5-20"),
    "moq": ("Band of the minimum order quantity.", "10-50"),
    "lead": ("Band of the lead time, in days.", "7-14"),
    "micro": ("Goods that may leave by the micro-export declaration.", "yes"),
    "language": ("Language of the texts, for exporters one they speak; ISO 639-1.", "en"),
    "exporter": ("Exporter, by the name in its address.", "ornek-tekstil"),
    "business_model": ("What the firm does with the goods.", "MANUFACTURER"),
    "employees": ("Band of the number of employees.", "10-49"),
    "country": ("Country the firm exports to, ISO 3166-1 alpha-2.", "DE"),
}
_ABOUT_REQUESTS = {
    "sector": ("Sector of the goods.", "home-textiles"),
    "country": ("Country the goods go to, ISO 3166-1 alpha-2.", "DE"),
    "certificate": ("Certificate that is asked for.", "oeko-tex-100"),
    "buyer_type": ("What the buyer does with the goods.", "RETAILER"),
    "source": ("Who asks.", "IMPORTER"),
    "language": ("Language that the request is written in, ISO 639-1.", "en"),
    "unit": ("Unit of the quantity, UNECE Recommendation 20.", "C62"),
    "quantity": ("Unit and band of the quantity.", "KGM.1000-10000"),
    "deadline": ("Days from today until the last day for answers.", "7-30"),
}
_ABOUT_EVENTS = {
    "phase": ("What the clock says, one of them; without it events that are not over.", "open"),
    "kind": ("What is held.", "FAIR"),
    "month": ("Month that the event touches, by the clock of its place.", "2026-12"),
    "place": ("`online`, a country (ISO 3166-1 alpha-2) or a province of Türkiye (ISO 3166-2).", "TR-34"),
    "sector": ("Sector of the event.", "home-textiles"),
    "format": ("Where people meet.", "ONSITE"),
    "language": ("Language in which it is held, ISO 639-1.", "en"),
    "organiser": ("What the organiser is.", "ASSOCIATION"),
    "free": ("Importers pay nothing.", "yes"),
}
_OWN = {"requests": _ABOUT_REQUESTS, "events": _ABOUT_EVENTS}

_CHAPTER = "(?!00|77|98|99)[0-9]{2}"
_PATTERNS = {
    "chapter": f"^({_CHAPTER})?$",
    "heading": rf"^({_CHAPTER}\.?[0-9]{{2}})?$",
    "month": "^(20[0-9]{2}-(0[1-9]|1[0-2]))?$",
}

_WORDS = "Words in any order, a phrase in quotes, a GTIN, an HS or GTIP code, an exporter's name."
_WORDS_OF = {
    "requests": "Words in any order, a phrase in quotes, an HS or GTIP code, a country.",
    "events": "Words in any order, a phrase in quotes, an HS code, a city, a country, an organiser.",
}
_BOUNDS = {
    "price_from": ("Lowest price in EUR.", "2.50"),
    "price_to": ("Highest price in EUR.", "10"),
    "value_from": ("Lowest value of the request in EUR; for keys of verified exporters.", "5000"),
    "value_to": ("Highest value of the request in EUR; for keys of verified exporters.", "50000"),
    "quantity_from": ("Smallest quantity, in the requests' own units.", "100"),
    "quantity_to": ("Largest quantity, in the requests' own units.", "10000"),
}


def parameters(kind: str) -> list[Parameter]:
    """Every parameter of a search for `products`, `exporters`, `requests` or `events`."""
    found = [text("q", _WORDS_OF.get(kind, _WORDS), "towel")]
    about = _ABOUT | _OWN.get(kind, {})
    for name in FACETS[kind]:
        choices = choices_of(kind, name)
        if name in ONE_VALUE:
            found.append(choice(name, about[name][0], ("", *(choices or ()))))
        else:
            found.append(several(name, *about[name], choices, _PATTERNS.get(name)))
    found += [text(name, *_BOUNDS[name], longest=64) for name in bounds_of(kind)]
    found.append(choice("sort", "Order of the results.", ("", *SORTS[kind])))
    # Pages past the reachable results are refused with a sentence, so that nobody walks the whole index.
    found.append(number("page", "Page, from 1.", 1, 1, MAX_REACHABLE))
    found.append(number("per_page", "Results on a page.", 20, 1, 100))
    return found
