"""Ten thousand alerts of five hundred people, and the requests that some of them wait for: always the same ones."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from requesting import content

from kervan.alerts import clock, conditions
from kervan.alerts.conditions import Conditions
from kervan.db import connection
from kervan.ids import new_public_id
from kervan.orders.deadlines import today
from kervan.privacy import texts
from kervan.requests.structs import Content

# Heading, what people call the goods, their unit.
GOODS = (
    ("6302", ("cotton towels", "bathrobes", "pamuklu havlu"), "C62"),
    ("1509", ("olive oil", "zeytinyağı", "Olivenöl in tins"), "LTR"),
    ("0802", ("shelled hazelnuts", "kavrulmuş fındık", "almonds"), "KGM"),
    ("5702", ("woven carpets", "kilim", "wool rugs"), "MTK"),
    ("6907", ("ceramic tiles", "seramik karo", "floor tiles"), "MTK"),
    ("6802", ("marble slabs", "mermer levha", "travertine"), "MTK"),
    ("8708", ("brake pads", "fren balatası", "gear box parts"), "C62"),
    ("9403", ("oak tables", "ahşap masa", "office furniture"), "C62"),
    ("7010", ("glass jars", "cam kavanoz", "bottles"), "C62"),
    ("0813", ("dried apricots", "kuru kayısı", "dried figs"), "KGM"),
    ("3401", ("olive oil soap", "zeytinyağlı sabun", "laurel soap"), "KGM"),
    ("6109", ("t-shirts", "pamuklu tişört", "organic cotton shirts"), "C62"),
)
COUNTRIES = ("DE", "AT", "FR", "NL", "GB", "US", "AE", "NG", "KZ", "JP")
BUYERS = ("IMPORTER", "RETAILER", "HOSPITALITY", "ECOMMERCE", "PUBLIC")
CERTIFICATES = ("oeko-tex-100", "iso-9001", "iso-22000")
_WORDS = (
    "for hotels",
    "in bulk",
    "white",
    "second order",
    "organic",
    "export quality",
    "İzmir",
    "hotel group",
)

_AN_ALERT_OF_50_TELLS_AT_ONCE = 50

_PEOPLE = """
INSERT INTO person (public_id, name, email, email_key, email_confirmed_at, language, state)
SELECT p.public_id, 'Reader ' || p.n, 'reader' || p.n || '@alerts.example', 'reader' || p.n || '@alerts.example', now(),
    CASE WHEN p.n % 3 = 0 THEN 'tr' ELSE 'en' END, 'ACTIVE'
FROM unnest($1::text[]) WITH ORDINALITY AS p (public_id, n) RETURNING id
"""
_MEMBERS = """
INSERT INTO membership (person, organisation, role, valid_from)
SELECT person, $2, 'VIEWER', '2020-01-01' FROM unnest($1::bigint[]) AS person
"""
_CONSENTS = """
INSERT INTO consent (person, purpose, text_version, language, evidence)
SELECT person, 'alerts', $2, 'en', '{"where": "tests"}' FROM unnest($1::bigint[]) AS person
"""
_ALERTS = """
INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token)
SELECT a.public_id, a.person, $2, 'Alert ' || a.n, a.frequency, string_to_array(a.channels, ',')::varchar[],
    'feed-' || a.public_id
FROM unnest($1::text[], $3::bigint[], $4::text[], $5::text[]) WITH ORDINALITY
    AS a (public_id, person, frequency, channels, n) RETURNING id
"""
_VERSIONS = """
INSERT INTO alert_version (alert, number, conditions, since)
SELECT v.alert, 1, v.conditions::jsonb, $3 FROM unnest($1::bigint[], $2::text[]) AS v (alert, conditions)
"""


def wishes(total: int, chance: random.Random) -> list[Conditions]:
    """Conditions as people have them, all of them checked; many share one. About one in sixty fits a request."""
    pool = [conditions.check(_wish(chance)) for _ in range(max(1, total // 8))]
    # Few ask for everything, and few for a country alone; the others are drawn from the pool.
    broad = [Conditions(), *(Conditions(countries=(country,)) for country in COUNTRIES)]
    return [chance.choice(broad if n % 400 == 0 else pool) for n in range(total)]


def _wish(chance: random.Random) -> Conditions:
    heading, names, unit = chance.choice(GOODS)
    countries = tuple(chance.sample(COUNTRIES, chance.choice((1, 1, 2))))
    buyers = (chance.choice(BUYERS),)
    name = chance.choice(names)
    words = f"{name} {chance.choice(_WORDS)}"
    high = chance.choice((100, 1000, 5000))
    return chance.choice(
        (
            Conditions(text=words),
            Conditions(text=f'"{name}"', countries=countries),
            Conditions(text=f"{name} -organic", countries=countries, buyer_types=buyers),
            Conditions(text=words.split()[-1], codes=(heading,), countries=countries),
            Conditions(codes=(heading,), countries=countries, buyer_types=buyers),
            Conditions(codes=(heading[:2],), countries=countries, value_from=Decimal(2000 * len(name))),
            Conditions(codes=(heading, "0901", "22"), countries=countries, value_to=Decimal(9000)),
            Conditions(codes=(heading,), unit=unit, quantity_from=high // 2, quantity_to=high),
            Conditions(certificates=(chance.choice(CERTIFICATES),), codes=(heading,), languages=("en",)),
            Conditions(text="zürafa kolyesi", countries=countries),
        )
    )


def wanted(total: int, chance: random.Random) -> list[Content]:
    """Contents of requests that can be published today."""
    found = []
    for number in range(total):
        heading, names, unit = chance.choice(GOODS)
        title = f"{chance.choice(names)} {chance.choice(_WORDS)}, lot {number}"
        quantity = chance.choice((50, 400, 900, 3000, 20_000))
        found.append(
            content(
                title=title[0].upper() + title[1:],
                summary=f"A buyer looks for {quantity} of them, {chance.choice(_WORDS)}.",
                description="Two deliveries a year. Samples before the order.",
                hs_code=heading,
                specs=(),
                quantity=quantity,
                unit=unit,
                target_price=Decimal(chance.choice(("0.90", "3.80", "12.50"))),
                country=chance.choice(COUNTRIES),
                place="",
                deadline=today() + timedelta(days=chance.randint(10, 90)),
                certificates=tuple(chance.sample(CERTIFICATES, chance.choice((0, 0, 1, 2)))),
                buyer_type=chance.choice(BUYERS),
                language=chance.choice(("en", "en", "tr")),
            )
        )
    return found


async def make_readers(total: int, organisation: int) -> list[int]:
    """People of an organisation who want to be told by mail; person.id of each."""
    async with connection() as conn, conn.transaction():
        people = [row["id"] for row in await conn.fetch(_PEOPLE, [new_public_id() for _ in range(total)])]
        await conn.execute(_MEMBERS, people, organisation)
        await conn.execute(_CONSENTS, people, texts.consents().version)
    return people


async def make_alerts(people: Sequence[int], organisation: int, asked: Sequence[Conditions]) -> None:
    """One alert for each of the conditions, spread over the people, all under one tick of the clock.

    The first people in fifty are told at once, by mail or under the bell alone; the others wait for the daily mail.
    """
    immediate = max(1, len(people) // _AN_ALERT_OF_50_TELLS_AT_ONCE)
    owners, often, channels = [], [], []
    for number in range(len(asked)):
        place = number % len(people)
        owners.append(people[place])
        often.append("AT_ONCE" if place < immediate else ("DAILY", "WEEKLY")[number % 2])
        channels.append(("MAIL,IN_APP", "MAIL", "IN_APP")[place % 3] if place < immediate else "MAIL")
    async with connection() as conn, conn.transaction():
        rows = await conn.fetch(
            _ALERTS, [new_public_id() for _ in asked], organisation, owners, often, channels
        )
        tick = await clock.tick(conn)
        ids = [row["id"] for row in rows]
        await conn.execute(_VERSIONS, ids, [conditions.stored(one) for one in asked], tick)
