"""Who asks: the signed-in person or the holder of an API key, with the organisations that they may act for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from kervan.errors import Forbidden, NotFound, SignInNeeded
from kervan.trade.errors import N_

PROVED_FOR = timedelta(minutes=15)
"""For how long a typed password counts as proof that its owner is at the screen."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation that a caller may act for, read anew with every request."""

    organisation: int
    public_id: str
    kind: str
    """EXPORTER, IMPORTER, POST, ASSOCIATION or MINISTRY."""
    name: str
    country: str
    association: str | None
    """An association's short name, as exporters write it."""
    role: str
    rights: frozenset[str]
    valid_to: str | None = None
    """Last day of a post's term, ISO 8601."""
    exporter: int | None = None
    exporter_slug: str | None = None
    importer: int | None = None
    standing: str | None = None
    """An exporter's verification or an importer's standing."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an open session, or an API key (then `person` is who made the key and `key` its public id)."""

    person: int
    public_id: str
    name: str
    email: str
    language: str
    time_zone: str
    memberships: tuple[Membership, ...] = ()
    session: int | None = None
    session_id: str | None = None
    """Public id of the session, for the list of sessions."""
    proved_at: datetime | None = None
    """When the password was typed last in this session."""
    has_factor: bool = False
    """A second factor is set up."""
    factor_given: bool = False
    """It was given in this session."""
    key: str | None = None
    unread: int = 0
    """How many notifications are not read, at most 100; 0 for a key."""

    @property
    def actor(self) -> str:
        """How the audit trail calls the caller."""
        return f"key:{self.key}" if self.key else f"user:{self.person}"

    @property
    def proved(self) -> bool:
        """Whether the password was typed in this session a short while ago."""
        return self.proved_at is not None and datetime.now(UTC) - self.proved_at < PROVED_FOR

    @property
    def needs_factor(self) -> bool:
        """Staff must set up a second factor before they may do anything else."""
        return self.key is None and not self.factor_given and any(is_staff(m) for m in self.memberships)

    @property
    def desk(self) -> str:
        """Where the caller works, a path without language."""
        if any(is_staff(m) for m in self.memberships):
            return "/staff"
        return f"/desk/{self.memberships[0].public_id}" if len(self.memberships) == 1 else "/desk"

    def may(self, right: str) -> tuple[Membership, ...]:
        """The memberships that give the right."""
        return tuple(m for m in self.memberships if right in m.rights)

    def of_kind(self, kind: str) -> tuple[Membership, ...]:
        """The memberships in organisations of one kind."""
        return tuple(m for m in self.memberships if m.kind == kind)


def is_staff(membership: Membership) -> bool:
    """Whether the membership is in a post, an association or the Ministry."""
    return membership.kind in ("POST", "ASSOCIATION", "MINISTRY")


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    """Who asks; None for a visitor. Set by accounts.middleware."""
    found: Caller | None = connection.scope["state"].get("who")
    return found


def signed_in(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """Who asks. Raises SignInNeeded for visitors and for staff who have not set up their second factor yet."""
    caller = caller_of(connection)
    if caller is None:
        raise SignInNeeded()
    if caller.needs_factor:
        raise SignInNeeded(to="/account/second-factor")
    return caller


def member(caller: Caller, public_id: str, right: str, *kinds: str) -> Membership:
    """The caller's membership in the organisation, when it gives the right.

    Raises NotFound for strangers (they may not know that it exists) and Forbidden for colleagues without the right.
    """
    for membership in caller.memberships:
        if membership.public_id == public_id and (not kinds or membership.kind in kinds):
            if right in membership.rights:
                return membership
            raise Forbidden(
                N_("Your role does not allow this. Ask an owner of {name}."), name=membership.name
            )
    raise NotFound()


def holder(caller: Caller, right: str) -> tuple[Membership, ...]:
    """The memberships that give a staff right. Raises NotFound for everybody who has none: desks are not announced."""
    found = caller.may(right)
    if not found:
        raise NotFound()
    return found
