"""Who fits whom: exporters for a request, requests for an exporter, exporters for an importer's interests."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
from asyncpg import Record

from kervan.db import fetch
from kervan.errors import NotFound
from kervan.matching import asking, candidates
from kervan.matching.facts import Asked, Firm, Match
from kervan.matching.score import match
from kervan.matching.sentences import Said, of_match
from kervan.matching.weights import shipped
from kervan.products import queries as products_of
from kervan.requests.queries import CONTENT, OPEN, content_of
from kervan.requests.structs import Content
from kervan.trade import law

PER_PAGE = 20
MOST_REQUESTS = 1000
"""Open requests, the newest, that are held against an exporter's products."""

_FIRMS = """
SELECT e.id, e.slug, e.trade_name, e.province, p.id AS product, p.public_id AS product_id,
    i.created_at AS invited_at,
    EXISTS (SELECT FROM inquiry n JOIN inquiry_recipient r ON r.inquiry = n.id
        WHERE n.request = $1 AND r.exporter = e.id) AS answered
FROM unnest($2::bigint[], $3::bigint[]) AS found (exporter, product)
JOIN exporter e ON e.id = found.exporter JOIN product p ON p.id = found.product
LEFT JOIN request_invitation i ON i.request = $1 AND i.exporter = e.id
"""
_REQUEST = f"""
SELECT q.id, q.public_id, q.value_eur, im.standing, {CONTENT}
FROM trade_request q JOIN importer im ON im.id = q.importer
"""
_REQUESTS = f"""
{_REQUEST} WHERE {OPEN} AND left(q.hs_code, 2) = ANY($1::text[])
ORDER BY q.published_at DESC, q.id LIMIT {MOST_REQUESTS}
"""
_TOUCHED = """
SELECT q.id, p.public_id AS product, i.created_at AS invited_at,
    EXISTS (SELECT FROM inquiry n JOIN inquiry_recipient r ON r.inquiry = n.id
        WHERE n.request = q.id AND r.exporter = $3) AS answered
FROM unnest($1::bigint[], $2::bigint[]) AS found (request, product)
JOIN trade_request q ON q.id = found.request JOIN product p ON p.id = found.product
LEFT JOIN request_invitation i ON i.request = q.id AND i.exporter = $3
"""


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """An exporter that fits, with the product that fits best."""

    exporter: int
    slug: str
    name: str
    province: str
    product: str
    """Public id."""
    product_name: str
    product_slug: str
    """For its address: /products/{slug}-{id}."""
    match: Match
    good: tuple[Said, ...]
    """What speaks for it, in the requester's language."""
    lacking: tuple[Said, ...]
    invited_at: datetime | None = None
    answered: bool = False


class SuggestedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An open request that an exporter fits. requests.queries.cards has the rest of it."""

    request: int
    public_id: str
    product: str
    """Public id of the own product that fits best."""
    match: Match
    good: tuple[Said, ...]
    """What speaks for it, in the exporter's language."""
    lacking: tuple[Said, ...]
    invited_at: datetime | None = None
    answered: bool = False


async def for_request(request: int, language: str = "en", limit: int = PER_PAGE) -> list[Suggested]:
    """The exporters that fit a request (trade_request.id) best, the best first; nothing while it has no code.

    Raises NotFound.
    """
    asked = await asked_of(request)
    return [] if asked is None else await _named(await found_for(asked), language, limit, request)


async def for_content(
    content: Content, language: str = "en", limit: int = PER_PAGE, *, value_eur: Decimal | None = None
) -> list[Suggested]:
    """The same for what a request would say, of a verified buyer."""
    asked = asking.of_content(content, value_eur, _today(), verified=True)
    return [] if asked is None else await _named(await found_for(asked), language, limit)


async def asked_of(request: int) -> Asked | None:
    """What a request (trade_request.id) asks, as it is compared; None while it has no code. Raises NotFound."""
    rows = await fetch(f"{_REQUEST} WHERE q.id = $1", request)
    if not rows:
        raise NotFound()
    row = rows[0]
    return asking.of_content(
        content_of(row), row["value_eur"], _today(), verified=row["standing"] == "VERIFIED"
    )


async def found_for(asked: Asked) -> list[tuple[Firm, Match]]:
    """The exporters that fit what is asked with their matches, the best first, equal ones by id."""
    return _ranked([asked], await candidates.of(asked, shipped()))


async def for_exporter(
    exporter: int, page: int = 1, language: str = "en", per_page: int = PER_PAGE
) -> tuple[list[SuggestedRequest], int]:
    """A page of the open requests that an exporter (exporter.id) fits, the best first, and how many there are.

    Only the newest MOST_REQUESTS of its chapters are looked at.
    """
    firms = await candidates.firms([exporter])
    if not firms:
        return [], 0
    firm = firms[0]
    today, book, weights = _today(), law.current(), shipped()
    cases = book.figure("RECORD_CASES", today)
    # That it does not want to be suggested to others is no reason to hide requests from it.
    firm = msgspec.structs.replace(firm, opted_out=False)
    found: list[tuple[Match, int, str]] = []
    for row in await fetch(_REQUESTS, sorted({goods.code[:2] for goods in firm.goods})):
        asked = asking.of_content(
            content_of(row), row["value_eur"], today, verified=row["standing"] == "VERIFIED"
        )
        if asked is None:
            continue
        narrow = msgspec.structs.replace(firm, goods=candidates.nearest(firm.goods, asked.code))
        if (fits := match(asked, narrow, book, today, weights, record_cases=cases)) is not None:
            found.append((fits, row["id"], row["public_id"]))
    found.sort(key=lambda one: (-one[0].score, one[1]))
    shown = found[(page - 1) * per_page : page * per_page]
    ids, goods = [id for _, id, _ in shown], [fits.goods for fits, _, _ in shown]
    touched = {row["id"]: row for row in await fetch(_TOUCHED, ids, goods, exporter)}
    return [
        _suggested_request(fits, id, public_id, touched[id], language)
        for fits, id, public_id in shown
        if id in touched
    ], len(found)


def _suggested_request(
    fits: Match, id: int, public_id: str, touched: Record, language: str
) -> SuggestedRequest:
    good, lacking = of_match(fits, language, "EXPORTER")
    return SuggestedRequest(
        request=id,
        public_id=public_id,
        product=touched["product"],
        match=fits,
        good=good,
        lacking=lacking,
        invited_at=touched["invited_at"],
        answered=touched["answered"],
    )


async def for_importer(importer: int, language: str = "en", limit: int = PER_PAGE) -> list[Suggested]:
    """The exporters for an importer's interests (importer.id), the best first; none where it has told of none.

    Raises NotFound.
    """
    rows = await fetch(
        "SELECT headings, sectors, country, provinces, languages FROM importer WHERE id = $1", importer
    )
    if not rows:
        raise NotFound()
    wishes = asking.of_interests(**rows[0])
    firms: dict[int, Firm] = {}
    for wish in wishes:
        for firm in await candidates.of(wish, shipped()):
            known = firms.get(firm.id)
            goods = {one.id: one for one in (*(known.goods if known else ()), *firm.goods)}
            firms[firm.id] = msgspec.structs.replace(firm, goods=tuple(goods.values()))
    return await _named(_ranked(wishes, firms.values()), language, limit)


def _ranked(wishes: Sequence[Asked], firms: Iterable[Firm]) -> list[tuple[Firm, Match]]:
    """Each exporter with its best match, the best first."""
    today, book, weights = _today(), law.current(), shipped()
    cases = book.figure("RECORD_CASES", today)
    found: list[tuple[Firm, Match]] = []
    for firm in firms:
        of_firm = (match(wish, firm, book, today, weights, record_cases=cases) for wish in wishes)
        fits = max((one for one in of_firm if one is not None), key=lambda one: one.score, default=None)
        if fits is not None:
            found.append((firm, fits))
    return sorted(found, key=lambda one: (-one[1].score, one[0].id))


async def _named(
    found: Sequence[tuple[Firm, Match]], language: str, limit: int, request: int = 0
) -> list[Suggested]:
    best = found[:limit]
    goods = [fits.goods for _, fits in best]
    rows = {row["id"]: row for row in await fetch(_FIRMS, request, [firm.id for firm, _ in best], goods)}
    names = dict(await products_of.names(goods, language))
    return [
        _suggested(fits, rows[firm.id], names[rows[firm.id]["product_id"]], language)
        for firm, fits in best
        # What was suspended or paused between the two reads is gone.
        if firm.id in rows and rows[firm.id]["product_id"] in names
    ]


def _suggested(fits: Match, row: Record, product: str, language: str) -> Suggested:
    good, lacking = of_match(fits, language, "REQUESTER")
    return Suggested(
        exporter=row["id"],
        slug=row["slug"],
        name=row["trade_name"],
        province=row["province"],
        product=row["product_id"],
        product_name=product,
        product_slug=products_of.slug_of(product),
        match=fits,
        good=good,
        lacking=lacking,
        invited_at=row["invited_at"],
        answered=row["answered"],
    )


def _today() -> date:
    return law.day_of(datetime.now(UTC))
