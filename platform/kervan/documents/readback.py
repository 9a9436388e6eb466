"""The finished e-Arşiv XML read again: what is fixed by law for a micro-export sale stands in it, and adds up.

Whoever changes the writer, or brings a draft from elsewhere, is held to the same rules (domain 1.7 and 4.7, 5 and 6).
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from kervan.documents import ubl
from kervan.documents.rules import TRANSPORT_MODES, Broken, Rule
from kervan.orders.incoterms import INCOTERMS
from kervan.trade import countries, units
from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.identifiers import tckn, vkn

_ROOT = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
_NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_SUBTOTAL = "cac:TaxTotal/cac:TaxSubtotal"
_TAX = "cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode"
_GTIP = "cac:Delivery/cac:Shipment/cac:GoodsItem/cbc:RequiredCustomsID"
_ONE = Decimal("0.01")
_CHARGE_NAMES = frozenset(ubl.CHARGE_NAMES.values())


def check_invoice(xml: bytes) -> list[Broken]:
    """Every rule that the invoice breaks, `field` being the path inside it; empty for a lawful draft."""
    # A document type could make a small file endless; no invoice has one.
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return [Broken(Rule.FORM, "", N_("This is not an invoice in UBL."))]
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError):
        root = Element("")
    if root.tag != _ROOT:
        return [Broken(Rule.FORM, "", N_("This is not an invoice in UBL."))]
    return [*_head(root), *_parties(root), *_tax(root), *_lines(root), *_sums(root)]


def _text(node: Element, path: str) -> str:
    return (node.findtext(path, "", _NS) or "").strip()


def _head(root: Element) -> Iterator[Broken]:
    if _text(root, "cbc:ProfileID") != ubl.PROFILE:
        yield Broken(
            Rule.PROFILE,
            "ProfileID",
            N_("A micro-export invoice has the scenario EARSIVFATURA, never e-Fatura."),
        )
    if _text(root, "cbc:InvoiceTypeCode") != ubl.INVOICE_TYPE:
        yield Broken(Rule.INVOICE_TYPE, "InvoiceTypeCode", N_("An export invoice has the type ISTISNA."))
    if not re.fullmatch(r"[A-Z0-9]{3}20[0-9]{2}[0-9]{9}", _text(root, "cbc:ID")):
        yield Broken(
            Rule.NUMBER, "ID", N_("An invoice number has three letters or digits, the year and nine digits.")
        )
    if not _text(root, "cac:Signature/cbc:ID"):
        yield Broken(Rule.SIGNATURE, "Signature", N_("The place for the seller's signature is missing."))
    currency = _text(root, "cbc:DocumentCurrencyCode")
    if any(node.get("currencyID", currency) != currency for node in root.iter()):
        yield Broken(Rule.CURRENCY, "", N_("All amounts of an invoice are in one currency."))
    rate = "cac:PricingExchangeRate/cbc:"
    if currency != "TRY" and (
        (_text(root, rate + "SourceCurrencyCode"), _text(root, rate + "TargetCurrencyCode"))
        != (currency, "TRY")
        or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", _text(root, rate + "CalculationRate"))
    ):
        yield Broken(
            Rule.EXCHANGE_RATE,
            "PricingExchangeRate",
            N_("An invoice in {currency} needs the exchange rate to TRY."),
            {"currency": shown(currency)},
        )


def _parties(root: Element) -> Iterator[Broken]:
    for path in (_SELLER, _BUYER):
        where = f"{path}/cac:PostalAddress/cac:Country/cbc:"
        code = _text(root, where + "IdentificationCode")
        if not _text(root, where + "Name") or not countries.is_country(code):
            yield Broken(
                Rule.COUNTRY_NAME,
                where.replace("cac:", "") + "Name",
                N_("Both addresses must name the country; {code} is none."),
                {"code": shown(code)},
            )
    if _text(root, f"{_BUYER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode") == countries.TURKIYE:
        yield Broken(
            Rule.ABROAD,
            "AccountingCustomerParty",
            N_("This is an export: the buyer and the place of delivery are outside Türkiye."),
        )
    number = f"{_SELLER}/cac:PartyIdentification/cbc:ID"
    right = _is(vkn, _text(root, f"{number}[@schemeID='VKN']"))
    right = right or _is(tckn, _text(root, f"{number}[@schemeID='TCKN']"))
    if not right:
        yield Broken(
            Rule.SELLER_NUMBER,
            "AccountingSupplierParty",
            N_("The exporter's tax number (VKN or TCKN) is missing or not correct."),
        )
    if _text(root, f"{_BUYER}/cac:PartyIdentification/cbc:ID[@schemeID='TCKN']") and not (
        _text(root, f"{_BUYER}/cac:Person/cbc:FirstName")
        and _text(root, f"{_BUYER}/cac:Person/cbc:FamilyName")
    ):
        yield Broken(
            Rule.BUYER_PERSON,
            "AccountingCustomerParty",
            N_("A buyer who is a person needs a first and a family name."),
        )


def _is(read: Callable[[str], str], number: str) -> bool:
    try:
        return read(number) == number
    except TradeError:
        return False


def _tax(root: Element) -> Iterator[Broken]:
    owners = [("", root), *((f"InvoiceLine[{at}]/", line) for at, line in _numbered(root))]
    for where, owner in owners:
        field = f"{where}TaxTotal"
        subtotals = owner.findall(_SUBTOTAL, _NS)
        figures = [
            *(amount.text for amount in owner.findall("cac:TaxTotal/cbc:TaxAmount", _NS)),
            *(_text(each, name) for each in subtotals for name in ("cbc:TaxAmount", "cbc:Percent")),
        ]
        codes = {_text(each, _TAX) for each in subtotals}
        if codes != {ubl.VAT_CODE} or any(_number(figure) != 0 for figure in figures):
            yield Broken(
                Rule.NO_VAT, field, N_("An export invoice states KDV with 0 percent and 0, and no other tax.")
            )
        reasons = [
            (_text(each, "cac:TaxCategory/cbc:TaxExemptionReasonCode"), each.find(_REASON, _NS))
            for each in subtotals
        ]
        if not reasons or any(
            code != ubl.REASON_CODE or reason is None or not (reason.text or "").strip()
            for code, reason in reasons
        ):
            yield Broken(
                Rule.EXEMPTION_REASON,
                field,
                N_("The reason for no KDV is 301, export of goods, with its text."),
            )


_REASON = "cac:TaxCategory/cbc:TaxExemptionReason"


def _numbered(root: Element) -> Iterator[tuple[int, Element]]:
    return enumerate(root.findall("cac:InvoiceLine", _NS), start=1)


def _lines(root: Element) -> Iterator[Broken]:
    goods = 0
    for at, line in _numbered(root):
        field = f"InvoiceLine[{at}]"
        unit = line.find("cbc:InvoicedQuantity", _NS)
        if unit is None or unit.get("unitCode") not in units.units():
            yield Broken(
                Rule.UNIT,
                f"{field}/InvoicedQuantity",
                N_("Line {number}: {unit} is not a unit code; write for example C62 or KGM."),
                {"number": at, "unit": shown((unit.get("unitCode") or "") if unit is not None else "")},
            )
        if line.find("cac:Delivery", _NS) is not None:
            goods += 1
            yield from _goods_line(line, field, at)
        elif _text(line, "cac:Item/cbc:Name") not in _CHARGE_NAMES:
            yield Broken(
                Rule.LINE_KIND,
                f"{field}/Item/Name",
                N_(
                    "An invoice holds goods, freight, insurance, bank commission and packaging, nothing else."
                ),
            )
    if not goods:
        yield Broken(Rule.GOODS, "InvoiceLine", N_("The document has no goods."))


def _goods_line(line: Element, field: str, at: int) -> Iterator[Broken]:
    params = {"number": at}
    if not re.fullmatch(r"[0-9]{12}", _text(line, _GTIP)):
        yield Broken(
            Rule.GTIP, f"{field}/{_GTIP}", N_("Line {number}: a GTIP of 12 digits is needed."), params
        )
    origin = _text(line, "cac:Item/cac:OriginCountry/cbc:IdentificationCode")
    if not countries.is_country(origin):
        yield Broken(
            Rule.ORIGIN,
            f"{field}/Item/OriginCountry",
            N_("Line {number}: the country of origin is missing."),
            params,
        )
    if not _text(line, "cac:Item/cbc:Name"):
        yield Broken(
            Rule.TURKISH_NAME, f"{field}/Item/Name", N_("Line {number}: the Turkish name is missing."), params
        )
    term = _text(line, "cac:Delivery/cac:DeliveryTerms/cbc:ID")
    if term not in INCOTERMS:
        yield Broken(
            Rule.INCOTERM,
            f"{field}/Delivery/DeliveryTerms",
            N_("{code} is not one of the eleven Incoterms 2020."),
            {"code": shown(term)},
        )
    mode = _text(line, "cac:Delivery/cac:Shipment/cac:ShipmentStage/cbc:TransportModeCode")
    if mode not in {str(each) for each in TRANSPORT_MODES}:
        yield Broken(
            Rule.TRANSPORT_MODE, f"{field}/Delivery/Shipment", N_("The mode of transport is not known.")
        )
    where = "cac:Delivery/cac:DeliveryAddress/cac:Country/cbc:"
    if not _text(line, where + "Name"):
        yield Broken(
            Rule.COUNTRY_NAME,
            f"{field}/Delivery/DeliveryAddress",
            N_("Both addresses must name the country; {code} is none."),
            {"code": shown(_text(line, where + "IdentificationCode"))},
        )


def _sums(root: Element) -> Iterator[Broken]:
    total = Decimal(0)
    for at, line in _numbered(root):
        written = _number(_text(line, "cbc:LineExtensionAmount"))
        right = _number(_text(line, "cbc:InvoicedQuantity")) * _number(
            _text(line, "cac:Price/cbc:PriceAmount")
        )
        for each in line.findall("cac:AllowanceCharge", _NS):
            sign = 1 if _text(each, "cbc:ChargeIndicator") == "true" else -1
            right += sign * _number(_text(each, "cbc:Amount"))
        # A price may have four decimals, an amount has two: half a cent is rounding.
        if not abs(right - written) < _ONE:
            yield _sum(f"InvoiceLine[{at}]/LineExtensionAmount", written, right)
        total += written
    for name in ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount"):
        written = _number(_text(root, f"cac:LegalMonetaryTotal/cbc:{name}"))
        if written != total:
            yield _sum(f"LegalMonetaryTotal/{name}", written, total)


def _sum(field: str, written: Decimal, right: Decimal) -> Broken:
    return Broken(
        Rule.ARITHMETIC,
        field,
        N_("The sum is wrong: {written} is written, {right} is right."),
        {"written": f"{written:f}", "right": f"{right:f}"},
    )


def _number(text: str | None) -> Decimal:
    """The number that is written, NaN for anything else: NaN equals nothing, so every comparison fails."""
    try:
        found = Decimal(text or "")
    except InvalidOperation:
        return Decimal("NaN")
    return found if found.is_finite() else Decimal("NaN")
