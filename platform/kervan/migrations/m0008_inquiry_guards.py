"""What holds about inquiries and quotes: one live quote of a recipient, one accepted of an inquiry."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T20:23:54:999992"
VERSION = "1.38.0"
DESCRIPTION = "guards of inquiries"

_FORWARDS = """
CREATE TRIGGER attachment_append_only BEFORE UPDATE OR DELETE ON attachment
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- Inquiries: lists by firm, one live quote of a recipient, one accepted quote of an inquiry.
CREATE INDEX inquiry_of_importer ON inquiry (importer, id DESC);
CREATE INDEX inquiry_to_expire ON inquiry (expires_at) WHERE state IN ('OPEN', 'ANSWERED');
CREATE INDEX quote_to_expire ON quote (valid_until) WHERE state IN ('SENT', 'REVISED');
CREATE UNIQUE INDEX quote_live_unique ON quote (recipient) WHERE state IN ('DRAFT', 'SENT', 'REVISED');
CREATE UNIQUE INDEX quote_accepted_unique ON quote (inquiry) WHERE state = 'ACCEPTED';

-- What was asked for stays as it was sent.
CREATE TRIGGER inquiry_line_append_only BEFORE UPDATE OF inquiry, number, name, hs_code, quantity, unit, target_price,
    certificates ON inquiry_line FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER inquiry_line_stays BEFORE DELETE ON inquiry_line
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- A revision may be worked on until it is sent; then it and its lines stand.
CREATE TRIGGER quote_revision_sent BEFORE DELETE OR UPDATE OF quote, revision, currency, incoterm, place, destination,
    lead_days, valid_until, payment_terms, note, charges, goods_total, total, gross_weight_g, verdict, sent_at
    ON quote_revision FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION kervan_refuse_change();
CREATE FUNCTION kervan_refuse_sent_line() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    -- Of a line that is taken away the revision that it stood in counts, of a new one the one that it comes to.
    IF EXISTS (SELECT FROM quote_revision r
        WHERE r.id = (CASE WHEN TG_OP = 'INSERT' THEN NEW.revision ELSE OLD.revision END) AND r.sent_at IS NOT NULL) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$body$;
CREATE TRIGGER quote_line_sent BEFORE INSERT OR DELETE OR
    UPDATE OF revision, number, name, quantity, unit, unit_price, amount ON quote_line
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_sent_line();
"""

_BACKWARDS = """
DROP TRIGGER quote_line_sent ON quote_line;
DROP FUNCTION kervan_refuse_sent_line();
DROP TRIGGER quote_revision_sent ON quote_revision;
DROP TRIGGER inquiry_line_stays ON inquiry_line;
DROP TRIGGER inquiry_line_append_only ON inquiry_line;
DROP INDEX quote_accepted_unique, quote_live_unique, quote_to_expire, inquiry_to_expire, inquiry_of_importer;
DROP TRIGGER attachment_append_only ON attachment;
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
