"""Small makers of exporters and products for tests; names are invented."""

from decimal import Decimal
from typing import Any
from zlib import crc32

from kervan.db import fetchval
from kervan.exporters import service as exporters
from kervan.exporters.inputs import ExporterInput
from kervan.products import service as products
from kervan.products.inputs import ProductInput, TextInput

ACTOR = "system:test"


async def make_exporter(slug: str = "ayse-havlu", **fields: Any) -> int:
    """A verified company in Denizli."""
    values: dict[str, Any] = {
        "slug": slug,
        "kind": "COMPANY",
        "legal_name": "Ayşe Havlu Sanayi A.Ş.",
        "trade_name": "Ayşe Havlu",
        "province": "20",
        "vkn": f"{crc32(slug.encode()):010d}",
        "sectors": ("home-textiles",),
        "languages": ("tr", "en"),
        "about": {"tr": "Denizli'de havlu dokur.", "en": "Weaves towels in Denizli."},
        "verification": "VERIFIED",
        "verified_by": "DENİB",
    }
    return await exporters.create(ExporterInput(**{**values, **fields}), ACTOR)


def product_input(sku: str = "HV-1", **fields: Any) -> ProductInput:
    """A cotton towel at EUR 3.10 to 4.20, 455 g gross, from 50 pieces."""
    values: dict[str, Any] = {
        "sku": sku,
        "texts": {
            "tr": TextInput("Taraklı pamuk havlu", "Yumuşak, emici banyo havlusu."),
            "en": TextInput("Combed cotton terry towel", "A soft bath towel that dries quickly."),
        },
        "hs_code": "630260000011",
        "tariff_year": 2026,
        "net_weight_g": 420,
        "gross_weight_g": 455,
        "moq": 50,
        "step": 10,
        "currency": "EUR",
        "tiers": ((50, Decimal("4.20")), (200, Decimal("3.60")), (1000, Decimal("3.10"))),
        "lead_days": 10,
        "micro_export_ok": True,
    }
    return ProductInput(**{**values, **fields})


async def make_product(exporter_id: int, sku: str = "HV-1", **fields: Any) -> int:
    """Stores product_input(sku, **fields) and returns its id."""
    await products.save_many(exporter_id, [product_input(sku, **fields)], ACTOR)
    id: int = await fetchval("SELECT id FROM product WHERE exporter = $1 AND sku = $2", exporter_id, sku)
    return id
