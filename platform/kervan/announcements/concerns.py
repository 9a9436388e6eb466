"""Which events concern which firms, and who wrote what, as conditions of SQL that several rooms ask.

`e` is trade_event, `im` importer, `ex` exporter. An event without sectors and headings is about every kind of goods,
one without target countries is for every country; a capacity of 0 keeps a side out.
"""

FOR_IMPORTER = """
coalesce(e.capacity_importers, 1) > 0 AND im.standing IN ('ACTIVE', 'VERIFIED')
AND (cardinality(e.target_countries) = 0 OR im.country = ANY(e.target_countries))
AND (cardinality(e.sectors) = 0 AND cardinality(e.headings) = 0 OR im.sectors && e.sectors
    OR EXISTS (SELECT FROM unnest(im.headings) own, unnest(e.headings) about
        WHERE starts_with(own, about) OR starts_with(about, own)))
"""
FOR_EXPORTER = """
coalesce(e.capacity_exporters, 1) > 0 AND ex.verification = 'VERIFIED'
AND (cardinality(e.sectors) = 0 AND cardinality(e.headings) = 0 OR ex.sectors && e.sectors
    OR EXISTS (SELECT FROM product pr JOIN product_version pv ON pv.product = pr.id AND pv.number = pr.current_version
        JOIN unnest(e.headings) about ON starts_with(pv.hs_code, about)
        WHERE pr.exporter = ex.id AND pr.state = 'PUBLISHED'))
"""

ROLES = """
(o.kind = 'EXPORTER' AND m.role IN ('OWNER', 'ORDER_DESK') OR o.kind = 'IMPORTER' AND m.role IN ('OWNER', 'BUYER'))
"""
"""Who may register a firm: organisations.roles, rights ORDERS and BUY."""

WROTE = """
v.person IS NOT NULL AND v.action IN ('create', 'edit', 'audience', 'new-edition', 'submit')
AND v.id >= coalesce((SELECT max(x.id) FROM announcement_step x
    WHERE x.announcement = v.announcement AND x.action IN ('create', 'new-edition')), 0)
"""
"""Whether the step v (announcement_step) is writing at the edition of now: who did it does not approve it."""
