"""The request board of the demo: what buyers and posts look for, reviewed, published and partly answered."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kervan.accounts.callers import Caller, Membership
from kervan.alerts import ledger
from kervan.alerts import service as alerts
from kervan.alerts.book import Book
from kervan.alerts.conditions import Conditions
from kervan.alerts.structs import Wish
from kervan.db import execute, fetch, fetchval, transaction
from kervan.demo import past
from kervan.demo.board_answers import ANSWERS, Answer, answer
from kervan.demo.cast import Cast, seat
from kervan.demo.past import Mark
from kervan.demo.places import ATTACHES
from kervan.importers.structs import Company
from kervan.organisations import service as organisations
from kervan.organisations.tables import Role
from kervan.requests import access, buyers, service
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.requests.structs import Consent, Content, Spec
from kervan.resources import fixtures_dir
from kervan.trade import law

Progress = Callable[[int, int], None]
Row = Mapping[str, Any]

_OWN_POSTS = {"DE": "attache", "NL": "counsellor"}
ALERTED_DAYS = 3
"""The demo's alerts hear of what was published since so many days."""
_WISHES: Sequence[tuple[str, str, str, Conditions]] = (
    ("orders", "pamukova-tekstil", "Havlu ve bornoz", Conditions(codes=("6302",))),
    ("exporter", "pamukova-tekstil", "Almanya ve Hollanda", Conditions(countries=("DE", "NL"))),
    ("cem", "curuksu-ev", "Ev tekstili", Conditions(sectors=("home-textiles",))),
    ("meltem", "yaylaci-findik", "Kuruyemiş", Conditions(sectors=("nuts-dried-fruit",))),
    ("rasim", "kozbagi-zeytinyagi", "Bütün talepler", Conditions()),
)
"""Whose, for which firm, under which name, and what is asked for."""
REVIEW_HOURS = 20
"""Between sending and publication of an importer's request."""
_CONTACTS = ("Head of purchasing", "Managing director", "Project manager", "Buyer")


async def tell(person: Mapping[str, int], on_progress: Progress = lambda *_: None) -> None:
    """Makes every request of fixtures/demo/requests.json, the oldest first. Those that are there stay as they are."""
    cast = await seat(person)
    await _man_posts(person)
    rows: list[Row] = json.loads((fixtures_dir() / "demo" / "requests.json").read_text(encoding="utf-8"))
    rows.sort(key=lambda row: -row["age"])
    known = {row["title"] for row in await fetch("SELECT title FROM trade_request")}
    alerted = False
    for done, row in enumerate(rows):
        on_progress(done, len(rows))
        if row["age"] <= ALERTED_DAYS and not alerted:
            alerted = True
            await _alerts(cast)
        if row["title"] not in known:
            await _tell(cast, row)
    on_progress(len(rows), len(rows))
    await past.tidy()


async def _alerts(cast: Cast) -> None:
    """Alerts of some exporters. What is on the board by now was announced before they were made: nobody hears of it."""
    book = Book()
    for row in await fetch("SELECT request, edition FROM announcement WHERE matched_at IS NULL ORDER BY id"):
        await ledger.match(book, row["request"], row["edition"])
    for name, slug, title, wish in _WISHES:
        caller = await cast.caller(name)
        membership = next(m for m in caller.memberships if m.exporter == cast.exporters[slug])
        if await fetchval(
            "SELECT EXISTS (SELECT FROM alert WHERE person = $1 AND name = $2)", caller.person, title
        ):
            continue
        await alerts.create(
            caller,
            membership,
            Wish(name=title, conditions=wish, frequency="AT_ONCE", channels=("MAIL", "IN_APP")),
            language=caller.language,
            agreed=True,
        )


async def _man_posts(person: Mapping[str, int]) -> None:
    """Somebody works at each post that has posted requests, since a year."""
    begun = law.day_of(datetime.now(UTC)) - timedelta(days=365)
    for country, (name, _) in ATTACHES.items():
        post = await fetchval("SELECT id FROM organisation WHERE kind = 'POST' AND country = $1", country)
        if await fetchval("SELECT EXISTS (SELECT FROM membership WHERE person = $1)", person[name]):
            continue
        async with transaction() as tx:
            await organisations.add_member(
                tx.connection, post, person[name], Role.ATTACHE, begun, begun + timedelta(days=3 * 365)
            )


async def _tell(cast: Cast, row: Row) -> None:
    """One request, as far as its fixture says that it came."""
    now = datetime.now(UTC)
    published_at = now - timedelta(days=row["age"], hours=len(row["title"]) % 9)
    marks = [past.mark(published_at - timedelta(hours=REVIEW_HOURS))]
    caller, maker, consent = await _maker(cast, row, published_at)
    made = await service.create(caller, maker, content_of(row, law.day_of(now)), consent=consent)
    stage = row.get("stage", "PUBLISHED")
    if stage != "DRAFT":
        await _publish(cast, row, caller, maker, made, marks, published_at, stage)
    if row.get("end") == "withdraw":
        marks.append(past.mark(published_at + timedelta(days=row["age"] // 2)))
        place = await access.own(caller, caller.memberships[0].public_id, made.public_id, act=True)
        await service.withdraw(caller, place, row["why"])
    if "waits" in row:
        # It waits for its review since so many hours: some are due, one is overdue.
        await execute(
            """UPDATE trade_request SET submitted_at = now() - $2::interval,
                review_due_at = review_due_at - $2::interval
            WHERE id = $1""",
            made.id,
            timedelta(hours=row["waits"]),
        )
        return
    for told in ANSWERS.get(row["title"], ()):
        await _answer(cast, row, made, told, published_at, marks)
    await past.request(made.id, marks)


async def _publish(
    cast: Cast,
    row: Row,
    caller: Caller,
    maker: Maker,
    made: Saved,
    marks: list[Mark],
    published_at: datetime,
    stage: str,
) -> None:
    if maker.side == Side.IMPORTER:
        place = await access.own(caller, caller.memberships[0].public_id, made.public_id, act=True)
        await service.submit(caller, place, seen=True)
        if stage == "SUBMITTED":
            return
    marks.append(past.mark(published_at))
    reviewer = await _reviewer(cast, made)
    staff = await access.handled(reviewer, made.public_id)
    if stage == "RETURNED":
        await service.give_back(reviewer, staff, "return", row["why"])
    else:
        await service.publish(reviewer, staff, seen=True)


async def _answer(
    cast: Cast, row: Row, made: Saved, told: Answer, published_at: datetime, marks: list[Mark]
) -> None:
    at = min(published_at + timedelta(hours=told.after_hours), datetime.now(UTC) - timedelta(hours=1))
    marks.append(past.mark(at))
    buyer = row["by"] if isinstance(row["by"], str) else None
    await answer(cast, made, told, buyer, await _reviewer(cast, made) if buyer is None else None)


async def _maker(cast: Cast, row: Row, at: datetime) -> tuple[Caller, Maker, Consent | None]:
    """Who begins the request: an importer of the demo, or a post for a buyer that it speaks for."""
    if isinstance(row["by"], str):
        caller = await cast.caller(row["by"])
        firm = caller.of_kind("IMPORTER")[0]
        return caller, Maker(side=Side.IMPORTER, importer=firm.importer or 0), None
    country = row["by"]["post"]
    caller = await cast.caller(_OWN_POSTS.get(country) or ATTACHES[country][0])
    post = caller.of_kind("POST")[0]
    consent = Consent(
        who=f"{_CONTACTS[len(row['title']) % 4]}, {row['by']['firm']}",
        when=law.day_of(at) - timedelta(days=1),
        how="EMAIL",
        note="The buyer asked the post to look for suppliers and agreed that its name is told to those who quote.",
    )
    return (
        caller,
        Maker(side=Side.POST, importer=await _buyer(caller, post, row), post=post.organisation),
        consent,
    )


async def _buyer(caller: Caller, post: Membership, row: Row) -> int:
    firm = row["by"]["firm"]
    known: int | None = await fetchval("SELECT id FROM importer WHERE legal_name = $1", firm)
    if known is not None:
        return known
    company = Company(
        legal_name=firm, country=row["by"]["post"], city=row["by"]["city"],
        contact_name=_CONTACTS[len(firm) % 4], contact_role=None, languages=tuple(row.get("langs", ())),
    )  # fmt: skip
    public_id = await buyers.register(caller, post, company)
    found: int = await fetchval("SELECT id FROM importer WHERE public_id = $1", public_id)
    return found


async def _reviewer(cast: Cast, made: Saved) -> Caller:
    """Who looks after a request: somebody of its post, else an administrator."""
    rows = await fetch(
        """SELECT split_part(p.email_key, '@', 1) AS name FROM trade_request q
        JOIN membership m ON m.organisation = q.post
        JOIN person p ON p.id = m.person WHERE q.id = $1 AND m.ended_at IS NULL ORDER BY m.id LIMIT 1""",
        made.id,
    )
    return await cast.caller(rows[0]["name"] if rows else "admin")


def content_of(row: Row, today: date) -> Content:
    """What a row of the fixture says, with its days counted from today."""
    return Content(
        title=row["title"],
        summary=row["summary"],
        description=row["description"],
        language=row.get("language", "en"),
        hs_code=row["hs"],
        sector=row.get("sector"),
        specs=tuple(Spec(name, value) for name, value in row.get("specs", ())),
        quantity=row["quantity"],
        unit=row["unit"],
        budget=Decimal(row["budget"]) if "budget" in row else None,
        target_price=Decimal(row["price"]) if "price" in row else None,
        currency=row.get("cur"),
        country=row["country"],
        place=row.get("place", ""),
        incoterm=row.get("incoterm"),
        deadline=today + timedelta(days=row["days"]),
        certificates=tuple(row.get("certs", ())),
        sample_wanted=bool(row.get("sample")),
        buyer_type=row["buyer"],
        languages=tuple(row.get("langs", ())),
        visibility=row.get("vis", "RELAY"),
        source=row.get("source", "IMPORTER"),
        source_url=row.get("url"),
        source_ref=row.get("ref"),
    )
