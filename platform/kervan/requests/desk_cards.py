"""What a buyer does next with its requests, for the list of them and the first page of its desk."""

from typing import Any

from kervan.accounts.callers import Membership
from kervan.organisations import roles
from kervan.requests import own_queries, states
from kervan.requests.structs import RequestRow
from kervan.requests.tables import ClosedAs, RequestState
from kervan.trade.errors import N_, NN_
from kervan.web.i18n import gettext, ngettext

_MOST = 5


def next_step(row: RequestRow, language: str) -> tuple[str, str]:
    """What the buyer does next with a request, and the tone in which it is said."""
    if row.state == RequestState.RETURNED:
        return gettext(language, N_("Mend it and send it again")), "near"
    if row.state == RequestState.DRAFT:
        return gettext(language, N_("Finish it and send it for review")), "brand"
    if row.state == RequestState.SUBMITTED:
        return gettext(language, N_("Wait: it is being looked at")), ""
    decides = row.state == RequestState.PUBLISHED or row.closed_as == ClosedAs.DEADLINE
    if decides and row.questions:
        text = ngettext(language, *NN_("{n} talk to read", "{n} talks to read"), row.questions)
        return text.format(n=row.questions), "near"
    if decides and row.answers:
        text = ngettext(language, *NN_("Look at {n} quote", "Compare {n} quotes"), row.answers)
        return text.format(n=row.answers), "near"
    if row.state == RequestState.PUBLISHED:
        return gettext(language, N_("Invite exporters that fit")), ""
    return "", ""


def words() -> dict[str, Any]:
    """What templates call the states by."""
    return {"names": states.NAMES, "tones": states.TONES, "closed_names": states.CLOSED_NAMES}


async def waiting_card(membership: Membership, language: str) -> dict[str, Any]:
    """Context of requests/desk/_waiting.html on the first page of an importer's desk."""
    if membership.importer is None:
        return {"requests_waiting": [], "requests_count": 0, "may_post": False}
    rows = await own_queries.waiting(membership.importer, _MOST)
    return {
        "requests_waiting": [(row, next_step(row, language)) for row in rows],
        "requests_count": (await own_queries.counts(membership.importer))["all"],
        "may_post": roles.BUY in membership.rights,
        "request_words": words(),
    }
