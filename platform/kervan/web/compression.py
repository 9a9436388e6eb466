"""gzip for answers that gain by it: text of more than 1 kB, whole or streamed."""

import re
import zlib
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

LEAST_BYTES = 1024
# Level 1 takes half the time of level 6 and loses a tenth in size: the processor is the scarce thing here.
_LEVEL = 1
_GZIP = 16 + zlib.MAX_WBITS
# Not what is sent event by event: a compressor keeps back what it was given.
_TEXTUAL = re.compile(rb"text/(?!event-stream)|application/(?:[a-z0-9.-]+\+)?(?:json|xml|yaml)|image/svg")
_REFUSED = re.compile(rb"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")


class Compress(ASGIMiddleware):
    """Compresses when the caller takes gzip, the content is text, and nobody compressed it before."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if not _takes_gzip(scope):
            await next_app(scope, receive, _with_vary(send))
            return
        start: HTTPResponseStartEvent | None = None
        stream: Any = None

        async def compressed(message: Message) -> None:
            nonlocal start, stream
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            if start is not None:
                more = message.get("more_body", False)
                textual = _compressible(start)
                if textual:
                    _add_vary(start)
                if textual and (more or len(message["body"]) >= LEAST_BYTES):
                    stream = zlib.compressobj(_LEVEL, wbits=_GZIP)
                    if more:
                        _set(start, None)
                    else:
                        message["body"] = stream.compress(message["body"]) + stream.flush()
                        _set(start, len(message["body"]))
                        stream = None
                begin, start = start, None
                await send(begin)
            if stream is not None:
                last = not message.get("more_body", False)
                message["body"] = stream.compress(message["body"]) + (stream.flush() if last else b"")
            await send(message)

        await next_app(scope, receive, compressed)


def _takes_gzip(scope: Any) -> bool:
    for key, value in scope["headers"]:
        if key == b"accept-encoding":
            return b"gzip" in value and not _REFUSED.search(value)
    return False


def _with_vary(send: Send) -> Send:
    async def varied(message: Message) -> None:
        if message["type"] == "http.response.start" and _compressible(message):
            _add_vary(message)
        await send(message)

    return varied


def _compressible(start: HTTPResponseStartEvent) -> bool:
    if start["status"] in (204, 206, 304):
        return False
    textual = False
    for key, value in start["headers"]:
        name = key.lower()  # ascii: names of headers
        if name == b"content-encoding":
            return False
        if name == b"content-type":
            textual = _TEXTUAL.match(value) is not None
    return textual


def _add_vary(start: HTTPResponseStartEvent) -> None:
    headers = [(key.lower(), value) for key, value in start["headers"]]  # ascii
    vary = b", ".join(value for key, value in headers if key == b"vary")
    if b"accept-encoding" not in vary.lower():  # ascii
        vary = vary + b", Accept-Encoding" if vary else b"Accept-Encoding"
    start["headers"] = [pair for pair in headers if pair[0] != b"vary"] + [(b"vary", vary)]


def _set(start: HTTPResponseStartEvent, length: int | None) -> None:
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    headers.append((b"content-encoding", b"gzip"))
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    start["headers"] = headers
