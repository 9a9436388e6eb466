"""Why a wish is not met: the first of these that is true of the finished plan, and its sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence

from kervan.meetings.planner_ground import Ground, cannot, helpers
from kervan.meetings.planner_shapes import Day, Meeting, Why, Wish
from kervan.trade.errors import N_

SENTENCES: Mapping[str, str] = {
    "SELF": N_("You cannot meet yourself."),
    "UNKNOWN": N_("This firm does not take part in the meeting day."),
    "SAME_SIDE": N_("Exporters meet importers; this firm is on your own side."),
    "TWICE": N_("You wished for this firm twice; the better rank counts."),
    "TOO_MANY": N_("At most {most} wishes are planned; this one comes after them."),
    "BLOCKED": N_("This meeting was called off or ruled out."),
    "OWN_ABSENT": N_("You did not come."),
    "PARTNER_ABSENT": N_("{partner} did not come."),
    "OWN_NO_TIME": N_("You are free at none of the times of this day."),
    "PARTNER_NO_TIME": N_("{partner} is free at none of the times of this day."),
    "NO_COMMON_SLOT": N_("You have no free time in common. Free times: you {own}, {partner} {theirs}."),
    "NO_INTERPRETER": N_("You have no language in common, and nobody interprets between yours and theirs."),
    "OWN_MOST": N_("You have as many meetings as you want at most: {most}."),
    "PARTNER_MOST": N_("{partner} has as many meetings as it wants at most."),
    "OWN_FULL": N_("At every time at which you could meet, you have another meeting. Times: {slots}."),
    "PARTNER_FULL": N_(
        "At every time at which you could meet, {partner} has another meeting. Times: {slots}."
    ),
    "TAKEN_BY_BETTER": N_(
        "At every time at which you could meet, one of you has another meeting that counts at least as much."
        " Times: {slots}."
    ),
    "TAKEN": N_("At every time at which you could meet, one of you has another meeting. Times: {slots}."),
    "NO_TABLE": N_("At every time that both of you have free, all tables are taken. Times: {free}."),
    "INTERPRETERS_BUSY": N_(
        "You need an interpreter, and at every time that both of you have free all of them are busy. Times: {free}."
    ),
    "NO_ROOM": N_(
        "At every time that both of you have free, all tables are taken or all interpreters are busy. Times: {free}."
    ),
}
"""By code. {partner} is the name of the firm that was wished for; the other figures are in Why.params."""


def reasons(day: Day, ground: Ground, meetings: Sequence[Meeting]) -> tuple[Why, ...]:
    """Every wish that the plan does not meet with its reason, by who wished and its rank."""
    taken = Taken(day, ground, meetings)
    found = [
        taken.why(wish) for wish in ground.wishes if ground.pair(wish.by, wish.wanted) not in taken.pairs
    ]
    return tuple(
        sorted((*ground.refused, *found), key=lambda why: (why.wish.by, why.wish.rank, why.wish.wanted))
    )


class Taken:
    """A finished plan, as it is looked at for reasons."""

    def __init__(self, day: Day, ground: Ground, meetings: Sequence[Meeting]) -> None:
        self.day, self.ground = day, ground
        self.pairs = {meeting.pair for meeting in meetings}
        self.meeting_of = {(one, meeting.slot): meeting for meeting in meetings for one in meeting.pair}
        self.count = Counter(one for meeting in meetings for one in meeting.pair)
        self.at = Counter(meeting.slot for meeting in meetings)
        self.served = Counter((meeting.slot, meeting.interpreter) for meeting in meetings)
        self.able: Counter[str] = Counter()
        for one in day.interpreters:
            self.able[one.language] += max(0, one.at_once)

    def why(self, wish: Wish) -> Why:
        """The reason why this wish, which is none of the plan's, is not met."""
        own, partner = self.ground.people[wish.by], self.ground.people[wish.wanted]
        exporter, importer = (own, partner) if own.side == "EXPORTER" else (partner, own)
        slots = set(self.ground.slots)
        match cannot(self.day, exporter, importer):
            case "ABSENT":
                return Why(wish, "OWN_ABSENT" if own.absent else "PARTNER_ABSENT", {})
            case "NO_COMMON_SLOT":
                mine, theirs = len(own.available & slots), len(partner.available & slots)
                code = "OWN_NO_TIME" if not mine else "NO_COMMON_SLOT" if theirs else "PARTNER_NO_TIME"
                return Why(wish, code, {"own": mine, "theirs": theirs} if mine and theirs else {})
            case str(code):
                return Why(wish, code, {})
        for one, code in ((own, "OWN_MOST"), (partner, "PARTNER_MOST")):
            if one.most is not None and self.count[one.id] >= one.most:
                return Why(wish, code, {"most": one.most} if one is own else {})
        common = sorted(own.available & partner.available & slots)
        free = [slot for slot in common if not self._busy(own.id, slot) and not self._busy(partner.id, slot)]
        if free:
            names = helpers(self.day, exporter, importer)
            return Why(wish, self._no_room(free, names), {"free": _listed(free)})
        return Why(wish, self._in_the_way(wish, common), {"slots": _listed(common)})

    def _in_the_way(self, wish: Wish, common: Sequence[int]) -> str:
        if all(self._busy(wish.by, slot) for slot in common):
            return "OWN_FULL"
        if all(self._busy(wish.wanted, slot) for slot in common):
            return "PARTNER_FULL"
        value = self.ground.values[self.ground.pair(wish.by, wish.wanted)]
        others = [
            meeting.pair
            for slot in common
            for one in (wish.by, wish.wanted)
            if (meeting := self._busy(one, slot)) is not None
        ]
        better = all(self.ground.values.get(pair, 0) >= value for pair in others)
        return "TAKEN_BY_BETTER" if better else "TAKEN"

    def _no_room(self, free: Sequence[int], names: Sequence[str | None]) -> str:
        tables = self.day.tables
        full = [tables is not None and self.at[slot] >= tables for slot in free]
        busy = [
            all(name is not None and self.served[slot, name] >= self.able[name] for name in names)
            for slot in free
        ]
        if all(full):
            return "NO_TABLE"
        return "INTERPRETERS_BUSY" if all(busy) else "NO_ROOM"

    def _busy(self, one: int, slot: int) -> Meeting | None:
        return self.meeting_of.get((one, slot))


def _listed(slots: Sequence[int]) -> str:
    return ", ".join(str(slot) for slot in slots)
