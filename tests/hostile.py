"""Nasty values for every field of a body: what programs and forms say to break things, and who it must not break."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from kervan.db import transaction

HUGE = 10**30
TEXTS = (
    "a\x00b",
    "\ud800",
    "x" * 100_000,
    "\u202egnp.exe",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    HUGE,
)
NUMBERS = (0, -1, 10**12, HUGE, 1.5, "１２", "NaN", None, [], {"a": 1}, True)
AMOUNTS = (
    "NaN", "sNaN", "-Infinity", "1E+999999999", "-1E+999999999", "1E-999999999", "0", "-1", "0.00001", HUGE, "１２",
    "1" * 5000, "1" + "0" * 27 + ".0001", [], True,
)  # fmt: skip
DAYS = (
    "0001-01-01",
    "9999-12-31",
    "2026-02-29",
    "2026-13-01",
    "tomorrow",
    "20261122",
    0,
    None,
    "2026-11-22T00:00:00Z",
)


def hostile(body: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The body over and over, each time with one field that holds something nasty; with where it is."""
    if isinstance(body, dict):
        for key, value in body.items():
            for where, changed in hostile(value, f"{path}.{key}"):
                yield where, {**body, key: changed}
    elif isinstance(body, list):
        for at, value in enumerate(body):
            for where, changed in hostile(value, f"{path}[{at}]"):
                yield where, [*body[:at], changed, *body[at + 1 :]]
    else:
        yield from ((f"{path} = {str(value)[:30]!r}", value) for value in _nasty(body))


def _nasty(value: object) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return ("yes", 1)
    if isinstance(value, int):
        return NUMBERS
    text = str(value)
    if text.replace(".", "").isdigit():
        return AMOUNTS
    if text[:2] == "20" and text.count("-") == 2:
        return DAYS
    return TEXTS


def sendable(body: Any) -> bytes:
    """As JSON, also what JSON should not hold."""
    return json.dumps(body).encode()


async def back_to(*statements: str) -> None:
    """Undoes by hand what a nasty field that is allowed has done, so that the next one meets the same state."""
    async with transaction() as tx:
        await tx.connection.execute("SET LOCAL session_replication_role = replica")
        await tx.connection.execute(";".join(statements))


async def refused_all(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any,
    headers: dict[str, str],
    *undo: str,
) -> None:
    """No nasty field anywhere in the body makes a failure, or takes longer than a second; one that is allowed is
    undone."""
    wrong = []
    for number, (where, changed) in enumerate(hostile(body)):
        began = time.perf_counter()
        answer = await client.request(
            method,
            path,
            content=sendable(changed),
            headers={
                **headers,
                "content-type": "application/json",
                "idempotency-key": f"{path[-20:]}-{number}",
            },
        )
        took = time.perf_counter() - began
        if answer.status_code >= 500 or took > 1.5:
            wrong.append(f"{path} {where}: {answer.status_code} in {took:.1f} s")
        elif answer.status_code >= 400 and not answer.json()["detail"]:
            wrong.append(f"{path} {where}: no sentence")
        elif undo and answer.status_code < 300:
            await back_to(*undo)
    assert wrong == [], "\n".join(wrong)
