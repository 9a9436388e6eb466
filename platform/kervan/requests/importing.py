"""Tender notices from a file into the review queue of a post: checked row by row, queued, known again, or refused."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from asyncpg import Connection, Record

from kervan import audit
from kervan.db import fetch, transaction
from kervan.errors import Invalid, NotFound
from kervan.ids import new_public_id
from kervan.importers.queries import reviewing_post
from kervan.imports import files as import_files
from kervan.imports.gate import Problem
from kervan.organisations import tasks
from kervan.policies import book
from kervan.products.importing.source import Row
from kervan.requests import buyers, import_gate, moves, service
from kervan.requests.import_gate import Notice
from kervan.requests.import_mapping import Mapping
from kervan.requests.moves import as_json
from kervan.requests.service import Maker
from kervan.requests.states import Side
from kervan.trade import law, working_days
from kervan.trade.errors import N_, TradeError, shown

QUEUED, KNOWN, REFUSED = "QUEUED", "KNOWN", "REFUSED"
_LOCK = 0x7E4DE2

OTHER_COUNTRY = N_("This notice is for {country}: the post of that country imports it.")
NO_POST = N_("No post is in office for {country}.")
KNOWN_ALREADY = N_("This notice is here already: {number}.")
TWICE = N_("This notice stands further up in the file.")
UNREADABLE = N_("This row cannot be read: {reason}")

# Also one that was rejected: the next file of the same site brings it again.
_KNOWN = """
SELECT q.number, q.public_id FROM trade_request q JOIN importer i ON i.id = q.importer
WHERE q.source = 'TENDER' AND q.post = $1 AND CASE WHEN $2 = '' AND $3 = ''
    THEN q.title = $4 AND q.source_url IS NULL AND q.source_ref IS NULL
    ELSE coalesce(q.source_url, '') = $2 AND coalesce(q.source_ref, '') = $3 END
ORDER BY q.id LIMIT 1
"""
_INSERT = """
INSERT INTO tender_import (public_id, post, person, name, sha256, counts, report) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row."""

    row: int
    outcome: str
    """QUEUED, KNOWN or REFUSED; on a dry run what would become of it."""
    title: str = ""
    country: str = ""
    deadline: str = ""
    number: str = ""
    request: str = ""
    """Public id of the request that it is now, or is already."""
    reason: Problem = {}
    """Why it was refused, or how it is known: the msgid under `reason`, and what fills it."""
    problems: tuple[Problem, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do. `public_id` is empty for a dry run."""

    committed: bool
    public_id: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()
    """About the file as a whole, such as its encoding."""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, and under `rows` all of them."""
        by = Counter(line.outcome for line in self.lines)
        return {"rows": len(self.lines), **{name: by[name] for name in (QUEUED, KNOWN, REFUSED)}}

    @property
    def gaps(self) -> list[tuple[str, int]]:
        """How many of the queued rows lack which part, the most frequent first."""
        found = Counter(p["field"] for line in self.lines if line.outcome == QUEUED for p in line.problems)
        return found.most_common()


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who imports: the actor of the audit trail, and the person unless it is the command line."""

    actor: str
    person: int | None = None


async def run(
    path: Path,
    name: str,
    mapping: Mapping,
    who: Who,
    *,
    post: int | None,
    country: str | None,
    commit: bool,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Reads a file of notices into the queue of a post (organisation.id, its country), or tells what would happen.

    Without a post each notice goes to the post of its own country. A row is written in a transaction of its own: an
    import that is broken off goes on when it is started again. Raises CommandError for a file that cannot be read.
    """
    await book.refresh()
    rows, remarks, digest = await asyncio.to_thread(import_files.whole, path, mapping)
    posts: dict[str, int | None] = {} if country is None else {country: post}
    seen: set[tuple[int, str, str, str]] = set()
    today = law.day_of(datetime.now(UTC))
    lines = []
    for number, row in enumerate(rows, start=1):
        lines.append(await _line(row, mapping, who, posts, country, seen, today, commit))
        on_progress(number, len(rows))
    report = Report(
        committed=commit,
        public_id=new_public_id() if commit else "",
        lines=tuple(lines),
        remarks=tuple(remarks),
    )
    if commit:
        await _keep(report, name, digest, post, who)
    return report


async def _line(
    row: Row,
    mapping: Mapping,
    who: Who,
    posts: dict[str, int | None],
    country: str | None,
    seen: set[tuple[int, str, str, str]],
    today: date,
    commit: bool,
) -> Line:
    try:
        if row.fault:
            raise Invalid(UNREADABLE, reason=row.fault)
        notice = import_gate.notice(mapping, row.cells, today)
        post = await _post_of(notice.country, posts, country)
    except (Invalid, TradeError) as error:
        title = str(row.cells.get(_title_column(mapping)) or "")
        return Line(
            row=row.number, outcome=REFUSED, title=shown(title) if title else "",
            reason={"reason": error.message, **{key: str(value) for key, value in error.params.items()}},
        )  # fmt: skip
    content = notice.content
    told = {
        "row": row.number, "title": content.title, "country": notice.country,
        "deadline": content.deadline.isoformat() if content.deadline else "",
    }  # fmt: skip
    key = _key(post, notice)
    if key in seen:
        return msgspec.convert({**told, "outcome": KNOWN, "reason": {"reason": TWICE}}, Line)
    seen.add(key)
    if commit:
        made, known = await _queue(notice, post, who)
    else:
        made, known = None, next(iter(await fetch(_KNOWN, *key)), None)
    if known is not None:
        reason = {"reason": KNOWN_ALREADY, "number": known["number"]}
        found = {"number": known["number"], "request": known["public_id"]}
        return msgspec.convert({**told, **found, "outcome": KNOWN, "reason": reason}, Line)
    return msgspec.convert(
        {**told, **(made or {}), "outcome": QUEUED, "problems": notice.problems}, Line
    )  # fmt: skip


def _title_column(mapping: Mapping) -> str:
    entry = mapping.columns["title"]
    return entry if isinstance(entry, str) else entry.column or ""


async def _post_of(country: str, posts: dict[str, int | None], only: str | None) -> int:
    if only is not None and country != only:
        raise Invalid(OTHER_COUNTRY, country=country)
    if country not in posts:
        posts[country] = await reviewing_post(country)
    post = posts[country]
    if post is None:
        raise Invalid(NO_POST, country=country)
    return post


def _key(post: int, notice: Notice) -> tuple[int, str, str, str]:
    content = notice.content
    return post, content.source_url or "", content.source_ref or "", content.title


async def _queue(notice: Notice, post: int, who: Who) -> tuple[dict[str, str] | None, Record | None]:
    """The request that the notice became, or the one that it is already."""
    async with transaction() as tx:
        conn = tx.connection
        # Two imports into one post's queue run one row after the other: neither queues what the other just did.
        await conn.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, post % 2**31)
        known = await conn.fetchrow(_KNOWN, *_key(post, notice))
        if known is not None:
            return None, known
        importer = await buyers.procuring(conn, post, notice.buyer, notice.country, who.actor)
        saved = await service.begin(
            conn,
            Maker(side=Side.POST, importer=importer, post=post),
            notice.content,
            who.actor,
            who.person,
            gate=notice.problems,
        )
        await _to_review(conn, saved.id, post, notice.country, who)
        return {"number": saved.number, "request": saved.public_id}, None


async def _to_review(conn: Connection, request: int, post: int, country: str, who: Who) -> None:
    """Puts it before the reviewers of its post, complete or not: what it lacks they add."""
    now = datetime.now(UTC)
    due = working_days.deadline(now, law.current().figure("REVIEW_DAYS", law.day_of(now)), country)
    row = await moves.locked(conn, request)
    await moves.move(conn, row, "submit", side=Side.POST, actor=who.actor, sets={"review_due_at": due})
    await tasks.open_task(conn, tasks.REQUEST_REVIEW, row["public_id"], post, due)


async def _keep(report: Report, name: str, digest: bytes, post: int | None, who: Who) -> None:
    async with transaction() as tx:
        await tx.connection.execute(
            _INSERT, report.public_id, post, who.person, name[:200], digest, as_json(report.counts),
            as_json(report.lines),
        )  # fmt: skip
        await audit.record(
            who.actor, "requests.imported", "tender_import", report.public_id, after=report.counts
        )


async def kept(public_id: str, posts: tuple[int, ...], *, everything: bool) -> tuple[Report, Record]:
    """The report of an import of one of the posts (organisation.id), and its row. Raises NotFound."""
    rows = await fetch(f"{_IMPORTS} AND t.public_id = $3", everything, list(posts), public_id)
    if not rows:
        raise NotFound()
    lines = msgspec.json.decode(rows[0]["report"], type=tuple[Line, ...])
    return Report(committed=True, public_id=public_id, lines=lines), rows[0]


_IMPORTS = """
SELECT t.public_id, t.name, t.counts, t.report, t.created_at, p.name AS by, o.name AS post_name
FROM tender_import t LEFT JOIN person p ON p.id = t.person LEFT JOIN organisation o ON o.id = t.post
WHERE ($1 OR t.post = ANY($2::bigint[]))
"""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the list of those before."""

    public_id: str
    name: str
    by: str | None
    post_name: str | None
    counts: dict[str, int]
    created_at: datetime


async def recent(posts: tuple[int, ...], *, everything: bool) -> list[Past]:
    """The last twenty imports of the posts (organisation.id), the newest first."""
    rows = await fetch(f"{_IMPORTS} ORDER BY t.id DESC LIMIT 20", everything, list(posts))
    return [
        Past(
            public_id=row["public_id"], name=row["name"], by=row["by"], post_name=row["post_name"],
            counts=msgspec.json.decode(row["counts"]), created_at=row["created_at"],
        )
        for row in rows
    ]  # fmt: skip
