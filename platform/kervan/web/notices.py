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
    "factor-on": N_("The second factor is on."),
    "factor-off": N_("The second factor is off."),
    # organisations
    "invited": N_("The invitation is on its way. It is open for 72 hours."),
    "invitation-withdrawn": N_("The invitation is withdrawn."),
    "joined": N_("Welcome. You are a member now."),
    "role-changed": N_("The role is changed."),
    "member-removed": N_("This person is no longer a member."),
    "left": N_("You have left the organisation."),
    "key-revoked": N_("The key is revoked."),
    # exporters and their reviews
    "step-saved": N_("Saved. You can go on later from here."),
    "submitted": N_("Your registration is handed in. We write to you as soon as it is looked at."),
    "document-added": N_("The document is stored."),
    "document-removed": N_("The document is taken away."),
    "claimed": N_("Your claim is on its way to staff. We write to you when it is decided."),
    "assigned": N_("This is yours now."),
    "decided": N_("Done. The firm is told by mail."),
    "proposed": N_("Noted. A second person decides."),
    # products
    "product-saved": N_("The product is saved."),
    "product-published": N_("The product is published."),
    "product-paused": N_("The product is paused: importers do not see it."),
    "product-archived": N_("The product is archived."),
    "photo-added": N_("The photo is added."),
    "photo-removed": N_("The photo is taken away."),
    # importers and privacy
    "kept": N_("Kept under Saved."),
    "dropped": N_("No longer kept."),
    "consent-given": N_("Thank you. You can withdraw this at any time."),
    "consent-withdrawn": N_("Withdrawn. You get no more of these mails."),
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
