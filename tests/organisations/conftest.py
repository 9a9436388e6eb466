"""A firm with an owner, and how its invitations are found again."""

from typing import NamedTuple

import pytest
from factories import make_exporter
from people import Firm, firm_of, mails, make_member, make_person

from kervan.accounts.callers import Caller, Membership
from kervan.db import fetch
from kervan.organisations.access import Managed
from kervan.organisations.roles import rights


class Owned(NamedTuple):
    """A firm and its only owner."""

    firm: Firm
    owner: int


@pytest.fixture
async def owned(db: None) -> Owned:
    """Ayşe Havlu, owned by Zeynep."""
    firm = await firm_of(await make_exporter())
    owner = await make_person("Zeynep Kaya", "zeynep@ayse-havlu.example")
    await make_member(firm, owner, "OWNER")
    return Owned(firm, owner)


async def caller(person: int) -> Caller:
    """The person as the sessions' query would see them."""
    [row] = await fetch(
        "SELECT public_id, name, email, language, time_zone FROM person WHERE id = $1", person
    )
    places = await fetch(
        """SELECT o.*, m.role FROM membership m JOIN organisation o ON o.id = m.organisation
        WHERE m.person = $1 AND m.ended_at IS NULL ORDER BY m.id""",
        person,
    )
    return Caller(
        person=person,
        **row,
        memberships=tuple(
            Membership(
                organisation=place["id"],
                public_id=place["public_id"],
                kind=place["kind"],
                name=place["name"],
                country=place["country"],
                association=place["association"],
                role=place["role"],
                rights=rights(place["kind"], place["role"]),
            )
            for place in places
        ),
    )


async def managed(firm: Firm) -> Managed:
    """The organisation as access.managed hands it out."""
    [row] = await fetch("SELECT id, public_id, kind, name, country FROM organisation WHERE id = $1", firm.id)
    return Managed(**row)


async def invitation_token(to: str) -> str:
    """The token of the newest invitation that was mailed to an address."""
    found = [mail for mail in await mails(to) if mail["template"] == "invitation"]
    token: str = found[-1]["context"]["token"]
    return token


async def public_id(person: int) -> str:
    """person.public_id"""
    [row] = await fetch("SELECT public_id FROM person WHERE id = $1", person)
    found: str = row["public_id"]
    return found


async def roles(firm: Firm) -> dict[str, str]:
    """Name -> role of the open memberships."""
    rows = await fetch(
        """SELECT p.name, m.role FROM membership m JOIN person p ON p.id = m.person
        WHERE m.organisation = $1 AND m.ended_at IS NULL ORDER BY m.id""",
        firm.id,
    )
    return {row["name"]: row["role"] for row in rows}
