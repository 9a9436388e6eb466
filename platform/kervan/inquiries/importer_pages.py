"""The importer's side of an inquiry: quotes side by side, a talk with each exporter, one that is taken."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import signed_in
from kervan.conversations import queries as conversations
from kervan.conversations.parties import INQUIRY, RFQ
from kervan.errors import Conflict, Invalid, NotFound
from kervan.inquiries import accepting, access, fields, fits, queries, quotes, service
from kervan.inquiries.access import Part
from kervan.inquiries.checklist import STEPS
from kervan.inquiries.states import INQUIRY_NAMES, LIVE, QUOTE_NAMES, TONES, UNDER_WAY
from kervan.inquiries.structs import Fit, InquiryShown, QuoteShown, RecipientShown
from kervan.orders.errors import Refused
from kervan.orders.incoterms import INCOTERMS
from kervan.orders.rules import CHARGES
from kervan.orders.tables import Side
from kervan.organisations.desk import frame
from kervan.organisations.tables import Kind
from kervan.policies import sentences
from kervan.requests import answering, own_queries
from kervan.trade.verdict import Refusal
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One quote in the comparison."""

    recipient: RecipientShown
    quote: QuoteShown
    fit: Fit
    per_unit: Decimal | None
    """Total by quantity, where all lines are in one unit."""
    unit: str | None
    covers: int
    """How many of the lines that are asked for it answers."""
    cheapest: bool = False
    quickest: bool = False


async def show(request: Request[Any, Any, Any], org: str, inquiry: str, form: Form | None = None) -> Page:
    """The inquiry with everybody who was asked, and the quotes side by side."""
    part = await access.asked(signed_in(request), org, inquiry)
    shown = await queries.inquiry(part.inquiry)
    recipients = await queries.recipients(part.inquiry)
    columns = await _columns(shown, recipients, language_of(request), by_post=_by_post(part))
    live = [column for column in columns if column.quote.state in LIVE]
    taken = next((r for r in recipients if r.quote is not None and r.quote.state == "ACCEPTED"), None)
    return page(
        request,
        "inquiries/importer/compare.html",
        status_code=422 if form is not None and not form.ok else 200,
        **common(shown, language_of(request)),
        form=form or Form(language_of(request)),
        recipients=recipients,
        columns=columns,
        # The one to go on with: the only one on the short list, the only one there is, or the cheapest.
        next_step=_next(live),
        taken=taken,
        became=await queries.became(taken.quote.id) if taken is not None and taken.quote is not None else {},
        files=[
            file
            for message in await conversations.thread(RFQ, part.inquiry, Side.IMPORTER)
            for file in message.files
        ],
        may_act=part.may_act,
        **await _round(request, part),
    )


async def _round(request: Request[Any, Any, Any], part: Part) -> dict[str, Any]:
    """What stands round the page, and the request on the board to which the inquiry holds the answers (or None)."""
    found = dict(await own_queries.request_of(part.inquiry))
    if found:
        desk = f"/desk/{part.membership.public_id}" if part.membership.kind == Kind.IMPORTER else "/staff"
        found["path"] = f"{desk}/requests/{found['public_id']}"
    current = "requests" if found else "inquiries"
    return {"of_request": found or None, **await frame(request, part.membership, current)}


def _next(live: Sequence[Column]) -> Column | None:
    for found in ([c for c in live if c.quote.shortlisted], live, [c for c in live if c.cheapest]):
        if len(found) == 1:
            return found[0]
    return None


def _by_post(part: Part) -> bool:
    # A post that only looks on sees what the buyer's own people would get.
    return part.membership.kind == Kind.POST and part.may_act


async def _columns(
    shown: InquiryShown, recipients: Sequence[RecipientShown], language: str, *, by_post: bool
) -> list[Column]:
    found = []
    for recipient in recipients:
        if (quote := recipient.quote) is None or quote.terms is None:
            continue
        of_units = {line.unit for line in quote.terms.lines}
        total = sum(line.quantity for line in quote.terms.lines)
        one = of_units.pop() if len(of_units) == 1 else None
        found.append(
            Column(
                recipient=recipient,
                quote=quote,
                fit=await fits.of(quote, shown.importer, language, by_post=by_post),
                per_unit=(quote.terms.total / total).quantize(Decimal("0.0001")).normalize() if one else None,
                unit=one,
                covers=len({line.asked for line in quote.terms.lines if line.asked is not None}),
            )
        )
    return _marked(found)


def _marked(columns: list[Column]) -> list[Column]:
    """The cheapest and the quickest of the quotes that can be taken, when there are several to choose from."""
    live = [column for column in columns if column.quote.state in LIVE]
    if len(live) < 2:
        return columns
    # A total says who is cheapest only among those who offer as much of what is asked for as anybody does.
    most = max(c.covers for c in live)
    whole = [c for c in live if c.covers == most]
    values = {id(c): c.fit.total_eur for c in whole if c.fit.total_eur is not None}
    if len(values) < len(whole):
        in_one = len({c.quote.terms.currency for c in whole if c.quote.terms}) == 1
        values = {id(c): c.quote.terms.total for c in whole if c.quote.terms} if in_one else {}
    if len(values) < 2:
        values = {}
    days = {
        id(c): c.quote.terms.lead_days for c in live if c.quote.terms and c.quote.terms.lead_days is not None
    }
    return [
        msgspec.structs.replace(
            column,
            cheapest=bool(values) and values.get(id(column)) == min(values.values()),
            quickest=len(days) > 1 and days.get(id(column)) == min(days.values()),
        )
        for column in columns
    ]


def common(shown: InquiryShown, language: str) -> dict[str, Any]:
    """What every page about an inquiry needs."""
    return {
        "inquiry": shown,
        "under_way": shown.state in UNDER_WAY,
        "names": {**QUOTE_NAMES, **INQUIRY_NAMES},
        "tones": TONES,
        "charges": CHARGES,
        "incoterms": INCOTERMS,
        "refused": [sentences.refusal(msgspec.convert(one, Refusal), language) for one in shown.refused],
        "steps": STEPS,
    }


@post("/desk/{org:str}/inquiries/{inquiry:str}/reveal", status_code=200)
async def reveal(request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str]) -> Page:
    """Shows the firm's name to the exporters."""
    caller = signed_in(request)
    await service.reveal(caller, await access.asked(caller, org, inquiry, act=True))
    return back(request, f"/desk/{org}/inquiries/{inquiry}", said="inquiry-revealed")


@post("/desk/{org:str}/inquiries/{inquiry:str}/close", status_code=200)
async def close(request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str]) -> Page:
    """Ends the inquiry."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, act=True)
    form = await forms.read(request)
    try:
        await service.close(caller, part, form.lines("reason", required=False, longest=1000))
        return back(request, f"/desk/{org}/inquiries/{inquiry}", said="inquiry-closed")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await show(request, org, inquiry, form)


@get("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}")
async def talk(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """The talk with one exporter, and its quote."""
    part = await access.asked(signed_in(request), org, inquiry, recipient)
    return await talk_page(request, part, org, inquiry, recipient)


async def talk_page(
    request: Request[Any, Any, Any],
    part: Part,
    org: str,
    inquiry: str,
    recipient: str,
    form: Form | None = None,
    *,
    marking: bool = False,
) -> Page:
    """The same with a form that was refused; `marking` is the one that says that the answer does not fit."""
    if part.recipient is None:
        raise NotFound()
    await conversations.mark_read(INQUIRY, part.recipient, Side.IMPORTER)
    shown = await queries.inquiry(part.inquiry)
    everybody = await queries.recipients(part.inquiry)
    [one] = [found for found in everybody if found.public_id == recipient]
    language = language_of(request)
    quote = one.quote
    return page(
        request,
        "inquiries/importer/talk.html",
        status_code=422 if form is not None and not form.ok else 200,
        **common(shown, language),
        form=form or Form(language),
        recipients=everybody,
        one=one,
        quote=quote,
        fit=await fits.of(quote, shown.importer, language, by_post=_by_post(part))
        if quote is not None
        else None,
        older=(await queries.quotes_to(part.recipient, Side.IMPORTER))[1:],
        became=await queries.became(quote.id) if quote is not None and quote.state == "ACCEPTED" else {},
        messages=await conversations.thread(INQUIRY, part.recipient, Side.IMPORTER),
        marking=marking,
        open=part.may_act and await queries.talk_open(part.recipient),
        may_act=part.may_act,
        **await _round(request, part),
    )


@post("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/shortlist", status_code=200)
async def shortlist(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """Puts a quote on the short list, or takes it off."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, recipient, act=True)
    form = await forms.read(request)
    await quotes.shortlist(caller, part, form.ticked("on"))
    return back(request, f"/desk/{org}/inquiries/{inquiry}")


@post("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/decline", status_code=200)
async def decline(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """Declines a quote with a reason that its exporter reads."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, recipient, act=True)
    form = await forms.read(request)
    try:
        await quotes.decline(caller, part, form.lines("reason", required=False, longest=1000))
        return back(request, f"/desk/{org}/inquiries/{inquiry}", said="quote-declined")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await talk_page(request, part, org, inquiry, recipient, form)


@post("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/irrelevant", status_code=200)
async def mark_irrelevant(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """Says that an answer does not fit the request, with a reason that its exporter reads."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, recipient, act=True)
    form = await forms.read(request)
    try:
        await answering.mark_irrelevant(caller, part, form.lines("reason", required=False, longest=1000))
        return back(request, f"/desk/{org}/inquiries/{inquiry}", said="answer-marked")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await talk_page(request, part, org, inquiry, recipient, form, marking=True)


@post("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/relevant", status_code=200)
async def unmark_irrelevant(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """Takes the mark back."""
    caller = signed_in(request)
    await answering.unmark(caller, await access.asked(caller, org, inquiry, recipient, act=True))
    return back(request, f"/desk/{org}/inquiries/{inquiry}/{recipient}", said="answer-unmarked")


@get("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/accept")
async def before_accepting(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """What accepting means: an order with its delivery address, or a deal outside with its checklist."""
    part = await access.asked(signed_in(request), org, inquiry, recipient, act=True)
    return await _accept_page(request, part, org, inquiry, recipient)


async def _accept_page(
    request: Request[Any, Any, Any],
    part: Part,
    org: str,
    inquiry: str,
    recipient: str,
    form: Form | None = None,
    status: int = 200,
) -> Page:
    language = language_of(request)
    shown = await queries.inquiry(part.inquiry)
    [one] = [found for found in await queries.recipients(part.inquiry) if found.public_id == recipient]
    if one.quote is None or one.quote.terms is None:
        raise NotFound()
    delivery, destination = shown.delivery, one.quote.terms.destination or shown.destination
    if not delivery.name and destination:
        delivery = await accepting.likely_delivery(signed_in(request), shown.importer, destination)
    return page(
        request,
        "inquiries/importer/accept.html",
        status_code=status,
        **common(shown, language),
        one=one,
        quote=one.quote,
        live=one.quote.state in LIVE,
        fit=await fits.of(one.quote, shown.importer, language, by_post=_by_post(part)),
        form=form or Form(language, fields.delivery_initial(delivery)),
        **await _round(request, part),
    )


@post("/desk/{org:str}/inquiries/{inquiry:str}/{recipient:str}/accept", status_code=200)
async def accept(
    request: Request[Any, Any, Any], org: FromPath[str], inquiry: FromPath[str], recipient: FromPath[str]
) -> Page:
    """Takes the quote; the second that is taken of one inquiry is refused (409)."""
    caller = signed_in(request)
    part = await access.asked(caller, org, inquiry, recipient, act=True)
    form = await forms.read(request)
    revision = form.whole("revision", low=1, high=10**6)
    given = fields.delivery(form)
    status = 422
    if form.ok and revision is not None:
        try:
            made = await accepting.accept(caller, part, revision, given)
            path = f"orders/{made.order}" if made.order else f"deals/{made.deal}"
            return back(request, f"/desk/{org}/{path}", said="quote-accepted")
        except Conflict as error:
            status = 409
            form.take(error)
        except Refused as error:
            form.message = sentences.say(error.verdict, form.language)
        except Invalid as error:
            fields.take(form, error)
    return await _accept_page(request, part, org, inquiry, recipient, form, status)


ROUTES: list[ControllerRouterHandler] = [
    reveal,
    close,
    talk,
    shortlist,
    decline,
    mark_irrelevant,
    unmark_irrelevant,
    before_accepting,
    accept,
]
