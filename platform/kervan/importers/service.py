"""Writes of importers by their own people: registration, changes of the firm, the wish to be verified."""

from collections.abc import Collection
from typing import Any

from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts import registration
from kervan.accounts.callers import Caller
from kervan.db import transaction
from kervan.errors import Conflict, Invalid
from kervan.ids import new_public_id
from kervan.importers import queries, states
from kervan.importers.structs import IN_TURKIYE, Company, Importer
from kervan.importers.tables import Standing
from kervan.notifications.letters import send
from kervan.organisations import tasks
from kervan.organisations.service import found
from kervan.organisations.tables import Kind
from kervan.privacy import consents
from kervan.trade import countries, emails, time_zones
from kervan.trade.emails import Email
from kervan.trade.errors import N_

_INSERT = """
INSERT INTO importer (public_id, organisation, legal_name, country, city, contact_name, contact_role, phone, website,
    domain_matches, disposable_mail, number_scheme, number, number_checked, headings, sectors, provinces, languages,
    standing)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
RETURNING id
"""
_CHANGE = """
UPDATE importer SET legal_name = $3, country = $4, city = $5, contact_name = $6, contact_role = $7, phone = $8,
    website = $9, domain_matches = $10, number_scheme = $11, number = $12, number_checked = $13, headings = $14,
    sectors = $15, provinces = $16, languages = $17, version = version + 1, updated_at = now()
WHERE id = $1 AND version = $2 AND standing NOT IN ('SUSPENDED', 'CLOSED')
RETURNING version
"""
_UNVERIFY = """
UPDATE importer SET standing = 'ACTIVE', verified_at = NULL, verified_until = NULL, verified_by = NULL, evidence = NULL,
    looked_at = '{}', standing_reason = $2
WHERE id = $1 AND standing = 'VERIFIED'
"""

NAME_CHANGED = N_(
    "You changed the name, the country or the number of your firm, so it has to be verified anew. Ask for it here."
)


async def register(
    company: Company,
    *,
    email: Email,
    password: str,
    language: str,
    agreed: Collection[str] = (),
    consent_version: str | None = None,
) -> None:
    """Registers a firm and its first person, or does nothing but write a mail when the address has an account.

    Nobody can tell the two apart. `agreed` are the purposes that were ticked, in the text of `consent_version`.
    """

    async def with_firm(conn: Connection, person: int) -> None:
        await create(conn, person, company, email)
        await consents.give(conn, person, agreed, language, "registration", consent_version)

    await registration.register(
        name=company.contact_name,
        email=email,
        password=password,
        language=language,
        time_zone=time_zones.of_country(company.country),
        after=with_firm,
    )


async def create(
    conn: Connection, person: int, company: Company, email: Email, standing: str = Standing.PENDING_EMAIL
) -> tuple[int, str]:
    """The firm of a new person inside a transaction: its organisation, its row, and work for staff when its mailbox is
    one that is thrown away. Returns importer.id and the organisation's public id."""
    if company.country == countries.TURKIYE:
        raise Invalid(fields={"country": IN_TURKIYE})
    organisation, organisation_id = await found(
        conn, Kind.IMPORTER, company.legal_name, company.country, owner=person
    )
    public_id = new_public_id()
    disposable = emails.is_disposable(email.domain)
    matches = bool(company.website) and emails.same_company(email.domain, company.website or "")
    id: int = await conn.fetchval(
        _INSERT, public_id, organisation, company.legal_name, company.country, company.city, company.contact_name,
        company.contact_role, company.phone, company.website, matches, disposable, company.number_scheme,
        company.number, company.number_checked, company.headings, company.sectors, company.provinces,
        company.languages, standing,
    )  # fmt: skip
    await audit.record(
        f"user:{person}", "importer.registered", "importer", public_id,
        after={"organisation": organisation_id, "country": company.country, "standing": standing},
    )  # fmt: skip
    if disposable:
        await open_review(conn, public_id, company.country)
    return id, organisation_id


async def open_review(conn: Connection, public_id: str, country: str) -> None:
    """Asks for a look at an importer: the post of its country when somebody is in office there, else the Ministry."""
    await tasks.open_task(conn, tasks.IMPORTER_REVIEW, public_id, await queries.reviewing_post(country))


async def change(caller: Caller, importer: Importer, company: Company, version: int) -> bool:
    """Stores what the firm's people changed; True when it lost its verification by that.

    Another name, country or number is another firm until somebody has looked at it. Raises Conflict when somebody
    else changed the firm since `version`, and while it is suspended or closed.
    """
    async with transaction() as tx:
        conn = tx.connection
        domains = await conn.fetch(
            """SELECT p.email_key FROM membership m JOIN person p ON p.id = m.person
            WHERE m.organisation = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL""",
            importer.organisation,
        )
        matches = any(
            emails.same_company(row["email_key"].rpartition("@")[2], company.website or "") for row in domains
        )
        done = await conn.fetchval(
            _CHANGE, importer.id, version, company.legal_name, company.country, company.city, company.contact_name,
            company.contact_role, company.phone, company.website, bool(company.website) and matches,
            company.number_scheme, company.number, company.number_checked, company.headings, company.sectors,
            company.provinces, company.languages,
        )  # fmt: skip
        if done is None:
            raise Conflict(N_("The firm was changed in the meantime. Look at it again."))
        await conn.execute(
            "UPDATE organisation SET name = $2, country = $3 WHERE id = $1",
            importer.organisation,
            company.legal_name,
            company.country,
        )
        before, after = _difference(importer, company)
        await audit.record(caller.actor, "importer.changed", "importer", importer.public_id, before, after)
        if importer.review_asked_at is not None and importer.country != company.country:
            await open_review(conn, importer.public_id, company.country)
        if importer.standing != Standing.VERIFIED or not _is_another(importer, company):
            return False
        states.check(importer.standing, Standing.ACTIVE)
        await conn.execute(_UNVERIFY, importer.id, NAME_CHANGED)
        await audit.record(
            caller.actor, "importer.verification_ended", "importer", importer.public_id,
            {"standing": Standing.VERIFIED}, {"standing": Standing.ACTIVE}, "firm changed",
        )  # fmt: skip
        await tell(importer.organisation, "importer_changed", company.legal_name, importer.organisation_id)
        return True


def _is_another(importer: Importer, company: Company) -> bool:
    return (importer.legal_name, importer.country, importer.number_scheme, importer.number) != (
        company.legal_name,
        company.country,
        company.number_scheme,
        company.number,
    )


# The trail is for ever: of what belongs to a person it only says that it changed.
_PERSONAL = ("contact_name", "contact_role", "phone")


def _difference(importer: Importer, company: Company) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in Company.__struct_fields__:
        old, new = getattr(importer, name), getattr(company, name)
        if old != new:
            before[name], after[name] = ("…", "…") if name in _PERSONAL else (old, new)
    return before, after


async def ask_verification(caller: Caller, importer: Importer) -> None:
    """Opens the task of verifying the firm; asking twice changes nothing.

    Raises Conflict for a firm that is verified already, not active, or has neither website nor number.
    """
    if importer.standing != Standing.ACTIVE:
        raise Conflict(N_("Only an active firm can ask to be verified."))
    if not importer.website and not importer.number:
        raise Conflict(
            N_("Add a website or a company number first: without one there is nothing to look at.")
        )
    async with transaction() as tx:
        conn = tx.connection
        still: Record | None = await conn.fetchrow(
            "UPDATE importer SET standing_reason = NULL WHERE id = $1 AND standing = 'ACTIVE' RETURNING country",
            importer.id,
        )
        if still is None:
            raise Conflict(N_("Only an active firm can ask to be verified."))
        await open_review(conn, importer.public_id, still["country"])
        await audit.record(caller.actor, "importer.verification_asked", "importer", importer.public_id)


async def tell(organisation: int, template: str, firm: str, desk: str, **context: Any) -> None:
    """A mail to every owner of a firm, inside a transaction, each in their own language."""
    for owner in await queries.owner_addresses(organisation):
        await send(
            template, owner["email"], owner["language"], person=owner["id"], of=organisation, name=owner["name"],
            organisation=firm, go=f"/desk/{desk}", **context,
        )  # fmt: skip
