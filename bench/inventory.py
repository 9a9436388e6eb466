"""Exporters and products made up by a seed: the same number gives the same inventory on every machine."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from words import COLOURS, GOODS, MATERIALS, SYLLABLES, TRAITS, USES

from kervan.exporters.inputs import ExporterInput
from kervan.products.inputs import ProductInput, TextInput
from kervan.trade import nomenclature
from kervan.trade.certificates import find_standard

SEED = 2026
EXPORTERS = 500
# Fixed, not today: a run next month must measure the same documents.
NOW = datetime(2026, 11, 1, tzinfo=UTC)
_CERTIFICATES = (
    "ISO 9001",
    "ISO 14001",
    "OEKO-TEX Standard 100",
    "GOTS",
    "HACCP",
    "Halal",
    "CE",
    "ISO 22000",
)
_SIZES = (
    *("30x30", "50x90", "70x140", "90x200", "160x230", "200x300"),
    *("10 mm", "25 cm", "1.5 m", "250 g", "500 ml", "5 kg"),
)
_CURRENCIES = ("EUR", "USD", "TRY", "GBP")


def zipf(count: int, exponent: float = 0.9) -> list[float]:
    """Weights of `count` things, the first the most frequent."""
    return [1 / (rank + 3) ** exponent for rank in range(count)]


def _names(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(dice.choice(SYLLABLES) for _ in range(dice.randint(2, 4))).capitalize()] = None
    return list(found)


BRANDS = _names(400, 11)
SERIES = _names(700, 12)
_PLATES = [f"{n:02}" for n in range(1, 82)]
random.Random(13).shuffle(_PLATES)
PROVINCES = ["34", *(plate for plate in _PLATES if plate != "34")]


def exporters(count: int = EXPORTERS) -> Iterator[ExporterInput]:
    """Verified firms, each of one or two sectors."""
    dice = random.Random(SEED)
    sectors = [sector.slug for sector in nomenclature.sectors()]
    names = _names(count, 14)
    for number in range(count):
        own = dict.fromkeys(dice.choices(sectors, zipf(len(sectors), 0.6), k=dice.choice((1, 1, 2))))
        yield ExporterInput(
            slug=f"bench-{number:04}",
            kind="manufacturer",
            legal_name=f"{names[number]} Sanayi ve Ticaret A.Ş.",
            trade_name=names[number],
            vkn=_vkn(number),
            province=dice.choices(PROVINCES, zipf(81))[0],
            sectors=tuple(own),
            languages=("tr", "en"),
            export_countries=("DE", "GB"),
            founded=dice.randint(1950, 2024),
            about={
                "tr": f"{names[number]} üretici ve ihracatçıdır.",
                "en": f"{names[number]} makes and exports.",
            },
            verification="VERIFIED",
            verified_by="bench",
            verified_at=NOW - timedelta(days=dice.randint(1, 300)),
        )


def sizes(total: int, firms: int = EXPORTERS) -> list[int]:
    """How many products each firm has: a few large ones, many small ones, `total` in all."""
    weights = [1 / (rank + 20) ** 0.7 for rank in range(firms)]
    scale = total / sum(weights)
    counts = [int(weight * scale) for weight in weights]
    counts[0] += total - sum(counts)
    return counts


def _goods_of(sectors: tuple[str, ...]) -> tuple[list[tuple[str, ...]], list[float]]:
    chapters = {chapter for slug in sectors for chapter in nomenclature.sector(slug).chapters}
    all_weights = zipf(len(GOODS), 0.8)
    fitting = [
        (good, weight) for good, weight in zip(GOODS, all_weights, strict=True) if good[0][:2] in chapters
    ]
    goods = fitting or list(zip(GOODS, all_weights, strict=True))
    return [good for good, _ in goods], [weight for _, weight in goods]


def products(exporter: int, sectors: tuple[str, ...], count: int) -> Iterator[ProductInput]:
    """The products of one firm; every facet is filled in."""
    dice = random.Random(SEED * 1000 + exporter)
    goods, weights = _goods_of(sectors)
    chosen = dice.choices(goods, weights, k=count)
    return (_product(dice, exporter, number, good) for number, good in enumerate(chosen))


def _product(dice: random.Random, exporter: int, number: int, good: tuple[str, ...]) -> ProductInput:
    heading, english, turkish = good
    children = nomenclature.children(heading)
    code = dice.choices(children, zipf(len(children)))[0] + "000000"
    material = _pick(dice, MATERIALS)
    trait, other = _pick(dice, TRAITS), _pick(dice, TRAITS)
    colour, use = _pick(dice, COLOURS), _pick(dice, USES)
    size, series = dice.choice(_SIZES), dice.choices(SERIES, zipf(len(SERIES), 0.7))[0]
    texts = {
        "tr": TextInput(
            f"{series} {trait[1]} {material[1]} {turkish} {size} {colour[1]}",
            f"{material[1].capitalize()} malzemeden {trait[1]}, {other[1]} {turkish}. "
            f"{use[1].capitalize()} için uygundur; {colour[1]} renk, {size}. "
            "Kendi tesisimizde üretilir, ihracata uygun paketlenir.",
        ),
        "en": TextInput(
            f"{series} {trait[0]} {material[0]} {english} {size} {colour[0]}",
            f"A {trait[0]} and {other[0]} {english} of {material[0]} for {use[0]} use, {colour[0]}, {size}. "
            "Made in our own plant and packed for export; samples and private label on request.",
        ),
    }
    if dice.random() < 0.15:
        texts["de"] = TextInput(f"{series} {english} {size}")
    price = Decimal(dice.choice((1, 3, 8, 20, 60, 250, 900))) * Decimal(dice.randint(50, 199)) / 100
    moq = dice.choice((1, 5, 20, 50, 100, 250, 500, 1000))
    labels = dice.sample(_CERTIFICATES, dice.choices((0, 1, 2), (5, 3, 2))[0])
    weight = dice.choice((120, 450, 900, 2500, 18000))
    return ProductInput(
        sku=f"B{exporter:04}-{number:05}",
        texts=texts,
        gtin=_gtin(exporter * 100_000 + number) if dice.random() < 0.6 else None,
        brand=dice.choices(BRANDS, zipf(len(BRANDS)))[0],
        hs_code=code,
        tariff_year=2026,
        net_weight_g=weight,
        gross_weight_g=weight + weight // 10,
        moq=moq,
        currency=dice.choices(_CURRENCIES, (6, 3, 1, 1))[0],
        tiers=((moq, price), (moq * 10, (price * Decimal("0.9")).quantize(Decimal("0.01")))),
        lead_days=dice.choice((3, 7, 10, 14, 21, 30, 45)),
        package_units=dice.choice((6, 12, 24)),
        micro_export_ok=moq * weight < 300_000,
        keywords=tuple(dict.fromkeys((*use, *other))),
        certificates=tuple(_label(name) for name in labels),
        published_at=NOW - timedelta(minutes=dice.randint(1, 900_000)),
    )


def _label(name: str) -> str:
    known = find_standard(name)
    return known.label if known else name


def _pick(dice: random.Random, pairs: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return dice.choices(pairs, zipf(len(pairs), 0.6))[0]


def _gtin(number: int) -> str:
    digits = f"869{number:09}"[:12]
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return digits + str(-(odd + 3 * even) % 10)


def _vkn(number: int) -> str:
    """A tax number with a right check digit, of nobody: the nine digits count up."""
    digits = f"{100_000_000 + number}"
    total = 0
    for place, digit in enumerate(map(int, digits)):
        shifted = (digit + 9 - place) % 10
        total += shifted if shifted == 9 else shifted * 2 ** (9 - place) % 9
    return digits + str(-total % 10)


def words() -> dict[str, float]:
    """Every word that product names hold, folded by nobody, with how often it is used (any scale)."""
    found: dict[str, float] = {}
    weighted = itertools.chain(
        *(
            zip(pairs, zipf(len(pairs), 0.6), strict=True)
            for pairs in ([good[1:] for good in GOODS], MATERIALS, TRAITS, COLOURS, USES)
        ),
        (((name,), weight / 4) for name, weight in zip(SERIES, zipf(len(SERIES), 0.7), strict=True)),
        (((name,), weight / 4) for name, weight in zip(BRANDS, zipf(len(BRANDS)), strict=True)),
    )
    for texts, weight in weighted:
        for word in (word for text in texts for word in text.split()):
            if len(word) > 2:
                found[word] = found.get(word, 0.0) + weight
    return found


def row(product: ProductInput) -> dict[str, Any]:
    """The product as a line of an import file."""
    line: dict[str, Any] = {
        "sku": product.sku,
        "gtin": product.gtin,
        "brand": product.brand,
        "gtip": product.hs_code,
        "net_weight_g": product.net_weight_g,
        "gross_weight_g": product.gross_weight_g,
        "currency": product.currency,
        "lead_days": product.lead_days,
        "package_units": product.package_units,
        "micro_export": "yes" if product.micro_export_ok else "no",
        "keywords": ", ".join(product.keywords),
        "certificates": ", ".join(product.certificates),
    }
    for language, text in product.texts.items():
        line[f"name_{language}"] = text.name
        line[f"description_{language}"] = text.description
    for place, (quantity, price) in enumerate(product.tiers, start=1):
        line[f"from_{place}"] = quantity
        line[f"price_{place}"] = str(price)
    return line
