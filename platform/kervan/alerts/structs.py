"""What the alerts' pages, API and mails hand to each other."""

from datetime import datetime

import msgspec

from kervan.alerts.conditions import Conditions


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as its owner wants it."""

    name: str
    conditions: Conditions
    frequency: str
    """AT_ONCE, DAILY or WEEKLY: of the mails. The bell and webhooks hear at once in any case."""
    channels: tuple[str, ...]
    """MAIL, IN_APP, WEBHOOK; none: the Atom feed alone."""


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """An alert with what it asks for now, or asked for last."""

    id: int
    public_id: str
    organisation: int
    organisation_id: str
    organisation_name: str
    kind: str
    """Of the organisation."""
    name: str
    frequency: str
    channels: tuple[str, ...]
    feed_token: str
    suggested: bool
    version: int
    created_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    conditions: Conditions
    matches: int
    """Rows in the ledger."""
    waiting: int
    """Of them, those that the next mail tells of."""
    last_told: datetime | None


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger, as the alert's owner sees it."""

    id: int
    request: str
    """Public id."""
    title: str
    country: str
    edition: int
    state: str
    created_at: datetime
    told_at: datetime | None
    mailed: bool
    slug: str
    public: bool
    """The request still has a page on the board."""
