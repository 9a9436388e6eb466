"""The board as JSON: search with facets, one request, its attachments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, caller_of
from kervan.discovery import requests
from kervan.discovery.answers import FoundPage, envelope
from kervan.discovery.parameters import parameters
from kervan.errors import NotFound
from kervan.files import store
from kervan.files.answers import download
from kervan.products.queries import slug_of
from kervan.requests import board, files, queries, reading, records
from kervan.requests.reading import Contact
from kervan.requests.records import Record
from kervan.requests.states import PUBLIC
from kervan.requests.structs import RequestCard, RequestShown, Spec
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import refuse_blank_numbers
from kervan.web.programs import answers, private

_PATH = "/api/v1/requests"
_ID = openapi.in_path("public_id", "The request's id.", "r6k2m9q4t7bd", "^[a-z0-9]{12}$")


class BoardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The public part of a request."""

    id: str
    number: str | None
    slug: str
    title: str
    summary: str
    language: str
    """Of title and summary, ISO 639-1."""
    hs_code: str | None
    sector: str | None
    quantity: int | None
    unit: str | None
    """UNECE Recommendation 20."""
    country: str | None
    """Where the goods go."""
    deadline: date | None
    """The last day for answers, in Türkiye."""
    certificates: tuple[str, ...]
    buyer_type: str | None
    buyer_verified: bool
    source: str
    """IMPORTER, ATTACHE or TENDER."""
    post: str | None
    """The trade post that posted it or looks after it."""
    value_eur: Decimal | None
    """Budget, or target price times quantity; null unless the key belongs to a verified exporter."""
    state: str
    """PUBLISHED while answers are taken; then CLOSED."""
    edition: int
    published_at: datetime | None
    edited_at: datetime | None
    html: str
    """The page for people, in the language of the answer."""


class BoardPage(FoundPage, frozen=True, kw_only=True):
    """One page of open requests."""

    data: tuple[BoardRequest, ...]


class BoardFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment."""

    id: str
    name: str
    content_type: str
    size: int
    href: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What verified exporters, the buyer and its staff read as well."""

    description: str
    specs: tuple[Spec, ...]
    place: str
    incoterm: str | None
    budget: Decimal | None
    """For everything, in `currency`."""
    target_price: Decimal | None
    """Per unit, in `currency`."""
    currency: str | None
    sample_wanted: bool
    languages: tuple[str, ...]
    """In which answers may be written; none: in any."""
    visibility: str
    """OPEN, RELAY or POST: how the buyer is reached."""
    contact: Contact | None
    """The buyer, when it is asked openly."""
    source_url: str | None
    source_ref: str | None
    response: Record | None
    """How quotes to this buyer, or the post that speaks for it, were answered in the last 12 months; null with fewer
    than five."""
    files: tuple[BoardFile, ...]


class BoardDetail(BoardRequest, frozen=True, kw_only=True):
    """One request; `whole` is null for who may read the public part only."""

    closed_as: str | None
    """AWARDED, DEADLINE or WITHDRAWN."""
    whole: Whole | None


class BoardDocument(msgspec.Struct, frozen=True):
    """One request."""

    data: BoardDetail


_EXAMPLE_REQUEST = {
    "id": "r6k2m9q4t7bd",
    "number": "RQ26-7H4K-92XQ",
    "slug": "bath-towels-for-a-hotel-group",
    "title": "Bath towels for a hotel group",
    "summary": "A hotel group in Leipzig needs white bath towels for 40 houses.",
    "language": "en",
    "hs_code": "630260",
    "sector": "home-textiles",
    "quantity": 12000,
    "unit": "C62",
    "country": "DE",
    "deadline": "2026-03-31",
    "certificates": ["oeko-tex-standard-100"],
    "buyer_type": "HOSPITALITY",
    "buyer_verified": True,
    "source": "ATTACHE",
    "post": "Office of the Commercial Counsellor in Berlin",
    "value_eur": None,
    "state": "PUBLISHED",
    "edition": 1,
    "published_at": "2026-03-02T09:30:00Z",
    "edited_at": None,
    "html": "https://kervan.example/en/requests/bath-towels-for-a-hotel-group-r6k2m9q4t7bd",
}
_EXAMPLE = {
    "data": [_EXAMPLE_REQUEST],
    "total": 1,
    "total_exact": True,
    "page": 1,
    "pages": 1,
    "per_page": 20,
    "facets": [
        {
            "name": "country",
            "title": "Country of delivery",
            "values": [{"value": "DE", "label": "Germany", "count": 1, "chosen": False}],
        }
    ],
    "marks": [{"text": "towel", "prefix": True, "stem": True}],
    "corrected": None,
    "synonyms": ["bath linen"],
    "dropped": [],
    "fallback": False,
    "links": {"self": "/api/v1/requests?q=towel", "next": None, "prev": None},
}


@get(
    "/requests",
    tags=["Requests"],
    summary="Search open requests",
    operation_id="searchRequests",
    operation_class=openapi.described(*parameters("requests")),
    responses=openapi.responses(BoardPage, _EXAMPLE),
)
async def search_requests(request: Request[Any, Any, Any]) -> Response[BoardPage]:
    """Open requests of buyers abroad. Values of one facet widen the answer, facets narrow each other."""
    query = query_of(request)
    refuse_blank_numbers(query)
    asked = requests.parse("requests", api_language(request, query), query, strict=True)
    caller = caller_of(request)
    found = await board.find(request.app.state.search, asked, caller)
    site: str = request.app.state.settings.public_url
    data = tuple(_of_card(card, site, asked.language) for card in found.requests)
    shown = answer(request, BoardPage(data=data, **envelope(found, query)), asked.language)
    return shown if caller is None else private(shown)


@get(
    "/requests/{public_id:str}",
    tags=["Requests"],
    summary="One request",
    operation_id="getRequest",
    operation_class=openapi.described(_ID),
    responses=openapi.responses(BoardDocument, None, 404),
)
async def get_request(request: Request[Any, Any, Any], public_id: FromPath[str]) -> Response[BoardDocument]:
    """A published or closed request: the public part, with a verified exporter's key the whole.

    Its own buyer and the staff that looks after it read it in any state.
    """
    language = api_language(request, query_of(request))
    caller = caller_of(request)
    found, reader = await _readable(caller, public_id)
    site: str = request.app.state.settings.public_url
    whole = await _whole(found, reader) if reader.whole else None
    detail = BoardDetail(
        **_public(found, site, language), closed_as=found.closed_as, whole=whole,
        value_eur=found.value_eur if reader.whole else None,
    )  # fmt: skip
    shown = answer(request, BoardDocument(detail), language)
    return shown if caller is None else private(shown)


@get(
    "/requests/{public_id:str}/files/{file:str}",
    tags=["Requests"],
    summary="An attachment of a request",
    operation_id="getRequestFile",
    operation_class=openapi.described(
        _ID, openapi.in_path("file", "The attachment's id.", "f3j7m2p9q4rs", "^[a-z0-9]{12}$")
    ),
    responses={
        200: ResponseSpec(
            bytes, media_type="application/octet-stream", generate_examples=False, description="The file."
        ),
        **{code: spec for code, spec in answers(BoardDocument, 200, 404).items() if code != 200},
    },
    security=openapi.BEARER,
)
async def get_request_file(
    request: Request[Any, Any, Any], public_id: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """For who may read the whole request."""
    found, reader = await _readable(caller_of(request), public_id)
    if not reader.whole:
        raise NotFound()
    name, content_type, path = await files.opened(found.id, file)
    return download(await store.read(path), name, content_type)


async def _readable(caller: Caller | None, public_id: str) -> tuple[RequestShown, reading.Reader]:
    found = await queries.by_public_id(public_id)
    if found.state not in PUBLIC and await reading.home(found, caller) is None:
        raise NotFound()
    return found, reading.reader_of(caller, found)


def _of_card(card: RequestCard, site: str, language: str) -> BoardRequest:
    return BoardRequest(
        id=card.public_id, number=card.number, slug=card.slug, title=card.title, summary=card.summary,
        language=card.language, hs_code=card.hs_code, sector=card.sector, quantity=card.quantity, unit=card.unit,
        country=card.country, deadline=card.deadline, certificates=card.certificates, buyer_type=card.buyer_type,
        buyer_verified=card.buyer_verified, source=card.source, post=card.post_name, value_eur=card.value_eur,
        state=card.state, edition=card.edition, published_at=card.published_at, edited_at=card.edited_at,
        html=f"{site}/{language}/requests/{card.slug}-{card.public_id}",
    )  # fmt: skip


def _public(found: RequestShown, site: str, language: str) -> dict[str, Any]:
    slug = slug_of(found.title, "request")
    same = (
        "number", "title", "summary", "language", "hs_code", "sector", "quantity", "unit", "country", "deadline",
        "certificates", "buyer_type", "buyer_verified", "source", "state", "edition", "published_at", "edited_at",
    )  # fmt: skip
    return {name: getattr(found, name) for name in same} | {
        "id": found.public_id,
        "slug": slug,
        "post": found.post_name,
        "html": f"{site}/{language}/requests/{slug}-{found.public_id}",
    }


async def _whole(found: RequestShown, reader: reading.Reader) -> Whole:
    notice = reading.shows_source(found, reader)
    return Whole(
        description=found.description, specs=found.specs, place=found.place, incoterm=found.incoterm,
        budget=found.budget, target_price=found.target_price, currency=found.currency,
        sample_wanted=found.sample_wanted, languages=found.languages, visibility=found.visibility,
        contact=await reading.contact(found, reader), source_url=found.source_url if notice else None,
        source_ref=found.source_ref if notice else None, response=await records.of_buyer(found.id),
        files=tuple(
            BoardFile(
                id=file.public_id, name=file.name, content_type=file.content_type, size=file.size,
                href=f"{_PATH}/{found.public_id}/files/{file.public_id}",
            )
            for file in found.files
        ),
    )  # fmt: skip


ROUTES: list[ControllerRouterHandler] = [search_requests, get_request, get_request_file]
