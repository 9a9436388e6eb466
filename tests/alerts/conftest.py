"""What tests of alerts share: a board of requests, alerts of its exporters, a worker, and a mail server."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requesting
from asking import Side
from mailing import Server, listening
from requesting import Board

from kervan.alerts import delivering, ledger, service
from kervan.alerts.conditions import Conditions
from kervan.alerts.structs import Wish
from kervan.db import execute, fetch, fetchval
from kervan.mail import sending
from kervan.outbox import Handler, drain
from kervan.settings import Settings, load

OWN = ("alerts.announce", "alerts.deliver", "mail.send", "mail.bulk", "webhook.send")


@pytest.fixture
async def board(db: None) -> Board:
    return await requesting.make_board()


@pytest.fixture
async def smtp() -> AsyncIterator[Server]:
    async with listening() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, smtp: Server) -> Settings:
    return msgspec.structs.replace(load({}), data=tmp_path, smtp_url=smtp.url, webhooks_local=True)


def wish(**changes: Any) -> Wish:
    """Towels, at once, by mail and under the bell; `conditions` as keywords of Conditions."""
    given: dict[str, Any] = {
        "name": "Towels",
        "conditions": Conditions(codes=("6302",)),
        "frequency": "AT_ONCE",
        "channels": ("MAIL", "IN_APP"),
    }
    return Wish(**{**given, **changes})


async def make_alert(who: Side, conditions: Conditions | None = None, **changes: Any) -> int:
    """An alert with its owner's consent; alert.id."""
    wanted = wish(**({} if conditions is None else {"conditions": conditions}), **changes)
    made = await service.create(who.caller, who.membership, wanted, language="en", agreed=True)
    id: int = await fetchval("SELECT id FROM alert WHERE public_id = $1", made)
    return id


async def public(alert: int) -> str:
    found: str = await fetchval("SELECT public_id FROM alert WHERE id = $1", alert)
    return found


async def ledger_of(request: int | None = None) -> list[Mapping[str, Any]]:
    """Rows of the ledger, oldest first."""
    rows = await fetch(
        "SELECT * FROM alert_delivery WHERE $1::bigint IS NULL OR request = $1 ORDER BY id", request
    )
    return [dict(row) for row in rows]


async def matched(request: int) -> set[int]:
    """alert.id of the rows of a request."""
    return {row["alert"] for row in await ledger_of(request)}


async def announce() -> None:
    """A worker without any memory holds what was published against the alerts; nothing is told yet."""
    await _drain(ledger.handlers())


async def work(settings: Settings) -> None:
    """The worker carries out what is due: matching, telling, mails."""
    await _drain({**ledger.handlers(), **delivering.handlers(settings), **sending.handlers(settings)})


async def _drain(handlers: Mapping[str, Handler]) -> None:
    others = await fetch("SELECT DISTINCT topic FROM outbox")
    leave: Sequence[str] = [row["topic"] for row in others if row["topic"] not in handlers]
    while await drain(handlers, leave=[*leave, *(topic for topic in OWN if topic not in handlers)]):
        pass


async def later() -> None:
    """Time passes: everything that waits is due."""
    await execute("UPDATE outbox SET next_try_at = now()")
    await execute("UPDATE mail SET next_try_at = now()")
