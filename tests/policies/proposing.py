"""Rows of the law, proposed and approved."""

import datetime as dt
from decimal import Decimal
from typing import Any

from staffing import Admins, caller_of

from kervan.policies import queries, service
from kervan.policies.tables import Kind
from kervan.trade.law import ETGB

DAY = dt.timedelta(days=1)


def limit(**values: Any) -> dict[str, Any]:
    """A new limit of the law, from tomorrow on."""
    plain = {
        "route": ETGB,
        "max_gross_g": 700_000,
        "max_value_eur": Decimal(35_000),
        "basis": "BOTH",
        "valid_from": service.today() + DAY,
        "valid_to": None,
        "legal_ref": "Resmî Gazete 40000",
        "certainty": "PUBLISHED",
        "note": "",
    }
    return {**plain, **values}


def carrier(**values: Any) -> dict[str, Any]:
    plain = {
        "code": "POYRAZ",
        "name": "Poyraz Kargo",
        "tracking_url": None,
        "contact": "",
        "valid_from": service.today(),
        "valid_to": None,
        "legal_ref": "List of authorised carriers",
        "certainty": "PUBLISHED",
    }
    return {**plain, **values}


async def proposed(by: int, kind: Kind = Kind.REGIME_LIMIT, **values: Any) -> str:
    change = carrier(**values) if kind is Kind.CARRIER else limit(**values)
    return await service.propose(await caller_of(by), kind, change, "The gazette of today says so.")


async def approved(admins: Admins, kind: Kind = Kind.REGIME_LIMIT, **values: Any) -> str:
    made = await proposed(admins.aylin, kind, **values)
    await service.approve(await caller_of(admins.bora), made)
    return made


async def rows(kind: Kind = Kind.REGIME_LIMIT) -> list[Any]:
    return [entry.row for entry in await queries.entries(kind, service.today())]
