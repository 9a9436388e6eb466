"""Writes of announcements: drafting, the audience, approval by a second person, the time, pause and stop."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.announcements import audience as audiences
from kervan.announcements import letter, markup, moves, queries, states, telling, turns
from kervan.announcements.access import Seat
from kervan.announcements.audience import Audience
from kervan.announcements.structs import About, Words
from kervan.db import transaction
from kervan.errors import Conflict, Forbidden, Invalid, KervanError
from kervan.ids import new_public_id
from kervan.mail.compose import has_control_signs
from kervan.mail.service import send
from kervan.trade.errors import N_, TradeError
from kervan.web.i18n import BY_CODE, DEFAULT

LONGEST_NAME = 120
FURTHEST = timedelta(days=366)

NOBODY = N_("Nobody in this audience can get a mail now: there is nobody to send it to. Choose others.")
OWN_WORDS = N_("You wrote on this announcement. Somebody else has to approve it.")
PAST = N_("This time is past. Choose a later one, or send at once.")
TOO_LATE = N_("The event is over by then.")
NOT_PUBLIC = N_("The event is not public any more.")

_INSERT = """
INSERT INTO event_announcement (public_id, event, organisation, person, name) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
_TEXT = """
INSERT INTO announcement_text (announcement, language, subject, text) VALUES ($1, $2, $3, $4)
ON CONFLICT (announcement, language) DO UPDATE SET subject = excluded.subject, text = excluded.text
"""
_CHANGED = """
UPDATE event_announcement SET name = $2, version = version + 1, reason = NULL, updated_at = now() WHERE id = $1
"""
_AUDIENCE = (
    "UPDATE event_announcement SET audience = $2, version = version + 1, updated_at = now() WHERE id = $1"
)


def check(name: str, texts: Sequence[Words]) -> None:
    """Raises Invalid, one sentence a field: `name`, `subject-<language>`, `text-<language>`."""
    wrong: dict[str, KervanError | str] = {}
    if not name.strip() or len(name) > LONGEST_NAME or has_control_signs(name):
        wrong["name"] = N_("Give it a name of one line, up to 120 characters.")
    if DEFAULT not in {words.language for words in texts}:
        wrong[f"subject-{DEFAULT}"] = N_("The English text is needed: who reads no other language gets it.")
    for words in texts:
        if words.language not in BY_CODE:
            raise ValueError(f"There are no readers of {words.language!r}.")
        for field, problem in _problems(words):
            wrong.setdefault(f"{field}-{words.language}", problem)
    if wrong:
        raise Invalid(fields=wrong)


def _problems(words: Words) -> list[tuple[str, KervanError | str]]:
    found: list[tuple[str, KervanError | str]] = []
    if not words.subject.strip():
        found.append(("subject", N_("A text needs a subject as well.")))
    if not words.text.strip():
        found.append(("text", N_("A subject needs a text as well.")))
    if len(words.subject) > markup.LONGEST_SUBJECT or len(words.text) > markup.LONGEST_TEXT:
        field = "subject" if len(words.subject) > markup.LONGEST_SUBJECT else "text"
        found.append((field, N_("This text is too long.")))
    # A line break in a subject would end the header of the mail.
    if has_control_signs(words.subject):
        found.append(("subject", N_("Line breaks and control characters are not allowed here.")))
    if has_control_signs(words.text, allowed="\n"):
        found.append(("text", N_("Control characters are not allowed here.")))
    for field, test in (("subject", markup.check_line), ("text", markup.parse)):
        try:
            test(getattr(words, field))
        except TradeError as error:
            found.append((field, Invalid(error.message, None, **error.params)))
    return found


async def create(caller: Caller, about: About, name: str, texts: Sequence[Words]) -> str:
    """Drafts an announcement of an event that the caller may announce (access.announceable); its public id."""
    check(name, texts)
    public_id = new_public_id()
    async with transaction() as tx:
        conn = tx.connection
        id = await conn.fetchval(_INSERT, public_id, about.id, about.organiser, caller.person, name)
        await _write(conn, id, texts)
        await moves.note(conn, {"id": id, "state": None}, "create", "DRAFT", person=caller.person)
        await audit.record(
            caller.actor, "announcement.create", "announcement", public_id, after={"event": about.public_id}
        )
    return public_id


async def _write(conn: Connection, id: int, texts: Sequence[Words]) -> None:
    for words in texts:
        await conn.execute(_TEXT, id, words.language, words.subject, words.text)
    await conn.execute(
        "DELETE FROM announcement_text WHERE announcement = $1 AND language <> ALL($2::text[])",
        id,
        [words.language for words in texts],
    )


async def change(caller: Caller, seat: Seat, name: str, texts: Sequence[Words], version: int) -> None:
    """Writes another name and other texts into a draft; a language that is not given is taken out."""
    check(name, texts)
    async with transaction() as tx:
        row = await _draft(tx.connection, seat, version)
        await tx.connection.execute(_CHANGED, seat.id, name)
        await _write(tx.connection, seat.id, texts)
        await _noted(tx.connection, caller, row, "edit")


async def _draft(conn: Connection, seat: Seat, version: int) -> Record:
    row = await moves.locked(conn, seat.id, version)
    if row["state"] != "DRAFT":
        raise Conflict(N_("Only a draft can be changed. Take it back first."))
    return row


async def _noted(conn: Connection, caller: Caller, row: Record, action: str) -> None:
    await moves.note(conn, row, action, row["state"], person=caller.person)
    await audit.record(caller.actor, f"announcement.{action}", "announcement", row["public_id"])


async def choose(caller: Caller, seat: Seat, audience: Audience, version: int) -> None:
    """Sets the audience of a draft. Raises Invalid beside the fields whose values do not exist."""
    if wrong := audiences.check(audience):
        raise Invalid(
            fields={
                name: Invalid(why.message, None, **why.params) if isinstance(why, TradeError) else why
                for name, why in wrong.items()
            }
        )
    async with transaction() as tx:
        row = await _draft(tx.connection, seat, version)
        await tx.connection.execute(_AUDIENCE, seat.id, msgspec.json.encode(audience).decode())
        await _noted(tx.connection, caller, row, "audience")


async def discard(caller: Caller, seat: Seat, version: int) -> None:
    """Throws a first draft away. Raises Conflict for one that went out before: its numbers are kept."""
    async with transaction() as tx:
        row = await _draft(tx.connection, seat, version)
        if row["edition"] > 1:
            raise Conflict(N_("An edition of this went out. It is kept with its numbers."))
        await tx.connection.execute("DELETE FROM event_announcement WHERE id = $1", seat.id)
        await audit.record(caller.actor, "announcement.discard", "announcement", row["public_id"])


async def test(caller: Caller, seat: Seat, language: str) -> str:
    """Sends the text of a language to the caller alone, marked as a test; the mail's public id."""
    found = await queries.one(seat.id)
    words = found.words(language)
    if words is None:
        raise Conflict(N_("There is no text yet."))
    context = letter.context(found.about, words, name=caller.name, test=True)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id)
        sent = await send(letter.TEMPLATE, caller.email, words.language, person=caller.person, **context)
        await _noted(tx.connection, caller, row, "test")
    return sent


async def submit(caller: Caller, seat: Seat, version: int) -> None:
    """Sends a draft to a second person. Raises Invalid while nobody would get it, or a text is missing."""
    found = await queries.one(seat.id)
    check(found.name, found.texts)
    _still_announced(found.about, datetime.now(UTC))
    await _reached(seat, found.audience, found.about, found.edition)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(
            tx.connection, row, "submit", person=caller.person, actor=caller.actor, submitted_at=datetime.now(UTC)
        )  # fmt: skip
        await telling.waits(tx.connection, row, caller.person)


def _still_announced(about: About, now: datetime) -> None:
    if about.state != "PUBLISHED":
        raise Conflict(NOT_PUBLIC)
    if about.over(now):
        raise Conflict(N_("The event is over. There is nothing left to announce."))


async def _reached(seat: Seat, audience: Audience, about: About, edition: int) -> int:
    reach = await queries.reach(audience, seat.id, about.id, edition)
    if not reach.reached:
        raise Invalid(NOBODY)
    return reach.reached


async def approve(caller: Caller, seat: Seat, version: int) -> None:
    """Approves what somebody else wrote. Raises Forbidden for everybody who wrote on this edition."""
    found = await queries.one(seat.id)
    # An edition that went out is refused for that, whoever asks.
    states.check("approve", found.state)
    if caller.person in await queries.writers(seat.id):
        raise Forbidden(OWN_WORDS)
    check(found.name, found.texts)
    _still_announced(found.about, datetime.now(UTC))
    expected = await _reached(seat, found.audience, found.about, found.edition)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        # Once more, now that nobody can write any more: somebody may have while the audience was counted.
        if caller.person in await queries.writers(seat.id):
            raise Forbidden(OWN_WORDS)
        await moves.move(
            tx.connection, row, "approve", person=caller.person, actor=caller.actor, counts={"expected": expected},
            approved_at=datetime.now(UTC), approved_by=caller.person, expected=expected,
        )  # fmt: skip
        await telling.decided(tx.connection, row, "approve", caller.person)


async def give_back(caller: Caller, seat: Seat, version: int, reason: str) -> None:
    """Gives it back to who wrote it, with a reason."""
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(
            tx.connection, row, "give-back", person=caller.person, actor=caller.actor, reason=_given(reason)
        )
        await telling.decided(tx.connection, row, "give-back", caller.person)


def _given(reason: str) -> str:
    if not reason.strip():
        raise Invalid(fields={"reason": N_("Say why.")})
    return reason[:1000]


async def take_back(caller: Caller, seat: Seat, version: int) -> None:
    """Makes a draft of it again, before anything went out; it has to be approved anew."""
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(
            tx.connection, row, "take-back", person=caller.person, actor=caller.actor,
            approved_at=None, approved_by=None, send_at=None,
        )  # fmt: skip


async def schedule(caller: Caller, seat: Seat, version: int, at: datetime | None) -> None:
    """Sets when an approved announcement begins to go out; None: at once.

    Raises Invalid beside `day` for a time that is past, too far, or after the event; Conflict for an edition that went
    out already.
    """
    now = datetime.now(UTC)
    about = (await queries.one(seat.id)).about
    _still_announced(about, now)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id)
        states.check("schedule", row["state"])
        if at is not None:
            _check_time(at, now, about)
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(
            tx.connection, row, "schedule", person=caller.person, actor=caller.actor, send_at=at or now
        )


def _check_time(at: datetime, now: datetime, about: About) -> None:
    if at <= now:
        raise Invalid(fields={"day": PAST})
    if at >= about.ends_at:
        raise Invalid(fields={"day": TOO_LATE})
    if at > now + FURTHEST:
        raise Invalid(fields={"day": N_("Choose a day within a year.")})


async def hold(caller: Caller, seat: Seat, version: int) -> None:
    """Takes an announcement out of the plan; it stays approved."""
    await _plainly(caller, seat, version, "hold", send_at=None)


async def pause(caller: Caller, seat: Seat, version: int) -> None:
    """Nothing more goes out until somebody resumes; letters that a server has in hand at this moment do."""
    await _plainly(caller, seat, version, "pause")


async def resume(caller: Caller, seat: Seat, version: int) -> None:
    """Goes on with those who wait."""
    await _plainly(caller, seat, version, "resume")


async def _plainly(caller: Caller, seat: Seat, version: int, action: str, **columns: Any) -> None:
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(tx.connection, row, action, person=caller.person, actor=caller.actor, **columns)


async def abort(caller: Caller, seat: Seat, version: int, reason: str) -> None:
    """Stops it for good: who has not got it will not get this edition."""
    given = _given(reason)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await turns.stop(tx.connection, row, given, person=caller.person, actor=caller.actor)


async def new_edition(caller: Caller, seat: Seat, version: int) -> None:
    """Makes a draft of the next edition; it is approved and sent like the first, also to those who got that one."""
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id, version)
        await moves.move(
            tx.connection, row, "new-edition", person=caller.person, actor=caller.actor, edition=row["edition"] + 1,
            approved_at=None, approved_by=None, submitted_at=None, send_at=None, began_at=None, ended_at=None,
            expected=0,
        )  # fmt: skip
