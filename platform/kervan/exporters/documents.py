"""Papers of an exporter: handed in by its members, downloaded by them and by reviewers, seen by nobody else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Conflict, KervanError, NotFound
from kervan.exporters import rules
from kervan.exporters.access import Row, Seen, for_member, for_review
from kervan.exporters.registration import EDITABLE
from kervan.files import store
from kervan.files.documents import Accepted
from kervan.ids import new_public_id
from kervan.organisations import roles
from kervan.trade.errors import N_

FOLDER = "documents"

_SHOWN = "public_id, kind, name, content_type, size, sha256, path, expires_on, uploaded_at"


async def of(exporter: int) -> Sequence[Mapping[str, Any]]:
    """The papers that are kept of an exporter, in the order in which they came."""
    rows = await fetch(
        f"SELECT {_SHOWN} FROM exporter_document WHERE exporter = $1 AND removed_at IS NULL ORDER BY id",
        exporter,
    )
    return [dict(row) for row in rows]


def may_change(firm: Row, today: date) -> bool:
    """Whether papers can be added or taken away now: before the firm is handed in, and when it is renewed."""
    return firm["verification"] in EDITABLE or rules.may_renew(
        firm["verification"], firm["verified_until"], today
    )


async def add(caller: Caller, seen: Seen, kind: str, paper: Accepted, expires_on: date | None) -> str:
    """Keeps a checked paper; returns its public id. Raises Conflict when no more can be added now."""
    firm = seen.firm
    if not may_change(firm, date.today()):
        raise Conflict(
            N_("Papers can be added before the registration is handed in, or when we ask for more.")
        )
    public_id = new_public_id()
    path = await store.put(FOLDER, paper.data, paper.extension)
    try:
        async with transaction() as tx:
            # The firm's row stays locked, so that two uploads at once cannot both be the last one that is allowed.
            await tx.connection.execute("SELECT 1 FROM exporter WHERE id = $1 FOR UPDATE", firm["id"])
            kept = await tx.connection.fetchval(
                "SELECT count(*) FROM exporter_document WHERE exporter = $1 AND removed_at IS NULL",
                firm["id"],
            )
            if kept >= rules.MOST_DOCUMENTS:
                raise Conflict(N_("There are {n} papers already. Take one away first."), n=kept)
            await tx.connection.execute(
                """INSERT INTO exporter_document
                    (public_id, exporter, kind, name, content_type, size, sha256, path, expires_on, uploaded_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
                public_id,
                firm["id"],
                kind,
                paper.name,
                paper.content_type,
                len(paper.data),
                paper.sha256,
                path,
                expires_on,
                caller.person,
            )
            await audit.record(
                caller.actor, "exporter.document_added", "exporter", firm["id"],
                after={"document": public_id, "kind": kind, "sha256": paper.sha256},
            )  # fmt: skip
    except (KervanError, OSError):
        await store.delete(path)
        raise
    return public_id


async def remove(caller: Caller, seen: Seen, public_id: str) -> None:
    """Takes a paper away. One that was never handed in is deleted; one that a reviewer may have seen is kept hidden."""
    firm = seen.firm
    if not may_change(firm, date.today()):
        raise Conflict(N_("Papers that were handed in stay until the reviewer asks for more."))
    async with transaction() as tx:
        row = await tx.connection.fetchrow(
            """UPDATE exporter_document d SET removed_at = now() FROM exporter e
            WHERE e.id = d.exporter AND d.public_id = $1 AND d.exporter = $2 AND d.removed_at IS NULL
            RETURNING d.path, d.kind, e.submitted_at IS NULL OR d.uploaded_at > e.submitted_at AS unseen""",
            public_id,
            firm["id"],
        )
        if row is None:
            raise NotFound()
        await audit.record(
            caller.actor, "exporter.document_removed", "exporter", firm["id"],
            before={"document": public_id, "kind": row["kind"]}, after={"deleted": row["unseen"]},
        )  # fmt: skip
    if row["unseen"]:
        await store.delete(row["path"])


async def one(caller: Caller, organisation: str, public_id: str) -> Mapping[str, Any]:
    """A paper for a member who keeps the profile, or for a reviewer once it was handed in. NotFound for strangers,
    Forbidden for other members."""
    if any(membership.public_id == organisation for membership in caller.memberships):
        # The papers show signatures: not for everybody who looks at orders.
        firm = (await for_member(caller, organisation, roles.PROFILE)).firm
    else:
        firm = (await for_review(caller, organisation)).firm
        if firm["verification"] == "DRAFT":
            raise NotFound()
    rows = await fetch(
        f"SELECT {_SHOWN} FROM exporter_document WHERE exporter = $1 AND public_id = $2 AND removed_at IS NULL",
        firm["id"],
        public_id,
    )
    if not rows:
        raise NotFound()
    return dict(rows[0])
