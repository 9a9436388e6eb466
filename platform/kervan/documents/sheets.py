"""What a print says, word for word, before it is laid out: every label and figure in one language, as plain data.

Templates under templates/documents only place these texts. An empty field of the paper leaves no line behind.
"""

from collections.abc import Iterable
from functools import partial

import msgspec

from kervan.documents import labels
from kervan.documents.structs import Address, Kind, Line, Paper, Party
from kervan.documents.words import in_words
from kervan.trade.codes import format_gtip
from kervan.trade.errors import N_
from kervan.trade.money import currency_name, exponent
from kervan.web import formats, i18n


class Fact(msgspec.Struct, frozen=True):
    """A label with what is said under it."""

    label: str
    value: str
    more: str = ""


class Block(msgspec.Struct, frozen=True):
    """A firm: what it is on this document, its name, address lines, and its numbers."""

    label: str
    name: str
    address: tuple[str, ...]
    numbers: tuple[Fact, ...]


class Column(msgspec.Struct, frozen=True):
    """A column of the table of goods; `key` tells the template its width and side."""

    key: str
    label: str
    more: str = ""


class Cell(msgspec.Struct, frozen=True):
    """What stands in the table, with smaller lines under it."""

    text: str
    more: tuple[str, ...] = ()


class Sum(msgspec.Struct, frozen=True):
    """A row under the goods; the payable total is `strong`."""

    label: str
    value: str
    strong: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A whole print in one language."""

    language: str
    title: str
    number: str
    version: str
    running: str
    """Head of the second and later pages."""
    pages: str
    """"Page {page} of {pages}", to be filled by the template, which alone knows how many there are."""
    meta: tuple[Fact, ...]
    seller: Block
    parties: tuple[Block, ...]
    terms: tuple[Fact, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    headings: dict[str, str]
    """Of the parts that are boxes on the export form."""
    shipment: tuple[Fact, ...]
    sums: tuple[Sum, ...]
    in_words: str
    statements: tuple[Fact, ...]
    signature: str
    sign_fields: tuple[str, ...]
    sign_hint: str
    verify: str
    code: str
    address: str
    """Where the code can be typed in, without scheme."""


def sheet(paper: Paper, language: str, address: str) -> Sheet:
    """The paper's texts for a reader of `language`; `address` is where its verification page is."""
    said = labels.label_language(language)
    say = partial(i18n.translate, said)
    return Sheet(
        language=said,
        title=say(labels.TITLES[paper.kind]),
        number=paper.number,
        version=say(N_("Version {version}"), version=paper.version),
        running=f"{say(labels.TITLES[paper.kind])} {paper.number}",
        pages=say(N_("Page {page} of {pages}")),
        meta=_meta(paper, said),
        seller=_party(paper, say(_SELLERS.get(paper.kind, N_("Seller"))), paper.seller, said),
        parties=_parties(paper, said),
        terms=_terms(paper, said),
        headings={part: say(heading) for part, heading in _HEADINGS.items()},
        columns=_columns(paper, said),
        rows=tuple(_row(paper, line, said) for line in paper.lines),
        shipment=_shipment(paper, said),
        sums=_sums(paper, said),
        in_words=_in_words(paper, said),
        statements=_statements(paper, said),
        signature=say(N_("Signature and stamp")),
        sign_fields=(say(N_("Name and title")), say(N_("Date of signature"))),
        sign_hint=say(N_("Signed by hand and stamped, unless signed electronically.")),
        verify=say(N_("Check that this document is genuine")),
        code=paper.code,
        address=(address.partition("://")[2] or address).removesuffix(f"/{paper.code}"),
    )


_PAYABLE = (Kind.PROFORMA, Kind.INVOICE)
_HEADINGS = {
    "sale": N_("Invoice and sale"),
    "transport": N_("Packages and transport"),
    "goods": N_("Goods"),
    "declarations": N_("Declarations"),
}
_SELLERS = {Kind.EXPORT_FORM: N_("Exporter"), Kind.PACKING_LIST: N_("Exporter")}


def _facts(language: str, *facts: tuple[str, str | None] | tuple[str, str | None, str]) -> tuple[Fact, ...]:
    """The facts that have something to say; labels are msgids."""
    return tuple(Fact(i18n.gettext(language, fact[0]), fact[1], *fact[2:]) for fact in facts if fact[1])


def _in_words(paper: Paper, language: str) -> str:
    words = in_words(language, paper.total, paper.currency) if paper.kind in _PAYABLE else ""
    return i18n.translate(language, N_("In words: {amount}"), amount=words) if words else ""


def _meta(paper: Paper, language: str) -> tuple[Fact, ...]:
    invoice = paper.kind is Kind.INVOICE
    return _facts(
        language,
        (N_("Date of issue"), formats.day(language, paper.issued_on)),
        (N_("Order number"), paper.order_number, formats.day(language, paper.ordered_on)),
        (N_("Valid until"), formats.day(language, paper.valid_until)),
        (N_("Proforma number"), paper.proforma_number),
        (N_("Invoice number"), paper.invoice_number, formats.day(language, paper.invoice_date)),
        (N_("Invoice type"), i18n.gettext(language, N_("e-Arşiv, exempt (ISTISNA)")) if invoice else ""),
        (N_("ETGB number"), paper.etgb_number),
    )


def _lines_of(address: Address, language: str) -> tuple[str, ...]:
    """As an envelope has it, the country's name last."""
    city = " ".join(filter(None, (address.postcode, address.city)))
    region = address.region if address.region != address.city else ""
    town = ", ".join(filter(None, (city, region)))
    return tuple(filter(None, (address.street, town, formats.country(language, address.country))))


def _party(paper: Paper, label: str, party: Party, language: str) -> Block:
    # A sole trader's TCKN stands on invoices and nowhere else.
    tckn = party.tckn if paper.kind is Kind.INVOICE else None
    return Block(
        label=label,
        name=party.name,
        address=_lines_of(party.address, language),
        numbers=_facts(
            language,
            (N_("Tax office"), party.tax_office),
            (N_("Tax no. (VKN)"), party.vkn),
            (N_("Identity no. (TCKN)"), tckn),
            (N_("MERSİS number"), party.mersis),
        )
        + _facts(language, (labels.number_name(language, party), party.number))
        + _facts(
            language,
            (N_("Contact"), party.contact),
            (N_("Phone"), party.phone),
            (N_("E-mail"), party.email),
            (N_("Website"), party.website if paper.kind is not Kind.EXPORT_FORM else None),
        ),
    )


def _parties(paper: Paper, language: str) -> tuple[Block, ...]:
    buyer = _party(paper, i18n.gettext(language, N_("Sold to")), paper.buyer, language)
    if paper.consignee == paper.buyer:
        label = i18n.gettext(language, N_("Sold and shipped to"))
        return (msgspec.structs.replace(buyer, label=label),)
    return buyer, _party(paper, i18n.gettext(language, N_("Shipped to")), paper.consignee, language)


def _terms(paper: Paper, language: str) -> tuple[Fact, ...]:
    delivery = (N_("Delivery terms"), f"{paper.incoterm} {paper.place}", "Incoterms® 2020")
    if paper.kind is Kind.PACKING_LIST:
        return _facts(language, delivery, *_transport(paper, language))
    return _facts(
        language,
        delivery,
        (N_("Terms of payment"), paper.payment_terms),
        (
            N_("Currency"),
            paper.currency,
            currency_name(paper.currency, i18n.BY_CODE[language].locale.replace("_", "-")),
        ),
        (N_("Lead time"), formats.days(language, paper.lead_days) if paper.kind is Kind.PROFORMA else ""),
    )


def _transport(paper: Paper, language: str) -> tuple[tuple[str, str], ...]:
    mode = labels.MODES.get(paper.transport_mode)
    return (
        (N_("Mode of transport"), i18n.gettext(language, mode) if mode else ""),
        (N_("Carrier of the goods"), paper.carrier),
        (N_("Waybill"), paper.waybill),
    )


def _columns(paper: Paper, language: str) -> tuple[Column, ...]:
    say = partial(i18n.gettext, language)
    start = (
        Column("no", say(N_("Line"))),
        Column("goods", say(N_("Description of goods"))),
        Column("gtip", say(N_("GTIP")), say(N_("Origin"))),
        Column("quantity", say(N_("Quantity"))),
    )
    weights = (Column("net", say(N_("Net kg"))), Column("gross", say(N_("Gross kg"))))
    amount = Column("amount", say(N_("Amount")), paper.currency)
    if paper.kind is Kind.PACKING_LIST:
        return (*start, Column("packages", say(N_("Packages"))), *weights)
    if paper.kind is Kind.EXPORT_FORM:
        return (*start, *weights, amount)
    prices: tuple[Column, ...] = (Column("price", say(N_("Unit price")), paper.currency),)
    if _discounted(paper):
        prices += (Column("discount", say(N_("Discount")), paper.currency),)
    return (*start, *prices, amount)


def _price_digits(paper: Paper) -> int:
    """Decimals of the finest price, so that the marks of all stand under each other."""
    given = (-int(line.unit_price.normalize().as_tuple().exponent) for line in paper.lines)
    return max(exponent(paper.currency), *given)


def _discounted(paper: Paper) -> bool:
    return any(line.discount for line in paper.lines)


def _row(paper: Paper, line: Line, language: str) -> tuple[Cell, ...]:
    count, unit = labels.quantity(language, line.quantity, line.unit)
    gtip = Cell(format_gtip(line.gtip), (formats.country(language, line.origin),))
    start = (Cell(str(line.number)), _goods(line, language), gtip, Cell(count, (unit,)))
    weights = (Cell(labels.kilograms(language, line.net_g)), Cell(labels.kilograms(language, line.gross_g)))
    amount = Cell(labels.amount(language, line.amount, paper.currency))
    if paper.kind is Kind.PACKING_LIST:
        packages = "" if line.packages is None else i18n.figure(line.packages, language)
        return (*start, Cell(packages), *weights)
    if paper.kind is Kind.EXPORT_FORM:
        return (*start, *weights, amount)
    prices: tuple[Cell, ...] = (Cell(labels.price(language, line.unit_price, _price_digits(paper))),)
    if _discounted(paper):
        prices += (_discount(paper, line, language),)
    return (*start, *prices, amount)


def _goods(line: Line, language: str) -> Cell:
    # The Turkish print is wholly Turkish; the other one says what customs reads as well.
    if language == "tr":
        return Cell(line.name_tr, (line.sku,))
    turkish = "" if line.name_tr == line.name else f" · {line.name_tr}"
    return Cell(line.name, (line.sku + turkish,))


def _discount(paper: Paper, line: Line, language: str) -> Cell:
    if not line.discount:
        return Cell("")
    percent = labels.share(language, line.discount, line.amount + line.discount)
    return Cell(labels.amount(language, line.discount, paper.currency), (percent,))


def _shipment(paper: Paper, language: str) -> tuple[Fact, ...]:
    """Packages, weights and the way they go; a packing list has them as its sums."""
    if paper.kind is Kind.PACKING_LIST:
        return ()
    return _facts(
        language,
        (N_("Packages"), formats.unit_count(language, paper.packages, paper.package_kind)),
        (N_("Net weight"), f"{labels.kilograms(language, paper.net_g)} kg"),
        (N_("Gross weight"), f"{labels.kilograms(language, paper.gross_g)} kg"),
        *_transport(paper, language),
    )


def _weighed(paper: Paper, language: str) -> tuple[Sum, ...]:
    say = partial(i18n.gettext, language)
    packages = formats.unit_count(language, paper.packages, paper.package_kind)
    return (
        *((Sum(say(N_("Packages")), packages),) if packages else ()),
        Sum(say(N_("Net weight")), f"{labels.kilograms(language, paper.net_g)} kg"),
        Sum(say(N_("Gross weight")), f"{labels.kilograms(language, paper.gross_g)} kg", strong=True),
    )


def _sums(paper: Paper, language: str) -> tuple[Sum, ...]:
    if paper.kind is Kind.PACKING_LIST:
        return _weighed(paper, language)
    say = partial(i18n.gettext, language)
    amount = partial(labels.amount, language, currency=paper.currency)
    rows = [Sum(say(N_("Total of goods")), amount(paper.goods_total))]
    rows += [Sum(say(labels.CHARGES[charge.kind]), amount(charge.amount)) for charge in paper.charges]
    if paper.kind is Kind.INVOICE:
        # Domain 1.7, S2:33: the field must be there, with nothing in it.
        rows.append(Sum(say(N_("VAT (KDV) 0%")), amount(paper.total * 0)))
    payable = N_("Total payable") if paper.kind is not Kind.EXPORT_FORM else N_("Invoice total")
    return (*rows, Sum(say(payable), f"{amount(paper.total)} {paper.currency}", strong=True))


def _statements(paper: Paper, language: str) -> tuple[Fact, ...]:
    return _facts(language, *_spoken(paper, partial(i18n.translate, language), language))


def _spoken(paper: Paper, say: partial[str], language: str) -> Iterable[tuple[str, str | None]]:
    """The sentences under the goods, by kind of document."""
    rates = [labels.rate(language, note) for note in (paper.try_rate, paper.eur_rate) if note]
    if paper.kind is Kind.INVOICE:
        yield N_("VAT exemption"), say(_EXEMPTION)
    if paper.kind is not Kind.PACKING_LIST:
        yield N_("Exchange rate"), "\n".join(rates)
    yield N_("Declaration of origin"), _origin(paper, say, language)
    if paper.kind is Kind.INVOICE or paper.kind is Kind.EXPORT_FORM:
        yield N_("Kind of sale"), say(N_("Final sale of commercial goods (kat'i satış)."))
    if paper.kind is Kind.PROFORMA:
        yield N_("About this document"), say(N_("A proforma invoice is an offer; it is no invoice for tax."))
    if paper.kind is Kind.EXPORT_FORM:
        yield N_("Indirect representation"), _authority(paper, say)
        yield N_("Declaration of the exporter"), say(_DECLARED)
    yield N_("Note"), paper.note


_EXEMPTION = N_("301: export of goods, VAT Law 3065, article 11/1-a. VAT (KDV) rate 0%.")
_DECLARED = N_("We declare that everything stated on this form is true and agrees with the invoice.")


def _origin(paper: Paper, say: partial[str], language: str) -> str:
    codes = dict.fromkeys(line.origin for line in paper.lines)
    country = formats.list_of(language, [formats.country(language, code) for code in codes])
    if len(codes) == 1:
        return say(N_("We declare that the goods listed above originate in: {country}."), country=country)
    return say(
        N_("We declare that the goods originate in the countries stated on each line: {country}."),
        country=country,
    )


def _authority(paper: Paper, say: partial[str]) -> str:
    if paper.carrier:
        return say(
            N_("We authorise {carrier} to declare these goods to customs as our indirect representative."),
            carrier=paper.carrier,
        )
    return say(
        N_(
            "We authorise the express carrier to declare these goods to customs as our indirect representative."
        )
    )
