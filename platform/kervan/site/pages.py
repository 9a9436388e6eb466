"""Help, and what Kervan is."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from kervan.trade import nomenclature
from kervan.trade.errors import N_, TradeError
from kervan.trade.law import ETGB, RegimeLimit, current, day_of
from kervan.trade.rates import last_published
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, page

# What is typed, and what it does.
EXAMPLES = (
    ("cotton towel", N_("products that have both words, best match first")),
    ('"olive oil"', N_("the words side by side and in this order")),
    ("towel -bath", N_("towels, without those that say bath")),
    ("havlu", N_("the Turkish word finds the same goods")),
    ("6302", N_("everything under the heading 6302")),
    ("6302.60", N_("a tariff code with or without dots, as long as you know it")),
    ("Pamukova", N_("the products of an exporter, by its name")),
)


@get("/help")
async def help_page(request: Request[Any, Any, Any]) -> Page:
    """How to search, what the signs mean, and the limits of micro-export with their dates."""
    return page(
        request,
        "site/help.html",
        examples=[(example, gettext(language_of(request), meaning)) for example, meaning in EXAMPLES],
        limits=current().history(ETGB),
        in_force=_in_force(),
        rates_of=last_published(),
    )


@get("/about")
async def about(request: Request[Any, Any, Any]) -> Page:
    """What Kervan is, where its facts come from, and what it does with data."""
    return page(request, "site/about.html", edition=nomenclature.EDITION, rates_of=last_published())


def _in_force() -> RegimeLimit | None:
    try:
        return current().regime_limit(ETGB, day_of(datetime.now(UTC)))
    except TradeError:
        return None


ROUTES: list[ControllerRouterHandler] = [help_page, about]
