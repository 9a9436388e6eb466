"""Where an order stands in words: what each side has to do now, and what a step means before it is taken."""

from collections.abc import Mapping

from kervan.orders.tables import Side
from kervan.orders.tables import State as S
from kervan.trade.errors import N_

TONES: Mapping[str, str] = {
    S.SUBMITTED: "brand",
    S.COUNTERED: "near",
    S.COMPLETED: "ok",
    S.RESOLVED: "ok",
    S.DELIVERED: "ok",
    S.DECLINED: "bad",
    S.EXPIRED: "quiet",
    S.WITHDRAWN: "quiet",
    S.CANCELLED: "bad",
    S.RETURNED: "bad",
    S.DISPUTED: "bad",
}
"""How a state is coloured; brand where nothing stands here."""

PAGES: Mapping[str, str] = {
    "counter": "/offer",
    "proforma": "/proforma",
    "invoice": "/invoice",
    "hand-over": "/hand-over",
    "register": "/etgb",
    "close": "/close",
    "deliver": "/deliver",
}
"""Steps that have a page of their own, behind the order's; the others are one button."""

_EXPORTER: Mapping[str, tuple[str, str]] = {
    S.SUBMITTED: (
        N_("Answer this order"),
        N_("Accept it as it is, offer other terms, or decline. An order that nobody answers expires."),
    ),
    S.COUNTERED: (
        N_("{other} looks at your terms"),
        N_("They hold as soon as {other} agrees; you need not accept again."),
    ),
    S.ACCEPTED: (
        N_("Issue the proforma invoice"),
        N_("It says what the invoice will say. {other} confirms it, then you invoice."),
    ),
    S.PROFORMA_SENT: (
        N_("{other} checks the proforma"),
        N_("You can issue the invoice once it is confirmed. Until then the proforma can be corrected."),
    ),
    S.CONFIRMED: (
        N_("Issue the invoice"),
        N_("With the goods and totals of the confirmed proforma. You get the PDF and the e-Arşiv draft."),
    ),
    S.INVOICED: (
        N_("Hand the goods over to the carrier"),
        N_("Print the papers of the parcel, then enter the carrier and the waybill number."),
    ),
    S.HANDED_TO_CARRIER: (
        N_("Enter the ETGB number"),
        N_("The carrier registers the customs declaration and tells you its number and day."),
    ),
    S.ETGB_REGISTERED: (
        N_("Enter the closing date"),
        N_("When the goods have left the country the carrier closes the declaration (intaç)."),
    ),
    S.EXPORTED: (
        N_("Note when the goods have arrived"),
        N_("{other} can note it too. The VAT refund can begin already: its four steps are below."),
    ),
    S.DELIVERED: (
        N_("{other} checks the goods"),
        N_("When nothing is said within {days} the order completes by itself."),
    ),
    S.COMPLETED: (
        N_("This order is completed"),
        N_("Nothing is left to do. The papers stay here for both of you."),
    ),
    S.DECLINED: (N_("You declined this order"), N_("{other} has read your reason.")),
    S.EXPIRED: (
        N_("This order was not answered in time"),
        N_("It has ended. {other} can order the same goods again, or write to you."),
    ),
    S.WITHDRAWN: (
        N_("{other} took this order back"),
        N_("Nothing is left to do."),
    ),
    S.CANCELLED: (N_("This order was cancelled"), N_("Papers that were issued for it are void.")),
    S.RETURNED: (N_("The goods came back"), N_("The order has ended. Settle the payment between you.")),
    S.DISPUTED: (
        N_("{other} says that something is wrong"),
        N_("Answer in the messages below. Staff look at both sides and write down what was found."),
    ),
    S.RESOLVED: (N_("The complaint is closed"), N_("What was found stands on the time line.")),
}
_IMPORTER: Mapping[str, tuple[str, str]] = {
    S.SUBMITTED: (
        N_("{other} looks at your order"),
        N_("You get a mail with the answer. Without one in time the order ends, and you owe nothing."),
    ),
    S.COUNTERED: (
        N_("Look at the terms that {other} offers"),
        N_(
            "What is different is marked below. Agree and the order is accepted; cancel if they do not suit you."
        ),
    ),
    S.ACCEPTED: (
        N_("{other} prepares the proforma invoice"),
        N_("You get a mail when it is here, and confirm it before anything is invoiced."),
    ),
    S.PROFORMA_SENT: (
        N_("Check the proforma and confirm it"),
        N_("The invoice will say exactly the same. Look at the PDF first."),
    ),
    S.CONFIRMED: (N_("{other} issues the invoice"), N_("The goods go to the carrier after that.")),
    S.INVOICED: (
        N_("{other} packs the goods"),
        N_("The carrier takes them next. The invoice is among the documents below."),
    ),
    S.HANDED_TO_CARRIER: (
        N_("Your goods are with the carrier"),
        N_("The customs declaration is registered next."),
    ),
    S.ETGB_REGISTERED: (
        N_("Your goods are at the customs"),
        N_("When they have left Türkiye the declaration is closed."),
    ),
    S.EXPORTED: (
        N_("Your goods are on their way"),
        N_("Tell us when they have arrived; you can look at them before you say that all is well."),
    ),
    S.DELIVERED: (
        N_("Is everything in order?"),
        N_("Look at the goods. When you say nothing within {days} the order completes by itself."),
    ),
    S.COMPLETED: (
        N_("This order is completed"),
        N_("Nothing is left to do. The papers stay here for both of you."),
    ),
    S.DECLINED: (
        N_("{other} does not take this order"),
        N_("The reason stands on the time line. You owe nothing."),
    ),
    S.EXPIRED: (
        N_("{other} did not answer in time"),
        N_("The order has ended and you owe nothing. You can order again, or ask somebody else."),
    ),
    S.WITHDRAWN: (N_("You took this order back"), N_("You can order the same goods again at any time.")),
    S.CANCELLED: (N_("This order was cancelled"), N_("Papers that were issued for it are void.")),
    S.RETURNED: (N_("The goods went back"), N_("The order has ended. Settle the payment between you.")),
    S.DISPUTED: (
        N_("Staff look at your complaint"),
        N_(
            "Write in the messages below whatever helps: photos, numbers. You get a mail with what was found."
        ),
    ),
    S.RESOLVED: (N_("The complaint is closed"), N_("What was found stands on the time line.")),
}
STANDING: Mapping[Side, Mapping[str, tuple[str, str]]] = {Side.EXPORTER: _EXPORTER, Side.IMPORTER: _IMPORTER}
"""Title and sentence (msgids; `other` is the other firm, `days` of COMPLETE_DAYS) by side and state."""

MEANINGS: Mapping[str, str] = {
    "decline": N_("The order ends here. {other} reads your reason."),
    "withdraw": N_("The order ends here and {other} is told. You can order the same goods again."),
    "cancel": N_("The order ends here for both of you, and papers that were issued become void. {other} reads why."),
    "dispute": N_("Staff look at it and hear both of you. {other} reads what you write."),
    "return": N_("The order ends here. {other} reads why the goods came back."),
    "deliver": N_("Only once they are really there: from then on the time to complain runs."),
}  # fmt: skip
"""What a step beside the main one means (msgids)."""

DONE: Mapping[str, str] = {
    "submit": N_("Order sent"),
    "document": N_("Document issued"),
    "correct": N_("Declaration corrected"),
    "payment": N_("Note about the payment"),
}
"""What the time line says of lines that are no step of states.ACTIONS (msgids)."""

SIDES: Mapping[str, str] = {
    Side.STAFF: N_("Staff"),
    Side.SYSTEM: N_("By itself"),
    Side.CARRIER: N_("The carrier"),
}
