"""Requests and alerts made up by a seed, of the same words as the generated products."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
from inventory import BRANDS, SEED, SERIES, zipf
from words import COLOURS, GOODS, MATERIALS, TRAITS, USES

from kervan.alerts import clock, conditions
from kervan.alerts.conditions import Conditions
from kervan.db import transaction
from kervan.ids import new_public_id
from kervan.requests.structs import Content, Spec
from kervan.requests.tables import BuyerType
from kervan.trade import law

_BUYING = (
    "DE US GB FR NL AE IT IQ ES RU PL SA RO BE IL EG AZ BG GR KZ LY MA UA CA SE AT UZ DZ JO QA CH GE HU CZ LT KW DK"
    " ZA AU JP KR IN BR MX NG KE GH SN PT IE NO FI RS BA AL MK MD TN OM SG"
)
COUNTRIES = tuple(_BUYING.split())
CERTIFICATES = ("oeko-tex-100", "iso-9001", "gots", "iso-22000", "haccp", "halal")
BUYERS = tuple(BuyerType)
_UNITS = {"0": "KGM", "1": "KGM", "2": "KGM"}
AN_ORGANISATION_HAS = 50
"""Alerts, and so many has each of its people."""

_PEOPLE = """
INSERT INTO person (public_id, name, email, email_key, email_confirmed_at, language, state)
SELECT p.public_id, 'Person ' || p.n, 'p' || p.n || '@alerts.example', 'p' || p.n || '@alerts.example', now(), 'en',
    'ACTIVE'
FROM unnest($1::text[]) WITH ORDINALITY AS p (public_id, n) RETURNING id
"""
_MEMBERS = """
INSERT INTO membership (person, organisation, role, valid_from)
SELECT person, $2, 'VIEWER', '2020-01-01' FROM unnest($1::bigint[]) AS person
"""
_ALERTS = """
INSERT INTO alert (public_id, person, organisation, name, frequency, channels, feed_token)
SELECT a.public_id, a.person, $2, 'Alert ' || a.n, CASE WHEN a.n % 5 = 0 THEN 'AT_ONCE' ELSE 'DAILY' END, '{MAIL}',
    'feed-' || a.public_id
FROM unnest($1::text[], $3::bigint[]) WITH ORDINALITY AS a (public_id, person, n) RETURNING id
"""
_VERSIONS = """
INSERT INTO alert_version (alert, number, conditions, since)
SELECT v.alert, 1, v.conditions::jsonb, $3 FROM unnest($1::bigint[], $2::text[]) AS v (alert, conditions)
"""


def _pick(dice: random.Random, rows: Sequence[tuple[str, ...]], exponent: float = 0.6) -> tuple[str, ...]:
    return dice.choices(rows, zipf(len(rows), exponent))[0]


def _country(dice: random.Random) -> str:
    return dice.choices(COUNTRIES, zipf(len(COUNTRIES)))[0]


def requests(count: int, seed: int = SEED) -> Iterator[Content]:
    """What buyers look for, complete enough to be published today; every facet of the board is filled in.

    Deadlines count from today, since only open requests are on the board.
    """
    dice = random.Random(seed)
    today = law.day_of(datetime.now(UTC))
    for _ in range(count):
        language = dice.choices((0, 1), (7, 3))[0]
        good, heading = _pick(dice, GOODS, 0.8), ""
        heading, name = good[0], good[1 + language]
        material, trait, other = _pick(dice, MATERIALS), _pick(dice, TRAITS), _pick(dice, TRAITS)
        colour, use = _pick(dice, COLOURS), _pick(dice, USES)
        words = [pair[language] for pair in (trait, material)]
        series = dice.choices(SERIES, zipf(len(SERIES), 0.7))[0]
        yield Content(
            title=f"{' '.join(words)} {name} {colour[language]}".capitalize(),
            summary=(
                f"Bir alıcı {use[language]} için {name} arıyor.",
                f"A buyer looks for {name} of {material[0]} for {use[0]} use.",
            )[1 - language],
            description=f"{other[language]}; {series}, {dice.choice(BRANDS)}. "
            + (
                "Samples before the order, two deliveries a year, private label.",
                "Siparişten önce numune, yılda iki teslimat, özel marka.",
            )[language],
            language=("en", "tr")[language],
            hs_code=heading,
            specs=(Spec("Size", dice.choice(("50x90", "70x140", "10 mm", "5 kg", "500 ml"))),),
            quantity=dice.choice((50, 200, 1000, 5000, 20_000)),
            unit=_UNITS.get(heading[0], "C62"),
            target_price=Decimal(dice.randint(50, 9_000)) / 100,
            currency=dice.choice(("EUR", "USD")),
            country=_country(dice),
            deadline=today + timedelta(days=dice.randint(4, 170)),
            certificates=tuple(dice.sample(CERTIFICATES, dice.choices((0, 1, 2), (5, 3, 2))[0])),
            buyer_type=dice.choice(BUYERS),
        )


def wishes(count: int, seed: int = SEED) -> Iterator[Conditions]:
    """What alerts ask for, checked: mostly words with a heading or a country, few for a whole country or everything."""
    dice = random.Random(seed + 1)
    return (conditions.check(_wish(dice)) for _ in range(count))


def _wish(dice: random.Random) -> Conditions:
    kind = dice.random()
    if kind < 0.005:
        return Conditions()
    if kind < 0.05:
        return Conditions(countries=(_country(dice),))
    good, language = _pick(dice, GOODS, 0.8), dice.randrange(2)
    text, codes = "", ()
    if kind < 0.6:
        before = _pick(dice, dice.choice((MATERIALS, TRAITS, COLOURS, USES)))[language]
        name = good[1 + language]
        text = dice.choice(
            (name, name, name.split()[-1], f"{before} {name}", f'"{name}"', f"{name} -{before}")
        )
    if kind >= 0.5:
        codes = (dice.choice((good[0], good[0], good[0][:2])),)
    low = Decimal(dice.choice((1000, 5000, 10_000, 50_000)))
    valued, several = dice.random() < 0.15, dice.choice((1, 1, 2, 5))
    return Conditions(
        text=text,
        codes=codes,
        countries=tuple(_country(dice) for _ in range(several)) if dice.random() < 0.4 else (),
        buyer_types=(dice.choice(BUYERS),) if dice.random() < 0.15 else (),
        certificates=(dice.choice(CERTIFICATES),) if dice.random() < 0.05 else (),
        value_from=low if valued else None,
        value_to=dice.choice((None, low * 20)) if valued else None,
    )


async def save_alerts(organisation: int, asked: Sequence[Conditions]) -> None:
    """An alert for each, of people of the organisation (organisation.id) with 50 each; one in five tells at once."""
    async with transaction() as tx:
        conn: asyncpg.Connection = tx.connection
        ids = [new_public_id() for _ in range(-(-len(asked) // AN_ORGANISATION_HAS))]
        people = [row["id"] for row in await conn.fetch(_PEOPLE, ids)]
        await conn.execute(_MEMBERS, people, organisation)
        owners = [people[number // AN_ORGANISATION_HAS] for number in range(len(asked))]
        rows = await conn.fetch(_ALERTS, [new_public_id() for _ in asked], organisation, owners)
        alerts = [row["id"] for row in rows]
        tick = await clock.tick(conn)
        await conn.execute(_VERSIONS, alerts, [conditions.stored(one) for one in asked], tick)
