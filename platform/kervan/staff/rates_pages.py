"""The page of exchange rates: how old they are, which were imported, and the upload of a file."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid
from kervan.files import uploads
from kervan.policies import book, rates
from kervan.policies.service import today
from kervan.staff import desk, policies
from kervan.staff.access import administrator
from kervan.trade import rates as trade_rates
from kervan.trade.errors import TradeError
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import BY_CODE, language_of
from kervan.web.templates import Page, back, page

_SHOWN = ("USD", "GBP", "TRY", "CHF", "JPY", "CNY", "SEK", "PLN", "CAD", "AUD")
"""Currencies of the table; every one is on `kervan rates show`."""


@get("/staff/rates")
async def all_rates(request: Request[Any, Any, Any]) -> Page:
    """The rates that hold today, with their source and age."""
    return await _rates(request, Form(language_of(request)))


async def _rates(request: Request[Any, Any, Any], form: Form, status: int = 200) -> Page:
    caller = administrator(request)
    await book.refresh()
    await rates.refresh()
    on = today()
    found = [trade_rates.rate_on(currency, on) for currency in _SHOWN]
    return page(
        request,
        "staff/admin/rates.html",
        status_code=status,
        **await desk.frame(request, caller, "rates"),
        age=policies.exchange(on),
        most=trade_rates.most_business_days(on),
        rates=[
            (rate, _figure(rate.eur_rate, language_of(request)), trade_rates.is_stale(rate, on))
            for rate in found
        ],
        imports=await rates.recent(),
        address=request.app.state.settings.rates_url,
        form=form,
        limit_mb=rates.LARGEST_FILE // 1_000_000,
    )


def _figure(rate: Decimal, language: str) -> str:
    """All six decimals of a rate, where it has them."""
    return format_decimal(rate, "#,##0.00####", locale=BY_CODE[language].locale)


@post("/staff/rates", status_code=200)
async def upload(request: Request[Any, Any, Any]) -> Page:
    """Imports a file of rates."""
    caller = administrator(request)
    form = await forms.read(request)
    try:
        file = await uploads.one(request, "file", rates.LARGEST_FILE)
        done = await rates.bring_in(file.data, file.name, caller.actor, caller.person)
        return back(request, "/staff/rates", said="rates-imported" if done.added else "rates-known")
    except (TradeError, Invalid, Conflict) as error:
        form.refuse("file", error)
    return await _rates(request, form, 422)


ROUTES: list[ControllerRouterHandler] = [all_rates, upload]
