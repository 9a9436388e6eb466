"""The models of CP-SAT: which pairs meet at all, which of them in one slot, and everything at once in some slots.

One model of a whole large day is too much for the solver: in half a minute it does not better a simple plan. So it
first chooses pairs without slots, which is fast and proves how good a plan can be at most; then fills slot after slot
with the chosen pairs, those first that run out of time; then some slots are taken apart and solved again together.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from ortools.sat.python import cp_model

from kervan.meetings.planner_ground import Agenda, Ground, Place, Score
from kervan.meetings.planner_shapes import Pair

# Literals and sums of them: the package does not say more about their types.
Literal = Any
_ONE_SLOT = 1.0
_CHOICE = 4.0


class Clock(msgspec.Struct):
    """Deterministic seconds that the solver may still work, and the seed of all its choices."""

    left: float
    seed: int
    used: float = 0.0

    def solve(self, model: cp_model.CpModel, most: float) -> cp_model.CpSolver | None:
        """The solver with a solution, proven or not; None when it found none in `most` deterministic seconds."""
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = self.seed
        # More workers race each other, and which of them wins depends on the machine.
        solver.parameters.num_workers = 1
        # "At most one" in the linear relaxation too: without it, days with few interpreters are not solved.
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = max(0.0, min(most, self.left))
        status = solver.solve(model)
        self.left -= solver.deterministic_time
        self.used += solver.deterministic_time
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def choose(ground: Ground, clock: Clock, floor: tuple[int, ...] = ()) -> tuple[frozenset[Pair], Score]:
    """The best pairs as if slots could be shared out at will, and a score that no agenda surpasses.

    With `floor` only agendas are looked at that reach it; without, it is first made as high as it can be.
    """
    model = cp_model.CpModel()
    of: dict[Pair, list[Literal]] = {}
    by: dict[str | None, list[Literal]] = {}
    for pair, one in ground.possible.items():
        for name in dict.fromkeys(name for _, name in one.places):
            literal = model.new_bool_var("")
            of.setdefault(pair, []).append(literal)
            by.setdefault(name, []).append(literal)
    for literals in of.values():
        model.add_at_most_one(literals)
    for id, pairs in _pairs_of(of).items():
        slots = {slot for pair in pairs for slot, _ in ground.possible[pair].places}
        model.add(_sum(of, pairs) <= min(ground.left[id], len(slots)))
    if ground.tables is not None:
        model.add(sum(sum(each) for each in by.values()) <= sum(ground.tables.values()))
    for name, literals in by.items():
        if name is not None:
            model.add(sum(literals) <= sum(ground.interpreters[slot, name] for slot in ground.slots))
    bounds: list[int] = []
    for level in range(1, ground.floor + 1):
        reached = _reached(ground, model, of, ground.kept, level)
        if floor:
            model.add(reached >= sum(floor[:level]))
            continue
        model.maximize(reached)
        solver = clock.solve(model, _CHOICE)
        bounds.append(_bound(solver) - sum(bounds) if solver else len(ground.own))
        model.add(reached >= (round(solver.objective_value) if solver else 0))
    model.maximize(_value(ground, of))
    solver = clock.solve(model, _CHOICE)
    base = sum(ground.values.get(pair, 0) for pair in ground.kept)
    if solver is None:
        return frozenset(of), (floor or tuple(bounds), base + sum(ground.possible[pair].value for pair in of))
    chosen = frozenset(pair for pair, each in of.items() if any(solver.value(one) for one in each))
    return chosen, (floor or tuple(bounds), base + _bound(solver))


def arrange(ground: Ground, chosen: Collection[Pair], clock: Clock) -> Agenda:
    """The chosen pairs in slots, as many as find one. The slots that suit the fewest are filled first."""
    agenda: Agenda = {}
    done: set[int] = set()
    waiting = {pair: ground.possible[pair] for pair in sorted(chosen)}
    come = Counter(slot for one in waiting.values() for slot, _ in one.places)
    for slot in sorted(ground.slots, key=lambda slot: (come[slot], slot)):
        here = {
            pair: [place for place in one.places if place[0] == slot]
            for pair, one in waiting.items()
            if any(place[0] == slot for place in one.places)
        }
        urgent = _urgency(ground, waiting, done)
        model = cp_model.CpModel()
        literals = _literals(model, here)
        _keep_apart(ground, model, literals, {slot})
        model.maximize(sum(urgent[pair] * literal for (pair, _), literal in literals.items()))
        done.add(slot)
        if (solver := clock.solve(model, _ONE_SLOT)) is None:
            continue
        for (pair, place), literal in literals.items():
            if solver.value(literal):
                agenda[pair] = place
                del waiting[pair]
    return agenda


def again(
    ground: Ground, agenda: Agenda, slots: Collection[int], clock: Clock, most: float
) -> tuple[Agenda, bool]:
    """The agenda with these slots planned anew beside the others, never worse; and whether it is proven best.

    Best means: among all agendas that have the same meetings in the other slots.
    """
    fixed = {pair: place for pair, place in agenda.items() if place[0] not in slots}
    open_ = {
        pair: [place for place in one.places if place[0] in slots]
        for pair, one in ground.possible.items()
        if pair not in fixed
    }
    model = cp_model.CpModel()
    literals = _literals(model, open_)
    of: dict[Pair, list[Literal]] = {}
    for (pair, place), literal in literals.items():
        of.setdefault(pair, []).append(literal)
        model.add_hint(literal, agenda.get(pair) == place)
    for each in of.values():
        model.add_at_most_one(each)
    _keep_apart(ground, model, literals, slots)
    had = Counter(one for pair in fixed for one in pair)
    for one, pairs in _pairs_of(of).items():
        if ground.left[one] - had[one] < len(slots):
            model.add(_sum(of, pairs) <= ground.left[one] - had[one])
    goal = _value(ground, of)
    # A level of the floor outweighs all that is below it.
    weight = 1 + sum(ground.possible[pair].value for pair in of)
    for level in range(ground.floor, 0, -1):
        reached = _reached(ground, model, of, {**ground.kept, **fixed}, level)
        goal += weight * reached
        weight *= 1 + level * len(ground.own)
    model.maximize(goal)
    solver = clock.solve(model, most)
    if solver is None:
        return agenda, False
    found = {**fixed, **{pair: place for (pair, place), literal in literals.items() if solver.value(literal)}}
    proven = round(solver.objective_value) == _bound(solver)
    return (found, proven) if ground.score(found) >= ground.score(agenda) else (agenda, proven)


def _literals(
    model: cp_model.CpModel, places: Mapping[Pair, Iterable[Place]]
) -> dict[tuple[Pair, Place], Literal]:
    return {(pair, place): model.new_bool_var("") for pair, all_ in places.items() for place in all_}


def _keep_apart(
    ground: Ground,
    model: cp_model.CpModel,
    literals: Mapping[tuple[Pair, Place], Literal],
    slots: Collection[int],
) -> None:
    """Nobody is in two places; tables and interpreters are enough."""
    meets: dict[tuple[int, int], list[Literal]] = {}
    at: dict[int, list[Literal]] = {}
    served: dict[tuple[int, str], list[Literal]] = {}
    for (pair, (slot, name)), literal in literals.items():
        for one in pair:
            meets.setdefault((one, slot), []).append(literal)
        at.setdefault(slot, []).append(literal)
        if name is not None:
            served.setdefault((slot, name), []).append(literal)
    for each in meets.values():
        model.add_at_most_one(each)
    if ground.tables is not None:
        for slot, each in at.items():
            model.add(sum(each) <= ground.tables[slot])
    for place, each in served.items():
        model.add(sum(each) <= ground.interpreters[place])


def _reached(
    ground: Ground,
    model: cp_model.CpModel,
    of: Mapping[Pair, list[Literal]],
    met: Collection[Pair],
    level: int,
) -> Literal:
    """How many own wishes are met of all participants together, at most `level` of each.

    Where the lower levels are given already, this is as many as reach the level and a figure that does not change.
    """
    reached: list[Literal] = []
    for pairs in ground.own.values():
        had = min(level, len(pairs & set(met)))
        reached.append(had)
        within = [pair for pair in sorted(pairs) if pair in of]
        if most := min(level - had, len(within)):
            count = model.new_int_var(0, most, "")
            model.add(count <= _sum(of, within))
            reached.append(count)
    return sum(reached)


def _urgency(ground: Ground, waiting: Mapping[Pair, Any], done: Collection[int]) -> dict[Pair, int]:
    """How badly each waiting pair needs a slot now: what has as many meetings as slots left must have one in each."""
    meetings: Counter[int | str] = Counter()
    slots: dict[int | str, set[int]] = {}
    for pair, one in waiting.items():
        names = {name for _, name in one.places if name is not None}
        for part in (*pair, *names):
            meetings[part] += 1
            slots.setdefault(part, set()).update(slot for slot, _ in one.places if slot not in done)
    pressing: dict[int | str, int] = {}
    for part, count in meetings.items():
        room = len(slots[part])
        if isinstance(part, str):
            room = sum(ground.interpreters[slot, part] for slot in slots[part])
        pressing[part] = min(120, 100 * count // max(1, room)) ** 4 // 1000
    urgent: dict[Pair, int] = {}
    for pair, one in waiting.items():
        names = {name for _, name in one.places if name is not None}
        own = len({slot for slot, _ in one.places if slot not in done})
        urgent[pair] = (
            1 + sum(pressing[part] for part in (*pair, *names)) + 2000 // max(1, own) + one.value // 100
        )
    return urgent


def _pairs_of(pairs: Iterable[Pair]) -> dict[int, list[Pair]]:
    of: dict[int, list[Pair]] = {}
    for pair in pairs:
        for one in pair:
            of.setdefault(one, []).append(pair)
    return of


def _sum(of: Mapping[Pair, list[Literal]], pairs: Iterable[Pair]) -> Literal:
    return sum(literal for pair in pairs for literal in of[pair])


def _value(ground: Ground, of: Mapping[Pair, list[Literal]]) -> Literal:
    return sum(ground.possible[pair].value * literal for pair, each in of.items() for literal in each)


def _bound(solver: cp_model.CpSolver) -> int:
    """No solution is better; the solver's own figure is a float."""
    return int(solver.best_objective_bound + 1e-6)
