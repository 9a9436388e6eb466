"""What holds about events: time lines stay as written, and lists are sorted by what they are asked for."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-23T03:18:55:999990"
VERSION = "1.38.0"
DESCRIPTION = "guards of events"

_FORWARDS = """
CREATE TRIGGER event_step_append_only BEFORE UPDATE OF event, action, before, after, reason, at
    ON event_step FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER registration_step_append_only BEFORE UPDATE OF registration, action, before, after, reason, at
    ON registration_step FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER announcement_step_append_only BEFORE UPDATE OF announcement, action, before, after, reason, counts, at
    ON announcement_step FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER meeting_step_append_only BEFORE UPDATE OF meeting, action, before, after, side, reason, at
    ON meeting_step FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();

CREATE INDEX trade_event_shown ON trade_event (starts_at, id) WHERE state = 'PUBLISHED';
CREATE INDEX trade_event_span ON trade_event USING gist (tstzrange(starts_at, ends_at)) WHERE starts_at IS NOT NULL;
CREATE INDEX trade_event_to_approve ON trade_event (submitted_at) WHERE state = 'SUBMITTED';
CREATE INDEX registration_queue ON registration (event, side, queued_at, id) WHERE state = 'WAITLISTED';
CREATE INDEX registration_offered ON registration (offer_until) WHERE state = 'OFFERED';
CREATE INDEX event_guest_asked ON event_guest (event, id) WHERE state = 'ASKED';
CREATE INDEX event_delivery_due ON event_delivery (due_at, id) WHERE state = 'QUEUED';
CREATE INDEX event_delivery_handed ON event_delivery (handed_at) WHERE state = 'HANDED';
CREATE INDEX event_delivery_of ON event_delivery (announcement, edition, state);
CREATE INDEX event_delivery_recent ON event_delivery (handed_at) INCLUDE (domain) WHERE handed_at IS NOT NULL;
CREATE INDEX meeting_of_day ON meeting (day);
CREATE INDEX meeting_open ON meeting (answer_by) WHERE state = 'PROPOSED';
CREATE INDEX meeting_coming ON meeting (starts_at) WHERE state = 'CONFIRMED';
"""

_BACKWARDS = """
DROP INDEX meeting_of_day, meeting_coming, meeting_open, event_delivery_recent, event_delivery_of,
    event_delivery_handed, event_delivery_due, event_guest_asked, registration_offered, registration_queue,
    trade_event_to_approve, trade_event_shown;
DROP TRIGGER meeting_step_append_only ON meeting_step;
DROP TRIGGER announcement_step_append_only ON announcement_step;
DROP TRIGGER registration_step_append_only ON registration_step;
DROP TRIGGER event_step_append_only ON event_step;
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
