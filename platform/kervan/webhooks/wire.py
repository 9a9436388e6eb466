"""One POST to a webhook: to an address that was checked and to no other, briefly, and with little listening."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache

import httpx
import msgspec

from kervan import __version__
from kervan.trade.errors import N_, TradeError
from kervan.webhooks import targets
from kervan.webhooks.targets import Resolve, Target, Unreachable

SECONDS = 10.0
"""For all of it: the look-up, the connection, the answer."""
CONNECT_SECONDS = 4.0
ANSWER_BYTES = 2048
ANSWER_CHARACTERS = 500
_MOST_ADDRESSES = 3

# Why a try does not count: msgids, sometimes with a technical word behind them.
NOT_ALLOWED = N_("This address is not allowed.")
NOT_PUBLIC = N_("The name has no public address.")
NO_ANSWER = N_("There was no answer within 10 seconds.")
NOT_TAKEN = N_("Nobody takes the connection.")
NOT_SAFE = N_("The encrypted connection failed.")
BROKE = N_("The connection broke.")
REDIRECT = N_("Redirects are not followed.")
REFUSED = N_("The answer was not a status from 200 to 299.")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one try."""

    status: int | None
    """None: there was no answer."""
    error: str | None
    """Why it does not count; None when it does."""
    answer: str
    """What the receiver said, its beginning."""
    duration_ms: int

    @property
    def taken(self) -> bool:
        return self.error is None


class Way(msgspec.Struct, frozen=True):
    """How this process reaches webhooks."""

    transport: httpx.AsyncBaseTransport
    """Below httpx's client: nothing follows redirects, keeps cookies or reads the environment."""
    resolve: Resolve
    local: bool
    """This very machine may be reached too, by http; never in production."""


@asynccontextmanager
async def opened(local: bool, resolve: Resolve | None = None) -> AsyncIterator[Way]:
    """A way for a batch. No connection is kept: two names at one address never share what was proved for one."""
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncHTTPTransport(verify=_trusted(), trust_env=False, limits=limits) as transport:
        yield Way(transport, resolve or targets.look_up, local)


@cache
def _trusted() -> ssl.SSLContext:
    # Takes 20 ms to make; names are checked as always.
    return httpx.create_ssl_context(trust_env=False)


async def post(way: Way, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Sends the body and says how it went; nothing that a receiver does raises."""
    begun = time.monotonic()
    heard = _Heard()
    error = None
    try:
        async with asyncio.timeout(SECONDS):
            target = targets.parse(url, local=way.local)
            await _sent(way, target, await targets.addresses(target, way.resolve), headers, body, heard)
    except TradeError as refusal:
        error = f"{NOT_ALLOWED} {refusal}"
    except Unreachable:
        error = NOT_PUBLIC
    except (TimeoutError, httpx.TimeoutException):
        error = NO_ANSWER
    except ssl.SSLError as failure:
        error = _certificate(failure)
    except httpx.ConnectError as failure:
        cause = _tls(failure)
        error = _certificate(cause) if cause else NOT_TAKEN
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
        error = f"{BROKE} {type(failure).__name__}"
    if heard.status is not None:
        # What came after the status line, or did not, changes nothing of the answer.
        error = _verdict(heard.status)
    return Outcome(
        status=heard.status,
        error=error,
        answer=_plain(bytes(heard.body)),
        duration_ms=round((time.monotonic() - begun) * 1000),
    )


class _Heard:
    """What came back so far, even when the rest never does."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = bytearray()


async def _sent(
    way: Way,
    target: Target,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    heard: _Heard,
) -> None:
    tried = addresses[:_MOST_ADDRESSES]
    for number, address in enumerate(tried, 1):
        try:
            await _sent_to(way, target, address, headers, body, heard)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            # Nothing was sent yet; the next address may be one that this machine reaches.
            if number == len(tried):
                raise
        else:
            return


async def _sent_to(
    way: Way, target: Target, address: str, headers: Mapping[str, str], body: bytes, heard: _Heard
) -> None:
    url = httpx.URL(target.url)
    # The connection goes to the checked address; the certificate is still asked for, and checked by, the name.
    request = httpx.Request(
        "POST",
        url.copy_with(host=address),
        content=body,
        headers={
            **headers,
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": f"Kervan-Webhooks/{__version__}",
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        extensions={
            "sni_hostname": target.host,
            "timeout": httpx.Timeout(SECONDS, connect=CONNECT_SECONDS).as_dict(),
        },
    )
    answer = await way.transport.handle_async_request(request)
    stream = answer.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        heard.status = answer.status_code
        async for chunk in stream:
            heard.body += chunk[: ANSWER_BYTES - len(heard.body)]
            if len(heard.body) >= ANSWER_BYTES:
                break
    finally:
        await stream.aclose()


def _tls(error: BaseException) -> ssl.SSLError | None:
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    return found


def _certificate(error: ssl.SSLError) -> str:
    reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason
    return f"{NOT_SAFE} {reason or ''}".strip()[:500]


def _verdict(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return REDIRECT if 300 <= status < 400 else REFUSED


def _plain(body: bytes) -> str:
    """The beginning of the answer as a text that can be stored and shown."""
    text = body.decode("utf-8", "replace")[:ANSWER_CHARACTERS]
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
