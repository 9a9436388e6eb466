"""The exchange rate to TRY that an invoice in a foreign currency must state: what is known, and what was typed."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from kervan.documents.structs import FxNote
from kervan.errors import Invalid, KervanError
from kervan.trade import law, rates
from kervan.trade.errors import N_, TradeError

TYPED = "TCMB"
"""Source of a rate that the exporter typed; one that the platform knew names its bank and its file."""

TOLERANCE = "TRY_RATE_PERCENT"
"""Figure of the platform: percent from the last known rate above which a typed one must be confirmed."""
MOST_DAYS = "RATE_BUSINESS_DAYS"
"""Figure of the platform: business days that a rate may be older than the invoice, here those of Türkiye."""

_SIX = Decimal("0.000001")
_MOST = Decimal(1_000_000)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The last rate to TRY that the platform knows; `fresh`: young enough to be offered for an invoice."""

    rate: Decimal
    date: date
    source: str
    fresh: bool


def known(currency: str, on: date) -> Known | None:
    """TRY for one unit of the currency by the bank's euro rates at or before a day; None where there are none.

    A cross of two rates, rounded to six decimals: an invoice cannot state more.
    """
    try:
        lira, other = rates.rate_on("TRY", on), rates.rate_on(currency, on)
    except TradeError:
        return None
    rate = (lira.eur_rate / other.eur_rate).quantize(_SIX, rounding=ROUND_HALF_UP).normalize()
    return Known(
        rate=rate,
        date=min(lira.date, other.date) if currency != "EUR" else lira.date,
        source=lira.source,
        fresh=not rates.is_stale(lira, on) and not rates.is_stale(other, on),
    )


def noted(
    currency: str, issued_on: date, rate: Decimal | None, day: date | None, confirmed: bool
) -> FxNote | None:
    """The rate as the invoice states it; None for one in TRY. `confirmed`: the exporter looked at an unusual one again.

    Raises Invalid by the fields try_rate and try_rate_on: missing, of a later day than the invoice, too old, or far
    from the last one known.
    """
    if currency == "TRY":
        return None
    wrong: dict[str, KervanError | str] = {}
    if rate is None:
        wrong["try_rate"] = N_("An invoice in a foreign currency states the rate to TRY.")
    elif not (rate.is_finite() and 0 < rate <= _MOST and rate == rate.quantize(_SIX)):
        wrong["try_rate"] = N_("An exchange rate is above zero and has at most six decimals.")
    if day is None:
        wrong["try_rate_on"] = N_("Say of which day the rate is.")
    elif day > issued_on:
        wrong["try_rate_on"] = N_("The exchange rate is of a later day than the invoice.")
    elif _business_days(day, issued_on) > (most := law.current().figure(MOST_DAYS, issued_on)):
        wrong["try_rate_on"] = Invalid(
            N_("This rate is older than {n} business days. Take the newest one."), n=most
        )
    if wrong or rate is None or day is None:
        raise Invalid(fields=wrong)
    last = known(currency, issued_on)
    if last is not None and not confirmed:
        _require_near(rate, last, currency, law.current().figure(TOLERANCE, issued_on))
    as_known = last is not None and (rate, day) == (last.rate, last.date)
    return FxNote(
        currency=currency,
        to="TRY",
        rate=rate.normalize(),
        date=day,
        source=last.source if last is not None and as_known else TYPED,
    )


def _require_near(rate: Decimal, last: Known, currency: str, percent: int) -> None:
    if abs(rate - last.rate) * 100 <= last.rate * percent:
        return
    raise Invalid(
        fields={
            "try_rate": Invalid(
                N_(
                    "The last rate that we know is {known} TRY for 1 {currency} ({date}); this one is more than"
                    " {percent}% away. Look at it again, and tick the box if it is right."
                ),
                known=f"{last.rate:f}",
                currency=currency,
                date=last.date,
                percent=percent,
            )
        }
    )


def _business_days(first: date, last: date) -> int:
    """Business days in Türkiye after the first day up to and with the last one; stops counting at 31."""
    book, count = law.current(), 0
    for ordinal in range(first.toordinal() + 1, last.toordinal() + 1):
        count += book.is_business_day(date.fromordinal(ordinal))
        if count > 30:
            break
    return count
