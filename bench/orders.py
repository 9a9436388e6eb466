"""Jobs of part (i), each in a process of its own: `python bench/orders.py JOB ...`.

    fill FILE                   exporters with goods, importers with keys; who they are goes into FILE (JSON)
    placed FILE TURNS           orders per second through the service beside bare SQL, spread and crowded

The last line of stdout is the answer in JSON.
"""

import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import inventory
import msgspec
import sent
import trading
import uvloop

from kervan.accounts import people, sessions
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, fetchval, pool, transaction
from kervan.exporters import service as exporters
from kervan.importers import service as importers
from kervan.importers.structs import Company
from kervan.migrate import migrate_async
from kervan.orders import service
from kervan.orders.deadlines import today
from kervan.orders.structs import Delivery, Wanted, WantedLine
from kervan.organisations import keys, roles
from kervan.organisations.service import add_member
from kervan.policies import book
from kervan.products import service as products
from kervan.products.inputs import ProductInput
from kervan.trade import emails, law

WATCHED = 16
"""Importers besides whose orders are written again: the service must not find hundreds of earlier ones of a pair."""
_TURN = 200
"""Orders of one way before it is the other one's turn: disturbance from outside meets all of them."""
_ACTOR = "system:bench"
_keys = count(1)


async def fill(path: str) -> dict[str, Any]:
    """Sixteen exporters, each with somebody who is written to, and sixty-four verified importers."""
    await book.refresh()
    sellers = []
    for number, firm in enumerate(inventory.exporters(trading.EXPORTERS)):
        exporter = await exporters.create(firm, _ACTOR)
        await products.save_many(exporter, _goods(number, firm.sectors), _ACTOR)
        organisation = await fetchval("SELECT organisation FROM exporter WHERE id = $1", exporter)
        async with transaction() as tx:
            person = await _person(tx.connection, f"seller{number}")
            await add_member(tx.connection, organisation, person, "OWNER")
        rows = await fetch("SELECT public_id FROM product WHERE exporter = $1 ORDER BY id", exporter)
        sellers.append(trading.Seller(exporter, tuple(row["public_id"] for row in rows)))
    buyers = [await _importer(number) for number in range(trading.IMPORTERS + WATCHED)]
    await execute("DELETE FROM outbox")
    await execute("VACUUM ANALYZE")
    Path(path).write_bytes(msgspec.json.encode(trading.Firms(tuple(sellers), tuple(buyers))))
    return {"exporters": trading.EXPORTERS, "importers": trading.IMPORTERS}


def _goods(number: int, sectors: tuple[str, ...]) -> list[ProductInput]:
    """Generated listings, so small that two firms may trade thirty times in a week without being noted for it."""
    free = (
        product
        for product in inventory.products(number, sectors, 10 * trading.GOODS)
        if law.current().restricted_goods(product.hs_code or "", trading.DESTINATION, today()) is None
    )
    small = {"currency": "EUR", "moq": 10, "step": 1, "net_weight_g": 110, "gross_weight_g": 120}
    tiers = ((10, Decimal("2.40")), (100, Decimal("2.10")))
    return [
        msgspec.structs.replace(product, **small, tiers=tiers, micro_export_ok=True)
        for _, product in zip(range(trading.GOODS), free, strict=False)
    ]


async def _person(conn: asyncpg.Connection, name: str) -> int:
    email = emails.address(f"{name}@bench.example")
    return await people.create(
        conn, name=f"Person {name}", email=email, password_hash=None, language="en", state="ACTIVE"
    )


async def _importer(number: int) -> str:
    """A verified importer's API key."""
    company = Company(
        legal_name=f"Handel {number} GmbH", country="DE", contact_name="Jan Petersen", contact_role=None
    )
    email = emails.address(f"buyer{number}@bench.example")
    async with transaction() as tx:
        person = await _person(tx.connection, f"buyer{number}")
        await importers.create(tx.connection, person, company, email, "VERIFIED")
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=False, device="bench", address="127.0.0.1"
        )
    found = await sessions.find(token)
    assert found is not None
    return await keys.create(found.caller, found.caller.memberships[0], "bench", [roles.BUY], 30)


class Market(NamedTuple):
    """Who sends orders in this process: spread over all exporters, or all to the first one."""

    firms: trading.Firms
    callers: Sequence[Caller]
    crowded: bool

    async def submit(self, number: int, key: str = "") -> service.Submitted:
        """One order of two kinds of goods, through the whole service."""
        buyer, place = trading.pair(number)
        caller, seller = self.callers[buyer], self.firms.sellers[0 if self.crowded else place]
        wanted = Wanted(
            exporter=seller.id,
            lines=tuple(
                WantedLine(product=id, quantity=trading.QUANTITY) for id in trading.goods_of(number, seller)
            ),
            destination=trading.DESTINATION,
            incoterm=trading.INCOTERM,
            place=trading.PLACE,
            delivery=Delivery(**trading.DELIVERY),
            charges={"FREIGHT": trading.FREIGHT},
        )
        return await service.submit(caller, caller.memberships[0], wanted, key or f"bench-{next(_keys)}")


async def placed(path: str, turns: str) -> dict[str, Any]:
    """Orders per second of the service and of the same writes alone, in turns; then with one exporter for all.

    Raises RuntimeError when the two wrote different numbers of rows, or when orders were noted as split.
    """
    known = trading.firms(path)
    async with pool(1):
        callers = [caller for key in known.buyers if (caller := await keys.find(key))]
        markets = {name: Market(known, callers, name == "crowded") for name in ("spread", "crowded")}
        await sent.large_ids()
        writes = {
            name: await sent.watched(market._replace(callers=callers[trading.IMPORTERS :] * 4).submit)
            for name, market in markets.items()
        }
    found: dict[str, list[sent.Measured]] = {}
    async with pool(sent.CONNECTIONS), sent.bare_connections() as bare:
        jobs: dict[str, sent.Job] = {}
        for name, market in markets.items():
            jobs |= {f"{name} service": market.submit, f"{name} bare": sent.replay(bare, writes[name])}
        _check([await _rows_by(job) for job in jobs.values()])
        for turn in range(2, 2 + int(turns)):
            for name, job in jobs.items():
                found.setdefault(name, []).append(await sent.timed(job, _numbers(turn)))
                await _empty_desks()
        flags = await fetchval("SELECT count(*) FROM split_flag")
    if flags:
        raise RuntimeError(f"{flags} orders were noted as split: they wrote more than the others")
    return {
        name: {"ms": [ms for one in several for ms in one.ms], "rates": [one.rate for one in several]}
        for name, several in found.items()
    } | sent.counted(writes["spread"])


def _numbers(turn: int) -> range:
    return range(turn * _TURN, (turn + 1) * _TURN)


async def _rows_by(job: sent.Job) -> dict[str, int]:
    """Rows of each table after so many orders, before which everything was warmed up by as many."""
    await sent.timed(job, _numbers(0))
    before = await sent.rows()
    await sent.timed(job, _numbers(1))
    after = await sent.rows()
    await _empty_desks()
    return {table: after[table] - before[table] for table in after}


def _check(rows: Sequence[dict[str, int]]) -> None:
    if any(one != rows[0] for one in rows) or rows[0]["trade_order"] != _TURN:
        raise RuntimeError(f"not everybody wrote the same: {rows}")


async def _empty_desks() -> None:
    """As if everything were answered, and a new day: an exporter takes 2,000 orders a day at most."""
    await execute("UPDATE exporter_load SET open_orders = 0, day_orders = 0")
    await execute("DELETE FROM outbox")


async def main(name: str, *arguments: str) -> None:
    await migrate_async()
    if name == "fill":
        async with pool():
            print(json.dumps(await fill(*arguments)))
    else:
        print(json.dumps(await placed(*arguments)))


if __name__ == "__main__":
    # The event loop of the web server.
    uvloop.run(main(*sys.argv[1:]))
