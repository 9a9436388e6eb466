"""What the API says and takes about notifications."""

from datetime import datetime
from typing import Any

import msgspec

from kervan.web.paging import PageLinks


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, as its reader is told of it."""

    id: str
    kind: str
    """What happened, such as order_step or message_received; there will be more of them."""
    text: str
    """The sentence, in the language of the answer."""
    data: dict[str, Any]
    """What the sentence names."""
    url: str
    """The page that it leads to."""
    organisation: str | None
    """The organisation that it concerns; null when it concerns the person alone."""
    created_at: datetime
    read_at: datetime | None


class NotificationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of notifications, newest first."""

    data: tuple[Notification, ...]
    unread: int
    """How many are not read; counted up to 100."""
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class NotificationsRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was read: some by their ids, or all."""

    ids: tuple[str, ...] | None = None
    """At most 200."""
    all: bool = False


class NotificationsMarked(msgspec.Struct, frozen=True, kw_only=True):
    """How many were marked, and how many are left."""

    marked: int
    unread: int
