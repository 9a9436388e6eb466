"""The first answer again, for programs that send a request of inquiries twice."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from kervan.accounts.callers import Membership
from kervan.db import execute, transaction
from kervan.errors import Conflict
from kervan.orders import once
from kervan.trade.errors import N_
from kervan.web.http import api_language, query_of
from kervan.web.programs import written

T = TypeVar("T")

# A key whose request died before it answered is free for the same request after a minute.
_CLAIM = """
INSERT INTO idempotency_key AS k (organisation, key, what, body_hash) VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT idempotency_key_unique DO UPDATE SET created_at = now()
    WHERE k.answer IS NULL AND k.what = $3 AND k.body_hash = $4 AND k.created_at < now() - interval '1 minute'
RETURNING id
"""


async def answered(
    request: Request[Any, Any, Any],
    membership: Membership,
    body: object,
    shape: type[T],
    work: Callable[[], Awaitable[T]],
) -> Response[T]:
    """What `of_request` finds, in the language of the request."""
    language = api_language(request, query_of(request))
    return written(await of_request(request, membership, body, shape, work), language)


async def made(
    request: Request[Any, Any, Any],
    membership: Membership,
    body: object,
    shape: type[T],
    work: Callable[[], Awaitable[T]],
) -> Response[T]:
    """As `answered`: 201 for what `work` makes now, 200 when the same request had made it before."""
    language = api_language(request, query_of(request))
    status = 200

    async def new() -> T:
        nonlocal status
        content = await work()
        status = 201
        return content

    return written(await of_request(request, membership, body, shape, new), language, status)


def own_key(request: Request[Any, Any, Any]) -> str:
    """The request's Idempotency-Key as no cart and no form has it, for what keeps its own. Raises Invalid."""
    key = once.checked(request.headers.get("idempotency-key"))
    return f"api-{sha256(key.encode()).hexdigest()[:56]}"


async def of_request(
    request: Request[Any, Any, Any],
    membership: Membership,
    body: object,
    shape: type[T],
    work: Callable[[], Awaitable[T]],
) -> T:
    """`answer` under the request's Idempotency-Key. Raises Invalid without one."""
    key = once.checked(request.headers.get("idempotency-key"))
    what = f"{request.method} {request.scope['path'].removeprefix('/api/v1')}"
    return await answer(membership.organisation, key, what, msgspec.json.encode(body), shape, work)


async def answer(
    organisation: int, key: str, what: str, body: bytes, shape: type[T], work: Callable[[], Awaitable[T]]
) -> T:
    """What `work` answers, kept under the key; the same key and body again get the kept answer.

    The key is claimed before the work and given back when the work refuses, so that a corrected request may use it
    anew. `work` opens its own transaction. Raises Conflict for the same key with another body, and while the first
    request is still under way.
    """
    what = what[:80]
    async with transaction() as tx:
        if await tx.connection.fetchval(_CLAIM, organisation, key, what, sha256(body).digest()) is None:
            kept = await once.once(tx.connection, organisation, key, what, body)
            if kept is None:
                raise Conflict(N_("The same request is still under way. Ask again in a moment."))
            return msgspec.convert(kept, shape, strict=False)
    try:
        made = await work()
    except BaseException:
        await execute("DELETE FROM idempotency_key WHERE organisation = $1 AND key = $2", organisation, key)
        raise
    async with transaction() as tx:
        await once.keep(tx.connection, organisation, key, made)
    return made
