"""Meeting days for tests, their plans, and a judge of plans that shares no code with the planner."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from kervan.meetings import planner
from kervan.meetings.planner_shapes import Day, Interpreters, Meeting, Participant, Plan, Slot, Wish

FIRST = datetime(2027, 3, 4, 6, tzinfo=UTC)


def slots(count: int) -> tuple[Slot, ...]:
    """So many slots of twenty minutes, one after the other, numbered from 1."""
    length = timedelta(minutes=20)
    return tuple(
        Slot(number, FIRST + number * length, FIRST + (number + 1) * length) for number in range(1, count + 1)
    )


def firm(id: int, *available: int, side: str = "", **more: object) -> Participant:
    """Even ids are exporters, odd ones importers, unless `side` says otherwise; free in slots 1 to 3 by default."""
    return Participant(
        id=id,
        side=side or ("IMPORTER" if id % 2 else "EXPORTER"),  # type: ignore[arg-type]
        available=frozenset(available or (1, 2, 3)),
        **more,  # type: ignore[arg-type]
    )


def crowd(side: int, count: int, tables: int | None, seed: int = 3) -> Day:
    """So many exporters and importers with up to 20 wishes each, most of them for the popular ones."""
    choice = random.Random(seed)
    people = [
        firm(
            id,
            *(slot for slot in range(1, count + 1) if choice.random() < 0.8),
            languages=frozenset({"tr"} if id % 2 == 0 or choice.random() < 0.7 else {"ru"}),
        )
        for id in range(2 * side)
    ]
    wishes = []
    for one in people:
        others = [other.id for other in people if other.side != one.side]
        liked = sorted(others, key=lambda id: (id**0.5) * choice.random())
        wishes += [Wish(one.id, id, rank) for rank, id in enumerate(liked[: choice.randint(10, 20)], 1)]
    return Day(
        slots=slots(count),
        participants=tuple(people),
        wishes=tuple(wishes),
        tables=tables,
        interpreters=(Interpreters("ru", frozenset({"tr", "en"}), 3),),
    )


def good(day: Day, seed: int = 1) -> Plan:
    """The plan, after the judge has looked at it."""
    found = planner.plan(day, seed=seed)
    assert faults(day, found) == []
    assert untrue(day, found) == []
    return found


def codes(found: Plan) -> dict[tuple[int, int], str]:
    """Why each wish (by, wanted) is not met."""
    return {(why.wish.by, why.wish.wanted): why.code for why in found.refused}


def faults(day: Day, plan: Plan) -> list[str]:
    """What is wrong with a plan; nothing when it keeps every rule of the day."""
    people = {one.id: one for one in day.participants}
    wished = {frozenset((wish.by, wish.wanted)) for wish in day.wishes}
    numbers = {slot.number for slot in day.slots}
    found = [f"{kept} is lost" for kept in day.kept if kept not in plan.meetings]
    seats = Counter(
        (one, meeting.slot) for meeting in plan.meetings for one in (meeting.exporter, meeting.importer)
    )
    found += [f"{seat} is taken {count} times" for seat, count in seats.items() if count > 1]
    pairs = Counter((meeting.exporter, meeting.importer) for meeting in plan.meetings)
    found += [f"{pair} meets {count} times" for pair, count in pairs.items() if count > 1]
    at = Counter(meeting.slot for meeting in plan.meetings)
    kept_at = Counter(meeting.slot for meeting in day.kept)
    if day.tables is not None:
        found += [f"slot {slot} has {n}" for slot, n in at.items() if n > max(day.tables, kept_at[slot])]
    capacity: Counter[str] = Counter()
    for one in day.interpreters:
        capacity[one.language] += one.at_once
    served = Counter((meeting.slot, meeting.interpreter) for meeting in plan.meetings if meeting.interpreter)
    kept_served = Counter((meeting.slot, meeting.interpreter) for meeting in day.kept)
    found += [
        f"{place} serves {n}"
        for place, n in served.items()
        if n > max(capacity[str(place[1])], kept_served[place])
    ]
    count = Counter(one for meeting in plan.meetings for one in (meeting.exporter, meeting.importer))
    kept_count = Counter(one for meeting in day.kept for one in (meeting.exporter, meeting.importer))
    for one in people.values():
        if one.most is not None and count[one.id] > max(one.most, kept_count[one.id]):
            found.append(f"{one.id} has more than {one.most}")
    for meeting in set(plan.meetings) - set(day.kept):
        exporter, importer = people[meeting.exporter], people[meeting.importer]
        if exporter.side != "EXPORTER" or importer.side != "IMPORTER":
            found.append(f"{meeting} is of one side")
        if frozenset((exporter.id, importer.id)) not in wished:
            found.append(f"nobody wished for {meeting}")
        if meeting.slot not in exporter.available & importer.available & numbers:
            found.append(f"{meeting} is at a time that one of them has not")
        if exporter.absent or importer.absent or (exporter.id, importer.id) in day.blocked:
            found.append(f"{meeting} must not be")
        if meeting.interpreter not in spoken(day, exporter, importer):
            found.append(f"{meeting} has the wrong interpreter")
    return found


def spoken(day: Day, exporter: Participant, importer: Participant) -> list[str | None]:
    """With whose help the two can talk: [None] without any, [] not at all."""
    ours, theirs = exporter.languages, importer.languages
    if not ours or not theirs or ours & theirs:
        return [None]
    return sorted(
        {
            one.language
            for one in day.interpreters
            for a, b in ((ours, theirs), (theirs, ours))
            if one.at_once and one.language in a and one.between & b
        }
    )


def worth(day: Day, meetings: Iterable[Meeting], floor: int = 1) -> tuple[tuple[int, ...], int]:
    """The floor by level and the value in thousandths, by the figures of the file written out anew."""
    ranks = ranked(day)
    own: Counter[int] = Counter()
    total = 0
    for one, other in {(meeting.exporter, meeting.importer) for meeting in meetings}:
        own.update(by for by, wanted in ((one, other), (other, one)) if (by, wanted) in ranks)
        total += counts(ranks, one, other)
    levels = tuple(sum(count >= level for count in own.values()) for level in range(1, floor + 1))
    return levels, total


def ranked(day: Day) -> dict[tuple[int, int], int]:
    """The best rank of each wish."""
    ranks: dict[tuple[int, int], int] = {}
    for wish in day.wishes:
        ranks[wish.by, wish.wanted] = min(wish.rank, ranks.get((wish.by, wish.wanted), 99))
    return ranks


def counts(ranks: dict[tuple[int, int], int], one: int, other: int) -> int:
    """What a meeting of the two counts, in thousandths."""
    sides = [ranks[each] for each in ((one, other), (other, one)) if each in ranks]
    return sum(2050 - 50 * rank for rank in sides) + (500 if len(sides) == 2 else 0)


def best(day: Day) -> tuple[tuple[int, ...], int]:
    """The worth of the best plan of a tiny day, by trying them all."""
    people = {one.id: one for one in day.participants}
    done = {(meeting.exporter, meeting.importer) for meeting in day.kept}
    options: dict[tuple[int, int], list[Meeting]] = {}
    for wish in day.wishes:
        one, other = people[wish.by], people[wish.wanted]
        exporter, importer = (one, other) if one.side == "EXPORTER" else (other, one)
        pair = (exporter.id, importer.id)
        if pair in done or pair in day.blocked or exporter.absent or importer.absent:
            continue
        options[pair] = [
            Meeting(slot.number, *pair, name)
            for slot in day.slots
            if slot.number in exporter.available & importer.available
            for name in spoken(day, exporter, importer)
        ]
    capacity: Counter[str] = Counter()
    for one in day.interpreters:
        capacity[one.language] += one.at_once
    found = worth(day, day.kept)
    for some in itertools.product(*[[None, *each] for each in options.values()]):
        meetings = [*day.kept, *(each for each in some if each is not None)]
        seats = [(one, meeting.slot) for meeting in meetings for one in (meeting.exporter, meeting.importer)]
        if len(set(seats)) < len(seats):
            continue
        new = [each for each in some if each is not None]
        at = Counter(meeting.slot for meeting in meetings)
        if day.tables is not None and any(at[meeting.slot] > day.tables for meeting in new):
            continue
        served = Counter((meeting.slot, meeting.interpreter) for meeting in meetings)
        if any(
            one.interpreter and served[one.slot, one.interpreter] > capacity[one.interpreter] for one in new
        ):
            continue
        count = Counter(one for one, _ in seats)
        limits = ((one, people[one].most) for meeting in new for one in (meeting.exporter, meeting.importer))
        if any(most is not None and count[one] > most for one, most in limits):
            continue
        found = max(found, worth(day, meetings))
    return found


def untrue(day: Day, plan: Plan) -> list[str]:
    """Reasons of a plan that are not so, and wishes that are neither met nor explained."""
    people = {one.id: one for one in day.participants}
    numbers = {slot.number for slot in day.slots}
    met = {frozenset((meeting.exporter, meeting.importer)) for meeting in plan.meetings}
    busy = {
        (one, meeting.slot): meeting
        for meeting in plan.meetings
        for one in (meeting.exporter, meeting.importer)
    }
    count = Counter(one for one, _ in busy)
    at = Counter(meeting.slot for meeting in plan.meetings)
    served = Counter((meeting.slot, meeting.interpreter) for meeting in plan.meetings)
    capacity: Counter[str] = Counter()
    for interpreters in day.interpreters:
        capacity[interpreters.language] += interpreters.at_once
    ranks, made = ranked(day), Counter((wish.by, wish.wanted) for wish in day.wishes)
    found = []
    explained = Counter((why.wish, why.code == "TWICE") for why in plan.refused)
    for wish, times in Counter(day.wishes).items():
        is_met = frozenset((wish.by, wish.wanted)) in met
        again = explained[wish, True]
        if explained[wish, False] + again != times - is_met and not (is_met and again == times):
            found.append(f"{wish}: met {is_met}, explained {explained[wish, False]}")
    for why in plan.refused:
        wish, code = why.wish, why.code
        own, partner = people.get(wish.by), people.get(wish.wanted)
        if code in ("SELF", "UNKNOWN", "SAME_SIDE", "TWICE", "TOO_MANY"):
            true = {
                "SELF": wish.by == wish.wanted,
                "UNKNOWN": own is None or partner is None,
                "SAME_SIDE": own is not None and partner is not None and own.side == partner.side,
                "TWICE": made[wish.by, wish.wanted] > 1,
                "TOO_MANY": sum(made[pair] for pair in made if pair[0] == wish.by) > 20,
            }[code]
        else:
            assert own is not None
            assert partner is not None
            exporter, importer = (own, partner) if own.side == "EXPORTER" else (partner, own)
            common = own.available & partner.available & numbers
            free = [s for s in common if (own.id, s) not in busy and (partner.id, s) not in busy]
            names = spoken(day, exporter, importer)
            tables = {s for s in free if day.tables is not None and at[s] >= day.tables}
            helped = {s for s in free if all(name and served[s, name] >= capacity[name] for name in names)}
            alone = counts(ranks, own.id, partner.id)
            others = [busy[one.id, s] for s in common for one in (own, partner) if (one.id, s) in busy]
            weaker = [one for one in others if counts(ranks, *one.pair) < alone]
            true = {
                "BLOCKED": (exporter.id, importer.id) in day.blocked,
                "OWN_ABSENT": own.absent,
                "PARTNER_ABSENT": partner.absent,
                "OWN_NO_TIME": not own.available & numbers,
                "PARTNER_NO_TIME": not partner.available & numbers,
                "NO_COMMON_SLOT": not common
                and why.params
                == {"own": len(own.available & numbers), "theirs": len(partner.available & numbers)},
                "NO_INTERPRETER": not names,
                "OWN_MOST": own.most is not None and count[own.id] >= own.most,
                "PARTNER_MOST": partner.most is not None and count[partner.id] >= partner.most,
                "OWN_FULL": bool(common) and all((own.id, s) in busy for s in common),
                "PARTNER_FULL": bool(common) and all((partner.id, s) in busy for s in common),
                "TAKEN_BY_BETTER": bool(common) and not free and not weaker,
                "TAKEN": bool(common) and not free and bool(weaker),
                "NO_TABLE": bool(free) and tables == set(free),
                "INTERPRETERS_BUSY": bool(free) and helped == set(free),
                "NO_ROOM": bool(free) and tables | helped == set(free) and bool(tables) and bool(helped),
            }[code]
        if not true:
            found.append(f"{why} is not so")
    return found
