"""What is asked, as matching compares it: of a request's content, of an importer's interests."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from kervan.matching import words
from kervan.matching.facts import Asked
from kervan.requests.structs import Content
from kervan.trade import nomenclature

MOST_INTERESTS = 12
"""Headings of an importer that are looked at."""


def of_content(
    content: Content, value_eur: Decimal | None, today: dt.date, *, verified: bool
) -> Asked | None:
    """What a request asks on this day of the law; None while it has no code. `verified` is said of the buyer."""
    if not content.hs_code:
        return None
    return Asked(
        code=content.hs_code,
        country=content.country,
        words=words.of_title(content.title, content.language),
        quantity=content.quantity,
        unit=content.unit,
        value_eur=value_eur,
        certificates=content.certificates,
        languages=content.languages,
        days_left=None if content.deadline is None else (content.deadline - today).days,
        tier="VERIFIED" if verified else "UNVERIFIED",
    )


def of_interests(
    headings: Sequence[str],
    sectors: Sequence[str],
    *,
    country: str,
    provinces: Sequence[str],
    languages: Sequence[str],
) -> list[Asked]:
    """What an importer looks for: its headings, and the chapters of its sectors that none of them lies in."""
    codes = list(dict.fromkeys(headings))[:MOST_INTERESTS]
    known = {code[:2] for code in codes}
    wanted = {slug for slug in sectors}
    chapters = [
        chapter
        for sector in nomenclature.sectors()
        if sector.slug in wanted
        for chapter in sector.chapters
        if chapter not in known
    ]
    return [
        Asked(
            code=code,
            country=country,
            languages=tuple(languages),
            provinces=frozenset(provinces),
        )
        for code in (*codes, *dict.fromkeys(chapters))
    ]
