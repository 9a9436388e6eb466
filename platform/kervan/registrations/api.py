"""Registrations for programs: register a firm for an event, look, answer an offer, cancel; safe to send twice."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler

from kervan.inquiries.repeated import answered, of_request
from kervan.orders.api import acts, holder, needs_key
from kervan.orders.api_operations import KEY
from kervan.organisations import roles
from kervan.registrations import access, queries, service
from kervan.registrations.structs import PersonWanted, Registered, RegistrationShown, Wanted
from kervan.web import openapi
from kervan.web.http import answer, api_language, query_of
from kervan.web.paging import PageLinks, asked, envelope, refuse_blank_numbers
from kervan.web.programs import answers, private, written

_PATH = "/api/v1/registrations"
_ID = openapi.in_path("registration", "The registration's id.", "g4k7m2p9q3rs", "^[a-z0-9]{12}$")
_PER_PAGE = 25


class PersonToCome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who comes for the firm. The organiser reads the name."""

    name: str
    job: str = ""


class RegistrationWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A firm's wish to take part in an event."""

    event: str
    """The event's id."""
    people: tuple[PersonToCome, ...]
    """Who comes: at least one, at most as many as the event allows a firm."""
    interest: str = ""
    """Goods that the firm shows or looks for."""
    answers: dict[str, bool | int | str | list[int]] = {}
    """To the organiser's questions, by the question's number: a text, true or false, or the options from 0 on."""
    wants_meetings: bool = False
    agreed: bool = False
    """That the organiser sees the names of those who come. Without it nobody is registered."""


class CancelWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Gives a registration up."""

    version: int | None = None
    """Of the registration that was seen; another one is refused (409). None: whatever it is."""
    reason: str = ""


class OfferAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Takes the offered place, or leaves it to the next firm."""

    accept: bool
    version: int | None = None


class RegistrationNow(msgspec.Struct, frozen=True, kw_only=True):
    """Where a registration stands after a step."""

    id: str
    state: str
    """APPLIED, CONFIRMED, WAITLISTED, OFFERED, REJECTED, CANCELLED, ATTENDED or NO_SHOW."""
    version: int


class PersonComing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes. `ticket` is what the QR holds; null while there is no place."""

    name: str
    job: str
    ticket: str | None
    checked_in_at: datetime | None


class OwnRegistration(msgspec.Struct, frozen=True, kw_only=True):
    """A registration of the key's firm."""

    id: str
    event: str
    side: str
    """EXPORTER or IMPORTER."""
    state: str
    version: int
    offer_until: datetime | None
    """OFFERED: until when the place is kept."""
    ahead: int | None
    """WAITLISTED: how many firms stand before it."""
    reason: str | None
    interest: str
    wants_meetings: bool
    people: tuple[PersonComing, ...]
    created_at: datetime


class RegistrationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Registrations of the key's firm, the newest first."""

    data: tuple[OwnRegistration, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class RegistrationDocument(msgspec.Struct, frozen=True):
    """One registration."""

    data: OwnRegistration


_NOW = {"id": "g4k7m2p9q3rs", "state": "CONFIRMED", "version": 1}
_ONE = {
    "id": "g4k7m2p9q3rs",
    "event": "e2h6n9q4t7bd",
    "side": "IMPORTER",
    "state": "WAITLISTED",
    "version": 1,
    "offer_until": None,
    "ahead": 2,
    "reason": None,
    "interest": "Terry towels for hotels",
    "wants_meetings": True,
    "people": [{"name": "Jonas Petersen", "job": "Buyer", "ticket": None, "checked_in_at": None}],
    "created_at": "2026-11-23T09:30:00Z",
}
_PAGE = {
    "data": [_ONE],
    "total": 1,
    "page": 1,
    "pages": 1,
    "per_page": _PER_PAGE,
    "links": {"self": _PATH, "next": None, "prev": None},
}


def _own(shown: RegistrationShown) -> OwnRegistration:
    valid = shown.state in ("CONFIRMED", "ATTENDED")
    return OwnRegistration(
        id=shown.public_id,
        event=shown.event_id,
        side=shown.side,
        state=shown.state,
        version=shown.version,
        offer_until=shown.offer_until,
        ahead=shown.ahead,
        reason=shown.reason,
        interest=shown.interest,
        wants_meetings=shown.wants_meetings,
        people=tuple(
            PersonComing(
                name=person.name,
                job=person.job,
                ticket=person.ticket if valid else None,
                checked_in_at=person.checked_in_at,
            )
            for person in shown.people
        ),
        created_at=shown.created_at,
    )


def _now(done: Registered) -> RegistrationNow:
    return RegistrationNow(id=done.public_id, state=done.state, version=done.version)


@get(
    "/registrations",
    tags=["Events"],
    summary="Your registrations for events",
    operation_id="getRegistrations",
    operation_class=openapi.described(
        openapi.number("page", "Which page.", 1, 1, 100_000),
        openapi.number("per_page", "Registrations on a page.", _PER_PAGE, 1, 200),
    ),
    responses=openapi.responses(RegistrationPage, _PAGE, 401, 403),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def many(request: Request[Any, Any, Any]) -> Response[RegistrationPage]:
    """Those of the key's firm in whatever state."""
    _, membership = holder(request)
    query = query_of(request)
    language = api_language(request, query)
    refuse_blank_numbers(query)
    page, per_page = asked(query, _PER_PAGE)
    ids, total = await queries.ids_of(membership.organisation, page, per_page)
    content = RegistrationPage(
        data=tuple([_own(await queries.shown(id)) for id in ids]),
        **envelope(_PATH, query, page, per_page, total),
    )
    return private(answer(request, content, language))


@get(
    "/registrations/{registration:str}",
    tags=["Events"],
    summary="One of your registrations",
    operation_id="getRegistration",
    operation_class=openapi.described(_ID),
    responses=openapi.responses(RegistrationDocument, {"data": _ONE}, 401, 403, 404),
    security=openapi.BEARER,
    guards=[needs_key],
)
async def one(request: Request[Any, Any, Any], registration: FromPath[str]) -> Response[RegistrationDocument]:
    """With the people and their tickets; those of other firms are not found."""
    caller, membership = holder(request)
    language = api_language(request, query_of(request))
    seat = await access.own(caller, membership.public_id, registration)
    content = RegistrationDocument(_own(await queries.shown(seat.registration)))
    return private(answer(request, content, language))


@post(
    "/registrations",
    status_code=201,
    tags=["Events"],
    summary="Register for an event",
    operation_id="postRegistration",
    operation_class=openapi.described(KEY),
    responses=answers(RegistrationNow, 201, 404, 409, example=_NOW),
    security=openapi.BEARER,
    guards=[acts],
)
async def register(
    request: Request[Any, Any, Any], data: JSONBody[RegistrationWanted]
) -> Response[RegistrationNow]:
    """Once a firm and event. A full event puts the firm on the waiting list; where the organiser decides it is APPLIED
    first. Refused (409) outside the window, for another side or country, and for a firm that is registered already."""
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    language = api_language(request, query_of(request))

    async def work() -> RegistrationNow:
        wanted = Wanted(
            people=tuple(PersonWanted(name=person.name, job=person.job) for person in data.people),
            interest=data.interest,
            answers={int(name): value for name, value in data.answers.items() if _is_number(name)},
            wants_meetings=data.wants_meetings,
            agreed=data.agreed,
        )
        return _now(await service.register(caller, membership.public_id, data.event, wanted))

    content = await of_request(request, membership, data, RegistrationNow, work)
    return written(content, language, 201)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


async def _stepped(
    request: Request[Any, Any, Any],
    registration: str,
    data: msgspec.Struct,
    work: Callable[[], Awaitable[Registered]],
) -> Response[RegistrationNow]:
    caller, membership = holder(request, roles.BUY, roles.ORDERS)
    # A stranger's key is told nothing, not even that another one used the same Idempotency-Key.
    await access.own(caller, membership.public_id, registration, act=True)

    async def kept() -> RegistrationNow:
        return _now(await work())

    return await answered(request, membership, data, RegistrationNow, kept)


@post(
    "/registrations/{registration:str}/cancel",
    status_code=200,
    tags=["Events"],
    summary="Cancel a registration",
    operation_id="postRegistrationCancel",
    operation_class=openapi.described(_ID, KEY),
    responses=answers(RegistrationNow, 200, 404, 409, example=_NOW),
    security=openapi.BEARER,
    guards=[acts],
)
async def cancel(
    request: Request[Any, Any, Any], registration: FromPath[str], data: JSONBody[CancelWanted]
) -> Response[RegistrationNow]:
    """Until the event is over. The place goes to the firm that waits longest; who registers again stands last."""
    caller, membership = holder(request, roles.BUY, roles.ORDERS)

    async def work() -> Registered:
        return await service.cancel(caller, membership.public_id, registration, data.version, data.reason)

    return await _stepped(request, registration, data, work)


@post(
    "/registrations/{registration:str}/answer",
    status_code=200,
    tags=["Events"],
    summary="Answer an offered place",
    operation_id="postRegistrationAnswer",
    operation_class=openapi.described(_ID, KEY),
    responses=answers(RegistrationNow, 200, 404, 409, example=_NOW),
    security=openapi.BEARER,
    guards=[acts],
)
async def answer_offer(
    request: Request[Any, Any, Any], registration: FromPath[str], data: JSONBody[OfferAnswer]
) -> Response[RegistrationNow]:
    """A waiting firm takes the place that became free, or leaves it. Refused (409) when the time is over."""
    caller, membership = holder(request, roles.BUY, roles.ORDERS)

    async def work() -> Registered:
        return await service.answer_offer(
            caller, membership.public_id, registration, data.accept, data.version
        )

    return await _stepped(request, registration, data, work)


ROUTES: Sequence[ControllerRouterHandler] = (many, one, register, cancel, answer_offer)
