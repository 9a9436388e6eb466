"""(n) Alerts: from a publication to the last row of the ledger, beside asking alert by alert and scanning in SQL."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import processes
from table import Aim, Row, Times, number, pair

_AIM_MS = 50


def run(
    env: dict[str, str], alerts: int, requests: int, say: Callable[[str], None]
) -> tuple[list[Row], list[Aim]]:
    """The lines of the table, and the aim: at most 50 ms of a processor to find who wants a request."""
    say(f"announcing {requests} requests to {alerts:,} alerts")
    command = [sys.executable, str(processes.BENCH / "announced.py"), str(alerts), str(requests)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    cpu = Times(ms=answer["cpu_ms"])
    worst = cpu.percentile(0.95)
    aim = Aim(
        f"(n) processor time to match a request, {alerts:,} alerts, p95",
        f"<= {_AIM_MS} ms",
        f"{number(worst)} ms",
        worst <= _AIM_MS,
    )
    return [*_announced(answer), *_matched(answer, cpu), *_everybody(answer), *_audited(answer)], [aim]


def _announced(answer: dict[str, Any]) -> list[Row]:
    told = answer["told"]
    seconds = [one["publish"] + one["write"] for one in told]
    times = Times(ms=[1000 * each for each in seconds])
    rows = sum(one["rows"] for one in told)
    publish = statistics.median(one["publish"] for one in told)
    return [
        Row(
            f"(n) published to all rows, {answer['alerts']:,} alerts",
            "Kervan, service and outbox",
            alone=pair(times),
            rate=f"{number(rows / sum(seconds))} rows",
            value=f"{rows / len(told):,.0f} rows a request",
            note=f"the publication itself {number(1000 * publish)} ms; one process, one request at a time",
        )
    ]


def _matched(answer: dict[str, Any], cpu: Times) -> list[Row]:
    """The same question, who wants this request, put in three ways."""
    what, alerts = f"(n) who wants it, {answer['alerts']:,} alerts", answer["alerts"]
    ours = statistics.mean(cpu.ms)
    one_by_one = statistics.mean(answer["naive_ms"]) * alerts
    scan = Times(ms=answer["scan"]["ms"])
    return [
        Row(
            what,
            "Kervan, matching alone",
            alone=pair(cpu),
            value=f"finds {statistics.mean(one['rows'] for one in answer['told']):,.0f}",
            note="processor time",
        ),
        Row(
            what,
            "a search for each alert, embedded engine",
            alone=number(one_by_one),
            ratio=f"{ours / one_by_one:.5f} x the time",
            note=f"reckoned from {len(answer['naive_ms']):,} alerts, which found the same; index of these requests",
        ),
        Row(
            what,
            "PostgreSQL, ILIKE and arrays",
            alone=pair(scan),
            value=f"finds {answer['scan']['finds']:,.0f}",
            ratio=f"{number(ours / statistics.mean(scan.ms))} x the time",
            note="parts of words: no folding, no forms, no synonyms",
        ),
        Row(
            what,
            "Kervan, reading the alerts at a worker's start",
            value=f"{answer['megabytes']:.0f} MB",
            note=f"{number(answer['reading'])} s; once, the web does not wait for it",
        ),
    ]


def _everybody(answer: dict[str, Any]) -> list[Row]:
    found = answer["everybody"]
    what = f"(n) a request that all {answer['alerts']:,} want"
    ours, bare = Times(ms=[1000 * s for s in found["seconds"]]), Times(ms=[1000 * s for s in found["bare"]])
    ratio = statistics.median(a / b for a, b in zip(found["seconds"], found["bare"], strict=True))
    return [
        Row(
            what,
            "Kervan, publication to the last row",
            alone=pair(ours),
            rate=f"{number(found['rows'] / statistics.median(found['seconds']))} rows",
            value=f"{statistics.median(found['seconds']):.2f} s",
        ),
        Row(
            what,
            "INSERT ... SELECT of the same rows",
            alone=pair(bare),
            rate=f"{number(found['rows'] / statistics.median(found['bare']))} rows",
            ratio=f"{number(ratio)} x the time",
            note="into the same table, nothing is compared or told",
        ),
    ]


def _audited(answer: dict[str, Any]) -> list[Row]:
    audit = answer["audit"]
    told = sum(one["write"] for one in answer["told"]) / len(answer["told"])
    each = audit["seconds"] / audit["announcements"]
    return [
        Row(
            f"(n) audit, {answer['alerts']:,} alerts",
            f"Kervan, {audit['announcements']} announcements",
            rate=f"{number(audit['rows'] / audit['seconds'])} rows",
            value=f"{audit['seconds']:.1f} s",
            note="reads every alert that there was, and computes every row anew",
        ),
        Row(
            f"(n) audit, {answer['alerts']:,} alerts",
            "writing the same rows, one request after the other",
            value=f"{told * audit['announcements']:.1f} s",
            ratio=f"{number(each / told)} x the time",
        ),
    ]
