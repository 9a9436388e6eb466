"""What a new row of the law must be, before anybody is asked about it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from kervan.errors import Invalid, KervanError
from kervan.policies.tables import Kind
from kervan.trade import countries, nomenclature
from kervan.trade.errors import N_
from kervan.trade.law import Row

TITLES: Mapping[Kind, str] = {
    Kind.REGIME_LIMIT: N_("Limits of the law"),
    Kind.PLATFORM_LIMIT: N_("Limits of Kervan"),
    Kind.RESTRICTED_GOODS: N_("Restricted goods"),
    Kind.PLATFORM_FIGURE: N_("Terms and figures"),
    Kind.PUBLIC_HOLIDAY: N_("Public holidays"),
    Kind.CARRIER: N_("Carriers"),
}
"""What each kind is called (msgids)."""

KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.REGIME_LIMIT: ("route",),
    Kind.PLATFORM_LIMIT: ("tier",),
    Kind.RESTRICTED_GOODS: ("prefix", "destination"),
    Kind.PLATFORM_FIGURE: ("name",),
    Kind.PUBLIC_HOLIDAY: (),
    Kind.CARRIER: ("code",),
}
"""What two rows of a kind are about the same thing by; of those only one holds at a time. Holidays may coincide."""

_LONGEST = {"legal_ref": 300, "note": 2000, "name": 120, "name_tr": 120, "tracking_url": 300, "contact": 300}
_ABOVE_ZERO = (
    "max_gross_g",
    "max_value_eur",
    "max_open_orders",
    "max_orders_a_day",
)
_MOST = 2_000_000_000
_MOST_AHEAD_DAYS = 3660
_LONGEST_HOLIDAY_DAYS = 31

Wrong = dict[str, KervanError | str]


def check(kind: Kind, row: Row, today: dt.date) -> Wrong:
    """What is wrong with a row that shall begin today or later, a sentence for each field."""
    wrong: Wrong = {}
    _check_days(row, today, wrong)
    if not row.legal_ref.strip():
        wrong["legal_ref"] = N_("Say where this is published or decided.")
    fields: Mapping[str, Any] = {name: getattr(row, name) for name in row.__struct_fields__}
    for name, longest in _LONGEST.items():
        if len(fields.get(name) or "") > longest:
            wrong[name] = Invalid(N_("At most {longest} characters."), longest=longest)
    for name in ("name", "name_tr"):
        if name in fields and not fields[name].strip():
            wrong[name] = N_("Please fill this in.")
    for name in _ABOVE_ZERO:
        figure = fields.get(name)
        if figure is not None and not 0 < figure <= _MOST:
            wrong[name] = N_("Enter a number above zero.")
    if kind is Kind.PLATFORM_FIGURE and not 0 <= fields["figure"] <= _MOST:
        wrong["figure"] = N_("Enter a number from zero on.")
    if kind is Kind.RESTRICTED_GOODS:
        _check_goods(fields, wrong)
    if kind is Kind.PUBLIC_HOLIDAY:
        _check_holiday(row, wrong)
    if kind is Kind.CARRIER:
        _check_carrier(fields, wrong)
    return wrong


def _check_days(row: Row, today: dt.date, wrong: Wrong) -> None:
    if row.valid_from is None:
        wrong["valid_from"] = N_("Please fill this in.")
    elif row.valid_from < today:
        wrong["valid_from"] = N_("This day is past: the law of past days never changes.")
    elif (row.valid_from - today).days > _MOST_AHEAD_DAYS:
        wrong["valid_from"] = N_("This day is more than ten years ahead.")
    elif row.valid_to is not None and row.valid_to < row.valid_from:
        wrong["valid_to"] = N_("The last day cannot be before the first.")


def _check_goods(fields: Mapping[str, Any], wrong: Wrong) -> None:
    prefix = fields["prefix"]
    if not (prefix.isascii() and prefix.isdigit() and 2 <= len(prefix) <= 12):
        wrong["prefix"] = N_("Enter the first 2 to 12 digits of the code.")
    elif not nomenclature.exists(prefix[: min(6, len(prefix) - len(prefix) % 2)]):
        wrong["prefix"] = Invalid(N_("{code} is not in the Harmonized System (HS 2022)."), code=prefix)
    if fields["destination"] is not None and not countries.is_country(fields["destination"]):
        wrong["destination"] = Invalid(
            N_("{code} is not a country code; write for example DE."), code=fields["destination"]
        )


def _check_holiday(row: Row, wrong: Wrong) -> None:
    if row.valid_to is None:
        wrong["valid_to"] = N_("A holiday has a last day.")
    elif row.valid_from is not None and (row.valid_to - row.valid_from).days >= _LONGEST_HOLIDAY_DAYS:
        wrong["valid_to"] = Invalid(N_("A holiday has at most {n} days."), n=_LONGEST_HOLIDAY_DAYS)


def _check_carrier(fields: Mapping[str, Any], wrong: Wrong) -> None:
    code = fields["code"]
    if not (
        2 <= len(code) <= 20 and code.isascii() and code.replace("-", "A").isalnum() and code == code.upper()
    ):
        wrong["code"] = N_("Enter 2 to 20 capital letters, digits or hyphens.")
    address = fields["tracking_url"]
    if address is not None and not address.startswith("https://"):
        wrong["tracking_url"] = N_("The address must begin with https://.")
