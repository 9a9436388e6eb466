"""The documents of an order as its parties see them: the list, one paper, one file."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Connection

from kervan.db import fetch
from kervan.documents.papers import opened
from kervan.documents.structs import Kind, Paper
from kervan.documents.tables import DocumentState
from kervan.errors import NotFound
from kervan.files import store

CONTENT_TYPES = {"pdf": "application/pdf", "xml": "application/xml"}

_LIST = """
SELECT d.public_id, d.kind, d.version, d.number, d.state, d.issued_at, d.superseded_at, d.reason, d.code, d.terms,
    p.name AS by,
    (SELECT json_agg(json_build_object('format', f.format, 'language', f.language, 'size', f.size,
        'sha256', encode(f.sha256, 'hex')) ORDER BY f.format, f.language DESC)
        FROM document_file f WHERE f.document = d.id) AS files
FROM document d LEFT JOIN person p ON p.id = d.issued_by
WHERE d."order" = $1 ORDER BY d.issued_at DESC, d.id DESC
"""
_FILE = """
SELECT f.path, d.number, d.version FROM document d JOIN document_file f ON f.document = d.id
WHERE d."order" = $1 AND d.public_id = $2 AND f.format = $3 AND f.language = $4
"""
_LIVE = """
SELECT public_id, version, number, terms, paper FROM document
WHERE "order" = $1 AND kind = $2 AND state = 'ISSUED'
"""


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a document; `language` is empty for XML."""

    format: str
    language: str
    size: int
    sha256: str
    """Hex digits: by it a copy is known to be the one that was issued."""

    @property
    def name(self) -> str:
        """How its address ends: pdf-tr, xml."""
        return f"{self.format}-{self.language}" if self.language else self.format


class DocumentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One issued version of a document."""

    public_id: str
    kind: Kind
    version: int
    number: str
    state: DocumentState
    terms: int
    """The revision of the order's terms that it says."""
    issued_at: datetime
    by: str | None
    superseded_at: datetime | None
    reason: str | None
    code: str
    files: tuple[FileShown, ...]

    @property
    def holds(self) -> bool:
        """Neither superseded nor void."""
        return self.state == DocumentState.ISSUED


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The version of a document that holds."""

    public_id: str
    version: int
    number: str
    terms: int
    paper: Paper


async def of_order(order_id: int) -> Sequence[DocumentShown]:
    """Every version of every document, the newest first."""
    rows = await fetch(_LIST, order_id)
    return [
        DocumentShown(
            **{name: row[name] for name in row.keys() if name not in ("files", "kind", "state")},  # noqa: SIM118  # a Record
            kind=Kind(row["kind"]),
            state=DocumentState(row["state"]),
            files=msgspec.json.decode(row["files"], type=tuple[FileShown, ...]) if row["files"] else (),
        )
        for row in rows
    ]


async def live(order_id: int, kind: Kind, conn: Connection | None = None) -> Live | None:
    """The version that holds, its identity number opened; None when there is none (yet, or any more)."""
    rows = await (conn.fetch(_LIVE, order_id, kind) if conn else fetch(_LIVE, order_id, kind))
    if not rows:
        return None
    row = rows[0]
    return Live(
        public_id=row["public_id"],
        version=row["version"],
        number=row["number"],
        terms=row["terms"],
        paper=opened(row["paper"]),
    )


async def file(order_id: int, document: str, name: str) -> tuple[bytes, str, str]:
    """The bytes of a file, a name for it, its content type; `name` is pdf-tr, pdf-en or xml. NotFound otherwise."""
    form, _, language = name.partition("-")
    rows = await fetch(_FILE, order_id, document, form, language)
    if not rows or form not in CONTENT_TYPES:
        raise NotFound()
    row = rows[0]
    ending = f"{language}.{form}" if language else form
    return await store.read(row["path"]), f"{row['number']}.{ending}", CONTENT_TYPES[form]
