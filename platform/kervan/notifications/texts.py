"""What a notification says: its sentence in the reader's language and its sign, by what happened."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

import msgspec
from markupsafe import Markup, escape

from kervan.trade.errors import N_
from kervan.web import formats
from kervan.web.i18n import fill, gettext
from kervan.web.templates import bdi


class Kind(msgspec.Struct, frozen=True):
    """How one kind of notification is told. No sentence names a person: who is erased leaves nothing behind here."""

    sentence: str
    """A msgid with {placeholders}, each a value of the notification's data."""
    icon: str
    path: str = ""
    """Where it leads when nobody said."""
    by: str = ""
    """The value that picks another sentence."""
    others: Mapping[str, str] = {}
    """That value as text -> sentence."""


_ORDER_STEPS = {
    "submit": N_("New order {number}"),
    "accept": N_("Order {number} is accepted"),
    "decline": N_("Order {number} is declined"),
    "counter": N_("Order {number}: other terms are offered"),
    "agree": N_("Order {number}: your terms are agreed to"),
    "withdraw": N_("Order {number} is withdrawn"),
    "expire": N_("Order {number} was not answered in time"),
    "proforma": N_("Order {number}: the proforma is here"),
    "confirm": N_("Order {number}: the proforma is confirmed"),
    "invoice": N_("Order {number} is invoiced"),
    "hand-over": N_("Order {number} is with the carrier"),
    "register": N_("Order {number}: the customs declaration is registered"),
    "close": N_("Order {number} has left Türkiye"),
    "deliver": N_("Order {number} is delivered"),
    "complete": N_("Order {number} is completed"),
    "dispute": N_("Order {number}: a complaint was raised"),
    "resolve": N_("Order {number}: the complaint is closed"),
    "return": N_("Order {number}: the goods came back"),
    "cancel": N_("Order {number} is cancelled"),
}

_REQUEST_STEPS = {
    "submit": N_("Request {number} waits for review"),
    "publish": N_("Your request {number} is on the board"),
    "return": N_("Your request {number} came back"),
    "reject": N_("Your request {number} was rejected"),
    "edit": N_("Request {number} was changed"),
    "review-again": N_("Request {number} waits for review again"),
    "withdraw": N_("Request {number} was withdrawn"),
    "award": N_("Request {number}: a quote was accepted"),
    "expire": N_("Request {number}: the deadline is over"),
    "remind": N_("Request {number} still waits for review"),
    "escalate": N_("Request {number} is overdue"),
}

_EVENT_STEPS = {
    "submit": N_("An event waits for approval: {title}"),
    "approve": N_("Your event is approved: {title}"),
    "return": N_("Your event came back: {title}"),
    "cancel": N_("The event was cancelled: {title}"),
}

_REGISTRATION_STEPS = {
    "apply": N_("Your registration is with the organiser: {title}"),
    "register": N_("You have a place: {title}"),
    "queue": N_("You are on the waiting list: {title}"),
    "confirm": N_("You have a place: {title}"),
    "hold": N_("You are on the waiting list: {title}"),
    "reject": N_("Your registration was not accepted: {title}"),
    "offer": N_("A place is free for you: {title}"),
    "promote": N_("You have a place: {title}"),
    "accept": N_("You have a place: {title}"),
    "decline": N_("Your registration is cancelled: {title}"),
    "lapse": N_("The offered place went on: {title}"),
    "cancel": N_("Your registration is cancelled: {title}"),
    "remove": N_("Your registration is cancelled: {title}"),
    "call-off": N_("Cancelled: {title}"),
    "moved": N_("New time or place: {title}"),
}

_MEETING_STEPS = {
    "ask": N_("{other} asks you for a meeting"),
    "propose": N_("{other} proposes other times for your meeting"),
    "accept": N_("Your meeting with {other} is agreed"),
    "confirm": N_("Your meeting with {other} is agreed"),
    "decline": N_("{other} declines the meeting"),
    "withdraw": N_("{other} took the meeting back"),
    "move": N_("{other} asks for another time for your meeting"),
    "cancel": N_("The meeting with {other} is cancelled"),
    "call-off": N_("The meeting with {other} is cancelled"),
    "room": N_("The meeting with {other} has another room"),
    "lapse": N_("The meeting with {other} was not agreed in time"),
    "no-show": N_("You were missed at the meeting with {other}"),
}

_ANNOUNCEMENT_STEPS = {
    "approve": N_("Your announcement {name} is approved"),
    "give-back": N_("Your announcement {name} came back"),
}

# A mail whose template stands here is told under the bell as well (notifications.letters); kinds that no mail has may
# stand here too.
KINDS: Mapping[str, Kind] = {
    # Orders
    "order_step": Kind(N_("Order {number} has changed"), "file", by="action", others=_ORDER_STEPS),
    # Conversations
    "message_received": Kind(N_("New message about {number}"), "mail"),
    # Inquiries and quotes
    "inquiry_received": Kind(N_("New inquiry {number} from {country}"), "inbox"),
    "inquiry_declined": Kind(
        N_("{who} declines your inquiry {number}"),
        "inbox",
        by="about",
        others={"REQUEST": N_("{who} steps back from your request {number}")},
    ),
    "inquiry_closed": Kind(
        N_("Inquiry {number} is over"),
        "inbox",
        by="about",
        others={"REQUEST": N_("Request {number} is over")},
    ),
    "inquiry_expired": Kind(
        N_("Your inquiry {number} has run out"),
        "clock",
        by="about",
        others={"REQUEST": N_("The time for quotes to your request {number} is over")},
    ),
    "quote_sent": Kind(
        N_("{who} sent a quote for your inquiry {number}: {total}"),
        "document",
        by="about",
        others={"REQUEST": N_("{who} sent a quote for your request {number}: {total}")},
    ),
    "quote_revised": Kind(
        N_("{who} sent a new quote for your inquiry {number}: {total}"),
        "document",
        by="about",
        others={"REQUEST": N_("{who} sent a new quote for your request {number}: {total}")},
    ),
    "quote_withdrawn": Kind(N_("{who} withdrew its quote for {number}"), "document"),
    "quote_accepted": Kind(N_("Your quote {quote} is accepted"), "check-circle"),
    "quote_declined": Kind(N_("Your quote {quote} was not taken"), "document"),
    "quote_expired": Kind(N_("Your quote {quote} has run out"), "clock"),
    "quote_expired_buyer": Kind(
        N_("A quote for your inquiry {number} has run out"),
        "clock",
        by="about",
        others={"REQUEST": N_("A quote for your request {number} has run out")},
    ),
    # Requests
    "request_step": Kind(N_("Request {number} has changed"), "file", by="action", others=_REQUEST_STEPS),
    "request_reminder": Kind(
        N_("Request {number} needs you soon"),
        "clock",
        by="kind",
        others={
            "QUOTES": N_("Quotes for {number} run out soon"),
            "DEADLINE": N_("The deadline of {number} is near"),
            "INVITATION": N_("Your invitation to quote for {number} is still open"),
        },
    ),
    "outcome_asked": Kind(N_("What became of {number}?"), "check-circle"),
    "answer_irrelevant": Kind(N_("Your answer to {number} was marked as not fitting"), "warning"),
    "request_alert": Kind(N_("A new request fits your alerts: {title}, {country}"), "bell"),
    "request_invitation": Kind(N_("You are invited to quote: {title}, {country}"), "send"),
    # Events
    "event_step": Kind(N_("An event has changed: {title}"), "calendar", by="action", others=_EVENT_STEPS),
    "event_published": Kind(N_("New event: {title}, {when}"), "calendar"),
    "announcement_step": Kind(
        N_("The announcement {name} waits for approval"), "send", by="action", others=_ANNOUNCEMENT_STEPS
    ),
    # Registrations for events
    "registration_step": Kind(
        N_("Your registration has changed: {title}"), "calendar", by="action", others=_REGISTRATION_STEPS
    ),
    "registration_news": Kind(N_("New registrations wait for you: {title}"), "users"),
    "registration_reminder": Kind(
        N_("Soon: {title}"),
        "clock",
        by="stage",
        others={
            "7D": N_("In a week: {title}"),
            "1D": N_("Tomorrow: {title}"),
            "1H": N_("In an hour: {title}"),
        },
    ),
    "event_survey": Kind(N_("How was it? {title}"), "star"),
    "guest_asks": Kind(N_("People ask to be invited: {title}"), "mail"),
    "guest_joined": Kind(N_("You can register now: {title}"), "calendar"),
    # Meetings
    "meeting_step": Kind(
        N_("Your meeting with {other} has changed"), "users", by="action", others=_MEETING_STEPS
    ),
    "meeting_agenda": Kind(N_("Your agenda is here: {title}"), "calendar"),
    "meeting_day": Kind(
        N_("Say whom you want to meet: {title}"),
        "calendar",
        by="action",
        others={"cancelled": N_("The meeting day is called off: {title}")},
    ),
    "meeting_reminder": Kind(
        N_("Tomorrow you meet {other}"),
        "clock",
        by="stage",
        others={"1H": N_("In an hour you meet {other}")},
    ),
    "meeting_outcome": Kind(N_("What came of the meeting with {other}?"), "check-circle"),
    # Exporters
    "exporter_submitted": Kind(N_("We have received the application of {organisation}"), "shield"),
    "exporter_needs_info": Kind(N_("The application of {organisation} needs something more"), "shield"),
    "exporter_verified": Kind(N_("{organisation} is verified"), "check-circle"),
    "exporter_rejected": Kind(N_("The application of {organisation} was not accepted"), "shield"),
    "exporter_suspended": Kind(N_("{organisation} is suspended"), "warning"),
    "exporter_reinstated": Kind(N_("{organisation} is visible again"), "check-circle"),
    "exporter_expiring": Kind(N_("The verification of {organisation} ends on {until}"), "clock"),
    "exporter_expired": Kind(N_("The verification of {organisation} has ended"), "warning"),
    "claim_decided": Kind(
        N_("Your claim was not accepted"),
        "flag",
        path="/desk",
        by="accepted",
        others={"True": N_("You now run the page of {organisation}")},
    ),
    "claim_new_owner": Kind(N_("{organisation} has another owner now"), "users"),
    "import_done": Kind(N_("Your product file {file} was read"), "upload"),
    # Importers
    "importer_verified": Kind(N_("{organisation} is verified"), "check-circle", path="/products"),
    "importer_suspended": Kind(N_("{organisation} is suspended"), "warning"),
    "importer_reinstated": Kind(N_("{organisation} can trade here again"), "check-circle"),
    "importer_not_verified": Kind(N_("{organisation} was not verified"), "shield"),
    "importer_changed": Kind(N_("{organisation} has to be verified anew"), "shield"),
    "importer_expired": Kind(N_("The verification of {organisation} has ended"), "warning"),
    # Organisations
    "membership_changed": Kind(
        N_("Your role at {organisation} has changed: {role}"),
        "users",
        by="role",
        others={"None": N_("You no longer work for {organisation} at Kervan")},
    ),
    "api_key_created": Kind(N_("A new API key for {organisation}: {label}"), "key"),
    "api_keys_ended": Kind(N_("API keys of {organisation} have stopped"), "key"),
    "webhook_paused": Kind(N_("A webhook of {organisation} is paused: {label}"), "send"),
    "post_handed_over": Kind(
        N_("Your term at the post in {country} has ended"),
        "flag",
        by="received",
        others={"True": N_("You take over work of the post in {country}")},
    ),
    "law_changed": Kind(N_("A new rule touches what you have open: {legal_ref}"), "scale"),
    # Administration
    "law_proposed": Kind(N_("A change of the law waits for your decision"), "scale"),
    "rights_proposed": Kind(N_("Admin rights wait for your decision"), "shield"),
    # The account
    "new_sign_in": Kind(N_("New sign-in to your account, {device}"), "log-in", path="/account/sessions"),
    "password_changed": Kind(N_("Your password was changed"), "lock", path="/account/password"),
    "second_factor_changed": Kind(
        N_("Signing in no longer needs a code"),
        "lock",
        path="/account/second-factor",
        by="on",
        others={"True": N_("Signing in now needs a code as well")},
    ),
    "email_change_asked": Kind(
        N_("Your account is about to get another e-mail address"), "mail", path="/account/email"
    ),
    "email_changed": Kind(N_("Your e-mail address was changed"), "mail", path="/account/email"),
    "account_reinstated": Kind(N_("Your account is open again"), "user", path="/account"),
}

UNKNOWN = Kind(N_("There is news for you"), "bell")
"""Of a kind that this release does not know."""

Format = Callable[[str, Mapping[str, Any]], str]
"""A value as the reader sees it, of the language and the notification's data."""


def _country(name: str) -> Format:
    return lambda language, data: formats.country(language, data[name])


def _day(name: str) -> Format:
    return lambda language, data: formats.day(language, date.fromisoformat(str(data[name])[:10]))


def _moment(name: str) -> Format:
    return lambda language, data: formats.moment(language, datetime.fromisoformat(data[name]))


def _msgid(name: str) -> Format:
    return lambda language, data: gettext(language, data[name])


def _number(name: str) -> Format:
    return lambda language, data: formats.number(language, data[name])


def _total(language: str, data: Mapping[str, Any]) -> str:
    return formats.money(language, Decimal(data["total"]), data["currency"])


# By the name of the placeholder, whatever the kind; all others stand as they came.
FORMATS: Mapping[str, Format] = {
    "country": _country("country"),
    "until": _day("until"),
    "deadline": _day("deadline"),
    "at": _moment("at"),
    "role": _msgid("role"),
    "count": _number("count"),
    "total": _total,
}
_NEEDS = {"total": ("currency",)}
"""What a format reads beside its own value."""


def sentence(language: str, kind: str, data: Mapping[str, Any]) -> str:
    """What the notification says in the language. Never fails: data that lacks something makes the neutral sentence."""
    msgid, values = _filled(language, kind, data)
    return fill(gettext(language, msgid), msgid, values)


def markup(language: str, kind: str, data: Mapping[str, Any]) -> Markup:
    """The same for a page: every value keeps its own direction inside the sentence."""
    msgid, values = _filled(language, kind, data)
    safe = {name: str(bdi(value)) for name, value in values.items()}
    return Markup(fill(str(escape(gettext(language, msgid))), str(escape(msgid)), safe))


def _filled(language: str, kind: str, data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The msgid, and the value of each of its placeholders as the reader sees it."""
    found = KINDS.get(kind, UNKNOWN)
    msgid = found.others.get(str(data.get(found.by)), found.sentence) if found.by else found.sentence
    try:
        return msgid, {name: _shown(language, name, data) for name in _names(msgid)}
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return UNKNOWN.sentence, {}


def _shown(language: str, name: str, data: Mapping[str, Any]) -> str:
    shape = FORMATS.get(name)
    return shape(language, data) if shape is not None and data[name] is not None else str(data[name])


def icon(kind: str) -> str:
    """Name of the sign that stands beside the sentence."""
    return KINDS.get(kind, UNKNOWN).icon


def needed(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the sentences of a kind can need: nothing else is kept."""
    found = KINDS[kind]
    names = {name for msgid in (found.sentence, *found.others.values()) for name in _names(msgid)}
    names |= {other for name in names for other in _NEEDS.get(name, ())}
    return {name: value for name, value in values.items() if name in names or name == found.by}


def _names(msgid: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(msgid) if name}
