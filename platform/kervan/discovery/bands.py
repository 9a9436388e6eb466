"""Bands of prices, quantities and lead times: the facet's slugs, their bounds and their sentences."""

from decimal import Decimal

import msgspec

from kervan.trade.errors import N_


class Band(msgspec.Struct, frozen=True):
    """From `low` to `high`, both inclusive; None is open. `label` is a msgid with {low} and {high}."""

    slug: str
    low: Decimal | None
    high: Decimal | None
    label: str


def _bands(*bounds: str, under: str, between: str, over: str, step: str) -> tuple[Band, ...]:
    """Bands between the bounds; the next band starts one `step` after the bound."""
    edges = [Decimal(bound) for bound in bounds]
    first = Band(f"-{bounds[0]}", None, edges[0], under)
    middle = [
        Band(f"{bounds[n]}-{bounds[n + 1]}", edges[n] + Decimal(step), edges[n + 1], between)
        for n in range(len(bounds) - 1)
    ]
    return (first, *middle, Band(f"{bounds[-1]}-", edges[-1] + Decimal(step), None, over))


PRICE = _bands(
    "1", "5", "20", "100", "500",
    under=N_("up to €{high}"), between=N_("€{low} to €{high}"), over=N_("over €{low}"), step="0.0001",
)  # fmt: skip
"""EUR, the lowest unit price of a product."""

MOQ = _bands(
    "10", "50", "100", "500",
    under=N_("up to {high}"), between=N_("{low} to {high}"), over=N_("over {low}"), step="1",
)  # fmt: skip
"""Units of the product's own unit code."""

LEAD = _bands(
    "7", "14", "30",
    under=N_("up to {high} days"), between=N_("{low} to {high} days"), over=N_("over {low} days"), step="1",
)  # fmt: skip
"""Days."""

QUANTITY = _bands(
    "100", "1000", "10000", "100000",
    under=N_("up to {high} {unit}"), between=N_("{low} to {high} {unit}"), over=N_("over {low} {unit}"), step="1",
)  # fmt: skip
"""Of what a request asks for, in its own unit: the facet's value is the unit and the band, KGM.1000-10000."""

DEADLINE = _bands(
    "7", "30", "90",
    under=N_("closes within {high} days"), between=N_("closes in {low} to {high} days"),
    over=N_("closes in more than {low} days"), step="1",
)  # fmt: skip
"""Days from today until the last day of a request."""

BY_FACET = {"price": PRICE, "moq": MOQ, "lead": LEAD, "quantity": QUANTITY, "deadline": DEADLINE}


def band_of(bands: tuple[Band, ...], value: Decimal | int | None) -> str | None:
    """The slug of the band that holds the value; None for None."""
    if value is None:
        return None
    for band in bands:
        if band.high is None or value <= band.high:
            return band.slug
    return None


def band(facet: str, slug: str) -> Band | None:
    """The band of a facet by slug, or None."""
    return next((band for band in BY_FACET[facet] if band.slug == slug), None)


def bounds(band: Band) -> dict[str, str]:
    """What the label's {low} and {high} show: the edges that the slug names."""
    low, _, high = band.slug.partition("-")
    return {"low": low, "high": high}


def quantity_of(quantity: int | None, unit: str | None) -> str | None:
    """The value of the facet `quantity` of a request; None where it names no quantity or no unit."""
    slug = band_of(QUANTITY, quantity)
    return f"{unit}.{slug}" if slug and unit else None
