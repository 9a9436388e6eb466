"""Events from the draft to the end: who may take which step, what must be said, what others have to hear."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from eventing import Fair, content, drafted, make_event, shift, state_of

from kervan.db import fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events import access, queries, service
from kervan.events.structs import EventShown, Question


async def _mission(fair: Fair, **changes: Any) -> EventShown:
    return await drafted(fair.union, kind="BUYING_MISSION", **changes)


async def _reasons(event: EventShown) -> list[tuple[str, str | None]]:
    return [(step.action, step.reason) for step in await queries.timeline(event.id)]


async def test_a_mission_goes_to_the_ministry_comes_back_and_is_announced(fair: Fair) -> None:
    event = await _mission(fair)
    with pytest.raises(Conflict):
        await service.publish(fair.union.caller, event.public_id)
    assert await service.submit(fair.union.caller, event.public_id) == "SUBMITTED"
    with pytest.raises(Forbidden):
        await service.approve(fair.union.caller, event.public_id)
    assert await service.give_back(fair.ministry.caller, event.public_id, "Which firms come?") == "RETURNED"
    await service.submit(fair.union.caller, event.public_id)
    assert await service.approve(fair.ministry.caller, event.public_id) == "APPROVED"
    assert await service.publish(fair.colleague.caller, event.public_id) == "PUBLISHED"
    assert await _reasons(event) == [
        ("create", None), ("submit", None), ("return", "Which firms come?"), ("submit", None), ("approve", None),
        ("publish", None),
    ]  # fmt: skip
    audited = await fetch("SELECT action FROM audit_entry WHERE entity = 'event' ORDER BY id")
    assert [row["action"] for row in audited] == [
        "event.created", "event.submit", "event.return", "event.submit", "event.approve", "event.publish",
    ]  # fmt: skip


async def test_the_ministry_and_the_organiser_hear_of_the_steps_that_they_wait_for(fair: Fair) -> None:
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    await service.approve(fair.ministry.caller, event.public_id)
    mails = await fetch("SELECT to_address FROM mail WHERE template = 'event_step' ORDER BY id")
    assert [row["to_address"] for row in mails] == [
        "murat.tan@example.com", "ege.tuna@example.com", "sude.kara@example.com",
    ]  # fmt: skip
    bells = await fetch("SELECT path FROM notification WHERE kind = 'event_step'")
    assert {row["path"] for row in bells} == {f"/staff/events/{event.public_id}"}
    assert len(bells) == 3


async def test_nobody_in_the_ministry_approves_what_he_wrote_himself(fair: Fair) -> None:
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    await fetch(
        "INSERT INTO event_step (event, action, after, person) VALUES ($1, 'edit', 'SUBMITTED', $2) RETURNING id",
        event.id,
        fair.ministry.caller.person,
    )
    with pytest.raises(Conflict):
        await service.approve(fair.ministry.caller, event.public_id)


async def test_strangers_get_404(fair: Fair) -> None:
    event = await drafted(fair.union)
    for stranger in (fair.other_union, fair.post, fair.ministry, fair.ayse, fair.jonas):
        with pytest.raises(NotFound):
            await access.organised(stranger.caller, event.public_id)
        with pytest.raises(NotFound):
            await service.change(stranger.caller, event.public_id, event.content)
    for outsider in (fair.ayse, fair.jonas):
        with pytest.raises(NotFound):
            await service.create(outsider.caller, outsider.org, content())
    with pytest.raises(NotFound):
        await service.create(fair.union.caller, fair.other_union.org, content())
    with pytest.raises(NotFound):
        await queries.public(event.public_id)


async def test_the_ministry_reads_what_was_sent_to_it(fair: Fair) -> None:
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    assert (await access.organised(fair.ministry.caller, event.public_id)).ministry


async def test_the_same_key_makes_one_event(fair: Fair) -> None:
    made = await asyncio.gather(
        *(
            service.create(fair.union.caller, fair.union.org, content(), key="k-0123456789abcdef")
            for _ in range(5)
        )
    )
    assert len({each.public_id for each in made}) == 1
    assert await fetchval("SELECT count(*) FROM trade_event") == 1


async def test_what_was_changed_by_another_is_not_written_over(fair: Fair) -> None:
    event = await drafted(fair.union)
    await service.change(
        fair.colleague.caller, event.public_id, msgspec.structs.replace(event.content, city="Pamukkale"), 1
    )
    with pytest.raises(Conflict):
        await service.change(fair.union.caller, event.public_id, event.content, 1)
    assert (await queries.shown(event.id)).content.city == "Pamukkale"


async def test_another_time_of_an_announced_event_is_told_and_counts_for_calendars(fair: Fair) -> None:
    event = await make_event(fair.union)
    later = msgspec.structs.replace(
        event.content,
        starts_at=event.content.starts_at and event.content.starts_at + timedelta(hours=1),
    )
    await service.change(fair.union.caller, event.public_id, later)
    now = await queries.shown(event.id)
    assert (now.sequence, now.version) == (1, event.version + 1)
    rows = await fetch("SELECT payload FROM outbox WHERE topic = 'events.moved'")
    assert [msgspec.json.decode(row["payload"]) for row in rows] == [
        {"id": event.id, "what": "moved", "version": now.version}
    ]


async def test_a_correction_of_the_text_is_not_told(fair: Fair) -> None:
    event = await make_event(fair.union)
    english, turkish = event.content.texts
    corrected = msgspec.structs.replace(
        event.content, texts=(msgspec.structs.replace(english, text="Open to all trade visitors."), turkish)
    )
    await service.change(fair.union.caller, event.public_id, corrected)
    assert (await queries.shown(event.id)).sequence == 0
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'events.moved'") == 0


async def test_what_the_ministry_approved_goes_back_when_its_core_changes(fair: Fair) -> None:
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    await service.approve(fair.ministry.caller, event.public_id)
    moved = msgspec.structs.replace(event.content, city="İzmir", province="35")
    assert (await service.change(fair.union.caller, event.public_id, moved)).state == "DRAFT"


async def test_after_the_announcement_only_the_ministry_changes_the_core_of_a_mission(fair: Fair) -> None:
    event = await make_event(fair.union, kind="BUYING_MISSION")
    moved = msgspec.structs.replace(event.content, city="İzmir", province="35")
    with pytest.raises(Conflict):
        await service.change(fair.union.caller, event.public_id, moved)
    named = msgspec.structs.replace(event.content, contact_name="Ege Tuna")
    await service.change(fair.union.caller, event.public_id, named)
    assert (await service.change(fair.ministry.caller, event.public_id, moved)).state == "PUBLISHED"


async def test_an_announced_event_stays_whole(fair: Fair) -> None:
    event = await make_event(fair.union)
    with pytest.raises(Invalid) as refused:
        await service.change(
            fair.union.caller,
            event.public_id,
            msgspec.structs.replace(event.content, texts=event.content.texts[1:]),
        )
    assert set(refused.value.fields) == {"texts.en"}


async def test_places_are_not_taken_from_those_who_have_them(fair: Fair) -> None:
    event = await make_event(fair.union, capacity_importers=5)
    for firm in (fair.jonas, fair.zoe):
        await fetch(
            "INSERT INTO registration (public_id, event, organisation, side, state) VALUES ($1, $2, $3, 'IMPORTER',"
            " 'CONFIRMED') RETURNING id",
            f"reg-{firm.membership.organisation}",
            event.id,
            firm.membership.organisation,
        )
    with pytest.raises(Invalid) as refused:
        await service.change(
            fair.union.caller, event.public_id, msgspec.structs.replace(event.content, capacity_importers=1)
        )
    assert "capacity_importers" in refused.value.fields
    await service.change(
        fair.union.caller, event.public_id, msgspec.structs.replace(event.content, capacity_importers=2)
    )
    await service.change(
        fair.union.caller, event.public_id, msgspec.structs.replace(event.content, capacity_importers=None)
    )
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'events.widened'") == 1


async def test_cancelling_needs_a_reason_and_tells_everybody(fair: Fair) -> None:
    event = await make_event(fair.union)
    with pytest.raises(Invalid):
        await service.cancel(fair.union.caller, event.public_id, "")
    await service.cancel(fair.union.caller, event.public_id, "The hall is closed.")
    now = await queries.public(event.public_id)
    assert (now.state, now.reason, now.sequence) == ("CANCELLED", "The hall is closed.", 1)
    rows = await fetch("SELECT payload FROM outbox WHERE topic = 'events.moved'")
    assert msgspec.json.decode(rows[0]["payload"])["what"] == "cancelled"


async def test_what_is_over_cannot_be_cancelled(fair: Fair) -> None:
    event = await shift(await make_event(fair.union), timedelta(days=-60))
    assert event.phase == "DONE"
    with pytest.raises(Conflict):
        await service.cancel(fair.union.caller, event.public_id, "The hall is closed.")
    assert await state_of(event) == "PUBLISHED"


async def test_a_draft_that_nobody_saw_can_be_deleted_and_nothing_else(fair: Fair) -> None:
    draft, announced = await drafted(fair.union), await make_event(fair.union)
    await service.discard(fair.union.caller, draft.public_id)
    with pytest.raises(NotFound):
        await queries.shown(draft.id)
    with pytest.raises(Conflict):
        await service.discard(fair.union.caller, announced.public_id)


async def test_a_copy_has_everything_but_the_days(fair: Fair) -> None:
    asked = Question(kind="TEXT", label={"en": "Which stand?"})
    event = await make_event(fair.union, questions=(asked,), capacity_importers=7)
    copied = await queries.shown((await service.copy(fair.union.caller, event.public_id)).id)
    assert copied.state == "DRAFT"
    assert copied.content.starts_at is None
    assert copied.content.texts == event.content.texts
    assert copied.content.capacity_importers == 7
    assert [each.label for each in copied.content.questions] == [{"en": "Which stand?"}]


async def test_questions_keep_their_id_until_their_meaning_changes(fair: Fair) -> None:
    asked = Question(kind="ONE_OF", label={"en": "Lunch?"}, options=({"en": "Meat"}, {"en": "Fish"}))
    event = await make_event(fair.union, questions=(asked,))
    [kept] = event.content.questions
    await fetch(
        "INSERT INTO registration (public_id, event, organisation, side, state, answers) VALUES ('reg-1', $1, $2,"
        " 'IMPORTER', 'CONFIRMED', $3) RETURNING id",
        event.id,
        fair.jonas.membership.organisation,
        f'{{"{kept.id}": 0}}',
    )

    async def written(question: Question) -> Question:
        await service.change(
            fair.union.caller, event.public_id, msgspec.structs.replace(event.content, questions=(question,))
        )
        [found] = (await queries.shown(event.id)).content.questions
        return found

    renamed = await written(msgspec.structs.replace(kept, label={"en": "Lunch on the first day?"}))
    assert renamed.id == kept.id
    other = await written(msgspec.structs.replace(renamed, options=({"en": "Fish"}, {"en": "Meat"})))
    assert other.id != kept.id
    assert await fetchval("SELECT count(*) FROM event_question WHERE retired_at IS NOT NULL") == 1
