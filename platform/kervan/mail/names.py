"""What each mail is about, in words: for lists of mails that people read."""

from collections.abc import Mapping

from kervan.trade.errors import N_

NAMES: Mapping[str, str] = {
    "account_closed": N_("Account closed"),
    "account_reinstated": N_("Account open again"),
    "account_suspended": N_("Account suspended"),
    "already_registered": N_("Address has an account already"),
    "api_key_created": N_("New API key"),
    "claim_decided": N_("Claim decided"),
    "claim_new_owner": N_("New owner after a claim"),
    "claim_received": N_("Claim received"),
    "confirm_email": N_("Confirm the e-mail address"),
    "deletion_deferred": N_("Deletion has to wait"),
    "email_change_asked": N_("Another e-mail address was asked for"),
    "email_change_confirm": N_("Confirm the new e-mail address"),
    "email_changed": N_("E-mail address changed"),
    "enrolment": N_("Link for a member of an association"),
    "exporter_expired": N_("Exporter: verification ended"),
    "exporter_expiring": N_("Exporter: verification ends soon"),
    "exporter_needs_info": N_("Exporter: more is needed"),
    "exporter_reinstated": N_("Exporter: suspension lifted"),
    "exporter_rejected": N_("Exporter: rejected"),
    "exporter_submitted": N_("Exporter: registration received"),
    "exporter_suspended": N_("Exporter: suspended"),
    "exporter_verified": N_("Exporter: verified"),
    "import_done": N_("Product list imported"),
    "importer_changed": N_("Importer: to be verified anew"),
    "importer_expired": N_("Importer: verification ended"),
    "importer_not_verified": N_("Importer: not verified"),
    "importer_reinstated": N_("Importer: suspension lifted"),
    "importer_suspended": N_("Importer: suspended"),
    "importer_verified": N_("Importer: verified"),
    "importer_welcome": N_("Importer: welcome"),
    "invitation": N_("Invitation"),
    "membership_changed": N_("Membership changed"),
    "new_sign_in": N_("Sign-in from a new device"),
    "no_account": N_("No account with this address"),
    "password_changed": N_("Password changed"),
    "post_handed_over": N_("Work of a post handed over"),
    "reset_password": N_("Link for a new password"),
    "rights_proposed": N_("Admin rights proposed"),
    "second_factor_changed": N_("Second factor changed"),
}
"""msgids by the name of the mail's template."""
