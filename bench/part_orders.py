"""(i) Orders: placed per second beside the same writes alone, spread over firms and all to one exporter."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import processes
import trading
from part_search import ready_made
from table import Aim, Row, Times, number, pair

_CONNECTIONS = 16
_TURNS = 4
_REQUESTS = 400
_SHARE = 0.25


def run(
    env: dict[str, str], folder: Path, rounds: int, say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim: a quarter of what the bare writes reach."""
    # As many connections as there are who order: nobody waits for one.
    env = {**env, "KERVAN_POOL": str(_CONNECTIONS)}
    path = folder / "firms.json"
    say("firms that trade")
    _job("fill", env, path)
    say(f"placing orders, {_CONNECTIONS} at a time")
    placed = _job("placed", env, path, _TURNS * rounds)
    times = {
        name: Times(ms=found["ms"], rates=found["rates"])
        for name, found in placed.items()
        if isinstance(found, dict)
    }
    say("placing orders by HTTP")
    times["http"] = _by_http(env, path, rounds)
    share = _ratio(times["spread service"], times["spread bare"])
    return [*_placed(times, placed), *_crowded(times)], [
        Aim("(i) orders placed against the same writes", f">= {_SHARE:.0%}", f"{share:.0%}", share >= _SHARE)
    ]


def _placed(times: dict[str, Times], placed: dict[str, Any]) -> list[Row]:
    what = f"(i) orders, {trading.EXPORTERS} exporters"
    writes, reads = placed["writes"], placed["reads"]
    service, bare, http = times["spread service"], times["spread bare"], times["http"]
    return [
        Row(
            what,
            "Kervan, the whole service",
            many=pair(service),
            rate=number(service.rate),
            value=f"{writes + reads} statements",
            note=f"one process; {reads} read, {writes} write: prices, verdict, rows, audit, mail, webhooks, outbox",
        ),
        Row(
            what,
            "the same writes, asyncpg",
            many=pair(bare),
            rate=number(bare.rate),
            value=f"{writes} statements",
            ratio=f"{number(_ratio(service, bare))} x the rate",
            note="as the query log has them, with fresh ids; BEGIN and COMMIT come on top of both",
        ),
        Row(
            what,
            "Kervan API, POST /api/v1/orders",
            many=pair(http),
            rate=number(http.rate),
            ratio=f"{number(service.rate / http.rate)} x the rate",
            note=f"one web process, API keys; client {http.busy[0]:.0%} busy",
        ),
    ]


def _crowded(times: dict[str, Times]) -> list[Row]:
    what = "(i) orders, 1 exporter for all"
    service, bare = times["crowded service"], times["crowded bare"]
    return [
        Row(
            what,
            "Kervan, the whole service",
            many=pair(service),
            rate=number(service.rate),
            note="all wait for the row that counts the exporter's orders",
        ),
        Row(
            what,
            "the same writes, asyncpg",
            many=pair(bare),
            rate=number(bare.rate),
            ratio=f"{number(_ratio(service, bare))} x the rate",
        ),
        Row(
            what,
            f"Kervan, {trading.EXPORTERS} exporters",
            rate=number(times["spread service"].rate),
            ratio=f"{number(_ratio(service, times['spread service']))} x the rate",
        ),
    ]


def _ratio(ours: Times, other: Times) -> float:
    """The median of the turns' ratios: the two of a turn saw the same machine."""
    return statistics.median(mine / its for mine, its in zip(ours.rates, other.rates, strict=True))


def _by_http(env: dict[str, str], path: Path, rounds: int) -> Times:
    """The same orders through a web process that leaves the mails to a worker which is not there."""
    firms = trading.firms(path)
    made = [_request(firms, number) for number in range(_REQUESTS * (rounds + 1))]
    times = Times()
    with processes.kervan("Kervan-orders", env, 1, "--no-worker") as server:
        for turn in range(rounds + 1):
            share = made[turn * _REQUESTS : (turn + 1) * _REQUESTS]
            answer = ready_made(server, share, _CONNECTIONS, 60)
            if turn:  # the first warms up
                times.ms += answer["ms"]
                times.rates.append(len(answer["ms"]) / answer["wall"])
                times.busy.append(answer["busy"] / answer["wall"])
    return times


def _request(firms: trading.Firms, number: int) -> str:
    buyer, place = trading.pair(number)
    lines = [
        {"product": product, "quantity": trading.QUANTITY}
        for product in trading.goods_of(number, firms.sellers[place])
    ]
    order = {
        "lines": lines,
        "destination": trading.DESTINATION,
        "incoterm": trading.INCOTERM,
        "place": trading.PLACE,
        "delivery": trading.DELIVERY,
        "charges": {"FREIGHT": str(trading.FREIGHT)},
    }
    body = json.dumps(order)
    return (
        "POST /api/v1/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {firms.buyers[buyer]}\r\nIdempotency-Key: http-{number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def _job(name: str, env: dict[str, str], *arguments: object) -> dict[str, Any]:
    command = [sys.executable, str(processes.BENCH / "orders.py"), name, *map(str, arguments)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"bench/orders.py {name} failed with exit code {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
