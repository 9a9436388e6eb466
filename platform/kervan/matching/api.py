"""Matches for programs: who fits whom and why, and the invitation to quote; safe to send twice."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Membership
from kervan.errors import Invalid, NotFound
from kervan.matching import queries, service
from kervan.matching.facts import Reason
from kervan.matching.queries import Suggested, SuggestedRequest
from kervan.matching.sentences import Reader, say
from kervan.orders.api import buys, holder, needs_key
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests import access
from kervan.trade.errors import N_
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of, whole_number
from kervan.web.paging import PageLinks, envelope, refuse_blank_numbers
from kervan.web.programs import answers, private, written

_PATH = "/api/v1/matches"
_PER_PAGE = 20
_ALL = 1000
_REQUEST = openapi.in_path("id", "The request's id.", "r6k2m9q4t7bd", "^[a-z0-9]{12}$")


class Why(msgspec.Struct, frozen=True):
    """A reason, or what is missing: a code for programs, what it counts, and the sentence for people."""

    code: str
    points: Decimal
    text: str
    params: dict[str, str | int]


class FoundMatch(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter and what it fits. The score is the sum of all points."""

    request: str | None
    """Null where exporters are found for an importer's interests."""
    exporter: str
    """Slug."""
    exporter_name: str
    product: str
    """The exporter's product that fits best."""
    score: Decimal
    reasons: tuple[Why, ...]
    missing: tuple[Why, ...]
    invited_at: datetime | None
    answered: bool


class MatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Matches, the best first, equal ones by age."""

    data: tuple[FoundMatch, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class InvitationsWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite, by slugs."""

    exporters: tuple[str, ...]


class InvitationsMade(msgspec.Struct, frozen=True):
    """What became of them, by slugs: invited now, invited before, has answered already."""

    invited: tuple[str, ...]
    before: tuple[str, ...]
    answered: tuple[str, ...]
    left: int
    """How many more may be invited for this request."""


@get(
    "/matches",
    tags=["Requests"],
    summary="Who fits, and why",
    operation_id="getMatches",
    operation_class=openapi.described(
        openapi.text(
            "request", "Exporters for this request of your firm; for importers only.", "r6k2m9q4t7bd"
        ),
        openapi.number("page", "Which page.", 1, 1, 100),
        openapi.number("per_page", "Matches on a page.", _PER_PAGE, 1, 100),
    ),
    responses=openapi.responses(MatchPage, None, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def matches(request: Request[Any, Any, Any]) -> Response[MatchPage]:
    """For an exporter the open requests that it fits; for an importer the exporters for a request of its own, or for
    what its firm says it looks for."""
    caller, membership = holder(request)
    query = query_of(request)
    refuse_blank_numbers(query)
    language = api_language(request, query)
    page = whole_number(query, "page", 1, 1, 100)
    per_page = whole_number(query, "per_page", _PER_PAGE, 1, 100)
    about = query.get("request", [""])[-1]
    if "request" in query and (not about or membership.kind != Kind.IMPORTER):
        raise Invalid(fields={"request": Invalid(N_("Name a request of your own firm."))})
    found: list[FoundMatch]
    if membership.exporter is not None:
        of_exporter, total = await queries.for_exporter(membership.exporter, page, language, per_page)
        found = [_of_request(one, membership, language) for one in of_exporter]
    elif membership.importer is not None:
        if about:
            seat = await access.own(caller, membership.public_id, about)
            all_found = await queries.for_request(seat.request, language, _ALL)
        else:
            all_found = await queries.for_importer(membership.importer, language, _ALL)
        total = len(all_found)
        found = [
            _of_exporter(one, about or None, language)
            for one in all_found[(page - 1) * per_page : page * per_page]
        ]
    else:
        raise NotFound()
    content = MatchPage(data=tuple(found), **envelope(_PATH, query, page, per_page, total))
    return private(answer(request, content, language))


def _of_request(one: SuggestedRequest, membership: Membership, language: str) -> FoundMatch:
    return FoundMatch(
        request=one.public_id,
        exporter=membership.exporter_slug or "",
        exporter_name=membership.name,
        product=one.product,
        score=one.match.score,
        reasons=_why(one.match.reasons, language, "EXPORTER"),
        missing=_why(one.match.missing, language, "EXPORTER"),
        invited_at=one.invited_at,
        answered=one.answered,
    )


def _of_exporter(one: Suggested, request: str | None, language: str) -> FoundMatch:
    return FoundMatch(
        request=request,
        exporter=one.slug,
        exporter_name=one.name,
        product=one.product,
        score=one.match.score,
        reasons=_why(one.match.reasons, language, "REQUESTER"),
        missing=_why(one.match.missing, language, "REQUESTER"),
        invited_at=one.invited_at,
        answered=one.answered,
    )


def _why(reasons: tuple[Reason, ...], language: str, reader: Reader) -> tuple[Why, ...]:
    return tuple(Why(one.code, one.points, say(one, language, reader), one.params) for one in reasons)


@post(
    "/requests/{id:str}/invitations",
    status_code=200,
    tags=["Requests"],
    summary="Invite exporters to quote",
    operation_id="postRequestInvitations",
    operation_class=openapi.described(_REQUEST),
    responses=answers(InvitationsMade, 200, 404, 409),
    security=openapi.BEARER,
    guards=[buys],
)
async def invite(
    request: Request[Any, Any, Any], id: FromPath[str], data: JSONBody[InvitationsWanted]
) -> Response[InvitationsMade]:
    """For a published request of the key's firm; whoever was invited before or has answered stays as it is."""
    caller, membership = holder(request, roles.BUY, kind=Kind.IMPORTER)
    language = api_language(request, query_of(request))
    seat = await access.own(caller, membership.public_id, id, act=True)
    made = await service.invite(caller, seat, data.exporters)
    content = InvitationsMade(made.invited, made.before, made.answered, made.left)
    return written(content, language)


ROUTES: list[ControllerRouterHandler] = [matches, invite]
