"""What holds about requests and alerts: what was announced stays, one clock, lists by what they are sorted by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-23T00:10:54:999990"
VERSION = "1.38.0"
DESCRIPTION = "guards of the request board"

_FORWARDS = """
CREATE TRIGGER request_edition_append_only BEFORE UPDATE OF request, edition, content, value_eur, published_at OR DELETE
    ON request_edition FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER request_event_append_only BEFORE UPDATE OF request, action, before, after, side, reason, edition, at
    OR DELETE ON request_event FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- The goods of a request's inquiry follow the request's newest edition; of other inquiries they stay as they were sent.
DROP TRIGGER inquiry_line_append_only ON inquiry_line;
CREATE FUNCTION kervan_refuse_asked_line() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM inquiry i WHERE i.id = OLD.inquiry AND NEW.inquiry = OLD.inquiry
        AND i.request IS NOT NULL) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER inquiry_line_append_only BEFORE UPDATE OF inquiry, number, name, hs_code, quantity, unit, target_price,
    certificates ON inquiry_line FOR EACH ROW EXECUTE FUNCTION kervan_refuse_asked_line();

-- The certificates of a quote stand as it was sent, like all that it says.
DROP TRIGGER quote_revision_sent ON quote_revision;
CREATE TRIGGER quote_revision_sent BEFORE DELETE OR UPDATE OF quote, revision, currency, incoterm, place, destination,
    lead_days, valid_until, payment_terms, note, certificates, charges, goods_total, total, gross_weight_g, verdict,
    sent_at ON quote_revision FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION kervan_refuse_change();

CREATE INDEX trade_request_open ON trade_request (deadline, id) WHERE state = 'PUBLISHED';
CREATE INDEX trade_request_newest ON trade_request (published_at DESC, id) WHERE state = 'PUBLISHED';
CREATE INDEX trade_request_of_code ON trade_request (left(hs_code, 2), left(hs_code, 4)) WHERE state = 'PUBLISHED';
CREATE INDEX trade_request_to_review ON trade_request (review_due_at) WHERE state = 'SUBMITTED';
CREATE UNIQUE INDEX trade_request_notice ON trade_request (post, source_url, source_ref)
    WHERE source = 'TENDER' AND state <> 'REJECTED';
CREATE INDEX request_outcome_open ON request_outcome (asked_at) WHERE answered_at IS NULL;
-- Which products are of a heading, or of a chapter as a range: matching asks this for every request.
CREATE INDEX product_version_code ON product_version (left(hs_code, 4), product);

INSERT INTO alert_clock (id, tick) VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE UNIQUE INDEX alert_version_now ON alert_version (alert) WHERE until IS NULL;
CREATE INDEX alert_version_ended ON alert_version (until) WHERE until IS NOT NULL;
CREATE INDEX alert_delivery_waiting ON alert_delivery (alert, id) WHERE state = 'QUEUED';
CREATE INDEX announcement_waiting ON announcement (id) WHERE matched_at IS NULL;
CREATE INDEX notification_unread ON notification (person) WHERE read_at IS NULL;
"""

_BACKWARDS = """
DROP INDEX product_version_code, notification_unread, announcement_waiting, alert_delivery_waiting, alert_version_ended, alert_version_now,
    request_outcome_open, trade_request_notice, trade_request_to_review, trade_request_of_code, trade_request_newest, trade_request_open;
DROP TRIGGER quote_revision_sent ON quote_revision;
CREATE TRIGGER quote_revision_sent BEFORE DELETE OR UPDATE OF quote, revision, currency, incoterm, place, destination,
    lead_days, valid_until, payment_terms, note, charges, goods_total, total, gross_weight_g, verdict, sent_at
    ON quote_revision FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION kervan_refuse_change();
DROP TRIGGER inquiry_line_append_only ON inquiry_line;
DROP FUNCTION kervan_refuse_asked_line();
CREATE TRIGGER inquiry_line_append_only BEFORE UPDATE OF inquiry, number, name, hs_code, quantity, unit, target_price,
    certificates ON inquiry_line FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
DROP TRIGGER request_event_append_only ON request_event;
DROP TRIGGER request_edition_append_only ON request_edition;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="kervan", description=DESCRIPTION)

    async def run() -> None:
        await execute(_FORWARDS)

    async def undo() -> None:
        await execute(_BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(undo)
    return manager
