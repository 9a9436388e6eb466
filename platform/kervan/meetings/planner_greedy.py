"""The plan that a patient clerk would make: the best pair first, in the first slot that both have free."""

from collections import Counter

from kervan.meetings.planner_ground import Agenda, Ground


def greedy(ground: Ground) -> Agenda:
    """An agenda without looking ahead: what is better is always taken, whatever it costs the others."""
    return filled(ground, {})


def filled(ground: Ground, agenda: Agenda) -> Agenda:
    """The agenda with every pair that still finds a place, the best first: nothing can be added to what comes back."""
    full = dict(agenda)
    busy = {(one, slot) for pair, (slot, _) in full.items() for one in pair}
    meetings = Counter(one for pair in full for one in pair)
    at = Counter(slot for slot, _ in full.values())
    served = Counter(full.values())
    for pair in sorted(ground.possible, key=lambda pair: (-ground.possible[pair].value, pair)):
        if pair in full:
            continue
        for slot, name in ground.possible[pair].places:
            if any((one, slot) in busy or meetings[one] >= ground.left[one] for one in pair):
                continue
            if ground.tables is not None and at[slot] >= ground.tables[slot]:
                continue
            if name is not None and served[slot, name] >= ground.interpreters[slot, name]:
                continue
            full[pair] = (slot, name)
            busy.update((one, slot) for one in pair)
            meetings.update(pair)
            at[slot] += 1
            served[slot, name] += 1
            break
    return full
