"""The only door to an exporter's row for anybody who is signed in: as a member, or as one who reviews it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from asyncpg import Record

from kervan.accounts.callers import Caller, Membership, holder, member
from kervan.db import fetch
from kervan.errors import Forbidden, NotFound
from kervan.organisations import roles
from kervan.trade.errors import N_

# Without the sealed identity number: nobody needs it, and what is not read cannot be shown.
COLUMNS = """
    e.id, e.slug, e.kind, e.legal_name, e.trade_name, e.organisation, e.vkn, e.tax_office, e.mersis, e.kep,
    e.association, e.association_no, e.nace, e.export_status, e.province, e.district, e.address, e.postcode,
    e.sectors, e.business_model, e.sales_channels, e.export_countries, e.languages, e.founded, e.employees_band,
    e.website, e.contact_email, e.phone, e.logo, e.verification, e.verified_at, e.verified_until, e.verified_by,
    e.submitted_at, e.declarations, e.steps_done, e.contact_name, e.contact_role, e.version, e.created_at,
    e.updated_at, e.tckn_sealed IS NOT NULL AS has_tckn, o.public_id
"""

Row = Mapping[str, Any]


class Seen(msgspec.Struct, frozen=True):
    """An exporter, and the membership by which the caller may see it."""

    firm: Row
    membership: Membership


async def for_member(caller: Caller, public_id: str, right: str = roles.VIEW) -> Seen:
    """The caller's own exporter. Raises NotFound for strangers, Forbidden for colleagues without the right."""
    membership = member(caller, public_id, right, "EXPORTER")
    rows = await _rows("o.public_id = $1", public_id)
    if not rows:
        raise NotFound()
    return Seen(dict(rows[0]), membership)


async def for_review(caller: Caller, public_id: str) -> Seen:
    """An exporter that the caller reviews: the Ministry sees all, an association those that name it.

    Raises NotFound for everybody else, and Forbidden for a reviewer who belongs to the firm.
    """
    memberships = holder(caller, roles.REVIEW_EXPORTERS)
    rows = await _rows("o.public_id = $1", public_id)
    if not rows:
        raise NotFound()
    membership = covering(memberships, rows[0]["association"])
    refuse_own(caller, rows[0]["id"])
    return Seen(dict(rows[0]), membership)


def covering(memberships: tuple[Membership, ...], association: str | None) -> Membership:
    """The membership in whose scope an exporter of this association lies, the association's first. Raises NotFound."""
    for membership in memberships:
        if (
            membership.kind == "ASSOCIATION"
            and association is not None
            and membership.association == association
        ):
            return membership
    for membership in memberships:
        if membership.kind == "MINISTRY":
            return membership
    raise NotFound()


def refuse_own(caller: Caller, exporter: int) -> None:
    """Raises Forbidden when the caller belongs to the firm: nobody reviews the own house."""
    if any(membership.exporter == exporter for membership in caller.memberships):
        raise Forbidden(N_("You belong to this firm. Somebody else reviews it."))


def scope(memberships: tuple[Membership, ...]) -> tuple[bool, list[str]]:
    """Whether memberships that review see every exporter, and the associations whose exporters they see otherwise."""
    everything = any(membership.kind == "MINISTRY" for membership in memberships)
    return everything, [membership.association for membership in memberships if membership.association]


def signs_as(membership: Membership) -> str:
    """How a reviewer's organisation is named beside "verified by": an association's short name, else its name."""
    return (membership.association or membership.name)[:120]


async def _rows(condition: str, value: object) -> "list[Record]":
    found = await fetch(
        f"SELECT {COLUMNS} FROM exporter e JOIN organisation o ON o.id = e.organisation WHERE {condition}",
        value,
    )
    return list(found)
