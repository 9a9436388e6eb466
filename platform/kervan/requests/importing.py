"""Tender notices from a file into the review queue of a post: checked row by row, queued, known again, or refused."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from asyncpg import Connection, Record

from kervan.db import fetch, transaction
from kervan.errors import Invalid
from kervan.ids import new_public_id
from kervan.importers.queries import reviewing_post
from kervan.imports import files, reports
from kervan.imports.reports import KNOWN, REFUSED, UNREADABLE, Shelf
from kervan.organisations import tasks
from kervan.policies import book
from kervan.products.importing.source import Row
from kervan.requests import buyers, import_gate, moves, service
from kervan.requests.import_gate import Notice
from kervan.requests.import_mapping import Mapping
from kervan.requests.service import Maker
from kervan.requests.states import Side
from kervan.trade import law, working_days
from kervan.trade.errors import N_, TradeError

QUEUED = "QUEUED"
SHELF = Shelf("tender_import", "post", "requests.imported")
_LOCK = 0x7E4DE2

OTHER_COUNTRY = N_("This notice is for {country}: the post of that country imports it.")
NO_POST = N_("No post is in office for {country}.")
KNOWN_ALREADY = N_("This notice is here already: {number}.")
TWICE = N_("This notice stands further up in the file.")

# Also one that was rejected: the next file of the same site brings it again.
_KNOWN = """
SELECT q.number, q.public_id FROM trade_request q JOIN importer i ON i.id = q.importer
WHERE q.source = 'TENDER' AND q.post = $1 AND CASE WHEN $2 = '' AND $3 = ''
    THEN q.title = $4 AND q.source_url IS NULL AND q.source_ref IS NULL
    ELSE coalesce(q.source_url, '') = $2 AND coalesce(q.source_ref, '') = $3 END
ORDER BY q.id LIMIT 1
"""


class Line(reports.Line, frozen=True, kw_only=True):
    """What became of a row: QUEUED, KNOWN or REFUSED."""

    deadline: str = ""
    number: str = ""
    request: str = ""
    """Public id of the request that it is now, or is already."""

    @property
    def until(self) -> date | None:
        return date.fromisoformat(self.deadline) if self.deadline else None


class Report(reports.Report, frozen=True, kw_only=True):
    """What an import of notices did, or would do."""

    outcomes = (QUEUED, KNOWN, REFUSED)
    lines: tuple[Line, ...]

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
    rows, remarks, digest = await asyncio.to_thread(files.whole, path, mapping)
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
        await reports.keep(SHELF, report, name, digest, post, who.actor, who.person)
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
        return reports.refused(Line, row, mapping, error)
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
