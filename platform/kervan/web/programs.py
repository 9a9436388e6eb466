"""What the API answers to programs that act for a firm: kept by nobody else, amounts as strings."""

from typing import Any, TypeVar

import msgspec
from litestar import Response
from litestar.openapi import ResponseSpec

from kervan.web import openapi
from kervan.web.http import JSON

T = TypeVar("T")

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Authorization"}
_encoder = msgspec.json.Encoder(decimal_format="string")


def answers(content: type[Any], status: int = 200, *errors: int) -> dict[int, ResponseSpec]:
    """Responses of an operation that changes something, for its description: never 304."""
    found = openapi.responses(content, None, 401, 403, *errors)
    del found[304]
    return {status if code == 200 else code: spec for code, spec in found.items()}


def encoded(content: object) -> bytes:
    """JSON with amounts as strings."""
    return _encoder.encode(content)


def written(content: object, language: str, status: int = 200) -> Response[Any]:
    """The answer to a change."""
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return Response(encoded(content), status_code=status, media_type=JSON, headers=headers)


def private(shown: Response[T]) -> Response[T]:
    """The answer of web.http.answer, for its asker only."""
    shown.headers.update(_PRIVATE)
    return shown
