"""The people of the demo in their places: made once, through the same services as real people."""

from datetime import UTC, date, datetime, timedelta

from kervan import audit, vault
from kervan.accounts import passwords, people
from kervan.accounts.factors import SEALED_FOR
from kervan.db import fetch, fetchval, transaction
from kervan.demo import accounts, board, events, figures, places, stories, trade
from kervan.demo.accounts import DEMO_ACCOUNTS, DOMAIN, PASSWORD
from kervan.errors import Conflict
from kervan.organisations import service as organisations
from kervan.organisations.tables import Kind, Role
from kervan.settings import Settings
from kervan.trade import emails

ACTOR = "system:demo"
FIRM = "pamukova-tekstil"
"""The verified exporter of which there are an owner, an editor and an order desk."""

_OTHERS = (
    ("thea.ritter", "Thea Ritterhoff", "en"),
    ("ebru", "Ebru Kıvrakel", "tr"),
    ("volkan", "Volkan Serinhis", "tr"),
    ("nazan", "Nazan Kaklıkova", "tr"),
    ("cem", "Cem Buldanlıoğlu", "tr"),
    ("meltem", "Meltem Perşembeli", "tr"),
    ("rasim", "Rasim Cundalı", "tr"),
)
"""People without a second factor who are not in the list of accounts; importers' owners come from places."""
_OTHER_STAFF = (
    ("berlin", "İpek Tanrıöver", "tr"),
    ("third-admin", "Yusuf Kaleiçi", "tr"),
    ("oaib", "Derya Kızılağaç", "tr"),
)
_SETTLED = "SELECT entity_id FROM audit_entry WHERE entity = 'demo' AND action = 'demo.settled'"


async def settle(settings: Settings, on_progress: trade.Progress = lambda *_: None) -> bool:
    """Makes the demo's people, organisations, the work on their desks and their trade; False when that was done before.

    What a crash left half done is completed, and the demo of a release without events gets them. Raises CommandError
    in production, and where real people have accounts.
    """
    accounts.refuse_in_production(settings)
    done = {row["entity_id"] for row in await fetch(_SETTLED)}
    if "events" in done:
        return False
    if await fetchval("SELECT EXISTS (SELECT FROM person WHERE email_key NOT LIKE '%@' || $1)", DOMAIN):
        return False
    if not await fetchval("SELECT EXISTS (SELECT FROM exporter WHERE slug = $1)", FIRM):
        return False
    found = await _people()
    await _places(found)
    if "accounts" not in done:
        await stories.tell(found)
        await trade.tell(found, on_progress)
        await board.tell(found, on_progress)
        await figures.fill(FIRM, datetime.now(UTC).date())
        await _settled("accounts")
    await events.tell(found, on_progress)
    await _settled("events")
    return True


async def _settled(part: str) -> None:
    async with transaction():
        await audit.record(ACTOR, "demo.settled", "demo", part)


async def _people() -> dict[str, int]:
    """person.id by the name before the @."""
    hashed = await passwords.hash(PASSWORD)
    known = {firm.owner: (firm.name, firm.language, False) for firm in places.IMPORTERS}
    known |= {name: (shown, language, False) for name, shown, language in _OTHERS}
    known |= {name: (shown, language, True) for name, shown, language in _OTHER_STAFF}
    known |= {name: (shown, "tr", True) for name, shown in places.ATTACHES.values()}
    known |= {name: (shown, "tr", True) for name, shown in places.ORGANISERS.values()}
    known |= {name: (shown, "tr", False) for name, shown in places.OWNERS.values()}
    known |= {a.email.partition("@")[0]: (a.name, a.language, a.staff) for a in DEMO_ACCOUNTS}
    return {name: await _person(name, *who, hashed) for name, who in known.items()}


async def _person(local: str, name: str, language: str, staff: bool, hashed: str) -> int:
    email = emails.address(f"{local}@{DOMAIN}")
    there: int | None = await fetchval("SELECT id FROM person WHERE email_key = $1", email.key)
    if there is not None:
        return there
    async with transaction() as tx:
        person = await people.create(
            tx.connection, name=name, email=email, password_hash=hashed, language=language,
            time_zone="Europe/Istanbul" if language == "tr" else "Europe/Berlin", state="ACTIVE",
        )  # fmt: skip
        if staff:
            await tx.connection.execute(
                "UPDATE person SET totp_secret = $2, totp_confirmed_at = now() WHERE id = $1",
                person,
                vault.seal(accounts.demo_secret(email.shown), SEALED_FOR),
            )
    return person


async def _places(person: dict[str, int]) -> None:
    today = datetime.now(UTC).date()
    ministry = await _organisation(Kind.MINISTRY, places.MINISTRY, "TR")
    for name in ("admin", "second-admin", "third-admin"):
        await _member(ministry, person[name], Role.ADMIN)
    for short, long in places.ASSOCIATIONS.items():
        association = await _organisation(Kind.ASSOCIATION, long, "TR", short)
        organiser = (places.ORGANISERS[short][0],) if short in places.ORGANISERS else ()
        for name in {"DENİB": ("association", "reviewer"), "OAİB": ("oaib",)}.get(short, organiser):
            await _member(association, person[name], Role.STAFF)
    for country, city in places.POSTS.items():
        post = await _organisation(Kind.POST, f"Ticaret Müşavirliği {city}", country)
        if country == "DE":
            begun = today - timedelta(days=400)
            await _member(post, person["attache"], Role.ATTACHE, begun, _years_later(begun, 3))
            await _member(post, person["berlin"], Role.COUNSELLOR, today, _years_later(today, 3))
        elif country == "NL":
            # Nearly over: an administrator extends it or names a successor.
            await _member(
                post,
                person["counsellor"],
                Role.COUNSELLOR,
                today - timedelta(days=1075),
                today + timedelta(days=20),
            )
    firm = await _firm(FIRM)
    for name, role in (("exporter", Role.OWNER), ("editor", Role.EDITOR), ("orders", Role.ORDER_DESK)):
        await _member(firm, person[name], role)
    await _member(await _firm("curuksu-ev"), person["exporter"], Role.VIEWER)
    for slug, owner in (("curuksu-ev", "cem"), ("yaylaci-findik", "meltem"), ("kozbagi-zeytinyagi", "rasim")):
        await _member(await _firm(slug), person[owner], Role.OWNER)
    for slug, (owner, _) in places.OWNERS.items():
        await _member(await _firm(slug), person[owner], Role.OWNER)


def _years_later(begun: date, years: int) -> date:
    """The last day of a term that begins on a day."""
    # 29 February has no counterpart in most years.
    day = 28 if (begun.month, begun.day) == (2, 29) else begun.day
    return begun.replace(year=begun.year + years, day=day) - timedelta(days=1)


async def _firm(slug: str) -> int:
    found: int = await fetchval("SELECT organisation FROM exporter WHERE slug = $1", slug)
    return found


async def _organisation(kind: Kind, name: str, country: str, association: str | None = None) -> int:
    there: int | None = await fetchval(
        "SELECT id FROM organisation WHERE kind = $1 AND name = $2", kind, name
    )
    if there is not None:
        return there
    async with transaction() as tx:
        id, _ = await organisations.found(
            tx.connection, kind, name, country, association=association, actor=ACTOR
        )
    return id


async def _member(
    organisation: int, person: int, role: Role, valid_from: date | None = None, valid_to: date | None = None
) -> None:
    try:
        async with transaction() as tx:
            await organisations.add_member(tx.connection, organisation, person, role, valid_from, valid_to)
    except Conflict:
        return  # a member already: the run before came this far
