"""The registration of an exporter: begun, saved step by step, handed in.

Each step writes its own columns only: two open tabs never undo each other's steps, and of two answers to the
same step the last one holds. What was handed in is closed until the reviewer asks for more.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from asyncpg import Connection

from kervan import audit, vault
from kervan.accounts.callers import Caller
from kervan.db import fetch, fetchval, transaction
from kervan.errors import Conflict, Forbidden, Invalid
from kervan.exporters import letters, rules, service
from kervan.exporters.access import Row, Seen
from kervan.exporters.rules import Identity
from kervan.exporters.tables import Verification as V
from kervan.organisations import service as organisations
from kervan.organisations import tasks
from kervan.outbox import publish
from kervan.trade.errors import N_
from kervan_search.text import fold

TCKN = "tckn"
"""Purpose of the vault for identity numbers."""

EDITABLE = (V.DRAFT, V.NEEDS_INFO, V.EXPIRED)
_MOST_DRAFTS = 5
DECLARATIONS_MISSING = N_("The declarations are missing.")
_CLOSED = N_("This registration was handed in. It can be changed again when the reviewer asks for more.")


class Held(Conflict):
    """The number belongs to a firm that is on the platform already; `exporter` is its id, not for the caller's eyes."""

    def __init__(self, exporter: int) -> None:
        super().__init__(N_("This number is registered already."))
        self.exporter = exporter


async def held_by(identity: Identity) -> int | None:
    """The id of the exporter that holds the number; None when nobody does."""
    found: int | None = await fetchval(
        "SELECT id FROM exporter WHERE ($1::text IS NOT NULL AND vkn = $1)"
        " OR ($2::text IS NOT NULL AND tckn_fingerprint = $2)",
        identity.vkn,
        identity.tckn and vault.fingerprint(identity.tckn, TCKN),
    )
    return found


async def start(caller: Caller, identity: Identity, legal_name: str, trade_name: str) -> str:
    """Begins a registration: the firm as a draft, and the caller as its owner. Returns the organisation's public id.

    Raises Held when the number is taken, Conflict when the caller has five drafts open.
    """
    if (exporter := await held_by(identity)) is not None:
        raise Held(exporter)
    drafts = sum(membership.standing == V.DRAFT for membership in caller.memberships)
    if drafts >= _MOST_DRAFTS:
        raise Conflict(N_("You have {n} registrations open. Finish one of them first."), n=drafts)
    try:
        async with transaction() as tx:
            _, public_id, _ = await found(
                tx.connection, caller.person, caller.actor, identity, legal_name, trade_name, ("identity",)
            )
    except asyncpg.UniqueViolationError as error:
        # Somebody else registered the number between our look and our insert.
        exporter = await held_by(identity)
        if exporter is None:
            raise
        raise Held(exporter) from error
    return public_id


async def found(
    conn: Connection,
    person: int,
    actor: str,
    identity: Identity,
    legal_name: str,
    trade_name: str,
    steps: Sequence[str],
    **columns: Any,
) -> tuple[int, str, int]:
    """A draft with its organisation and owner, in the open transaction; (exporter.id, public id, organisation.id).

    `columns` are further columns of the exporter that are known already.
    """
    organisation, public_id = await organisations.found(
        conn, "EXPORTER", legal_name, "TR", owner=person, actor=actor
    )
    slug = await _new_slug(conn, trade_name or legal_name)
    values: dict[str, Any] = {
        "slug": slug,
        "kind": str(identity.kind),
        "legal_name": legal_name,
        "trade_name": trade_name or legal_name[:120],
        "organisation": organisation,
        "vkn": identity.vkn,
        "tckn_sealed": identity.tckn and vault.seal(identity.tckn, TCKN),
        "tckn_fingerprint": identity.tckn and vault.fingerprint(identity.tckn, TCKN),
        "verification": V.DRAFT,
        "steps_done": list(steps),
        "search_text": fold(f"{trade_name} {legal_name}"),
        **columns,
    }
    id = await conn.fetchval(
        f"INSERT INTO exporter ({', '.join(values)})"
        f" VALUES ({', '.join(f'${n + 1}' for n in range(len(values)))}) RETURNING id",
        *values.values(),
    )
    await audit.record(
        actor, "exporter.created", "exporter", id, after={"slug": slug, "kind": str(identity.kind)}
    )
    return id, public_id, organisation


async def _new_slug(conn: Connection, name: str) -> str:
    base = rules.slug_of(name)
    # Two firms of one name that register in the same moment wait for each other here.
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", base)
    rows = await conn.fetch("SELECT slug FROM exporter WHERE slug = $1 OR slug LIKE $1 || '-%'", base)
    return rules.free_slug(base, (row["slug"] for row in rows))


async def change_identity(
    caller: Caller, seen: Seen, identity: Identity | None, legal_name: str, trade_name: str
) -> None:
    """Saves the first step again: the names and, unless None, another legal form or number.

    The number of a firm that was verified once stays. Raises Held, Conflict.
    """
    firm = seen.firm
    if identity is not None and firm["verified_at"] is not None:
        raise Conflict(N_("The number of a verified firm cannot be changed."))
    values: dict[str, Any] = {"legal_name": legal_name, "trade_name": trade_name or legal_name[:120]}
    if identity is not None:
        holder = await held_by(identity)
        if holder is not None and holder != firm["id"]:
            raise Held(holder)
        values |= {
            "kind": str(identity.kind),
            "vkn": identity.vkn,
            "tckn_sealed": identity.tckn and vault.seal(identity.tckn, TCKN),
            "tckn_fingerprint": identity.tckn and vault.fingerprint(identity.tckn, TCKN),
        }
    try:
        async with transaction() as tx:
            await _save(tx.connection, caller, firm, "identity", values)
            await tx.connection.execute(
                "UPDATE organisation SET name = $2 WHERE id = $1", firm["organisation"], legal_name
            )
    except asyncpg.UniqueViolationError as error:
        # Somebody else registered the number between our look and our update.
        exporter = identity and await held_by(identity)
        if not exporter:
            raise
        raise Held(exporter) from error


async def save_step(caller: Caller, seen: Seen, step: str, values: Mapping[str, Any]) -> None:
    """Stores the answers of one step and marks it as done; Conflict when the registration is closed to changes."""
    async with transaction() as tx:
        await _save(tx.connection, caller, seen.firm, step, values)


async def save_texts(
    caller: Caller, seen: Seen, about: Mapping[str, str], capacity: Mapping[str, str]
) -> None:
    """The same for what the firm says about itself, by language."""
    async with transaction() as tx:
        await _save(tx.connection, caller, seen.firm, "texts", {})
        await write_texts(tx.connection, seen.firm["id"], about, capacity)


async def _save(conn: Connection, caller: Caller, firm: Row, step: str, values: Mapping[str, Any]) -> None:
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    saved = await conn.fetchval(
        f"""UPDATE exporter SET version = version + 1, updated_at = now(),
            steps_done = CASE WHEN $2 = ANY(steps_done) THEN steps_done ELSE array_append(steps_done, $2) END{sets}
        WHERE id = $1 AND verification = ANY($3) RETURNING id""",
        firm["id"],
        step,
        [str(state) for state in EDITABLE],
        *values.values(),
    )
    if saved is None:
        raise Conflict(_CLOSED)
    await refresh_search_text(conn, firm["id"])
    await audit.record(
        caller.actor,
        "exporter.step_saved",
        "exporter",
        firm["id"],
        after={"step": step, "fields": sorted(values)},
    )


async def write_texts(
    conn: Connection, exporter: int, about: Mapping[str, str], capacity: Mapping[str, str]
) -> None:
    """Stores the texts of an exporter by language, in the open transaction; an empty language is taken out."""
    for language in sorted({*about, *capacity}):
        if about.get(language) or capacity.get(language):
            await conn.execute(
                """INSERT INTO exporter_text (exporter, language, about, capacity) VALUES ($1, $2, $3, $4)
                ON CONFLICT (exporter, language) DO UPDATE SET about = excluded.about, capacity = excluded.capacity""",
                exporter,
                language,
                about.get(language, ""),
                capacity.get(language, ""),
            )
        else:
            await conn.execute(
                "DELETE FROM exporter_text WHERE exporter = $1 AND language = $2", exporter, language
            )
    await refresh_search_text(conn, exporter)


async def refresh_search_text(conn: Connection, exporter: int) -> None:
    """Makes the words by which PostgreSQL finds the firm equal to its names and texts, and tells the index."""
    row = await conn.fetchrow(
        """SELECT e.trade_name, e.legal_name, array_agg(x.about ORDER BY x.language) AS abouts
        FROM exporter e LEFT JOIN exporter_text x ON x.exporter = e.id WHERE e.id = $1 GROUP BY e.id""",
        exporter,
    )
    words = (row["trade_name"], row["legal_name"], *(about for about in row["abouts"] if about))
    await conn.execute(
        "UPDATE exporter SET search_text = $2 WHERE id = $1", exporter, fold(" ".join(words))[:4000]
    )
    await publish("exporters.changed", ids=[exporter])


async def texts_of(exporter: int) -> tuple[dict[str, str], dict[str, str]]:
    """What a firm says about itself and about its capacity, by language."""
    rows = await fetch("SELECT language, about, capacity FROM exporter_text WHERE exporter = $1", exporter)
    return {row["language"]: row["about"] for row in rows}, {row["language"]: row["capacity"] for row in rows}


async def submit(caller: Caller, seen: Seen) -> None:
    """Hands the registration in, or a verified firm for another year: it goes into the queue, the owners are told.

    Only an owner may. Raises Forbidden, Invalid with what is missing, and Conflict when it was handed in already.
    """
    if seen.membership.role != "OWNER":
        raise Forbidden(N_("Only an owner can hand the registration in."))
    firm = seen.firm
    now = datetime.now(UTC)
    about, _ = await texts_of(firm["id"])
    held = await fetch(
        "SELECT kind, expires_on FROM exporter_document WHERE exporter = $1 AND removed_at IS NULL",
        firm["id"],
    )
    gaps = rules.missing(firm, about, [dict(row) for row in held], now.date())
    if gaps:
        raise Invalid(fields={step: sentence for step, sentence in reversed(gaps)})
    if not rules.declared(declarations_of(firm)):
        raise Invalid(fields={"declarations": DECLARATIONS_MISSING})
    renewal = firm["verification"] == V.VERIFIED and rules.may_renew(
        V.VERIFIED, firm["verified_until"], now.date()
    )
    async with transaction() as tx:
        if renewal:
            await tx.connection.execute("UPDATE exporter SET submitted_at = now() WHERE id = $1", firm["id"])
            await audit.record(caller.actor, "exporter.renewal_asked", "exporter", firm["id"])
        else:
            await service.move(tx.connection, firm["id"], V.SUBMITTED, caller.actor, submitted_at=now)
        if not await enqueue(tx.connection, firm, now):
            raise Conflict(_CLOSED)
        await letters.tell_owners(tx.connection, firm, "exporter_submitted", "/products")


def declarations_of(firm: Row) -> dict[str, str]:
    """The declarations that were given, with their versions."""

    return msgspec.json.decode(firm["declarations"], type=dict[str, str])


async def enqueue(conn: Connection, firm: Row, opened: datetime) -> bool:
    """Puts a firm into the queue of who reviews it, in the open transaction; False when it is in it already."""
    made = await conn.fetchval(
        """INSERT INTO exporter_review (exporter, opened_at) VALUES ($1, $2)
        ON CONFLICT (exporter) WHERE decided_at IS NULL DO NOTHING RETURNING id""",
        firm["id"],
        opened,
    )
    await tasks.open_task(
        conn,
        tasks.EXPORTER_REVIEW,
        firm["public_id"],
        await letters.reviewing_organisation(conn, firm["association"]),
        rules.add_working_days(opened, rules.REVIEW_WORKING_DAYS),
    )
    return made is not None
