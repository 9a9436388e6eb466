"""Events from the draft to the end: who may take which step, what must be said, what others have to hear."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from eventing import Fair, content, drafted, make_event, make_fair, shift, state_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kervan.db import fetch, fetchval
from kervan.errors import Conflict, Forbidden, Invalid, NotFound
from kervan.events import access, phases, queries, rules, service, states
from kervan.events.structs import Content, EventShown, Question, Session, Text
from kervan.events.tables import EventState

# domain 4.6 and circular 2020/6, written out by hand: (step, from, the Ministry must approve) -> to.
ARROWS = {
    ("submit", "DRAFT", True): "SUBMITTED",
    ("submit", "RETURNED", True): "SUBMITTED",
    ("take-back", "SUBMITTED", True): "DRAFT",
    ("take-back", "SUBMITTED", False): "DRAFT",
    ("approve", "SUBMITTED", True): "APPROVED",
    ("approve", "SUBMITTED", False): "APPROVED",
    ("return", "SUBMITTED", True): "RETURNED",
    ("return", "SUBMITTED", False): "RETURNED",
    ("publish", "APPROVED", True): "PUBLISHED",
    ("publish", "APPROVED", False): "PUBLISHED",
    ("publish", "DRAFT", False): "PUBLISHED",
    ("publish", "RETURNED", False): "PUBLISHED",
    ("cancel", "APPROVED", True): "CANCELLED",
    ("cancel", "APPROVED", False): "CANCELLED",
    ("cancel", "PUBLISHED", True): "CANCELLED",
    ("cancel", "PUBLISHED", False): "CANCELLED",
}


@pytest.mark.parametrize("action", states.ACTIONS)
@pytest.mark.parametrize("state", list(EventState))
@pytest.mark.parametrize("approval", [True, False])
def test_an_event_moves_along_these_arrows_only(action: str, state: str, approval: bool) -> None:
    wanted = ARROWS.get((action, str(state), approval))
    if wanted is None:
        with pytest.raises(Conflict):
            states.check(action, state, approval=approval)
    else:
        assert states.check(action, state, approval=approval) == wanted


@pytest.mark.parametrize(
    ("kind", "organiser", "needed"),
    [
        ("TRADE_MISSION", "ASSOCIATION", True),
        ("BUYING_MISSION", "ASSOCIATION", True),
        ("VIRTUAL_MISSION", "ASSOCIATION", True),
        ("FAIR", "ASSOCIATION", False),
        ("TRAINING", "ASSOCIATION", False),
        ("BUYING_MISSION", "POST", False),
        ("VIRTUAL_MISSION", "MINISTRY", False),
        ("TRADE_MISSION", "EXTERNAL", True),
        ("FAIR", "EXTERNAL", False),
    ],
)
def test_an_associations_missions_need_the_ministrys_leave(kind: str, organiser: str, needed: bool) -> None:
    assert states.needs_approval(kind, organiser) is needed


async def _mission(fair: Fair, **changes: Any) -> EventShown:
    return await drafted(fair.union, kind="BUYING_MISSION", **changes)


async def _reasons(event: EventShown) -> list[tuple[str, str | None]]:
    return [(step.action, step.reason) for step in await queries.timeline(event.id)]


async def test_a_mission_goes_to_the_ministry_comes_back_and_is_announced(client: object) -> None:
    fair = await make_fair()
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


async def test_the_ministry_and_the_organiser_hear_of_the_steps_that_they_wait_for(client: object) -> None:
    fair = await make_fair()
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


async def test_nobody_in_the_ministry_approves_what_he_wrote_himself(client: object) -> None:
    fair = await make_fair()
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    await fetch(
        "INSERT INTO event_step (event, action, after, person) VALUES ($1, 'edit', 'SUBMITTED', $2) RETURNING id",
        event.id,
        fair.ministry.caller.person,
    )
    with pytest.raises(Conflict):
        await service.approve(fair.ministry.caller, event.public_id)


async def test_strangers_get_404(client: object) -> None:
    fair = await make_fair()
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


async def test_the_ministry_reads_what_was_sent_to_it(client: object) -> None:
    fair = await make_fair()
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    assert (await access.organised(fair.ministry.caller, event.public_id)).ministry


async def test_the_same_key_makes_one_event(client: object) -> None:
    fair = await make_fair()
    made = await asyncio.gather(
        *(
            service.create(fair.union.caller, fair.union.org, content(), key="k-0123456789abcdef")
            for _ in range(5)
        )
    )
    assert len({each.public_id for each in made}) == 1
    assert await fetchval("SELECT count(*) FROM trade_event") == 1


async def test_what_was_changed_by_another_is_not_written_over(client: object) -> None:
    fair = await make_fair()
    event = await drafted(fair.union)
    await service.change(
        fair.colleague.caller, event.public_id, msgspec.structs.replace(event.content, city="Pamukkale"), 1
    )
    with pytest.raises(Conflict):
        await service.change(fair.union.caller, event.public_id, event.content, 1)
    assert (await queries.shown(event.id)).content.city == "Pamukkale"


async def test_another_time_of_an_announced_event_is_told_and_counts_for_calendars(client: object) -> None:
    fair = await make_fair()
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


async def test_a_correction_of_the_text_is_not_told(client: object) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    english, turkish = event.content.texts
    corrected = msgspec.structs.replace(
        event.content, texts=(msgspec.structs.replace(english, text="Open to all trade visitors."), turkish)
    )
    await service.change(fair.union.caller, event.public_id, corrected)
    assert (await queries.shown(event.id)).sequence == 0
    assert await fetchval("SELECT count(*) FROM outbox WHERE topic = 'events.moved'") == 0


async def test_what_the_ministry_approved_goes_back_when_its_core_changes(client: object) -> None:
    fair = await make_fair()
    event = await _mission(fair)
    await service.submit(fair.union.caller, event.public_id)
    await service.approve(fair.ministry.caller, event.public_id)
    moved = msgspec.structs.replace(event.content, city="İzmir", province="35")
    assert (await service.change(fair.union.caller, event.public_id, moved)).state == "DRAFT"


async def test_after_the_announcement_only_the_ministry_changes_the_core_of_a_mission(client: object) -> None:
    fair = await make_fair()
    event = await make_event(fair.union, kind="BUYING_MISSION")
    moved = msgspec.structs.replace(event.content, city="İzmir", province="35")
    with pytest.raises(Conflict):
        await service.change(fair.union.caller, event.public_id, moved)
    named = msgspec.structs.replace(event.content, contact_name="Ege Tuna")
    await service.change(fair.union.caller, event.public_id, named)
    assert (await service.change(fair.ministry.caller, event.public_id, moved)).state == "PUBLISHED"


async def test_an_announced_event_stays_whole(client: object) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    with pytest.raises(Invalid) as refused:
        await service.change(
            fair.union.caller,
            event.public_id,
            msgspec.structs.replace(event.content, texts=event.content.texts[1:]),
        )
    assert set(refused.value.fields) == {"texts.en"}


async def test_places_are_not_taken_from_those_who_have_them(client: object) -> None:
    fair = await make_fair()
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


async def test_cancelling_needs_a_reason_and_tells_everybody(client: object) -> None:
    fair = await make_fair()
    event = await make_event(fair.union)
    with pytest.raises(Invalid):
        await service.cancel(fair.union.caller, event.public_id, "")
    await service.cancel(fair.union.caller, event.public_id, "The hall is closed.")
    now = await queries.public(event.public_id)
    assert (now.state, now.reason, now.sequence) == ("CANCELLED", "The hall is closed.", 1)
    rows = await fetch("SELECT payload FROM outbox WHERE topic = 'events.moved'")
    assert msgspec.json.decode(rows[0]["payload"])["what"] == "cancelled"


async def test_what_is_over_cannot_be_cancelled(client: object) -> None:
    fair = await make_fair()
    event = await shift(await make_event(fair.union), timedelta(days=-60))
    assert event.phase == "DONE"
    with pytest.raises(Conflict):
        await service.cancel(fair.union.caller, event.public_id, "The hall is closed.")
    assert await state_of(event) == "PUBLISHED"


async def test_a_draft_that_nobody_saw_can_be_deleted_and_nothing_else(client: object) -> None:
    fair = await make_fair()
    draft, announced = await drafted(fair.union), await make_event(fair.union)
    await service.discard(fair.union.caller, draft.public_id)
    with pytest.raises(NotFound):
        await queries.shown(draft.id)
    with pytest.raises(Conflict):
        await service.discard(fair.union.caller, announced.public_id)


async def test_a_copy_has_everything_but_the_days(client: object) -> None:
    fair = await make_fair()
    asked = Question(kind="TEXT", label={"en": "Which stand?"})
    event = await make_event(fair.union, questions=(asked,), capacity_importers=7)
    copied = await queries.shown((await service.copy(fair.union.caller, event.public_id)).id)
    assert copied.state == "DRAFT"
    assert copied.content.starts_at is None
    assert copied.content.texts == event.content.texts
    assert copied.content.capacity_importers == 7
    assert [each.label for each in copied.content.questions] == [{"en": "Which stand?"}]


async def test_questions_keep_their_id_until_their_meaning_changes(client: object) -> None:
    fair = await make_fair()
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


START = datetime(2027, 3, 10, 7, tzinfo=UTC)
END = START + timedelta(days=2)
BAD: list[tuple[str, dict[str, Any]]] = [
    ("ends_at", {"starts_at": START, "ends_at": START}),
    ("ends_at", {"starts_at": END, "ends_at": START}),
    ("ends_at", {"starts_at": START, "ends_at": START + timedelta(days=400)}),
    ("starts_at", {"starts_at": datetime(1970, 1, 1, tzinfo=UTC)}),
    ("zone", {"zone": "Europe/Atlantis"}),
    ("kind", {"kind": "PARTY"}),
    ("capacity_importers", {"capacity_importers": -1}),
    ("capacity_importers", {"capacity_importers": 0, "capacity_exporters": 0}),
    ("people_per_firm", {"people_per_firm": 0}),
    ("registration_closes_at", {"registration_opens_at": START, "registration_closes_at": START}),
    ("registration_closes_at", {"starts_at": START, "ends_at": END, "registration_closes_at": END + timedelta(days=1)}),
    ("registration_url", {"registration": "EXTERNAL"}),
    ("registration_url", {"registration": "EXTERNAL", "registration_url": "javascript:alert(1)"}),
    ("external_url", {"external_url": "www.fair.example"}),
    ("contact_email", {"contact_email": "fair at example"}),
    ("target_countries", {"target_countries": ("TR",)}),
    ("target_countries", {"target_countries": ("XX",)}),
    ("sectors", {"sectors": ("no-such",)}),
    ("headings", {"headings": ("63021",)}),
    ("headings", {"headings": ("9999",)}),
    ("languages", {"languages": ("xx",)}),
    ("province", {"province": "99"}),
    ("province", {"province": None}),
    ("country", {"kind": "BUYING_MISSION", "country": "DE", "province": None}),
    ("country", {"kind": "TRADE_MISSION"}),
    ("texts", {"texts": ()}),
    ("texts.en", {"texts": (Text(language="tr", title="Denizli fuarı", summary="Havlular."),)}),
    ("texts.en", {"texts": (Text(language="en", title="Fair", summary="Towels."),)}),
    ("texts.en", {"texts": (Text(language="en", title="Denizli fair\x00", summary="Towels."),)}),
    ("texts.xx", {"texts": (Text(language="xx", title="Denizli fair", summary="Towels."),)}),
    ("fee_currency", {"fee_exporters": 100}),
    ("fee_importers", {"fee_importers": -1, "fee_currency": "EUR"}),
    ("venue", {"venue": "x" * 161}),
    (
        "sessions.1",
        {"starts_at": START, "ends_at": END,
         "sessions": (Session(starts_at=END, ends_at=END + timedelta(hours=1), title="After"),)},
    ),
    (
        "sessions.1",
        {"starts_at": START, "ends_at": END, "sessions": (Session(starts_at=START, ends_at=START, title="None"),)},
    ),
    ("questions.1", {"questions": (Question(kind="ONE_OF", label={"en": "Which?"}),)}),
    ("questions.1", {"questions": (Question(kind="TEXT", label={}),)}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "changes"), BAD)
def test_bad_input_gets_its_sentence_beside_the_field(field: str, changes: dict[str, Any]) -> None:
    wrong = rules.check_complete(rules.tidied(content(**changes)), datetime(2026, 11, 1, tzinfo=UTC))
    assert field in wrong


def test_a_whole_event_has_nothing_wrong() -> None:
    assert rules.check_complete(rules.tidied(content()), datetime.now(UTC)) == {}


def test_what_is_over_is_not_announced() -> None:
    late = datetime.now(UTC) + timedelta(days=90)
    assert "ends_at" in rules.check_complete(rules.tidied(content()), late)


moments = st.integers(-400, 400).map(lambda hours: START + timedelta(hours=hours))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(start=moments, end=moments, opens=st.none() | moments, closes=st.none() | moments, now=moments)
async def test_phases_are_the_same_in_python_and_sql(
    client: object,
    start: datetime,
    end: datetime,
    opens: datetime | None,
    closes: datetime | None,
    now: datetime,
) -> None:
    sql = phases.PHASE.replace("now()", "$1::timestamptz")
    for registration in ("NONE", "PLATFORM"):
        found = await fetchval(
            f"SELECT {sql} FROM (SELECT 'PUBLISHED' AS state, $2::timestamptz AS starts_at, $3::timestamptz AS ends_at,"
            " $4::text AS registration, $5::timestamptz AS registration_opens_at,"
            " $6::timestamptz AS registration_closes_at) e",
            now, start, end, registration, opens, closes,
        )  # fmt: skip
        assert found == phases.phase("PUBLISHED", start, end, registration, opens, closes, now)


def test_one_can_register_until_the_beginning_unless_the_window_says_otherwise() -> None:
    def is_open(now: datetime, opens: datetime | None = None, closes: datetime | None = None) -> bool:
        return phases.is_open("PUBLISHED", START, END, "PLATFORM", opens, closes, now)

    assert is_open(START - timedelta(days=1))
    assert not is_open(START)
    assert is_open(START + timedelta(hours=1), closes=END)
    assert not is_open(END, closes=END)
    assert not is_open(START - timedelta(days=1), opens=START - timedelta(hours=1))
    assert not phases.is_open("CANCELLED", START, END, "PLATFORM", None, None, START - timedelta(days=1))


def test_every_state_and_phase_has_a_name_and_a_tone() -> None:
    known = {
        *(state.value for state in EventState),
        phases.REG_OPEN,
        phases.REG_CLOSED,
        phases.LIVE,
        phases.DONE,
    }
    assert known == states.NAMES.keys() == states.TONES.keys()


def test_content_holds_what_the_table_holds() -> None:
    columns = set(queries.COLUMNS)
    assert columns | {"texts", "sessions", "questions"} == set(Content.__struct_fields__)
