"""Attachments of requests: kept with the text that they belong to, taken away again without being lost."""

from collections.abc import Sequence

from asyncpg import Connection

from kervan.conversations.files import Kept
from kervan.db import fetch
from kervan.errors import Invalid, NotFound
from kervan.ids import new_public_id
from kervan.requests.masking import mask
from kervan.requests.rules import MOST_FILES
from kervan.trade.errors import N_


async def change(conn: Connection, request: int, kept: Sequence[Kept], removed: Sequence[str]) -> None:
    """Adds files that were checked and stored (conversations.files.kept) and takes others away (public ids).

    Raises Invalid beside `files` when there would be more than ten.
    """
    if removed:
        await conn.execute(
            """UPDATE request_file SET removed_at = now()
            WHERE request = $1 AND public_id = ANY($2::text[]) AND removed_at IS NULL""",
            request,
            list(removed),
        )
    there = await conn.fetchval(
        "SELECT count(*) FROM request_file WHERE request = $1 AND removed_at IS NULL", request
    )
    if there + len(kept) > MOST_FILES:
        raise Invalid(
            fields={
                "files": Invalid(N_("These are too many files. The most at once: {most}."), most=MOST_FILES)
            }
        )
    for file in kept:
        await conn.execute(
            """INSERT INTO request_file (public_id, request, name, content_type, path, size, sha256)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            new_public_id(),
            request,
            _unsigned(file.name),
            file.content_type,
            file.path,
            file.size,
            bytes.fromhex(file.sha256),
        )


def _unsigned(name: str) -> str:
    """The file's name without contact data in it."""
    stem, dot, ending = name.rpartition(".")
    return f"{mask(stem).text}{dot}{ending}" if stem else mask(name).text


async def opened(request: int, public_id: str) -> tuple[str, str, str]:
    """(name, content type, path in the store) of a file that is still there. Raises NotFound."""
    rows = await fetch(
        """SELECT name, content_type, path FROM request_file
        WHERE request = $1 AND public_id = $2 AND removed_at IS NULL""",
        request,
        public_id,
    )
    if not rows:
        raise NotFound(N_("There is no such file."))
    return rows[0]["name"], rows[0]["content_type"], rows[0]["path"]
