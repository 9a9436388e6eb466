"""A small world with one caller of every kind, for the walk through all doors."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
from doors.board import board
from doors.events import events
from doors.trade import trade
from factories import make_exporter, make_product
from litestar import Litestar
from people import (
    Firm,
    firm_of,
    make_association,
    make_importer,
    make_member,
    make_ministry,
    make_person,
    make_post,
    sign_in,
)

from kervan import vault
from kervan.db import fetchval
from kervan.files import store
from kervan.ids import new_public_id
from kervan.organisations.keys import PREFIX

CALLERS = (
    "anonymous",
    "nobody",  # signed in, member of nothing
    "stranger",  # owner of another exporter
    "owner",
    "editor",
    "order_desk",
    "viewer",
    "other_importer",
    "importer_owner",
    "buyer",
    "importer_viewer",
    "post",  # of the importer's country
    "other_post",
    "former_post",  # whose term is over
    "association",  # of the exporter
    "other_association",
    "admin",
    "key",  # a program of the exporter that may keep products
    "key_view",  # one that may only look
    "other_key",  # one of the stranger's
    "key_orders",  # a program of the exporter that answers orders
    "key_buy",  # one of the importer's that orders
)
PROGRAMS = ("key", "key_view", "other_key", "key_orders", "key_buy")


class World(NamedTuple):
    """Whose address is whose: `names` fills the parameters of paths."""

    app: Litestar
    people: dict[str, int]
    exporter: Firm
    importer: Firm
    names: dict[str, str]
    keys: dict[str, str]

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="https://kervan.test")

    async def enter(self, client: httpx.AsyncClient, caller: str) -> None:
        client.cookies.clear()
        if caller in PROGRAMS:
            client.headers["authorization"] = f"Bearer {self.keys[caller]}"
        elif caller != "anonymous":
            await sign_in(client, self.people[caller])


async def make_world(app: Litestar) -> World:
    """Exporter of DENİB with a product, importer in Germany, posts, associations, the Ministry, and their people."""
    exporter_id = await make_exporter("ayse-havlu", association="DENİB")
    product = await make_product(exporter_id)
    exporter = await firm_of(exporter_id)
    other = await firm_of(await make_exporter("zoe-iplik", trade_name="Zoe İplik"))
    importer, other_importer = await make_importer(), await make_importer("Lumière SARL", "FR")
    germany, france = await make_post("DE"), await make_post("FR")
    denib, eib = await make_association("DENİB"), await make_association("EİB")
    ministry = await make_ministry()
    places: dict[str, tuple[Firm, str]] = {
        "stranger": (other, "OWNER"),
        "owner": (exporter, "OWNER"),
        "editor": (exporter, "EDITOR"),
        "order_desk": (exporter, "ORDER_DESK"),
        "viewer": (exporter, "VIEWER"),
        "other_importer": (other_importer, "OWNER"),
        "importer_owner": (importer, "OWNER"),
        "buyer": (importer, "BUYER"),
        "importer_viewer": (importer, "VIEWER"),
        "post": (germany, "ATTACHE"),
        "other_post": (france, "ATTACHE"),
        "former_post": (germany, "COUNSELLOR"),
        "association": (denib, "STAFF"),
        "other_association": (eib, "STAFF"),
        "admin": (ministry, "ADMIN"),
    }
    people = {}
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for caller in CALLERS[1 : -len(PROGRAMS)]:
        secret = None if caller not in places or places[caller][0].entity else "set up"
        people[caller] = await make_person(
            caller.replace("_", " ").title(),
            totp_secret=secret,
            totp_confirmed_at=datetime.now(UTC) if secret else None,
        )
        if caller in places:
            firm, role = places[caller]
            await make_member(
                firm, people[caller], role, valid_to=yesterday if caller == "former_post" else None
            )
    # A second admin and owner, so that nothing is refused because somebody is the last.
    await make_member(ministry, await make_person("Second Admin"), "ADMIN")
    await make_member(exporter, await make_person("Second Owner"), "OWNER")
    public = await _things(exporter, importer, product, people, germany, denib) | {
        "exporter": exporter.public_id,
        "importer": importer.public_id,
        "importer_id": await fetchval("SELECT public_id FROM importer WHERE id = $1", importer.entity),
        "product": await fetchval("SELECT public_id FROM product WHERE id = $1", product),
        "owner_id": await fetchval("SELECT public_id FROM person WHERE id = $1", people["owner"]),
        "viewer_id": await fetchval("SELECT public_id FROM person WHERE id = $1", people["viewer"]),
        "attache_id": await fetchval("SELECT public_id FROM person WHERE id = $1", people["post"]),
        "germany": germany.public_id,
        "address": "havlu-" + await fetchval("SELECT public_id FROM product WHERE id = $1", product),
    }
    public |= await trade(exporter, importer, public["product"], people)
    public |= await board(exporter, importer, people)
    public |= await events(exporter, importer, denib, people)
    keys = {
        "key": await _key(exporter, people["owner"], "products", "view"),
        "key_view": await _key(exporter, people["owner"], "view"),
        "other_key": await _key(other, people["stranger"], "products", "orders", "webhooks", "view"),
        "key_orders": await _key(exporter, people["owner"], "orders", "webhooks", "view"),
        "key_buy": await _key(importer, people["importer_owner"], "buy", "webhooks", "view"),
    }
    return World(app, people, exporter, importer, public, keys)


async def _key(firm: Firm, maker: int, *scopes: str) -> str:
    key = f"{PREFIX}{vault.new_token()}"
    values = {
        "public_id": new_public_id(),
        "key_hash": vault.token_hash(key),
        "begins": key[:11],
        "organisation": firm.id,
        "name": "ERP",
        "scopes": list(scopes),
        "created_by": maker,
        "expires_at": datetime.now(UTC) + timedelta(days=1),
    }
    await _insert("api_key", values)
    return key


async def _things(
    exporter: Firm, importer: Firm, product: int, people: dict[str, int], post: Firm, association: Firm
) -> dict[str, str]:
    """One row of everything that has an address of its own; name -> what the address calls it."""
    paper = await store.put("documents", b"%PDF-1.7 a paper of the firm", "pdf")
    now = datetime.now(UTC)
    owner, nobody, admin = people["owner"], people["nobody"], people["admin"]
    rows: dict[str, tuple[str, dict[str, Any]]] = {
        "document": (
            "exporter_document",
            {"exporter": exporter.entity, "kind": "TAX_PLATE", "name": "levha.pdf", "path": paper, "size": 28,
             "content_type": "application/pdf", "sha256": "0" * 64},
        ),
        "claim": (
            "exporter_claim",
            {"exporter": exporter.entity, "person": nobody, "message": "It is ours.", "document_path": paper,
             "document_name": "levha.pdf", "document_type": "application/pdf"},
        ),
        "invitation": (
            "invitation",
            {"organisation": exporter.id, "email": "can@example.com", "email_key": "can@example.com", "role": "VIEWER",
             "token_hash": b"1" * 32, "invited_by": owner, "expires_at": now + timedelta(hours=1)},
        ),
        "post_invitation": (
            "invitation",
            {"organisation": post.id, "email": "can@example.com", "email_key": "can@example.com", "role": "ATTACHE",
             "token_hash": b"2" * 32, "invited_by": admin, "expires_at": now + timedelta(hours=1)},
        ),
        "key": (
            "api_key",
            {"organisation": exporter.id, "key_hash": b"3" * 32, "begins": "kervan_abcd", "name": "ERP",
             "created_by": owner, "expires_at": now + timedelta(days=1)},
        ),
        "holiday": (
            "exporter_holiday",
            {"exporter": exporter.entity, "first_day": now.date(), "last_day": now.date() + timedelta(days=2)},
        ),
        "job": (
            "import_job",
            {"exporter": exporter.entity, "person": owner, "actor": "user:1", "language": "en", "size": 1,
             "file_name": "liste.csv", "state": "FAILED", "errors_path": paper},
        ),
        "search": (
            "saved_search", {"person": owner, "kind": "products", "query": "?q=towel", "name": "Towels"},
        ),
        "enrolment": (
            "enrolment",
            {"association": association.id, "vkn": "1234567890", "legal_name": "Üye A.Ş.", "kind": "COMPANY",
             "province": "20", "email": "uye@example.com", "email_key": "uye@example.com"},
        ),
        "proposal": (
            "rights_proposal",
            {"person": nobody, "organisation": await fetchval("SELECT id FROM organisation WHERE kind = 'MINISTRY'"),
             "change": "GIVE", "reason": "Help.", "proposed_by": owner},
        ),
        "law_proposal": (
            "law_proposal",
            {"kind": "carrier", "reason": "New.", "legal_ref": "List", "proposed_by": owner,
             "change": """{"code": "POYRAZ", "name": "Poyraz", "legal_ref": "List", "certainty": "PUBLISHED",
             "valid_from": "2099-01-01"}"""},
        ),
        "task": (
            "task",
            {"kind": "IMPORTER_REVIEW", "organisation": post.id,
             "about": await fetchval("SELECT public_id FROM importer WHERE id = $1", importer.entity)},
        ),
        "mail": (
            "mail",
            {"template": "no_account", "to_address": "can@example.com", "address_key": "can@example.com",
             "language": "en", "state": "FAILED", "context": "sealed"},
        ),
    }  # fmt: skip
    found = {}
    for name, (table, values) in rows.items():
        found[name] = new_public_id()
        named = {} if table == "task" else {"public_id": found[name]}
        await _insert(table, {**named, **values})
    await _insert("task", {"kind": "EXPORTER_CLAIM", "organisation": association.id, "about": found["claim"]})
    found["photo"] = await _insert(
        "product_image", {"product": product, "position": 1, "path": paper, "width": 9, "height": 9}
    )
    found["certificate"] = await _insert(
        "certificate", {"exporter": exporter.entity, "standard": "ISO 9001", "issuer": "Meridyen"}
    )
    found["entry"] = await _insert(
        "outbox", {"topic": "nothing", "payload": "{}", "next_try_at": now + timedelta(hours=1)}
    )
    found["session"] = await fetchval("SELECT public_id FROM session LIMIT 1") or "no-such-session"
    return {name: str(value) for name, value in found.items()}


async def _insert(table: str, values: dict[str, Any]) -> str:
    places = ", ".join(f"${n + 1}" for n in range(len(values)))
    id = await fetchval(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id", *values.values()
    )
    return str(id)
