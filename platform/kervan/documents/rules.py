"""What a paper of an export order must keep beyond GİB's own rules, each rule by its name.

GİB's schematron lets pass a GTIP of 8 digits, a missing origin, a wrong check digit of the seller, reason 302 and
wrong sums (domain 5.2); customs and carriers do not (domain 1.7). `readback` looks at the finished XML.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from kervan.documents.markup import clean
from kervan.documents.structs import Kind, Line, LineKind, Paper, Party
from kervan.errors import Invalid, KervanError
from kervan.orders.incoterms import INCOTERMS
from kervan.trade import codes, countries, identifiers, money, units
from kervan.trade.errors import N_, TradeError, shown

TRANSPORT_MODES = frozenset({1, 2, 3, 4, 5, 6, 8})
"""UNECE Recommendation 19: sea, rail, road, air, mail, multimodal, inland water. 0, 7 and 9 name no vehicle."""

PACKAGE_KINDS = frozenset(
    {
        *("BA", "BE", "BG", "BL", "BO", "BX", "CA", "CR", "CS", "CT", "DR", "EN"),
        *("JR", "NE", "PA", "PC", "PK", "PX", "RL", "RO", "SA", "TN", "TU"),
    }
)
"""UNECE Recommendation 21: barrel, bundle, bag, bale, bottle, box, can, crate, case, carton, drum, envelope, jar,
unpacked, packet, parcel, package, pallet, reel, roll, sack, tin, tube."""

CHARGES = frozenset(LineKind) - {LineKind.GOODS}

MOST_DIGITS = 15
"""Before the decimal mark of an amount on an e-Arşiv invoice."""

_INVOICE_NUMBER = re.compile(r"[A-Z0-9]{3}(20[0-9]{2})[0-9]{9}")


class Rule(StrEnum):
    """The rules by name: those of the paper, then those of the finished XML."""

    NUMBER = "NUMBER"
    DATES = "DATES"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    COUNTRY_NAME = "COUNTRY_NAME"
    ABROAD = "ABROAD"
    SELLER_NUMBER = "SELLER_NUMBER"
    TAX_OFFICE = "TAX_OFFICE"
    GOODS = "GOODS"
    LINE_KIND = "LINE_KIND"
    GTIP = "GTIP"
    ORIGIN = "ORIGIN"
    TURKISH_NAME = "TURKISH_NAME"
    UNIT = "UNIT"
    QUANTITY = "QUANTITY"
    PRICE = "PRICE"
    WEIGHT = "WEIGHT"
    PACKAGES = "PACKAGES"
    CURRENCY = "CURRENCY"
    AMOUNT = "AMOUNT"
    ARITHMETIC = "ARITHMETIC"
    EXCHANGE_RATE = "EXCHANGE_RATE"
    INCOTERM = "INCOTERM"
    TRANSPORT_MODE = "TRANSPORT_MODE"

    FORM = "FORM"
    PROFILE = "PROFILE"
    INVOICE_TYPE = "INVOICE_TYPE"
    EXEMPTION_REASON = "EXEMPTION_REASON"
    NO_VAT = "NO_VAT"
    SIGNATURE = "SIGNATURE"
    BUYER_PERSON = "BUYER_PERSON"


class Broken(msgspec.Struct, frozen=True):
    """A rule that is not kept: where (lines[2].gtip) and the sentence (an English msgid with its params)."""

    rule: Rule
    field: str
    message: str
    params: Mapping[str, object] = {}

    def error(self) -> KervanError:
        """The sentence as pages and the API show it."""
        return Invalid(self.message, None, **self.params)


def check(paper: Paper) -> list[Broken]:
    """Every rule that the paper breaks, in the order of the paper; empty for one that may be issued.

    An invoice must keep more than a proforma: the shape of its number, the rate to TRY, the seller's tax office.
    """
    return [
        *_head(paper),
        *_seller(paper),
        *_party("seller", paper.seller),
        *_party("buyer", paper.buyer),
        *_party("consignee", paper.consignee),
        *_abroad(paper),
        *_lines(paper),
        *_charges(paper),
        *_amounts(paper),
        *_weights(paper),
        *_delivery(paper),
    ]


def require(paper: Paper) -> None:
    """Nothing when the invoice keeps all rules; Invalid with a sentence for each field otherwise."""
    if paper.kind != Kind.INVOICE:
        raise Invalid(N_("Only an invoice can be written as an e-Arşiv draft."))
    if broken := check(paper):
        raise Invalid(
            N_("This document cannot be issued: {count} of its rules are not kept."),
            fields={each.field: each.error() for each in broken},
            count=len(broken),
        )


def _head(paper: Paper) -> Iterator[Broken]:
    if paper.kind == Kind.INVOICE:
        match = _INVOICE_NUMBER.fullmatch(paper.number)
        if match is None:
            yield Broken(
                Rule.NUMBER,
                "number",
                N_("An invoice number has three letters or digits, the year and nine digits."),
            )
        elif int(match[1]) != paper.issued_on.year:
            yield Broken(
                Rule.NUMBER, "number", N_("The year in the invoice number is not the year of issue.")
            )
        if paper.ordered_on > paper.issued_on:
            yield Broken(
                Rule.DATES, "issued_on", N_("An invoice cannot be issued before the goods were ordered.")
            )
        yield from _rate(paper)
    elif not clean(paper.number):
        yield Broken(Rule.NUMBER, "number", N_("The document has no number."))


def _rate(paper: Paper) -> Iterator[Broken]:
    if paper.currency == "TRY":
        return
    rate = paper.try_rate
    if rate is None:
        sentence = N_("An invoice in {currency} needs the exchange rate to TRY.")
    elif (rate.currency, rate.to) != (paper.currency, "TRY"):
        sentence = N_("The exchange rate is not one from {currency} to TRY.")
    elif not rate.rate.is_finite() or rate.rate <= 0 or rate.rate != round(rate.rate, 6):
        sentence = N_("An exchange rate is above zero and has at most six decimals.")
    elif rate.date > paper.issued_on:
        sentence = N_("The exchange rate is of a later day than the invoice.")
    else:
        return
    params = {"currency": shown(paper.currency)} if "{currency}" in sentence else {}
    yield Broken(Rule.EXCHANGE_RATE, "try_rate", sentence, params)


def _seller(paper: Paper) -> Iterator[Broken]:
    seller = paper.seller
    field = "seller.tckn" if seller.vkn is None and seller.tckn else "seller.vkn"
    try:
        if seller.vkn is not None:
            right = identifiers.vkn(seller.vkn) == seller.vkn
        else:
            right = bool(seller.tckn) and identifiers.tckn(seller.tckn or "") == seller.tckn
    except TradeError:
        right = False
    if not right:
        yield Broken(
            Rule.SELLER_NUMBER,
            field,
            N_("The exporter's tax number (VKN or TCKN) is missing or not correct."),
        )
    # VUK (Law 213) art. 230/1-3: the seller's tax office stands on every invoice.
    if paper.kind == Kind.INVOICE and not clean(seller.tax_office or ""):
        yield Broken(
            Rule.TAX_OFFICE,
            "seller.tax_office",
            N_("An invoice names the exporter's tax office; it is missing."),
        )
    if countries.is_country(seller.address.country) and seller.address.country != countries.TURKIYE:
        yield Broken(Rule.ABROAD, "seller.address.country", N_("The exporter's address must be in Türkiye."))


def _party(who: str, party: Party) -> Iterator[Broken]:
    address = party.address
    if not clean(party.name):
        yield Broken(Rule.NAME, f"{who}.name", N_("A party of this document has no name."))
    if not countries.is_country(address.country):
        yield Broken(
            Rule.COUNTRY_NAME,
            f"{who}.address.country",
            N_("Both addresses must name the country; {code} is none."),
            {"code": shown(address.country)},
        )
    if not clean(address.city):
        yield Broken(Rule.ADDRESS, f"{who}.address.city", N_("An address needs a city."))
    # Importers need not tell the street of their office; the goods must find theirs.
    if who != "buyer" and not clean(address.street):
        yield Broken(Rule.ADDRESS, f"{who}.address.street", N_("An address needs a street."))


def _abroad(paper: Paper) -> Iterator[Broken]:
    for who, party in (("buyer", paper.buyer), ("consignee", paper.consignee)):
        if party.address.country == countries.TURKIYE:
            yield Broken(
                Rule.ABROAD,
                f"{who}.address.country",
                N_("This is an export: the buyer and the place of delivery are outside Türkiye."),
            )


def _lines(paper: Paper) -> Iterator[Broken]:
    if not paper.lines:
        yield Broken(Rule.GOODS, "lines", N_("The document has no goods."))
    if [line.number for line in paper.lines] != list(range(1, len(paper.lines) + 1)):
        yield Broken(Rule.GOODS, "lines", N_("The lines must be numbered 1, 2, 3 and so on."))
    for at, line in enumerate(paper.lines):
        params = {"number": line.number, "unit": shown(line.unit)}
        for rule, field, kept, sentence in _rules_of(line):
            if not kept:
                yield Broken(rule, f"lines[{at}].{field}", sentence, params)


def _rules_of(line: Line) -> Iterator[tuple[Rule, str, bool, str]]:
    """Rule, field, whether it is kept, and the sentence where it is not."""
    price = line.unit_price
    fits = price.is_finite() and price > 0 and _fits(price, 4)
    yield Rule.GTIP, "gtip", _is_gtip(line.gtip), N_("Line {number}: a GTIP of 12 digits is needed.")
    yield (
        *(Rule.ORIGIN, "origin", countries.is_country(line.origin)),
        N_("Line {number}: the country of origin is missing."),
    )
    yield (
        *(Rule.TURKISH_NAME, "name_tr", bool(clean(line.name_tr))),
        N_("Line {number}: the Turkish name is missing."),
    )
    yield Rule.NAME, "sku", bool(clean(line.sku)), N_("Line {number}: the product code is missing.")
    yield (
        *(Rule.UNIT, "unit", line.unit in units.units()),
        N_("Line {number}: {unit} is not a unit code; write for example C62 or KGM."),
    )
    yield (
        *(Rule.QUANTITY, "quantity", line.quantity >= 1),
        N_("Line {number}: the quantity must be 1 or more."),
    )
    yield (
        *(Rule.PRICE, "unit_price", fits),
        N_("Line {number}: a price is above zero and has at most four decimals."),
    )
    yield (
        *(Rule.WEIGHT, "gross_g", 0 < line.net_g <= line.gross_g),
        N_("Line {number}: the gross weight cannot be below the net weight, and both are above zero."),
    )


def _is_gtip(code: str) -> bool:
    try:
        return codes.parse_gtip(code) == code
    except TradeError:
        return False


def _charges(paper: Paper) -> Iterator[Broken]:
    seen: set[str] = set()
    for at, charge in enumerate(paper.charges):
        if charge.kind not in CHARGES:
            yield Broken(
                Rule.LINE_KIND,
                f"charges[{at}].kind",
                N_(
                    "An invoice holds goods, freight, insurance, bank commission and packaging, nothing else."
                ),
            )
        elif charge.kind in seen:
            yield Broken(Rule.LINE_KIND, f"charges[{at}].kind", N_("The same charge is there twice."))
        seen.add(charge.kind)


def _amounts(paper: Paper) -> Iterator[Broken]:
    """Σ lines + charges − discounts = payable, to the currency's digits (4.7, invariant 7)."""
    # GİB reads two decimals; an amount in Kuwaiti dinar has three.
    if paper.currency not in money.currencies() or money.exponent(paper.currency) > 2:
        yield Broken(
            Rule.CURRENCY,
            "currency",
            N_("{code} is not a currency that an invoice can be written in."),
            {"code": shown(paper.currency)},
        )
        return
    digits = money.exponent(paper.currency)
    wrong = list(_unfit_amounts(paper, digits))
    yield from wrong
    if wrong:
        return
    for at, line in enumerate(paper.lines):
        if not line.unit_price.is_finite():
            continue
        right = line.quantity * line.unit_price - line.discount
        # An amount of more digits than Decimal counts with cannot be rounded, and none is written that long.
        if right.adjusted() >= MOST_DIGITS or line.amount != money.quantize(right, paper.currency):
            yield _sum(f"lines[{at}].amount", line.amount, right)
    for field, written, parts in (
        ("goods_total", paper.goods_total, [line.amount for line in paper.lines]),
        ("charges_total", paper.charges_total, [charge.amount for charge in paper.charges]),
        ("total", paper.total, [paper.goods_total, paper.charges_total]),
    ):
        if written != sum(parts, Decimal(0)):
            yield _sum(field, written, sum(parts, Decimal(0)))


def _sum(field: str, written: Decimal, right: Decimal) -> Broken:
    return Broken(
        Rule.ARITHMETIC,
        field,
        N_("The sum is wrong: {written} is written, {right} is right."),
        {"written": f"{written:f}", "right": f"{right:f}"},
    )


def _unfit_amounts(paper: Paper, digits: int) -> Iterator[Broken]:
    amounts = [
        *((f"lines[{at}].amount", line.amount, digits, False) for at, line in enumerate(paper.lines)),
        *((f"lines[{at}].discount", line.discount, 2, True) for at, line in enumerate(paper.lines)),
        *((f"charges[{at}].amount", charge.amount, digits, False) for at, charge in enumerate(paper.charges)),
        ("goods_total", paper.goods_total, digits, False),
        ("charges_total", paper.charges_total, digits, True),
        ("total", paper.total, digits, False),
    ]
    for field, amount, decimals, may_be_zero in amounts:
        if not (
            amount.is_finite() and _fits(amount, decimals) and (amount > 0 or may_be_zero and amount == 0)
        ):
            yield Broken(
                Rule.AMOUNT,
                field,
                N_(
                    "An amount is above zero, has at most {digits} digits and no more decimals than its currency."
                ),
                {"digits": MOST_DIGITS},
            )


def _fits(amount: Decimal, decimals: int) -> bool:
    """Whether a finite number has no more than these decimals and fits on an invoice."""
    return amount.adjusted() < MOST_DIGITS and -int(amount.normalize().as_tuple().exponent) <= decimals


def _weights(paper: Paper) -> Iterator[Broken]:
    if not 0 < paper.net_g <= paper.gross_g:
        yield Broken(
            Rule.WEIGHT,
            "gross_g",
            N_("The gross weight cannot be below the net weight, and both are above zero."),
        )
    if paper.net_g != sum(line.net_g for line in paper.lines):
        yield Broken(Rule.WEIGHT, "net_g", N_("The net weight is not the sum of the lines."))
    if paper.package_kind not in PACKAGE_KINDS:
        yield Broken(
            Rule.PACKAGES,
            "package_kind",
            N_("{code} is not a kind of package."),
            {"code": shown(paper.package_kind)},
        )
    counts = [("packages", paper.packages)]
    counts += [(f"lines[{at}].packages", line.packages) for at, line in enumerate(paper.lines)]
    for field, count in counts:
        if count is not None and count < 1:
            yield Broken(Rule.PACKAGES, field, N_("The number of packages must be 1 or more."))


def _delivery(paper: Paper) -> Iterator[Broken]:
    if paper.incoterm not in INCOTERMS:
        yield Broken(
            Rule.INCOTERM,
            "incoterm",
            N_("{code} is not one of the eleven Incoterms 2020."),
            {"code": shown(paper.incoterm)},
        )
    if not clean(paper.place):
        yield Broken(Rule.INCOTERM, "place", N_("An Incoterm needs a named place."))
    if paper.transport_mode not in TRANSPORT_MODES:
        yield Broken(Rule.TRANSPORT_MODE, "transport_mode", N_("The mode of transport is not known."))
