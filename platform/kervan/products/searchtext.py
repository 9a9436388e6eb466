"""The folded words of a product: what PostgreSQL searches when the engine is down."""

from kervan.products.inputs import ProductInput
from kervan_search.text import fold

_LIMIT = 4000


def search_text(product: ProductInput) -> str:
    """Names first, then codes, brand, keywords and descriptions, folded; at most 4,000 characters."""
    names = [text.name for text in product.texts.values()]
    codes = [code for code in (product.hs_code, product.gtin, product.sku) if code]
    rest = [product.brand or "", *product.keywords, *(text.description for text in product.texts.values())]
    return fold(" ".join((*names, *codes, *rest)))[:_LIMIT]
