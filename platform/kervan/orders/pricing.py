"""What goods cost and weigh now: read from the inventory by the server, never from what was sent."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec
from asyncpg import Connection, Record

from kervan.errors import Invalid, KervanError
from kervan.orders.errors import Difference
from kervan.orders.structs import PricedLine, WantedLine
from kervan.trade.errors import N_
from kervan.trade.money import quantize

MOST_LINES = 60
"""Of one order: what the papers of one parcel can show."""
MOST = 999_999_999

PRODUCTS = """
SELECT p.id, p.public_id, p.sku, p.gtin, p.origin, p.state, p.exporter, v.id AS version_id, v.number, v.hs_code, v.unit,
    v.net_weight_g, v.gross_weight_g, v.moq, v.step, v.currency, v.package_units, v.micro_export_ok,
    v.exclusion_reason, v.lead_days,
    (SELECT jsonb_object_agg(x.language, x.name) FROM product_text x WHERE x.product = p.id) AS names,
    (SELECT array_agg(ARRAY[t.from_quantity::numeric, t.unit_price] ORDER BY t.from_quantity)
        FROM price_tier t WHERE t.version = v.id) AS tiers
FROM product p JOIN product_version v ON v.product = p.id AND v.number = p.current_version
WHERE p.public_id = ANY($1::text[])
"""

_SEEN = """
SELECT v.product, v.number, v.hs_code, v.gross_weight_g, v.currency,
    (SELECT t.unit_price FROM price_tier t WHERE t.version = v.id AND t.from_quantity <= w.quantity
        ORDER BY t.from_quantity DESC LIMIT 1) AS unit_price
FROM unnest($1::bigint[], $2::int[], $3::int[]) AS w (product, number, quantity)
JOIN product_version v ON v.product = w.product AND v.number = w.number
"""


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """Goods as they are priced and weighed now.

    `problems` are by field (`lines`, or `quantity.<product>`): with one of them nothing can be ordered.
    """

    lines: tuple[PricedLine, ...]
    currency: str | None
    lead_days: int | None
    """The longest of the goods."""
    excluded: tuple[str, ...]
    """Names of goods that their exporter does not send by micro-export."""
    differences: tuple[Difference, ...]
    problems: Mapping[str, KervanError]

    @property
    def goods_total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def net_g(self) -> int:
        return sum(line.net_g for line in self.lines)

    @property
    def gross_g(self) -> int:
        return sum(line.gross_g for line in self.lines)


async def price(conn: Connection, exporter_id: int, lines: Sequence[WantedLine], language: str) -> Priced:
    """The lines at today's prices and weights, with everything that is wrong about them."""
    problems: dict[str, KervanError] = {}
    if not lines:
        problems["lines"] = Invalid(N_("There is nothing in this order yet."))
    if len(lines) > MOST_LINES:
        problems["lines"] = Invalid(N_("One order has at most {limit} kinds of goods."), limit=MOST_LINES)
    if len({line.product for line in lines}) != len(lines):
        problems["lines"] = Invalid(N_("One product comes twice. Put it in one line."))
    rows = {
        row["public_id"]: row
        for row in await conn.fetch(PRODUCTS, [line.product for line in lines[:MOST_LINES]])
    }
    lines_found: list[PricedLine] = []
    excluded: list[str] = []
    found: list[tuple[WantedLine, Record, PricedLine]] = []
    for line in lines[:MOST_LINES]:
        if line.seen_price is not None and not (line.seen_price.is_finite() and 0 <= line.seen_price <= MOST):
            problems[f"price.{line.product}"] = Invalid(N_("Enter an amount above zero."))
            continue
        row = rows.get(line.product)
        if row is None or row["exporter"] != exporter_id or row["state"] != "PUBLISHED":
            problems[f"quantity.{line.product}"] = Invalid(
                N_("This product is no longer offered. Take it out.")
            )
            continue
        if wrong := _wrong_quantity(row, line.quantity):
            problems[f"quantity.{line.product}"] = wrong
            continue
        unit_price = tier_price(row["tiers"], line.quantity)
        if unit_price is None or row["currency"] is None:
            problems[f"quantity.{line.product}"] = Invalid(
                N_("This product has no price. Ask the exporter for a quote.")
            )
            continue
        one = priced(row, line.quantity, unit_price, row["currency"], language)
        if one.amount <= 0:
            problems[f"quantity.{line.product}"] = Invalid(
                N_("The goods come to nothing in this currency. Look at quantity and price.")
            )
            continue
        lines_found.append(one)
        found.append((line, row, one))
        if not row["micro_export_ok"]:
            excluded.append(one.name)
    currencies = {row["currency"] for _, row, _ in found}
    if len(currencies) > 1:
        problems["lines"] = Invalid(
            N_("These goods are priced in {currencies}. Order what has the same currency together."),
            currencies=", ".join(sorted(currencies)),
        )
    lead = [row["lead_days"] for _, row, _ in found if row["lead_days"] is not None]
    return Priced(
        lines=tuple(lines_found),
        currency=currencies.pop() if len(currencies) == 1 else None,
        lead_days=max(lead) if lead else None,
        excluded=tuple(excluded),
        differences=await _differences(conn, found),
        problems=problems,
    )


def _wrong_quantity(row: Record, quantity: int) -> KervanError | None:
    if not 1 <= quantity <= MOST:
        return Invalid(N_("Enter a whole number from 1 to {most}."), most=MOST)
    moq, step = row["moq"], row["step"]
    if quantity < moq:
        return Invalid(N_("The smallest order is {moq}."), moq=moq)
    if rest := (quantity - moq) % step:
        lower = quantity - rest
        return Invalid(
            N_("Order in steps of {step}: {lower} or {upper}."), step=step, lower=lower, upper=lower + step
        )
    return None


def tier_price(tiers: Sequence[Sequence[Decimal]] | None, quantity: int) -> Decimal | None:
    """The unit price for this quantity: of the last tier that begins at or below it, else of the first."""
    if not tiers:
        return None
    fitting = [price for start, price in tiers if start <= quantity]
    return fitting[-1] if fitting else tiers[0][1]


def priced(row: Record, quantity: int, unit_price: Decimal, currency: str, language: str) -> PricedLine:
    """A row of PRODUCTS as a line at this unit price in this currency."""
    names = msgspec.json.decode(row["names"]) if row["names"] else {}
    gross = (row["gross_weight_g"] or 0) * quantity
    # A listing without a net weight is declared with its gross weight: the net cannot be more.
    net = (row["net_weight_g"] or row["gross_weight_g"] or 0) * quantity
    units = row["package_units"]
    return PricedLine(
        product_id=row["id"],
        version_id=row["version_id"],
        product=row["public_id"],
        version=row["number"],
        sku=row["sku"],
        gtin=row["gtin"],
        name_tr=names.get("tr") or next(iter(names.values()), row["sku"]),
        name=names.get(language) or names.get("en") or names.get("tr") or row["sku"],
        gtip=row["hs_code"],
        origin=row["origin"],
        quantity=quantity,
        unit=row["unit"],
        unit_price=unit_price,
        discount=Decimal(0),
        amount=quantize(unit_price * quantity, currency),
        net_g=net,
        gross_g=gross,
        packages=-(-quantity // units) if units else None,
    )


async def _differences(
    conn: Connection, found: Sequence[tuple[WantedLine, Record, PricedLine]]
) -> tuple[Difference, ...]:
    """What moved between the version that the buyer saw and the one that holds now."""
    moved = [
        (line, row, one)
        for line, row, one in found
        # A version that no column can hold was never seen.
        if line.seen_version is not None
        and line.seen_version != row["number"]
        and 0 < line.seen_version < 2**31
    ]
    seen: dict[int, Record] = {}
    if moved:
        rows = await conn.fetch(
            _SEEN,
            [one.product_id for _, _, one in moved],
            [line.seen_version for line, _, _ in moved],
            [line.quantity for line, _, _ in moved],
        )
        seen = {row["product"]: row for row in rows}
    differences: list[Difference] = []
    for line, row, one in found:
        before = seen.get(one.product_id)
        price_before = line.seen_price
        if price_before is None and before is not None:
            price_before = before["unit_price"]
        told: list[tuple[str, object, object]] = []
        if price_before is not None and price_before != one.unit_price:
            told.append(("price", f"{price_before.normalize():f}", f"{one.unit_price.normalize():f}"))
        if before is not None:
            told += [
                (name, before[key], now)
                for name, key, now in (
                    ("currency", "currency", row["currency"]),
                    ("weight", "gross_weight_g", row["gross_weight_g"]),
                    ("code", "hs_code", row["hs_code"]),
                )
                if before[key] != now
            ]
        differences += [
            Difference(
                product=one.product, name=one.name, field=field, before=str(was or ""), now=str(now or "")
            )
            for field, was, now in told
        ]
    return tuple(differences)
