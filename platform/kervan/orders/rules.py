"""What an order must say beside its goods: checked in one place for the cart's page, the API and offers."""

from collections.abc import Mapping
from decimal import Decimal

from kervan.documents.structs import LineKind
from kervan.errors import Invalid, KervanError
from kervan.orders.incoterms import INCOTERMS, NO_PLACE
from kervan.orders.structs import Delivery, Wanted
from kervan.orders.tables import Purpose
from kervan.trade import countries
from kervan.trade.errors import N_, shown
from kervan.trade.money import exponent, places

CHARGES: Mapping[str, str] = {
    LineKind.FREIGHT: N_("Freight"),
    LineKind.INSURANCE: N_("Insurance"),
    LineKind.BANK_COMMISSION: N_("Bank commission"),
    LineKind.PACKAGING: N_("Packaging"),
}
PURPOSES: Mapping[str, str] = {
    Purpose.SALE: N_("I buy the goods"),
    Purpose.SAMPLE: N_("Free samples"),
    Purpose.GIFT: N_("A gift"),
    Purpose.REPAIR: N_("Repair or replacement"),
    Purpose.FAIR: N_("For a fair, they go back"),
    Purpose.RETURN: N_("Returned goods"),
}
MOST_CHARGE = Decimal(10_000_000)
_LONGEST = {"name": 200, "street": 200, "city": 80, "postcode": 20, "region": 80, "contact": 120, "phone": 30}


def check(wanted: Wanted) -> dict[str, KervanError]:
    """What is wrong with the head of an order, a sentence for each field; the goods are pricing's."""
    wrong: dict[str, KervanError] = {}
    if not countries.is_country(wanted.destination):
        wrong["destination"] = Invalid(
            N_("{code} is not a country code; write for example DE."), code=shown(wanted.destination)
        )
    elif wanted.destination == "TR":
        wrong["destination"] = Invalid(N_("Orders go abroad. Choose a country other than Türkiye."))
    if wanted.incoterm not in INCOTERMS:
        wrong["incoterm"] = Invalid(
            N_("{code} is not one of the Incoterms 2020."), code=shown(wanted.incoterm)
        )
    if wanted.purpose not in tuple(Purpose):
        wrong["purpose"] = Invalid(N_("Choose one of {values}."), values=", ".join(Purpose))
    if not wanted.place.strip():
        wrong["place"] = Invalid(NO_PLACE)
    elif len(wanted.place) > 120:
        wrong["place"] = Invalid(N_("At most {n} characters."), n=120)
    if len(wanted.note) > 2000:
        wrong["note"] = Invalid(N_("At most {n} characters."), n=2000)
    if len(wanted.payment_terms) > 300:
        wrong["payment_terms"] = Invalid(N_("At most {n} characters."), n=300)
    wrong.update(check_charges(wanted.charges, wanted.currency))
    wrong.update(check_delivery(wanted.delivery))
    return wrong


def check_charges(charges: Mapping[str, Decimal], currency: str | None) -> dict[str, KervanError]:
    """Only the four kinds that the law knows, above zero, with the digits that the currency has."""
    wrong: dict[str, KervanError] = {}
    for kind, amount in charges.items():
        field = f"charges.{kind}"
        if kind not in CHARGES:
            wrong[field] = Invalid(
                N_("{kind} cannot be charged: only freight, insurance, bank commission and packaging."),
                kind=shown(kind),
            )
        elif not amount.is_finite() or not 0 < amount <= MOST_CHARGE:
            wrong[field] = Invalid(N_("Enter an amount above zero."))
        elif currency and places(amount) > exponent(currency):
            wrong[field] = Invalid(
                N_("{currency} has {n} digits after the decimal mark."),
                currency=currency,
                n=exponent(currency),
            )
    return wrong


def check_delivery(delivery: Delivery) -> dict[str, KervanError]:
    """Who receives the goods where: the carrier and the papers need name, street and city."""
    wrong: dict[str, KervanError] = {}
    for field, longest in _LONGEST.items():
        text = getattr(delivery, field)
        if len(text) > longest:
            wrong[f"delivery.{field}"] = Invalid(N_("At most {n} characters."), n=longest)
        elif not text.isprintable():
            wrong[f"delivery.{field}"] = Invalid(
                N_("This holds characters that cannot be shown. Type it again.")
            )
    for field in ("name", "street", "city"):
        if not getattr(delivery, field).strip():
            wrong.setdefault(f"delivery.{field}", Invalid(N_("Please fill this in.")))
    return wrong
