"""What the API says and takes about webhooks."""

from datetime import datetime

import msgspec

from kervan.web.paging import PageLinks


class WebhookWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook as it shall be."""

    name: str
    url: str
    """https, a public host name, port 443."""
    events: tuple[str, ...]
    """Such as order.submitted; unknown ones are refused."""


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    name: str | None = None
    url: str | None = None
    events: tuple[str, ...] | None = None
    active: bool | None = None
    """false pauses it, true resumes it and sends what waited."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook of your organisation."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    active: bool
    paused_reason: str | None
    """BY_HAND or FAILING; null while it is active."""
    failures: int
    """Deliveries that were given up since one was taken last."""
    waiting: int
    """Deliveries on their way."""
    created_at: datetime


class WebhookMade(Webhook, frozen=True, kw_only=True):
    """A new webhook, and its secret: the only time that it is shown."""

    secret: str
    """whsec_ and a key in base64, as libraries for Standard Webhooks take it."""


class WebhookDocument(msgspec.Struct, frozen=True):
    """One webhook."""

    data: Webhook


class WebhookMadeDocument(msgspec.Struct, frozen=True):
    """The webhook that was made."""

    data: WebhookMade


class WebhookList(msgspec.Struct, frozen=True):
    """All webhooks of your organisation."""

    data: tuple[Webhook, ...]


class WebhookSecret(msgspec.Struct, frozen=True):
    """A new secret; the one before signs as well for 24 hours."""

    secret: str


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one webhook."""

    id: str
    event: str
    event_id: str
    """What stands in the header webhook-id and in `id` of the body."""
    state: str
    """QUEUED, SENT or FAILED."""
    attempts: int
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    last_answer: str | None
    """The first 500 characters of what your server said."""
    duration_ms: int | None
    created_at: datetime
    delivered_at: datetime | None


class WebhookDeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the log, newest first; 30 days are kept."""

    data: tuple[WebhookDelivery, ...]
    total: int
    page: int
    pages: int
    per_page: int
    links: PageLinks


class WebhookSent(msgspec.Struct, frozen=True):
    """The delivery that is on its way now."""

    delivery: str
