"""How often requests are read on the board, by trade_request.id."""

from kervan.web.view_counts import ViewCounts

_views = ViewCounts("""
INSERT INTO request_view (request, day, views)
SELECT c.request, c.day, c.views FROM unnest($1::bigint[], $2::date[], $3::bigint[]) AS c (request, day, views)
JOIN trade_request q ON q.id = c.request ORDER BY c.request, c.day
ON CONFLICT ON CONSTRAINT request_view_unique DO UPDATE SET views = request_view.views + excluded.views
""")
viewed, flush, forget = _views.viewed, _views.flush, _views.forget
