"""What an organiser is shown of an event: what is missing and where it is mended, its steps, its time line."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from kervan.calendars import zones
from kervan.events import fields, rules, states
from kervan.events.access import Seat
from kervan.events.form import LABELS
from kervan.events.queries import Step as Taken
from kervan.events.structs import EventShown
from kervan.events.tables import EventState
from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import gettext, sentence

_MORE_DONE = {"create": N_("Begun"), "edit": N_("Changed")}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be done with an event now."""

    name: str
    text: str
    """msgid of its button."""
    reason: bool


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A part that keeps an event from being announced: its name, the sentence, and where it is mended."""

    name: str
    why: str
    path: str
    field: str = ""
    """Of the form, where it is mended there."""


def steps(shown: EventShown, seat: Seat) -> dict[str, Step]:
    """The steps that are open to the caller, by name.

    The Ministry decides on what others sent; the other steps are the organiser's own, but for cancelling.
    """
    content = shown.content
    approval = states.needs_approval(content.kind, content.organiser_kind)
    own = seat.membership.organisation == seat.organiser
    found = states.possible(shown.state, approval=approval, ministry=seat.ministry)
    if shown.phase == "DONE":
        found = tuple(name for name in found if name != "cancel")
    return {
        name: Step(name=name, text=states.ACTIONS[name].text, reason=states.ACTIONS[name].reason)
        for name in found
        if own or states.ACTIONS[name].ministry or name == "cancel"
    }


def missing(shown: EventShown, language: str) -> list[Missing]:
    """What keeps an event from being announced or sent to the Ministry."""
    if shown.state not in (EventState.DRAFT, EventState.RETURNED, EventState.APPROVED):
        return []
    wrong = rules.check_complete(shown.content, datetime.now(UTC))
    return [
        _mended_at(shown, field, Missing(name=label(field, language), why=sentence(language, why), path=""))
        for field, why in wrong.items()
    ]


def label(field: str, language: str) -> str:
    """What a part of an event is called; texts with their language."""
    name, _, rest = field.partition(".")
    said = gettext(language, LABELS.get(name, name))
    return f"{said}: {formats.language_name(language, rest)}" if name == "texts" and rest else said


def _mended_at(shown: EventShown, field: str, one: Missing) -> Missing:
    here = f"/staff/events/{shown.public_id}"
    name = field.partition(".")[0]
    if name in ("sessions", "questions"):
        path = f"{here}/{'programme' if name == 'sessions' else 'questions'}"
        return msgspec.structs.replace(one, path=path)
    form = Form("en")
    fields.note(form, {field: "?"}, shown.content)
    return msgspec.structs.replace(one, path=f"{here}/edit", field=form.errors[0][0])


def needs_approval(shown: EventShown) -> bool:
    """Whether circular 2020/6 puts the Ministry before the announcement."""
    return states.needs_approval(shown.content.kind, shown.content.organiser_kind)


def timeline(taken: Sequence[Taken], language: str) -> list[tuple[str, str, str, str]]:
    """The steps for the page, the newest first: when, who, what, why."""
    return [
        (
            formats.moment(language, step.at),
            step.by or gettext(language, N_("staff")),
            gettext(
                language,
                states.ACTIONS[step.action].done
                if step.action in states.ACTIONS
                else _MORE_DONE.get(step.action, step.action),
            ),
            step.reason or "",
        )
        for step in reversed(taken)
    ]


def twice(shown: EventShown) -> list[str]:
    """Times of the event that its clocks show twice, because they are put back that night; the first one counts."""
    held = shown.content
    if held.whole_days:
        return []
    found = []
    for at in (held.starts_at, held.ends_at):
        if at is not None:
            there = zones.local(at, held.zone)
            if zones.ambiguous(there.date(), there.time(), held.zone):
                found.append(f"{there:%H:%M}")
    return found
