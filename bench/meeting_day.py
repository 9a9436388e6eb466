"""What the planner of a meeting day costs, in a process of its own: `python bench/meeting_day.py SIDE SLOTS TABLES`.

An invented day: so many exporters and as many importers, each free in four of five slots, with 10 to 20 wishes that
fall on the popular ones first, one importer in five with a language that needs an interpreter. TABLES 0 means no
limit. The last line of stdout is the answer in JSON.
"""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta

from kervan.meetings.planner import plan
from kervan.meetings.planner_greedy import greedy
from kervan.meetings.planner_ground import ground
from kervan.meetings.planner_shapes import Day, Interpreters, Participant, Slot, Wish
from kervan.meetings.planner_weights import shipped

_FIRST = datetime(2027, 3, 4, 6, tzinfo=UTC)


def day(side: int, slots: int, tables: int, seed: int = 1) -> Day:
    """The same day for the same figures."""
    choice = random.Random(seed)
    people, wishes = [], []
    popular = [1 / (place + 1) ** 0.7 for place in range(side)]
    for id in range(2 * side):
        exporter = id < side
        languages = {"tr", "en"} if exporter else {"en"} if choice.random() < 0.8 else {"ru"}
        people.append(
            Participant(
                id=id,
                side="EXPORTER" if exporter else "IMPORTER",
                available=frozenset(slot for slot in range(slots) if choice.random() < 0.8),
                languages=frozenset(languages),
            )
        )
        others = range(side, 2 * side) if exporter else range(side)
        wanted: dict[int, None] = {}
        while len(wanted) < min(side, choice.randint(10, 20)):
            wanted[choice.choices(others, popular)[0]] = None
        wishes += [Wish(id, one, rank) for rank, one in enumerate(wanted, 1)]
    return Day(
        slots=tuple(
            Slot(
                number, _FIRST + number * timedelta(minutes=20), _FIRST + (number + 1) * timedelta(minutes=20)
            )
            for number in range(slots)
        ),
        participants=tuple(people),
        wishes=tuple(wishes),
        tables=tables or None,
        interpreters=(Interpreters("ru", frozenset({"en", "tr"}), max(1, side // 20)),),
    )


def main() -> None:
    side, slots, tables = (int(argument) for argument in sys.argv[1:4])
    asked = day(side, slots, tables)
    wall, cpu = time.perf_counter(), time.process_time()
    found = plan(asked)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    started = time.process_time()
    greedy(ground(asked, shipped()))
    greedy_cpu = time.process_time() - started
    figures = found.figures
    print(
        json.dumps(
            {
                "wall": wall,
                "cpu": cpu,
                "greedy_cpu": greedy_cpu,
                "wishes": figures.wishes,
                "satisfied": figures.satisfied,
                "greedy_satisfied": figures.greedy_satisfied,
                "value": figures.value,
                "greedy_value": figures.greedy_value,
                "gap": figures.gap,
                "floor": figures.floor,
                "greedy_floor": figures.greedy_floor,
            }
        )
    )


if __name__ == "__main__":
    main()
