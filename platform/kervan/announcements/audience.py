"""Whom an announcement is for: what staff choose, as one value, and the one statement that finds these people.

Only people of importers, each once however many firms they belong to. What is chosen narrows; nothing chosen in a
group means everybody there. Interests are one group: a sector or a heading that fits is enough.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from kervan.events.tables import EventKind
from kervan.importers.tables import Standing
from kervan.organisations.queries import IN_TERM
from kervan.trade import nomenclature
from kervan.trade.countries import TURKIYE, is_country
from kervan.trade.errors import N_, TradeError
from kervan.web.i18n import BY_CODE

STANDINGS = (str(Standing.ACTIVE), str(Standing.VERIFIED))
MOST_HEADINGS = 60


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """The choices; `check` says which values there are."""

    countries: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    """Chapters (2 digits), headings (4) or subheadings (6)."""
    standings: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """What people read, by their account."""
    past: Literal["", "REGISTERED", "ATTENDED"] = ""
    """Their firm registered for, or attended, an earlier event."""
    kinds: tuple[str, ...] = ()
    """Of these kinds; with `past` only."""
    here: Literal["", "REGISTERED", "NOT_REGISTERED"] = ""
    """Their firm is registered for this very event, or is not."""
    fresh: bool = False
    """Only who got no earlier edition of this announcement."""


def check(audience: Audience) -> Mapping[str, TradeError | str]:
    """What is wrong, by field; nothing when all can be chosen."""
    wrong: dict[str, TradeError | str] = {}
    unknown = N_("This cannot be chosen here.")
    for name, good in (
        ("countries", all(is_country(code) and code != TURKIYE for code in audience.countries)),
        ("sectors", set(audience.sectors) <= {one.slug for one in nomenclature.sectors()}),
        ("standings", set(audience.standings) <= set(STANDINGS)),
        ("languages", set(audience.languages) <= set(BY_CODE)),
        ("kinds", set(audience.kinds) <= {str(kind) for kind in EventKind}),
    ):
        if not good:
            wrong[name] = unknown
    for code in audience.headings:
        if len(code) not in (2, 4, 6) or not nomenclature.exists(code):
            wrong["headings"] = TradeError(
                N_("{code} is no chapter (2 digits), heading (4) or subheading (6)."), code=code[:12]
            )
    if len(audience.headings) > MOST_HEADINGS:
        wrong["headings"] = TradeError(N_("Choose at most {most}."), most=MOST_HEADINGS)
    return wrong


def people(
    audience: Audience, announcement: int, event: int, edition: int, most: int
) -> tuple[str, list[Any]]:
    """A SELECT of everybody whom the audience holds, and its parameters $1 … $12.

    Columns: person, address_key, language, zone (of the person's own clock, '' when it was never set), country (of the
    first of their firms), consent, suppressed, news (AT_ONCE, WEEKLY or NEVER).
    """
    values: list[Any] = [
        announcement, event, edition,
        list(audience.standings or STANDINGS), list(audience.countries), list(audience.sectors),
        list(audience.headings), list(audience.languages), list(audience.kinds),
        ["ATTENDED"] if audience.past == "ATTENDED" else ["CONFIRMED", "ATTENDED", "NO_SHOW", "WAITLISTED", "APPLIED"],
        "events", most,
    ]  # fmt: skip
    where = ["im.standing = ANY($4::text[])", "cardinality($5::text[]) = 0 OR im.country = ANY($5)"]
    where.append(_INTERESTS)
    where.append("cardinality($8::text[]) = 0 OR p.language = ANY($8)")
    where.append(_PAST if audience.past else "cardinality($9::text[]) >= 0 AND cardinality($10::text[]) >= 0")
    if audience.here:
        where.append(f"{'NOT ' if audience.here == 'NOT_REGISTERED' else ''}{_HERE}")
    if audience.fresh:
        where.append(_FRESH)
    return _PEOPLE.format(where=" AND ".join(f"({part})" for part in where)), values


RECENT = """
(SELECT count(*) FROM event_delivery r WHERE r.person = p.id AND r.handed_at > now() - interval '30 days'
    AND r.state IN ('HANDED', 'SENT', 'UNKNOWN', 'BOUNCED'))
"""
"""How many announcements a person had within a month: the text of the consent promises an upper limit."""

# The parameters that a choice leaves unused are named once all the same: PostgreSQL wants to know their types.
_PEOPLE = f"""
SELECT DISTINCT ON (p.id) p.id AS person, p.email_key AS address_key, p.language,
    CASE WHEN p.time_zone = 'UTC' THEN '' ELSE p.time_zone END AS zone, im.country,
    EXISTS (SELECT FROM consent c WHERE c.person = p.id AND c.purpose = $11 AND c.withdrawn_at IS NULL) AS consent,
    EXISTS (SELECT FROM suppression s WHERE s.address_key = p.email_key) AS suppressed,
    coalesce((SELECT n.frequency FROM event_news n WHERE n.person = p.id), 'AT_ONCE') AS news,
    {RECENT} >= $12::int AS often
FROM importer im JOIN organisation o ON o.id = im.organisation JOIN membership m ON m.organisation = o.id
JOIN person p ON p.id = m.person
WHERE {{where}} AND {IN_TERM} AND o.closed_at IS NULL AND p.state = 'ACTIVE' AND p.email_confirmed_at IS NOT NULL
    AND ($1::bigint, $2::bigint, $3::int) IS NOT NULL
ORDER BY p.id, im.id
"""
_INTERESTS = """
cardinality($6::text[]) = 0 AND cardinality($7::text[]) = 0 OR im.sectors && $6::varchar[]
OR EXISTS (SELECT FROM unnest(im.headings) own, unnest($7::text[]) asked
    WHERE starts_with(own, asked) OR starts_with(asked, own))
"""
_PAST = """
EXISTS (SELECT FROM registration r JOIN trade_event e ON e.id = r.event
    WHERE r.organisation = o.id AND r.event <> $2 AND e.ends_at < now() AND r.state = ANY($10::text[])
        AND (cardinality($9::text[]) = 0 OR e.kind = ANY($9)))
"""
_HERE = """
EXISTS (SELECT FROM registration r WHERE r.organisation = o.id AND r.event = $2
    AND r.state NOT IN ('REJECTED', 'CANCELLED'))
"""
_FRESH = """
NOT EXISTS (SELECT FROM event_delivery d WHERE d.announcement = $1 AND d.edition < $3 AND d.person = p.id
    AND d.state IN ('SENT', 'HANDED', 'UNKNOWN', 'BOUNCED'))
"""

COUNT = """
SELECT count(*) FILTER (WHERE consent AND NOT suppressed AND news = 'AT_ONCE' AND NOT often) AS reached,
    count(*) FILTER (WHERE NOT consent) AS no_consent,
    count(*) FILTER (WHERE consent AND suppressed) AS suppressed,
    count(*) FILTER (WHERE consent AND NOT suppressed AND news <> 'AT_ONCE') AS quiet,
    count(*) FILTER (WHERE consent AND NOT suppressed AND news = 'AT_ONCE' AND often) AS often
FROM ({people}) everybody
"""
"""Everybody of `people`, each in the first group that applies."""
