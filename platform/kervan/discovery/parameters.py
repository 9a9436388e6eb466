"""What a search may ask, as the API describes it."""

from litestar.openapi.spec import Parameter

from kervan.discovery.requests import FACETS, MAX_REACHABLE, SORTS, bounds_of, choices_of
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

_CHAPTER = "(?!00|77|98|99)[0-9]{2}"
_PATTERNS = {"chapter": f"^({_CHAPTER})?$", "heading": rf"^({_CHAPTER}\.?[0-9]{{2}})?$"}

_WORDS = "Words in any order, a phrase in quotes, a GTIN, an HS or GTIP code, an exporter's name."
_WORDS_OF_REQUESTS = "Words in any order, a phrase in quotes, an HS or GTIP code, a country."
_BOUNDS = {
    "price_from": ("Lowest price in EUR.", "2.50"),
    "price_to": ("Highest price in EUR.", "10"),
    "value_from": ("Lowest value of the request in EUR; for keys of verified exporters.", "5000"),
    "value_to": ("Highest value of the request in EUR; for keys of verified exporters.", "50000"),
    "quantity_from": ("Smallest quantity, in the requests' own units.", "100"),
    "quantity_to": ("Largest quantity, in the requests' own units.", "10000"),
}


def parameters(kind: str) -> list[Parameter]:
    """Every parameter of a search for `products`, `exporters` or `requests`."""
    found = [text("q", _WORDS_OF_REQUESTS if kind == "requests" else _WORDS, "towel")]
    about = _ABOUT | (_ABOUT_REQUESTS if kind == "requests" else {})
    for name in FACETS[kind]:
        found.append(several(name, *about[name], choices_of(kind, name), _PATTERNS.get(name)))
    found += [text(name, *_BOUNDS[name], longest=64) for name in bounds_of(kind)]
    found.append(choice("sort", "Order of the results.", ("", *SORTS[kind])))
    # Pages past the reachable results are refused with a sentence, so that nobody walks the whole index.
    found.append(number("page", "Page, from 1.", 1, 1, MAX_REACHABLE))
    found.append(number("per_page", "Results on a page.", 20, 1, 100))
    return found
