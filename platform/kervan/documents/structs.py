"""A trade document's whole content, frozen: what the printed pages, the invoice XML and the rules are made from."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a document is."""

    PROFORMA = "PROFORMA"
    INVOICE = "INVOICE"
    PACKING_LIST = "PACKING_LIST"
    EXPORT_FORM = "EXPORT_FORM"
    """Export information form (İhracat Bilgi Formu), what the carrier declares from."""


class LineKind(StrEnum):
    """What a line of an export invoice may be (domain 1.7, S2:31); nothing else may stand on it."""

    GOODS = "GOODS"
    FREIGHT = "FREIGHT"
    INSURANCE = "INSURANCE"
    BANK_COMMISSION = "BANK_COMMISSION"
    PACKAGING = "PACKAGING"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is. `country` is ISO 3166-1 alpha-2; `region` a province of Türkiye or whatever is said abroad."""

    street: str
    city: str
    country: str
    region: str = ""
    postcode: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A firm on a document, with the numbers it goes by."""

    name: str
    address: Address
    vkn: str | None = None
    """Ten digits; sellers only."""
    tckn: str | None = None
    """Eleven digits, a sole trader without VKN; printed on invoices, nowhere else."""
    tax_office: str | None = None
    mersis: str | None = None
    number_scheme: str | None = None
    """How a foreign number is called (EU_VAT, EORI, LEI ...); the number itself is `number`."""
    number: str | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    is_person: bool = False
    """A buyer who is no firm: the e-Arşiv draft then needs a first and a family name."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of goods. Weights are of the whole line, grams; amounts in the document's currency."""

    number: int
    sku: str
    name_tr: str
    """Goes on the invoice; never empty."""
    name: str
    """In the importer's language, else English."""
    gtip: str
    """12 digits, no dots."""
    origin: str
    """ISO 3166-1 alpha-2."""
    quantity: int
    unit: str
    """UNECE Rec 20 code."""
    unit_price: Decimal
    """Up to four decimals."""
    discount: Decimal = Decimal(0)
    """Taken off quantity × price, at most two decimals."""
    amount: Decimal
    """quantity × unit_price − discount, rounded to the currency's digits."""
    net_g: int
    gross_g: int
    packages: int | None = None
    """How many packages hold it, where known."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What is added to the goods: freight, insurance, bank commission or packaging; one of a kind."""

    kind: LineKind
    amount: Decimal


class FxNote(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen exchange rate: so many units of `to` for one unit of `currency`."""

    currency: str
    to: str
    rate: Decimal
    """At most six decimals."""
    date: date
    source: str


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one document of an order. Everything printed is in here; nothing is looked up again later."""

    kind: Kind
    number: str
    """A proforma's own number; an invoice's e-Arşiv number (three letters or digits, year, nine digits)."""
    version: int
    issued_on: date
    order_number: str
    ordered_on: date
    seller: Party
    buyer: Party
    consignee: Party
    """Where the goods go; mostly the buyer itself."""
    currency: str
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]
    goods_total: Decimal
    """Sum of the lines' amounts."""
    charges_total: Decimal
    total: Decimal
    """Payable: goods_total + charges_total."""
    net_g: int
    gross_g: int
    """Gross weight of the whole shipment, packages included."""
    packages: int | None = None
    package_kind: str = "BX"
    """UNECE Rec 21 code."""
    incoterm: str
    """Incoterms 2020, three letters."""
    place: str
    """Named place of the Incoterm."""
    transport_mode: int = 4
    """UNECE Rec 19: 3 road, 4 air, 5 mail."""
    try_rate: FxNote | None = None
    """To TRY on the day of issue; an invoice in another currency must have it."""
    eur_rate: FxNote | None = None
    """To EUR as the order froze it, for the limits; None for an order in EUR."""
    valid_until: date | None = None
    """Of a proforma."""
    payment_terms: str = ""
    lead_days: int | None = None
    note: str = ""
    carrier: str = ""
    waybill: str = ""
    etgb_number: str = ""
    proforma_number: str = ""
    """On an invoice: the proforma it equals."""
    invoice_number: str = ""
    """On a packing list and an export form: the invoice that goes with the goods."""
    invoice_date: date | None = None
    language: str = "en"
    """The importer's language for the second half of the prints; Turkish is always there."""
    code: str = ""
    """Verification code: 20 letters and digits; the QR leads to {public_url}/verify/{code}."""
