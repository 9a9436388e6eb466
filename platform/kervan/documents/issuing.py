"""One document made and kept: its prints and its XML outside of any transaction, its rows inside one."""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from anyio import CancelScope, CapacityLimiter, to_thread
from asyncpg import Connection, UniqueViolationError

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetchval
from kervan.documents import papers, prints, rules, ubl
from kervan.documents.errors import RulesBroken
from kervan.documents.structs import Kind, Paper
from kervan.errors import Conflict
from kervan.files import store
from kervan.ids import new_public_id
from kervan.settings import load
from kervan.trade.errors import N_
from kervan.webhooks import service as webhooks

FOLDER = "documents"

# Crockford's base 32: somebody may have to type it from the paper.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 20
_PRINTERS = CapacityLimiter(1)

_SUPERSEDE = """
UPDATE document SET state = 'SUPERSEDED', superseded_at = now(), reason = $3
WHERE "order" = $1 AND kind = $2 AND state = 'ISSUED'
"""
_INSERT = """
INSERT INTO document (public_id, "order", kind, version, number, terms, code, paper, issued_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
"""
_FILES = """
INSERT INTO document_file (document, format, language, path, size, sha256)
SELECT $1, f.format, f.language, f.path, f.size, f.sha256
FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::bytea[]) AS f (format, language, path, size, sha256)
"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the disk that no row names yet."""

    format: str
    language: str
    path: str
    size: int
    sha256: bytes


Files = Sequence[Kept]


def new_code() -> str:
    """20 random digits and letters (100 bits) for the verification page."""
    return "".join(_SIGNS[byte & 31] for byte in secrets.token_bytes(_CODE_LENGTH))


async def next_version(order_id: int, kind: Kind) -> int:
    """The number of the next version of a document. Of two people who ask at once only one can use it."""
    last = await fetchval(
        'SELECT max(version) FROM document WHERE "order" = $1 AND kind = $2', order_id, kind
    )
    return (last or 0) + 1


def require_rules(paper: Paper) -> None:
    """Nothing when the paper may be issued. Raises RulesBroken with every rule that it does not keep."""
    if broken := rules.check(paper):
        raise RulesBroken(broken)


@asynccontextmanager
async def written(*wanted: Paper) -> AsyncIterator[list[tuple[Paper, Sequence[Kept]]]]:
    """The papers with their files on the disk: prints in Turkish and the buyer's language, an invoice's XML.

    When the body raises, the files are taken away again.
    """
    done: list[tuple[Paper, Sequence[Kept]]] = []
    paths: list[str] = []
    try:
        for paper in wanted:
            kept = []
            for form, language, data in await to_thread.run_sync(partial(_made, paper), limiter=_PRINTERS):
                path = await store.put(FOLDER, data, form)
                paths.append(path)
                kept.append(
                    Kept(
                        format=form,
                        language=language,
                        path=path,
                        size=len(data),
                        sha256=sha256(data).digest(),
                    )
                )
            done.append((paper, kept))
        yield done
    except BaseException:
        with CancelScope(shield=True):
            for path in paths:
                await store.delete(path)
        raise


def _made(paper: Paper) -> list[tuple[str, str, bytes]]:
    public_url = load().public_url
    found = [
        ("pdf", language, prints.pdf(paper, language, public_url)) for language in ("tr", paper.language)
    ]
    if paper.kind is Kind.INVOICE:
        found.append(("xml", "", ubl.earsiv(paper)))
    return found


async def keep(
    conn: Connection,
    caller: Caller,
    order_id: int,
    terms: int,
    paper: Paper,
    files: Sequence[Kept],
    reason: str | None = None,
) -> str:
    """Writes a document's rows in the open transaction and returns its public id; the version before it is superseded.

    Raises Conflict when somebody issued the same version meanwhile.
    """
    await conn.execute(_SUPERSEDE, order_id, paper.kind, reason)
    public_id = new_public_id()
    try:
        document_id = await conn.fetchval(
            _INSERT,
            public_id,
            order_id,
            paper.kind,
            paper.version,
            paper.number,
            terms,
            paper.code,
            papers.kept(paper),
            caller.person,
        )
    except UniqueViolationError as error:
        raise Conflict(N_("This order was changed in the meantime. Look at it again.")) from error
    await conn.execute(
        _FILES,
        document_id,
        *(
            [getattr(file, field) for file in files]
            for field in ("format", "language", "path", "size", "sha256")
        ),
    )
    await audit.record(
        caller.actor, "document.issued", "document", public_id,
        after={
            "order": paper.order_number,
            "kind": paper.kind,
            "version": paper.version,
            "number": paper.number,
            "sha256": {f"{file.format}-{file.language}": file.sha256.hex() for file in files},
        },
        reason=reason,
    )  # fmt: skip
    return public_id


async def announce(row: Mapping[str, Any], public_id: str, paper: Paper) -> None:
    """Tells the webhooks of both firms, in the open transaction; `row` is the order's (orders.moves.row_of)."""
    await webhooks.tell(
        (row["exporter_organisation"], row["importer_organisation"]),
        "document.issued",
        {
            "order": row["public_id"],
            "order_number": row["number"],
            "id": public_id,
            "kind": paper.kind,
            "version": paper.version,
            "number": paper.number,
        },
        event_id=f"doc_{public_id}",
    )
