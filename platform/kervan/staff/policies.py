"""The rules that hold now, read from where they live: the law's dated limits, and what the platform decided itself."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from kervan.accounts import links, passwords, sessions, throttle
from kervan.exporters import rules as exporters
from kervan.exporters import service as verification
from kervan.files import documents, images
from kervan.importers import verification as importers
from kervan.organisations import invitations, keys
from kervan.staff import rights
from kervan.trade import rates
from kervan.trade.errors import N_, NN_

_DAY, _HOUR, _MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
DAYS, HOURS, MINUTES = (
    NN_("{n} day", "{n} days"),
    NN_("{n} hour", "{n} hours"),
    NN_("{n} minute", "{n} minutes"),
)
WORKING_DAYS = NN_("{n} working day", "{n} working days")
MONTHS = NN_("{n} month", "{n} months")
CHARACTERS = NN_("{n} character", "{n} characters")
TRIES = NN_("{n} try", "{n} tries")
PEOPLE = NN_("{n} person", "{n} people")
MEGABYTES = NN_("{n} MB", "{n} MB")
OPEN = NN_("{n} at a time", "{n} at a time")

Unit = tuple[str, str]
"""Singular and plural msgids with {n}."""


_RULES, _INVITATIONS, _FILES = "exporters.rules", "organisations.invitations", "files"


class Rule(msgspec.Struct, frozen=True):
    """A rule of the platform: its name (msgid), its figure with its unit, and the module that holds it."""

    name: str
    n: int
    unit: Unit
    where: str
    minutes: int = 0
    """What {minutes} of the name stands for."""


class Group(msgspec.Struct, frozen=True):
    """Rules that belong together, under a title (msgid)."""

    title: str
    rules: Sequence[Rule]


class Rates(msgspec.Struct, frozen=True):
    """How old the exchange rates are."""

    last: dt.date
    working_days: int
    """Days on which rates were published since."""
    stale: bool


def exchange(today: dt.date) -> Rates:
    """The last day of the exchange rates, and whether they are too old for trade."""
    last = rates.last_published()
    passed = rates.business_days_between(last, today)
    return Rates(last, passed, passed > rates.most_business_days(today))


def platform() -> Sequence[Group]:
    """The platform's own rules."""
    return (
        Group(
            N_("Sessions and passwords"),
            (
                _time(N_("A session of a firm ends after"), sessions.ABSOLUTE, "accounts.sessions"),
                _time(N_("… or without a request after"), sessions.IDLE, "accounts.sessions"),
                _time(N_("A session of staff ends after"), sessions.ABSOLUTE_STAFF, "accounts.sessions"),
                _time(N_("… or without a request after"), sessions.IDLE_STAFF, "accounts.sessions"),
                _time(N_("A typed password counts as proof for"), sessions.PROVED_FOR, "accounts.sessions"),
                Rule(N_("A password has at least"), passwords.SHORTEST, CHARACTERS, "accounts.passwords"),
                _time(N_("A link to confirm an address works for"), links.CONFIRM_FOR, "accounts.links"),
                _time(N_("A link for a new password works for"), links.RESET_FOR, "accounts.links"),
            ),
        ),
        Group(N_("Tries of one account"), tuple(_tries())),
        Group(
            N_("Verification"),
            (
                _time(N_("An exporter is verified for"), verification.VERIFICATION_DAYS, "exporters.service"),
                Rule(N_("A registration is looked at within"), exporters.REVIEW_WORKING_DAYS, WORKING_DAYS, _RULES),
                Rule(N_("It can be renewed before its end from"), exporters.RENEWAL_DAYS, DAYS, _RULES),
                *(
                    Rule(N_("The owner is reminded before its end at"), days, DAYS, _RULES)
                    for days in exporters.REMINDER_DAYS
                ),
                Rule(N_("A link of a member list works for"), exporters.ENROLMENT_DAYS, DAYS, _RULES),
                Rule(N_("An importer is verified for"), importers.MONTHS, MONTHS, "importers.verification"),
            ),
        ),
        Group(
            N_("Organisations and rights"),
            (
                _time(N_("An invitation is open for"), invitations.OPEN_FOR, _INVITATIONS),
                Rule(N_("Open invitations of an organisation"), invitations.MOST_OPEN, OPEN, _INVITATIONS),
                _time(N_("A term lasts at most"), invitations.LONGEST_TERM, _INVITATIONS),
                Rule(N_("An API key lasts at most"), keys.LONGEST_DAYS, DAYS, "organisations.keys"),
                Rule(N_("Administrators who must be left"), rights.FEWEST, PEOPLE, "staff.rights"),
            ),
        ),
        Group(
            N_("Uploads"),
            (
                Rule(N_("A photo has at most"), images.LARGEST_PHOTO // images.MB, MEGABYTES, _FILES),
                Rule(N_("A document has at most"), documents.LARGEST_DOCUMENT // images.MB, MEGABYTES, _FILES),
            ),
        ),
    )  # fmt: skip


_TRIES = {
    "sign-in": N_("Signing in, within {minutes} minutes"),
    "code": N_("Code of the second factor, within {minutes} minutes"),
    "registration": N_("Registering, within {minutes} minutes"),
    "mail": N_("Having a mail sent, within {minutes} minutes"),
}


def _tries() -> Sequence[Rule]:
    return [
        Rule(
            _TRIES[name],
            rule.account.requests,
            TRIES,
            "accounts.throttle",
            rule.account.seconds // throttle.MINUTES,
        )
        for name, rule in throttle.RULES.items()
        if name in _TRIES
    ]


def _time(name: str, span: dt.timedelta, where: str) -> Rule:
    # Whole days only from two on: "24 hours" says what it is, "1 day" might mean until midnight.
    for part, unit in ((_DAY, DAYS), (_HOUR, HOURS), (_MINUTE, MINUTES)):
        if span % part == dt.timedelta(0) and (part != _DAY or span >= 4 * _DAY):
            return Rule(name, span // part, unit, where)
    raise ValueError(f"{span} is no whole number of minutes")
