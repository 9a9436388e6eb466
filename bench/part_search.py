"""(a) Searching: the same questions to our API, the engine, a bare route, Meilisearch, our API over it, Typesense."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import peers
import questions
from processes import BENCH, Server
from table import Aim, Row, Times, number, pair

from kervan.discovery import queries, requests
from kervan_search.engine import Page, Query

Ask = Callable[[list[questions.Params], int, float], dict[str, Any]]
"""Questions, connections, seconds at most -> the answer of client.py or probe.py."""

_BODIES = 50  # answers kept of a job, to see that everybody finds as much


class _Recorder:
    """Stands where the engine stands and keeps the queries that the application makes of a request."""

    def __init__(self) -> None:
        self.queries: list[Query] = []

    async def search(self, _index: str, query: Query) -> Page:
        self.queries.append(query)
        return Page([], 0)


class Asking(NamedTuple):
    """How a kind of search is asked: its index, the address in its API, what the application makes of a question."""

    index: str
    path: Callable[[questions.Params], str]
    find: Callable[[Any, questions.Params], Awaitable[object]]
    """Given somebody to ask instead of the engine."""


def _find(engine: Any, params: questions.Params) -> Awaitable[object]:
    return queries.find(engine, requests.parse("products", "en", params))


PRODUCTS = Asking("products", questions.api_path, _find)


async def _recorded(kind: Asking, asked: Sequence[questions.Params]) -> list[list[Query]]:
    found = []
    for params in asked:
        recorder = _Recorder()
        await kind.find(recorder, params)
        found.append(recorder.queries)
    return found


def engine_queries(kind: Asking, asked: Sequence[questions.Params]) -> list[list[Query]]:
    """What the engine is asked for each question, just as the application asks it: the hits, then what is counted."""
    return asyncio.run(_recorded(kind, asked))


def http(
    server: Server, made: Sequence[tuple[str, str, str]], connections: int, seconds: float, keep: int = 0
) -> dict[str, Any]:
    """These requests (method, path, body) sent by the client in its own process."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in server.headers.items())
    lines = []
    for method, path, body in made:
        length = f"Content-Length: {len(body.encode())}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{headers}{length}\r\n"
        lines.append((head.encode() + body.encode()).decode("latin-1"))
    return ready_made(server, lines, connections, seconds, keep)


def ready_made(
    server: Server, lines: Sequence[str], connections: int, seconds: float, keep: int = 0
) -> dict[str, Any]:
    """Whole requests, their bytes as latin-1, sent by the client in its own process."""
    job = {
        "host": "127.0.0.1", "port": server.port, "requests": list(lines),
        "connections": connections, "seconds": seconds, "keep": keep,
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-I", str(BENCH / "client.py"), file.name], stdout=subprocess.PIPE, check=True
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer["failed"]:
        raise RuntimeError(
            f"{server.name}: {answer['failed']} answers failed, the first:\n{answer['first_failure']}"
        )
    return answer


class Probe:
    """The child that holds the engine."""

    def __init__(self, env: dict[str, str], kind: Asking) -> None:
        self.kind = kind
        self.process = subprocess.Popen(
            [sys.executable, str(BENCH / "probe.py")],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the engine did not open")

    def ask(self, asked: list[questions.Params], connections: int, seconds: float) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with tempfile.NamedTemporaryFile("wb", suffix=".json") as file:
            file.write(msgspec.json.encode(engine_queries(self.kind, asked)))
            file.flush()
            job = {
                "queries": file.name,
                "index": self.kind.index,
                "connections": connections,
                "seconds": seconds,
            }
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def ask_api(server: Server, kind: Asking) -> Ask:
    """Our own API."""
    return lambda asked, connections, seconds: http(
        server, [("GET", kind.path(params), "") for params in asked], connections, seconds, _BODIES
    )


def ask_bare(server: Server, kind: Asking) -> Ask:
    """The route that only calls the engine."""

    def ask(asked: list[questions.Params], connections: int, seconds: float) -> dict[str, Any]:
        made = [f"/ids/{kind.index}?{quote(msgspec.json.encode(one))}" for one in engine_queries(kind, asked)]
        return http(server, [("GET", path, "") for path in made], connections, seconds)

    return ask


def ask_peer(
    server: Server, kind: Asking, make: Callable[[str, Sequence[Query], bool], tuple[str, str, str]]
) -> Ask:
    """Another search server; questions with several values of a facet are asked so that the answer is the same."""

    def ask(asked: list[questions.Params], connections: int, seconds: float) -> dict[str, Any]:
        made = [
            make(kind.index, one, any(len(values) > 1 for values in one[0].filters.values()))
            for one in engine_queries(kind, asked)
        ]
        return http(server, made, connections, seconds, _BODIES)

    return ask


def ask_meilisearch(server: Server, kind: Asking) -> Ask:
    return ask_peer(server, kind, peers.meili_request)


def ask_typesense(server: Server, kind: Asking) -> Ask:
    return ask_peer(server, kind, peers.typesense_request)


@dataclass
class Sizes:
    """How much is asked: rounds, questions one by one and together in each round, and seconds at most for a job."""

    rounds: int = 3
    alone: int = 200
    together: int = 500
    seconds: float = 4.0


@dataclass
class Result:
    """What a target showed in one class."""

    alone: Times = field(default_factory=Times)
    many: Times = field(default_factory=Times)
    found: list[int] = field(default_factory=list)


Results = dict[tuple[str, str], Result]
"""(class, target) -> result."""


def run(
    targets: dict[str, Ask],
    sizes: Sizes,
    say: Callable[[str], None],
    classes: questions.Classes = questions.CLASSES,
) -> Results:
    """Every class to every target, round by round, so that noise from outside meets all of them."""
    results: Results = {(name, target): Result() for name in classes for target in targets}
    each = sizes.alone + sizes.together
    pools = {name: questions.questions(name, each * sizes.rounds + 20, classes) for name in classes}
    for target, ask in targets.items():
        for pool in pools.values():
            ask(pool[-20:], 1, sizes.seconds)
        say(f"warm: {target}")
    for turn in range(sizes.rounds):
        for name, pool in pools.items():
            part = pool[turn * each : (turn + 1) * each]
            for target, ask in targets.items():
                result = results[name, target]
                answer = ask(part[: sizes.alone], 1, sizes.seconds)
                result.alone.ms += answer["ms"]
                result.found += [_total(body) for body in answer.get("bodies", ())]
                answer = ask(part[sizes.alone :], 16, sizes.seconds)
                result.many.ms += answer["ms"]
                result.many.rates.append(len(answer["ms"]) / answer["wall"])
                result.many.busy.append(answer.get("busy", 0.0) / answer["wall"])
            say(f"round {turn + 1} of {sizes.rounds}: {name}")
    return results


def _total(body: str) -> int:
    """How many documents an answer says it found, whoever gave it."""
    text = body.partition("\r\n\r\n")[2]
    answer = json.loads(text[text.index("{") : text.rindex("}") + 1])
    first = (answer.get("results") or [answer])[0]
    for name in ("total", "estimatedTotalHits", "found"):
        if name in first:
            return int(first[name])
    raise RuntimeError(f"an answer without a total: {text[:300]}")


OURS = "Kervan API"
MEILI, OVER_MEILI, TYPESENSE = "Meilisearch HTTP", "Kervan API over Meilisearch", "Typesense HTTP"
ENGINE, BARE = "engine in process", "bare route, ids only"


def rows(results: Results, targets: Sequence[str], part: str = "a") -> list[Row]:
    """A line for each class and target."""
    found = []
    for name in dict.fromkeys(name for name, _ in results):
        ours = results[name, OURS]
        for target in targets:
            result = results[name, target]
            row = Row(
                f"({part}) {name}", target, pair(result.alone), pair(result.many), number(result.many.rate)
            )
            if result.found:
                row.value = f"finds {statistics.mean(result.found):,.0f}"
            if target != OURS:
                times = ours.alone.percentile(0.5) / result.alone.percentile(0.5)
                row.ratio = (
                    f"{number(times)} x the time, {number(ours.many.rate / result.many.rate)} x the rate"
                )
            if result.many.busy and max(result.many.busy) > 0.5:
                row.note = "the client took over half a processor"
            found.append(row)
    return found


def aims(results: Results, targets: Sequence[str]) -> list[Aim]:
    """What was wanted of searching."""
    classes = list(questions.CLASSES)

    def p50(name: str, target: str) -> float:
        return results[name, target].alone.percentile(0.5)

    found = []

    def aim(
        what: str, wanted: str, by_class: dict[str, float], limit: float, unit: str, least: bool = False
    ) -> None:
        worst = (min if least else max)(by_class, key=lambda name: by_class[name])
        met = by_class[worst] >= limit if least else by_class[worst] <= limit
        found.append(Aim(f"(a) {what}", wanted, f"worst {number(by_class[worst])} {unit} ({worst})", met))

    for peer in (MEILI, TYPESENSE):
        if peer in targets:
            slower = {name: p50(name, OURS) / p50(name, peer) for name in classes}
            aim(f"p50 at or under {peer}, every class", "<= 1 x", slower, 1, "x")
    tails = {name: results[name, OURS].alone.percentile(0.95) for name in classes}
    aim("p95 with one client", "<= 5 ms", tails, 5, "ms")
    shares = {name: results[name, OURS].many.rate / results[name, BARE].many.rate for name in classes}
    aim("requests/s of a bare route with the engine", ">= 0.5 x", shares, 0.5, "x", least=True)
    if OVER_MEILI in targets:
        added = {name: p50(name, OVER_MEILI) - p50(name, MEILI) for name in classes}
        aim("added to Meilisearch's own time (p50)", "<= 3 ms", added, 3, "ms")
    return found
