"""Small makers of people and their organisations for tests, and how they sign in; names and addresses are invented."""

import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import httpx
import msgspec

from kervan import vault
from kervan.accounts import sessions
from kervan.db import connection, fetch, fetchval, transaction
from kervan.ids import new_public_id
from kervan.mail.service import SEALED_FOR
from kervan.trade import emails
from kervan.web import cookies, csrf

PASSWORD = "kervan durağı 1453"
# Of PASSWORD, with the cheapest parameters that argon2 has: tests sign in hundreds of times.
PASSWORD_HASH = ""


def _password_hash() -> str:
    global PASSWORD_HASH
    if not PASSWORD_HASH:
        from argon2 import PasswordHasher

        PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    return PASSWORD_HASH


class Firm(NamedTuple):
    """An organisation and what stands beside it."""

    id: int
    """organisation.id"""
    public_id: str
    entity: int
    """exporter.id or importer.id; 0 for staff organisations."""


async def make_person(name: str = "Ayşe Yılmaz", email: str | None = None, **fields: Any) -> int:
    """An active person with PASSWORD; the address is made of the name unless given. Returns person.id."""
    address = emails.address(email or f"{_plain(name)}@example.com")
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "name": name,
        "email": address.shown,
        "email_key": address.key,
        "email_confirmed_at": datetime.now(UTC),
        "password_hash": _password_hash(),
        "language": "en",
        "state": "ACTIVE",
    }
    return await _insert("person", {**values, **fields})


def _plain(name: str) -> str:
    folded = name.casefold().translate(str.maketrans("çğıöşü", "cgiosu")).replace("i̇", "i")
    return re.sub(r"[^a-z]+", ".", folded).strip(".")


async def _insert(table: str, values: dict[str, Any]) -> int:
    async with connection() as conn:
        id: int = await conn.fetchval(
            f"INSERT INTO {table} ({', '.join(values)})"
            f" VALUES ({', '.join(f'${n + 1}' for n in range(len(values)))}) RETURNING id",
            *values.values(),
        )
    return id


async def make_organisation(
    kind: str, name: str, country: str = "TR", association: str | None = None
) -> Firm:
    """An organisation of any kind without a row beside it."""
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "kind": kind,
        "name": name,
        "country": country,
        "association": association,
    }
    return Firm(await _insert("organisation", values), public_id, 0)


async def make_association(short: str = "DENİB") -> Firm:
    """An exporters' association, whose staff see the exporters that name it."""
    return await make_organisation("ASSOCIATION", f"{short} İhracatçı Birliği", association=short)


async def make_post(country: str = "DE") -> Firm:
    """A trade counsellor's office abroad."""
    return await make_organisation("POST", f"Trade counsellor's office {country}", country)


async def make_ministry() -> Firm:
    """The Ministry, whose members administer the platform."""
    return await make_organisation("MINISTRY", "Ministry of Trade")


async def firm_of(exporter: int) -> Firm:
    """The organisation of an exporter that factories.make_exporter made."""
    row = (
        await fetch(
            "SELECT o.id, o.public_id FROM organisation o JOIN exporter e ON e.organisation = o.id WHERE e.id = $1",
            exporter,
        )
    )[0]
    return Firm(row["id"], row["public_id"], exporter)


async def make_importer(name: str = "Nordlicht Handel GmbH", country: str = "DE", **fields: Any) -> Firm:
    """An active importer in Germany, without members."""
    firm = await make_organisation("IMPORTER", name, country)
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "organisation": firm.id,
        "legal_name": name,
        "country": country,
        "contact_name": "Jonas Petersen",
        "standing": "ACTIVE",
    }
    return firm._replace(entity=await _insert("importer", {**values, **fields}))


async def make_member(firm: Firm | int, person: int, role: str, valid_to: date | None = None) -> int:
    """Gives a person a role in an organisation from yesterday on; returns membership.id."""
    organisation = firm if isinstance(firm, int) else firm.id
    values = {
        "person": person,
        "organisation": organisation,
        "role": role,
        "valid_from": date(2020, 1, 1),
        "valid_to": valid_to,
    }
    return await _insert("membership", values)


async def sign_in(client: httpx.AsyncClient, person: int, *, factor: bool = True) -> str:
    """Puts an open session of the person into the client's cookies; with `factor` the second one was given too."""
    async with transaction() as tx:
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=factor, device="Tests", address="127.0.0.1"
        )
    sign_out(client)
    # With its domain: the cookie that an answer brings must take its place, not stand beside it.
    client.cookies.set(session_cookie_name(client), token, domain=client.base_url.host)
    return token


def sign_out(client: httpx.AsyncClient) -> None:
    """Forgets the client's cookies; the session stays open."""
    client.cookies.clear()


def session_cookie_name(client: httpx.AsyncClient) -> str:
    return cookies.name(cookies.SESSION, client.base_url.scheme == "https")


async def token_of(client: httpx.AsyncClient, path: str) -> str:
    """The form token of a page."""
    page = await client.get(path)
    found = re.search(rf'name="{re.escape(csrf.FIELD)}" value="([^"]+)"', page.text)
    assert found, f"{path} has no form: {page.status_code}"
    return found[1]


async def post_form(
    client: httpx.AsyncClient,
    path: str,
    fields: dict[str, Any] | None = None,
    *,
    of: str | None = None,
    **rest: Any,
) -> httpx.Response:
    """Posts a form with the token of the page `of` (by default of the same path)."""
    token = await token_of(client, of or path)
    return await client.post(path, data={csrf.FIELD: token, **(fields or {})}, **rest)


async def mails(to: str | None = None) -> list[dict[str, Any]]:
    """Mails that were asked for, oldest first: template, to_address, state and the opened context."""
    rows = await fetch("SELECT * FROM mail ORDER BY id")
    found = [dict(row) for row in rows if to is None or row["to_address"] == to]
    for row in found:
        row["context"] = (
            msgspec.json.decode(vault.unseal(row["context"], SEALED_FOR)) if row["context"] else {}
        )
    return found


async def audited(entity_id: object) -> list[tuple[str, str]]:
    """(actor, action) of every audit row about something, oldest first."""
    rows = await fetch(
        "SELECT actor, action FROM audit_entry WHERE entity_id = $1 ORDER BY id", str(entity_id)
    )
    return [(row["actor"], row["action"]) for row in rows]


async def count(table: str) -> int:
    """Rows of a table."""
    found: int = await fetchval(f"SELECT count(*) FROM {table}")
    return found
