"""How often the pages of events are read, by trade_event.id."""

from kervan.web.view_counts import ViewCounts

_views = ViewCounts("""
INSERT INTO event_view (event, day, views)
SELECT c.event, c.day, c.views FROM unnest($1::bigint[], $2::date[], $3::bigint[]) AS c (event, day, views)
JOIN trade_event e ON e.id = c.event ORDER BY c.event, c.day
ON CONFLICT ON CONSTRAINT event_view_unique DO UPDATE SET views = event_view.views + excluded.views
""")
viewed, flush, forget = _views.viewed, _views.flush, _views.forget
