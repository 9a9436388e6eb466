"""How it was: firms that came are asked after the event, by a link that needs nobody to be signed in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from kervan import audit, vault
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.events.structs import in_language
from kervan.trade.errors import N_
from kervan.web.forms import is_unfit

CHANGEABLE_DAYS = 30
FEWEST = 5
"""With fewer answers nothing but their number is shown: everybody would know who said what."""
LONGEST_TEXT = 1000
MOST_CONTACTS = 10_000
_PURPOSE = "event survey"

RATINGS: Mapping[str, str] = {
    "5": N_("Very good"),
    "4": N_("Good"),
    "3": N_("Middling"),
    "2": N_("Not good"),
    "1": N_("Poor"),
}
EXPECTED: Mapping[str, str] = {
    "NONE": N_("None so far"),
    "UNDER_10K": N_("Less than EUR 10,000"),
    "UNDER_100K": N_("EUR 10,000 to 100,000"),
    "OVER_100K": N_("More than EUR 100,000"),
}

_ASKED = """
SELECT r.id AS registration, r.public_id, r.side, r.state, e.id AS event, e.public_id AS event_id, e.ends_at,
    e.starts_at, e.zone, e.whole_days,
    (SELECT coalesce(jsonb_object_agg(t.language, t.title), '{}') FROM event_text t WHERE t.event = e.id) AS titles,
    s.rating, s.contacts, s.expected, s.again, coalesce(s.text, '') AS text, s.created_at
FROM registration r JOIN trade_event e ON e.id = r.event LEFT JOIN event_survey s ON s.registration = r.id
WHERE r.public_id = $1
"""
_TELL = """
INSERT INTO event_survey (registration, rating, contacts, expected, again, text) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (registration) DO UPDATE SET rating = $2, contacts = $3, expected = $4, again = $5, text = $6,
    changed_at = now()
WHERE event_survey.created_at > now() - make_interval(days => $7) RETURNING id
"""
_NUMBERS = """
SELECT count(*) AS asked, count(s.id) AS told, avg(s.rating) AS rating, sum(s.contacts) AS contacts,
    count(*) FILTER (WHERE s.again) AS again, count(s.again) AS again_told
FROM registration r LEFT JOIN event_survey s ON s.registration = r.id
WHERE r.event = $1 AND EXISTS (SELECT FROM registration_reminder m WHERE m.registration = r.id AND m.stage = 'SURVEY')
"""
_BANDS = """
SELECT s.expected, count(*) AS n FROM event_survey s JOIN registration r ON r.id = s.registration
WHERE r.event = $1 AND s.expected IS NOT NULL GROUP BY s.expected
"""
# By their own words, not by when they came: the order shall not tell who wrote.
_TEXTS = """
SELECT s.text FROM event_survey s JOIN registration r ON r.id = s.registration
WHERE r.event = $1 AND s.text <> '' ORDER BY md5(s.text) LIMIT 200
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A survey as the one who is asked sees it, with what was told already."""

    registration: int
    public_id: str
    side: str
    state: str
    event: int
    event_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    whole_days: bool
    titles: str
    rating: int | None
    contacts: int | None
    expected: str | None
    again: bool | None
    text: str
    created_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it can be told, or told anew."""
        now = datetime.now(UTC)
        return self.created_at is None or now - self.created_at < timedelta(days=CHANGEABLE_DAYS)

    def title(self, language: str) -> str:
        """The event's name."""
        return in_language(msgspec.json.decode(self.titles, type=dict[str, str]), language)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a firm says."""

    rating: int
    contacts: int | None = None
    expected: str | None = None
    again: bool | None = None
    text: str = ""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of an event. All but the counts is None while fewer than FEWEST answered."""

    asked: int
    told: int
    rating: Decimal | None = None
    contacts: int | None = None
    again: int | None = None
    again_told: int | None = None
    bands: tuple[tuple[str, int], ...] | None = None
    texts: tuple[str, ...] | None = None


def token(registration: str) -> str:
    """What the address of a firm's survey ends with; nobody else can make one."""
    return f"{registration}.{vault.sign(registration, _PURPOSE)}"


async def opened(token: str) -> Asked:
    """The survey that a link asks for. Raises NotFound for a link that is not ours, and before the event is over."""
    public_id, _, signature = token.partition(".")
    if not public_id or not vault.is_signed(public_id, signature, _PURPOSE):
        raise NotFound()
    rows = await fetch(_ASKED, public_id)
    if (
        not rows
        or rows[0]["state"] not in ("CONFIRMED", "ATTENDED")
        or rows[0]["ends_at"] > datetime.now(UTC)
    ):
        raise NotFound()
    return Asked(**rows[0])


async def tell(token: str, told: Told) -> None:
    """Writes down what a firm says. Raises NotFound as `opened`, Invalid by field, Conflict after 30 days."""
    asked = await opened(token)
    wrong: dict[str, Any] = {}
    if str(told.rating) not in RATINGS:
        wrong["rating"] = N_("Please choose one.")
    if told.expected is not None and told.expected not in EXPECTED:
        wrong["expected"] = N_("This cannot be chosen here.")
    if told.contacts is not None and not 0 <= told.contacts <= MOST_CONTACTS:
        wrong["contacts"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=0, high=MOST_CONTACTS
        )
    if len(told.text) > LONGEST_TEXT or is_unfit(told.text):
        wrong["text"] = Invalid(N_("At most {n} characters."), n=LONGEST_TEXT)
    if wrong:
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        done = await tx.connection.fetchval(
            _TELL, asked.registration, told.rating, told.contacts, told.expected, told.again, told.text.strip(),
            CHANGEABLE_DAYS,
        )  # fmt: skip
        if done is None:
            raise Conflict(N_("This was told more than {n} days ago and stands."), n=CHANGEABLE_DAYS)
        await audit.record(f"link:{asked.public_id}", "registration.survey", "registration", asked.public_id)


async def numbers(event: int) -> Numbers:
    """What firms said about an event (trade_event.id), without names."""
    [row] = await fetch(_NUMBERS, event)
    if row["told"] < FEWEST:
        return Numbers(asked=row["asked"], told=row["told"])
    bands = {found["expected"]: found["n"] for found in await fetch(_BANDS, event)}
    return Numbers(
        asked=row["asked"],
        told=row["told"],
        rating=Decimal(row["rating"]).quantize(Decimal("0.1"), ROUND_HALF_UP),
        contacts=row["contacts"] or 0,
        again=row["again"],
        again_told=row["again_told"],
        bands=tuple((name, bands.get(name, 0)) for name in EXPECTED),
        texts=tuple(found["text"] for found in await fetch(_TEXTS, event)),
    )
