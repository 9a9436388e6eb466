"""What holds about papers and parcels: what was printed stays, what is handed over is settled."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T21:10:08:999993"
VERSION = "1.38.0"
DESCRIPTION = "guards of papers"

_FORWARDS = """
CREATE UNIQUE INDEX document_live_unique ON document ("order", kind) WHERE state = 'ISSUED';
CREATE INDEX declaration_open ON declaration (updated_at) WHERE delivered_on IS NULL;

-- What was printed stays as it was printed. Only the seal of a sole trader's identity number may be made anew
-- (kervan reseal), and a person who was erased is forgotten.
CREATE FUNCTION kervan_refuse_other_paper() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF (NEW.paper #- '{seller,tckn}') IS DISTINCT FROM (OLD.paper #- '{seller,tckn}')
        OR (NEW.paper #>> '{seller,tckn}' IS NULL) <> (OLD.paper #>> '{seller,tckn}' IS NULL) THEN
        RAISE EXCEPTION 'document is append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER document_paper BEFORE UPDATE OF paper ON document
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_other_paper();
CREATE TRIGGER document_append_only
    BEFORE UPDATE OF id, public_id, "order", kind, version, number, terms, code, issued_at OR DELETE ON document
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
-- A document that holds no longer never holds again.
CREATE FUNCTION kervan_refuse_revival() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF OLD.state <> 'ISSUED' AND NEW.state IS DISTINCT FROM OLD.state THEN
        RAISE EXCEPTION 'a document that holds no longer cannot be issued again' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER document_no_revival BEFORE UPDATE OF state ON document
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_revival();
CREATE TRIGGER document_file_append_only BEFORE UPDATE OR DELETE ON document_file
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER invoice_number_append_only BEFORE UPDATE OR DELETE ON invoice_number
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- Who carries what since when is settled at the hand-over; what the customs say of it may be corrected.
CREATE TRIGGER declaration_hand_over
    BEFORE UPDATE OF id, "order", carrier, waybill, handed_on, packages, gross_weight_g, created_at OR DELETE
    ON declaration FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER shipped_line_append_only BEFORE UPDATE OR DELETE ON shipped_line
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER vat_step_append_only BEFORE UPDATE OF id, "order", step, done_on, created_at OR DELETE ON vat_step
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
"""

_BACKWARDS = """
DROP TRIGGER vat_step_append_only ON vat_step;
DROP TRIGGER shipped_line_append_only ON shipped_line;
DROP TRIGGER declaration_hand_over ON declaration;
DROP TRIGGER invoice_number_append_only ON invoice_number;
DROP TRIGGER document_file_append_only ON document_file;
DROP TRIGGER document_no_revival ON document;
DROP TRIGGER document_append_only ON document;
DROP TRIGGER document_paper ON document;
DROP FUNCTION kervan_refuse_revival();
DROP FUNCTION kervan_refuse_other_paper();
DROP INDEX declaration_open, document_live_unique;
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
