"""The demo inventory keeps the rules of real data, and is as rich as the README says."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from kervan.db import fetchval
from kervan.demo import load as demo
from kervan.errors import CommandError
from kervan.products import rules
from kervan.resources import fixtures_dir, templates_dir
from kervan.trade import identifiers, nomenclature, provinces
from kervan.trade.certificates import find_standard

EXPORTERS = json.loads((fixtures_dir() / "demo" / "exporters.json").read_text(encoding="utf-8"))
PRODUCTS = list(demo.rows())


def test_every_product_keeps_every_rule() -> None:
    broken = {product.sku: rules.check(product) for product in PRODUCTS}
    assert {sku: wrong for sku, wrong in broken.items() if wrong} == {}


def test_nothing_claims_micro_export_that_the_law_forbids() -> None:
    today = datetime.now(UTC).date()
    refused = [product.sku for product in PRODUCTS if rules.settle(product, today)[1]]
    assert refused == []


def test_every_identifier_has_its_check_digits() -> None:
    for row in EXPORTERS:
        if row["vkn"]:
            assert identifiers.vkn(row["vkn"]) == row["vkn"]
        if row["mersis"]:
            assert identifiers.mersis(row["mersis"], row["vkn"]) == (row["mersis"], None)
        assert provinces.province(row["province"])
        for sector in row["sectors"]:
            assert nomenclature.sector(sector)
    gtins = Counter(product.gtin for product in PRODUCTS if product.gtin)
    assert max(gtins.values()) == 1


def test_every_picture_is_drawn() -> None:
    drawn = {path.stem for path in (templates_dir() / "_static" / "pictures").glob("*.svg")}
    assert {product.picture for product in PRODUCTS} <= drawn
    assert {sector.picture for sector in nomenclature.sectors()} <= drawn


def test_the_inventory_is_rich() -> None:
    verified = [row for row in EXPORTERS if row["verification"] == "VERIFIED"]
    assert len(EXPORTERS) >= 60
    assert len(verified) >= 50
    assert len({row["province"] for row in verified}) >= 25
    assert len({sector for row in verified for sector in row["sectors"]}) >= 15
    assert len(PRODUCTS) >= 600
    assert {row["verification"] for row in EXPORTERS} >= {
        "SUBMITTED",
        "UNDER_REVIEW",
        "NEEDS_INFO",
        "SUSPENDED",
    }
    known = [find_standard(entry["standard"]) for row in EXPORTERS for entry in row["certificates"]]
    assert all(known)


def test_nothing_points_outside_the_reserved_domain() -> None:
    """Names under .example belong to nobody (RFC 2606)."""
    for row in EXPORTERS:
        assert row["website"].endswith(".example")
        assert row["contact_email"].endswith(".example")


async def test_the_demo_goes_into_an_empty_database_only(db: None) -> None:
    assert await demo.is_empty()
    loaded = await demo.load()
    assert loaded.products == len(PRODUCTS)
    assert await fetchval("SELECT count(*) FROM product") == len(PRODUCTS)
    with pytest.raises(CommandError):
        await demo.load()
