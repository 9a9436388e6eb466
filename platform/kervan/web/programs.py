"""What the API answers to programs that act for a firm: kept by nobody else, amounts as strings."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import SerializationException
from litestar.openapi import ResponseSpec

from kervan.errors import Invalid, KervanError
from kervan.trade.errors import N_
from kervan.web import bodies, csrf, openapi
from kervan.web.forms import is_unfit
from kervan.web.http import JSON

T = TypeVar("T")

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Authorization"}
_encoder = msgspec.json.Encoder(decimal_format="string")


def answers(
    content: type[Any], status: int = 200, *errors: int, example: object | None = None
) -> dict[int, ResponseSpec]:
    """Responses of an operation that changes something, for its description: never 304."""
    found = openapi.responses(content, example, 401, 403, *errors)
    del found[304]
    return {status if code == 200 else code: spec for code, spec in found.items()}


def answers_made(content: type[Any], *errors: int, example: object | None = None) -> dict[int, ResponseSpec]:
    """Responses of an operation that makes something: 201, and 200 for the same request again."""
    again = ResponseSpec(
        content, generate_examples=False, description="The same request had been carried out before."
    )
    return answers(content, 201, *errors, example=example) | {200: again}


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


async def check(request: Request[Any, Any, Any]) -> None:
    """Before any request of the API: it is no forged one, and its body is text that pages and papers can show.

    Raises SignInNeeded, and Invalid by field (`lines.1.name`) for control signs and signs that turn the reading order.
    """
    await csrf.check_api(request)
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    size = len(await request.body())
    if not size:
        return
    if size > bodies.LARGEST_TEXT:
        raise Invalid(bodies.TOO_LONG)
    try:
        body = await request.json()
    except SerializationException:
        return  # What is no JSON is refused by who wanted some.
    wrong: dict[str, KervanError | str] = {
        field: _UNREADABLE for field, text in _texts(body) if is_unfit(text)
    }
    if wrong:
        raise Invalid(fields=wrong)


_UNREADABLE = N_("This holds characters that cannot be shown. Type it again.")


def _texts(body: object) -> Iterator[tuple[str, str]]:
    """Every text of a body with the way to it; names of fields too, since some of them are free."""
    left: list[tuple[str, object]] = [("", body)]
    while left:
        path, value = left.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, list):
            left += [(f"{path}.{number}".lstrip("."), one) for number, one in enumerate(value, start=1)]
        elif isinstance(value, dict):
            for key, one in value.items():
                yield path, key
                left.append((f"{path}.{key}".lstrip("."), one))
