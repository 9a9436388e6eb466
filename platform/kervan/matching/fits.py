"""How one exporter fits one request: the same match that stands in its list of fitting requests."""

from datetime import UTC, datetime

import msgspec

from kervan.db import fetch
from kervan.matching import candidates, queries
from kervan.matching.facts import Match
from kervan.matching.score import match
from kervan.matching.sentences import Said, of_match
from kervan.matching.weights import shipped
from kervan.policies import book as law_book
from kervan.products import queries as products
from kervan.trade import law


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Why an exporter fits a request, in its own language, with the own product that fits best."""

    product: str
    """Public id."""
    product_name: str
    match: Match
    good: tuple[Said, ...]
    lacking: tuple[Said, ...]


async def of_exporter(exporter: int, request: int, language: str = "en") -> Fit | None:
    """The fit of an exporter (exporter.id) to a request (trade_request.id); None where none of its products comes near.

    As in matching.queries.for_exporter, that it is not suggested to others hides nothing from itself. Raises NotFound.
    """
    await law_book.refresh()
    asked = await queries.asked_of(request)
    if asked is None:
        return None
    firms = await candidates.firms([exporter], asked.code)
    if not firms:
        return None
    today, book = law.day_of(datetime.now(UTC)), law.current()
    firm = msgspec.structs.replace(
        firms[0], opted_out=False, goods=candidates.nearest(firms[0].goods, asked.code)
    )
    found = match(asked, firm, book, today, shipped(), record_cases=book.figure("RECORD_CASES", today))
    if found is None:
        return None
    rows = await fetch("SELECT public_id FROM product WHERE id = $1", found.goods)
    named = dict(await products.names([found.goods], language))
    public_id = rows[0]["public_id"] if rows else ""
    if public_id not in named:
        return None
    good, lacking = of_match(found, language, "EXPORTER")
    return Fit(product=public_id, product_name=named[public_id], match=found, good=good, lacking=lacking)
