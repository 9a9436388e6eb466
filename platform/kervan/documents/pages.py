"""The desk's pages of an order's papers: proforma, invoice, packing, and every file that was issued."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.documents import choices, desk, exchange, numbers, service, shelf
from kervan.documents.desk import Opened
from kervan.documents.structs import Address, Kind
from kervan.documents.wanted import (
    LONGEST_NOTE,
    LONGEST_TERMS,
    MOST_PACKAGES,
    MOST_TOTAL,
    MOST_VALID_DAYS,
    OLDEST_INVOICE_DAYS,
    InvoiceWanted,
    PackingWanted,
    ProformaWanted,
)
from kervan.errors import KervanError
from kervan.files import answers
from kervan.orders.deadlines import today
from kervan.orders.tables import Side, State
from kervan.web import forms
from kervan.web.formats import weight
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back

USUAL_VALID_DAYS = 15
_MOST_RATE = Decimal(1_000_000)


@get("/desk/{org:str}/orders/{order:str}/proforma")
async def proforma(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """What the proforma will say, and the little that has to be said yet; or its correction."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    if here.order.state not in (State.ACCEPTED, State.PROFORMA_SENT):
        return back(request, here.path)
    return await _proforma(request, here, Form(language_of(request), await _proforma_initial(here)))


async def _proforma_initial(here: Opened) -> dict[str, str]:
    live = await shelf.live(here.order.id, Kind.PROFORMA)
    who = live.paper.buyer.address if live else await choices.office(here.order)
    terms = here.order.terms
    lead = live.paper.lead_days if live else terms.lead_days
    return {
        "valid_until": (today() + timedelta(days=USUAL_VALID_DAYS)).isoformat(),
        "payment_terms": live.paper.payment_terms if live else terms.payment_terms,
        "lead_days": "" if lead is None else str(lead),
        "note": live.paper.note if live else "",
        "street": who.street,
        "city": who.city,
        "postcode": who.postcode,
        "transport_mode": str(live.paper.transport_mode) if live else "4",
    }


async def _proforma(
    request: Request[Any, Any, Any], here: Opened, form: Form, refusal: KervanError | None = None
) -> Page:
    return await desk.form_page(
        request,
        "documents/proforma.html",
        here,
        form,
        refusal=refusal,
        corrects=here.order.state == State.PROFORMA_SENT,
        modes=choices.modes(form.language),
        first=today(),
        last=today() + timedelta(days=MOST_VALID_DAYS),
    )


@post("/desk/{org:str}/orders/{order:str}/proforma", status_code=200)
async def send_proforma(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Issues the proforma; the importer is asked to confirm it."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    until = form.day("valid_until")
    reason = form.lines("reason", required=False, longest=500)
    lead = form.whole("lead_days", low=0, high=365, required=False)
    office = Address(
        street=form.text("street", required=False, longest=200),
        city=form.text("city", longest=80),
        postcode=form.text("postcode", required=False, longest=20),
        country=here.order.importer.country,
    )
    terms = form.text("payment_terms", required=False, longest=LONGEST_TERMS)
    note = form.lines("note", required=False, longest=LONGEST_NOTE)
    mode = form.choice("transport_mode", choices.MODES)
    refusal: KervanError | None = None
    if form.ok and until is not None:
        wanted = ProformaWanted(
            valid_until=until,
            payment_terms=terms,
            lead_days=lead,
            note=note,
            office=office,
            transport_mode=int(mode),
        )
        version = desk.seen_version(form)
        try:
            if here.order.state == State.PROFORMA_SENT:
                await service.correct_proforma(here.caller, here.party, version, wanted, reason)
            else:
                await service.issue_proforma(here.caller, here.party, version, wanted)
            return back(request, here.path, said="proforma-sent")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _proforma(request, here, form, refusal)


@get("/desk/{org:str}/orders/{order:str}/invoice")
async def invoice(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """What the invoice will say, its number and the rate of its day; or its correction."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    if here.order.state not in (State.CONFIRMED, State.INVOICED):
        return back(request, here.path)
    day = today()
    language = language_of(request)
    known = exchange.known(here.order.terms.currency, day)
    offered = known if known is not None and known.fresh else None
    live = await shelf.live(here.order.id, Kind.INVOICE)
    rate = live.paper.try_rate if live else offered
    values = {
        "number": await numbers.next_number(here.order.exporter.id, day.year),
        "issued_on": day.isoformat(),
        "try_rate": choices.typed(rate.rate, language) if rate else "",
        "try_rate_on": rate.date.isoformat() if rate else "",
        "note": live.paper.note if live else "",
    }
    return await _invoice(request, here, Form(language, values))


async def _invoice(
    request: Request[Any, Any, Any], here: Opened, form: Form, refusal: KervanError | None = None
) -> Page:
    day = today()
    return await desk.form_page(
        request,
        "documents/invoice.html",
        here,
        form,
        refusal=refusal,
        corrects=here.order.state == State.INVOICED,
        known=exchange.known(here.order.terms.currency, day),
        proforma=await shelf.live(here.order.id, Kind.PROFORMA),
        first=day - timedelta(days=OLDEST_INVOICE_DAYS),
        last=day,
        asks_rate=here.order.terms.currency != "TRY",
        # The box appears when a rate was refused as unusual, and stays while it is ticked.
        asks_again=bool(form.error("try_rate")) or bool(form.value("rate_confirmed")),
    )


@post("/desk/{org:str}/orders/{order:str}/invoice", status_code=200)
async def send_invoice(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Issues the invoice with its e-Arşiv draft."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    number = form.text("number", longest=40)
    issued_on = form.day("issued_on")
    in_lira = here.order.terms.currency == "TRY"
    rate = form.decimal("try_rate", low=Decimal("0.000001"), high=_MOST_RATE, places=6, required=not in_lira)
    rate_on = form.day("try_rate_on", required=not in_lira)
    stated = form.decimal("stated_total", low=Decimal(0), high=MOST_TOTAL, places=2, required=False)
    note = form.lines("note", required=False, longest=LONGEST_NOTE)
    reason = form.lines("reason", required=False, longest=500)
    refusal: KervanError | None = None
    if form.ok and issued_on is not None:
        wanted = InvoiceWanted(
            number=number,
            issued_on=issued_on,
            try_rate=rate,
            try_rate_on=rate_on,
            rate_confirmed=form.ticked("rate_confirmed"),
            stated_total=stated,
            note=note,
        )
        version = desk.seen_version(form)
        try:
            if here.order.state == State.INVOICED:
                await service.correct_invoice(here.caller, here.party, version, wanted, reason)
            else:
                await service.issue_invoice(here.caller, here.party, version, wanted)
            return back(request, here.path, said="invoice-issued")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _invoice(request, here, form, refusal)


@get("/desk/{org:str}/orders/{order:str}/packing")
async def packing(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """How the goods are packed: for the packing list and the export information form."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    if here.order.state not in service.PACKABLE:
        return back(request, here.path)
    language = language_of(request)
    live = await shelf.live(here.order.id, Kind.PACKING_LIST)
    proforma = await shelf.live(here.order.id, Kind.PROFORMA)
    paper = live.paper if live else proforma.paper if proforma else None
    values = {
        "packages": str(paper.packages) if paper and paper.packages else "",
        "package_kind": live.paper.package_kind if live else "CT",
        "gross_g": weight(language, paper.gross_g if paper else here.order.terms.gross_weight_g),
        "transport_mode": str(paper.transport_mode) if paper else "4",
        "note": live.paper.note if live else "",
    }
    for line in paper.lines if paper else ():
        values[f"packages_{line.number}"] = str(line.packages) if line.packages else ""
    return await _packing(request, here, Form(language, values))


async def _packing(
    request: Request[Any, Any, Any], here: Opened, form: Form, refusal: KervanError | None = None
) -> Page:
    return await desk.form_page(
        request,
        "documents/packing.html",
        here,
        form,
        refusal=refusal,
        kinds=choices.package_kinds(form.language),
        modes=choices.modes(form.language),
        with_form=here.order.state == State.INVOICED,
        corrects=await shelf.live(here.order.id, Kind.PACKING_LIST) is not None,
    )


@post("/desk/{org:str}/orders/{order:str}/packing", status_code=200)
async def send_packing(request: Request[Any, Any, Any], org: FromPath[str], order: FromPath[str]) -> Page:
    """Issues the packing list and, with the invoice, the export information form."""
    here = await desk.opened(request, org, order, Side.EXPORTER)
    form = await forms.read(request)
    packages = form.whole("packages", low=1, high=MOST_PACKAGES)
    kind = form.choice("package_kind", choices.PACKAGE_KINDS)
    gross = desk.grams(form, "gross_g")
    mode = form.choice("transport_mode", choices.MODES)
    note = form.lines("note", required=False, longest=LONGEST_NOTE)
    counts = {
        line.number: count
        for line in here.order.terms.lines
        if (count := form.whole(f"packages_{line.number}", low=1, high=MOST_PACKAGES, required=False))
    }
    refusal: KervanError | None = None
    if form.ok and packages is not None:
        wanted = PackingWanted(
            packages=packages,
            package_kind=kind,
            gross_g=gross,
            line_packages=counts,
            transport_mode=int(mode),
            note=note,
        )
        try:
            await service.issue_packing(here.caller, here.party, desk.seen_version(form), wanted)
            return back(request, here.path, said="packing-issued")
        except KervanError as error:
            refusal = desk.take_refusal(form, error)
    return await _packing(request, here, form, refusal)


@get("/desk/{org:str}/orders/{order:str}/documents/{document:str}/{file:str}")
async def download(
    request: Request[Any, Any, Any],
    org: FromPath[str],
    order: FromPath[str],
    document: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """A file of a document for the two parties: pdf-tr, pdf-en or xml."""
    here = await desk.opened(request, org, order, act=False)
    return answers.download(*await shelf.file(here.order.id, document, file))


ROUTES: list[ControllerRouterHandler] = [
    proforma, send_proforma, invoice, send_invoice, packing, send_packing, download,
]  # fmt: skip
