"""What Piccolo's tables cannot say about people and organisations: partial indexes, append-only rows, old exporters."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T17:07:21:999999"
VERSION = "1.38.0"
DESCRIPTION = "guards of people and organisations"

_FORWARDS = """
CREATE UNIQUE INDEX membership_open_unique ON membership (person, organisation) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX task_open_unique ON task (kind, about) WHERE done_at IS NULL;
CREATE UNIQUE INDEX exporter_review_open_unique ON exporter_review (exporter) WHERE decided_at IS NULL;
CREATE UNIQUE INDEX exporter_claim_open_unique ON exporter_claim (exporter, person) WHERE decided_at IS NULL;
CREATE UNIQUE INDEX enrolment_open_unique ON enrolment (association, vkn)
    WHERE claimed_at IS NULL AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX consent_live_unique ON consent (person, purpose) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX rights_proposal_open_unique ON rights_proposal (person, organisation, change)
    WHERE decided_at IS NULL;
CREATE INDEX exporter_association ON exporter (association) WHERE association IS NOT NULL;
CREATE INDEX audit_entry_of_actor ON audit_entry (actor, at DESC);

CREATE TRIGGER exporter_limit_append_only BEFORE UPDATE OR DELETE ON exporter_limit
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

-- Exporters that were loaded before accounts existed get their organisation; nobody belongs to it yet.
WITH made AS (
    INSERT INTO organisation (public_id, kind, name, country)
    SELECT substr(translate(md5(random()::text || e.id), '01', 'xy'), 1, 12), 'EXPORTER', e.legal_name, 'TR'
    FROM exporter e WHERE e.organisation IS NULL ORDER BY e.id RETURNING id
),
numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM made),
waiting AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM exporter WHERE organisation IS NULL)
UPDATE exporter e SET organisation = numbered.id FROM waiting JOIN numbered USING (n) WHERE e.id = waiting.id;
"""

_BACKWARDS = """
DROP TRIGGER exporter_limit_append_only ON exporter_limit;
DROP INDEX audit_entry_of_actor, exporter_association, rights_proposal_open_unique, consent_live_unique,
    enrolment_open_unique, exporter_claim_open_unique, exporter_review_open_unique, task_open_unique,
    membership_open_unique;
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
