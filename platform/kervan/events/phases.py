"""Where an event stands now: its state, and for a published one what the clock says. One rule, in Python and in SQL."""

from datetime import datetime

from kervan.events.tables import EventState, RegistrationBy

REG_OPEN = "REG_OPEN"
REG_CLOSED = "REG_CLOSED"
LIVE = "LIVE"
DONE = "DONE"

COMING = frozenset({EventState.PUBLISHED.value, REG_OPEN, REG_CLOSED})
"""Announced, and not begun."""

PHASE = """
CASE WHEN e.state <> 'PUBLISHED' THEN e.state
    WHEN e.ends_at <= now() THEN 'DONE'
    WHEN e.starts_at <= now() THEN 'LIVE'
    WHEN e.registration = 'NONE' OR e.registration_opens_at > now() THEN 'PUBLISHED'
    WHEN e.registration_closes_at <= now() THEN 'REG_CLOSED'
    ELSE 'REG_OPEN' END
"""
"""`e` is trade_event."""


def phase(
    state: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    registration: str,
    opens_at: datetime | None,
    closes_at: datetime | None,
    now: datetime,
) -> str:
    """The state of an event that is not published, else PUBLISHED (nobody can register yet, or ever), REG_OPEN,
    REG_CLOSED, LIVE or DONE.

    A window without beginning is open at once, one without end closes when the event begins.
    """
    if state != EventState.PUBLISHED or starts_at is None or ends_at is None:
        return state
    if ends_at <= now:
        return DONE
    if starts_at <= now:
        return LIVE
    if registration == RegistrationBy.NONE or (opens_at is not None and opens_at > now):
        return EventState.PUBLISHED.value
    if closes_at is not None and closes_at <= now:
        return REG_CLOSED
    return REG_OPEN


def is_open(
    state: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    registration: str,
    opens_at: datetime | None,
    closes_at: datetime | None,
    now: datetime,
) -> bool:
    """Whether one can register now. A window that ends after the beginning keeps a running event open."""
    if state != EventState.PUBLISHED or registration == RegistrationBy.NONE or starts_at is None:
        return False
    last = min(closes_at or starts_at, ends_at or starts_at)
    return (opens_at is None or opens_at <= now) and now < last
