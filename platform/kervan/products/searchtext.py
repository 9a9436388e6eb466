"""The folded words of a product: what PostgreSQL searches when the engine is down."""

from kervan.products.inputs import ProductInput
from kervan_search.text import fold

_LIMIT = 1000


def search_text(product: ProductInput) -> str:
    """Names, codes, brand and keywords, folded; at most 1,000 characters.

    Descriptions are left out: they would make the trigram index, and with it every import, several times as heavy.
    """
    names = [text.name for text in product.texts.values()]
    codes = [code for code in (product.hs_code, product.gtin, product.sku) if code]
    return fold(" ".join((*names, *codes, product.brand or "", *product.keywords)))[:_LIMIT]
