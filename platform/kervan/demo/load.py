"""The demo inventory: fixtures/demo into an empty database, through the same services as real data."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from kervan.db import execute, fetchval
from kervan.errors import CommandError
from kervan.exporters import service as exporters
from kervan.exporters.inputs import CertificateInput, ExporterInput
from kervan.exporters.structs import SalesChannel
from kervan.products import rules
from kervan.products import service as products
from kervan.products.inputs import ProductInput, TextInput
from kervan.resources import fixtures_dir
from kervan.trade import identifiers
from kervan.trade.certificates import written

ACTOR = "system:demo"

Progress = Callable[[int, int], None]
"""Called with (exporters done, exporters in all)."""


class Loaded(msgspec.Struct):
    """What the demo holds now."""

    exporters: int = 0
    products: int = 0


async def is_empty() -> bool:
    """Whether there is no exporter at all: the demo never mixes with real data."""
    return not await fetchval("SELECT EXISTS (SELECT FROM exporter)")


async def load(on_progress: Progress = lambda *_: None) -> Loaded:
    """Loads every exporter and product of the fixtures; dates count back from today.

    Raises CommandError when there already are exporters, or when a fixture breaks a rule of the inventory.
    """
    if not await is_empty():
        raise CommandError("The database holds exporters already; the demo only goes into an empty one.")
    folder = fixtures_dir() / "demo"
    now = datetime.now(UTC)
    firms = _read(folder / "exporters.json")
    goods: dict[str, list[Mapping[str, Any]]] = {}
    for path in sorted((folder / "products").glob("*.json")):
        for row in _read(path):
            goods.setdefault(row["exporter"], []).append(row)
    done = Loaded()
    for firm in firms:
        exporter_id = await exporters.create(_exporter(firm, now), ACTOR)
        await _begun_before(exporter_id)
        inputs = [rules.settle(_product(row, now), now.date())[0] for row in goods.pop(firm["slug"], [])]
        counts = await products.save_many(exporter_id, inputs, ACTOR)
        done.exporters += 1
        done.products += counts.created
        on_progress(done.exporters, len(firms))
    if goods:
        raise CommandError("Demo products name unknown exporters: {slugs}", slugs=", ".join(sorted(goods)))
    return done


async def _begun_before(exporter_id: int) -> None:
    """Lets a verified firm have registered a while before its verification."""
    await execute(
        """UPDATE exporter SET created_at = verified_at - interval '16 days',
            submitted_at = verified_at - interval '4 days' WHERE id = $1 AND verified_at IS NOT NULL""",
        exporter_id,
    )


def _read(path: Path) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _exporter(row: Mapping[str, Any], now: datetime) -> ExporterInput:
    verified = row["verification"] in ("VERIFIED", "SUSPENDED", "EXPIRED")
    days = int(row.get("verified_days_ago") or 30 + (sum(map(ord, row["slug"])) * 7) % 300)
    verified_at = now - timedelta(days=days) if verified else None
    return ExporterInput(
        slug=row["slug"],
        kind=row["kind"],
        legal_name=row["legal_name"],
        trade_name=row["trade_name"],
        province=row["province"],
        vkn=identifiers.vkn(row["vkn"]) if row["vkn"] else None,
        tax_office=row["tax_office"],
        mersis=row["mersis"],
        association=row["association"],
        association_no=row["association_no"],
        district=row["district"],
        address=row["address"],
        postcode=row["postcode"],
        sectors=tuple(row["sectors"]),
        business_model=row["business_model"],
        sales_channels=tuple(msgspec.convert(channel, SalesChannel) for channel in row["sales_channels"]),
        export_countries=tuple(row["export_countries"]),
        languages=tuple(row["languages"]),
        founded=row["founded"],
        employees_band=row["employees_band"],
        website=row["website"],
        contact_email=row["contact_email"],
        phone=row["phone"],
        about=row["about"],
        capacity=row["capacity"],
        certificates=tuple(_certificate(entry, now) for entry in row["certificates"]),
        verification=row["verification"],
        verified_by=row["verified_by"] if verified else None,
        verified_at=verified_at,
        verified_until=(verified_at + exporters.VERIFICATION_DAYS).date() if verified_at else None,
    )


def _certificate(entry: Mapping[str, Any], now: datetime) -> CertificateInput:
    today = now.date()
    return CertificateInput(
        standard=written(entry["standard"]),
        issuer=entry["issuer"],
        number=entry["number"],
        valid_from=today + timedelta(days=entry["valid_from_days"]),
        valid_until=today + timedelta(days=entry["valid_days"]),
    )


def _product(row: Mapping[str, Any], now: datetime) -> ProductInput:
    package = row.get("package") or {}
    description = row["description"]
    return ProductInput(
        sku=row["sku"],
        texts={lang: TextInput(name, description.get(lang, "")) for lang, name in row["name"].items()},
        origin=row["origin"],
        gtin=row["gtin"],
        brand=row["brand"],
        hs_code=row["gtip"],
        tariff_year=2026 if row["gtip"] and len(row["gtip"]) == 12 else None,
        unit=row["unit"],
        net_weight_g=row["net_g"],
        gross_weight_g=row["gross_g"],
        moq=row["moq"],
        step=row["step"],
        currency=row["currency"],
        tiers=tuple((tier["from"], Decimal(tier["price"])) for tier in row["price_tiers"]),
        lead_days=row["lead_days"],
        package_units=package.get("units"),
        package_length_mm=package.get("length_mm"),
        package_width_mm=package.get("width_mm"),
        package_height_mm=package.get("height_mm"),
        package_gross_g=package.get("gross_g"),
        micro_export_ok=row["micro_export_ok"],
        exclusion_reason=row["exclusion_reason"],
        keywords=tuple(row["keywords"]),
        certificates=tuple(written(standard) for standard in row["certificates"]),
        picture=row["picture"],
        tint=row["tint"],
        published_at=now - timedelta(days=row["published_days_ago"], minutes=len(row["sku"]) * 7),
        state=row["state"],
    )


def rows() -> Iterator[ProductInput]:
    """Every product of the fixtures as an input: for the test that holds them to the rules."""
    now = datetime.now(UTC)
    for path in sorted((fixtures_dir() / "demo" / "products").glob("*.json")):
        for row in _read(path):
            yield _product(row, now)
