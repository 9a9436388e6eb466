"""Forms as they come in: fields and files of a body, read within bounds.

Litestar's own parsers are not used. The one for urlencoded bodies keeps the last thousand of them in memory (passwords
among them, 12 MB each) and counts no fields; the one for multipart decodes each part by whatever codec its sender
names, and with punycode one body of 12 MB takes hours.
"""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from kervan.errors import Invalid
from kervan.trade.errors import N_

MOST_FIELDS = 400
LARGEST_TEXT = 2_000_000
"""Bytes of all fields of a form without its files."""
_LONGEST_BOUNDARY = 200

_TOO_MANY = N_("This form has too many fields.")
TOO_LONG = N_("This is too much text for one form.")

Fields = dict[str, Any]
"""Name to value: a text or an UploadFile, a list of them when the name comes more than once."""


async def fields(request: Request[Any, Any, Any]) -> Fields:
    """The fields and files of a form; none for a body of another type.

    Bytes that are no UTF-8 become U+FFFD. Raises Invalid above 400 fields or 2 MB of text, and for a body that is
    not what it says.
    """
    kind, options = request.content_type
    if kind == RequestEncodingType.URL_ENCODED:
        return await _urlencoded(request)
    if kind == RequestEncodingType.MULTI_PART:
        return await _multipart(request, options.get("boundary", ""))
    return {}


async def _urlencoded(request: Request[Any, Any, Any]) -> Fields:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_TEXT:
            raise Invalid(TOO_LONG)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise Invalid(_TOO_MANY) from error
    return _gathered(pairs)


async def _multipart(request: Request[Any, Any, Any], boundary: str) -> Fields:
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise Invalid()
    found: list[tuple[str, str | UploadFile]] = []
    try:
        await _parts(request, boundary.encode(), found)
    except BaseException as error:
        for _, value in found:
            if isinstance(value, UploadFile):
                await value.close()
        if isinstance(error, ParserLimitReached):
            raise Invalid(_TOO_MANY) from error
        if isinstance(error, MultipartError):
            raise Invalid() from error
        raise
    return _gathered(found)


async def _parts(
    request: Request[Any, Any, Any], boundary: bytes, found: list[tuple[str, str | UploadFile]]
) -> None:
    file: UploadFile | None = None
    text, written, name = bytearray(), 0, ""
    with PushMultipartParser(boundary, max_segment_count=MOST_FIELDS) as parser:
        async for chunk in request.stream():
            # A body is over with its last boundary, whatever is sent behind it.
            for part in parser.parse(chunk) if chunk and not parser.closed else ():
                if isinstance(part, MultipartSegment):
                    name, text, file = part.name, bytearray(), None
                    if part.filename:
                        file = UploadFile(part.content_type or "text/plain", part.filename)
                        found.append((name, file))
                elif part and file is not None:
                    await file.write(part)
                elif part:
                    text += part
                    written += len(part)
                    if written > LARGEST_TEXT:
                        raise Invalid(TOO_LONG)
                elif file is not None:
                    await file.seek(0)
                else:
                    found.append((name, text.decode("utf-8", "replace")))


def _gathered(pairs: list[tuple[str, str]] | list[tuple[str, str | UploadFile]]) -> Fields:
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
