"""Documents of events and their pictures: checked by what they are, stored, taken away again without being lost."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from asyncpg import Connection
from litestar import Request
from litestar.datastructures import UploadFile

from kervan import audit, outbox
from kervan.accounts.callers import Caller
from kervan.conversations import files as shared
from kervan.conversations.files import Kept
from kervan.db import fetch, transaction
from kervan.errors import Conflict, Invalid, KervanError, NotFound
from kervan.events import moves, states
from kervan.events.access import Seat
from kervan.files import images, store, uploads
from kervan.files.documents import safe_name
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.trade.errors import N_, TradeError
from kervan.web.http import form_data

MOST_DOCUMENTS = 10
LARGEST_BODY = shared.LARGEST_BODY + images.LARGEST_PHOTO
"""For `request_max_body_size` of a route that takes documents and a picture."""
FOLDER = "events"
PICTURE, DOCUMENTS = "picture", "files"
"""Fields of forms."""


class Chosen(msgspec.Struct, frozen=True):
    """What was chosen in a form."""

    picture: Upload | None = None
    documents: tuple[Upload, ...] = ()


async def of_form(request: Request[Any, Any, Any]) -> Chosen:
    """The picture and the documents of a form; none is fine. Raises Invalid beside the field for wrong ones."""
    documents = await shared.of_form(request, DOCUMENTS)
    form = await form_data(request)
    if not any(isinstance(value, UploadFile) for value in form.getall(PICTURE, [])):
        return Chosen(None, tuple(documents))
    try:
        return Chosen(await uploads.one(request, PICTURE, images.LARGEST_PHOTO), tuple(documents))
    except TradeError as error:
        raise _beside(PICTURE, error) from error


async def lost(request: Request[Any, Any, Any]) -> list[str]:
    """The fields of a refused form in which files were chosen: a browser does not keep them."""
    form = await form_data(request)
    return [
        field
        for field in (PICTURE, DOCUMENTS)
        if any(isinstance(value, UploadFile) for value in form.getall(field, []))
    ]


class Stored(msgspec.Struct, frozen=True):
    """Files that lie in the store and wait for their event."""

    picture: Kept | None
    documents: tuple[Kept, ...]


@asynccontextmanager
async def stored(chosen: Chosen) -> AsyncIterator[Stored]:
    """The files, each checked by what it is and stored; when the body raises they are taken out again.

    A picture is kept as its pixels only, at most 1,600 wide or high. Raises Invalid beside the field.
    """
    async with shared.kept(chosen.documents, DOCUMENTS) as documents:
        picture = await _picture(chosen.picture) if chosen.picture else None
        try:
            yield Stored(picture, documents)
        except BaseException:
            if picture is not None:
                await store.delete(picture.path)
            raise


async def _picture(upload: Upload) -> Kept:
    try:
        made = (await images.three_sizes(upload.data)).large
    except TradeError as error:
        raise _beside(PICTURE, error) from error
    path = await store.put(FOLDER, made.data, "webp")
    digest = hashlib.sha256(made.data).hexdigest()
    return Kept(
        safe_name(upload.name.rpartition(".")[0] or "picture", "webp"),
        "image/webp",
        path,
        len(made.data),
        digest,
    )


def _beside(field: str, error: TradeError) -> Invalid:
    return Invalid(fields={field: KervanError(error.message, **error.params)})


async def add(caller: Caller, event: int, files: Stored) -> None:
    """Gives files to an event (trade_event.id); a picture takes the place of the one before.

    Raises Invalid beside `files` when there would be more than ten documents, Conflict for a cancelled event.
    """
    if files.picture is None and not files.documents:
        return
    async with transaction() as tx:
        conn, row = tx.connection, await _editable(tx.connection, event)
        there = await conn.fetchval(
            "SELECT count(*) FROM event_file WHERE event = $1 AND use = 'DOCUMENT' AND removed_at IS NULL",
            event,
        )
        if there + len(files.documents) > MOST_DOCUMENTS:
            raise Invalid(
                fields={
                    DOCUMENTS: Invalid(
                        N_("These are too many files. The most at once: {most}."), most=MOST_DOCUMENTS
                    )
                }
            )
        if files.picture is not None:
            await conn.execute(
                "UPDATE event_file SET removed_at = now() WHERE event = $1 AND use = 'PICTURE' AND removed_at IS NULL",
                event,
            )
            await _insert(conn, event, "PICTURE", [files.picture])
        await _insert(conn, event, "DOCUMENT", files.documents)
        await _changed(
            caller, row["public_id"], event, "event.files_added", [file.name for file in _all(files)]
        )


def _all(files: Stored) -> list[Kept]:
    return [*([files.picture] if files.picture else []), *files.documents]


async def _insert(conn: Connection, event: int, use: str, files: Sequence[Kept]) -> None:
    await conn.executemany(
        """INSERT INTO event_file (public_id, event, use, name, content_type, path, size, sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (
                new_public_id(), event, use, file.name, file.content_type, file.path, file.size,
                bytes.fromhex(file.sha256),
            )
            for file in files
        ],
    )  # fmt: skip


async def remove(caller: Caller, event: int, public_id: str) -> None:
    """Takes a file away from an event; it is not shown any more.

    Raises Conflict for one that is gone already, and for a cancelled event.
    """
    async with transaction() as tx:
        row = await _editable(tx.connection, event)
        name = await tx.connection.fetchval(
            """UPDATE event_file SET removed_at = now() WHERE event = $1 AND public_id = $2 AND removed_at IS NULL
            RETURNING name""",
            event,
            public_id,
        )
        if name is None:
            raise Conflict(N_("There is no such file."))
        await _changed(caller, row["public_id"], event, "event.file_removed", [name])


async def _editable(conn: Connection, event: int) -> Any:
    row = await moves.locked(conn, event)
    if row["state"] not in states.EDITABLE:
        raise Conflict(N_("This event cannot be changed any more."))
    return row


async def _changed(caller: Caller, public_id: str, event: int, action: str, names: Sequence[str]) -> None:
    await audit.record(caller.actor, action, "event", public_id, after={"files": list(names)})
    await outbox.publish("events.changed", ids=[event])


async def opened(seat: Seat, public_id: str) -> tuple[str, str, str]:
    """(name, content type, path in the store) of a file that is still there. Raises NotFound."""
    rows = await fetch(
        """SELECT name, content_type, path FROM event_file
        WHERE event = $1 AND public_id = $2 AND removed_at IS NULL""",
        seat.id,
        public_id,
    )
    if not rows:
        raise NotFound(N_("There is no such file."))
    return rows[0]["name"], rows[0]["content_type"], rows[0]["path"]
