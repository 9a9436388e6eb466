"""What happened to a firm, in plain words."""

from collections.abc import Mapping, Sequence
from datetime import date

from kervan.exporters.desk_queries import Event
from kervan.trade.errors import N_
from kervan.web.formats import day, moment
from kervan.web.i18n import gettext, translate

STEP_NAMES: Mapping[str, str] = {
    "identity": N_("Identity"),
    "company": N_("Company"),
    "address": N_("Address"),
    "trade": N_("Trade"),
    "contact": N_("Contact"),
    "documents": N_("Documents"),
    "texts": N_("About"),
    "declarations": N_("Declarations"),
    "review": N_("Send"),
}

DOCUMENT_NAMES: Mapping[str, str] = {
    "TAX_PLATE": N_("Tax plate"),
    "SIGNATURE_CIRCULAR": N_("Signature circular"),
    "CAPACITY_REPORT": N_("Capacity report"),
    "OTHER": N_("Another document"),
}

_PLAIN: Mapping[str, str] = {
    "exporter.created": N_("The registration was begun."),
    "exporter.document_removed": N_("A document was taken away."),
    "exporter.renewal_asked": N_("The renewal of the verification was asked for."),
    "exporter.renewal_returned": N_("The renewal needs more information."),
    "exporter.profile_changed": N_("The profile was changed."),
    "exporter.claimed": N_("Somebody claimed the firm."),
    "exporter.checked": N_("The checklist or the note was changed."),
    "exporter.rejection_proposed": N_("A rejection was proposed."),
    "exporter.rejection_returned": N_("The proposed rejection was given back."),
    "exporter.limits": N_("The order limits were changed."),
    "exporter.holiday_added": N_("A holiday was entered."),
    "exporter.holiday_removed": N_("A holiday was taken out."),
}

_MOVED: Mapping[str, str] = {
    "SUBMITTED": N_("The registration was handed in."),
    "UNDER_REVIEW": N_("A reviewer has begun to look at it."),
    "NEEDS_INFO": N_("The reviewer asked for more."),
    "VERIFIED": N_("The firm was verified."),
    "REJECTED": N_("The registration was rejected."),
    "SUSPENDED": N_("The firm was suspended."),
    "EXPIRED": N_("The verification ended."),
    "CLOSED": N_("The firm was closed."),
}


def told(language: str, events: Sequence[Event]) -> list[tuple[str, str, str, str]]:
    """(when, who, what, why) of each event in the reader's language, for the history of a page."""
    return [
        (
            moment(language, event.at),
            event.actor or _who(language, event),
            _what(language, event),
            event.reason or "",
        )
        for event in events
    ]


def _who(language: str, event: Event) -> str:
    return "" if event.by_member else gettext(language, N_("Kervan"))


def _what(language: str, event: Event) -> str:
    if event.action == "exporter.verification":
        after = str(event.after.get("verification", ""))
        if after == "VERIFIED" and event.before.get("verification") == "SUSPENDED":
            return gettext(language, N_("The suspension was lifted."))
        return gettext(language, _MOVED.get(after, after))
    if event.action == "exporter.created" and event.after.get("verification") == "VERIFIED":
        return gettext(language, N_("The firm came to Kervan with its verification."))
    if event.action == "exporter.step_saved":
        step = gettext(language, STEP_NAMES.get(str(event.after.get("step")), ""))
        return translate(language, N_("Saved: {step}."), step=step)
    if event.action == "exporter.document_added":
        kind = gettext(language, DOCUMENT_NAMES.get(str(event.after.get("kind")), ""))
        return translate(language, N_("Document added: {kind}."), kind=kind)
    if event.action == "exporter.renewed":
        return translate(
            language, N_("The verification was renewed until {day}."), day=_day(language, event.after)
        )
    if event.action == "exporter.reminded":
        return translate(
            language, N_("A reminder was mailed: valid until {day}."), day=_day(language, event.after)
        )
    if event.action == "exporter.claim_decided":
        accepted = event.after.get("accepted")
        return gettext(language, N_("A claim was accepted.") if accepted else N_("A claim was refused."))
    return gettext(language, _PLAIN.get(event.action, event.action))


def _day(language: str, after: Mapping[str, object]) -> str:
    return day(language, date.fromisoformat(str(after["until"])))
