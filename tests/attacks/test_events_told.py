"""Announcements attacked by time: many clicks, own approvals, words that change after they were approved."""

import asyncio
from typing import Any

import announcing
import msgspec
import pytest
from people import count
from storming import done, together

from kervan.announcements import access as announcing_access
from kervan.announcements import queries as announcement_queries
from kervan.announcements import service as announcements
from kervan.announcements import turns
from kervan.announcements.audience import Audience
from kervan.errors import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.usefixtures("db")


async def test_of_many_clicks_on_send_one_sends() -> None:
    await announcing.without_night()
    hall = await announcing.make_hall()
    await announcing.make_reader("Lena Vogt")
    seat = await announcing.drafted(hall)
    await announcing.approved(hall, seat)
    version = await announcing.version(seat)
    found = await together(
        *(announcements.schedule(hall.association.caller, seat, version, None) for _ in range(5))
    )
    assert done(found) == 1
    await asyncio.gather(turns.turn(), turns.turn())
    assert await count("event_delivery") == 1
    for step in (announcements.submit, announcements.approve):
        with pytest.raises(Conflict):
            await step(hall.colleague, seat, await announcing.version(seat))
    with pytest.raises(Conflict):
        await announcements.schedule(hall.association.caller, seat, await announcing.version(seat), None)


async def test_nobody_approves_what_he_wrote_also_not_by_another_way() -> None:
    await announcing.without_night()
    hall = await announcing.make_hall()
    await announcing.make_reader("Lena Vogt")
    seat = await announcing.drafted(hall)
    await announcements.submit(hall.association.caller, seat, await announcing.version(seat))
    with pytest.raises(Forbidden):
        await announcements.approve(hall.association.caller, seat, await announcing.version(seat))
    # Somebody else takes it back, changes a word, and has it sent by the first: now both wrote on it.
    await announcements.take_back(hall.colleague, seat, await announcing.version(seat))
    texts = [msgspec.structs.replace(words, text=f"{words.text}\n\nMore.") for words in announcing.TEXTS]
    await announcements.change(hall.colleague, seat, "Towels", texts, await announcing.version(seat))
    await announcements.submit(hall.association.caller, seat, await announcing.version(seat))
    for writer in (hall.association.caller, hall.colleague):
        with pytest.raises(Forbidden):
            await announcements.approve(writer, seat, await announcing.version(seat))
    with pytest.raises(NotFound):
        await announcing_access.handled(hall.stranger.caller, seat.public_id)


async def test_what_was_approved_is_not_changed_before_it_is_sent() -> None:
    await announcing.without_night()
    hall = await announcing.make_hall()
    await announcing.make_reader("Lena Vogt")
    for step in ("approved", "planned"):
        seat = await announcing.drafted(hall)
        await getattr(announcing, step)(hall, seat)
        version = await announcing.version(seat)
        with pytest.raises(Conflict):
            await announcements.change(hall.association.caller, seat, "Other", announcing.TEXTS, version)
        with pytest.raises(Conflict):
            await announcements.choose(hall.association.caller, seat, Audience(), version)
        await announcements.take_back(hall.association.caller, seat, version)
        with pytest.raises(Conflict):
            await announcements.schedule(hall.association.caller, seat, await announcing.version(seat), None)


async def test_who_writes_while_he_approves_does_not_approve_his_own_words() -> None:
    await announcing.without_night()
    hall = await announcing.make_hall()
    await announcing.make_reader("Lena Vogt")
    for _ in range(5):
        seat = await announcing.drafted(hall)
        await announcements.submit(hall.association.caller, seat, await announcing.version(seat))
        version = await announcing.version(seat)

        async def rewrite(seat: Any = seat, version: int = version) -> None:
            await announcements.take_back(hall.colleague, seat, version)
            await announcements.change(hall.colleague, seat, "Towels", announcing.TEXTS, version + 1)
            await announcements.submit(hall.association.caller, seat, version + 2)

        # With versions that are guessed: each hopes to come between the look at the writers and the step.
        await together(
            rewrite(), *(announcements.approve(hall.colleague, seat, version + 3) for _ in range(4))
        )
        assert await announcing.state(seat) != "APPROVED"


async def test_who_became_a_writer_a_moment_ago_does_not_approve(monkeypatch: pytest.MonkeyPatch) -> None:
    await announcing.without_night()
    hall = await announcing.make_hall()
    await announcing.make_reader("Lena Vogt")
    seat = await announcing.drafted(hall)
    await announcements.submit(hall.association.caller, seat, await announcing.version(seat))
    version = await announcing.version(seat)
    reach = announcement_queries.reach

    async def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(announcement_queries, "reach", reach)
        await announcements.take_back(hall.colleague, seat, version)
        await announcements.change(hall.colleague, seat, "Towels", announcing.TEXTS, version + 1)
        await announcements.submit(hall.association.caller, seat, version + 2)
        return await reach(*args)

    monkeypatch.setattr(announcement_queries, "reach", meanwhile)
    with pytest.raises((Conflict, Forbidden)):
        await announcements.approve(hall.colleague, seat, version + 3)
    assert await announcing.state(seat) == "SUBMITTED"
