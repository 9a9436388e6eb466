"""Whether a quote would be an order today, in words: what the comparison and the exporter's page say."""

from kervan.db import connection
from kervan.errors import Conflict
from kervan.inquiries import fitting
from kervan.inquiries.structs import Fit, QuoteShown
from kervan.orders import parties
from kervan.policies import sentences
from kervan.trade.errors import N_
from kervan.web.i18n import gettext, sentence

BY_POST = N_(
    "A post decides for the buyer, so it becomes an offline deal: nobody of the firm is here to order."
)


async def of(quote: QuoteShown, importer: int, language: str, *, by_post: bool = False) -> Fit:
    """The judgement of today on the revision in force; a buyer that may not order at present (importer.id) has none.

    What a post accepts for a buyer (`by_post`) is never an order.
    """
    if quote.terms is None:
        return Fit(allowed=False, why=(), total_eur=None, gross_g=None)
    async with connection() as conn:
        try:
            buyer = await parties.buyer(conn, importer)
        except Conflict as error:
            return Fit(allowed=False, why=(sentence(language, error),), total_eur=None, gross_g=None)
        found = await fitting.judge(conn, quote.id, buyer, language)
    if by_post:
        why = (gettext(language, BY_POST),)
        return Fit(allowed=False, why=why, total_eur=found.total_eur, gross_g=found.gross_g)
    return Fit(
        allowed=found.verdict.allowed,
        why=tuple(sentences.refusal(one, language) for one in found.verdict.refusals),
        total_eur=found.total_eur,
        gross_g=found.gross_g,
    )
