"""Writing, approval by a second person, the time, editions: every rule of the way."""

from datetime import UTC, datetime, timedelta

import pytest
from announcing import (
    TEXTS,
    Hall,
    approved,
    begun,
    drafted,
    make_event,
    make_reader,
    numbers,
    planned,
    send_all,
    sent,
    state,
    states_of,
    version,
)
from mailing import Server
from people import audited, mails
from staffing import caller_of

from kervan.announcements import access, queries, service, states, turns
from kervan.announcements.audience import Audience
from kervan.announcements.structs import Words
from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.organisations.queries import staff_work
from kervan.settings import Settings

NOW = datetime.now(UTC)


async def test_staff_of_the_organiser_and_the_ministry_write_and_strangers_find_nothing(hall: Hall) -> None:
    seat = await drafted(hall)
    by_ministry = await drafted(hall, caller=hall.ministry.caller)
    assert (await access.handled(hall.colleague, by_ministry.public_id)).id == by_ministry.id
    assert (await access.handled(hall.ministry.caller, seat.public_id)).ministry
    with pytest.raises(NotFound):
        await access.handled(hall.stranger.caller, seat.public_id)
    with pytest.raises(NotFound):
        await access.announceable(hall.stranger.caller, hall.event_id)
    reader = await make_reader("Jonas Petersen")
    with pytest.raises(NotFound):
        await access.handled(await caller_of(reader), seat.public_id)


async def test_an_event_without_a_public_page_cannot_be_announced(hall: Hall) -> None:
    event = await make_event(hall.association.firm.id, state="APPROVED", published_at=None)
    public_id = await fetchval("SELECT public_id FROM trade_event WHERE id = $1", event)
    with pytest.raises(Conflict):
        await access.announceable(hall.association.caller, public_id)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ((Words(language="tr", subject="Konu", text="Metin"),), "subject-en"),
        ((Words(language="en", subject="", text="Text"),), "subject-en"),
        ((Words(language="en", subject="S", text=""),), "text-en"),
        ((Words(language="en", subject="S\r\nBcc: all@example.com", text="T"),), "subject-en"),
        ((Words(language="en", subject="S\u2028X", text="T"),), "subject-en"),
        ((Words(language="en", subject="S", text="T\x00"),), "text-en"),
        ((Words(language="en", subject="Dear {nmae}", text="T"),), "subject-en"),
        ((Words(language="en", subject="S", text="{firm} and more"),), "text-en"),
        ((Words(language="en", subject="S", text="[here](https://bad.example)"),), "text-en"),
        ((Words(language="en", subject="S", text="see https://bad.example"),), "text-en"),
        ((Words(language="en", subject="S", text="see www.bad.example"),), "text-en"),
        ((Words(language="en", subject="x" * 151, text="T"),), "subject-en"),
        ((Words(language="en", subject="S", text="x" * 4001),), "text-en"),
    ],
)
async def test_a_wrong_text_is_refused_beside_its_field(
    hall: Hall, words: tuple[Words, ...], field: str
) -> None:
    about = await access.announceable(hall.association.caller, hall.event_id)
    with pytest.raises(Invalid) as refused:
        await service.create(hall.association.caller, about, "Name", words)
    assert field in refused.value.fields
    assert await fetchval("SELECT count(*) FROM event_announcement") == 0


async def test_the_second_of_two_writers_at_once_is_told(hall: Hall) -> None:
    seat = await drafted(hall)
    old = await version(seat)
    await service.change(hall.association.caller, seat, "Better", TEXTS[:1], old)
    with pytest.raises(Conflict):
        await service.change(hall.colleague, seat, "Other", TEXTS, old)
    found = await queries.one(seat.id)
    assert (found.name, [one.language for one in found.texts]) == ("Better", ["en"])


async def test_a_test_goes_to_the_writer_alone_and_says_that_it_is_one(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.test(hall.association.caller, seat, "en")
    [sent] = await mails()
    assert sent["to_address"] == "aylin.kaya@example.com"
    assert sent["template"] == "announcement"
    assert sent["context"]["test"] is True
    assert sent["context"]["title"] == "Meet Towels & <Linen>"
    assert await fetchval("SELECT count(*) FROM event_delivery") == 0
    assert ("user:" + str(hall.association.person), "announcement.test") in await audited(seat.public_id)


async def test_nobody_approves_what_they_wrote(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.submit(hall.association.caller, seat, await version(seat))
    with pytest.raises(Forbidden):
        await service.approve(hall.association.caller, seat, await version(seat))
    await service.approve(hall.colleague, seat, await version(seat))
    assert await state(seat) == "APPROVED"
    assert await fetchval("SELECT expected FROM event_announcement") == 1


async def test_who_changed_a_word_of_it_does_not_approve_it_either_but_the_ministry_does(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.change(hall.colleague, seat, "Name", TEXTS, await version(seat))
    await service.submit(hall.association.caller, seat, await version(seat))
    with pytest.raises(Forbidden):
        await service.approve(hall.colleague, seat, await version(seat))
    await service.approve(hall.ministry.caller, seat, await version(seat))
    assert await state(seat) == "APPROVED"


async def test_given_back_its_writer_hears_why(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.submit(hall.association.caller, seat, await version(seat))
    heard = await fetch("SELECT person FROM notification WHERE kind = 'announcement_step'")
    assert [row["person"] for row in heard] == [hall.colleague.person]
    with pytest.raises(Invalid):
        await service.give_back(hall.colleague, seat, await version(seat), "  ")
    await service.give_back(hall.colleague, seat, await version(seat), "The date is missing")
    found = await queries.one(seat.id)
    assert (found.state, found.reason) == ("DRAFT", "The date is missing")
    assert await fetchval(
        "SELECT count(*) FROM notification WHERE kind = 'announcement_step' AND person = $1",
        hall.association.person,
    ) == 1  # fmt: skip


async def test_an_audience_of_nobody_is_refused_with_a_sentence(hall: Hall) -> None:
    await make_reader("Nobody Agreed", consent=False)
    seat = await drafted(hall)
    with pytest.raises(Invalid) as refused:
        await service.submit(hall.association.caller, seat, await version(seat))
    assert refused.value.message == service.NOBODY
    assert await state(seat) == "DRAFT"


async def test_an_audience_that_emptied_before_approval_is_refused(hall: Hall) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await service.submit(hall.association.caller, seat, await version(seat))
    await execute("UPDATE consent SET withdrawn_at = now() WHERE person = $1", person)
    with pytest.raises(Invalid):
        await service.approve(hall.colleague, seat, await version(seat))


async def test_an_audience_that_emptied_before_its_hour_is_stopped_with_a_sentence(hall: Hall) -> None:
    person = await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await planned(hall, seat)
    await execute("UPDATE consent SET withdrawn_at = now() WHERE person = $1", person)
    await turns.turn()
    found = await queries.one(seat.id)
    assert (found.state, found.reason) == ("ABORTED", turns.NOBODY)


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (NOW - timedelta(minutes=1), service.PAST),
        (NOW + timedelta(days=63), service.TOO_LATE),
    ],
)
async def test_a_time_that_makes_no_sense_is_refused(hall: Hall, at: datetime, sentence: str) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await approved(hall, seat)
    with pytest.raises(Invalid) as refused:
        await service.schedule(hall.association.caller, seat, await version(seat), at)
    assert refused.value.fields == {"day": sentence}


async def test_what_is_planned_waits_for_its_hour_and_can_be_held(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await approved(hall, seat)
    later = datetime.now(UTC) + timedelta(hours=2)
    await service.schedule(hall.association.caller, seat, await version(seat), later)
    await turns.turn()
    assert await state(seat) == "SCHEDULED"
    await service.hold(hall.association.caller, seat, await version(seat))
    await turns.turn()
    assert (await state(seat), await fetchval("SELECT send_at FROM event_announcement")) == ("APPROVED", None)
    await service.schedule(hall.association.caller, seat, await version(seat), later)
    await execute("UPDATE event_announcement SET send_at = now()")
    await turns.turn()
    assert await state(seat) == "SENDING"


async def test_the_same_edition_is_never_sent_a_second_time(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    seat = await begun(hall)
    writer = hall.association.caller

    async def again() -> None:
        current = await version(seat)
        for act in (
            lambda: service.schedule(writer, seat, current, None),
            lambda: service.approve(hall.colleague, seat, current),
            lambda: service.submit(writer, seat, current),
        ):
            with pytest.raises(Conflict) as refused:
                await act()
            assert refused.value.message == states.TOLD_ALREADY

    await again()
    await send_all(settings)
    assert await state(seat) == "SENT"
    await again()
    assert len(smtp.letters) == 1


async def test_a_new_edition_is_approved_again_and_reaches_the_same_people_once(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    await make_reader("Jonas Petersen")
    seat = await sent(hall, settings)
    await service.new_edition(hall.association.caller, seat, await version(seat))
    found = await queries.one(seat.id)
    assert (found.state, found.edition, found.approved_at, found.expected) == ("DRAFT", 2, None, 0)
    with pytest.raises(Conflict):
        await service.schedule(hall.association.caller, seat, await version(seat), None)
    # Who approved the first edition may have written the second; then somebody else approves.
    await approved(hall, seat)
    await service.schedule(hall.association.caller, seat, await version(seat), None)
    await turns.turn()
    await send_all(settings)
    assert len(smtp.to("jonas.petersen@example.com")) == 2
    editions = await fetch("SELECT edition, state FROM event_delivery ORDER BY edition")
    assert [tuple(row) for row in editions] == [(1, "SENT"), (2, "SENT")]
    with pytest.raises(Conflict):
        await service.discard(hall.association.caller, seat, await version(seat))


async def test_after_a_stop_a_new_edition_can_go_to_the_others_only(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    first = await make_reader("Jonas Petersen")
    second = await make_reader("Zoe Frey", "CH")
    seat = await begun(hall)
    await execute("UPDATE event_delivery SET due_at = now() + interval '1 hour' WHERE person = $1", second)
    await send_all(settings)
    await service.abort(hall.colleague, seat, await version(seat), "Too early")
    assert await states_of(seat) == {"SENT": 1, "ABORTED": 1}
    await service.new_edition(hall.association.caller, seat, await version(seat))
    await service.choose(hall.association.caller, seat, Audience(fresh=True), await version(seat))
    await planned(hall, seat)
    await turns.turn()
    await send_all(settings)
    rows = await fetch("SELECT person FROM event_delivery WHERE edition = 2")
    assert [row["person"] for row in rows] == [second] != [first]


async def test_taken_back_it_has_to_be_approved_anew(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    await planned(hall, seat)
    await service.take_back(hall.association.caller, seat, await version(seat))
    found = await queries.one(seat.id)
    assert (found.state, found.approved_at, found.send_at) == ("DRAFT", None, None)
    await turns.turn()
    assert await fetchval("SELECT count(*) FROM event_delivery") == 0


async def test_a_first_draft_can_be_thrown_away(hall: Hall) -> None:
    seat = await drafted(hall)
    await service.discard(hall.association.caller, seat, await version(seat))
    assert await fetchval("SELECT count(*) FROM event_announcement") == 0


async def test_the_numbers_afterwards_are_counted_from_what_happened(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    first = await make_reader("Jonas Petersen")
    second = await make_reader("Zoe Frey", "CH")
    await make_reader("Ann Black", "GB")
    await execute("INSERT INTO event_news (person, count_opens) VALUES ($1, true), ($2, true)", first, second)
    # Zoe's firm had registered before the mail.
    await _register(hall.event, second, "reg-before")
    seat = await begun(hall)
    smtp.refusals["ann.black@example.com"] = "550 5.1.1 unknown"
    await send_all(settings)
    await _register(hall.event, first, "reg-after")
    await execute("UPDATE event_delivery SET opened_at = now() WHERE person = $1", first)
    found = await numbers(seat)
    assert (found.total, found.sent, found.bounced) == (3, 2, 1)
    assert (found.opened, found.countable, found.registered) == (1, 2, 1)
    assert found.percent == 100


async def _register(event: int, person: int, public_id: str) -> None:
    await execute(
        """INSERT INTO registration (public_id, event, organisation, side, state, created_at)
        SELECT $2, $1, organisation, 'IMPORTER', 'CONFIRMED', clock_timestamp() FROM membership WHERE person = $3""",
        event, public_id, person,
    )  # fmt: skip


def test_every_state_can_be_reached_and_left_along_the_arrows() -> None:
    reached = {str(arrow.after) for arrow in states.ACTIONS.values()}
    assert reached | {"DRAFT"} == set(map(str, states.NAMES))
    for action in ("schedule", "begin", "pause", "resume"):
        with pytest.raises(Conflict):
            states.check(action, "DRAFT")


async def test_the_menu_counts_what_somebody_else_wrote_for_approval(hall: Hall) -> None:
    await make_reader("Jonas Petersen")
    seat = await drafted(hall)
    callers = (hall.association.caller, hall.colleague, hall.ministry.caller, hall.stranger.caller)

    async def counted() -> list[int]:
        return [(await staff_work(caller))["announcements"] for caller in callers]

    assert await counted() == [0, 0, 0, 0]
    await service.submit(hall.association.caller, seat, await version(seat))
    assert await counted() == [0, 1, 1, 0]
    await service.approve(hall.colleague, seat, await version(seat))
    assert await counted() == [0, 0, 0, 0]
