"""What came of a meeting: each side says it for itself, at its desk or by the link of a mail; and what followed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from asyncpg import Connection

from kervan import audit, vault
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, NotFound
from kervan.mail.service import send
from kervan.meetings import moves, queries, states, telling
from kervan.meetings.states import Side
from kervan.meetings.structs import Outcome
from kervan.meetings.tables import MeetingState
from kervan.notifications import service as notifications
from kervan.trade.errors import N_

CORRECTABLE_DAYS = 30
"""What was said can be said anew for so long."""
LONGEST_NOTE = 1000
ABSENT = "ABSENT"

RESULTS: Mapping[str, str] = {
    "ORDER": N_("An order comes of it"),
    "INQUIRY": N_("An inquiry or a quote comes of it"),
    "SAMPLES": N_("Samples are sent"),
    "TALKING": N_("We go on talking"),
    "NO_INTEREST": N_("Nothing comes of it"),
    ABSENT: N_("The other side did not come"),
}
_PURPOSE = "meeting outcome"
_LETTERS: Mapping[str, Side] = {"x": Side.EXPORTER, "i": Side.IMPORTER}

# The first inquiry or order between the two that came after they had begun to talk.
_FOLLOWING = """
SELECT m.id, m.public_id, m.state, f.public_id AS followed_by
FROM meeting m JOIN exporter e ON e.organisation = m.exporter JOIN importer im ON im.organisation = m.importer
JOIN LATERAL (
    SELECT t.public_id, t.submitted_at AS at FROM trade_order t
    WHERE t.exporter = e.id AND t.importer = im.id AND t.submitted_at > m.starts_at
    UNION ALL SELECT i.public_id, i.created_at FROM inquiry i JOIN inquiry_recipient r ON r.inquiry = i.id
    WHERE r.exporter = e.id AND i.importer = im.id AND i.created_at > m.starts_at AND i.request IS NULL
        AND (NOT i.anonymous OR i.revealed_at IS NOT NULL)
    ORDER BY at LIMIT 1
) f ON true
WHERE m.state IN ('HELD', 'NO_SHOW') AND m.followed_by IS NULL AND m.ends_at > now() - interval '180 days'
ORDER BY m.id LIMIT 500
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting of which a side is asked what came of it."""

    meeting: int
    public_id: str
    side: Side
    other: str
    """Name of the other firm."""
    topic: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    org: str
    """Public id of the own organisation."""
    said: Outcome | None

    @property
    def is_open(self) -> bool:
        """Whether it can be said, or said anew."""
        return self.said is None or datetime.now(UTC) - self.said.at < timedelta(days=CORRECTABLE_DAYS)


def token(public_id: str, side: str) -> str:
    """What the address of a side's outcome ends with; nobody else can make one."""
    name = public_id + ("x" if side == Side.EXPORTER else "i")
    return f"{name}.{vault.sign(name, _PURPOSE)}"


async def opened(token: str) -> Asked:
    """What a link asks for. Raises NotFound for a link that we did not write, and for a meeting that was not held."""
    name, _, signature = token.partition(".")
    if len(name) < 2 or name[-1] not in _LETTERS or not vault.is_signed(name, signature, _PURPOSE):
        raise NotFound()
    rows = await fetch(f"{queries.WHOLE} WHERE m.public_id = $1", name[:-1])
    if not rows or rows[0]["state"] not in states.TOLD or rows[0]["ends_at"] > datetime.now(UTC):
        raise NotFound()
    side = _LETTERS[name[-1]]
    row = rows[0]
    return Asked(
        meeting=row["id"], public_id=row["public_id"], side=side, other=queries.firm(row, states.other(side)).name,
        topic=row["topic"], starts_at=row["starts_at"], ends_at=row["ends_at"], zone=queries.zone(row, side),
        org=queries.firm(row, side).org, said=queries.outcomes(row).get(side),
    )  # fmt: skip


async def tell(
    meeting: int, side: Side, result: str, note: str, *, actor: str, person: int | None = None
) -> None:
    """Writes down what a side says; the note is for its own eyes. ABSENT says that the other side did not come.

    Raises Invalid by field, Conflict for a meeting that is not over and after 30 days.
    """
    note = note.strip()
    wrong: dict[str, Any] = {}
    if result not in RESULTS:
        wrong["result"] = N_("Choose what became of it.")
    if len(note) > LONGEST_NOTE:
        wrong["note"] = Invalid(N_("At most {n} characters."), n=LONGEST_NOTE)
    if wrong:
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, meeting)
        now = datetime.now(UTC)
        over = row["ends_at"] <= now
        if row["state"] not in states.TOLD or not (over or result == ABSENT and row["starts_at"] <= now):
            raise Conflict(N_("This can be said once the meeting is over."))
        said = queries.outcomes(row).get(side)
        if said is not None and now - said.at >= timedelta(days=CORRECTABLE_DAYS):
            raise Conflict(N_("This was told more than {n} days ago and stands."), n=CORRECTABLE_DAYS)
        fresh: Mapping[str, Any] | None = None
        if result == ABSENT and row["state"] != MeetingState.NO_SHOW:
            fresh = await moves.move(conn, row, "no-show", side=side, actor=actor, person=person)
        elif row["state"] == MeetingState.CONFIRMED:
            fresh = await moves.move(conn, row, "hold", side=Side.SYSTEM, actor="system:meetings", quiet=True)
        if fresh is not None:
            await ask(conn, fresh, but=side)
        # The first moment counts for the 30 days, however often it is corrected.
        told = Outcome(result=result, note=note, at=said.at if said else now)
        await conn.execute(
            """UPDATE meeting SET outcome = outcome || jsonb_build_object($2::text, $3::jsonb), updated_at = now()
            WHERE id = $1""",
            row["id"],
            str(side),
            msgspec.json.encode(told).decode(),
        )
        # The note is private to the side: the audit trail, which staff read, knows that there is an outcome.
        await audit.record(
            actor, "meeting.outcome", "meeting", row["public_id"],
            {"result": said.result} if said else None, {"side": str(side), "result": result},
        )  # fmt: skip


async def ask(conn: Connection, row: Mapping[str, Any], but: Side | None = None) -> None:
    """Asks both sides of a meeting that is over (a row of queries.WHOLE), once each, by mail and under the bell.

    `but` is a side that has said it already.
    """
    asked = await conn.fetchval(
        """INSERT INTO meeting_reminder (meeting, stage, about) VALUES ($1, 'OUTCOME', $2)
        ON CONFLICT DO NOTHING RETURNING id""",
        row["id"],
        row["starts_at"],
    )
    if asked is None:
        return
    for side in (Side.EXPORTER, Side.IMPORTER):
        if side is but:
            continue
        other = queries.firm(row, states.other(side)).name
        path = f"/meeting-outcome/{token(row['public_id'], side)}"
        written = await telling.sitting(conn, row, side)
        for person in written:
            await send(
                "meeting_outcome", person["email"], person["language"], person=person["id"], name=person["name"],
                other=other, topic=row["topic"], times=[telling.when(row, row, side, person)], go=path,
            )  # fmt: skip
        await notifications.tell(
            conn, [person["id"] for person in written], "meeting_outcome", {"other": other},
            telling.path_of(row, side), f"meeting-outcome-{row['public_id']}", queries.firm(row, side).id,
        )  # fmt: skip


async def follow_due() -> int:
    """Notes the inquiry or order that came after a meeting; returns how many meetings."""
    done = 0
    for found in await fetch(_FOLLOWING):
        async with transaction() as tx:
            conn = tx.connection
            row = await moves.locked(conn, found["id"])
            if row["followed_by"] is not None or row["state"] not in (
                MeetingState.HELD,
                MeetingState.NO_SHOW,
            ):
                continue
            await conn.execute(
                "UPDATE meeting SET followed_by = $2, updated_at = now() WHERE id = $1",
                row["id"],
                found["followed_by"],
            )
            await moves.note(conn, row, "follow", row["state"], side=Side.SYSTEM, actor="system:meetings")
            done += 1
    return done
