"""My data as a file: everything that is kept about a person, table by table, in a form that machines read.

Every column of the database that points at a person stands in SOURCES or, with the reason, in EXCUSED; a test holds
that for tables to come.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.policies.tables import Kind
from kervan.privacy.export_events import EVENTS

FORMAT = "kervan-personal-data/1"

_PERSON = """
SELECT public_id, name, email, email_confirmed_at, language, time_zone, state, created_at, updated_at, seen_at,
    totp_confirmed_at AS second_factor_since, password_hash IS NOT NULL AS has_password
FROM person WHERE id = $1
"""

# Name of the section -> (columns of which it tells, statement with the person's id as $1).
SOURCES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "memberships": (
        ("membership.person",),
        """SELECT o.public_id AS organisation, o.kind, o.name, m.role, m.valid_from, m.valid_to, m.created_at,
            m.ended_at
        FROM membership m JOIN organisation o ON o.id = m.organisation WHERE m.person = $1 ORDER BY m.id""",
    ),
    "importers": (
        (),
        """SELECT i.public_id, i.legal_name, i.country, i.city, i.contact_name, i.contact_role, i.phone, i.website,
            i.number_scheme, i.number, i.headings, i.sectors, i.provinces, i.languages, i.standing, i.verified_at,
            i.verified_until, i.verified_by, i.created_at
        FROM importer i JOIN membership m ON m.organisation = i.organisation
        WHERE m.person = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL ORDER BY i.id""",
    ),
    "exporters": (
        (),
        """SELECT e.slug, e.legal_name, e.trade_name, e.province, e.contact_name, e.contact_role, e.contact_email,
            e.phone, e.verification, e.verified_at, e.verified_until, e.created_at
        FROM exporter e JOIN membership m ON m.organisation = e.organisation
        WHERE m.person = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL ORDER BY e.id""",
    ),
    "consents": (
        ("consent.person",),
        """SELECT purpose, text_version, language, given_at, evidence, withdrawn_at, withdrawal
        FROM consent WHERE person = $1 ORDER BY id""",
    ),
    "sessions": (
        ("session.person",),
        """SELECT public_id, device, address, created_at, seen_at, expires_at, second_factor_at
        FROM session WHERE person = $1 ORDER BY id""",
    ),
    "known_devices": (
        ("seen_device.person",),
        "SELECT first_seen_at, last_seen_at FROM seen_device WHERE person = $1 ORDER BY id",
    ),
    "links": (
        ("account_link.person",),
        "SELECT purpose, payload, created_at, expires_at, used_at FROM account_link WHERE person = $1 ORDER BY id",
    ),
    "recovery_codes": (
        ("recovery_code.person",),
        "SELECT used_at FROM recovery_code WHERE person = $1 ORDER BY id",
    ),
    "saved_products": (
        ("saved_product.person",),
        """SELECT p.public_id, s.created_at FROM saved_product s JOIN product p ON p.id = s.product
        WHERE s.person = $1 ORDER BY s.id""",
    ),
    "saved_exporters": (
        ("saved_exporter.person",),
        """SELECT e.slug, s.created_at FROM saved_exporter s JOIN exporter e ON e.id = s.exporter
        WHERE s.person = $1 ORDER BY s.id""",
    ),
    "saved_searches": (
        ("saved_search.person",),
        "SELECT public_id, kind, query, name, created_at FROM saved_search WHERE person = $1 ORDER BY id",
    ),
    "mails": (
        ("mail.person",),
        """SELECT public_id, template, to_address, purpose, subject, state, created_at, sent_at
        FROM mail WHERE person = $1 ORDER BY id""",
    ),
    "notifications": (
        ("notification.person",),
        """SELECT n.public_id, n.kind, n.data, n.path, o.public_id AS organisation, n.created_at, n.read_at
        FROM notification n LEFT JOIN organisation o ON o.id = n.organisation WHERE n.person = $1 ORDER BY n.id""",
    ),
    "alerts": (
        ("alert.person",),
        """SELECT a.public_id, o.public_id AS organisation, a.name, a.frequency, a.channels, a.created_at, a.ended_at,
            a.end_reason, a.end_note, (SELECT v.conditions FROM alert_version v WHERE v.alert = a.id
                ORDER BY v.number DESC LIMIT 1) AS conditions,
            (SELECT count(*) FROM alert_delivery d WHERE d.alert = a.id) AS matches
        FROM alert a JOIN organisation o ON o.id = a.organisation WHERE a.person = $1 ORDER BY a.id""",
    ),
    "matching_opt_outs": (
        ("matching_opt_out.person",),
        """SELECT e.slug AS exporter, x.reason, x.created_at FROM matching_opt_out x
        JOIN exporter e ON e.id = x.exporter WHERE x.person = $1 ORDER BY x.id""",
    ),
    "api_keys": (
        ("api_key.created_by",),
        """SELECT public_id, name, begins, scopes, created_at, expires_at, last_used_at, revoked_at
        FROM api_key WHERE created_by = $1 ORDER BY id""",
    ),
    "webhooks": (
        ("webhook.created_by",),
        """SELECT public_id, name, url, events, active, created_at, removed_at
        FROM webhook WHERE created_by = $1 ORDER BY id""",
    ),
    "invitations_sent": (
        ("invitation.invited_by",),
        """SELECT public_id, email, role, created_at, expires_at, accepted_at, withdrawn_at
        FROM invitation WHERE invited_by = $1 ORDER BY id""",
    ),
    "invitations_received": (
        (),
        """SELECT i.public_id, o.name AS organisation, i.role, i.created_at, i.expires_at, i.accepted_at, i.withdrawn_at
        FROM invitation i JOIN organisation o ON o.id = i.organisation
        WHERE i.email_key = (SELECT email_key FROM person WHERE id = $1) ORDER BY i.id""",
    ),
    "rights_proposals": (
        ("rights_proposal.person", "rights_proposal.proposed_by", "rights_proposal.decided_by"),
        """SELECT public_id, person = $1 AS about_me, proposed_by = $1 AS proposed_by_me, change, reason, proposed_at,
            decided_at, outcome FROM rights_proposal
        WHERE person = $1 OR proposed_by = $1 OR decided_by = $1 ORDER BY id""",
    ),
    "law_proposals": (
        ("law_proposal.proposed_by", "law_proposal.decided_by"),
        """SELECT public_id, kind, proposed_by = $1 AS proposed_by_me, reason, proposed_at, decided_at, outcome,
            CASE WHEN decided_by = $1 THEN refusal END AS refusal
        FROM law_proposal WHERE proposed_by = $1 OR decided_by = $1 ORDER BY id""",
    ),
    "law_rows": (
        tuple(f"{kind}.{who}" for kind in Kind for who in ("proposed_by", "approved_by")),
        " UNION ALL ".join(
            f"""SELECT '{kind}' AS kind, public_id, valid_from, proposed_by = $1 AS proposed_by_me, created_at
            FROM {kind} WHERE $1 IN (proposed_by, approved_by)"""
            for kind in Kind
        )
        + " ORDER BY created_at, public_id",
    ),
    "exchange_rates": (
        ("fx_rate.imported_by",),
        """SELECT day, bank, source, count(*) AS rates, max(created_at) AS created_at FROM fx_rate
        WHERE imported_by = $1 GROUP BY day, bank, source ORDER BY day, bank, source""",
    ),
    "tasks": (
        ("task.assigned_to",),
        """SELECT kind, about, assigned_at, opened_at, due_at, done_at FROM task WHERE assigned_to = $1 ORDER BY id""",
    ),
    "documents": (
        ("exporter_document.uploaded_by",),
        """SELECT d.public_id, e.slug AS exporter, d.kind, d.name, d.content_type, d.size, d.uploaded_at, d.removed_at
        FROM exporter_document d JOIN exporter e ON e.id = d.exporter WHERE d.uploaded_by = $1 ORDER BY d.id""",
    ),
    "claims": (
        ("exporter_claim.person", "exporter_claim.decided_by"),
        """SELECT c.public_id, e.slug AS exporter, c.person = $1 AS mine,
            CASE WHEN c.person = $1 THEN c.message END AS message,
            CASE WHEN c.person = $1 THEN c.document_name END AS document, c.created_at, c.decided_at, c.accepted
        FROM exporter_claim c JOIN exporter e ON e.id = c.exporter
        WHERE c.person = $1 OR c.decided_by = $1 ORDER BY c.id""",
    ),
    "reviews": (
        ("exporter_review.rejection_by", "exporter_review.decided_by"),
        """SELECT e.slug AS exporter, r.opened_at, r.rejection_by = $1 AS rejection_proposed_by_me,
            r.decided_by = $1 AS decided_by_me, r.decided_at, r.outcome
        FROM exporter_review r JOIN exporter e ON e.id = r.exporter
        WHERE r.rejection_by = $1 OR r.decided_by = $1 ORDER BY r.id""",
    ),
    "enrolments": (
        ("enrolment.created_by",),
        """SELECT public_id, legal_name, created_at, sent_at, claimed_at, withdrawn_at
        FROM enrolment WHERE created_by = $1 ORDER BY id""",
    ),
    "order_limits": (
        ("exporter_limit.created_by",),
        """SELECT e.slug AS exporter, l.valid_from FROM exporter_limit l JOIN exporter e ON e.id = l.exporter
        WHERE l.created_by = $1 ORDER BY l.id""",
    ),
    "product_imports": (
        ("import_job.person",),
        """SELECT j.public_id, e.slug AS exporter, j.file_name, j.size, j.state FROM import_job j
        JOIN exporter e ON e.id = j.exporter WHERE j.person = $1 ORDER BY j.id""",
    ),
    "carts": (
        ("cart.person",),
        """SELECT c.public_id, e.slug AS exporter, c.destination, c.delivery, c.note, c.created_at, c.updated_at
        FROM cart c JOIN exporter e ON e.id = c.exporter WHERE c.person = $1 ORDER BY c.id""",
    ),
    "orders": (
        ("trade_order.ordered_by",),
        """SELECT public_id, number, state, destination, delivery, note, submitted_at, ended_at
        FROM trade_order WHERE ordered_by = $1 ORDER BY id""",
    ),
    "order_terms": (
        ("order_terms.person",),
        """SELECT o.number, t.revision, t.side, t.place, t.payment_terms, t.note, t.created_at
        FROM order_terms t JOIN trade_order o ON o.id = t."order" WHERE t.person = $1 ORDER BY t.id""",
    ),
    "order_steps": (
        ("order_event.person",),
        """SELECT o.number, v.at, v.side, v.action, v.reason FROM order_event v JOIN trade_order o ON o.id = v."order"
        WHERE v.person = $1 ORDER BY v.id""",
    ),
    "papers_issued": (
        ("document.issued_by",),
        """SELECT o.number AS "order", d.kind, d.number, d.version, d.state, d.issued_at FROM document d
        JOIN trade_order o ON o.id = d."order" WHERE d.issued_by = $1 ORDER BY d.id""",
    ),
    "vat_steps": (
        ("vat_step.person",),
        """SELECT o.number AS "order", v.step, v.done_on FROM vat_step v JOIN trade_order o ON o.id = v."order"
        WHERE v.person = $1 ORDER BY v."order", v.done_on""",
    ),
    "split_flags": (
        ("split_flag.seen_by",),
        "SELECT public_id, seen_at, note FROM split_flag WHERE seen_by = $1 ORDER BY id",
    ),
    "messages": (
        ("message.person",),
        """SELECT m.public_id, m.about, m.side, o.name AS firm, m.text, m.created_at,
            (SELECT array_agg(a.name ORDER BY a.id) FROM attachment a WHERE a.message = m.id) AS files
        FROM message m JOIN organisation o ON o.id = m.organisation WHERE m.person = $1 ORDER BY m.id""",
    ),
    "inquiries": (
        ("inquiry.person",),
        """SELECT number, state, text, destination, incoterm, place, anonymous, delivery, created_at, closed_at,
            (SELECT array_agg(l.name ORDER BY l.number) FROM inquiry_line l WHERE l.inquiry = inquiry.id) AS goods
        FROM inquiry WHERE person = $1 ORDER BY id""",
    ),
    "requests": (
        ("trade_request.person", "trade_request.reviewed_by"),
        # Of what somebody only reviewed the words are another's.
        """SELECT q.number, q.state, w.title, w.summary, w.description, w.specs, w.consent, q.created_at,
            q.published_at, q.closed_at, w.id IS NOT NULL AS written, q.reviewed_by IS NOT DISTINCT FROM $1 AS reviewed
        FROM trade_request q LEFT JOIN trade_request w ON w.id = q.id AND w.person = $1
        WHERE q.person = $1 OR q.reviewed_by = $1 ORDER BY q.id""",
    ),
    "request_editions": (
        ("request_edition.person",),
        """SELECT q.number, e.edition, e.content, e.published_at
        FROM request_edition e JOIN trade_request q ON q.id = e.request WHERE e.person = $1 ORDER BY e.id""",
    ),
    "request_steps": (
        ("request_event.person",),
        """SELECT q.number, v.action, v.before AS state_before, v.after AS state_after, v.side, v.reason, v.at
        FROM request_event v JOIN trade_request q ON q.id = v.request WHERE v.person = $1 ORDER BY v.id""",
    ),
    "request_invitations": (
        ("request_invitation.person",),
        """SELECT q.number, e.slug AS exporter, v.created_at FROM request_invitation v
        JOIN trade_request q ON q.id = v.request JOIN exporter e ON e.id = v.exporter
        WHERE v.person = $1 ORDER BY v.id""",
    ),
    "tender_imports": (
        ("tender_import.person",),
        "SELECT public_id, name, counts, created_at FROM tender_import WHERE person = $1 ORDER BY id",
    ),
    "quotes": (
        ("quote_revision.person",),
        """SELECT q.number, r.revision, r.currency, r.total, r.payment_terms, r.note, r.valid_until, r.sent_at,
            r.created_at FROM quote_revision r JOIN quote q ON q.id = r.quote WHERE r.person = $1 ORDER BY r.id""",
    ),
    "event_registrations": (
        ("registration.person",),
        """SELECT r.public_id, e.public_id AS event, r.state, r.interest, r.answers, r.wants_meetings, r.created_at,
            (SELECT array_agg(p.name ORDER BY p.id) FROM registration_participant p
                WHERE p.registration = r.id AND p.removed_at IS NULL) AS people,
            (SELECT s.text FROM event_survey s WHERE s.registration = r.id) AS survey
        FROM registration r JOIN trade_event e ON e.id = r.event WHERE r.person = $1 ORDER BY r.id""",
    ),
    "event_registration_steps": (
        ("registration_step.person",),
        """SELECT r.public_id, s.action, s.before AS state_before, s.after AS state_after, s.reason, s.at
        FROM registration_step s JOIN registration r ON r.id = s.registration WHERE s.person = $1 ORDER BY s.id""",
    ),
    "event_check_ins": (
        ("registration_participant.checked_in_by",),
        """SELECT p.public_id, p.checked_in_at FROM registration_participant p WHERE p.checked_in_by = $1
        ORDER BY p.id""",
    ),
    "event_invitations_asked": (
        ("event_guest.decided_by",),
        # What the person asked for as a guest, and which guests of others the person answered (without their data).
        """SELECT e.public_id AS event, g.state, g.created_at, g.decided_at,
            CASE WHEN g.email_key = p.email_key THEN g.name END AS name,
            CASE WHEN g.email_key = p.email_key THEN g.email END AS email,
            CASE WHEN g.email_key = p.email_key THEN g.firm END AS firm,
            CASE WHEN g.email_key = p.email_key THEN g.note END AS note
        FROM event_guest g JOIN trade_event e ON e.id = g.event, person p
        WHERE p.id = $1 AND (g.email_key = p.email_key OR g.decided_by = $1) ORDER BY g.id""",
    ),
    "meetings": (
        ("meeting.exporter_person", "meeting.importer_person"),
        """SELECT m.public_id, m.state, m.starts_at, m.ends_at, m.topic, m.language, e.trade_name AS exporter,
            im.legal_name AS importer, m.created_at,
            CASE WHEN m.exporter_person = $1 THEN 'EXPORTER' ELSE 'IMPORTER' END AS side,
            CASE WHEN m.asked_by = CASE WHEN m.exporter_person = $1 THEN 'EXPORTER' ELSE 'IMPORTER' END
                THEN m.message END AS message,
            m.outcome -> CASE WHEN m.exporter_person = $1 THEN 'EXPORTER' ELSE 'IMPORTER' END AS came_of_it
        FROM meeting m JOIN exporter e ON e.organisation = m.exporter
        JOIN importer im ON im.organisation = m.importer
        WHERE $1 IN (m.exporter_person, m.importer_person) ORDER BY m.id""",
    ),
    "meeting_steps": (
        ("meeting_step.person",),
        """SELECT m.public_id, s.action, s.before AS state_before, s.after AS state_after, s.reason, s.at
        FROM meeting_step s JOIN meeting m ON m.id = s.meeting WHERE s.person = $1 ORDER BY s.id""",
    ),
    "calendar_feed": (
        ("calendar_feed.person",),
        "SELECT created_at FROM calendar_feed WHERE person = $1",
    ),
    "news_of_events": (
        ("event_news.person",),
        "SELECT frequency, count_opens, told_until FROM event_news WHERE person = $1",
    ),
    "announcements_to_me": (
        ("event_delivery.person",),
        """SELECT a.name AS announcement, d.edition, d.language, d.state, d.handed_at, d.opened_at
        FROM event_delivery d JOIN event_announcement a ON a.id = d.announcement WHERE d.person = $1 ORDER BY d.id""",
    ),
    "announcements": (
        ("event_announcement.person", "event_announcement.approved_by"),
        """SELECT public_id, name, state, edition, person IS NOT DISTINCT FROM $1 AS written_by_me,
            approved_by IS NOT DISTINCT FROM $1 AS approved_by_me, created_at, approved_at
        FROM event_announcement WHERE person = $1 OR approved_by = $1 ORDER BY id""",
    ),
    "announcement_steps": (
        ("announcement_step.person",),
        """SELECT a.public_id AS announcement, v.action, v.before AS state_before, v.after AS state_after, v.reason,
            v.at FROM announcement_step v JOIN event_announcement a ON a.id = v.announcement
        WHERE v.person = $1 ORDER BY v.id""",
    ),
    "deletion_requests": (
        ("erasure.person",),
        "SELECT asked_at, deferred_for, done_at, withdrawn_at FROM erasure WHERE person = $1 ORDER BY id",
    ),
    "audit": (
        (),
        """SELECT at, action, entity, entity_id, before, after, reason FROM audit_entry
        WHERE actor = 'user:' || $1::bigint OR actor IN (SELECT 'key:' || public_id FROM api_key WHERE created_by = $1)
        ORDER BY id""",
    ),
    **EVENTS,
}

EXCUSED: Mapping[str, str] = {}
"""Columns that point at a person and are not in the file: `table.column` -> why."""


async def everything(person: int) -> dict[str, Any]:
    """All that is kept about the person, as plain values. Raises NotFound for nobody."""
    rows = await fetch(_PERSON, person)
    if not rows:
        raise NotFound()
    found: dict[str, Any] = {
        "format": FORMAT,
        "made_at": datetime.now(UTC),
        "person": dict(rows[0]),
    }
    for section, (_, statement) in SOURCES.items():
        found[section] = [_plain(dict(row)) for row in await fetch(statement, person)]
    return found


_JSON_COLUMNS = (
    "evidence", "withdrawal", "payload", "before", "after", "delivery", "data", "conditions", "consent", "content",
    "specs", "counts", "answers", "came_of_it",
)  # fmt: skip


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON columns come as text: they are opened, so that the file is JSON throughout."""
    for name in _JSON_COLUMNS:
        if isinstance(row.get(name), str):
            row[name] = msgspec.json.decode(row[name])
    return row


async def as_json(person: int) -> bytes:
    """The same as an indented JSON text."""
    return msgspec.json.format(msgspec.json.encode(await everything(person)), indent=2)
