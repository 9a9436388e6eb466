"""Documents of orders for programs: what was issued, its files, and issuing; safe to send twice."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.documents import service, shelf
from kervan.documents.errors import Differs
from kervan.documents.shelf import DocumentShown
from kervan.documents.structs import Address
from kervan.documents.wanted import InvoiceWanted, PackingWanted, ProformaWanted
from kervan.errors import KervanError
from kervan.files import answers as downloads
from kervan.orders import once
from kervan.orders.api import needs_key, party_of, sells
from kervan.orders.api_operations import ID, reading, stepping
from kervan.orders.api_shapes import verdict_of
from kervan.orders.errors import Refused
from kervan.orders.repeating import Keep, Outcome, only_once
from kervan.policies import sentences
from kervan.web import openapi
from kervan.web.errors import PROBLEM
from kervan.web.http import answer
from kervan.web.i18n import gettext, sentence, translate
from kervan.web.programs import answers, encoded, private, written

_DOCUMENT = openapi.in_path("document", "The document's id.", "p9q3rst4k7m2", "^[a-z0-9]{12}$")
_FILE = openapi.in_path("file", "pdf-tr, pdf-en or xml.", "pdf-tr", "^(pdf-[a-z]{2,3}|xml)$")


class Documents(msgspec.Struct, frozen=True):
    """Every version of every document of an order, the newest first."""

    data: tuple[DocumentShown, ...]


class ProformaBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proforma; with a reason it takes the place of the one that was sent."""

    version: int
    """The order's version that was seen."""
    valid_until: date
    payment_terms: str = ""
    lead_days: int | None = None
    note: str = ""
    office: Address | None = None
    """The buyer's office; its country is always the buyer's."""
    transport_mode: int = 4
    """UNECE Recommendation 19."""
    reason: str | None = None


class InvoiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice; with a reason it takes the place of the one that was issued, under a number of its own."""

    version: int
    number: str
    """e-Arşiv: three letters or digits, the year, nine digits."""
    issued_on: date
    try_rate: Decimal | None = None
    """TRY for one unit of the order's currency; needed unless that is TRY."""
    try_rate_on: date | None = None
    rate_confirmed: bool = False
    """The rate was looked at again: needed when it is far from the last known one."""
    stated_total: Decimal | None = None
    """What the invoice in the exporter's own system says, to be compared."""
    note: str = ""
    reason: str | None = None


class PackingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the goods are packed."""

    version: int
    packages: int
    gross_g: int
    """Grams, packages included."""
    package_kind: str = "CT"
    """UNECE Recommendation 21."""
    line_packages: dict[int, int] = {}
    """By line number."""
    transport_mode: int = 4
    note: str = ""


async def told(
    request: Request[Any, Any, Any], language: str, work: Callable[[], Awaitable[Outcome]]
) -> Response[Any]:
    """The outcome; a refusal of the law as a problem with its verdict, a differing invoice with the differences."""
    try:
        return written(await work(), language)
    except Refused as error:
        return _problem(
            request, language, error, sentences.say(error.verdict, language),
            {"code": "refused", "verdict": verdict_of(error.verdict, language)},
        )  # fmt: skip
    except Differs as error:
        found = [
            {
                "field": each.field,
                "label": translate(language, each.label, **each.params),
                "proforma": each.proforma,
                "invoice": each.invoice,
            }
            for each in error.differences
        ]
        return _problem(
            request, language, error, sentence(language, error), {"code": "differs", "differences": found}
        )


def _problem(
    request: Request[Any, Any, Any], language: str, error: KervanError, detail: str, extra: dict[str, Any]
) -> Response[Any]:
    body = {
        "type": "about:blank",
        "title": gettext(language, error.title),
        "status": error.status_code,
        "detail": detail,
        "instance": request.scope["path"][:500],
        "request_id": request.scope["state"].get("request_id", ""),
        **extra,
    }
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return Response(encoded(body), status_code=error.status_code, media_type=PROBLEM, headers=headers)


@reading("/documents", "Documents of an order", "getOrderDocuments", Documents, needs_key)
async def documents(request: Request[Any, Any, Any], order: FromPath[str]) -> Response[Documents]:
    """Also those that a later version superseded, with the hash of every file."""
    _, party, language = await party_of(request, order)
    return private(answer(request, Documents(tuple(await shelf.of_order(party.order_id))), language))


@get(
    "/orders/{order:str}/documents/{document:str}/{file:str}",
    tags=["Orders"],
    summary="A file of a document",
    operation_id="getOrderDocumentFile",
    operation_class=openapi.described(ID, _DOCUMENT, _FILE),
    responses={
        200: ResponseSpec(
            bytes, media_type="application/octet-stream", generate_examples=False, description="The file."
        ),
        **{code: spec for code, spec in answers(Outcome, 200, 404).items() if code != 200},
    },
    security=openapi.BEARER,
    guards=[needs_key],
)
async def file(
    request: Request[Any, Any, Any], order: FromPath[str], document: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """The bytes as they were issued."""
    _, party, _ = await party_of(request, order)
    return downloads.download(*await shelf.file(party.order_id, document, file))


@stepping("/proforma", "Issue the proforma", "postOrderProforma", sells)
async def proforma(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[ProformaBody]
) -> Response[Outcome]:
    """By the exporter, of an accepted order; the importer is asked to confirm it."""
    caller, party, language = await party_of(request, order, act=True)
    wanted = ProformaWanted(**_without(data, "version", "reason"))

    async def work(keep: Keep) -> object:
        if data.reason is None:
            return await service.issue_proforma(caller, party, data.version, wanted, keep=keep)
        return await service.correct_proforma(caller, party, data.version, wanted, data.reason, keep=keep)

    return await repeatable(request, party, language, work)


@stepping("/invoice", "Issue the invoice", "postOrderInvoice", sells)
async def invoice(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[InvoiceBody]
) -> Response[Outcome]:
    """By the exporter, of a confirmed order: the invoice as PDF and its e-Arşiv draft."""
    caller, party, language = await party_of(request, order, act=True)
    wanted = InvoiceWanted(**_without(data, "version", "reason"))

    async def work(keep: Keep) -> object:
        if data.reason is None:
            return await service.issue_invoice(caller, party, data.version, wanted, keep=keep)
        return await service.correct_invoice(caller, party, data.version, wanted, data.reason, keep=keep)

    return await repeatable(request, party, language, work)


@stepping("/packing", "Issue the packing list", "postOrderPacking", sells)
async def packing(
    request: Request[Any, Any, Any], order: FromPath[str], data: JSONBody[PackingBody]
) -> Response[Outcome]:
    """By the exporter, once the proforma is confirmed; with the invoice the export information form comes too."""
    caller, party, language = await party_of(request, order, act=True)
    wanted = PackingWanted(**_without(data, "version"))
    return await repeatable(
        request,
        party,
        language,
        lambda keep: service.issue_packing(caller, party, data.version, wanted, keep=keep),
    )


def _without(data: msgspec.Struct, *names: str) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(data).items() if name not in names}


async def repeatable(
    request: Request[Any, Any, Any], party: Any, language: str, work: Callable[[Keep], Awaitable[object]]
) -> Response[Any]:
    """The outcome of a step that a program may send twice by its Idempotency-Key."""
    key = once.checked(request.headers.get("idempotency-key"))
    what = f"POST {request.scope['path']}"[-80:]
    body = await request.body()
    organisation = party.membership.organisation
    return await told(
        request, language, lambda: only_once(organisation, party.order_id, key, what, body, work)
    )


ROUTES: list[ControllerRouterHandler] = [documents, file, proforma, invoice, packing]
