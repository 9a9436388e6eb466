"""Rate limits per address: a token bucket in PostgreSQL, leased to processes a handful of tokens at a time."""

import ipaddress
import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import msgspec
import structlog
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kervan.db import AWAY, execute, fetch
from kervan.errors import SettingsError, TooMany
from kervan.trade.errors import N_
from kervan.web.metrics import LIMITER_FAILURES

log = structlog.get_logger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Limit(msgspec.Struct, frozen=True):
    """So many requests in so many seconds, refilled evenly."""

    requests: int
    seconds: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def handful(self) -> int:
        """Tokens that a process takes at once: few enough that idle leases do not starve another process."""
        return max(1, min(20, self.requests // 15))


def parse_limit(text: str, name: str = "KERVAN_API_LIMIT") -> Limit | None:
    """The limit of a setting such as 300/60; None when it is empty. Raises SettingsError for anything else."""
    if not text:
        return None
    requests, _, seconds = text.partition("/")
    if not (requests.isascii() and requests.isdigit() and seconds.isascii() and seconds.isdigit()):
        raise SettingsError("{name} must look like 300/60, not {text}.", name=name, text=repr(text))
    if not (0 < int(requests) <= 1_000_000 and 0 < int(seconds) <= 86_400):
        raise SettingsError(
            "{name} allows 1 to 1000000 requests in 1 to 86400 seconds, not {text}.", name=name, text=text
        )
    return Limit(int(requests), int(seconds))


# Refills by the time that has gone by and takes as much of a handful as there is, in one atomic statement:
# the row lock makes concurrent processes wait for each other, and each sees what the one before left.
_TAKE = """
WITH bucket AS (
    SELECT key, clock_timestamp() AS at, least(
        $2::float8, tokens + $3::float8 * greatest(0, extract(epoch FROM clock_timestamp() - refilled_at))
    ) AS there
    FROM rate_bucket WHERE key = $1 FOR UPDATE
)
UPDATE rate_bucket b SET tokens = there - least($4::float8, floor(there)), refilled_at = greatest(b.refilled_at, at)
FROM bucket WHERE b.key = bucket.key
RETURNING least($4::float8, floor(there)) AS taken, b.tokens AS left
"""
_OPEN = """
INSERT INTO rate_bucket (key, tokens, refilled_at) VALUES ($1, $2::float8 - $3::float8, clock_timestamp())
ON CONFLICT (key) DO NOTHING RETURNING $3::float8 AS taken, tokens AS left
"""
# A bucket that was not asked for its whole window is full again, as good as none.
# Of this limit only: another one's window may be longer.
_FORGET = (
    "DELETE FROM rate_bucket WHERE starts_with(key, $2) AND refilled_at < now() - make_interval(secs => $1)"
)
_FORGET_EVERY = 1000
_MOST_LEASES = 20_000


class Lease(msgspec.Struct):
    """Tokens that this process may spend for one caller until `until`; none when the bucket was empty.

    `left` is what the bucket held besides.
    """

    tokens: int
    left: float
    until: float
    refused: bool = False


_buckets: WeakSet["Bucket"] = WeakSet()


def forget_leases() -> None:
    """Forgets what this process holds of every limit: for tests, whose database is emptied under it."""
    for bucket in _buckets:
        bucket.leases.clear()


class Bucket:
    """One limit for many callers. The database is asked once per handful of requests of a caller."""

    def __init__(self, name: str, limit: Limit) -> None:
        _buckets.add(self)
        self.name = name
        self.limit = limit
        self.leases: dict[str, Lease] = {}
        self.queries = 0

    async def take(self, caller: str) -> Lease:
        """The lease after one token was spent. Raises TooMany when there is none; a dead database lets pass."""
        now = time.monotonic()
        lease = self.leases.get(caller)
        if lease is None or lease.until <= now or (lease.tokens <= 0 and not lease.refused):
            lease = await self._lease(caller, now)
        if lease.tokens <= 0:
            raise TooMany(
                N_("Too many requests from your address. Try again in {seconds} s."),
                seconds=max(1, math.ceil(lease.until - now)),
                retry_after=max(1, math.ceil(lease.until - now)),
            )
        lease.tokens -= 1
        return lease

    async def _lease(self, caller: str, now: float) -> Lease:
        if len(self.leases) >= _MOST_LEASES:
            self.leases = {key: lease for key, lease in self.leases.items() if lease.until > now}
            if len(self.leases) >= _MOST_LEASES:
                self.leases.clear()
        try:
            taken, left = await self._ask(f"{self.name}:{caller}")
        except AWAY as error:
            LIMITER_FAILURES.inc()
            log.warning("rate limit cannot be read", error=repr(error))
            return Lease(1, 0, now)  # not kept: the next request asks again
        # Concurrent requests of one caller may all have asked: what the others brought is kept.
        held = self.leases.get(caller)
        spare = held.tokens if held is not None and held.until > now else 0
        if taken + spare >= 1:
            # Held for a sixth of the window: tokens of callers who left come back with the refill.
            lease = Lease(int(taken) + spare, left, now + self.limit.seconds / 6)
        else:
            lease = Lease(0, 0, now + (1 - left) / self.limit.rate, refused=True)
        self.leases[caller] = lease
        return lease

    async def _ask(self, key: str) -> tuple[float, float]:
        limit = self.limit
        self.queries += 1
        if self.queries % _FORGET_EVERY == 0:
            await execute(_FORGET, float(limit.seconds), f"{self.name}:")
        while True:
            rows = await fetch(_TAKE, key, float(limit.requests), limit.rate, float(limit.handful))
            rows = rows or await fetch(_OPEN, key, float(limit.requests), float(limit.handful))
            if rows:
                return rows[0]["taken"], rows[0]["left"]


class RateLimit(ASGIMiddleware):
    """Refuses callers whose bucket is empty with 429; tells the others what they have left."""

    scopes = (ScopeType.HTTP,)

    def __init__(
        self, name: str, limit: Limit, trusted_proxies: Sequence[str], only: Sequence[str] = ()
    ) -> None:
        """`only`: ends of the paths that are counted, all when there are none. One that ends with a slash stands for
        all paths that have one more part."""
        self.only = tuple(only)
        self.below = tuple(end for end in only if end.endswith("/"))
        self.bucket = Bucket(name, limit)
        self.trusted = networks(tuple(trusted_proxies))
        self.policy = (b"ratelimit-policy", f'"{name}";q={limit.requests};w={limit.seconds}'.encode())

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if not self._counts(scope["path"]):
            await next_app(scope, receive, send)
            return
        lease = await self.bucket.take(caller(scope, self.trusted))
        left = f'"{self.bucket.name}";r={lease.tokens + int(lease.left)}'.encode()
        headers = [self.policy, (b"ratelimit", left)]

        async def limited(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await next_app(scope, receive, limited)

    def _counts(self, path: str) -> bool:
        return not self.only or path.endswith(self.only) or path[: path.rfind("/") + 1].endswith(self.below)


@lru_cache(maxsize=16)
def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """The addresses and networks of the trusted proxies. Raises SettingsError for one that is none."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise SettingsError(
            "KERVAN_TRUSTED_PROXIES must be addresses or networks, not {text}.", text=", ".join(texts)
        ) from error


def caller(scope: Any, trusted: tuple[Network, ...]) -> str:
    """Who asks: the socket's peer, or behind trusted proxies the last address that they did not add themselves.

    An IPv6 caller counts by its /64, which is what one subscriber gets.
    """
    client = scope.get("client")
    peer = client[0] if client else ""
    if trusted and _is_trusted(peer, trusted):
        forwarded = ",".join(Headers.from_scope(scope).getall("x-forwarded-for", []))
        for hop in reversed([part.strip() for part in forwarded[-1000:].split(",") if part.strip()]):
            peer = hop
            if not _is_trusted(hop, trusted):
                break
    return _bucket_name(peer)


@lru_cache(maxsize=4096)
def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in trusted)


@lru_cache(maxsize=4096)
def _bucket_name(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
