"""Writes of events: drafted, changed, sent to the Ministry, announced, cancelled. Each function is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from asyncpg import Connection, UniqueViolationError

from kervan import audit, outbox
from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid
from kervan.events import access, moves, parts, queries, rules, states
from kervan.events.queries import COLUMNS
from kervan.events.rules import CORE
from kervan.events.structs import Content
from kervan.events.tables import EventState, OrganiserKind
from kervan.files import gone
from kervan.ids import new_public_id
from kervan.orders import once
from kervan.trade.errors import N_

_FIRST = ("public_id", "organiser", "person", "idempotency_key", "source", "source_ref", "source_url")
_INSERT = f"""
INSERT INTO trade_event ({", ".join((*_FIRST, *COLUMNS))})
VALUES ({", ".join(f"${n}" for n in range(1, len(_FIRST) + len(COLUMNS) + 1))}) RETURNING id
"""
_UPDATE = f"""
UPDATE trade_event SET {", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, start=4))},
    version = version + 1, updated_at = now(), state = $2,
    sequence = sequence + $3::int, changed_at = CASE WHEN $3 > 0 THEN now() ELSE changed_at END
WHERE id = $1 RETURNING version
"""
_WROTE = """
SELECT EXISTS (SELECT FROM event_step WHERE event = $1 AND person = $2 AND action IN ('create', 'edit'))
"""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """An event after it was written."""

    id: int
    public_id: str
    state: str
    version: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where an imported event comes from: what it is called there, and its page."""

    ref: str
    url: str | None = None


async def create(
    caller: Caller,
    organisation: str,
    content: Content,
    *,
    key: str | None = None,
    source: Source | None = None,
) -> Saved:
    """Begins an event as a draft of an organisation (public id); the same key gives the first one again.

    Raises Invalid with a sentence by field for what is there and wrong, NotFound for organisations that the caller
    does not organise for, Conflict for an imported event that is there already.
    """
    membership = access.organiser(caller, organisation)
    if key is not None and (earlier := await _earlier(membership.organisation, once.checked(key))):
        return earlier
    content = _fitting(rules.tidied(content), membership)
    if wrong := rules.check_draft(content):
        raise Invalid(fields=wrong)
    public_id = new_public_id()
    try:
        async with transaction() as tx:
            id: int = await tx.connection.fetchval(
                _INSERT, public_id, membership.organisation, caller.person, key,
                "TYPED" if source is None else "IMPORT", source and source.ref, source and source.url,
                *_values(content),
            )  # fmt: skip
            await parts.write(tx.connection, id, content)
            await moves.step(tx.connection, id, "create", None, EventState.DRAFT, caller)
            await audit.record(caller.actor, "event.created", "event", public_id, after=_audited(content))
    except UniqueViolationError as error:
        same = error.constraint_name == "trade_event_key_unique" and key is not None
        if same and (earlier := await _earlier(membership.organisation, key or "")):
            return earlier
        if error.constraint_name == "trade_event_source_unique":
            raise Conflict(N_("This event was read from a file already.")) from error
        raise
    return Saved(id=id, public_id=public_id, state=EventState.DRAFT, version=1)


async def change(caller: Caller, public_id: str, content: Content, version: int | None = None) -> Saved:
    """Writes an event anew. One that is announced must stay complete; who registered hears of another time or place.

    What the Ministry approved goes back to it when an association changes its core before the announcement, and can
    be changed by the Ministry alone after it. Raises Invalid by field, Conflict for a state in which nothing can be
    changed or when somebody was faster.
    """
    seat = await access.organised(caller, public_id)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id)
        if version is not None and version != row["version"]:
            raise Conflict(moves.CHANGED)
        if row["state"] not in states.EDITABLE:
            raise Conflict(N_("This event cannot be changed any more."))
        before = (await queries.read(tx.connection, "e.id = $1", seat.id)).content
        after = _fitting(rules.tidied(content), seat.membership, before.organiser_kind)
        core = [name for name in CORE if getattr(before, name) != getattr(after, name)]
        state = _state_after(row["state"], before, after, core, ministry=seat.ministry)
        wrong = (
            rules.check_complete(after, datetime.now(UTC))
            if state in (EventState.PUBLISHED, EventState.APPROVED)
            else rules.check_draft(after)
        )
        if state == EventState.PUBLISHED:
            # What ran or runs may be corrected: its end need not lie ahead.
            if after.ends_at == before.ends_at:
                wrong.pop("ends_at", None)
            if after.registration_closes_at == before.registration_closes_at:
                wrong.pop("registration_closes_at", None)
            await _check_places(tx.connection, seat.id, after, wrong)
        if wrong:
            raise Invalid(fields=wrong)
        told = row["state"] == EventState.PUBLISHED and _is_moved(before, after)
        renamed = [text.title for text in before.texts] != [text.title for text in after.texts]
        new: int = await tx.connection.fetchval(
            _UPDATE,
            seat.id,
            str(state),
            int(told or renamed or before.online_url != after.online_url),
            *_values(after),
        )
        await parts.write(tx.connection, seat.id, after)
        if changed := _differences(before, after):
            await moves.step(tx.connection, seat.id, "edit", row["state"], str(state), caller)
            await audit.record(caller.actor, "event.changed", "event", public_id, *changed)
        await outbox.publish("events.changed", ids=[seat.id])
        if told:
            await outbox.publish("events.moved", id=seat.id, what="moved", version=new)
        if _has_more_places(before, after):
            await outbox.publish("events.widened", id=seat.id)
    return Saved(id=seat.id, public_id=public_id, state=str(state), version=new)


def _state_after(
    state: str, before: Content, after: Content, core: Sequence[str], *, ministry: bool
) -> EventState:
    approval = states.needs_approval(before.kind, before.organiser_kind) or states.needs_approval(
        after.kind, after.organiser_kind
    )
    if not core or not approval or ministry:
        return EventState(state)
    if state == EventState.PUBLISHED:
        raise Conflict(
            N_(
                "The Ministry approved this event as it is: only the Ministry can change what, where and when it is."
            )
        )
    return EventState.DRAFT if state == EventState.APPROVED else EventState(state)


async def _check_places(conn: Connection, id: int, after: Content, wrong: rules.Wrong) -> None:
    """Nobody who has a place loses it by an edit."""
    taken = {
        row["side"]: row["firms"]
        for row in await conn.fetch(
            "SELECT side, count(*) AS firms FROM registration WHERE event = $1"
            " AND state IN ('CONFIRMED', 'OFFERED', 'ATTENDED', 'NO_SHOW') GROUP BY side",
            id,
        )
    }
    for side, field in (("EXPORTER", "capacity_exporters"), ("IMPORTER", "capacity_importers")):
        capacity = getattr(after, field)
        if capacity is not None and capacity < taken.get(side, 0):
            wrong[field] = Invalid(
                N_("Firms that have a place already: {n}. Give at least so many."), n=taken.get(side, 0)
            )


async def submit(caller: Caller, public_id: str, version: int | None = None) -> str:
    """Sends an association's mission to the Ministry; returns the state. Raises Invalid for what is missing."""
    return await _step(caller, public_id, "submit", version, complete=True)


async def take_back(caller: Caller, public_id: str, version: int | None = None) -> str:
    """Takes what the Ministry has not decided yet back into the drafts."""
    return await _step(caller, public_id, "take-back", version)


async def approve(caller: Caller, public_id: str, version: int | None = None) -> str:
    """The Ministry's leave to announce it. Raises Forbidden for others, Conflict for who wrote it himself."""
    return await _step(caller, public_id, "approve", version)


async def give_back(caller: Caller, public_id: str, reason: str, version: int | None = None) -> str:
    """The Ministry gives it back with a reason. Raises Forbidden for others, Invalid beside `reason`."""
    return await _step(caller, public_id, "return", version, reason=reason)


async def publish(caller: Caller, public_id: str, version: int | None = None) -> str:
    """Announces it: everybody finds it, and those whom it concerns are told inside the platform.

    Raises Invalid for what is missing, Conflict for one that the Ministry has to approve first.
    """
    return await _step(caller, public_id, "publish", version, complete=True)


async def cancel(caller: Caller, public_id: str, reason: str, version: int | None = None) -> str:
    """Cancels it; everybody who registered is told with the reason. Raises Conflict for what is over."""
    return await _step(caller, public_id, "cancel", version, reason=reason)


async def _step(
    caller: Caller,
    public_id: str,
    action: str,
    version: int | None,
    *,
    reason: str = "",
    complete: bool = False,
) -> str:
    seat = await access.organised(caller, public_id)
    if states.ACTIONS[action].ministry:
        access.approver(seat)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id)
        if action == "approve" and await tx.connection.fetchval(_WROTE, seat.id, caller.person):
            raise Conflict(N_("Somebody else has to approve what you wrote."))
        if action == "cancel" and row["ends_at"] is not None and row["ends_at"] <= datetime.now(UTC):
            raise Conflict(N_("This event is over."))
        if complete:
            content = (await queries.read(tx.connection, "e.id = $1", seat.id)).content
            if wrong := rules.check_complete(content, datetime.now(UTC)):
                raise Invalid(fields=wrong)
        after = await moves.move(tx.connection, row, action, caller, version=version, reason=reason)
        if action == "publish":
            await outbox.publish("events.published", id=seat.id)
        if action == "cancel" and row["state"] == EventState.PUBLISHED:
            await outbox.publish("events.moved", id=seat.id, what="cancelled", version=row["version"] + 1)
    return after


async def discard(caller: Caller, public_id: str) -> None:
    """Deletes a draft that was never sent or announced. Raises Conflict for anything else."""
    seat = await access.organised(caller, public_id)
    async with transaction() as tx:
        row = await moves.locked(tx.connection, seat.id)
        if row["state"] != EventState.DRAFT or row["submitted_at"] or row["published_at"]:
            raise Conflict(N_("Only a draft that nobody has seen can be deleted."))
        files = await tx.connection.fetch("SELECT path FROM event_file WHERE event = $1", seat.id)
        await gone.forget(file["path"] for file in files)
        await tx.connection.execute("DELETE FROM trade_event WHERE id = $1", seat.id)
        await audit.record(caller.actor, "event.discarded", "event", public_id, {"state": row["state"]}, None)


async def copy(caller: Caller, public_id: str) -> Saved:
    """Begins a new draft with everything but the days, the files and the online address: for the next time."""
    seat = await access.organised(caller, public_id)
    shown = await queries.shown(seat.id)
    content = msgspec.structs.replace(
        shown.content,
        starts_at=None,
        ends_at=None,
        registration_opens_at=None,
        registration_closes_at=None,
        online_url="",
        sessions=(),
        questions=tuple(msgspec.structs.replace(each, id=None) for each in shown.content.questions),
    )
    return await create(caller, seat.membership.public_id, content)


def _fitting(content: Content, membership: Membership, kept: str | None = None) -> Content:
    """With an organiser that the organisation can be: itself, or somebody outside."""
    own = access.organises_as(membership)
    allowed = {own, OrganiserKind.EXTERNAL, kept}
    return (
        content if content.organiser_kind in allowed else msgspec.structs.replace(content, organiser_kind=own)
    )


def _values(content: Content) -> tuple[Any, ...]:
    return tuple(
        list(value) if isinstance(value := getattr(content, name), tuple) else value for name in COLUMNS
    )


def _is_moved(before: Content, after: Content) -> bool:
    names = (
        "starts_at",
        "ends_at",
        "whole_days",
        "zone",
        "format",
        "country",
        "province",
        "city",
        "venue",
        "address",
    )
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _has_more_places(before: Content, after: Content) -> bool:
    def more(old: int | None, new: int | None) -> bool:
        return old is not None and (new is None or new > old)

    return more(before.capacity_exporters, after.capacity_exporters) or more(
        before.capacity_importers, after.capacity_importers
    )


def _audited(content: Content) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.to_builtins(content)
    # People's names stand in the event itself, not in a trail that is for ever.
    for name in ("contact_name", "contact_email", "contact_phone", "sessions"):
        whole.pop(name, None)
    return whole


def _differences(before: Content, after: Content) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    old, new = _audited(before), _audited(after)
    names = [name for name in new if old[name] != new[name]]
    if not names and before == after:
        return None
    return {name: old[name] for name in names}, {name: new[name] for name in names}


async def _earlier(organisation: int, key: str) -> Saved | None:
    rows = await fetch(
        "SELECT id, public_id, state, version FROM trade_event WHERE organiser = $1 AND idempotency_key = $2",
        organisation,
        key,
    )
    return Saved(**rows[0]) if rows else None
