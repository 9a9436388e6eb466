"""Two firms agree a meeting: asking, answering, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from asking import World, ask, caller_of
from meeting_world import asked, at, decline, known, together, wanted
from people import audited, count, mails

from kervan.db import execute, fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.meetings import direct, parties
from kervan.meetings.times import Span


async def test_an_importer_asks_a_verified_exporter_it_does_not_know(world: World) -> None:
    made = await asked(world)
    assert made.state == "PROPOSED"
    row = (await fetch("SELECT * FROM meeting"))[0]
    assert (row["turn"], row["asked_by"], row["importer_person"]) == (
        "EXPORTER",
        "IMPORTER",
        world.buyer.person,
    )
    assert row["exporter_person"] is None
    [mail] = [mail for mail in await mails() if mail["template"] == "meeting_step"]
    assert mail["to_address"] == "ayse.yilmaz@example.com"
    assert mail["context"]["action"] == "ask"
    assert len(mail["context"]["times"]) == 2
    # On Ayşe's clock, with the buyer's beside it.
    assert "(Istanbul)" in mail["context"]["times"][0]
    assert "(Berlin)" in mail["context"]["times"][0]
    assert await audited(made.public_id) == [(world.buyer.caller.actor, "meeting.ask")]
    assert [s["action"] for s in await fetch("SELECT action FROM meeting_step")] == ["ask"]


async def test_the_same_ask_sent_twice_is_one(world: World) -> None:
    first = await asked(world)
    again = await asked(world)
    assert again.public_id == first.public_id
    assert again.again
    assert await count("meeting") == 1


async def test_an_exporter_does_not_ask_out_of_the_blue(world: World) -> None:
    with pytest.raises(Forbidden, match="out of the blue"):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(), "k")
    with pytest.raises(Forbidden, match="out of the blue"):
        await direct.ask(world.ayse.caller, world.ayse.membership, "nobody-at-all", wanted(), "k")
    await known(world)
    made = await direct.ask(world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(), "k")
    assert made.state == "PROPOSED"


async def test_an_anonymous_buyer_is_not_known_by_its_inquiry(world: World) -> None:
    await ask(world, anonymous=True)
    assert await parties.partners(world.ayse.membership, world.ayse.person) == []
    with pytest.raises(Forbidden):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(), "k")


async def test_who_takes_part_in_the_same_event_and_wants_meetings_is_known(world: World) -> None:
    event = await together(world)
    [partner] = await parties.partners(world.ayse.membership, world.ayse.person)
    assert (partner.key, partner.why) == (world.buyer.org, "EVENT")
    made = await direct.ask(
        world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(event=event), "k"
    )
    assert await fetchval("SELECT event IS NOT NULL FROM meeting WHERE public_id = $1", made.public_id)


async def test_who_does_not_want_meetings_at_an_event_is_left_in_peace(world: World) -> None:
    event = await together(world, wants=False)
    with pytest.raises(Forbidden):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(), "k")
    with pytest.raises(Invalid) as refused:
        await asked(world, event=event)
    assert set(refused.value.fields) == {"event"}


async def test_nobody_meets_a_firm_of_the_own_side(world: World) -> None:
    with pytest.raises(NotFound):
        await direct.ask(world.buyer.caller, world.buyer.membership, world.buyer.org, wanted(), "k")
    with pytest.raises(Forbidden):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.ayse.org, wanted(), "k")
    with pytest.raises(Forbidden):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.can.org, wanted(), "k")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE exporter SET verification = 'SUSPENDED' WHERE slug = 'ayse-havlu'", "not verified"),
        (
            "INSERT INTO matching_opt_out (exporter) SELECT id FROM exporter WHERE slug = 'ayse-havlu'",
            "not want",
        ),
        ("UPDATE organisation SET closed_at = now() WHERE kind = 'EXPORTER'", "not verified"),
        ("UPDATE membership SET ended_at = now() WHERE role = 'ORDER_DESK'", "Nobody of"),
    ],
)
async def test_who_cannot_or_does_not_want_to_meet_is_not_asked(
    world: World, change: str, words: str
) -> None:
    await execute(change)
    with pytest.raises(Conflict, match=words):
        await asked(world)
    assert await count("meeting") == 0


async def test_a_suspended_firm_does_not_ask(world: World) -> None:
    await execute("UPDATE importer SET standing = 'SUSPENDED'")
    caller = await caller_of(world.buyer.person)
    with pytest.raises(Conflict, match="cannot agree meetings"):
        await direct.ask(caller, caller.memberships[0], "ayse-havlu", wanted(), "k")


async def test_contact_data_in_the_texts_is_masked(world: World) -> None:
    made = await asked(
        world,
        topic="Write to jonas@nordlicht.example",
        message="Call +49 40 555 0101 or see www.nordlicht.example",
    )
    assert made.masked
    row = (await fetch("SELECT topic, message FROM meeting"))[0]
    assert row["topic"] == "Write to •••"
    assert "555" not in row["message"]
    assert "nordlicht" not in row["message"]
    await decline(world.ayse, made.public_id, "Write to ayse@havlu.example instead")
    assert "ayse@" not in await fetchval("SELECT reason FROM meeting")
    assert "ayse@" not in str([mail["context"] for mail in await mails()])


@pytest.mark.parametrize(
    "time",
    [
        Span(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)),
        at(minutes=14),
        at(minutes=241),
        at(minutes=0),
        at(minutes=-30),
        at(days=400),
    ],
)
async def test_times_that_cannot_be_are_refused_beside_their_row(world: World, time: Span) -> None:
    with pytest.raises(Invalid) as refused:
        await asked(world, times=(at(), time))
    assert set(refused.value.fields) == {"times.2"}


async def test_a_meeting_takes_from_15_minutes_to_4_hours(world: World) -> None:
    assert (await asked(world, times=(at(minutes=15), at(hour=12, minutes=240)))).state == "PROPOSED"


async def test_no_time_too_many_times_and_one_time_twice_are_refused(world: World) -> None:
    for times, field in (
        ((), "times.1"),
        (tuple(at(hour=hour) for hour in range(8, 14)), "times.6"),
        ((at(), at()), "times.2"),
    ):
        with pytest.raises(Invalid) as refused:
            await asked(world, times=times)
        assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": "x"}, "topic"), ({"topic": "x" * 201}, "topic"), ({"message": "x" * 1001}, "message"),
        ({"language": "zz"}, "language"), ({"room_url": "http://meet.example.org/x"}, "room_url"),
        ({"room_url": "https://localhost/x"}, "room_url"), ({"room_url": "https://10.0.0.1/x"}, "room_url"),
        ({"room_url": "https://a:b@meet.example.org/"}, "room_url"), ({"room_url": "javascript:alert(1)"}, "room_url"),
        ({"room_url": "https://meet.example.org/x\r\nATTENDEE:y"}, "room_url"),
    ],
)  # fmt: skip
async def test_bad_texts_are_refused_beside_their_field(
    world: World, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await asked(world, **changes)
    assert set(refused.value.fields) == {field}


async def test_two_firms_talk_about_one_meeting_at_a_time(world: World) -> None:
    await asked(world)
    with pytest.raises(Conflict, match="talk about a meeting already"):
        await asked(world, "another")
    await known(world)
    with pytest.raises(Conflict, match="talk about a meeting already"):
        await direct.ask(world.ayse.caller, world.ayse.membership, world.buyer.org, wanted(), "k")


async def test_a_firm_does_not_ask_without_end(world: World) -> None:
    await execute(
        """INSERT INTO meeting (public_id, exporter, importer, asked_by, state, turn, starts_at, ends_at, zone)
        SELECT 'm' || n, $1, $2, 'IMPORTER', 'PROPOSED', 'EXPORTER', now(), now() + interval '1 hour', 'UTC'
        FROM generate_series(1, 40) n""",
        world.can.firm.id,
        world.buyer.firm.id,
    )
    with pytest.raises(Conflict, match="40 meetings"):
        await asked(world)
