"""What a search may ask, as the API describes it."""

from litestar.openapi.spec import Parameter

from kervan.discovery import bands
from kervan.discovery.requests import FACETS, MAX_REACHABLE, SORTS
from kervan.web.openapi import choice, number, several, text

# Description, an example, and the values where there are only a few.
_ABOUT: dict[str, tuple[str, str, tuple[str, ...] | None]] = {
    "section": ("HS section, 1 to 21.", "11", tuple(str(number) for number in range(1, 22))),
    "chapter": ("HS chapter, two digits.", "63", None),
    "heading": ("HS heading, four digits, with or without a dot.", "6302", None),
    "sector": ("Sector.", "home-textiles", None),
    "province": ("Province of Türkiye by plate code.", "20", None),
    "certificate": ("Certificate that the exporter holds.", "oeko-tex-standard-100", None),
    "brand": ("Brand as written on the goods.", "Örnek", None),
    "price": ("Band of the lowest unit price, in EUR.", "5-20", tuple(band.slug for band in bands.PRICE)),
    "moq": ("Band of the minimum order quantity.", "10-50", tuple(band.slug for band in bands.MOQ)),
    "lead": ("Band of the lead time, in days.", "7-14", tuple(band.slug for band in bands.LEAD)),
    "micro": ("Goods that may leave by the micro-export declaration.", "yes", ("yes",)),
    "language": ("Language of the texts, for exporters one they speak; ISO 639-1.", "en", None),
    "exporter": ("Exporter, by the name in its address.", "ornek-tekstil", None),
    "business_model": ("What the firm does with the goods.", "MANUFACTURER", None),
    "employees": ("Band of the number of employees.", "10-49", None),
    "country": ("Country the firm exports to, ISO 3166-1 alpha-2.", "DE", None),
}

_CHAPTER = "(?!00|77|98|99)[0-9]{2}"
_PATTERNS = {"chapter": f"^({_CHAPTER})?$", "heading": rf"^({_CHAPTER}\.?[0-9]{{2}})?$"}


def parameters(kind: str) -> list[Parameter]:
    """Every parameter of a search for `products` or `exporters`."""
    found = [
        text(
            "q",
            "Words in any order, a phrase in quotes, a GTIN, an HS or GTIP code, an exporter's name.",
            "towel",
        )
    ]
    found += [several(name, *_ABOUT[name], _PATTERNS.get(name)) for name in FACETS[kind]]
    if kind == "products":
        found.append(text("price_from", "Lowest price in EUR.", "2.50", longest=64))
        found.append(text("price_to", "Highest price in EUR.", "10", longest=64))
    found.append(choice("sort", "Order of the results.", ("", *SORTS[kind])))
    # Pages past the reachable results are refused with a sentence, so that nobody walks the whole index.
    found.append(number("page", "Page, from 1.", 1, 1, MAX_REACHABLE))
    found.append(number("per_page", "Results on a page.", 20, 1, 100))
    return found
