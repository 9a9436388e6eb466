"""Who reads a request on the board, how much of it, and how the buyer is reached."""

import msgspec

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch
from kervan.errors import NotFound
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.requests import access
from kervan.requests.structs import RequestShown
from kervan.requests.tables import Source, Visibility


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may see of a published request, and where they go from it."""

    whole: bool
    """More than the public part."""
    buyer: bool
    """The buyer's name and contact, however exporters reach it."""
    desk: str | None
    """Where its own people and its staff work on it: a path without language."""
    firms: tuple[Membership, ...]
    """Verified exporters for which the reader may answer."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """The buyer as exporters reach it."""

    name: str
    person: str
    role: str | None
    phone: str | None
    website: str | None
    city: str | None
    country: str


def reader_of(caller: Caller | None, request: RequestShown) -> Reader:
    """The reader of a published request; None is a visitor."""
    if caller is None or not access.sees_whole(caller, request.importer, request.post, request.buyer_country):
        return Reader(whole=False, buyer=False, desk=None, firms=())
    own = next((m for m in caller.memberships if m.importer == request.importer), None)
    handles = access.covering(caller.may(roles.REQUESTS), request.post, request.buyer_country)
    desk = None
    if own is not None:
        desk = f"/desk/{own.public_id}/requests/{request.public_id}"
    elif handles is not None:
        desk = f"/staff/requests/{request.public_id}"
    firms = tuple(
        m
        for m in caller.memberships
        if m.kind == Kind.EXPORTER and m.standing == "VERIFIED" and roles.ORDERS in m.rights
    )
    return Reader(whole=True, buyer=desk is not None, desk=desk, firms=firms)


async def home(request: RequestShown, caller: Caller | None) -> str | None:
    """The desk where a request in whatever state is at home for this caller, a path without language.

    None for everybody who is neither of the buyer nor of the staff that looks after it.
    """
    if caller is None or caller.needs_factor:
        return None
    for membership in caller.memberships:
        if membership.importer == request.importer:
            return f"/desk/{membership.public_id}/requests/{request.public_id}"
    try:
        await access.handled(caller, request.public_id)
    except NotFound:
        return None
    return f"/staff/requests/{request.public_id}"


async def contact(request: RequestShown, reader: Reader) -> Contact | None:
    """The buyer, for who may know it: its own people and staff always, exporters when it is asked openly."""
    if not (reader.buyer or (reader.whole and request.visibility == Visibility.OPEN)):
        return None
    rows = await fetch(
        """SELECT legal_name AS name, contact_name AS person, contact_role AS role, phone, website, city, country
        FROM importer WHERE id = $1""",
        request.importer,
    )
    return Contact(**rows[0])


def shows_source(request: RequestShown, reader: Reader) -> bool:
    """Whether the address of the notice may be read: it names the buyer, which only a tender does in public."""
    if request.source_url is None and request.source_ref is None:
        return False
    public = request.source == Source.TENDER or request.visibility == Visibility.OPEN
    return reader.buyer or (reader.whole and public)
