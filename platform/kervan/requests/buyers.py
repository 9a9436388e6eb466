"""Buyers for whom a post asks: found among its importers, registered by it, invited to speak for themselves."""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection

from kervan import audit
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.importers.structs import IN_TURKIYE, Company
from kervan.importers.tables import Standing
from kervan.organisations import invitations
from kervan.organisations.access import Managed
from kervan.organisations.service import found
from kervan.organisations.tables import Kind, Role
from kervan.trade import countries
from kervan.trade.emails import Email
from kervan.trade.errors import N_

MOST_FOUND = 20

# Of the post's own country, and whom it speaks for anywhere.
_OFFERED = """
FROM importer i JOIN organisation o ON o.id = i.organisation
WHERE o.closed_at IS NULL AND (i.country = $1 OR i.represented_by = $2)
"""
_FIND = f"""
SELECT i.public_id, i.legal_name, i.country, i.city, i.standing, i.represented_by IS NOT NULL AS represented,
    (SELECT count(*) FROM trade_request q WHERE q.importer = i.id AND q.published_at IS NOT NULL) AS requests
{_OFFERED} AND i.standing IN ('ACTIVE', 'VERIFIED')
    AND ($3 = '' OR i.legal_name ILIKE $3 OR i.number ILIKE $3 OR i.city ILIKE $3)
ORDER BY requests DESC, i.legal_name, i.id LIMIT {MOST_FOUND}
"""
_ONE = f"""
SELECT i.id, i.public_id, i.legal_name, i.country, i.city, i.contact_name, i.standing,
    i.represented_by IS NOT NULL AS represented, i.represented_by = $2 AS ours, i.organisation,
    o.public_id AS organisation_id, (SELECT n.email FROM invitation n WHERE n.organisation = i.organisation
        AND n.accepted_at IS NULL AND n.withdrawn_at IS NULL AND n.expires_at > now() ORDER BY n.id DESC LIMIT 1)
        AS invited
{_OFFERED} AND i.public_id = $3
"""
_SAME_NAME = """
SELECT i.id, i.public_id FROM importer i WHERE i.country = $1 AND i.standing <> 'CLOSED'
    AND ($3::bigint IS NULL OR i.represented_by = $3)
    AND regexp_replace(lower(i.legal_name), '[^[:alnum:]]', '', 'g')
        = regexp_replace(lower($2), '[^[:alnum:]]', '', 'g')
ORDER BY i.id LIMIT 1
"""
_INSERT = """
INSERT INTO importer (public_id, organisation, legal_name, country, city, contact_name, contact_role, phone, website,
    number_scheme, number, number_checked, headings, sectors, provinces, languages, standing, represented_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) RETURNING id
"""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer in the list that a post chooses from."""

    public_id: str
    legal_name: str
    country: str
    city: str | None
    standing: str
    represented: bool
    requests: int
    """Published so far."""


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """The buyer for whom a post writes a request."""

    id: int
    public_id: str
    legal_name: str
    country: str
    city: str | None
    contact_name: str
    standing: str
    represented: bool
    ours: bool | None
    """The caller's post speaks for it."""
    organisation: int
    organisation_id: str
    invited: str | None
    """The address that was invited to take it over, while the invitation is open."""


async def find(post: Membership, text: str) -> Sequence[Choice]:
    """Importers of the post's country, and those that it speaks for, whose name, number or city holds the text."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" if text else ""
    return [Choice(**row) for row in await fetch(_FIND, post.country, post.organisation, pattern)]


async def one(post: Membership, public_id: str) -> Buyer:
    """One of them by the importer's public id. Raises NotFound for others."""
    rows = await fetch(_ONE, post.country, post.organisation, public_id)
    if not rows:
        raise NotFound()
    return Buyer(**rows[0])


async def register(caller: Caller, post: Membership, company: Company) -> str:
    """Registers a buyer without people of its own, for which the post speaks; returns the importer's public id.

    It is active at once and not verified. Raises Invalid for a firm in Türkiye and for one that has the name of
    another importer of its country.
    """
    if company.country == countries.TURKIYE:
        raise Invalid(fields={"country": IN_TURKIYE})
    async with transaction() as tx:
        conn = tx.connection
        if await conn.fetchrow(_SAME_NAME, company.country, company.legal_name, None):
            raise Invalid(
                fields={
                    "legal_name": N_("There is an importer with this name already. Choose it in the list.")
                }
            )
        _, public_id = await _insert(conn, post.organisation, company, caller.actor)
        return public_id


async def procuring(conn: Connection, post: int, name: str, country: str, actor: str) -> int:
    """importer.id of a procuring body for which the post (organisation.id) speaks, registered at its first notice.

    Found again by its name (signs and capitals aside) and country, inside the caller's transaction.
    """
    row = await conn.fetchrow(_SAME_NAME, country, name, post)
    if row is not None:
        known: int = row["id"]
        return known
    company = Company(legal_name=name, country=country, contact_name=name, contact_role=None)
    id, _ = await _insert(conn, post, company, actor)
    return id


async def _insert(conn: Connection, post: int, company: Company, actor: str) -> tuple[int, str]:
    organisation, organisation_id = await found(
        conn, Kind.IMPORTER, company.legal_name, company.country, actor=actor
    )
    public_id = new_public_id()
    id: int = await conn.fetchval(
        _INSERT, public_id, organisation, company.legal_name, company.country, company.city, company.contact_name,
        company.contact_role, company.phone, company.website, company.number_scheme, company.number,
        company.number_checked, company.headings, company.sectors, company.provinces, company.languages,
        Standing.ACTIVE, post,
    )  # fmt: skip
    await audit.record(
        actor, "importer.registered_by_post", "importer", public_id,
        after={"organisation": organisation_id, "country": company.country, "represented_by": post},
    )  # fmt: skip
    return id, public_id


async def invite(caller: Caller, buyer: Buyer, email: Email, language: str) -> None:
    """Invites somebody of a buyer that the caller's post represents to take the firm over, as its owner.

    With the acceptance the post no longer represents it, and the firm's people see requests, quotes and talks. Raises
    Conflict for a buyer that another post or nobody represents, Invalid and TooMany as invitations.invite.
    """
    if not buyer.ours:
        raise Conflict(N_("This firm has people of its own here, or another post speaks for it."))
    firm = Managed(
        id=buyer.organisation, public_id=buyer.organisation_id, kind=Kind.IMPORTER, name=buyer.legal_name,
        country=buyer.country,
    )  # fmt: skip
    await invitations.invite(caller, firm, email, Role.OWNER, language)
