"""What a page says after a form was carried out: `?said=<name>` picks a sentence of ours, never a text from outside."""

from collections.abc import Mapping

from kervan.trade.errors import N_
from kervan.web import i18n

SENTENCES: Mapping[str, str] = {
    # accounts
    "signed-out": N_("You are signed out."),
    "signed-in": N_("You are signed in."),
    "password-changed": N_("Your password is changed. Your other sessions were ended."),
    "email-asked": N_("We have sent a link to the new address. The old one holds until you open it."),
    "email-changed": N_("Your e-mail address is changed."),
    "saved": N_("Saved."),
    "session-ended": N_("That session is ended."),
    "sessions-ended": N_("All other sessions are ended."),
    "recovery-used": N_(
        "That recovery code is used up. How many are left stands under Account, Second factor."
    ),
    "factor-on": N_("The second factor is on."),
    "factor-off": N_("The second factor is off."),
    "all-read": N_("All are marked as read."),
    # organisations
    "invited": N_("The invitation is on its way. It is open for 72 hours."),
    "invitation-withdrawn": N_("The invitation is withdrawn."),
    "joined": N_("Welcome. You are a member now."),
    "role-changed": N_("The role is changed."),
    "member-removed": N_("This person is no longer a member."),
    "left": N_("You have left the organisation."),
    "key-revoked": N_("The key is revoked."),
    "webhook-pinged": N_("The trial is on its way. Load the page again in a moment to see what came back."),
    "webhook-paused": N_("The webhook is paused. It hears of nothing until you resume it."),
    "webhook-resumed": N_("The webhook hears again. What waited goes out now."),
    "webhook-removed": N_("The webhook is removed."),
    # exporters and their reviews
    "step-saved": N_("Saved. You can go on later from here."),
    "submitted": N_("Your registration is handed in. We write to you as soon as it is looked at."),
    "document-added": N_("The document is stored."),
    "document-removed": N_("The document is taken away."),
    "claimed": N_("Your claim is on its way to staff. We write to you when it is decided."),
    "assigned": N_("This is yours now."),
    "decided": N_("Done. The firm is told by mail."),
    "proposed": N_("Noted. A second person decides."),
    "list-committed": N_("The members are entered. Each gets a mail with a link."),
    "link-sent": N_("A new link is on its way. The old one does not work any more."),
    "member-withdrawn": N_("Taken off the list. The link does not work any more."),
    # products
    "product-saved": N_("The product is saved."),
    "product-published": N_("The product is published."),
    "product-kept": N_(
        "The product is saved as a draft. It can be published as soon as your firm is verified."
    ),
    "product-paused": N_("The product is paused: importers do not see it."),
    "product-archived": N_("The product is archived."),
    "limits-saved": N_("Your limits are saved. They hold for new orders."),
    "holiday-added": N_("The holiday is noted."),
    "holiday-removed": N_("The holiday is taken back."),
    "photo-added": N_("The photo is added."),
    "photo-removed": N_("The photo is taken away."),
    # alerts
    "alert-made": N_("The alert is on. What fits from now on is in its list."),
    "alert-changed": N_("The alert is changed. It holds for what comes from now on."),
    "alert-ended": N_("The alert has ended."),
    "feed-renewed": N_("The feed has a new address. The old one shows nothing any more."),
    # papers and shipments of orders
    "proforma-sent": N_("The proforma is issued. The importer is asked to confirm it."),
    "invoice-issued": N_("The invoice is issued. The draft for your e-Arşiv system lies beside it."),
    "packing-issued": N_("The papers of the parcel are issued."),
    "handed-over": N_("The parcel is with the carrier."),
    "etgb-registered": N_("The ETGB number is entered."),
    "etgb-corrected": N_("The declaration is corrected. Both versions stand on the time line."),
    "etgb-closed": N_("The closing date is entered: the goods have left."),
    "goods-arrived": N_("The arrival is entered."),
    "vat-ticked": N_("Ticked off."),
    # inquiries
    "message-sent": N_("Your message is sent."),
    "inquiry-sent": N_("Your inquiry is on its way. We write to you when an exporter answers."),
    "inquiry-revealed": N_("The exporters see your firm's name now."),
    "inquiry-closed": N_("The inquiry is closed. The exporters are told."),
    "inquiry-declined": N_("You have declined the inquiry. The buyer is told why."),
    "quote-sent": N_("Your quote is sent."),
    "quote-saved": N_("The draft is saved. Nobody sees it until you send it."),
    "quote-discarded": N_("The draft is gone."),
    "quote-withdrawn": N_("Your quote is withdrawn."),
    "quote-declined": N_("The quote is declined. The exporter is told why."),
    "quote-accepted": N_("The quote is accepted. The others are told that you have decided."),
    # requests
    "request-saved": N_("The request is saved as a draft. Nobody else sees it until you send it."),
    "request-sent": N_("Your request is with the reviewer. We write to you as soon as it is looked at."),
    "request-taken-back": N_("Taken back. Change what you like and send it again."),
    "request-announced": N_("The request is changed and announced anew."),
    "request-again": N_(
        "These are other goods now: the request is off the board until it is reviewed again."
    ),
    "request-corrected": N_("The request is corrected. Nobody is mailed about it."),
    "request-withdrawn": N_("The request is off the board. Exporters who answered are told why."),
    "request-published": N_("Published. Exporters whose alerts fit hear of it now."),
    "request-for-review": N_("It is with the reviewers of the buyer's country."),
    "request-returned": N_("Sent back. The buyer has your reason."),
    "request-rejected": N_("Rejected. The reason stands on the time line."),
    "request-kept": N_("The request is saved."),
    "requests-imported": N_("Imported. What is new waits in the review queue."),
    "buyer-registered": N_("The buyer is registered. Now write what it needs."),
    "buyer-invited": N_("The invitation is on its way. It is open for 72 hours."),
    "request-discarded": N_("The draft is gone."),
    # events
    "event-saved": N_("The event is saved."),
    "event-submitted": N_("The event is before the Ministry. You hear of its decision by mail."),
    "event-taken-back": N_("The event is a draft again."),
    "event-approved": N_("The event is approved. Its organiser is told."),
    "event-returned": N_("The event is given back. Its organiser reads the reason."),
    "event-published": N_("The event is announced."),
    "event-cancelled": N_("The event is cancelled. Everybody who is registered is told."),
    "event-copied": N_("This is a new draft. Give it its days."),
    "event-discarded": N_("The draft is gone."),
    "events-imported": N_("The events are drafts now."),
    "answer-marked": N_("Marked. The exporter reads why."),
    "answer-unmarked": N_("The mark is taken back."),
    "exporters-invited": N_("The invitations are on their way. You see here who answers."),
    "matching-out": N_("Your firm is not suggested any more."),
    "matching-in": N_("Your firm is suggested again."),
    # registrations for events
    "event-applied": N_("Your registration is with the organiser. You get a mail with the answer."),
    "event-confirmed": N_("You are registered. The tickets are below, and a mail is on its way."),
    "event-waits": N_("You are on the waiting list. You get a mail as soon as a place is free."),
    "registration-cancelled": N_("Your registration is cancelled."),
    "event-declined": N_("The place goes to the next firm."),
    "event-people": N_("Changed. Tickets of those who stay still hold."),
    "registrations-decided": N_("Done. The firms are told by mail."),
    "registrations-some": N_("Done where it could be done. Some had another state already."),
    "guest-answered": N_("Done. The guest has a mail."),
    "queue-moved": N_("The waiting list has its new order."),
    # importers and privacy
    "kept": N_("Kept under Saved."),
    "dropped": N_("No longer kept."),
    "renamed": N_("The search has its new name."),
    "verification-asked": N_(
        "Your wish is on its way. We write to you as soon as somebody has looked at your firm."
    ),
    "verify-anew": N_(
        "Saved. The name, the country or the number is new, so your firm is no longer verified. Ask for it anew."
    ),
    "privacy-saved": N_("Saved. Every change is kept with its date."),
    "deletion-deferred": N_("Noted. Your account is deleted as soon as what is open is closed."),
    "deletion-withdrawn": N_("Your account stays."),
    "account-deleted": N_("Your account is deleted."),
    "consent-given": N_("Thank you. You can withdraw this at any time."),
    "consent-withdrawn": N_("Withdrawn. You get no more of these mails."),
    # orders
    "order-accept": N_("Accepted. The importer has a mail about it; the proforma comes next."),
    "order-decline": N_("Declined. The importer has your reason."),
    "order-counter": N_("Your terms are offered. You get a mail with the answer."),
    "order-agree": N_("Agreed: the order is accepted with these terms."),
    "order-withdraw": N_("The order is taken back."),
    "order-confirm": N_("Confirmed. The exporter issues the invoice now."),
    "order-complete": N_("Thank you. The order is completed."),
    "order-dispute": N_("Your complaint is with staff, and the exporter has a mail about it."),
    "order-return": N_("Noted: the goods came back."),
    "order-cancel": N_("The order is cancelled. The other side has a mail about it."),
    "order-resolved": N_("The complaint is closed. Both sides have a mail with what you found."),
    "flag-seen": N_("Noted. It stands among those that were looked at."),
    # carts
    "added-to-cart": N_("It is in your cart. Look at the rest and send it."),
    "line-removed": N_("Taken out."),
    "cart-removed": N_("The cart is removed."),
    "order-sent": N_("Your order is sent. The exporter has a mail about it."),
    "order-sent-before": N_("This cart was sent before. This is what became of it."),
    "inquiry-sent-before": N_("This cart was turned into an inquiry before. This is it."),
    "cart-inquired": N_("Your cart is an inquiry now. The exporter answers with a quote."),
    # meeting days
    "day-saved": N_("The meeting day is saved."),
    "day-opened": N_("The day is open. The firms are asked for their wishes."),
    "day-taken-in": N_("Firms that were confirmed since are asked now."),
    "day-planning": N_("The agenda is being made. This takes less than a minute."),
    "day-published": N_("The agenda is known: every firm has a mail with its meetings."),
    "day-cancelled": N_("The meeting day is called off, and everybody is told."),
    "day-invited": N_("The firm is invited."),
    "day-missing": N_("Noted. Its meetings are called off; make a new plan to fill the gaps."),
    "day-present": N_("Noted. The next plan counts the firm in."),
    "day-discarded": N_("The draft is thrown away."),
    "day-times": N_("Your times are kept."),
    "day-wishes": N_("Your wishes are kept."),
    "day-withdrawn": N_("Noted: you do not come."),
    # meetings
    "meeting-asked": N_("Asked. The other side has a mail about it; you hear from us when it answers."),
    "meeting-asked-masked": N_(
        "Asked. Contact data in your text was masked: both sides get it once you agree on a time."
    ),
    "meeting-accept": N_("Agreed. You both have an invitation for your calendars."),
    "meeting-propose": N_("Proposed. It is the other side's turn now."),
    "meeting-decline": N_("Declined. The other side has your reason."),
    "meeting-cancel": N_("Cancelled. Both calendars are told."),
    "meeting-withdraw": N_("Taken back. The other side is told."),
    "meeting-room": N_("Noted. You both have a corrected invitation."),
    "meeting-outcome": N_("Noted. Only your firm sees it."),
    "meeting-no-show": N_("Noted. The other side is told that it was missed."),
    "feed-made": N_("This is the address of your calendar. Keep it to yourself."),
    "feed-rotated": N_("Your calendar has a new address. The old one is dead."),
    "feed-removed": N_("Your calendar can no longer be read from outside."),
    # administration
    "person-suspended": N_("The account is suspended. The person is told by mail."),
    "person-reinstated": N_("The person can sign in again."),
    "person-closed": N_("The account is closed."),
    "person-signed-out": N_("The sessions are ended."),
    "factor-reset": N_("The second factor is taken away. The person is told by mail."),
    "firm-suspended": N_("The firm is suspended. Its owners are told by mail."),
    "firm-reinstated": N_("The firm is reinstated. Its owners are told by mail."),
    "organisation-founded": N_("Founded. Nobody belongs to it yet."),
    "term-changed": N_("The last day is changed."),
    "term-ended": N_("The term is ended and the open work handed over."),
    "rights-approve": N_("Approved. It holds from now on."),
    "rights-refuse": N_("Refused. Nothing changes."),
    "rights-withdraw": N_("The proposal is withdrawn."),
    # announcements
    "announcement-drafted": N_("Drafted. Now choose whom it is for."),
    "announcement-tested": N_("The test is on its way to your own address."),
    "announcement-submit": N_("Sent for approval. Somebody else decides."),
    "announcement-approve": N_("Approved. Set the time when it goes out."),
    "announcement-give-back": N_("Given back. Its writer reads your reason."),
    "announcement-take-back": N_("It is a draft again."),
    "announcement-schedule": N_("The time is set."),
    "announcement-hold": N_("It is out of the plan. Nothing is sent."),
    "announcement-pause": N_("Paused. Letters that were under way still arrive."),
    "announcement-resume": N_("It goes on."),
    "announcement-abort": N_("Stopped for good. Nobody gets it any more."),
    "announcement-new-edition": N_("A new edition: change what has changed and have it approved."),
    "announcement-discard": N_("The draft is gone."),
    "event-news-saved": N_("Saved. From now on you hear of events like this."),
    "law-approve": N_("Approved. From its first day on everybody is judged by it."),
    "law-refuse": N_("Refused. The law stays as it is."),
    "law-withdraw": N_("The proposal is withdrawn."),
    "rates-imported": N_("Imported. The rates hold from now on."),
    "rates-known": N_("Every rate of this file was known already."),
    "retried": N_("It is tried again now."),
    "address-lifted": N_("Mail goes to this address again."),
}


def said(language: str, query_string: bytes) -> str | None:
    """The sentence that `said=` of a query names, in the language; None for none or an unknown one."""
    if b"said=" not in query_string:
        return None
    for part in query_string.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"said" and (msgid := SENTENCES.get(value.decode("latin-1"))):
            return i18n.gettext(language, msgid)
    return None
