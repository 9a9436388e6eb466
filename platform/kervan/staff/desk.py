"""What stands round every page of the staff's desks: posts, associations and the Ministry."""

from typing import Any

from litestar import Request

from kervan.accounts.callers import Caller, is_staff
from kervan.organisations import queries
from kervan.organisations.desk import Entry, place
from kervan.organisations.roles import ADMINISTER, ENROL, EVENTS, REQUESTS, REVIEW_EXPORTERS, VERIFY_IMPORTERS
from kervan.trade.errors import N_
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import address

# Name, path, text (msgid), icon, right: the ways under each title (msgid).
_WAYS = (
    (
        N_("Verification"),
        (
            ("queue", "/staff/exporters", N_("Exporters"), "factory", REVIEW_EXPORTERS),
            ("claims", "/staff/claims", N_("Claims"), "flag", REVIEW_EXPORTERS),
            ("enrolments", "/staff/enrolments", N_("Member lists"), "list", ENROL),
            ("importers", "/staff/importers", N_("Importers"), "globe", VERIFY_IMPORTERS),
        ),
    ),
    (
        N_("Trade"),
        (("requests", "/staff/requests", N_("Requests"), "inbox", REQUESTS),),
    ),
    (
        N_("Events"),
        (
            ("events", "/staff/events", N_("Events"), "calendar", EVENTS),
            ("announcements", "/staff/announcements", N_("Announcements"), "send", EVENTS),
            ("meeting-days", "/staff/meeting-days", N_("Meeting days"), "users", EVENTS),
        ),
    ),
    (
        N_("Administration"),
        (
            ("orders", "/staff/orders", N_("Orders"), "file", ADMINISTER),
            ("people", "/staff/people", N_("People"), "user", ADMINISTER),
            ("organisations", "/staff/organisations", N_("Organisations"), "building", ADMINISTER),
            ("posts", "/staff/posts", N_("Posts and associations"), "pin", ADMINISTER),
            ("rights", "/staff/rights", N_("Admin rights"), "shield", ADMINISTER),
            ("audit", "/staff/audit", N_("Audit trail"), "history", ADMINISTER),
            ("declarations", "/staff/declarations", N_("Lists of carriers"), "truck", ADMINISTER),
            ("law", "/staff/law", N_("The law"), "scale", ADMINISTER),
            ("rates", "/staff/rates", N_("Exchange rates"), "refresh", ADMINISTER),
            ("policies", "/staff/policies", N_("Rules of the program"), "settings", ADMINISTER),
            ("queues", "/staff/queues", N_("Mails and queues"), "inbox", ADMINISTER),
            ("alerts", "/staff/alerts", N_("Ledger of alerts"), "bell", ADMINISTER),
        ),
    ),
)


async def frame(request: Request[Any, Any, Any], caller: Caller, current: str) -> dict[str, Any]:
    """Context for desk.html: `nav` and `place`, with the open work behind each way that the caller may go.

    `current` names the open page: queue, claims, enrolments, importers, requests, events, announcements, meeting-days,
    orders, people, organisations,
    posts, rights, audit, law, rates, policies, queues or alerts.
    """
    language = language_of(request)
    work = await queries.staff_work(caller)
    nav: list[tuple[str | None, list[Entry]]] = []
    for title, ways in _WAYS:
        entries = [
            (address(language, path), gettext(language, shown), sign, work.get(name), name == current)
            for name, path, shown, sign, right in ways
            if caller.may(right)
        ]
        if entries:
            nav.append((gettext(language, title), entries))
    mine = next((m for m in caller.memberships if is_staff(m)), None)
    return {"nav": nav, "place": place(language, mine, caller) if mine else None}


def first_desk(caller: Caller) -> str | None:
    """Path of the first desk of staff that the caller may open; None when there is none."""
    return next((path for _, ways in _WAYS for _, path, _, _, right in ways if caller.may(right)), None)
