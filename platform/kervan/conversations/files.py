"""Files of messages: looked at and kept before the message is written, gone again when it is not."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from asyncpg import Connection
from litestar import Request
from litestar.datastructures import UploadFile

from kervan.errors import Invalid, KervanError
from kervan.files import store, uploads
from kervan.files.documents import LARGEST_DOCUMENT, accept
from kervan.files.images import MB
from kervan.files.uploads import Upload
from kervan.ids import new_public_id
from kervan.trade.errors import N_, TradeError
from kervan.web.http import form_data

FOLDER = "messages"
MOST_FILES = 5
LARGEST_BODY = MOST_FILES * LARGEST_DOCUMENT + 3 * MB
"""For `request_max_body_size` of a route that takes messages."""
FIELD = "files"


class Kept(msgspec.Struct, frozen=True):
    """A file that lies in the store and waits for the message that it belongs to."""

    name: str
    content_type: str
    path: str
    size: int
    sha256: str


async def of_form(request: Request[Any, Any, Any], field: str = FIELD) -> list[Upload]:
    """The files that were chosen in a form; none is fine. Raises Invalid beside the field for too many or too large."""
    form = await form_data(request)
    if not any(isinstance(value, UploadFile) for value in form.getall(field, [])):
        return []
    try:
        return await uploads.several(request, field, MOST_FILES, LARGEST_DOCUMENT)
    except TradeError as error:
        raise Invalid(fields={field: KervanError(error.message, **error.params)}) from error


@asynccontextmanager
async def kept(files: Sequence[Upload], field: str = FIELD) -> AsyncIterator[tuple[Kept, ...]]:
    """The files, each checked by what it is and stored; when the body raises they are taken out again.

    Raises Invalid beside the field for more than five, for a file that is no PDF, JPEG or PNG whatever its name says,
    and for one that cannot be read. Opens no transaction: to be entered before one.
    """
    if len(files) > MOST_FILES:
        raise Invalid(
            fields={
                field: Invalid(N_("These are too many files. The most at once: {most}."), most=MOST_FILES)
            }
        )
    found: list[Kept] = []
    try:
        for file in files:
            found.append(await _keep(file, field))
        yield tuple(found)
    except BaseException:
        for one in found:
            await store.delete(one.path)
        raise


async def _keep(file: Upload, field: str) -> Kept:
    try:
        paper = await accept(file.data, file.name)
    except TradeError as error:
        raise Invalid(fields={field: KervanError(error.message, **error.params)}) from error
    path = await store.put(FOLDER, paper.data, paper.extension)
    return Kept(paper.name, paper.content_type, path, len(paper.data), paper.sha256)


async def attach(conn: Connection, message: int, files: Sequence[Kept]) -> None:
    """Writes down which files belong to a message (message.id), inside a transaction."""
    for file in files:
        await conn.execute(
            """INSERT INTO attachment (public_id, message, name, content_type, path, size, sha256)
            VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            new_public_id(),
            message,
            file.name,
            file.content_type,
            file.path,
            file.size,
            bytes.fromhex(file.sha256),
        )
