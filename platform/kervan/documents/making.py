"""The papers of an order before they are issued: what each says beside the order's terms, and what it must keep."""

from datetime import date, timedelta

import msgspec

from kervan.documents import exchange, issuing, papers, shelf
from kervan.documents.differences import differences
from kervan.documents.errors import Differs
from kervan.documents.judging import judged
from kervan.documents.numbers import checked_number
from kervan.documents.structs import Kind, Paper, Party
from kervan.documents.wanted import (
    MOST_TOTAL,
    MOST_VALID_DAYS,
    OLDEST_INVOICE_DAYS,
    InvoiceWanted,
    PackingWanted,
    ProformaWanted,
    too_much,
)
from kervan.errors import Conflict, Invalid, KervanError
from kervan.orders.deadlines import today
from kervan.orders.errors import Refused
from kervan.orders.structs import OrderDetail
from kervan.policies import book, rates
from kervan.trade.errors import N_


def require_allowed(
    order: OrderDetail, on: date, gross_g: int | None = None, *, rate_of_today: bool = False
) -> None:
    verdict = judged(order, on, gross_g=gross_g, rate_of_today=rate_of_today)
    if not verdict.allowed:
        raise Refused(verdict)


def require_room(wanted: ProformaWanted | InvoiceWanted | PackingWanted) -> None:
    if wrong := too_much(wanted):
        raise Invalid(fields=wrong)


async def proforma(order: OrderDetail, wanted: ProformaWanted) -> Paper:
    require_room(wanted)
    day = today()
    if wanted.valid_until < day:
        raise Invalid(fields={"valid_until": N_("This day is past.")})
    if wanted.valid_until > day + timedelta(days=MOST_VALID_DAYS):
        raise Invalid(
            fields={
                "valid_until": Invalid(N_("A proforma is valid for at most {n} days."), n=MOST_VALID_DAYS)
            }
        )
    office = wanted.office and msgspec.structs.replace(wanted.office, country=order.importer.country)
    who = await papers.parties(order, office)
    version = await issuing.next_version(order.id, Kind.PROFORMA)
    paper = papers.draft(
        Kind.PROFORMA,
        order,
        who,
        number=papers.own_number(Kind.PROFORMA, order, version),
        version=version,
        issued_on=day,
        code=issuing.new_code(),
    )
    paper = msgspec.structs.replace(
        paper,
        valid_until=wanted.valid_until,
        payment_terms=wanted.payment_terms or paper.payment_terms,
        lead_days=paper.lead_days if wanted.lead_days is None else wanted.lead_days,
        note=wanted.note,
        transport_mode=wanted.transport_mode,
    )
    issuing.require_rules(paper)
    return paper


async def invoice(order: OrderDetail, wanted: InvoiceWanted) -> Paper:
    require_room(wanted)
    await book.refresh()
    await rates.refresh()
    proforma = await shelf.live(order.id, Kind.PROFORMA)
    if proforma is None:
        raise Conflict(N_("There is no proforma that the importer has confirmed."))
    day, agreed = today(), proforma.paper
    wrong = _wrong_day(wanted.issued_on, day, agreed.issued_on)
    number = await checked_number(order.exporter.id, wanted.number, wanted.issued_on, wrong)
    if wrong:
        raise Invalid(fields=wrong)
    stated = wanted.stated_total
    if stated is not None and not (stated.is_finite() and 0 <= stated <= MOST_TOTAL):
        raise Invalid(fields={"stated_total": N_("Enter an amount above zero.")})
    rate = exchange.noted(
        order.terms.currency, wanted.issued_on, wanted.try_rate, wanted.try_rate_on, wanted.rate_confirmed
    )
    require_allowed(order, day, rate_of_today=True)
    who = await papers.parties(order, agreed.buyer.address)
    paper = papers.draft(
        Kind.INVOICE,
        order,
        # Both agreed to these firms as the proforma names them; the tax authority wants the seller's numbers of today.
        papers.Parties(
            seller=_seller(agreed.seller, who.seller),
            buyer=agreed.buyer,
            consignee=agreed.consignee,
            language=agreed.language,
        ),
        number=number,
        version=await issuing.next_version(order.id, Kind.INVOICE),
        issued_on=wanted.issued_on,
        code=issuing.new_code(),
    )
    paper = msgspec.structs.replace(
        paper,
        try_rate=rate,
        payment_terms=agreed.payment_terms,
        lead_days=agreed.lead_days,
        transport_mode=agreed.transport_mode,
        proforma_number=agreed.number,
        note=wanted.note,
    )
    said = paper.total if stated is None else stated
    if found := differences(agreed, msgspec.structs.replace(paper, total=said)):
        raise Differs(found)
    packed = await shelf.live(order.id, Kind.PACKING_LIST)
    if packed is not None:
        paper = _as_packed(paper, packed.paper)
    issuing.require_rules(paper)
    return paper


def _wrong_day(issued_on: date, day: date, proforma_on: date) -> dict[str, KervanError | str]:
    if issued_on > day:
        return {"issued_on": N_("This day has not come yet.")}
    earliest = max(proforma_on, day - timedelta(days=OLDEST_INVOICE_DAYS))
    if issued_on < earliest:
        return {"issued_on": Invalid(N_("Not before {day}."), day=earliest)}
    return {}


def _seller(agreed: Party, now: Party) -> Party:
    return msgspec.structs.replace(
        agreed, vkn=now.vkn, tckn=now.tckn, tax_office=now.tax_office, mersis=now.mersis
    )


def _as_packed(paper: Paper, packed: Paper) -> Paper:
    counts = {line.number: line.packages for line in packed.lines if line.packages}
    return msgspec.structs.replace(
        paper,
        lines=papers.with_packages(paper.lines, counts),
        packages=packed.packages,
        package_kind=packed.package_kind,
        gross_g=packed.gross_g,
        transport_mode=packed.transport_mode,
    )


async def packed(kind: Kind, order: OrderDetail, wanted: PackingWanted) -> Paper:
    proforma = await shelf.live(order.id, Kind.PROFORMA)
    if proforma is None:
        raise Conflict(N_("There is no proforma that the importer has confirmed."))
    agreed = proforma.paper
    invoice = await shelf.live(order.id, Kind.INVOICE)
    version = await issuing.next_version(order.id, kind)
    paper = papers.draft(
        kind,
        order,
        papers.Parties(
            seller=agreed.seller,
            buyer=agreed.buyer,
            consignee=agreed.consignee,
            language=agreed.language,
        ),
        number=papers.own_number(kind, order, version),
        version=version,
        issued_on=today(),
        code=issuing.new_code(),
    )
    unknown = set(wanted.line_packages) - {line.number for line in paper.lines}
    if unknown or sum(wanted.line_packages.values()) > wanted.packages:
        raise Invalid(
            fields={
                "packages": Invalid(
                    N_("The lines need {n} packages, more than there are."),
                    n=sum(wanted.line_packages.values()),
                )
                if not unknown
                else Invalid(N_("There is no line {number}."), number=min(unknown))
            }
        )
    paper = msgspec.structs.replace(
        paper,
        lines=papers.with_packages(paper.lines, wanted.line_packages),
        packages=wanted.packages,
        package_kind=wanted.package_kind,
        gross_g=wanted.gross_g,
        transport_mode=wanted.transport_mode,
        note=wanted.note,
        proforma_number=agreed.number,
        invoice_number=invoice.number if invoice else "",
        invoice_date=invoice.paper.issued_on if invoice else None,
    )
    issuing.require_rules(paper)
    return paper
