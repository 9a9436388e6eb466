"""The files of a form (multipart/form-data), with a limit on how many and how large.

A body above the limit of its route is refused with 413 while it comes in: a route that takes more than the 12 MB of
the application says so by `request_max_body_size` in its decorator.
"""

from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from kervan.files.images import MB
from kervan.trade.errors import N_, TradeError
from kervan.web.http import form_data


class Upload(msgspec.Struct, frozen=True):
    """One file of a form: its bytes, and the name that the sender's computer gave it (nothing to be trusted)."""

    name: str
    data: bytes


async def one(request: Request[Any, Any, Any], field: str, largest: int) -> Upload:
    """The one file of a field, at most `largest` bytes. TradeError as `several`, also for more than one."""
    (upload,) = await several(request, field, 1, largest)
    return upload


async def several(request: Request[Any, Any, Any], field: str, most: int, largest: int) -> list[Upload]:
    """The files of a field in their order: at least one and at most `most`, each of at most `largest` bytes.

    TradeError with a sentence for the sender: none chosen, too many, too large, empty. Invalid when the form itself
    cannot be read.
    """
    form = await form_data(request)
    # A browser sends a field without a file as one with an empty name: Litestar makes a text of it.
    chosen = [value for value in form.getall(field, []) if isinstance(value, UploadFile)]
    if not chosen:
        raise TradeError(N_("Choose a file first."))
    if len(chosen) > most:
        raise TradeError(N_("These are too many files. The most at once: {most}."), most=most)
    return [await _read(file, largest) for file in chosen]


async def _read(file: UploadFile, largest: int) -> Upload:
    data = await file.read(largest + 1)
    if len(data) > largest:
        raise TradeError(
            N_("This file is larger than {limit} MB. Send a smaller one."), limit=max(largest // MB, 1)
        )
    if not data:
        raise TradeError(N_("This file is empty. Choose another one."))
    return Upload(file.filename, data)
