"""Real tender notices go through the import, as far as their days allow."""

import csv
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requesting
from asking import Side, side
from litestar import Litestar
from people import make_post
from requesting import Board, handled

from kervan.db import fetch
from kervan.imports import wording
from kervan.imports.reports import KNOWN, REFUSED
from kervan.orders.deadlines import today
from kervan.requests import (
    import_mapping,
    importing,
    on_behalf,
    queries,
    service,
)
from kervan.requests.importing import QUEUED, Report, Who

HEADER = ",".join(import_mapping.FIELDS)
OWN = import_mapping.shipped("kervan-requests")
SOON = (today() + timedelta(days=30)).isoformat()
WHO = Who(actor="system:test")


SAMPLE_COUNTRIES = ("CO", "PH", "QA", "KE", "ZA", "GB", "CA")


@pytest.fixture
async def board(fresh_app: Litestar) -> Board:
    return await requesting.make_board()


async def run(board: Board, path: Path, *, commit: bool = True, **changes: Any) -> Report:
    values: dict[str, Any] = {"post": board.post.membership.organisation, "country": "DE", "mapping": OWN}
    values |= changes
    return await importing.run(path, path.name, values.pop("mapping"), WHO, commit=commit, **values)


async def posts_of_the_sample() -> list[Side]:
    return [await side(await make_post(code), f"Person {code}", "ATTACHE") for code in SAMPLE_COUNTRIES]


def sample(shared_data: Path) -> Path:
    path = shared_data / "requests" / "trade_leads_sample.csv"
    if not path.is_file():
        pytest.skip(f"real notices are not here: {path}")
    return path


async def test_old_real_notices_are_refused_by_their_deadline(board: Board, shared_data: Path) -> None:
    path = sample(shared_data)
    await posts_of_the_sample()
    report = await run(board, path, post=None, country=None, mapping=import_mapping.shipped("us-trade-leads"))
    assert len(report.lines) == 21
    # The one without a deadline waits for somebody who knows it.
    assert report.counts == {"rows": 21, QUEUED: 1, KNOWN: 0, REFUSED: 20}
    told = {wording.reason(line, "en")[:16] for line in report.lines if line.outcome == REFUSED}
    assert told == {"The deadline was"}


async def test_real_notices_with_days_of_today_go_into_the_queues_of_their_posts(
    board: Board, shared_data: Path, tmp_path: Path
) -> None:
    """The deadlines are moved to the coming months, each in the form in which it stands in the sample."""
    source = sample(shared_data)
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        soon = (today() + timedelta(days=20 + 5 * number)).isoformat()
        row["deadline"] = re.sub(r"^\d{4}-\d{2}-\d{2}", soon, row["deadline"])
    path = tmp_path / "leads.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    posts = await posts_of_the_sample()
    mapping = import_mapping.shipped("us-trade-leads")
    report = await run(board, path, post=None, country=None, mapping=mapping)
    # Two leads stand twice in the sample: one with two deadlines, one in two languages.
    assert report.counts == {"rows": 21, QUEUED: 19, KNOWN: 2, REFUSED: 0}
    by_country = Counter(line.country for line in report.lines if line.outcome == QUEUED)
    assert by_country == {"GB": 9, "CA": 5, "CO": 1, "PH": 1, "QA": 1, "KE": 1, "ZA": 1}
    waiting = await fetch(
        "SELECT o.country, count(*) AS n FROM task t JOIN organisation o ON o.id = t.organisation GROUP BY 1"
    )
    assert {row["country"]: row["n"] for row in waiting} == dict(by_country)
    stored = await fetch(
        "SELECT language, deadline, source_ref, sector, budget, currency, gate FROM trade_request"
    )
    assert len({row["source_ref"] for row in stored}) == 19
    assert all(row["deadline"] for row in stored if row["source_ref"] != "CO-L1146")
    assert {row["sector"] for row in stored if row["source_ref"] == "PW-$$PR-707-64882"} <= {
        "clothing",
        "fabrics-yarn",
    }
    assert {str(row["budget"]) for row in stored if row["currency"] == "USD"} >= {"13500000.00", "1797625.00"}
    assert all("hs_code" in row["gate"] for row in stored)
    again = await run(board, path, post=None, country=None, mapping=mapping)
    assert again.counts == {"rows": 21, QUEUED: 0, KNOWN: 21, REFUSED: 0}
    # What the reviewer of one post has before it cannot be published as it is, and can be filled in.
    canada = next(post for post in posts if post.membership.country == "CA")
    line = next(line for line in report.lines if line.country == "CA" and line.outcome == QUEUED)
    shown = await queries.by_public_id(line.request)
    seat = await handled(canada, shown)
    with pytest.raises(service.Invalid):
        await service.publish(canada.caller, seat)
    filled = msgspec.structs.replace(
        shown.content, hs_code="6211", summary="A public body in Canada needs protective liners for coveralls.",
        source_url="https://tenders.example/1", buyer_type="PUBLIC",
    )  # fmt: skip
    await on_behalf.change(canada.caller, seat, shown, filled, None, shown.version)
    assert (await service.publish(canada.caller, seat, seen=True)).state == "PUBLISHED"
