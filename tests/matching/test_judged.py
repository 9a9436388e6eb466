"""The judged requests: the set itself, and how well the score orders the demo exporters for them."""

import datetime as dt
import json
import sys
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from kervan.matching import words
from kervan.matching.facts import Asked, Firm, Goods
from kervan.matching.score import match
from kervan.matching.weights import shipped
from kervan.resources import fixtures_dir
from kervan.trade import certificates, law, nomenclature

sys.path.insert(0, str(Path(__file__).parents[1] / "search"))
from relevance import ndcg  # the one measure of the project

DAY = dt.date(2026, 11, 22)


def judged() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((fixtures_dir() / "matching" / "judged.json").read_text("utf-8"))
    return found


@cache
def firms() -> Mapping[str, Firm]:
    """The demo exporters by slug as matching reads them, without a database."""
    folder = fixtures_dir() / "demo"
    goods: dict[str, list[Goods]] = {}
    for path in sorted((folder / "products").glob("*.json")):
        for row in json.loads(path.read_text("utf-8")):
            if row["state"] == "PUBLISHED":
                of_firm = goods.setdefault(row["exporter"], [])
                of_firm.append(of_row(len(goods) * 1000 + len(of_firm), row))
    return {
        row["slug"]: Firm(
            id=number,
            verification=row["verification"],
            province=row["province"],
            goods=tuple(goods.get(row["slug"], ())),
            countries=frozenset(row["export_countries"]),
            languages=frozenset(row["languages"]),
            certificates={
                slug(one["standard"]): DAY + dt.timedelta(days=one["valid_days"])
                for one in row["certificates"]
            },
        )
        for number, row in enumerate(json.loads((folder / "exporters.json").read_text("utf-8")), start=1)
    }


def of_row(id: int, row: dict[str, Any]) -> Goods:
    return Goods(
        id=id,
        code=row["gtip"],
        unit=row["unit"],
        moq=row["moq"],
        lead_days=row["lead_days"],
        net_g=row["net_g"],
        gross_g=row["gross_g"],
        words=words.of_goods(" ".join((*row["name"].values(), *row["keywords"]))),
        certificates=frozenset(map(slug, row["certificates"])),
    )


def slug(label: str) -> str:
    found = certificates.find_standard(label)
    return found.slug if found else label


def suggested(row: dict[str, Any]) -> list[str]:
    wish = Asked(
        code=row["hs_code"],
        country=row["country"],
        words=words.of_title(row["title"], row["language"]),
        quantity=row["quantity"],
        unit=row["unit"],
        value_eur=Decimal(row["value_eur"]),
        certificates=tuple(row["certificates"]),
        languages=tuple(row["languages"]),
        days_left=row["days"],
    )
    found = []
    for name, firm in firms().items():
        fits = match(wish, firm, law.shipped(), DAY, shipped(), record_cases=5)
        if fits is not None:
            found.append((-fits.score, firm.id, name))
    return [name for _, _, name in sorted(found)]


def test_the_judged_set_is_forty_whole_requests_of_every_sector() -> None:
    rows = judged()
    assert len(rows) == len({row["key"] for row in rows}) == 40
    sectors = {
        sector.slug
        for sector in nomenclature.sectors()
        for row in rows
        if any(
            goods.code[:4] == row["hs_code"][:4]
            for name, grade in row["grades"].items()
            if grade == 3
            for goods in firms()[name].goods
            if sector.slug in sectors_of(name)
        )
    }
    assert {sector.slug for sector in nomenclature.sectors()} == sectors
    for row in rows:
        assert nomenclature.exists(row["hs_code"]), row["key"]
        assert set(row["certificates"]) <= set(certificates.standards()), row["key"]
        assert set(row["grades"].values()) <= {1, 2, 3}, row["key"]
        assert 3 in row["grades"].values(), row["key"]


@cache
def sectors_of(name: str) -> tuple[str, ...]:
    rows = json.loads((fixtures_dir() / "demo" / "exporters.json").read_text("utf-8"))
    return next(tuple(row["sectors"]) for row in rows if row["slug"] == name)


def test_grades_name_verified_exporters_only() -> None:
    for row in judged():
        for name in row["grades"]:
            assert firms()[name].verification == "VERIFIED", (row["key"], name)


def test_who_fits_exactly_comes_first_almost_always() -> None:
    first = [suggested(row)[0] for row in judged()]
    missed = [row["key"] for row, name in zip(judged(), first, strict=True) if row["grades"].get(name) != 3]
    assert len(missed) <= 2, missed


def test_the_order_keeps_to_what_people_judged() -> None:
    gains = [ndcg(suggested(row), row["grades"]) for row in judged()]
    assert sum(gains) / len(gains) >= 0.97


def test_few_of_the_first_five_are_of_no_use() -> None:
    shares = [
        sum(name in row["grades"] for name in suggested(row)[:5]) / len(suggested(row)[:5])
        for row in judged()
    ]
    assert sum(shares) / len(shares) >= 0.88
