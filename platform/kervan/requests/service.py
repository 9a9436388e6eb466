"""Writes of requests: written, sent for review, published, changed, closed. Each function is one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from asyncpg import Connection, Record, UniqueViolationError

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.conversations import files as uploads_
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.inquiries import endings as inquiry_endings
from kervan.orders import once
from kervan.orders.numbers import new_number
from kervan.organisations import tasks
from kervan.policies import book
from kervan.requests import announcing, files, masking, moves, queries, reviewing, rules, states
from kervan.requests.access import Seat
from kervan.requests.moves import CHANGED, as_json
from kervan.requests.states import Side
from kervan.requests.structs import Consent, Content
from kervan.requests.tables import RequestState, Source
from kervan.trade import law
from kervan.trade.errors import N_

_COLUMNS = tuple(Content.__struct_fields__)
_INSERT = f"""
INSERT INTO trade_request (public_id, number, importer, person, post, consent, gate, idempotency_key, value_eur,
    value_on, {", ".join(_COLUMNS)})
VALUES ({", ".join(f"${n}" for n in range(1, 11 + len(_COLUMNS)))}) RETURNING id
"""
_WRITE = f"""
UPDATE trade_request SET value_eur = $2, value_on = $3, updated_at = now(),
    {", ".join(f"{name} = ${n}" for n, name in enumerate(_COLUMNS, start=4))}
WHERE id = $1
"""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A request after it was written. `masked` is the contact data that was taken out of its texts."""

    id: int
    public_id: str
    number: str
    state: str
    version: int
    edition: int
    masked: tuple[str, ...] = ()


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """Who begins a request: the buyer's people, or staff of a post (organisation.id) for a buyer (importer.id)."""

    side: Side
    importer: int
    post: int | None = None


async def create(
    caller: Caller,
    maker: Maker,
    content: Content,
    *,
    key: str | None = None,
    uploads: Sequence[Upload] = (),
    consent: Consent | None = None,
    gate: Sequence[dict[str, str]] | None = None,
) -> Saved:
    """Begins a request as a draft; the same key gives the first one again.

    Contact data in its texts is masked. Raises Invalid with sentences by field for what is there and wrong, and
    Conflict for a buyer that may not ask at present.
    """
    if key is not None and (earlier := await _earlier(maker.importer, once.checked(key))):
        return earlier
    content, masked = _checked(content, maker.side)
    wrong = rules.check_draft(content)
    wrong |= rules.check_consent(consent, law.day_of(datetime.now(UTC)))
    if wrong:
        raise Invalid(fields=wrong)
    try:
        async with uploads_.kept(uploads) as kept, transaction() as tx:
            saved = await begin(
                tx.connection,
                maker,
                content,
                caller.actor,
                caller.person,
                key=key,
                consent=consent,
                gate=gate,
            )
            await files.change(tx.connection, saved.id, kept, ())
            return msgspec.structs.replace(saved, masked=masked)
    except UniqueViolationError as error:
        same = error.constraint_name == "trade_request_key_unique" and key is not None
        if same and (earlier := await _earlier(maker.importer, key or "")):
            return earlier
        if error.constraint_name == "trade_request_notice":
            raise Conflict(N_("This notice is on the board or in the queue already.")) from error
        raise


async def begin(
    conn: Connection,
    maker: Maker,
    content: Content,
    actor: str,
    person: int | None,
    *,
    key: str | None = None,
    consent: Consent | None = None,
    gate: Sequence[dict[str, str]] | None = None,
) -> Saved:
    """Writes a draft inside an open transaction; its content was checked before. Raises as `create`."""
    await _may_ask(conn, maker.importer)
    public_id, number = new_public_id(), new_number("RQ", datetime.now(UTC))
    id: int = await conn.fetchval(
        _INSERT, public_id, number, maker.importer, person, maker.post if maker.side == Side.POST else None,
        None if consent is None else as_json(consent), None if gate is None else as_json(gate), key,
        *_values(content),
    )  # fmt: skip
    await audit.record(
        actor, "request.created", "request", public_id,
        after={"number": number, "importer": maker.importer, "side": maker.side},
    )  # fmt: skip
    return Saved(id=id, public_id=public_id, number=number, state=RequestState.DRAFT, version=1, edition=0)


async def change(
    caller: Caller,
    seat: Seat,
    content: Content,
    version: int | None = None,
    *,
    uploads: Sequence[Upload] = (),
    removed: Sequence[str] = (),
    consent: Consent | None = None,
) -> Saved:
    """Writes a draft anew, or edits a published request: a material edit makes a new edition, announced like the first.

    An importer's edit to goods of another heading leaves the board: it is reviewed again first (state SUBMITTED).

    Raises Invalid with sentences by field, Conflict for a request in another state or changed since `version`, and
    for one that was announced five times.
    """
    content, masked = _checked(content, seat.side)
    await book.refresh()
    async with uploads_.kept(uploads) as kept, transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        if version is not None and version != row["version"]:
            raise Conflict(CHANGED)
        before = queries.content_of(row)
        if row["source"] != content.source:
            # Where a request came from is not something to edit.
            content = msgspec.structs.replace(content, source=row["source"])
        _raise(rules.check_consent(consent, law.day_of(datetime.now(UTC))))
        # Who reviews an imported notice fills in what it lacks: there is nobody to send it back to.
        queued = row["state"] == RequestState.SUBMITTED and row["gate"] and seat.side != Side.IMPORTER
        if row["state"] in states.EDITABLE or queued:
            _raise(rules.check_draft(content))
            state, edition = row["state"], row["edition"]
            new = await _rewrite(conn, caller, row, content)
        else:
            state, new, edition = await _edit(conn, caller, seat, row, before, content, bool(kept or removed))
        await files.change(conn, row["id"], kept, removed)
        if consent is not None:
            await conn.execute(
                "UPDATE trade_request SET consent = $2 WHERE id = $1", row["id"], as_json(consent)
            )
        return _saved(row, state, new, edition, masked)


async def _rewrite(conn: Connection, caller: Caller, row: Record, content: Content) -> int:
    await conn.execute(_WRITE, row["id"], *_values(content))
    new: int = await conn.fetchval(
        "UPDATE trade_request SET version = version + 1 WHERE id = $1 RETURNING version", row["id"]
    )
    await audit.record(caller.actor, "request.changed", "request", row["public_id"])
    return new


async def _edit(
    conn: Connection,
    caller: Caller,
    seat: Seat,
    row: Record,
    before: Content,
    content: Content,
    other_files: bool,
) -> tuple[str, int, int]:
    """State, version and edition after it."""
    states.check("edit", row["state"], seat.side)
    await _may_ask(conn, row["importer"])
    if row["deadline"] < law.day_of(datetime.now(UTC)):
        raise Conflict(N_("The deadline of this request is over."))
    again = reviewing.other_goods(seat, row["source"], before, content)
    published = None if again else law.day_of(row["published_at"])
    _raise(rules.check_complete(content, datetime.now(UTC), published))
    material = rules.is_material(before, content)
    if material and row["edition"] >= rules.MOST_EDITIONS:
        raise Conflict(
            N_("This request was announced {n} times already. Make a new one for what you need now."),
            n=rules.MOST_EDITIONS,
        )
    if not material and content == before and not other_files:
        return row["state"], row["version"], row["edition"]
    await conn.execute(_WRITE, row["id"], *_values(content))
    if again:
        row = await moves.locked(conn, row["id"])
        new = await reviewing.send(conn, row, "review-again", seat, caller, datetime.now(UTC))
        return RequestState.SUBMITTED, new, row["edition"]
    edition = row["edition"] + material
    sets = {"edition": edition, "edited_at": datetime.now(UTC)} if material else {}
    new = await moves.move(
        conn, row, "edit" if material else "correct", side=seat.side, caller=caller, sets=sets
    )
    row = await moves.locked(conn, row["id"])
    await announcing.follow(conn, row, content)
    if material:
        await announcing.announce(conn, row, content, edition, caller.person)
    return row["state"], new, edition


async def submit(caller: Caller, seat: Seat, version: int | None = None, *, seen: bool = False) -> Saved:
    """Sends a draft for review: to the post of the buyer's country, where there is none to the Ministry.

    The clock runs: REVIEW_DAYS working days of that country. Raises Invalid with sentences by field for what is
    missing, rules.Duplicates unless `seen`, Conflict as `change`.
    """
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        now = datetime.now(UTC)
        await _complete(conn, row, now, seen)
        new = await reviewing.send(conn, row, "submit", seat, caller, now, version)
        return _saved(row, RequestState.SUBMITTED, new, row["edition"])


async def take_back(caller: Caller, seat: Seat, version: int | None = None) -> Saved:
    """Takes a request back from review to write on."""
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.request)
        new = await moves.move(
            tx.connection, row, "take-back", side=seat.side, caller=caller, version=version,
            sets={"review_due_at": None},
        )  # fmt: skip
        await tasks.close_task(tx.connection, tasks.REQUEST_REVIEW, row["public_id"])
        return _saved(row, RequestState.DRAFT, new, row["edition"])


async def publish(caller: Caller, seat: Seat, version: int | None = None, *, seen: bool = False) -> Saved:
    """Puts a request on the board and has every alert that fits hear of it. By staff only.

    Raises Forbidden for a post and a buyer of another country, Invalid with sentences by field for what is missing or
    not allowed, rules.Duplicates unless `seen`, Conflict as `change`.
    """
    await book.refresh()
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        if seat.side == Side.POST and row["buyer_country"] != seat.membership.country:
            raise Forbidden(
                N_("Your post publishes for buyers of its own country only. Send this one for review.")
            )
        # Also one that the buyer has taken back, or got back, to write on.
        if row["source"] == Source.IMPORTER and row["state"] in states.EDITABLE:
            raise Conflict(N_("The buyer has not sent this request yet."))
        now = datetime.now(UTC)
        content = await _complete(conn, row, now, seen)
        await conn.execute(_WRITE, row["id"], *_values(content))
        new = await moves.move(
            conn, row, "publish", side=seat.side, caller=caller, version=version,
            sets={
                "edition": row["edition"] + 1, "reviewed_by": caller.person, "review_due_at": None,
                "edited_at": now if row["edition"] else None,
            },
        )  # fmt: skip
        fresh = await moves.locked(conn, seat.request)
        if row["edition"]:
            await announcing.reopen_inquiry(conn, fresh, content)
        else:
            await announcing.open_inquiry(conn, fresh, content)
        await announcing.announce(conn, fresh, content, fresh["edition"], caller.person)
        await tasks.close_task(conn, tasks.REQUEST_REVIEW, row["public_id"])
        return _saved(row, RequestState.PUBLISHED, new, fresh["edition"])


async def give_back(
    caller: Caller, seat: Seat, action: str, reason: str, version: int | None = None
) -> Saved:
    """Sends a request back to be mended (`return`), or rejects it for good (`reject`); the reason is read."""
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.request)
        new = await moves.move(
            tx.connection, row, action, side=seat.side, caller=caller, version=version, reason=reason,
            sets={"reviewed_by": caller.person, "review_due_at": None},
        )  # fmt: skip
        await tasks.close_task(tx.connection, tasks.REQUEST_REVIEW, row["public_id"])
        if action == "reject":
            await inquiry_endings.end_of_request(tx.connection, row["id"], caller.actor, reason.strip())
        return _saved(row, str(states.ACTIONS[action].after), new, row["edition"])


async def withdraw(caller: Caller, seat: Seat, reason: str, version: int | None = None) -> Saved:
    """Takes a request off the board: open quotes are declined with the reason, their exporters are told."""
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        new = await moves.move(
            conn, row, "withdraw", side=seat.side, caller=caller, version=version, reason=reason
        )
        await inquiry_endings.end_of_request(conn, row["id"], caller.actor, reason.strip())
        return _saved(row, RequestState.CLOSED, new, row["edition"])


async def discard(caller: Caller, seat: Seat) -> None:
    """Throws a draft away that nobody else has seen. Raises Conflict for any other."""
    async with transaction() as tx:
        conn = tx.connection
        row = await moves.locked(conn, seat.request)
        if row["state"] != RequestState.DRAFT or row["submitted_at"] is not None:
            raise Conflict(N_("Only a draft that was never sent can be thrown away."))
        await conn.execute("UPDATE request_file SET removed_at = now() WHERE request = $1", row["id"])
        await conn.execute("DELETE FROM request_file WHERE request = $1", row["id"])
        await conn.execute("DELETE FROM trade_request WHERE id = $1", row["id"])
        await audit.record(caller.actor, "request.discarded", "request", row["public_id"])


async def _complete(conn: Connection, row: Record, now: datetime, seen: bool) -> Content:
    await _may_ask(conn, row["importer"])
    content = queries.content_of(row)
    _raise(rules.check_complete(content, now))
    if not seen and (similar := await queries.similar(conn, content, row["importer"], row["id"])):
        raise rules.Duplicates(similar)
    return content


def _checked(content: Content, side: str) -> tuple[Content, tuple[str, ...]]:
    """The content tidied and masked; where it comes from is said by who writes it."""
    if side == Side.IMPORTER:
        content = msgspec.structs.replace(content, source=Source.IMPORTER, source_url=None, source_ref=None)
    elif content.source == Source.IMPORTER:
        content = msgspec.structs.replace(content, source=Source.ATTACHE)
    return masking.mask_content(rules.tidied(content))


async def _may_ask(conn: Connection, importer: int) -> None:
    standing = await conn.fetchval("SELECT standing FROM importer WHERE id = $1 FOR SHARE", importer)
    if standing not in ("ACTIVE", "VERIFIED"):
        raise Conflict(N_("The buyer's firm cannot post requests at the moment."))


def _values(content: Content) -> tuple[object, ...]:
    today = law.day_of(datetime.now(UTC))
    value = rules.value_in_eur(content, today)
    return (
        value,
        today if value is not None else None,
        *(
            as_json(content.specs)
            if name == "specs"
            else list(getattr(content, name))
            if name in ("certificates", "languages")
            else getattr(content, name)
            for name in _COLUMNS
        ),
    )


def _raise(wrong: rules.Wrong) -> None:
    if wrong:
        raise Invalid(fields=wrong)


def _saved(row: Record, state: str, version: int, edition: int, masked: tuple[str, ...] = ()) -> Saved:
    return Saved(
        id=row["id"], public_id=row["public_id"], number=row["number"], state=state, version=version,
        edition=edition, masked=masked,
    )  # fmt: skip


async def _earlier(importer: int, key: str) -> Saved | None:
    rows = await fetch(
        """SELECT id, public_id, number, state, version, edition FROM trade_request
        WHERE importer = $1 AND idempotency_key = $2""",
        importer,
        key,
    )
    return Saved(**rows[0]) if rows else None
