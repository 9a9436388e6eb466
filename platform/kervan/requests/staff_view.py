"""What a reviewer is shown of a request: what it lacks, what the gate found, which steps are open, its time line."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from kervan.errors import Conflict
from kervan.nomenclature.structs import NodeLink
from kervan.organisations.tables import Kind
from kervan.requests import codes, queries, rules, states
from kervan.requests.access import Seat
from kervan.requests.import_gate import PROBLEMS
from kervan.requests.states import ACTIONS, BUYER_NAMES
from kervan.requests.structs import EventShown, RequestShown
from kervan.requests.tables import RequestState, Source, Visibility
from kervan.requests.wording import LABELS, VISIBILITIES
from kervan.trade import law
from kervan.trade.errors import N_
from kervan.trade.law import RestrictedGoods
from kervan.web import formats
from kervan.web.i18n import gettext, sentence, translate
from kervan_search.engine import Engine

INCOMPLETE = N_("This request cannot be announced yet. What it lacks stands below.")
_MORE_LABELS = {"source_url": N_("Address of the notice"), "source_ref": N_("Number of the notice")}
_NOT_SENT = N_("The buyer has not sent this request yet.")
_NOT_ITS_OWN = N_("This is no request of your own office.")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be done with a request now."""

    name: str
    text: str
    """msgid of its button."""
    reason: bool


def steps(shown: RequestShown, seat: Seat) -> dict[str, Step]:
    """The steps that are open to the caller, by name, as the page offers them.

    What a post may not publish itself it sends for review; what it wrote itself is taken back, not sent back.
    """
    offered = [name for name, arrow in ACTIONS.items() if arrow.text and _offers(name, shown, seat)]
    return {
        name: Step(name=name, text=ACTIONS[name].text, reason=ACTIONS[name].reason)
        for name in offered
        if states.may(name, shown.state, seat.side)
    }


def _offers(name: str, shown: RequestShown, seat: Seat) -> bool:
    abroad = seat.side == states.Side.POST and shown.buyer_country != seat.membership.country
    waiting = shown.state == RequestState.SUBMITTED
    by_hand = is_own(shown, seat) and not shown.gate
    match name:
        case "publish":
            # A draft of the importer is its own business until it sends it.
            return not abroad and (waiting or shown.source != Source.IMPORTER)
        case "submit":
            return abroad and is_own(shown, seat)
        case "take-back":
            return by_hand
        case "return":
            return not is_own(shown, seat)
        case "reject":
            return not by_hand
        case _:
            return name == "withdraw"


def is_own(shown: RequestShown, seat: Seat) -> bool:
    """Whether the caller's own post posted it on behalf of a buyer."""
    return (
        shown.source != Source.IMPORTER
        and seat.membership.kind == Kind.POST
        and shown.post == seat.membership.organisation
    )


async def check_step(seat: Seat, step: str) -> None:
    """Raises Conflict for steps on what another office wrote that only the office itself takes, and for publishing
    what an importer has not sent, or has taken back."""
    if step not in ("submit", "take-back", "discard", "publish"):
        return
    shown = await queries.shown(seat.request)
    if step == "publish":
        if shown.source == Source.IMPORTER and shown.state in states.EDITABLE:
            raise Conflict(_NOT_SENT)
    elif not is_own(shown, seat):
        raise Conflict(_NOT_ITS_OWN)


def speaks(shown: RequestShown) -> bool:
    """Whether the post answers exporters for the buyer (as inquiries.access.asked has it)."""
    return shown.source != Source.IMPORTER or shown.visibility == Visibility.POST or shown.represented


def lacking(shown: RequestShown, language: str) -> list[tuple[str, str]]:
    """What keeps a request from being announced: name of the field and sentence, in the reader's language."""
    if shown.state not in (RequestState.DRAFT, RequestState.RETURNED, RequestState.SUBMITTED):
        return []
    wrong = rules.check_complete(shown.content, datetime.now(UTC))
    return [(label(field, language), sentence(language, why)) for field, why in wrong.items()]


def label(field: str, language: str) -> str:
    """What a field of a request is called."""
    name = field.partition(".")[0]
    return gettext(language, {**LABELS, **_MORE_LABELS}.get(name, name))


def gate(shown: RequestShown, language: str) -> list[tuple[str, str]]:
    """What the quality gate found when the notice came in: name of the field and sentence."""
    return [
        (
            label(found["field"], language),
            translate(language, PROBLEMS.get(found["problem"], ""), value=found.get("value", "")),
        )
        for found in shown.gate
        if found["problem"] in PROBLEMS
    ]


async def suggested(engine: Engine, shown: RequestShown, language: str) -> Sequence[NodeLink]:
    """Headings that the words of a request without a code may mean."""
    waits = shown.state in (RequestState.DRAFT, RequestState.RETURNED, RequestState.SUBMITTED)
    if shown.hs_code or not waits or not shown.title:
        return []
    return (await codes.of_text(engine, shown.title, shown.summary, language))[:4]


def restriction(shown: RequestShown) -> RestrictedGoods | None:
    """The rule on restricted goods that holds for the code and the country of delivery today."""
    if not shown.hs_code or not shown.country:
        return None
    return law.current().restricted_goods(shown.hs_code, shown.country, law.day_of(datetime.now(UTC)))


def timeline(events: Sequence[EventShown], language: str) -> list[tuple[str, str, str, str]]:
    """The steps for the page, the newest first: when, who, what, why."""
    who = {
        "SYSTEM": N_("by the clock"),
        "IMPORTER": N_("the buyer"),
        "POST": N_("the post"),
        "STAFF": N_("staff"),
    }
    return [
        (
            formats.moment(language, event.at),
            event.by or gettext(language, who.get(event.side, event.side)),
            gettext(language, ACTIONS[event.action].done if event.action in ACTIONS else event.action),
            event.reason or "",
        )
        for event in reversed(events)
    ]


def buyer_type(shown: RequestShown, language: str) -> str:
    """What the buyer does with the goods, in words."""
    return gettext(language, BUYER_NAMES[shown.buyer_type]) if shown.buyer_type else ""


def visibility(shown: RequestShown, language: str) -> str:
    """How exporters reach the buyer, in words."""
    return gettext(language, VISIBILITIES[shown.visibility][0])
