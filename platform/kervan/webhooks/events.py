"""What a webhook can hear of: every event with a sentence for the people who choose."""

from collections.abc import Mapping

from kervan.trade.errors import N_

PING = "ping"
"""A trial; sent on demand only, to any webhook."""

EVENTS: Mapping[str, str] = {
    "order.submitted": N_("An importer has sent an order."),
    "order.accepted": N_("The exporter has accepted the order."),
    "order.declined": N_("The exporter has declined the order."),
    "order.countered": N_("One side has proposed other terms for the order."),
    "order.expired": N_("Nobody answered the order in time."),
    "order.withdrawn": N_("The importer has taken the order back before it was answered."),
    "order.cancelled": N_("The order was cancelled after it had been accepted."),
    "order.proforma_sent": N_("The proforma invoice of the order went out."),
    "order.confirmed": N_("The importer has confirmed the order."),
    "order.invoiced": N_("The invoice of the order was issued."),
    "order.handed_to_carrier": N_("The carrier has the parcel."),
    "order.etgb_registered": N_("The ETGB declaration of the order is registered."),
    "order.exported": N_("The ETGB is closed: the goods have left Türkiye."),
    "order.delivered": N_("The parcel was delivered."),
    "order.completed": N_("The order is complete."),
    "order.returned": N_("The goods came back."),
    "order.disputed": N_("One side has opened a dispute about the order."),
    "order.resolved": N_("The dispute about the order is settled."),
    "order.message": N_("The other side wrote a message about an order."),
    "inquiry.received": N_("An importer has sent an inquiry."),
    "inquiry.closed": N_("An inquiry was closed."),
    "quote.sent": N_("An exporter has sent a quote."),
    "quote.revised": N_("An exporter has changed a quote."),
    "quote.accepted": N_("An importer has accepted a quote."),
    "quote.declined": N_("An importer has declined a quote."),
    "request.submitted": N_("A request was sent for review."),
    "request.published": N_("A request was published."),
    "request.returned": N_("A request was sent back to be mended."),
    "request.rejected": N_("A request was rejected."),
    "request.changed": N_("A published request was changed and announced anew."),
    "request.closed": N_("A request was closed: awarded, withdrawn, or its deadline is over."),
    "request.matched": N_("A new request fits an alert of your people."),
    "meeting.proposed": N_("A meeting was asked for, or other times were proposed."),
    "meeting.confirmed": N_("Both sides agreed to a meeting, or where it is held has changed."),
    "meeting.declined": N_("A meeting was declined, or nobody answered in time."),
    "meeting.cancelled": N_("A meeting was taken back or cancelled."),
    "meeting-day.opened": N_(
        "Your firm is asked to a meeting day: say when it can come and whom it wants to meet."
    ),
    "meeting-day.published": N_(
        "The agenda of a meeting day of your firm was made known, or made known anew."
    ),
    "meeting-day.cancelled": N_("The organiser has called off a meeting day of your firm."),
    "event.published": N_("An event that fits your firm was announced."),
    "document.issued": N_("A document of an order was issued."),
    "registration.confirmed": N_("Your registration for an event is confirmed."),
    "registration.waitlisted": N_("Your firm is on the waiting list of an event."),
    "registration.offered": N_("A place at an event is offered to your firm."),
    "registration.cancelled": N_("Your registration for an event has ended."),
    PING: N_("A trial that you send yourself."),
}
"""Sentences (msgids) by the name that stands in `event`."""

CHOICES = tuple(event for event in EVENTS if event != PING)
"""What a webhook is made for; a trial reaches every one."""

GROUPS: Mapping[str, str] = {
    "order": N_("Orders"),
    "inquiry": N_("Inquiries"),
    "quote": N_("Quotes"),
    "request": N_("Requests"),
    "meeting": N_("Meetings"),
    "meeting-day": N_("Meeting days"),
    "event": N_("Events"),
    "document": N_("Documents"),
    "registration": N_("Registrations"),
}
"""Headings (msgids) by what stands before the dot of an event's name."""
