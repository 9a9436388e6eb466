"""The e-Arşiv draft of an export invoice as UBL-TR 2.1 XML, as GİB's rules of 2026-07 read it.

A draft: it carries no signature of the seller, only the places for one. The exporter's own integrator or GİB's portal
signs and sends it. Everything that is fixed for a micro-export sale is fixed here: scenario EARSIVFATURA, type
ISTISNA, reason 301 (KDV Kanunu 11/1-a), KDV 0 % of 0.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from uuid import NAMESPACE_URL, uuid5

from kervan.documents.markup import clean, element, leaf
from kervan.documents.rules import require
from kervan.documents.structs import Address, Charge, Line, LineKind, Paper, Party
from kervan.trade.codes import format_gtip
from kervan.trade.countries import country_name
from kervan.trade.errors import ascii_digits

PROFILE = "EARSIVFATURA"
INVOICE_TYPE = "ISTISNA"
REASON_CODE = "301"
REASON = "11/1-a Mal ihracatı"
VAT_CODE = "0015"

# An e-Arşiv invoice has no field for a buyer without a Turkish number; practice fills these in. Both fail the
# check digit and must never be stored anywhere else.
FOREIGN_FIRM = "2222222222"
FOREIGN_PERSON = "11111111111"

CHARGE_NAMES = {
    LineKind.FREIGHT: "Navlun",
    LineKind.INSURANCE: "Sigorta",
    LineKind.BANK_COMMISSION: "Banka komisyonu",
    LineKind.PACKAGING: "Paketleme",
}
"""How an invoice line of a charge is called."""

_CENT = Decimal("0.01")
_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<Invoice xmlns="{_ROOT}Invoice-2" xmlns:cac="{_ROOT}CommonAggregateComponents-2"'
    f' xmlns:cbc="{_ROOT}CommonBasicComponents-2" xmlns:ext="{_ROOT}CommonExtensionComponents-2">'
)
# The schema wants one element where the signature will stand.
_EXTENSIONS = (
    "<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent>"
    '<draft xmlns="urn:kervan:draft"/>'
    "</ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>"
)


def earsiv(paper: Paper) -> bytes:
    """The invoice as UTF-8 XML; the same paper gives the same bytes. kervan.errors.Invalid when it breaks a rule."""
    require(paper)
    parts = (
        _EXTENSIONS,
        *_head(paper),
        _signature(paper.seller),
        element("cac:AccountingSupplierParty", _seller(paper.seller)),
        element("cac:AccountingCustomerParty", _buyer(paper.buyer)),
        _exchange_rate(paper),
        _no_vat(paper.total, paper.currency),
        _totals(paper),
        *(_goods_line(line, paper) for line in paper.lines),
        *(
            _charge_line(charge, len(paper.lines) + place, paper.currency)
            for place, charge in enumerate(paper.charges, start=1)
        ),
    )
    return f"{_OPEN}{''.join(parts)}</Invoice>\n".encode()


def uuid_of(paper: Paper) -> str:
    """The document's ETTN: the same for the same version, another one for each version."""
    return str(uuid5(NAMESPACE_URL, f"kervan:invoice:{paper.code}:{paper.number}:{paper.version}"))


def _head(paper: Paper) -> Iterator[str]:
    yield leaf("cbc:UBLVersionID", "2.1")
    yield leaf("cbc:CustomizationID", "TR1.2")
    yield leaf("cbc:ProfileID", PROFILE)
    yield leaf("cbc:ID", paper.number)
    yield leaf("cbc:CopyIndicator", "false")
    yield leaf("cbc:UUID", uuid_of(paper))
    yield leaf("cbc:IssueDate", paper.issued_on.isoformat())
    yield leaf("cbc:InvoiceTypeCode", INVOICE_TYPE)
    yield from (leaf("cbc:Note", note) for note in _notes(paper))
    yield leaf("cbc:DocumentCurrencyCode", paper.currency)
    yield leaf("cbc:LineCountNumeric", str(len(paper.lines) + len(paper.charges)))
    yield element(
        "cac:OrderReference",
        leaf("cbc:ID", paper.order_number),
        leaf("cbc:IssueDate", paper.ordered_on.isoformat()),
    )


def _notes(paper: Paper) -> Iterator[str]:
    # In Turkish, whatever the buyer speaks: the tax office and the customs read them.
    number = f"; ETGB no: {paper.etgb_number}" if paper.etgb_number else ""
    yield f"Mikro ihracat: ETGB ile çıkış{number}"
    yield f"Sipariş no: {paper.order_number}"
    if paper.proforma_number:
        yield f"Proforma fatura no: {paper.proforma_number}"
    packages = f", {paper.packages} kap" if paper.packages else ""
    yield f"Sevkiyat: brüt {_comma(_kg(paper.gross_g))} kg, net {_comma(_kg(paper.net_g))} kg{packages}"
    if paper.consignee != paper.buyer:
        yield f"Teslim alan: {paper.consignee.name}"
    if paper.carrier or paper.waybill:
        yield "Taşıyıcı: " + ", ".join(filter(None, (paper.carrier, paper.waybill)))
    if paper.try_rate and paper.currency != "TRY":
        rate = paper.try_rate
        worth = _comma(f"{rate.rate:f}")
        yield f"Kur: 1 {rate.currency} = {worth} {rate.to}, {rate.date:%d.%m.%Y}, {rate.source}"
    if paper.payment_terms:
        yield f"Ödeme: {paper.payment_terms}"
    if paper.code:
        yield f"Doğrulama kodu: {paper.code}"
    yield paper.note


def _signature(seller: Party) -> str:
    return element(
        "cac:Signature",
        leaf("cbc:ID", _number(seller), schemeID="VKN_TCKN"),
        element(
            "cac:SignatoryParty",
            _identification(_number(seller), _scheme(seller)),
            _address("cac:PostalAddress", seller.address),
        ),
        element(
            "cac:DigitalSignatureAttachment",
            element("cac:ExternalReference", leaf("cbc:URI", "#Signature")),
        ),
    )


def _seller(seller: Party) -> str:
    return _party(
        seller,
        _identification(_number(seller), _scheme(seller)),
        _identification(seller.mersis, "MERSISNO"),
        tax_scheme=_tax_office(seller.tax_office),
        person=_person(seller.name) if seller.vkn is None else "",
    )


def _buyer(buyer: Party) -> str:
    if buyer.is_person:
        return _party(buyer, _identification(FOREIGN_PERSON, "TCKN"), person=_person(buyer.name))
    return _party(
        buyer,
        _identification(FOREIGN_FIRM, "VKN"),
        legal_entity=element(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", buyer.name),
            leaf("cbc:CompanyID", ascii_digits(buyer.number or "")),
        ),
    )


def _party(
    party: Party, *identifications: str, tax_scheme: str = "", legal_entity: str = "", person: str = ""
) -> str:
    return element(
        "cac:Party",
        leaf("cbc:WebsiteURI", party.website),
        *identifications,
        element("cac:PartyName", leaf("cbc:Name", party.name)),
        _address("cac:PostalAddress", party.address),
        tax_scheme,
        legal_entity,
        _contact(party),
        person,
    )


def _contact(party: Party) -> str:
    inside = (
        leaf("cbc:Name", party.contact)
        + leaf("cbc:Telephone", ascii_digits(party.phone or ""))
        + leaf("cbc:ElectronicMail", party.email)
    )
    return element("cac:Contact", inside) if inside else ""


def _identification(number: str | None, scheme: str) -> str:
    return element("cac:PartyIdentification", leaf("cbc:ID", number, schemeID=scheme)) if number else ""


def _number(seller: Party) -> str:
    return seller.vkn or seller.tckn or ""


def _scheme(seller: Party) -> str:
    return "VKN" if seller.vkn else "TCKN"


def _tax_office(name: str | None) -> str:
    return element("cac:PartyTaxScheme", element("cac:TaxScheme", leaf("cbc:Name", name)))


def _person(name: str) -> str:
    first, _, family = clean(name).rpartition(" ")
    # Some people have one name only; both fields must be filled.
    return element("cac:Person", leaf("cbc:FirstName", first or "-"), leaf("cbc:FamilyName", family))


def _address(name: str, address: Address) -> str:
    # In Türkiye the city of UBL-TR is the province and its subdivision the district.
    city, part = address.city, address.region or address.city
    if address.country == "TR":
        city, part = part, city
    return element(
        name,
        leaf("cbc:StreetName", address.street),
        leaf("cbc:CitySubdivisionName", part),
        leaf("cbc:CityName", city),
        leaf("cbc:PostalZone", ascii_digits(address.postcode)),
        _country("cac:Country", address.country),
    )


def _country(name: str, code: str) -> str:
    return element(name, leaf("cbc:IdentificationCode", code), leaf("cbc:Name", _turkish_country(code)))


@cache
def _turkish_country(code: str) -> str:
    return country_name(code, "tr")


def _exchange_rate(paper: Paper) -> str:
    rate = paper.try_rate
    if paper.currency == "TRY" or rate is None:
        return ""
    return element(
        "cac:PricingExchangeRate",
        leaf("cbc:SourceCurrencyCode", rate.currency),
        leaf("cbc:TargetCurrencyCode", rate.to),
        leaf("cbc:CalculationRate", f"{rate.rate:f}"),
        leaf("cbc:Date", rate.date.isoformat()),
    )


def _no_vat(taxable: Decimal, currency: str) -> str:
    return element(
        "cac:TaxTotal",
        _amount("cbc:TaxAmount", Decimal(0), currency),
        element(
            "cac:TaxSubtotal",
            _amount("cbc:TaxableAmount", taxable, currency),
            _amount("cbc:TaxAmount", Decimal(0), currency),
            leaf("cbc:Percent", "0"),
            element(
                "cac:TaxCategory",
                leaf("cbc:TaxExemptionReasonCode", REASON_CODE),
                leaf("cbc:TaxExemptionReason", REASON),
                element("cac:TaxScheme", leaf("cbc:Name", "KDV"), leaf("cbc:TaxTypeCode", VAT_CODE)),
            ),
        ),
    )


def _totals(paper: Paper) -> str:
    # Discounts are inside the lines, so nothing is taken off the document.
    names = ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    return element(
        "cac:LegalMonetaryTotal", *(_amount(f"cbc:{name}", paper.total, paper.currency) for name in names)
    )


def _goods_line(line: Line, paper: Paper) -> str:
    description = (
        line.name_tr,
        f"GTİP {format_gtip(line.gtip)}",
        f"Menşe: {_turkish_country(line.origin)}",
        line.name if line.name != line.name_tr else "",
    )
    return element(
        "cac:InvoiceLine",
        leaf("cbc:ID", str(line.number)),
        leaf("cbc:InvoicedQuantity", str(line.quantity), unitCode=line.unit),
        _amount("cbc:LineExtensionAmount", line.amount, paper.currency),
        _delivery(line, paper),
        *_allowances(line, paper.currency),
        _no_vat(line.amount, paper.currency),
        element(
            "cac:Item",
            leaf("cbc:Description", " · ".join(filter(None, description))),
            leaf("cbc:Name", line.name_tr),
            element("cac:SellersItemIdentification", leaf("cbc:ID", line.sku)),
            _country("cac:OriginCountry", line.origin),
        ),
        _price(line.unit_price, paper.currency),
    )


def _delivery(line: Line, paper: Paper) -> str:
    packages = line.packages
    if packages is None and len(paper.lines) == 1:
        packages = paper.packages
    return element(
        "cac:Delivery",
        _address("cac:DeliveryAddress", paper.consignee.address),
        element(
            "cac:DeliveryTerms",
            leaf("cbc:ID", paper.incoterm, schemeID="INCOTERMS"),
            leaf("cbc:SpecialTerms", paper.place),
        ),
        element(
            "cac:Shipment",
            leaf("cbc:ID", str(line.number)),
            *_weights(line),
            element(
                "cac:GoodsItem",
                *_weights(line),
                leaf("cbc:Quantity", str(line.quantity), unitCode=line.unit),
                leaf("cbc:RequiredCustomsID", line.gtip),
            ),
            element("cac:ShipmentStage", leaf("cbc:TransportModeCode", str(paper.transport_mode))),
            element(
                "cac:TransportHandlingUnit",
                element(
                    "cac:ActualPackage",
                    leaf("cbc:ID", str(line.number)),
                    leaf("cbc:Quantity", str(packages) if packages else None),
                    leaf("cbc:PackagingTypeCode", paper.package_kind),
                ),
            ),
        ),
    )


def _weights(line: Line) -> tuple[str, str]:
    return (
        leaf("cbc:GrossWeightMeasure", _kg(line.gross_g), unitCode="KGM"),
        leaf("cbc:NetWeightMeasure", _kg(line.net_g), unitCode="KGM"),
    )


def _allowances(line: Line, currency: str) -> Iterator[str]:
    worth = line.quantity * line.unit_price
    if line.discount:
        yield element(
            "cac:AllowanceCharge",
            leaf("cbc:ChargeIndicator", "false"),
            leaf("cbc:AllowanceChargeReason", "İskonto"),
            leaf("cbc:MultiplierFactorNumeric", f"{line.discount / worth:.6f}"),
            _amount("cbc:Amount", line.discount, currency),
            _amount("cbc:BaseAmount", worth, currency),
        )
    # A currency without decimals (JPY) rounds more than GİB's readers forgive; the line says so itself.
    rounding = (line.amount - (worth - line.discount)).quantize(_CENT, ROUND_HALF_UP)
    if rounding:
        yield element(
            "cac:AllowanceCharge",
            leaf("cbc:ChargeIndicator", "true" if rounding > 0 else "false"),
            leaf("cbc:AllowanceChargeReason", "Yuvarlama"),
            _amount("cbc:Amount", abs(rounding), currency),
        )


def _charge_line(charge: Charge, number: int, currency: str) -> str:
    return element(
        "cac:InvoiceLine",
        leaf("cbc:ID", str(number)),
        leaf("cbc:InvoicedQuantity", "1", unitCode="C62"),
        _amount("cbc:LineExtensionAmount", charge.amount, currency),
        _no_vat(charge.amount, currency),
        element("cac:Item", leaf("cbc:Name", CHARGE_NAMES[charge.kind])),
        _price(charge.amount, currency),
    )


def _price(price: Decimal, currency: str) -> str:
    digits = max(2, -int(price.normalize().as_tuple().exponent))
    return element("cac:Price", leaf("cbc:PriceAmount", f"{price:.{digits}f}", currencyID=currency))


def _amount(name: str, amount: Decimal, currency: str) -> str:
    """Two decimals, whatever the currency: more are refused by GİB and two are always right."""
    return leaf(name, f"{amount.quantize(_CENT, ROUND_HALF_UP):f}", currencyID=currency)


def _kg(grams: int) -> str:
    return f"{Decimal(grams).scaleb(-3):f}"


def _comma(number: str) -> str:
    """The number as it is read in Turkish, where 9.500 is nine thousand five hundred."""
    return number.replace(".", ",")
