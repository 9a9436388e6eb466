"""The mails that there are: each with the context it cannot be written without.

`name` (whom to greet) is optional everywhere, and so is `go`, the path of the page on which the reader goes on
(without language; the sign-in page when it is not given). Mails about inquiries and quotes say `about`: REQUEST where
the number is that of a request on the board. `password_changed` may name API keys: those that `ended` and
those that are `living`.
"""

from collections.abc import Mapping

LETTERS: Mapping[str, frozenset[str]] = {
    name: frozenset(keys.split())
    for name, keys in {
        # Getting in
        "confirm_email": "token",
        "already_registered": "",
        "reset_password": "token",
        "no_account": "",
        "email_change_confirm": "token",
        "email_change_asked": "new",
        "email_changed": "old new",
        "password_changed": "",
        "second_factor_changed": "on",
        "new_sign_in": "device at",
        "account_suspended": "reason",
        "account_reinstated": "",
        "account_closed": "",
        "deletion_deferred": "reason",
        # Organisations
        "invitation": "inviter organisation role token",
        "membership_changed": "organisation role",
        "api_key_created": "organisation label",
        "api_keys_ended": "organisation who labels",
        "post_handed_over": "country until count received",
        "rights_proposed": "by who right",
        "law_proposed": "by kind legal_ref",
        "law_changed": "kind legal_ref since orders inquiries more",
        "webhook_paused": "organisation label count",
        # Exporters
        "exporter_submitted": "organisation",
        "exporter_needs_info": "organisation reason",
        "exporter_verified": "organisation until",
        "exporter_rejected": "organisation reason",
        "exporter_suspended": "organisation reason",
        "exporter_reinstated": "organisation",
        "exporter_expiring": "organisation until days",
        "exporter_expired": "organisation",
        "claim_received": "organisation",
        "claim_decided": "organisation accepted reason",
        "claim_new_owner": "organisation who",
        "enrolment": "association company token",
        "import_done": "counts file",
        # Importers
        "importer_welcome": "organisation",
        "importer_verified": "organisation until by",
        "importer_suspended": "organisation reason",
        "importer_reinstated": "organisation",
        "importer_not_verified": "organisation reason",
        "importer_changed": "organisation",
        "importer_expired": "organisation",
        # Orders
        "order_step": "action state number other reason total currency answer_by",
        # Requests
        "request_step": "action number title country reason until",
        "outcome_asked": "number title who country again side",
        "request_reminder": "kind number title count until",
        "answer_irrelevant": "number who country reason",
        # Conversations
        "message_received": "number who country text files",
        # Inquiries and quotes
        "inquiry_received": "number who country what count",
        "inquiry_declined": "number who reason",
        "inquiry_closed": "number who country reason cause",
        "inquiry_expired": "number",
        "quote_sent": "number who total currency until",
        "quote_revised": "number who total currency until",
        "quote_withdrawn": "number who",
        "quote_accepted": "number who country quote became order by_post",
        "quote_declined": "number who country quote reason",
        "quote_expired": "number who country quote until",
        "quote_expired_buyer": "number who quote until",
        # Events
        "event_step": "action title organiser reason",
        "announcement": "title paragraphs facts organiser go test",
        "event_digest": "count events more",
        # Meetings
        "meeting_step": "action by_self other topic times text reason answer_by zone room place table contact",
        "meeting_agenda": "title count meetings",
        "meeting_day": "action title organiser when closes reason",
        "meeting_reminder": "stage other topic times room place table contact",
        "meeting_outcome": "other topic times",
        # Alerts
        "request_alert": "number title summary country until code changed alerts",
        "request_digest": "frequency count requests more alerts",
        "request_invitation": "number title summary country until code post",
        # Registrations
        "registration_step": "action title when place reason answer",
        "registration_reminder": "stage title when place online",
        "event_survey": "title",
        "event_guest": "invited title when place organiser reason register",
    }.items()
}
"""Names of the files under templates/mail and the keys of their context."""

ONCE = frozenset({"request_alert", "request_digest", "request_invitation", "event_digest"})
"""Mails to many about one thing: they have a lane of their own, and each goes to the server once at most. Nobody tries
again by itself what may have arrived."""

LONG_TEXTS = frozenset({"reason", "text"})
"""Keys whose text may run over several lines; no subject repeats one."""
