"""Whether a quote would be an order today, in words: what the comparison and the exporter's page say."""

from kervan.db import connection
from kervan.errors import Conflict
from kervan.inquiries import fitting
from kervan.inquiries.structs import Fit, QuoteShown
from kervan.orders import parties
from kervan.policies import sentences
from kervan.web.i18n import sentence


async def of(quote: QuoteShown, importer: int, language: str) -> Fit:
    """The judgement of today on the revision in force; a buyer that may not order at present (importer.id) has none."""
    if quote.terms is None:
        return Fit(allowed=False, why=(), total_eur=None, gross_g=None)
    async with connection() as conn:
        try:
            buyer = await parties.buyer(conn, importer)
        except Conflict as error:
            return Fit(allowed=False, why=(sentence(language, error),), total_eur=None, gross_g=None)
        found = await fitting.judge(conn, quote.id, buyer, language)
    return Fit(
        allowed=found.verdict.allowed,
        why=tuple(sentences.refusal(one, language) for one in found.verdict.refusals),
        total_eur=found.total_eur,
        gross_g=found.gross_g,
    )
