"""Questions go to a Meilisearch server over connections that stay open, by aiohttp.

The SDK's own client spends a millisecond of processor time on a request, more than we spend on the whole answer.
"""

from http import HTTPStatus

import aiohttp

from kervan_search.engine import EngineDown

_CONNECTIONS = 64


class _Stale(Exception):
    """The server was about to close the kept connection and has not looked at the question."""


class Wire:
    """A way to one path of a server; made inside the event loop that uses it."""

    def __init__(self, url: str, path: str, key: str | None, seconds: float) -> None:
        self._url = url.rstrip("/") + path
        # Compressed answers of a server near by stall for 40 ms (Nagle against delayed acknowledgement).
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def post(self, body: bytes) -> bytes:
        """The body of the answer; EngineDown when there is none in time or the server refuses."""
        try:
            try:
                return await self._ask(body)
            except (_Stale, aiohttp.ServerDisconnectedError, ConnectionResetError):
                return await self._ask(body)  # a question changes nothing: it may be asked twice
        except (aiohttp.ClientError, OSError, TimeoutError, _Stale) as error:
            raise EngineDown(f"Meilisearch cannot be reached: {error!r}") from error

    async def _ask(self, body: bytes) -> bytes:
        async with self._session.post(self._url, data=body) as response:
            answer = await response.read()
            if response.status == HTTPStatus.OK:
                return answer
            if response.status == HTTPStatus.REQUEST_TIMEOUT:  # of an idle connection, not of the question
                raise _Stale
            text = answer[:300].decode(errors="replace")
            raise EngineDown(f"Meilisearch does not answer: {response.status} {text}")

    async def close(self) -> None:
        """The connections are let go."""
        await self._session.close()
