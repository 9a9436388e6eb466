"""Who asks, as JSON: for programs that want to see what their key may do."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that the caller acts for, and what they may do there."""

    id: str
    kind: str
    """EXPORTER, IMPORTER, POST, ASSOCIATION or MINISTRY."""
    name: str
    country: str
    role: str
    rights: tuple[str, ...]
    """Words such as view, products, profile; of a key its scopes."""
    valid_to: date | None
    """Last day of a term; null when there is none."""
    standing: str | None
    """How far an exporter or importer is verified."""
    exporter: str | None
    """The name in an exporter's address, for /api/v1/exporters/{slug}."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who a key or a session stands for."""

    id: str
    """The person; of a key whoever made it."""
    name: str
    key: str | None
    """Public id of the API key; null for a session."""
    organisations: tuple[Place, ...]


class MeDocument(msgspec.Struct, frozen=True):
    """Who asks."""

    data: Me


@get(
    "/me",
    tags=["Account"],
    summary="Who asks",
    operation_id="getMe",
    operation_class=openapi.described(),
    responses=openapi.responses(MeDocument, None, 401),
    security=openapi.BEARER,
)
async def get_me(request: Request[Any, Any, Any]) -> Response[MeDocument]:
    """The person or the API key behind the request, its organisations, and its rights in each."""
    language = api_language(request, query_of(request))
    found = answer(request, MeDocument(_me(signed_in(request))), language)
    found.headers["Cache-Control"] = "private, no-cache"
    found.headers["Vary"] = "Accept-Language, Authorization, Cookie"
    return found


def _me(caller: Caller) -> Me:
    return Me(
        id=caller.public_id,
        name=caller.name,
        key=caller.key,
        organisations=tuple(_place(membership) for membership in caller.memberships),
    )


def _place(membership: Membership) -> Place:
    return Place(
        id=membership.public_id,
        kind=membership.kind,
        name=membership.name,
        country=membership.country,
        role=membership.role,
        rights=tuple(sorted(membership.rights)),
        valid_to=date.fromisoformat(membership.valid_to) if membership.valid_to else None,
        standing=membership.standing,
        exporter=membership.exporter_slug,
    )


ROUTES: list[ControllerRouterHandler] = [get_me]
