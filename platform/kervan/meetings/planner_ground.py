"""What a day allows: which pairs may meet, when, with whose help, and what that counts."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from kervan.meetings.planner_shapes import BadDay, Day, Pair, Participant, Why, Wish
from kervan.meetings.planner_weights import Weights

Place = tuple[int, str | None]
"""A slot, and the interpreters who serve the meeting."""
Agenda = dict[Pair, Place]
"""The meetings that are planned beside the kept ones."""
Score = tuple[tuple[int, ...], int]
"""The floor level by level, then the value: what is compared between two agendas."""


class Possible(msgspec.Struct, frozen=True):
    """A pair that somebody wishes for and that can meet beside the kept meetings."""

    value: int
    places: tuple[Place, ...]
    """By slot, then by interpreters."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """The day worked out. Everything is sorted, so that the order of what was given does not matter."""

    slots: tuple[int, ...]
    people: Mapping[int, Participant]
    wishes: tuple[Wish, ...]
    """Those that can be planned; the others are in `refused`."""
    refused: tuple[Why, ...]
    values: Mapping[Pair, int]
    """Of every pair that somebody wishes for."""
    kept: Mapping[Pair, Place]
    possible: Mapping[Pair, Possible]
    left: Mapping[int, int]
    """Meetings that a participant may still have."""
    tables: Mapping[int, int] | None
    """Tables that are left in a slot."""
    interpreters: Mapping[tuple[int, str], int]
    """Meetings that interpreters can still serve in a slot."""
    own: Mapping[int, frozenset[Pair]]
    """The pairs that a participant wishes for itself."""
    floor: int

    def score(self, agenda: Agenda) -> Score:
        """How good an agenda is together with the kept meetings."""
        met = {*self.kept, *agenda}
        own = [len(pairs & met) for pairs in self.own.values()]
        levels = tuple(sum(each >= level for each in own) for level in range(1, self.floor + 1))
        return levels, sum(self.values.get(pair, 0) for pair in met)

    def satisfied(self, agenda: Agenda) -> int:
        """Wishes that are met."""
        met = {*self.kept, *agenda}
        return sum(self.pair(wish.by, wish.wanted) in met for wish in self.wishes)

    def pair(self, one: int, other: int) -> Pair:
        """The two in the order of a pair."""
        return (one, other) if self.people[one].side == "EXPORTER" else (other, one)


def ground(day: Day, weights: Weights) -> Ground:
    """The day as the models need it. Raises BadDay when it contradicts itself."""
    slots = tuple(sorted(slot.number for slot in day.slots))
    people = {one.id: one for one in sorted(day.participants, key=lambda one: one.id)}
    _check(day, slots, people)
    kept = {meeting.pair: (meeting.slot, meeting.interpreter) for meeting in sorted(day.kept)}
    wishes, refused = _sorted_out(day.wishes, people, weights)
    values, own = _counted(wishes, people, weights)
    tables, interpreters = _left_over(day, slots, kept)
    busy = {(one, slot) for pair, (slot, _) in kept.items() for one in pair}
    meetings = Counter(one for pair in kept for one in pair)
    left = {
        one.id: max(0, (len(slots) if one.most is None else one.most) - meetings[one.id])
        for one in people.values()
    }
    possible: dict[Pair, Possible] = {}
    for pair, value in sorted(values.items()):
        exporter, importer = people[pair[0]], people[pair[1]]
        if pair in kept or not left[pair[0]] or not left[pair[1]] or cannot(day, exporter, importer):
            continue
        places = tuple(
            (slot, name)
            for slot in slots
            if slot in exporter.available & importer.available
            and (pair[0], slot) not in busy
            and (pair[1], slot) not in busy
            and (tables is None or tables[slot] > 0)
            for name in helpers(day, exporter, importer)
            if name is None or interpreters[slot, name] > 0
        )
        if places:
            possible[pair] = Possible(value, places)
    return Ground(
        slots=slots,
        people=people,
        wishes=wishes,
        refused=refused,
        values=values,
        kept=kept,
        possible=possible,
        left=left,
        tables=tables,
        interpreters=interpreters,
        own=own,
        floor=weights.floor,
    )


def cannot(day: Day, exporter: Participant, importer: Participant) -> str | None:
    """The code of what keeps the two apart whatever the plan is; None when nothing does."""
    if exporter.absent or importer.absent:
        return "ABSENT"
    if (exporter.id, importer.id) in day.blocked:
        return "BLOCKED"
    if not exporter.available & importer.available & {slot.number for slot in day.slots}:
        return "NO_COMMON_SLOT"
    return None if helpers(day, exporter, importer) else "NO_INTERPRETER"


def helpers(day: Day, exporter: Participant, importer: Participant) -> tuple[str | None, ...]:
    """Languages of the interpreters who could serve the two; (None,) when they need none, () when nobody can."""
    ours, theirs = exporter.languages, importer.languages
    if not ours or not theirs or ours & theirs:
        return (None,)
    able = {one.language for one in day.interpreters if one.able(ours, theirs)}
    return tuple(sorted(able))


def _check(day: Day, slots: tuple[int, ...], people: Mapping[int, Participant]) -> None:
    if len(set(slots)) < len(slots) or len(people) < len(day.participants):
        raise BadDay("a slot or a participant is there twice")
    if any(slot.ends_at <= slot.starts_at for slot in day.slots):
        raise BadDay("a slot ends before it starts")
    languages = {one.language for one in day.interpreters}
    busy: set[tuple[int, int]] = set()
    for meeting in day.kept:
        sides = [people[one].side if one in people else None for one in meeting.pair]
        at = {(one, meeting.slot) for one in meeting.pair}
        if sides != ["EXPORTER", "IMPORTER"] or meeting.slot not in slots or at & busy:
            raise BadDay(f"the kept meeting of {meeting.pair} in slot {meeting.slot} cannot be")
        if meeting.interpreter is not None and meeting.interpreter not in languages:
            raise BadDay(f"nobody interprets {meeting.interpreter}")
        busy |= at
    if len({meeting.pair for meeting in day.kept}) < len(day.kept):
        raise BadDay("two kept meetings of one pair")


def _sorted_out(
    wishes: Iterable[Wish], people: Mapping[int, Participant], weights: Weights
) -> tuple[tuple[Wish, ...], tuple[Why, ...]]:
    """The wishes that can be planned, each pair once, and those that are none, with the reason."""
    good: dict[tuple[int, int], Wish] = {}
    refused: list[Why] = []
    count: Counter[int] = Counter()
    for wish in sorted(wishes, key=lambda one: (one.by, one.rank, one.wanted)):
        if not 1 <= wish.rank <= weights.ranks:
            raise BadDay(f"there is no rank {wish.rank}")
        key = (wish.by, wish.wanted)
        code = None
        if wish.by == wish.wanted:
            code = "SELF"
        elif wish.by not in people or wish.wanted not in people:
            code = "UNKNOWN"
        elif people[wish.by].side == people[wish.wanted].side:
            code = "SAME_SIDE"
        elif key in good:
            code = "TWICE"
        elif count[wish.by] == weights.ranks:
            code = "TOO_MANY"
        if code is not None:
            refused.append(Why(wish, code, {"most": weights.ranks} if code == "TOO_MANY" else {}))
            continue
        count[wish.by] += 1
        good[key] = wish
    return tuple(good.values()), tuple(refused)


def _counted(
    wishes: Iterable[Wish], people: Mapping[int, Participant], weights: Weights
) -> tuple[dict[Pair, int], dict[int, frozenset[Pair]]]:
    values: dict[Pair, int] = {}
    own: dict[int, set[Pair]] = {}
    for wish in wishes:
        mine = people[wish.by].side == "EXPORTER"
        pair = (wish.by, wish.wanted) if mine else (wish.wanted, wish.by)
        both = weights.mutual if pair in values else 0
        values[pair] = values.get(pair, 0) + weights.of_rank(wish.rank) + both
        own.setdefault(wish.by, set()).add(pair)
    return values, {one: frozenset(pairs) for one, pairs in sorted(own.items())}


def _left_over(
    day: Day, slots: tuple[int, ...], kept: Mapping[Pair, Place]
) -> tuple[dict[int, int] | None, dict[tuple[int, str], int]]:
    used = Counter(slot for slot, _ in kept.values())
    tables = None if day.tables is None else {slot: max(0, day.tables - used[slot]) for slot in slots}
    served = Counter(kept.values())
    able: Counter[str] = Counter()
    for one in day.interpreters:
        able[one.language] += max(0, one.at_once)
    return tables, {
        (slot, name): max(0, count - served[slot, name]) for name, count in able.items() for slot in slots
    }
