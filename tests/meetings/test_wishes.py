"""What firms say before a meeting day: when they come, whom they want to meet, who may say so and until when."""

from datetime import timedelta

import pytest
from asking import side
from day_world import key, opened, place, ready, shift, shown, wish
from eventing import Fair
from people import count

from kervan.errors import Conflict, Forbidden, Invalid
from kervan.meetings import day_queries, wishes
from kervan.meetings.wishes import Times


async def test_a_firm_says_when_it_comes_and_whom_it_wants_to_meet(fair: Fair) -> None:
    day = await opened(fair)
    await ready(fair.jonas, day, 1, 3)
    await wish(fair.jonas, day, fair.can, fair.ayse)
    mine = await place(fair.jonas, day)
    people = {one.id: one for one in await day_queries.participants(mine.day)}
    assert people[mine.participant].slots == (1, 3)
    assert people[mine.participant].state == "READY"
    assert people[mine.participant].person == fair.jonas.person
    names = [people[one].org for one in await day_queries.wishes_of(mine.participant)]
    assert names == [fair.can.org, fair.ayse.org]
    await wish(fair.jonas, day, fair.ayse)
    assert len(await day_queries.wishes_of(mine.participant)) == 1


async def test_wishes_for_oneself_the_own_side_strangers_and_10_000_are_refused_with_a_sentence(
    fair: Fair,
) -> None:
    day = await opened(fair)
    mine = await place(fair.jonas, day)
    own, zoe, ayse = [await key(firm, day) for firm in (fair.jonas, fair.zoe, fair.ayse)]
    for wanted, sentence in (
        ([own], "You cannot meet yourself."),
        ([zoe], "Exporters meet importers; this firm is on your own side."),
        (["h4k7m2p9q3rs"], "This firm does not take part in the meeting day."),
        ([ayse, ayse], "You wished for this firm already."),
    ):
        with pytest.raises(Invalid) as refused:
            await wishes.save_wishes(mine, wanted)
        assert str(refused.value.fields["wishes"]) == sentence
    with pytest.raises(Invalid) as refused:
        await wishes.save_wishes(mine, [str(number) for number in range(10_000)])
    assert set(refused.value.fields) == {"wishes"}
    assert await count("meeting_wish") == 0


async def test_times_need_a_slot_and_a_language(fair: Fair) -> None:
    day = await opened(fair)
    mine, found = await place(fair.jonas, day), await shown(day)
    for times, wrong in (
        (Times(slots=(), languages=()), {"slots", "languages"}),
        (Times(slots=(1, 99), languages=("xx",), most_meetings=0), {"slots", "languages", "most_meetings"}),
    ):
        with pytest.raises(Invalid) as refused:
            await wishes.save_times(fair.jonas.caller, mine, found, times)
        assert set(refused.value.fields) == wrong


async def test_nothing_can_be_wished_after_the_time_for_it_or_over_a_colleagues_change(fair: Fair) -> None:
    day = await opened(fair)
    await ready(fair.jonas, day)
    mine = await place(fair.jonas, day)
    with pytest.raises(Conflict):
        await wishes.save_wishes(mine, [], 1)
    await shift(day, timedelta(days=-11))
    with pytest.raises(Conflict):
        await wish(fair.jonas, day, fair.ayse)
    with pytest.raises(Conflict):
        await ready(fair.jonas, day)
    with pytest.raises(Conflict):
        await wishes.withdraw(fair.jonas.caller, mine)


async def test_a_colleague_who_only_looks_cannot_act(fair: Fair) -> None:
    day = await opened(fair)
    reader = await side(fair.ayse.firm, "Ali Can", "VIEWER")
    assert not (await place(reader, day, act=False)).may_act
    with pytest.raises(Forbidden):
        await place(reader, day)


async def test_suggestions_have_reasons_and_both_sides_see_the_same_score(fair: Fair) -> None:
    day = await opened(fair)
    people = await day_queries.participants((await shown(day)).id)
    [ayse] = await wishes.suggestions(await place(fair.jonas, day), people, "en", 5)
    assert ayse.participant.org == fair.ayse.org
    assert "Offers goods of the same heading" in ayse.good[0].text
    [jonas] = await wishes.suggestions(await place(fair.ayse, day), people, "tr", 5)
    assert jonas.participant.org == fair.jonas.org
    assert jonas.match.score == ayse.match.score
    assert await wishes.suggestions(await place(fair.can, day), people, "en", 5) == []
