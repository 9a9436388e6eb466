"""The exporter's side of an inquiry: what is asked, the talk, its own quote and nobody else's."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.conversations import files
from kervan.conversations import queries as conversations
from kervan.conversations.compose import CHOOSE_AGAIN
from kervan.conversations.files import LARGEST_BODY
from kervan.conversations.parties import INQUIRY, RFQ
from kervan.errors import Conflict, Invalid, NotFound
from kervan.files.uploads import Upload
from kervan.inquiries import access, fields, fits, queries, queries_own, quote_form, quotes, recipients, rules
from kervan.inquiries.access import Part
from kervan.inquiries.importer_pages import common
from kervan.inquiries.states import LIVE, UNDER_WAY
from kervan.inquiries.structs import QuoteShown
from kervan.orders.tables import Side
from kervan.organisations.desk import frame
from kervan.requests import exporter_queries
from kervan.requests.exporter_queries import Answering
from kervan.trade import countries, law, units
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.formats import unit
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, bdi, page

_NO_DRAFT_OF_FILES = N_("Files go out with the quote. Choose them when you send it.")


async def show(request: Request[Any, Any, Any], org: str, recipient: str, form: Form | None = None) -> Page:
    """What is asked of the firm, the talk about it, and where its quote stands."""
    part = await access.received(signed_in(request), org, recipient)
    if part.recipient is None or part.membership.exporter is None:
        raise NotFound()
    language = language_of(request)
    await recipients.opened(part)
    await conversations.mark_read(INQUIRY, part.recipient, Side.EXPORTER)
    shown = await queries.inquiry(part.inquiry, part.membership.exporter)
    own = await queries.quotes_to(part.recipient, Side.EXPORTER)
    quote = own[0] if own else None
    declined_at, decline_reason = await queries.declined(part.recipient)
    of_request = await exporter_queries.of_recipient(part.recipient)
    takes_quotes = shown.state in UNDER_WAY and (of_request is None or of_request.takes_quotes)
    return page(
        request,
        "inquiries/exporter/inquiry.html",
        status_code=422 if form is not None and not form.ok else 200,
        **common(shown, language),
        form=form or Form(language),
        recipient=recipient,
        buyer=await queries.buyer(part.recipient),
        quote=quote,
        older=own[1:],
        fit=await fits.of(quote, shown.importer, language)
        if quote is not None and quote.terms is not None
        else None,
        became=await queries.became(quote.id) if quote is not None and quote.state == "ACCEPTED" else {},
        declined_at=declined_at,
        decline_reason=decline_reason,
        files=[
            file
            for message in await conversations.thread(RFQ, part.inquiry, Side.EXPORTER)
            for file in message.files
        ],
        messages=await conversations.thread(INQUIRY, part.recipient, Side.EXPORTER),
        open=part.may_act and await queries.talk_open(part.recipient),
        may_act=part.may_act,
        may_quote=part.may_act and takes_quotes and declined_at is None,
        may_step_back=part.may_act and shown.state in UNDER_WAY and declined_at is None,
        verified=part.membership.standing == "VERIFIED",
        **_round(of_request),
        **await frame(request, part.membership, "board" if of_request else "inquiries"),
    )


def _round(of_request: Answering | None) -> dict[str, Any]:
    """The request of the board that is answered (or None), and the day by which its clock runs."""
    return {"of_request": of_request, "today": law.day_of(datetime.now(UTC))}


@post("/desk/{org:str}/inquiries/{recipient:str}/decline", status_code=200)
async def decline(request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]) -> Page:
    """Declines the inquiry with a reason that the importer reads."""
    caller = signed_in(request)
    part = await access.received(caller, org, recipient, act=True)
    form = await forms.read(request)
    try:
        await recipients.decline(caller, part, form.lines("reason", required=False, longest=1000))
        return back(request, f"/desk/{org}/inquiries/{recipient}", said="inquiry-declined")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await show(request, org, recipient, form)


@get("/desk/{org:str}/inquiries/{recipient:str}/quote")
async def edit(request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]) -> Page:
    """The quote as it can be changed: a first one is filled with what is asked."""
    part = await access.received(signed_in(request), org, recipient, act=True)
    quote = await _live(part)
    language = language_of(request)
    today = law.day_of(datetime.now(UTC))
    shown = await queries.inquiry(part.inquiry, part.membership.exporter)
    if quote is not None and (terms := quote.draft or quote.terms) is not None:
        values = quote_form.of_revision(terms, today, language)
        values["destination"] = values["destination"] or shown.destination or ""
    else:
        exporter = part.membership.exporter or 0
        own = await queries_own.own_prices(part.inquiry, exporter)
        town = await queries_own.town(exporter)
        values = {**quote_form.of_inquiry(shown, own, town, today, language)}
    values["version"] = str(quote.version if quote else 0)
    return await _editor(request, part, recipient, Form(language, values), quote)


@post("/desk/{org:str}/inquiries/{recipient:str}/quote", status_code=200, request_max_body_size=LARGEST_BODY)
async def save(request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]) -> Page:
    """Sends the quote with its files, or keeps it as a draft."""
    caller = signed_in(request)
    part = await access.received(caller, org, recipient, act=True)
    form = await forms.read(request)
    send, uploads = not form.value("draft"), await _files(request, form)
    if form.value("more"):
        longer = Form(form.language, None, form.typed)
        if uploads:
            longer.refuse(files.FIELD, CHOOSE_AGAIN)
        return await _editor(request, part, recipient, longer, await _live(part))
    products = await queries_own.by_sku(part.membership.exporter or 0, quote_form.skus(form))
    held = await queries_own.certificates(part.membership.exporter or 0)
    offered, numbers = quote_form.read(form, products, held, law.day_of(datetime.now(UTC)))
    version = form.whole("version", low=0, high=10**9)
    status = 422
    if uploads and not send:
        form.refuse(files.FIELD, _NO_DRAFT_OF_FILES)
    elif offered is not None and version is not None:
        try:
            async with files.kept(uploads) as kept:
                await quotes.save(caller, part, offered, send=send, version=version, files=kept)
            return back(
                request, f"/desk/{org}/inquiries/{recipient}", said="quote-sent" if send else "quote-saved"
            )
        except (Invalid, Conflict) as error:
            status = error.status_code
            fields.take(form, error, numbers)
    if uploads and not form.error(files.FIELD):
        form.refuse(files.FIELD, CHOOSE_AGAIN)
    return await _editor(request, part, recipient, form, await _live(part), status)


async def _files(request: Request[Any, Any, Any], form: Form) -> list[Upload]:
    try:
        return await files.of_form(request)
    except Invalid as error:
        form.take(error)
        return []


async def _live(part: Part) -> QuoteShown | None:
    if part.recipient is None:
        raise NotFound()
    for quote in await queries.quotes_to(part.recipient, Side.EXPORTER):
        if quote.state == "DRAFT" or quote.state in LIVE:
            return quote
    return None


async def _editor(
    request: Request[Any, Any, Any],
    part: Part,
    recipient: str,
    form: Form,
    quote: QuoteShown | None,
    status: int = 422,
) -> Page:
    language = language_of(request)
    shown = await queries.inquiry(part.inquiry, part.membership.exporter)
    today = law.day_of(datetime.now(UTC))
    of_request = await exporter_queries.of_recipient(part.recipient or 0)
    return page(
        request,
        "inquiries/exporter/quote.html",
        status_code=200 if form.ok else status,
        **common(shown, language),
        form=form,
        recipient=recipient,
        quote=quote,
        numbers=fields.rows(form, 1),
        lines_asked={str(line.number): line for line in shown.lines},
        buyer=await queries.buyer(part.recipient or 0),
        held=[(name, bdi(name)) for name in await queries_own.certificates(part.membership.exporter or 0)],
        skus=await queries_own.all_skus(part.membership.exporter or 0, language),
        units=[(code, unit(language, code)) for code in units.units()],
        countries=[entry for entry in countries.countries(language) if entry[0] != "TR"],
        currencies=fields.currencies(),
        latest=rules.last_valid(today, of_request.deadline if of_request else None),
        **_round(of_request),
        **await frame(request, part.membership, "board" if of_request else "inquiries"),
    )


@post("/desk/{org:str}/inquiries/{recipient:str}/quote/discard", status_code=200)
async def discard(request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]) -> Page:
    """Drops the draft; what was sent before stands."""
    caller = signed_in(request)
    await quotes.discard(caller, await access.received(caller, org, recipient, act=True))
    return back(request, f"/desk/{org}/inquiries/{recipient}", said="quote-discarded")


@post("/desk/{org:str}/inquiries/{recipient:str}/quote/withdraw", status_code=200)
async def withdraw(request: Request[Any, Any, Any], org: FromPath[str], recipient: FromPath[str]) -> Page:
    """Takes the quote back."""
    caller = signed_in(request)
    await quotes.withdraw(caller, await access.received(caller, org, recipient, act=True))
    return back(request, f"/desk/{org}/inquiries/{recipient}", said="quote-withdrawn")


ROUTES: list[ControllerRouterHandler] = [decline, edit, save, discard, withdraw]
