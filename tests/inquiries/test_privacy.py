"""What of inquiries is kept about a person: in their file, and what stays of it when they are deleted."""

from asking import World, ask, asked, quote, received, sent
from people import PASSWORD, count, make_member, make_person

from kervan.conversations import service as conversations
from kervan.conversations.parties import INQUIRY
from kervan.db import execute, fetchval
from kervan.ids import new_public_id
from kervan.inquiries import queries, rounds, service
from kervan.orders.structs import Delivery
from kervan.privacy import erasure, export


async def test_the_file_holds_ones_own_messages_inquiries_and_quotes(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel, note="Packed by ten.")
    part = await sent(world, inquiry, world.ayse)
    assert part.recipient is not None
    await conversations.post(
        INQUIRY, part.recipient, part.side, world.buyer.caller, world.buyer.membership, "Also in red?"
    )
    mine = await export.everything(world.buyer.person)
    assert [one["text"] for one in mine["messages"]] == ["Also in red?"]
    assert [one["goods"] for one in mine["inquiries"]] == [["Combed cotton terry towel"]]
    assert mine["quotes"] == []
    theirs = await export.everything(world.ayse.person)
    assert [one["note"] for one in theirs["quotes"]] == ["Packed by ten."]
    assert theirs["messages"] == theirs["inquiries"] == []


async def test_invariant_17_an_erased_person_leaves_the_inquiry_without_a_name(world: World) -> None:
    made = await service.create(
        world.buyer.caller,
        world.buyer.membership,
        asked(world, delivery=Delivery(name="N", city="Hamburg", contact="Jonas", phone="+49 40 1")),
        new_public_id(),
    )
    # The firm has somebody else, so that it stays.
    await make_member(world.buyer.firm, await make_person("Olga Owner"), "OWNER")
    assert await erasure.ask(world.buyer.person, PASSWORD)
    part = await received(made.public_id, world.ayse)
    assert part.recipient is not None
    buyer = await queries.buyer(part.recipient)
    assert (buyer.name, buyer.person) == ("Nordlicht Handel GmbH", None)
    kept = await fetchval("SELECT delivery::text FROM inquiry")
    assert "Hamburg" in kept
    assert "Jonas" not in kept
    assert "+49" not in kept


async def test_the_inquiries_of_a_closed_firm_end(world: World) -> None:
    inquiry = await ask(world)
    await quote(inquiry, world.ayse, world.towel)
    await execute("UPDATE importer SET standing = 'CLOSED' WHERE id = $1", world.buyer.firm.entity)
    assert await rounds.expire_inquiries() == 1
    assert await fetchval("SELECT state FROM quote") == "EXPIRED"
    assert await count("trade_order") == 0
