"""What holds about rows of the law: past ones never change, no two about the same thing at a time."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T20:23:54:999991"
VERSION = "1.38.0"
DESCRIPTION = "guards of the law"

_FORWARDS = """
-- The law: rows are added and an open end is closed once, nothing else; no two rows about the same thing at a time.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE FUNCTION kervan_law_row() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE'
        AND OLD.valid_to IS NULL AND NEW.valid_to IS NOT NULL AND NEW.closed_at IS NOT NULL
        -- Yesterday, since a law may begin on the day on which it is published.
        AND NEW.valid_to >= (now() AT TIME ZONE 'Europe/Istanbul')::date - 1
        AND to_jsonb(NEW) - 'valid_to' - 'closed_at' = to_jsonb(OLD) - 'valid_to' - 'closed_at'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: past rows of the law never change', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$body$;

CREATE FUNCTION kervan_law_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_TABLE_NAME = 'fx_rate' THEN
        UPDATE law_version SET rates = rates + 1;
    ELSE
        UPDATE law_version SET law = law + 1;
    END IF;
    RETURN NULL;
END
$body$;

DO $body$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['regime_limit', 'platform_limit', 'restricted_goods', 'platform_figure',
        'public_holiday', 'carrier']
    LOOP
        EXECUTE format('CREATE TRIGGER law_append_only BEFORE UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION kervan_law_row()', name);
        EXECUTE format('CREATE TRIGGER law_no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION kervan_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER law_counted AFTER INSERT OR UPDATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION kervan_law_changed()', name);
    END LOOP;
END
$body$;
CREATE TRIGGER fx_rate_append_only BEFORE UPDATE OR DELETE ON fx_rate
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER fx_rate_no_truncate BEFORE TRUNCATE ON fx_rate
    FOR EACH STATEMENT EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER fx_rate_counted AFTER INSERT ON fx_rate
    FOR EACH STATEMENT EXECUTE FUNCTION kervan_law_changed();

ALTER TABLE regime_limit ADD CONSTRAINT regime_limit_one_at_a_time
    EXCLUDE USING gist (route WITH =, daterange(valid_from, valid_to, '[]') WITH &&);
ALTER TABLE platform_limit ADD CONSTRAINT platform_limit_one_at_a_time
    EXCLUDE USING gist (tier WITH =, daterange(valid_from, valid_to, '[]') WITH &&);
ALTER TABLE platform_figure ADD CONSTRAINT platform_figure_one_at_a_time
    EXCLUDE USING gist (name WITH =, daterange(valid_from, valid_to, '[]') WITH &&);
ALTER TABLE restricted_goods ADD CONSTRAINT restricted_goods_one_at_a_time
    EXCLUDE USING gist (prefix WITH =, coalesce(destination, '') WITH =,
        daterange(valid_from, valid_to, '[]') WITH &&);
ALTER TABLE carrier ADD CONSTRAINT carrier_one_at_a_time
    EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to, '[]') WITH &&);

INSERT INTO law_version (id, law, rates) VALUES (1, 0, 0) ON CONFLICT DO NOTHING;
"""

_BACKWARDS = """
ALTER TABLE carrier DROP CONSTRAINT carrier_one_at_a_time;
ALTER TABLE restricted_goods DROP CONSTRAINT restricted_goods_one_at_a_time;
ALTER TABLE platform_figure DROP CONSTRAINT platform_figure_one_at_a_time;
ALTER TABLE platform_limit DROP CONSTRAINT platform_limit_one_at_a_time;
ALTER TABLE regime_limit DROP CONSTRAINT regime_limit_one_at_a_time;
DROP TRIGGER fx_rate_counted ON fx_rate;
DROP TRIGGER fx_rate_no_truncate ON fx_rate;
DROP TRIGGER fx_rate_append_only ON fx_rate;
DO $body$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['regime_limit', 'platform_limit', 'restricted_goods', 'platform_figure',
        'public_holiday', 'carrier']
    LOOP
        EXECUTE format('DROP TRIGGER law_counted ON %I', name);
        EXECUTE format('DROP TRIGGER law_no_truncate ON %I', name);
        EXECUTE format('DROP TRIGGER law_append_only ON %I', name);
    END LOOP;
END
$body$;
DROP FUNCTION kervan_law_changed();
DROP FUNCTION kervan_law_row();
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
