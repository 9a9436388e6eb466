"""What an exporter takes orders for (E5): kept below the limits of law and platform, every change a new row."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from asyncpg import Record

from kervan import audit
from kervan.accounts.callers import Caller
from kervan.db import fetch, transaction
from kervan.errors import Invalid, KervanError, NotFound
from kervan.policies import book
from kervan.trade.errors import N_
from kervan.trade.law import ETGB, LawBook, PlatformLimit, RegimeLimit, current, day_of
from kervan.trade.own_limits import OwnLimits

MOST_LISTED = 250
MOST_ORDERS = 100_000
"""What may be typed at all; what holds is the platform's own row."""

__all__ = ["Change", "OwnLimits", "change", "check", "clamped", "history", "law", "of", "platform"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the history: what held from then on, and who set it."""

    limits: OwnLimits
    valid_from: datetime
    by: str | None


_FIELDS = OwnLimits.__struct_fields__
_SELECT = f"SELECT {', '.join(f'l.{name}' for name in _FIELDS)}, l.valid_from FROM exporter_limit l"


def _of_row(row: Record) -> OwnLimits:
    values: dict[str, Any] = {
        name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in _FIELDS
    }
    return OwnLimits(**values)


async def of(exporter_id: int, at: datetime) -> OwnLimits:
    """What held at a moment: an order keeps to the limits of the moment at which it was sent."""
    rows = await fetch(
        f"{_SELECT} WHERE l.exporter = $1 AND l.valid_from <= $2 ORDER BY l.valid_from DESC, l.id DESC LIMIT 1",
        exporter_id,
        at,
    )
    return _of_row(rows[0]) if rows else OwnLimits()


async def history(exporter_id: int, limit: int = 50) -> list[Change]:
    """The changes, newest first."""
    rows = await fetch(
        f"""{_SELECT.replace(" FROM", ", p.name AS by FROM")} LEFT JOIN person p ON p.id = l.created_by
        WHERE l.exporter = $1 ORDER BY l.valid_from DESC, l.id DESC LIMIT $2""",
        exporter_id,
        limit,
    )
    return [Change(limits=_of_row(row), valid_from=row["valid_from"], by=row["by"]) for row in rows]


def law(on: date) -> RegimeLimit:
    """What the law allows one micro-export shipment on this day."""
    return current().regime_limit(ETGB, on)


def platform(on: date) -> PlatformLimit | None:
    """What the platform allows any exporter on this day: the row of verified importers."""
    return current().platform_limit("VERIFIED", on)


def clamped(wanted: OwnLimits, on: date) -> tuple[OwnLimits, tuple[str, ...]]:
    """The limits brought down to what law and platform allow on this day, and which were.

    The names are `value`, `weight`, `least` (the smallest order), `open` and `daily` (the counts).
    """
    most_eur, most_g, most_open, most_daily = _most(current(), on)
    changed: dict[str, object] = {}
    names: list[str] = []
    for name, field, most in (
        ("value", "max_order_eur", most_eur),
        ("weight", "max_gross_g", most_g),
        ("least", "min_order_eur", most_eur),
        ("open", "max_open_orders", most_open),
        ("daily", "max_orders_a_day", most_daily),
    ):
        asked = getattr(wanted, field)
        if asked is not None and most is not None and asked > most:
            changed[field] = most
            names.append(name)
    return msgspec.structs.replace(wanted, **changed), tuple(names)


def _most(book: LawBook, on: date) -> tuple[Decimal, int, int | None, int | None]:
    regime, own = book.regime_limit(ETGB, on), book.platform_limit("VERIFIED", on)
    if own is None:
        return regime.max_value_eur, regime.max_gross_g, None, None
    return (
        min(regime.max_value_eur, own.max_value_eur or regime.max_value_eur),
        min(regime.max_gross_g, own.max_gross_g or regime.max_gross_g),
        own.max_open_orders,
        own.max_orders_a_day,
    )


def check(limits: OwnLimits) -> dict[str, KervanError | str]:
    """What is wrong, a sentence for each field; empty when the limits may be kept."""
    wrong: dict[str, KervanError | str] = {}
    least, most = limits.min_order_eur, limits.max_order_eur
    if least is not None and most is not None and least > most:
        wrong["min_order_eur"] = N_("The smallest order cannot be above the largest.")
    for name in ("countries_allowed", "countries_blocked", "codes_excluded"):
        if len(getattr(limits, name)) > MOST_LISTED:
            wrong[name] = Invalid(N_("Give at most {limit} of these."), limit=MOST_LISTED)
    both = sorted(set(limits.countries_allowed) & set(limits.countries_blocked))
    if both:
        wrong["countries_blocked"] = Invalid(
            N_("{country} cannot be allowed and blocked at once."), country=", ".join(both)
        )
    return wrong


async def change(caller: Caller, exporter_id: int, wanted: OwnLimits) -> tuple[str, ...]:
    """Sets the limits for orders from now on; returns which of them were brought down. Nothing changed: no new row.

    Raises Invalid with a sentence for each field.
    """
    now = datetime.now(UTC)
    await book.refresh()
    limits, names = clamped(wanted, day_of(now))
    if wrong := check(limits):
        raise Invalid(fields=wrong)
    async with transaction() as tx:
        if (
            await tx.connection.fetchval("SELECT id FROM exporter WHERE id = $1 FOR UPDATE", exporter_id)
            is None
        ):
            raise NotFound()
        before = await of(exporter_id, now)
        if before == limits:
            return names
        values = [_stored(getattr(limits, name)) for name in _FIELDS]
        places = ", ".join(f"${n + 4}" for n in range(len(values)))
        await tx.connection.execute(
            f"INSERT INTO exporter_limit (exporter, created_by, valid_from, {', '.join(_FIELDS)})"
            f" VALUES ($1, $2, $3, {places})",
            exporter_id,
            caller.person,
            now,
            *values,
        )
        await audit.record(
            caller.actor, "exporter.limits", "exporter", exporter_id,
            msgspec.to_builtins(before), msgspec.to_builtins(limits),
        )  # fmt: skip
    return names


def _stored(value: object) -> object:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
