"""A trade post with an attaché and a buyer that it speaks for: who posts the generated requests."""

import random
from datetime import date
from typing import Any, NamedTuple

import demand

from kervan.accounts import people, sessions
from kervan.accounts.callers import Caller
from kervan.db import execute, fetchval, transaction
from kervan.importers.structs import Company
from kervan.organisations.service import add_member, found
from kervan.organisations.tables import Kind
from kervan.requests import access, announcing, buyers, moves, rules, service
from kervan.requests.service import Maker, Saved
from kervan.requests.states import Side
from kervan.requests.structs import Consent, Content
from kervan.trade import emails

ACTOR = "system:bench"
_CHUNK = 200
_CONSENT = Consent(who="Jan Petersen, purchasing", when=date(2026, 1, 5), how="EMAIL")


class Desk(NamedTuple):
    """The attaché at the screen, the post and the buyer."""

    caller: Caller
    maker: Maker


async def open_desk(country: str = "DE") -> Desk:
    """The post of a country with its people."""
    async with transaction() as tx:
        post, _ = await found(tx.connection, Kind.POST, f"Post {country}", country, actor=ACTOR)
        email = emails.address("attache@bench.example")
        person = await people.create(
            tx.connection, name="Attaché", email=email, password_hash=None, language="en", state="ACTIVE"
        )
        await add_member(tx.connection, post, person, "ATTACHE")
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=True, device="bench", address="127.0.0.1"
        )
    signed_in = await sessions.find(token)
    assert signed_in is not None
    company = Company(legal_name="Handel GmbH", country=country, contact_name="Jan", contact_role=None)
    buyer = await buyers.register(signed_in.caller, signed_in.caller.memberships[0], company)
    importer = await fetchval("SELECT id FROM importer WHERE public_id = $1", buyer)
    return Desk(signed_in.caller, Maker(side=Side.POST, importer=importer, post=post))


async def draft(desk: Desk, content: Content) -> Saved:
    """A request that is written and not yet on the board."""
    return await service.create(desk.caller, desk.maker, content, consent=_CONSENT)


async def publish(desk: Desk, made: Saved) -> None:
    """The request goes on the board, through the whole service."""
    await service.publish(desk.caller, await access.handled(desk.caller, made.public_id), seen=True)


_PUBLISHED = """
UPDATE trade_request SET state = 'PUBLISHED', edition = 1, published_at = now() - $2 * interval '1 minute' WHERE id = $1
"""


async def fill_board(total: str) -> dict[str, Any]:
    """A board of generated requests, each with the inquiry that waits for its answers; nobody is told of them."""
    desk = await open_desk()
    dice = random.Random(int(total))
    contents = list(demand.requests(int(total)))
    for start in range(0, len(contents), _CHUNK):
        async with transaction() as tx:
            conn = tx.connection
            for content in contents[start : start + _CHUNK]:
                made = await service.begin(conn, desk.maker, rules.tidied(content), ACTOR, desk.caller.person)
                await conn.execute(_PUBLISHED, made.id, dice.randrange(100_000))
                await announcing.open_inquiry(conn, await moves.locked(conn, made.id), content)
    await execute("DELETE FROM outbox")
    await execute("VACUUM ANALYZE")
    return {"requests": await fetchval("SELECT count(*) FROM trade_request WHERE state = 'PUBLISHED'")}
