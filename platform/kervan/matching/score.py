"""How well an exporter fits what is asked (domain 4.8): hard filters first, then points with a reason each.

Pure: no clock, no database. The same facts give the same answer, and better facts never a lower one.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from kervan.matching.facts import Asked, Bar, Firm, Goods, Match, Reason
from kervan.matching.weights import Weights
from kervan.trade.law import ETGB, LawBook
from kervan.trade.verdict import FINAL, SALE, Refusal, Shipment, judge

_Found = tuple[str, int, dict[str, str | int]]
"""Code, thousandths of points, params."""

# As people read them: the goods, then what is asked of them, then the firm.
_ORDER = (
    "HS6", "HS4", "HS2", "WORDS", "QUANTITY", "CERTIFICATE", "CERTIFICATE_OF_PRODUCT", "COUNTRY", "LANGUAGE",
    "PROVINCE", "ANSWERS", "LIMITS",
)  # fmt: skip


def bar(asked: Asked, firm: Firm, book: LawBook, on: dt.date, weights: Weights) -> Bar | None:
    """The first hard filter that the exporter does not pass on this day of the law; None when it may be suggested."""
    if barred := _of_whole_firm(asked, firm):
        return barred
    near = [goods for goods in firm.goods if _near(asked, goods, weights)]
    if not near:
        return Bar("NO_GOODS", {"code": asked.code})
    taken = [goods for goods in near if firm.own.takes_code(goods.code)]
    if not taken:
        return Bar("CODE_EXCLUDED", {"code": asked.code})
    if all(_banned(goods.code, asked.country, book, on) for goods in taken):
        return Bar("PROHIBITED", {"code": asked.code})
    return None


def match(
    asked: Asked, firm: Firm, book: LawBook, on: dt.date, weights: Weights, *, record_cases: int
) -> Match | None:
    """The match by the product that fits best, with its reasons and what is missing; None behind a hard filter.

    An answer rate counts from `record_cases` cases on. Equal products are told apart by their id.
    """
    if _of_whole_firm(asked, firm) is not None:
        return None
    best: tuple[int, int, list[_Found], list[_Found]] | None = None
    for goods in firm.goods:
        same = _near(asked, goods, weights)
        if not same or not firm.own.takes_code(goods.code) or _banned(goods.code, asked.country, book, on):
            continue
        good, lacking = _of_goods(asked, firm, goods, same, book, on, weights)
        key = (_sum(good) + _sum(lacking), -goods.id)
        if best is None or key > best[:2]:
            best = (*key, good, lacking)
    if best is None:
        return None
    of_firm, lacks = _of_firm(asked, firm, on, weights, record_cases)
    good = sorted([*best[2], *of_firm], key=lambda found: _ORDER.index(found[0]))
    lacking = [*best[3], *lacks]
    return Match(
        score=_points(_sum(good) + _sum(lacking)),
        reasons=tuple(_reason(found) for found in good),
        missing=tuple(_reason(found) for found in lacking),
        goods=-best[1],
    )


def _of_whole_firm(asked: Asked, firm: Firm) -> Bar | None:
    if firm.verification != "VERIFIED":
        return Bar("SUSPENDED" if firm.verification == "SUSPENDED" else "NOT_VERIFIED")
    if firm.opted_out:
        return Bar("OPTED_OUT")
    if asked.country is not None and not firm.own.takes_country(asked.country):
        return Bar("COUNTRY_NOT_SERVED", {"country": asked.country})
    return None


def _banned(code: str, country: str | None, book: LawBook, on: dt.date) -> bool:
    row = book.restricted_goods(code, country or "", on)
    return row is not None and row.kind == "PROHIBITED"


def _of_goods(
    asked: Asked,
    firm: Firm,
    goods: Goods,
    same: list[_Found],
    book: LawBook,
    on: dt.date,
    weights: Weights,
) -> tuple[list[_Found], list[_Found]]:
    good = [*same]
    lacking: list[_Found] = []
    if _digits(asked, goods) < min(len(asked.code), 6):
        lacking.append(("OTHER_CODE", 0, {"asked": asked.code[:6], "code": goods.code[:6]}))
    units = None
    if asked.quantity is not None:
        units = goods.units(asked.quantity, asked.unit)
        _quantity(units, goods, weights, good, lacking)
    held_by_both = sum(
        slug in goods.certificates and _holds(firm, slug, on) for slug in set(asked.certificates)
    )
    if held_by_both:
        points = weights.certificate_of_product * held_by_both // len(set(asked.certificates))
        good.append(("CERTIFICATE_OF_PRODUCT", points, {"count": held_by_both}))
    if units and asked.value_eur is not None and asked.country is not None:
        _limits(asked, firm, goods, units, book, on, weights, good, lacking)
    if asked.days_left is not None:
        _late(asked.days_left, goods, weights, lacking)
    return good, lacking


def _near(asked: Asked, goods: Goods, weights: Weights) -> list[_Found]:
    """What code and name of a product have in common with what is asked; nothing when that is too little."""
    if goods.code[:2] != asked.code[:2]:
        return []
    digits = _digits(asked, goods)
    found: list[_Found] = [(f"HS{digits}", _code(digits, weights), {"code": goods.code[:digits]})]
    held = [word.typed for word in asked.words if word.stems & goods.words]
    if held:
        found.append(("WORDS", weights.words * len(held) // len(asked.words), {"words": ", ".join(held)}))
    # Nobody can come nearer to a chapter that is looked for than the chapter.
    least = min(weights.least, _code(min(len(asked.code), 6), weights))
    return found if _sum(found) >= least else []


def _digits(asked: Asked, goods: Goods) -> int:
    """How many digits are the same: 2, 4 or 6. A heading that was asked cannot be met to six digits."""
    same = next((length for length in (6, 4) if asked.code[:length] == goods.code[:length]), 2)
    return min(same, len(asked.code))


def _code(digits: int, weights: Weights) -> int:
    return {6: weights.hs6, 4: weights.hs4, 2: weights.hs2}[digits]


def _quantity(
    units: int | None, goods: Goods, weights: Weights, good: list[_Found], lacking: list[_Found]
) -> None:
    if units is None:
        return
    params: dict[str, str | int] = {"moq": goods.moq, "quantity": units, "unit": goods.unit}
    if goods.moq <= units:
        good.append(("QUANTITY", weights.quantity, params))
    else:
        lacking.append(("MOQ", weights.quantity * units // goods.moq, params))


def _limits(
    asked: Asked,
    firm: Firm,
    goods: Goods,
    units: int,
    book: LawBook,
    on: dt.date,
    weights: Weights,
    good: list[_Found],
    lacking: list[_Found],
) -> None:
    country = asked.country or ""
    verdict = judge(
        Shipment(
            on=on,
            route=ETGB,
            purpose=SALE,
            sale_type=FINAL,
            destination=country,
            buyer_country=country,
            tier=asked.tier,
            currency="EUR",
            goods_eur=asked.value_eur,
            total_eur=asked.value_eur,
            gross_g=units * (goods.gross_g or 0),
            codes=(goods.code,),
        ),
        book,
        firm.own,
    )
    if verdict.allowed:
        good.append(("LIMITS", weights.limits, {}))
    elif refused := _own(verdict.refusals):
        lacking.append((refused.code, 0, dict(refused.params)))


def _own(refusals: Iterable[Refusal]) -> Refusal | None:
    """What the exporter's own limits refuse. What law and platform refuse is so for every exporter, and no flaw."""
    return next((refusal for refusal in refusals if refusal.code.startswith("EXPORTER_")), None)


def _late(days_left: int, goods: Goods, weights: Weights, lacking: list[_Found]) -> None:
    days = weights.late_days if goods.lead_days is None else goods.lead_days
    beyond = min(max(days - max(days_left, 0), 0), weights.late_days)
    points = -(weights.late * beyond // weights.late_days)
    if goods.lead_days is None:
        lacking.append(("LEAD_UNKNOWN", points, {}))
    elif beyond:
        lacking.append(("LATE", points, {"lead": goods.lead_days, "left": days_left}))


def _of_firm(
    asked: Asked, firm: Firm, on: dt.date, weights: Weights, record_cases: int
) -> tuple[list[_Found], list[_Found]]:
    good: list[_Found] = []
    lacking: list[_Found] = []
    for slug in (certificates := tuple(dict.fromkeys(asked.certificates))):
        if _holds(firm, slug, on):
            good.append(("CERTIFICATE", weights.certificate // len(certificates), {"certificate": slug}))
        elif (ended := firm.certificates.get(slug)) is not None:
            lacking.append(("CERTIFICATE_EXPIRED", 0, {"certificate": slug, "on": ended.isoformat()}))
        else:
            lacking.append(("CERTIFICATE_LACKING", 0, {"certificate": slug}))
    if asked.country is not None:
        if asked.country in firm.countries:
            good.append(("COUNTRY", weights.country, {"country": asked.country}))
        else:
            lacking.append(("COUNTRY_NEW", 0, {"country": asked.country}))
    if asked.languages:
        if spoken := next((language for language in asked.languages if language in firm.languages), None):
            good.append(("LANGUAGE", weights.language, {"language": spoken}))
        else:
            lacking.append(("LANGUAGE_LACKING", 0, {"languages": ",".join(asked.languages)}))
    if firm.province is not None and firm.province in asked.provinces:
        good.append(("PROVINCE", weights.province, {"province": firm.province}))
    if firm.cases >= max(record_cases, 1):
        percent = firm.answered * 100 // firm.cases
        good.append(("ANSWERS", weights.answers * firm.answered // firm.cases, {"percent": percent}))
    return good, lacking


def _holds(firm: Firm, slug: str, on: dt.date) -> bool:
    return slug in firm.certificates and ((until := firm.certificates[slug]) is None or until >= on)


def _sum(found: Iterable[_Found]) -> int:
    return sum(points for _, points, _ in found)


def _points(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-3)


def _reason(found: _Found) -> Reason:
    code, points, params = found
    return Reason(code, _points(points), params)
