"""The desk's pages of order limits and holidays."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import Conflict, Invalid
from kervan.exporters import holidays, limits
from kervan.exporters.limits import OwnLimits
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.policies import book
from kervan.products.access import desk
from kervan.trade import codes, countries, nomenclature
from kervan.trade.errors import N_, TradeError
from kervan.trade.law import day_of
from kervan.trade.quantities import parse_weight_g
from kervan.web import forms
from kervan.web.formats import country, hs, weight
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_SPLIT = re.compile(r"[,;\n]")
_MOST_EUR = Decimal(10_000_000)
_CLAMPED = ("value", "weight", "least", "open", "daily")


@get("/desk/{org:str}/limits")
async def show_limits(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What the firm takes orders for, and what it did before."""
    _, _, exporter_id = desk(request, org, roles.PROFILE)
    language = language_of(request)
    own = await limits.of(exporter_id, datetime.now(UTC))
    await book.refresh()
    return await _limits(request, org, Form(language, _initial(own, language)))


def _initial(own: OwnLimits, language: str) -> dict[str, str]:
    mark = "," if language == "tr" else "."
    return {
        "min_order_eur": _typed(own.min_order_eur, mark),
        "max_order_eur": _typed(own.max_order_eur, mark),
        "max_gross_g": weight(language, own.max_gross_g),
        "max_open_orders": "" if own.max_open_orders is None else str(own.max_open_orders),
        "max_orders_a_day": "" if own.max_orders_a_day is None else str(own.max_orders_a_day),
        "countries_allowed": ", ".join(country(language, code) for code in own.countries_allowed),
        "countries_blocked": ", ".join(country(language, code) for code in own.countries_blocked),
        "codes_excluded": ", ".join(hs(language, code) for code in own.codes_excluded),
    }


def _typed(amount: Decimal | None, mark: str) -> str:
    return "" if amount is None else f"{amount:.2f}".removesuffix(".00").replace(".", mark)


async def _limits(request: Request[Any, Any, Any], org: str, form: Form) -> Page:
    _, membership, exporter_id = desk(request, org, roles.PROFILE)
    today = day_of(datetime.now(UTC))
    clamped = query_of(request).get("clamped", [""])[-1].split(",")
    return page(
        request,
        "exporters/limits.html",
        status_code=200 if form.ok else 422,
        form=form,
        law=limits.law(today),
        platform=limits.platform(today),
        clamped=[name for name in _CLAMPED if name in clamped],
        history=await limits.history(exporter_id),
        **await frame(request, membership, "limits"),
    )


@post("/desk/{org:str}/limits", status_code=200)
async def set_limits(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Sets them for orders from now on; what is above the law is brought down to it, and said."""
    caller, _, exporter_id = desk(request, org, roles.PROFILE)
    form = await forms.read(request)
    wanted = OwnLimits(
        min_order_eur=form.decimal("min_order_eur", low=Decimal(0), high=_MOST_EUR, required=False),
        max_order_eur=form.decimal("max_order_eur", low=Decimal(1), high=_MOST_EUR, required=False),
        max_gross_g=form.parsed(
            "max_gross_g", lambda text: _grams(text, form.language), required=False, longest=40
        ),
        max_open_orders=form.whole("max_open_orders", low=1, high=limits.MOST_ORDERS, required=False),
        max_orders_a_day=form.whole("max_orders_a_day", low=1, high=limits.MOST_ORDERS, required=False),
        countries_allowed=_listed(form, "countries_allowed", countries.find_country),
        countries_blocked=_listed(form, "countries_blocked", countries.find_country),
        codes_excluded=_listed(form, "codes_excluded", _code),
    )
    if form.ok:
        try:
            clamped = await limits.change(caller, exporter_id, wanted)
            return back(request, f"/desk/{org}/limits", said="limits-saved", clamped=",".join(clamped))
        except (Invalid, Conflict) as error:
            form.take(error)
    return await _limits(request, org, form)


def _grams(text: str, language: str) -> int:
    found = parse_weight_g(text, "," if language == "tr" else ".", "kg")
    if found < 1:
        raise TradeError(N_("The weight must be above zero."))
    return found


def _code(text: str) -> str:
    found = codes.parse_code(text)
    if not nomenclature.exists(found):
        raise TradeError(N_("{code} is not in the Harmonized System (HS 2022)."), code=found)
    return found


def _listed(form: Form, name: str, parse: Any) -> tuple[str, ...]:
    """What a parser makes of each of the words; the first that is refused is the sentence beside the field."""
    found: list[str] = []
    for word in _SPLIT.split(form.lines(name, required=False, longest=10_000)):
        if not word.strip():
            continue
        try:
            found.append(parse(word.strip()))
        except TradeError as error:
            form.refuse(name, error)
            return ()
    return tuple(sorted(set(found)))


@get("/desk/{org:str}/holidays")
async def show_holidays(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The firm's holidays from today on."""
    desk(request, org, roles.PROFILE)
    return await _holidays(request, org, Form(language_of(request)))


async def _holidays(request: Request[Any, Any, Any], org: str, form: Form) -> Page:
    _, membership, exporter_id = desk(request, org, roles.PROFILE)
    today = datetime.now(UTC).date()
    return page(
        request,
        "exporters/holidays.html",
        status_code=200 if form.ok else 422,
        form=form,
        holidays=await holidays.of(exporter_id, today),
        today=today,
        latest=today + timedelta(days=holidays.MOST_AHEAD_DAYS),
        **await frame(request, membership, "holidays"),
    )


@post("/desk/{org:str}/holidays", status_code=200)
async def add_holiday(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Notes a holiday."""
    caller, _, exporter_id = desk(request, org, roles.PROFILE)
    form = await forms.read(request)
    first = form.day("first_day")
    last = form.day("last_day")
    note = form.text("note", required=False, longest=holidays.LONGEST_NOTE)
    if form.ok and first is not None and last is not None:
        try:
            await holidays.add(caller, exporter_id, first, last, note)
            return back(request, f"/desk/{org}/holidays", said="holiday-added")
        except (Invalid, Conflict) as error:
            form.take(error)
    return await _holidays(request, org, form)


@post("/desk/{org:str}/holidays/{holiday:str}/remove", status_code=200)
async def remove_holiday(request: Request[Any, Any, Any], org: FromPath[str], holiday: FromPath[str]) -> Page:
    """Takes a holiday back."""
    caller, _, exporter_id = desk(request, org, roles.PROFILE)
    await holidays.remove(caller, exporter_id, holiday)
    return back(request, f"/desk/{org}/holidays", said="holiday-removed")


ROUTES: list[ControllerRouterHandler] = [show_limits, set_limits, show_holidays, add_holiday, remove_holiday]
