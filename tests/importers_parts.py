"""Parts of tests about importers: who owns what, callers as services see them, a registration that is right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from people import Firm, sign_in

from kervan.accounts import sessions
from kervan.accounts.callers import Caller


class Owned(NamedTuple):
    """A firm and the person who owns it."""

    firm: Firm
    person: int


async def caller(client: httpx.AsyncClient, person: int) -> Caller:
    """The person as services see them, with the rights that they have now."""
    found = await sessions.find(await sign_in(client, person))
    assert found is not None
    return found.caller


def registration(**changes: Any) -> Mapping[str, Any]:
    """A registration form that is right, with changes."""
    return {
        "legal_name": "Nordlicht Handel GmbH",
        "country": "DE",
        "contact_name": "Jonas Petersen",
        "contact_role": "Purchasing",
        "email": "jonas@nordlicht-handel.de",
        "password": "vier rote Lampions 7",
        "language": "en",
        "consent_version": "2026-11-22",
        **changes,
    }
