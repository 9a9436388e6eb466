"""What a person organised: the part of "my data" that tells of events, meeting days and imports."""

from collections.abc import Mapping

EVENTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "events_organised": (
        ("trade_event.person", "trade_event.approved_by"),
        """SELECT e.public_id, e.kind, e.state, e.organiser_name, e.starts_at, e.created_at,
            e.person IS NOT DISTINCT FROM $1 AS written_by_you, e.approved_by IS NOT DISTINCT FROM $1 AS approved_by_you
        FROM trade_event e WHERE e.person = $1 OR e.approved_by = $1 ORDER BY e.id""",
    ),
    "event_steps": (
        ("event_step.person",),
        """SELECT e.public_id AS event, s.action, s.reason, s.at
        FROM event_step s JOIN trade_event e ON e.id = s.event WHERE s.person = $1 ORDER BY s.id""",
    ),
    "event_imports": (
        ("event_import.person",),
        "SELECT public_id, name, counts, created_at FROM event_import WHERE person = $1 ORDER BY id",
    ),
    "meeting_days_organised": (
        ("meeting_day.person",),
        "SELECT public_id, name, day, state, created_at FROM meeting_day WHERE person = $1 ORDER BY id",
    ),
    "meeting_plans_asked_for": (
        ("meeting_plan.person",),
        "SELECT public_id, seed, state, created_at FROM meeting_plan WHERE person = $1 ORDER BY id",
    ),
    "meeting_days": (
        ("day_participant.person",),
        """SELECT d.public_id AS day, p.state, p.slots, p.languages, p.most_meetings, p.created_at
        FROM day_participant p JOIN meeting_day d ON d.id = p.day WHERE p.person = $1 ORDER BY p.id""",
    ),
}
"""Sections as in privacy.export.SOURCES."""
