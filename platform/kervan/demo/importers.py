"""The demo's importers: registered, verified by posts, one suspended, with consents and saved things."""

from collections.abc import Awaitable, Callable

from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval, transaction
from kervan.demo.accounts import DOMAIN, PASSWORD
from kervan.demo.places import IMPORTERS, Firm
from kervan.discovery import requests
from kervan.importers import access, saved, service, verification
from kervan.importers.structs import Company
from kervan.importers.tables import Standing
from kervan.organisations import service as organisations
from kervan.organisations import tasks
from kervan.organisations.tables import Role
from kervan.privacy import consents
from kervan.trade import emails

Acting = Callable[[int], Awaitable[Caller]]
"""Makes a person a caller."""

_PENDING = Company(
    legal_name="Kallergis Home A.E.",
    country="GR",
    city="Thessaloniki",
    contact_name="Eleni Kallergi",
    contact_role="Buyer",
    sectors=("home-textiles",),
    languages=("el", "en"),
)
_REASON = "The telephone number belongs to somebody else, and mails come back."


async def tell(person: dict[str, int], acting: Acting) -> None:
    """Registers every importer of the demo and brings it as far as it is said to be."""
    for firm in IMPORTERS:
        await _importer(person, firm, acting)
    if not await fetchval("SELECT EXISTS (SELECT FROM person WHERE name = $1)", _PENDING.contact_name):
        email = emails.address(f"eleni.kallergi@{DOMAIN}")
        await service.register(_PENDING, email=email, password=PASSWORD, language="en", agreed=("events",))
    lena = await acting(person["importer"])
    [german] = lena.of_kind("IMPORTER")
    if not await fetchval("SELECT EXISTS (SELECT FROM membership WHERE person = $1)", person["buyer"]):
        async with transaction() as tx:
            await organisations.add_member(tx.connection, german.organisation, person["buyer"], Role.BUYER)
    for name in ("importer", "buyer", "verified"):
        await _keep(person[name])


async def _keep(person: int) -> None:
    """What an importer finds again under Saved."""
    for row in await fetch(
        """SELECT p.public_id FROM product p JOIN exporter e ON e.id = p.exporter
        WHERE p.state = 'PUBLISHED' AND e.verification = 'VERIFIED' AND e.slug = ANY($1)
        ORDER BY row_number() OVER (PARTITION BY p.picture ORDER BY p.id), p.id LIMIT 4""",
        ["pamukova-tekstil", "buldan-sari-dokuma"],
    ):
        await saved.keep_product(person, row["public_id"])
    await saved.keep_exporter(person, "pamukova-tekstil")
    search = requests.parse("products", "en", {"q": ["terry towel"], "province": ["20"]})
    await saved.keep_search(person, search, "Towels from Denizli")


async def _importer(person: dict[str, int], firm: Firm, acting: Acting) -> None:
    owner = person[firm.owner]
    if await fetchval("SELECT EXISTS (SELECT FROM membership WHERE person = $1)", owner):
        return
    company = Company(
        legal_name=firm.firm,
        country=firm.country,
        city=firm.city,
        contact_name=firm.name,
        contact_role=firm.role,
        website=f"https://{firm.owner.replace('.', '-')}-trade.example",
        sectors=firm.sectors,
        headings=firm.headings,
        languages=firm.languages,
    )
    async with transaction() as tx:
        await service.create(
            tx.connection, owner, company, emails.address(f"{firm.owner}@{DOMAIN}"), Standing.ACTIVE
        )
        if firm.standing != "ACTIVE":
            await consents.give(tx.connection, owner, ("events", "alerts"), firm.language, "registration")
    caller = await acting(owner)
    _, importer = await access.own(caller, caller.memberships[0].public_id)
    if firm.standing == "ACTIVE":
        return
    if firm.standing != "SUSPENDED":
        await service.ask_verification(caller, importer)
    verifier = await acting(person[_VERIFIERS.get(firm.country, "admin")])
    by, importer = await access.for_verifier(verifier, importer.public_id)
    if firm.standing == "VERIFIED":
        evidence = "Entry in the trade register of the day, website and telephone of the firm."
        await verification.verify(verifier, by, importer, ("register", "website"), evidence, importer.version)
    elif firm.standing == "SUSPENDED":
        await verification.suspend(verifier, importer, _REASON)
    elif firm.country == "DE":
        await tasks.assign(verifier, tasks.IMPORTER_REVIEW, importer.public_id, verifier.person)


_VERIFIERS = {"DE": "attache", "NL": "counsellor"}
