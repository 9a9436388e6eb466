"""The plan of a meeting day: who meets whom in which slot, and why a wish is not met.

Pure: the same day and seed give the same plan, in whatever order its parts are handed in. How it is found:
planner_model; what counts: planner_weights.
"""

import random
from collections.abc import Callable

from kervan.meetings.planner_greedy import filled, greedy
from kervan.meetings.planner_ground import Agenda, Ground, Score, ground
from kervan.meetings.planner_model import Clock, again, arrange, choose
from kervan.meetings.planner_reasons import reasons
from kervan.meetings.planner_shapes import Day, Figures, Meeting, Plan
from kervan.meetings.planner_weights import Weights, shipped

EFFORT = 6.0
"""Deterministic seconds of the solver, about as many of a processor."""
_WHOLE = 5000
"""Places up to which a day is solved as one."""
_APART = 4
"""Slots that are taken apart together in a larger one."""
_EACH = 1.0
_ROUNDS = 40
_IDLE = 12
"""Rounds without a better agenda after which there will hardly be one."""
_ENOUGH = 0.0001
"""A gap below which more work is not worth its time."""


def plan(
    day: Day,
    *,
    seed: int = 1,
    effort: float = EFFORT,
    weights: Weights | None = None,
    tell: Callable[[int], None] = lambda percent: None,
) -> Plan:
    """The best plan found, never worse than the greedy one. Small days are solved to the proven optimum.

    First as many participants as possible get FLOOR own wishes met, then the value of all met wishes is made as high
    as it can be. `tell` hears how many percent of the work are done at most. Raises BadDay.
    """
    allowed = ground(day, weights or shipped())
    clock = Clock(effort, seed)
    simple = greedy(allowed)
    chosen, bound = choose(allowed, clock)
    tell(20)
    agenda = max((simple, filled(allowed, arrange(allowed, chosen, clock))), key=allowed.score)
    tell(50)
    agenda, proven = _improved(allowed, agenda, bound, clock, tell)
    agenda = filled(allowed, agenda)
    score = allowed.score(agenda)
    if proven:
        bound = score
    elif score[0] != bound[0]:
        bound = bound[0], choose(allowed, Clock(effort, seed), score[0])[1][1]
    meetings = tuple(
        sorted(Meeting(slot, *pair, name) for pair, (slot, name) in (*allowed.kept.items(), *agenda.items()))
    )
    return Plan(
        meetings=meetings,
        refused=reasons(day, allowed, meetings),
        figures=Figures(
            wishes=len(day.wishes),
            satisfied=allowed.satisfied(agenda),
            meetings=len(meetings),
            value=score[1],
            bound=bound[1],
            floor=score[0],
            floor_bound=bound[0],
            greedy_floor=allowed.score(simple)[0],
            greedy_value=allowed.score(simple)[1],
            greedy_satisfied=allowed.satisfied(simple),
            effort=clock.used,
        ),
    )


def _improved(
    allowed: Ground, agenda: Agenda, bound: Score, clock: Clock, tell: Callable[[int], None]
) -> tuple[Agenda, bool]:
    """The agenda after the work that is left on the clock, and whether it is proven that there is no better one."""
    if allowed.score(agenda) == bound:
        return agenda, True
    if sum(len(one.places) for one in allowed.possible.values()) <= _WHOLE:
        agenda, proven = again(allowed, agenda, set(allowed.slots), clock, clock.left)
        if proven:
            return agenda, True
    choice = random.Random(clock.seed)
    idle = rounds = 0
    while clock.left > 0 and idle < _IDLE and rounds < _ROUNDS and _far(allowed.score(agenda), bound):
        rounds += 1
        tell(50 + 50 * rounds // (_ROUNDS + 1))
        before = allowed.score(agenda)
        slots = choice.sample(allowed.slots, min(_APART, len(allowed.slots)))
        agenda, _ = again(allowed, agenda, set(slots), clock, _EACH)
        idle = 0 if allowed.score(agenda) > before else idle + 1
    return agenda, allowed.score(agenda) == bound


def _far(score: Score, bound: Score) -> bool:
    return score[0] != bound[0] or score[1] < bound[1] * (1 - _ENOUGH)
