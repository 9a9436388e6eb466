"""Which drawn picture stands for a product that has neither a photo nor a picture of its own."""

from functools import lru_cache
from zlib import crc32

from kervan.trade import nomenclature

TINTS = ("teal", "clay", "olive", "saffron", "plum", "slate")


@lru_cache(maxsize=256)
def picture_of(hs_code: str | None) -> str:
    """The slug of the picture of the sector that the code's chapter belongs to; `generic` where there is none."""
    sector = nomenclature.sector_of_chapter(hs_code[:2]) if hs_code else None
    return sector.picture if sector else "generic"


@lru_cache(maxsize=256)
def picture_of_sector(slug: str | None) -> str:
    """The slug of a sector's picture; `generic` where there is none."""
    return next((sector.picture for sector in nomenclature.sectors() if sector.slug == slug), "generic")


def tint_of(public_id: str) -> str:
    """A tint that a product always has, and that differs between neighbours."""
    return TINTS[crc32(public_id.encode()) % len(TINTS)]
