"""What an inquiry and a quote must say: checked in one place for pages and the API."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from kervan.errors import Invalid, KervanError
from kervan.inquiries.structs import Asked, AskedLine, Offered, OfferedLine
from kervan.orders.incoterms import INCOTERMS, NO_PLACE
from kervan.orders.rules import check_charges
from kervan.orders.tables import Purpose
from kervan.trade import codes, countries, money, nomenclature, units
from kervan.trade.errors import N_, TradeError, shown

MOST_RECIPIENTS = 10
MOST_LINES = 60
SHORTEST_TEXT = 20
LONGEST_TEXT = 5000
MOST = 999_999_999
MOST_PRICE = Decimal("999999999.9999")
MOST_TOTAL = Decimal("99999999999")
"""What the columns hold, in any currency."""
MOST_VALID_DAYS = 180
VALID_AFTER_DEADLINE = 30
MOST_LEAD_DAYS = 730

Wrong = dict[str, KervanError | str]


def check_asked(asked: Asked) -> Wrong:
    """What is wrong with an inquiry, a sentence by field; lines are `lines.<number>.<field>`."""
    wrong: Wrong = {}
    if not asked.exporters:
        wrong["exporters"] = N_("Choose at least one exporter.")
    elif len(set(asked.exporters)) > MOST_RECIPIENTS:
        wrong["exporters"] = Invalid(N_("Choose at most {most}."), most=MOST_RECIPIENTS)
    text = asked.text.strip()
    if len(text) > LONGEST_TEXT:
        wrong["text"] = Invalid(
            N_("At most {longest} characters; these are {n}."), longest=LONGEST_TEXT, n=len(text)
        )
    elif not asked.lines and len(text) < SHORTEST_TEXT:
        wrong["text"] = Invalid(
            N_("Name the goods below, or describe in {n} characters or more what you need."), n=SHORTEST_TEXT
        )
    if len(asked.lines) > MOST_LINES:
        wrong["lines"] = Invalid(N_("At most {limit} kinds of goods."), limit=MOST_LINES)
    wrong |= _terms(asked.destination, asked.incoterm, asked.place)
    if asked.purpose not in tuple(Purpose):
        wrong["purpose"] = Invalid(N_("Choose one of {values}."), values=", ".join(Purpose))
    if asked.currency is not None and asked.currency not in money.currencies():
        wrong["currency"] = _no_currency(asked.currency)
    for number, line in enumerate(asked.lines[:MOST_LINES], start=1):
        wrong |= _asked_line(f"lines.{number}", line, asked.currency)
    return wrong


def _terms(destination: str | None, incoterm: str | None, place: str) -> Wrong:
    wrong: Wrong = {}
    if destination is not None and not countries.is_country(destination):
        wrong["destination"] = Invalid(
            N_("{code} is not a country code; write for example DE."), code=shown(destination)
        )
    elif destination == "TR":
        wrong["destination"] = N_("The goods go abroad. Choose a country other than Türkiye.")
    if incoterm is not None and incoterm not in INCOTERMS:
        wrong["incoterm"] = Invalid(N_("{code} is not one of the Incoterms 2020."), code=shown(incoterm))
    if len(place) > 120:
        wrong["place"] = Invalid(N_("At most {n} characters."), n=120)
    return wrong


def _no_currency(code: str) -> KervanError:
    return Invalid(N_("{code} is not a currency code; write for example EUR or USD."), code=shown(code))


def _asked_line(at: str, line: AskedLine, currency: str | None) -> Wrong:
    wrong: Wrong = {}
    if not line.product and not line.name.strip():
        wrong[f"{at}.name"] = N_("Say what it is.")
    elif len(line.name) > 300:
        wrong[f"{at}.name"] = Invalid(N_("At most {n} characters."), n=300)
    if line.quantity is not None and (why := _quantity(line.quantity)):
        wrong[f"{at}.quantity"] = why
    if line.unit is not None and (why := _unit(line.unit)):
        wrong[f"{at}.unit"] = why
    if line.target_price is not None:
        if why := _price(line.target_price):
            wrong[f"{at}.target_price"] = why
        elif currency is None:
            wrong["currency"] = N_("Say in which currency your target prices are.")
    if line.hs_code:
        try:
            if not nomenclature.exists(codes.parse_code(line.hs_code)):
                raise TradeError(
                    N_("{code} is not in the Harmonized System (HS 2022)."), code=shown(line.hs_code)
                )
        except TradeError as error:
            wrong[f"{at}.hs_code"] = KervanError(error.message, **error.params)
    if len(line.certificates) > 300:
        wrong[f"{at}.certificates"] = Invalid(N_("At most {n} characters."), n=300)
    return wrong


def _quantity(quantity: int) -> KervanError | None:
    if not 1 <= quantity <= MOST:
        return Invalid(N_("Enter a whole number from {low} to {high}."), low=1, high=MOST)
    return None


def _unit(code: str) -> KervanError | None:
    if code not in units.units():
        return Invalid(
            N_("{code} is no unit of UNECE Recommendation 20 that is used here."), code=shown(code)
        )
    return None


def _price(price: Decimal) -> KervanError | None:
    if not price.is_finite() or not 0 < price <= MOST_PRICE:
        return Invalid(N_("Enter an amount above zero."))
    if money.places(price) > 4:
        return Invalid(N_("At most {places} decimals."), places=4)
    return None


def last_valid(today: date, deadline: date | None = None) -> date:
    """Until when a quote may be valid, for a request with this `deadline`, for others from today."""
    last = today + timedelta(days=MOST_VALID_DAYS)
    return last if deadline is None else min(last, deadline + timedelta(days=VALID_AFTER_DEADLINE))


def check_offered(
    offered: Offered, asked: Mapping[int, object], today: date, deadline: date | None = None
) -> Wrong:
    """What is wrong with a quote, a sentence by field; `asked` holds the inquiry's lines by number.

    A quote for a request is decided on within 30 days of its `deadline`, so it is not valid for longer (domain 3.3).
    """
    wrong: Wrong = {}
    if offered.currency not in money.currencies():
        wrong["currency"] = _no_currency(offered.currency)
        return wrong
    wrong |= _terms(offered.destination, offered.incoterm, offered.place)
    if not offered.place.strip():
        wrong["place"] = Invalid(NO_PLACE)
    last = last_valid(today, deadline)
    if not today <= offered.valid_until <= last:
        wrong["valid_until"] = Invalid(N_("Choose a day from today to {last}."), last=last)
    if offered.lead_days is not None and not 0 <= offered.lead_days <= MOST_LEAD_DAYS:
        wrong["lead_days"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=0, high=MOST_LEAD_DAYS
        )
    for field, longest in (("payment_terms", 300), ("note", 2000)):
        if len(getattr(offered, field)) > longest:
            wrong[field] = Invalid(N_("At most {n} characters."), n=longest)
    wrong |= check_charges(offered.charges, offered.currency)
    if not offered.lines:
        wrong["lines"] = N_("Offer at least one kind of goods.")
    elif len(offered.lines) > MOST_LINES:
        wrong["lines"] = Invalid(N_("At most {limit} kinds of goods."), limit=MOST_LINES)
    for number, line in enumerate(offered.lines[:MOST_LINES], start=1):
        wrong |= _offered_line(f"lines.{number}", line, offered.currency, asked)
    if not wrong and goods_total(offered) + sum(offered.charges.values(), Decimal(0)) > MOST_TOTAL:
        wrong["lines"] = N_("This comes to more than can be written here.")
    if not wrong and goods_total(offered) <= 0:
        wrong["lines"] = N_("The goods come to nothing in this currency. Look at quantity and price.")
    return wrong


def _offered_line(at: str, line: OfferedLine, currency: str, asked: Mapping[int, object]) -> Wrong:
    wrong: Wrong = {}
    if not line.product and not line.name.strip():
        wrong[f"{at}.name"] = N_("Say what it is, or give the SKU of one of your products.")
    elif len(line.name) > 300:
        wrong[f"{at}.name"] = Invalid(N_("At most {n} characters."), n=300)
    if why := _quantity(line.quantity):
        wrong[f"{at}.quantity"] = why
    if why := _unit(line.unit):
        wrong[f"{at}.unit"] = why
    if why := _price(line.unit_price):
        wrong[f"{at}.unit_price"] = why
    elif not wrong and amount(line, currency) <= 0:
        wrong[f"{at}.unit_price"] = N_(
            "The goods come to nothing in this currency. Look at quantity and price."
        )
    if line.currency is not None and line.currency != currency:
        wrong[f"{at}.currency"] = Invalid(
            N_("A quote has one currency: this one is in {currency}, not in {other}."),
            currency=currency,
            other=shown(line.currency),
        )
    if line.asked is not None and line.asked not in asked:
        wrong[f"{at}.asked"] = Invalid(N_("The inquiry has no line {n}."), n=line.asked)
    return wrong


def amount(line: OfferedLine, currency: str) -> Decimal:
    """What a line comes to, rounded to the currency's digits."""
    return money.quantize(line.unit_price * line.quantity, currency)


def goods_total(offered: Offered) -> Decimal:
    """What the goods of a quote come to, without charges."""
    return sum((amount(line, offered.currency) for line in offered.lines), Decimal(0))
