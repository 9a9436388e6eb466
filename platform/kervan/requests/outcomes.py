"""What became of an answer: both sides are asked after 90 days, by a link that needs nobody to be signed in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from asyncpg import Connection

from kervan import audit, vault
from kervan.conversations.parties import HIDDEN
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.ids import new_public_id
from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.policies import book
from kervan.requests import telling
from kervan.trade import law
from kervan.trade.errors import N_

log = structlog.get_logger(__name__)

CORRECTABLE_DAYS = 30
"""An outcome can be told anew for so long."""
REMIND_DAYS = 14
ASKED_FOR_DAYS = 365
"""Nobody is asked about what lies further back, when the platform was away or the figure was changed."""
_PURPOSE = "request outcome"

RESULTS: Mapping[str, str] = {
    "WON": N_("It came to a trade"),
    "NOT_WON": N_("It did not come to a trade"),
    "TALKING": N_("We are still talking"),
    "NO_WORD": N_("I heard nothing more"),
}
BANDS: Mapping[str, str] = {
    "UP_TO_1K": N_("Up to EUR 1,000"),
    "UP_TO_10K": N_("EUR 1,000 to 10,000"),
    "UP_TO_30K": N_("EUR 10,000 to 30,000"),
    "UP_TO_100K": N_("EUR 30,000 to 100,000"),
    "UP_TO_1M": N_("EUR 100,000 to 1 million"),
    "ABOVE_1M": N_("More than EUR 1 million"),
}
WHYS: Mapping[str, str] = {
    "PRICE": N_("Price"),
    "LEAD_TIME": N_("Lead time"),
    "QUALITY": N_("Quality or samples"),
    "CERTIFICATE": N_("A certificate was missing"),
    "PAYMENT": N_("Payment terms"),
    "LOGISTICS": N_("Transport or customs"),
    "OTHER_SUPPLIER": N_("Another supplier was chosen"),
    "NO_NEED": N_("The need is gone"),
    "OTHER": N_("Something else"),
}
LONGEST_NOTE = 1000

_DUE = """
SELECT q.id AS request, r.exporter, s.side FROM inquiry_recipient r
JOIN inquiry i ON i.id = r.inquiry JOIN trade_request q ON q.id = i.request
CROSS JOIN (VALUES ('EXPORTER'), ('IMPORTER')) AS s (side)
WHERE r.answered_at <= now() - make_interval(days => $1) AND r.answered_at > now() - make_interval(days => $2)
    AND r.irrelevant_at IS NULL AND NOT EXISTS (SELECT FROM request_outcome o
        WHERE o.request = q.id AND o.exporter = r.exporter AND o.side = s.side)
ORDER BY r.id, s.side LIMIT 500
"""
_REMIND = """
SELECT id FROM request_outcome WHERE answered_at IS NULL AND reminded_at IS NULL
    AND asked_at <= now() - make_interval(days => $1) AND asked_at > now() - interval '90 days' ORDER BY id LIMIT 500
"""
_ASK = """
INSERT INTO request_outcome (public_id, request, exporter, side) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING id
"""
_SHOWN = f"""
SELECT o.id, o.public_id, o.side, o.asked_at, o.answered_at, o.result, o.value_band, o.why, o.note,
    q.id AS request, q.public_id AS request_id, q.number, q.title, im.country, e.trade_name, e.organisation AS exporter,
    CASE WHEN q.post IS NOT NULL AND (im.represented_by IS NOT NULL OR q.visibility = 'POST') THEN q.post
        ELSE im.organisation END AS buyer,
    CASE WHEN {HIDDEN} THEN NULL ELSE im.legal_name END AS buyer_name
FROM request_outcome o JOIN trade_request q ON q.id = o.request JOIN importer im ON im.id = q.importer
JOIN exporter e ON e.id = o.exporter JOIN inquiry i ON i.request = q.id
JOIN inquiry_recipient r ON r.inquiry = i.id AND r.exporter = o.exporter
"""
_FIGURES = """
SELECT q.post, q.sector, count(*) AS asked, count(o.result) AS told,
    count(*) FILTER (WHERE o.result = 'WON') AS won, count(*) FILTER (WHERE o.result = 'NOT_WON') AS lost
FROM request_outcome o JOIN trade_request q ON q.id = o.request
WHERE ($1::bigint IS NULL OR q.post = $1) AND o.asked_at > now() - interval '12 months'
GROUP BY q.post, q.sector ORDER BY q.post NULLS LAST, q.sector
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome that is asked for, as the one who is asked may see it."""

    id: int
    public_id: str
    side: str
    asked_at: datetime
    answered_at: datetime | None
    result: str | None
    value_band: str | None
    why: str | None
    note: str
    request: int
    request_id: str
    number: str
    title: str
    country: str
    other: str | None
    """Name of the other firm; None for an exporter that never learned who the buyer is."""

    @property
    def is_open(self) -> bool:
        """Whether it can be told, or told anew."""
        return self.answered_at is None or datetime.now(UTC) - self.answered_at < timedelta(
            days=CORRECTABLE_DAYS
        )


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one side tells."""

    result: str
    value_band: str | None = None
    why: str | None = None
    note: str = ""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Outcomes of 12 months of one post (organisation.id, None: the Ministry's) and sector."""

    post: int | None
    sector: str | None
    asked: int
    told: int
    won: int
    lost: int


def token(public_id: str) -> str:
    """What the address of an outcome ends with; nobody else can make one."""
    return f"{public_id}.{vault.sign(public_id, _PURPOSE)}"


async def opened(token: str) -> Asked:
    """The outcome that a link asks for. Raises NotFound for a link that we did not write."""
    public_id, _, signature = token.partition(".")
    if not public_id or not vault.is_signed(public_id, signature, _PURPOSE):
        raise NotFound()
    rows = await fetch(f"{_SHOWN} WHERE o.public_id = $1", public_id)
    if not rows:
        raise NotFound()
    return _asked(rows[0])


def _asked(row: Mapping[str, Any]) -> Asked:
    other = row["buyer_name"] if row["side"] == "EXPORTER" else row["trade_name"]
    return Asked(other=other, **{name: row[name] for name in Asked.__struct_fields__ if name != "other"})


async def tell(token: str, told: Told) -> None:
    """Writes down what one side tells. Raises NotFound as `opened`, Invalid by field, Conflict after 30 days."""
    asked = await opened(token)
    wrong: dict[str, Any] = {}
    if told.result not in RESULTS:
        wrong["result"] = N_("Choose what became of it.")
    if told.value_band is not None and told.value_band not in BANDS:
        wrong["value_band"] = N_("Choose one of the bands.")
    if told.why is not None and told.why not in WHYS:
        wrong["why"] = N_("Choose one of the reasons.")
    if len(told.note) > LONGEST_NOTE:
        wrong["note"] = Invalid(N_("At most {n} characters."), n=LONGEST_NOTE)
    if wrong:
        raise Invalid(fields=wrong)
    won, lost = told.result == "WON", told.result == "NOT_WON"
    async with transaction() as tx:
        done = await tx.connection.fetchval(
            """UPDATE request_outcome SET answered_at = coalesce(answered_at, now()), result = $2, value_band = $3,
                why = $4, note = $5
            WHERE id = $1 AND (answered_at IS NULL OR answered_at > now() - make_interval(days => $6)) RETURNING id""",
            asked.id,
            told.result,
            told.value_band if won else None,
            told.why if lost else None,
            told.note.strip(),
            CORRECTABLE_DAYS,
        )
        if done is None:
            raise Conflict(N_("This was told more than {n} days ago and stands."), n=CORRECTABLE_DAYS)
        await audit.record(
            f"link:{asked.public_id}", "request.outcome", "request", asked.request_id,
            {"result": asked.result}, {"side": asked.side, "result": told.result},
        )  # fmt: skip


async def ask_due() -> int:
    """Asks both sides of answers that are OUTCOME_DAYS old, once each; returns how many were asked."""
    await book.refresh()
    days = law.current().figure("OUTCOME_DAYS", law.day_of(datetime.now(UTC)))
    asked = 0
    for due in await fetch(_DUE, days, days + ASKED_FOR_DAYS):
        async with transaction() as tx:
            conn = tx.connection
            id = await conn.fetchval(_ASK, new_public_id(), due["request"], due["exporter"], due["side"])
            if id is None:
                continue
            row = await conn.fetchrow(f"{_SHOWN} WHERE o.id = $1", id)
            await audit.record(
                "system:requests", "request.outcome_asked", "request", row["request_id"],
                after={"side": row["side"]},
            )  # fmt: skip
            await _write(conn, row, "asked")
            asked += 1
    if asked:
        log.info("outcomes asked for", count=asked)
    return asked


async def remind_due() -> int:
    """Asks once more after two weeks; returns how many."""
    reminded = 0
    for due in await fetch(_REMIND, REMIND_DAYS):
        async with transaction() as tx:
            conn = tx.connection
            id = await conn.fetchval(
                """UPDATE request_outcome SET reminded_at = now()
                WHERE id = $1 AND answered_at IS NULL AND reminded_at IS NULL RETURNING id""",
                due["id"],
            )
            if id is not None:
                await _write(conn, await conn.fetchrow(f"{_SHOWN} WHERE o.id = $1", id), "again")
                reminded += 1
    return reminded


async def _write(conn: Connection, row: Mapping[str, Any], stage: str) -> None:
    organisation = row["exporter"] if row["side"] == "EXPORTER" else row["buyer"]
    people = await telling.people(conn, organisation)
    asked = _asked(row)
    path = f"/outcome/{token(asked.public_id)}"
    for person in people:
        await send(
            "outcome_asked", person["email"], person["language"], person=person["id"], name=person["name"],
            number=asked.number, title=asked.title, who=asked.other or "", country=asked.country, side=asked.side,
            again=stage == "again", go=path,
        )  # fmt: skip
    await notifications.tell(
        conn, [person["id"] for person in people], "outcome_asked", {"number": asked.number, "title": asked.title},
        path, f"outcome-{asked.public_id}-{stage}", organisation,
    )  # fmt: skip


async def figures(post: int | None = None) -> Sequence[Figures]:
    """Outcomes of the last 12 months by post and sector; of one post (organisation.id) or of all."""
    return [Figures(**row) for row in await fetch(_FIGURES, post)]
