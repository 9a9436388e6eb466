"""Messages between two firms: who reads them and who is told, files that are what they say, and who may have them."""

import httpx
import pytest
from asking import World, ask, received, recipient_of, sent
from desk import a_photo
from people import audited, count, mails, post_form, sign_in

from kervan.conversations import queries, service
from kervan.conversations.parties import INQUIRY, RFQ
from kervan.db import execute, fetch, fetchval
from kervan.errors import Invalid
from kervan.files.uploads import Upload
from kervan.inquiries import service as inquiries
from kervan.orders.tables import Side


async def write(world: World, inquiry: str, text: str, *files: Upload, as_buyer: bool = True) -> str:
    part = await (sent(world, inquiry, world.ayse) if as_buyer else received(inquiry, world.ayse))
    who = world.buyer if as_buyer else world.ayse
    assert part.recipient is not None
    return await service.post(INQUIRY, part.recipient, part.side, who.caller, who.membership, text, files)


async def test_a_message_is_read_by_the_other_side_and_mailed(world: World) -> None:
    inquiry = await ask(world)
    message = await write(world, inquiry, "  Also in red?\nWe need 400.  ")
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    [shown] = await queries.thread(INQUIRY, part.recipient, Side.EXPORTER)
    assert (shown.side, shown.text, shown.by, shown.firm) == (
        "IMPORTER",
        "Also in red?\nWe need 400.",
        "Jonas Petersen",
        "Nordlicht Handel GmbH",
    )
    mail = (await mails("ayse.yilmaz@example.com"))[-1]
    assert (mail["template"], mail["context"]["who"]) == ("message_received", "Nordlicht Handel GmbH")
    assert mail["context"]["go"].endswith(f"/inquiries/{await recipient_of(inquiry, world.ayse)}")
    assert [m["template"] for m in await mails("jonas.petersen@example.com")] == []
    assert await audited(message) == [(world.buyer.caller.actor, "message.written")]


async def test_lines_that_follow_at_once_are_not_mailed_again(world: World) -> None:
    inquiry = await ask(world)
    for text in ("One.", "Two.", "Three."):
        await write(world, inquiry, text)
    told = [m for m in await mails("ayse.yilmaz@example.com") if m["template"] == "message_received"]
    assert len(told) == 1
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    await queries.mark_read(INQUIRY, part.recipient, Side.EXPORTER)
    await write(world, inquiry, "Four.")
    told = [m for m in await mails("ayse.yilmaz@example.com") if m["template"] == "message_received"]
    assert len(told) == 2


async def test_reading_is_noted_for_the_other_side_only(world: World) -> None:
    inquiry = await ask(world)
    await write(world, inquiry, "Mine.")
    await write(world, inquiry, "Theirs.", as_buyer=False)
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    assert await queries.unread(INQUIRY, [part.recipient], Side.EXPORTER) == {part.recipient: 1}
    await queries.mark_read(INQUIRY, part.recipient, Side.EXPORTER)
    assert await queries.unread(INQUIRY, [part.recipient], Side.EXPORTER) == {}
    assert await queries.unread(INQUIRY, [part.recipient], Side.IMPORTER) == {part.recipient: 1}
    first, second = await queries.thread(INQUIRY, part.recipient, Side.IMPORTER)
    assert first.read_at is not None
    assert second.read_at is None


async def test_nothing_to_say_is_refused(world: World) -> None:
    inquiry = await ask(world)
    for text in ("", "  \n "):
        with pytest.raises(Invalid) as refused:
            await write(world, inquiry, text)
        assert set(refused.value.fields) == {"text"}
    with pytest.raises(Invalid) as refused:
        await write(world, inquiry, "x" * 5001)
    assert set(refused.value.fields) == {"text"}
    assert await count("message") == 0


async def test_a_file_alone_is_a_message(world: World) -> None:
    inquiry = await ask(world)
    await write(world, inquiry, "", Upload("drawing.jpg", a_photo()))
    [row] = await fetch("SELECT * FROM attachment")
    assert (row["name"], row["content_type"]) == ("drawing.jpg", "image/jpeg")
    assert len(row["sha256"]) == 32


@pytest.mark.parametrize(
    "files",
    [
        [Upload("price.pdf", b"MZ\x90\x00 this is a program")],
        [Upload("price.png", b"<html><script>alert(1)</script>")],
        [Upload("a.jpg", a_photo()), Upload("b.pdf", b"no pdf")],
        [Upload(f"{n}.jpg", a_photo(size=(20, 20))) for n in range(6)],
        [Upload("big.pdf", b"%PDF-" + b"0" * 10_500_000)],
    ],
    ids=["program", "page", "one of two", "six", "11 MB"],
)
async def test_a_file_that_is_not_what_it_says_is_refused_and_nothing_stays(
    world: World, files: list[Upload]
) -> None:
    from kervan.files import store

    def stored() -> set[str]:
        # The folder outlives the tests that came before.
        return {str(path) for path in (store._root / "messages").rglob("*.*")} if store._root else set()

    inquiry, before = await ask(world), stored()
    with pytest.raises(Invalid) as refused:
        await write(world, inquiry, "See the file.", *files)
    assert set(refused.value.fields) == {"files"}
    assert await count("message") + await count("attachment") == 0
    assert stored() == before


async def test_invariant_17_what_was_written_is_never_changed(world: World) -> None:
    inquiry = await ask(world)
    await write(world, inquiry, "Mine.")
    for statement in ("UPDATE message SET text = 'x'", "DELETE FROM message"):
        with pytest.raises(Exception, match="append-only"):
            await execute(statement)


async def test_an_anonymous_buyer_has_no_name_in_messages_and_mails(world: World) -> None:
    inquiry = await ask(world, anonymous=True)
    await write(world, inquiry, "Also in red?")
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    [shown] = await queries.thread(INQUIRY, part.recipient, Side.EXPORTER)
    assert (shown.by, shown.firm, shown.country) == (None, None, "DE")
    [shown] = await queries.thread(INQUIRY, part.recipient)
    assert shown.firm is None
    [own] = await queries.thread(INQUIRY, part.recipient, Side.IMPORTER)
    assert own.by == "Jonas Petersen"
    assert "Nordlicht" not in str([m["context"] for m in await mails("ayse.yilmaz@example.com")])
    await inquiries.reveal(world.buyer.caller, await sent(world, inquiry, world.ayse))
    [shown] = await queries.thread(INQUIRY, part.recipient, Side.EXPORTER)
    assert shown.firm == "Nordlicht Handel GmbH"


async def test_an_erased_person_leaves_the_message_and_no_name(world: World) -> None:
    inquiry = await ask(world)
    await write(world, inquiry, "Also in red?")
    await execute("UPDATE person SET state = 'CLOSED', name = '—' WHERE id = $1", world.buyer.person)
    part = await received(inquiry, world.ayse)
    assert part.recipient is not None
    [shown] = await queries.thread(INQUIRY, part.recipient, Side.EXPORTER)
    assert (shown.by, shown.firm, shown.text) == (None, "Nordlicht Handel GmbH", "Also in red?")


async def test_the_page_keeps_what_was_typed_when_a_file_is_refused(
    client: httpx.AsyncClient, world: World
) -> None:
    inquiry = await ask(world)
    await sign_in(client, world.buyer.person)
    page = f"/en/desk/{world.buyer.org}/inquiries/{inquiry}/{await recipient_of(inquiry, world.ayse)}"
    answer = await post_form(
        client,
        f"{page}/messages",
        {"text": "Look at the drawing."},
        of=page,
        files=[("files", ("a.pdf", b"MZ no pdf", "application/pdf"))],
    )
    assert answer.status_code == 422
    assert "Look at the drawing." in answer.text
    assert "We do not take this kind of file here" in answer.text
    answer = await post_form(
        client,
        f"{page}/messages",
        {"text": "Look at the drawing."},
        of=page,
        files=[("files", ("a.jpg", a_photo(), "image/jpeg"))],
    )
    assert answer.status_code == 303, answer.text
    assert "Look at the drawing." in (await client.get(page)).text


async def test_invariant_13_files_are_for_the_two_sides_of_their_talk_only(
    client: httpx.AsyncClient, world: World
) -> None:
    inquiry = await ask(world)
    await write(world, inquiry, "", Upload("drawing.jpg", a_photo()))
    file = await fetchval("SELECT public_id FROM attachment")
    for side in (world.buyer, world.ayse):
        await sign_in(client, side.person)
        found = await client.get(f"/en/desk/{side.org}/attachments/{file}")
        assert found.status_code == 200
        assert found.headers["content-disposition"].startswith("attachment")
        assert found.headers["x-content-type-options"] == "nosniff"
    for side in (world.can, world.other_exporter, world.other_buyer):
        await sign_in(client, side.person)
        assert (await client.get(f"/en/desk/{side.org}/attachments/{file}")).status_code == 404
        assert (await client.get(f"/en/desk/{world.ayse.org}/attachments/{file}")).status_code == 404


async def test_files_of_the_inquiry_itself_are_for_everybody_who_was_asked(
    client: httpx.AsyncClient, world: World
) -> None:
    from asking import asked

    from kervan.ids import new_public_id

    await inquiries.create(
        world.buyer.caller,
        world.buyer.membership,
        asked(world),
        new_public_id(),
        [Upload("a.jpg", a_photo())],
    )
    file = await fetchval("SELECT public_id FROM attachment")
    assert await fetchval("SELECT about FROM message") == RFQ
    for side, status in (
        (world.buyer, 200),
        (world.ayse, 200),
        (world.can, 200),
        (world.other_exporter, 404),
    ):
        await sign_in(client, side.person)
        assert (await client.get(f"/en/desk/{side.org}/attachments/{file}")).status_code == status
