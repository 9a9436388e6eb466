"""What Piccolo's tables cannot say: append-only triggers, search indexes, partial indexes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T13:51:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "append-only guards and search indexes"

_FORWARDS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE FUNCTION kervan_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$body$;

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER product_version_append_only BEFORE UPDATE ON product_version
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER price_tier_append_only BEFORE UPDATE ON price_tier
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- The answer from PostgreSQL when the engine is down: any part of a folded word.
CREATE INDEX product_search_text_trgm ON product USING gin (search_text gin_trgm_ops);
CREATE INDEX exporter_search_text_trgm ON exporter USING gin (search_text gin_trgm_ops);
-- Newest products, and an exporter's own, among what visitors may see.
CREATE INDEX product_published_newest ON product (published_at DESC, id) WHERE state = 'PUBLISHED';
CREATE INDEX product_published_of_exporter ON product (exporter, published_at DESC) WHERE state = 'PUBLISHED';
-- Limits are spent and forgotten: after a crash everybody starts full.
ALTER TABLE rate_bucket SET UNLOGGED;
"""

_BACKWARDS = """
ALTER TABLE rate_bucket SET LOGGED;
DROP INDEX product_published_of_exporter, product_published_newest, exporter_search_text_trgm, product_search_text_trgm;
DROP TRIGGER price_tier_append_only ON price_tier;
DROP TRIGGER product_version_append_only ON product_version;
DROP TRIGGER audit_entry_no_truncate ON audit_entry;
DROP TRIGGER audit_entry_append_only ON audit_entry;
DROP FUNCTION kervan_refuse_change();
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
