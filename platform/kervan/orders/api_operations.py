"""The operations on one order for programs, with the description that they share."""

from typing import Any

from litestar import get, post
from litestar.openapi.spec import Parameter
from litestar.types import Guard

from kervan.orders.repeating import Outcome
from kervan.web import openapi
from kervan.web.programs import answers

ID = openapi.in_path("order", "The order's id.", "t4k7m2p9q3rs", "^[a-z0-9]{12}$")
KEY = openapi.header("Idempotency-Key", "A value of your own, the same for the same request sent again.")
KEY_IF_WANTED = openapi.header(
    "Idempotency-Key",
    "A value of your own: the same request sent again gets the first answer.",
    required=False,
)


def reading(path: str, summary: str, name: str, content: type[Any], guard: Guard) -> get:
    """Decorates the handler that reads an order, or what is at `path` behind it; 404 for orders of others."""
    return get(
        f"/orders/{{order:str}}{path}",
        tags=["Orders"],
        summary=summary,
        operation_id=name,
        operation_class=openapi.described(ID),
        responses=openapi.responses(content, None, 401, 403, 404),
        security=openapi.BEARER,
        guards=[guard],
    )


def stepping(
    path: str, summary: str, name: str, guard: Guard, content: type[Any] = Outcome, key: Parameter = KEY
) -> post:
    """Decorates the handler that takes an order further; 409 for one that has moved on meanwhile."""
    return post(
        f"/orders/{{order:str}}{path}",
        status_code=200,
        tags=["Orders"],
        summary=summary,
        operation_id=name,
        operation_class=openapi.described(ID, key),
        responses=answers(content, 200, 404, 409),
        security=openapi.BEARER,
        guards=[guard],
    )
