"""A firm with an owner, a receiver on this machine, and a worker that may reach it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from factories import make_exporter
from people import Firm, firm_of, make_member, make_person
from receiving import Receiver, receiving

from kervan.accounts.callers import Caller, Membership
from kervan.db import execute, fetch, fetchval, transaction
from kervan.organisations.roles import rights
from kervan.outbox import drain
from kervan.settings import Settings, load
from kervan.webhooks import service
from kervan.webhooks.events import CHOICES
from kervan.webhooks.sending import handlers


class Owned(NamedTuple):
    """A firm and its only owner."""

    firm: Firm
    owner: int


@pytest.fixture
async def owned(db: None) -> Owned:
    """Ayşe Havlu, owned by Zeynep."""
    firm = await firm_of(await make_exporter())
    owner = await make_person("Zeynep Kaya", "zeynep@ayse-havlu.example")
    await make_member(firm, owner, "OWNER")
    return Owned(firm, owner)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return msgspec.structs.replace(load({}), data=tmp_path, webhooks_local=True)


async def caller(owned: Owned) -> tuple[Caller, Membership]:
    """The owner as the sessions' query would see them, and the membership."""
    [person] = await fetch(
        "SELECT public_id, name, email, language, time_zone FROM person WHERE id = $1", owned.owner
    )
    [firm] = await fetch("SELECT * FROM organisation WHERE id = $1", owned.firm.id)
    place = Membership(
        organisation=firm["id"],
        public_id=firm["public_id"],
        kind=firm["kind"],
        name=firm["name"],
        country=firm["country"],
        association=firm["association"],
        role="OWNER",
        rights=rights(firm["kind"], "OWNER"),
    )
    return Caller(person=owned.owner, **person, memberships=(place,)), place


class Made(NamedTuple):
    """A webhook's public id and secret."""

    id: str
    secret: str


async def make_hook(owned: Owned, url: str, events: Sequence[str] = CHOICES, name: str = "ERP") -> Made:
    return Made(*await service.create(*await caller(owned), name, url, events, local=True))


async def tell(owned: Owned, event: str = "order.submitted", **more: Any) -> None:
    """Something happens to the firm."""
    data: Mapping[str, Any] = more.pop("data", {"order": "KRV-2026-000001"})
    async with transaction():
        await service.tell([owned.firm.id], event, data, **more)


async def work(settings: Settings) -> None:
    """The worker carries out all that is due now."""
    while await drain(handlers(settings)):
        pass


async def later() -> None:
    """Time passes: everything that waits is due."""
    await execute("UPDATE webhook_delivery SET next_try_at = now() WHERE state = 'QUEUED'")
    await execute("UPDATE outbox SET next_try_at = now()")


async def waiting() -> int:
    """How many side effects for webhooks wait."""
    found: int = await fetchval("SELECT count(*) FROM outbox WHERE topic = 'webhook.send'")
    return found


async def the_delivery() -> Mapping[str, Any]:
    """The one delivery of the database."""
    [row] = await fetch("SELECT * FROM webhook_delivery")
    return dict(row)
